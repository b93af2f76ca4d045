"""What do the published data contradict, and which rules found it?

The lists of waivers, notes and rules for readers. Imports ``places`` and ``rules``; ``tables``
offers them to pages.
"""

from __future__ import annotations

from decimal import Decimal

from . import rules
from .cells import Pen, capitalized
from .derive import Guide
from .footnotes import Footnotes
from .grids import cell, frame, head, row_head, th, title
from .places import called, everything, place
from .references import Finding
from .schema import Note, Waiver


def waiver_list(guide: Guide, base: str) -> str:
    """Return each accepted contradiction: its figure, the rule, the figures against it, why."""
    pen, found = Pen(guide, base), rules.accepted(guide.dataset)
    items = "".join(
        f'<li id="waiver--{name}">{_waiver(pen, name, waiver, found.get(name))}</li>'
        for name, waiver in guide.dataset.waivers.items()
    )
    return f'<ul class="remarks">{items}</ul>' if items else "<p>No contradiction is accepted.</p>"


def _waiver(pen: Pen, name: str, waiver: Waiver, finding: Finding | None) -> str:
    demand, _ = rules.explained(waiver.rule)
    against = "; ".join(_figure(pen, ref) for ref in (finding.against if finding else ()))
    parts = {
        "Figure": f"{_figure(pen, waiver.record)}, in {_whole(pen, waiver.record)}",
        "Rule that it breaks": f"{pen.escape(demand)} (<code>{waiver.rule}</code>)",
        "Compared with": against,
        "Why it stays": pen.text(f"waivers/{name}/reason"),
        "Evidence": ", ".join(map(pen.cite, waiver.evidence)),
        "Looked at again on": pen.figure(f"waivers/{name}/review_on"),
    }
    rows = "".join(f"<dt>{what}</dt><dd>{html}</dd>" for what, html in parts.items() if html)
    return f"<dl>{rows}</dl>"


def note_list(guide: Guide, base: str) -> str:
    """Return all notes, by the record that they speak of first, with the figures concerned."""
    pen = Pen(guide, base)
    groups: dict[str, dict[str, Note]] = {}
    for name, note in guide.dataset.notes.items():
        groups.setdefault(_record(note.concerns[0]), {})[name] = note
    items = "".join(
        f"<li>{_whole(pen, record)}"
        f"<ul>{''.join(_note(pen, name, note) for name, note in notes.items())}</ul></li>"
        for record, notes in groups.items()
    )
    return f'<ul class="remarks">{items}</ul>' if items else "<p>There are no notes.</p>"


def _note(pen: Pen, name: str, note: Note) -> str:
    home = _record(note.concerns[0])
    concerned = "; ".join(
        place(pen, ref) + (f", in {_whole(pen, ref)}" if _record(ref) != home else "")
        for ref in note.concerns
    )
    parts = {
        "Note": pen.text(f"notes/{name}/text"),
        "Concerns": concerned,
        "Evidence": ", ".join(map(pen.cite, note.evidence)),
    }
    rows = "".join(f"<dt>{what}</dt><dd>{html}</dd>" for what, html in parts.items())
    return f'<li id="note--{name}"><dl>{rows}</dl></li>'


def _record(ref: str) -> str:
    return "/".join(ref.split("/")[:2])


def _whole(pen: Pen, ref: str) -> str:
    """Return the name of the record that holds a reference, as a link to its file."""
    kind, record, *_ = ref.split("/")
    if record == "*":
        home = f"{kind}/" if kind in ("gpus", "models") else "files/index.html"
        return f'<a href="{pen.base}{home}">{capitalized(everything(kind))}</a>'
    return pen.link(f"{kind}/{record}", called(pen, kind, record))


def _figure(pen: Pen, ref: str) -> str:
    """Return the name of a figure, and the value where it is a number or a state."""
    try:
        value = pen.guide.figure(ref).value
    except KeyError:  # what a sentence says of its numbers is no figure
        return place(pen, ref)
    number = isinstance(value, Decimal) or "/results/" in ref
    return place(pen, ref) + (f": {pen.figure(ref)}" if number else "")


def rule_list(guide: Guide, base: str) -> str:
    """Return all rules with what they demand and why, as their code says it."""
    pen = Pen(guide, base)
    groups = {
        "Rules that compare figures": rules.CONTRADICTIONS,
        "Rules on the records": (*rules.RULES, *rules.RULES_OF_WHOLE_DATA),
    }
    html = []
    for words, group in groups.items():
        notes = Footnotes(pen, words.lower().replace(" ", "-"))
        rows = []
        for name in map(rules.name_of, group):
            demand, reason = map(pen.escape, rules.explained(name))
            rows.append(row_head(f"<code>{name}</code>") + cell(demand) + cell(reason))
        headings = head(th("Rule"), th("What must hold"), th("Why"))
        html.append(frame(notes, title(notes, words), headings, rows))
    return "".join(html)
