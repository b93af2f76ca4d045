"""What stands on the pages that are made for each GPU and each model?

Writes Markdown like any other page: words that readers search for, headings, and the slots that
macro calls would leave. The pages of a kind differ in a few words alone. Imports ``publish``;
``stencils`` renders one page of each kind, and ``hooks`` adds all to the site.
"""

from __future__ import annotations

import json
import re
from typing import NamedTuple

from .derive import Guide
from .formats import inert
from .publish import slot

SECTIONS = {"gpus": "GPUs", "models": "Models"}
_PAGE = """\
---
title: {title}
---
# {words.name} {{ #{words.anchor} }}

Also written as: {words.also}.
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


class Words(NamedTuple):
    """What the page of one record says and the others of its kind do not.

    ``name`` and ``also`` are inert; ``title`` is the name as it is, and ``anchor`` that of the
    first heading.
    """

    id: str
    title: str
    name: str
    anchor: str
    also: str


def index(section: str) -> str:
    """Return the Markdown of the page that lists all records of a section."""
    return f"# {SECTIONS[section]}\n\n{slot(section.removesuffix('s') + '_index', {})}\n"


def words(guide: Guide, section: str) -> list[Words]:
    """Return the words of each record of a section."""
    taken = set(map(_anchor, _PARTS[section]))
    return [
        Words(
            name,
            record.name,
            inert(record.name),
            f"{anchor}_1" if (anchor := _anchor(record.name)) in taken else anchor,
            inert(", ".join((*record.aliases, name))),
        )
        for name, record in getattr(guide.dataset, section).items()
    ]


def page(guide: Guide, section: str, words: Words) -> str:
    """Return the Markdown of the page of one record."""
    kind = section.removesuffix("s")
    made = _PAGE.format(title=json.dumps(words.title), words=words)
    for heading, macros in _PARTS[section].items():
        if macros[0] in _OF_RUNS and not guide.dataset.runs:
            continue
        slots = "\n\n".join(slot(macro, {kind: words.id}) for macro in macros)
        made += f"\n## {heading}\n\n{slots}\n"
    return made


def _anchor(heading: str) -> str:
    """Return the anchor that Markdown gives to a heading."""
    return re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", heading).strip().lower())
