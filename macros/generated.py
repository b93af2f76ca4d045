"""What stands on the pages that are made for each GPU and each model?

Writes Markdown like any other page: words that readers search for, headings, and the slots that
macro calls would leave, for no page of hundreds needs a template of its own. The headings
are alike on all pages, so the search leaves them out. Imports ``publish``;
``hooks`` adds the pages to the site.
"""

from __future__ import annotations

import json

from .derive import Guide
from .formats import inert
from .publish import slot

SECTIONS = {"gpus": "GPUs", "models": "Models"}
_PAGE = """\
---
title: {title}
---
# {name}

Also written as: {also}.
"""
_PARTS: dict[str, dict[str, tuple[str, ...]]] = {
    "gpus": {
        "Settings that fit, as tried": ("gpu_settings",),
        "Which models fit as published": ("gpu_verdicts",),
        "Published times": ("gpu_results",),
        "Measured again": ("gpu_replicas",),
        "Specification": ("gpu_sheet",),
    },
    "models": {
        "The memory it needs, and where it fits": ("model_verdicts",),
        "Settings that need less": ("model_settings",),
        "Published times": ("model_chart", "model_results"),
        "Measured again": ("model_replicas",),
        "The checkpoint": ("model_sheet",),
    },
}

# Without runs there is nothing to say about what was tried.
_OF_RUNS = ("gpu_settings", "gpu_replicas", "model_settings", "model_replicas")


def pages(guide: Guide) -> dict[str, str]:
    """Return the Markdown of the generated pages by path."""
    found: dict[str, str] = {}
    for section, title in SECTIONS.items():
        kind = section.removesuffix("s")
        found[f"{section}/index.md"] = f"# {title}\n\n{slot(f'{kind}_index', {})}\n"
        for name, record in getattr(guide.dataset, section).items():
            page = _PAGE.format(
                title=json.dumps(record.name),
                name=inert(record.name),
                also=inert(", ".join((*record.aliases, name))),
            )
            for heading, macros in _PARTS[section].items():
                if macros[0] in _OF_RUNS and not guide.dataset.runs:
                    continue
                slots = "\n\n".join(slot(macro, {kind: name}) for macro in macros)
                page += f'\n## {heading} {{ data-search-exclude="true" }}\n\n{slots}\n'
            found[f"{section}/{name}.md"] = page
    return found
