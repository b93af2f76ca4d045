"""What stands on the pages that are made for each GPU and each model?

Writes Markdown like any other page: words that readers search for, headings, and macro calls.
Imports ``derive`` and ``formats``; ``hooks`` adds the pages to the site.
"""

from __future__ import annotations

import json

from .derive import Guide
from .formats import inert

SECTIONS = {"gpus": "GPUs", "models": "Models"}
_PAGE = """\
---
title: {title}
render_macros: true
---
# {name}

Also written as: {also}.

## {verdicts}

{{{{ {kind}_verdicts("{id}") }}}}

## {results}

{{{{ {kind}_results("{id}") }}}}

## {sheet}

{{{{ {kind}_sheet("{id}") }}}}
"""
_HEADINGS = {
    "gpu": {
        "verdicts": "Which models fit",
        "results": "Measured times",
        "sheet": "Specification",
    },
    "model": {
        "verdicts": "The memory it needs, and where it fits",
        "results": "Measured times",
        "sheet": "The checkpoint",
    },
}
_INDEX = "---\nrender_macros: true\n---\n# {title}\n\n{{{{ {kind}_index() }}}}\n"


def pages(guide: Guide) -> dict[str, str]:
    """Return the Markdown of the generated pages by path."""
    found: dict[str, str] = {}
    for section, title in SECTIONS.items():
        kind = section.removesuffix("s")
        found[f"{section}/index.md"] = _INDEX.format(title=title, kind=kind)
        for name, record in getattr(guide.dataset, section).items():
            also = inert(", ".join((*record.aliases, name)))
            found[f"{section}/{name}.md"] = _PAGE.format(
                title=json.dumps(record.name),
                name=inert(record.name),
                also=also,
                kind=kind,
                id=name,
                **_HEADINGS[kind],
            )
    return found
