"""Does it fit?

Every verdict of one card, of one model, and of all at once. A verdict is about memory; where the
architecture of a card speaks against it, that stands beside it. Imports ``grids``; ``picker``
uses its cells, and ``tables`` offers these tables to pages.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from operator import attrgetter
from typing import NamedTuple

from . import formats
from .cells import METERS_IN_SHORT, STATES, VERDICTS, Pen, verdict
from .derive import Guide
from .figures import architecture, capacity, floors, specs
from .footnotes import Footnotes
from .formats import rounded
from .grids import cell, frame, gpu_head, head, published, row_head, th
from .index import index
from .origins import cite
from .rows import Result, Verdict

_NO_NEED = f"{VERDICTS['unknown']}: no source states how much memory is needed"
_HEADROOM = th("Headroom (GiB)", "num") + th("Headroom (%)", "num") + th("Published results")


def gpu_verdicts(guide: Guide, base: str, gpu: str) -> str:
    """Return whether each model fits on a card, for each table of needs."""
    pen, found = Pen(guide, base), index(guide)
    html = []
    for requirement, record in guide.dataset.requirements.items():
        notes = Footnotes(pen, f"gpu-verdicts--{gpu}--{requirement}")
        what = (
            f"{_memory(pen, gpu)} {age_words(pen, gpu, requirement)}"
            f"Needs as published, in {record.unit}, read as {record.read_as}."
        )
        caption = published(pen, notes, "requirements", requirement, what)
        needs, judged = _needs(pen, requirement), _judged(pen, requirement)
        noted = bool(found.at(f"requirements/{requirement}/results"))
        body = [
            f"{name}{cells.verdict}{_marked(need, notes, cells.row, noted)}"
            f"{cells.headroom}{doubts(pen, notes, cells.row)}</td>\n"
            for (name, need), cells in zip(needs, judged[gpu].values(), strict=True)
        ]
        needed = th(f"Memory needed ({record.unit})", "num")
        headings = head(th("Model"), th("Verdict"), needed, _HEADROOM)
        html.append(frame(notes, caption, headings, body, memory_sources(pen, [gpu])))
    rows = found.verdicts.get(gpu, [])
    without = [pen.name("models", row.model) for row in rows if row.requirement is None]
    if without:
        html.append(f"<p>{_NO_NEED}: {', '.join(without)}.</p>")
    return "".join(html)


def model_verdicts(guide: Guide, base: str, model: str) -> str:
    """Return on which cards a model fits, the smallest card first, for each table of needs."""
    pen = Pen(guide, base)
    cards, html = _cards(pen), []
    for requirement, record in guide.dataset.requirements.items():
        if model not in record.results:
            continue
        notes = Footnotes(pen, f"model-verdicts--{model}--{requirement}")
        ref = f"requirements/{requirement}/results/{model}"
        need = f"{pen.figure(ref)}{notes.of(ref)}, read as {record.read_as}"
        what = (
            f"{pen.name('models', model)}: {need}. Cards from the smallest memory to the largest; a"
            f" label is read as decimal GB.{floor_words(pen, requirement)}"
        )
        caption = published(pen, notes, "requirements", requirement, what)
        written = _judged(pen, requirement)
        judged = [(name, memory, written[gpu][model]) for gpu, name, memory in cards]
        body = [
            f"{name}{cells.verdict}{memory}{cells.headroom}{doubts(pen, notes, cells.row)}</td>\n"
            for name, memory, cells in judged
        ]
        headings = head(
            th("GPU"), th("Verdict"), th("Memory (GiB)", "num"), th("Who says so"), _HEADROOM
        )
        html.append(frame(notes, caption, headings, body, _all_sources(pen)))
    return "".join(html) or f"<p>{_NO_NEED}.</p>"


def fit_matrix(guide: Guide, base: str) -> str:
    """Return the verdict of every product with every model, for each table of needs.

    The card with the least memory stands first. An ambiguous name has no row: its products have.
    """
    pen, found = Pen(guide, base), index(guide)
    html = []
    for requirement, record in guide.dataset.requirements.items():
        notes = Footnotes(pen, f"fit-matrix--{requirement}")
        what = (
            "The card with the least memory stands first. Below a verdict: the memory that is left"
            " over, or lacking. Below a memory: who reports it; a label is read as decimal GB."
            f" Needs as published, read as {record.read_as}.{floor_words(pen, requirement)}"
        )
        caption = published(pen, notes, "requirements", requirement, what, lead="Which model fits")
        needs = found.needs[requirement]
        headings = [
            th(
                f"{pen.name('models', need.model)}"
                f"<small>needs {pen.figure(need.ref)}{notes.of(need.ref)}</small>"
            )
            for need in needs
        ]
        rows = []
        for gpu, verdicts in found.verdicts.items():
            by_model = {row.model: row for row in verdicts if row.requirement == requirement}
            if not guide.dataset.gpus[gpu].one_of:
                rows.append([by_model[need.model] for need in needs])
        rows.sort(key=lambda row: from_smallest(row[0]))
        body = [
            row_head(pen.name("gpus", row[0].gpu))
            + _short_capacity(pen, row[0])
            + "".join(_fit(pen, notes, one) for one in row)
            for row in rows
        ]
        top = head(th("GPU"), th("Memory", "num"), *headings)
        sources = memory_sources(pen, (row[0].gpu for row in rows))
        html.append(frame(notes, caption, top, body, sources, kind="matrix"))
    return "".join(html) or f"<p>{_NO_NEED}.</p>"


def from_smallest(row: Verdict) -> tuple[bool, object]:
    """Return the key that sorts cards by memory; those of which nobody gives it stand last."""
    return (row.capacity_gib is None, row.capacity_gib or 0)


def memory_sources(pen: Pen, gpus: Iterable[str]) -> str:
    """Return who gives the memory of some cards, for paper: a screen has that behind its figure."""
    dataset, places = pen.guide.dataset, dict[str, list[str]]()
    for gpu in gpus:
        if offer := capacity(dataset, gpu):
            said = cite(dataset, offer.ref)
            places.setdefault(pen.cite(said) if said else "", []).append(pen.place(offer.ref))
    items = "".join(f"<li>{source}:{','.join(found)}</li>" for source, found in places.items())
    return f'\n<div class="paper"><p>Memory of cards:</p><ul>{items}</ul></div>\n' if items else ""


# ---------------------------------------------------------------- words about a card


def _memory(pen: Pen, gpu: str) -> str:
    """Return in words how much memory a card has and who says so."""
    name = pen.name("gpus", gpu)
    if offer := capacity(pen.guide.dataset, gpu):
        return f"{name} has {pen.capacity(gpu, offer)}."
    if pen.guide.dataset.gpus[gpu].one_of:
        return f"The products called {name} differ in memory: see the verdict of each."
    return f"No source gives the memory of {name}."


def age_words(pen: Pen, gpu: str, requirement: str) -> str:
    """Return in words that a card is older than a source recommends, or may be; else nothing."""
    dataset = pen.guide.dataset
    recommended = floors(dataset, requirement)
    age = architecture(dataset, gpu, recommended)
    if age == "unknown":
        return f"Whether it is new enough is not known.{floor_words(pen, requirement)} "
    if age != "older_than_recommended":
        return ""
    words = "It is older than the source recommends"
    if own := specs(dataset, gpu).get("compute_capability"):
        words += f": compute capability {pen.figure(own)}"
    lowest = [
        f"{pen.figure(floor.ref)} begins with {pen.figure(floor.least)}"
        for floor in recommended
        if floor.least
    ]
    return f"{words}; {', '.join(lowest)}. "


def floor_words(pen: Pen, requirement: str) -> str:
    """Return in words which architecture the source of a table recommends, if it does."""
    return "".join(
        f" The source recommends {pen.figure(floor.ref)} or newer."
        for floor in floors(pen.guide.dataset, requirement)
    )


# ---------------------------------------------------------------- cells

_NO_FIGURE = cell('<span aria-hidden="true">—</span> not stated', "state")


@lru_cache(maxsize=64)
def _cards(pen: Pen) -> list[tuple[str, str, str]]:
    """Return each card, its name as the head of a row, and its memory; the smallest card first."""
    every = index(pen.guide).verdicts.values()
    firsts = sorted((rows[0] for rows in every), key=from_smallest)
    return [(row.gpu, row_head(gpu_head(pen, row.gpu)), _capacity(pen, row)) for row in firsts]


@lru_cache(maxsize=64)
def _all_sources(pen: Pen) -> str:
    return memory_sources(pen, (gpu for gpu, _, _ in _cards(pen)))


def _capacity(pen: Pen, row: Verdict) -> str:
    if row.meter is None:
        group = pen.guide.dataset.gpus[row.gpu].one_of
        return _NO_FIGURE + cell("differs between the products" if group else "no source found")
    figure = pen.figure(f"derived/gpus/{row.gpu}/capacity", unit=False)
    return cell(figure, "num") + cell(METERS_IN_SHORT[row.meter])


def _short_capacity(pen: Pen, row: Verdict) -> str:
    if row.meter is None:
        return _NO_FIGURE
    figure = pen.figure(f"derived/gpus/{row.gpu}/capacity")
    return cell(f"{figure}<small>{METERS_IN_SHORT[row.meter]}</small>", "num")


@lru_cache(maxsize=1024)
def _needs(pen: Pen, requirement: str) -> list[tuple[str, str]]:
    """Return the name of each model of a table of needs as the head of a row, and its need."""
    return [
        (
            row_head(pen.name("models", need.model)),
            cell(pen.figure(need.ref, unit=False), "state" if need.need_gib is None else "num"),
        )
        for need in index(pen.guide).needs[requirement]
    ]


def _marked(need: str, notes: Footnotes, row: Verdict, noted: bool) -> str:
    """Return the cell of a need with its footnotes."""
    return need.replace("</td>", f"{notes.of(str(row.need_ref))}</td>") if noted else need


def verdict_cell(row: Verdict, below: str = "") -> str:
    """Return the cell of a verdict, with ``below`` under its words."""
    sort = "" if row.headroom_gib is None else rounded(row.headroom_gib, 2)
    return cell(verdict(row) + below, f"verdict {shade(row.verdict, row.architecture)}", sort)


def shade(memory: str, architecture: str | None) -> str:
    """Return the class of a verdict, which gives it its colour."""
    plain = architecture in (None, "supported") or memory in ("does_not_fit", "unknown")
    return memory if plain else "doubtful"


def _fit(pen: Pen, notes: Footnotes, row: Verdict) -> str:
    """Return the cell of one card and one model: verdict, headroom, doubts about what ran."""
    below = doubts(pen, notes, row)
    if row.headroom_gib is not None:
        ref = f"derived/gpus/{row.gpu}/headroom/{row.requirement}/{row.model}"
        below += f"<small>{pen.figure(ref)}</small>"
    return verdict_cell(row, below)


class _Judged(NamedTuple):
    """The cells of one verdict: itself, and those behind the memory.

    These are headroom and what published generations showed; what marks doubts ends the last one.
    """

    row: Verdict
    verdict: str
    headroom: str


def _judged(pen: Pen, requirement: str) -> dict[str, dict[str, _Judged]]:
    """Return the cells of each verdict on a table of needs, by card and model.

    Written once for all pages that are equally deep: each stands on that of its card and on that
    of its model.
    """
    known: dict[tuple[str, str], dict[str, dict[str, _Judged]]]
    known, found = pen.guide.memos.setdefault("judged", {}), index(pen.guide)
    if (pen.base, requirement) not in known:
        known[pen.base, requirement] = {
            gpu: {
                row.model: _Judged(
                    row,
                    verdict_cell(row),
                    f"{_headroom(pen, row)}<td>{_ran(found.seen.get((gpu, row.model), ()))}",
                )
                for row in rows
                if row.requirement == requirement
            }
            for gpu, rows in found.verdicts.items()
        }
    return known[pen.base, requirement]


def _headroom(pen: Pen, row: Verdict) -> str:
    """Return the cells of headroom, in GiB and per cent."""
    if row.headroom_gib is None:
        return _UNKNOWN * 2
    place, need = f"derived/gpus/{row.gpu}", f"{row.requirement}/{row.model}"
    address, anchor, html = f"{pen.base}{place}.html", f"{row.requirement}--{row.model}", ""
    for what in ("headroom", "headroom-percent"):
        ref = f"{place}/{what}/{need}"
        derived = pen.guide.derived[ref]
        value = f"{derived.value:f}"
        html += (
            f'<td class="num"><a href="{address}#{what}--{anchor}"><data value="{value}"'
            f' data-ref="{ref}">{formats.shown(value, derived.approximate)}</data></a></td>\n'
        )
    return formats.of_ascii(html)


_UNKNOWN = cell(VERDICTS["unknown"], "state")


def _ran(results: Iterable[Result]) -> str:
    """Return in words what published generations of a model on a card showed."""
    return _states(frozenset(map(attrgetter("state"), results)))


@lru_cache(maxsize=64)
def _states(seen: frozenset[str]) -> str:
    return ", ".join(STATES[state] for state in STATES if state in (seen or {"not_measured"}))


def doubts(pen: Pen, notes: Footnotes, row: Verdict) -> str:
    """Return the marks of accepted contradictions between a verdict and published generations."""
    if not pen.guide.dataset.waivers:
        return ""
    against = {"does_not_fit": "measured", "fits": "oom", "tight": "oom"}.get(row.verdict)
    if not against:
        return ""
    results = index(pen.guide).seen.get((row.gpu, row.model), ())
    return notes.accepted(*(result.ref for result in results if result.state == against))
