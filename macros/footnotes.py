"""What must a reader know about a figure beyond its value?

Collects the notes, waivers and replacements that concern the cells of one table. Imports
``cells``, ``index`` and ``rules``; the modules that make tables import it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from . import rules
from .cells import Pen
from .index import Node, index

# As many footnotes stand open; more are folded up. The link of a mark opens them.
FEW = 3


class Footnotes:
    """The footnotes of one table, numbered as they are met.

    ``identity`` tells the table from all others of its page.
    """

    def __init__(self, pen: Pen, identity: str) -> None:
        self.identity = identity
        self._pen = pen
        self._numbers: dict[str, int] = {}

    def marks(self, remarks: Iterable[str]) -> str:
        """Return the marks of notes, waivers and newer tables, given by their references."""
        numbers = {self._numbers.setdefault(one, len(self._numbers) + 1) for one in remarks}
        return "".join(
            f'<sup><a href="#note-{self.identity}-{number}" aria-label="note {number}">'
            f"[{number}]</a></sup>"
            for number in sorted(numbers)
        )

    def of(self, *refs: str) -> str:
        """Return the marks of all that is noted about some references."""
        found = index(self._pen.guide)
        noted = [remark for ref in refs for remark in remarks(found.at(ref))]
        return self.marks(noted) if noted else ""

    def accepted(self, *refs: str) -> str:
        """Return the marks of the waivers, without notes, that concern some references."""
        found = index(self._pen.guide)
        remarked = (remark for ref in refs for remark in remarks(found.at(ref)))
        return self.marks(remark for remark in remarked if remark.startswith("waivers/"))

    def html(self) -> str:
        """Return the list of the footnotes met so far, or nothing; a long one can be opened."""
        if not self._numbers:
            return ""
        items = "".join(
            f'<li id="note-{self.identity}-{number}">{remark_html(self._pen, remark)}</li>'
            for remark, number in self._numbers.items()
        )
        listed = f'<ol class="footnotes">{items}</ol>'
        many = len(self._numbers)
        if many <= FEW:
            return listed
        waivers = sum(remark.startswith("waivers/") for remark in self._numbers)
        words = f"{many} footnotes on these figures"
        if waivers:
            words += f"; accepted contradictions among them: {waivers}"
        return f'<details class="footnotes"><summary>{words}</summary>{listed}</details>'


def remarks(nodes: Sequence[Node]) -> list[str]:
    """Return the notes and waivers whose patterns end at some nodes."""
    return [remark for node in nodes for remark in node.remarks]


def remark_html(pen: Pen, remark: str) -> str:
    """Return a footnote: a note or waiver with its evidence, or the table that is newer."""
    kind, _, name = remark.partition("/")
    dataset = pen.guide.dataset
    if kind == "benchmarks":
        newer = dataset.benchmarks[name]
        link = pen.link(f"{remark}/title", pen.text(f"{remark}/title"))
        return f"Replaced by a newer figure: {link}. Source: {pen.cite(newer.source)}."
    if kind == "notes":
        lead, ref = pen.link(remark, "Note"), f"{remark}/text"
        evidence = dataset.notes[name].evidence
    else:
        waiver = dataset.waivers[name]
        demand, _ = rules.explained(waiver.rule)
        lead = f"{pen.link(remark, 'Accepted contradiction')} of the rule “{pen.escape(demand)}”"
        ref, evidence = f"{remark}/reason", waiver.evidence
    lead += pen.place(remark)
    return f"{lead}: {pen.text(ref)} Evidence: {', '.join(map(pen.cite, evidence))}."
