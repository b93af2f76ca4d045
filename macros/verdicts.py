"""Does it fit?

Every verdict of one card, of one model, and of all at once. A verdict is about memory; where the
architecture of a card speaks against it, that stands beside it. Imports ``grids``; ``picker``
uses its cells, and ``tables`` offers these tables to pages.
"""

from __future__ import annotations

from collections.abc import Iterable

from .cells import METERS_IN_SHORT, STATES, VERDICTS, Pen, verdict
from .derive import Guide
from .figures import architecture, capacity, floors, specs
from .footnotes import Footnotes
from .formats import rounded
from .grids import cell, derived_cell, frame, gpu_head, head, published, row_head, th
from .index import index
from .origins import cite
from .rows import Verdict

_NO_NEED = f"{VERDICTS['unknown']}: no source states how much memory is needed"
_HEADROOM = th("Headroom (GiB)", "num") + th("Headroom (%)", "num") + th("Published results")


def gpu_verdicts(guide: Guide, base: str, gpu: str) -> str:
    """Return whether each model fits on a card, for each table of needs."""
    pen = Pen(guide, base)
    rows = index(guide).verdicts.get(gpu, [])
    html = []
    for requirement, record in guide.dataset.requirements.items():
        notes = Footnotes(pen, f"gpu-verdicts--{gpu}--{requirement}")
        what = (
            f"{_memory(pen, gpu)} {age_words(pen, gpu, requirement)}"
            f"Needs as published, in {record.unit}, read as {record.read_as}."
        )
        caption = published(pen, notes, "requirements", requirement, what)
        body = [
            row_head(pen.name("models", row.model))
            + verdict_cell(row)
            + _need(pen, notes, row)
            + _headroom(pen, notes, row)
            for row in rows
            if row.requirement == requirement
        ]
        needed = th(f"Memory needed ({record.unit})", "num")
        headings = head(th("Model"), th("Verdict"), needed, _HEADROOM)
        html.append(frame(notes, caption, headings, body, memory_sources(pen, [gpu])))
    without = [pen.name("models", row.model) for row in rows if row.requirement is None]
    if without:
        html.append(f"<p>{_NO_NEED}: {', '.join(without)}.</p>")
    return "".join(html)


def model_verdicts(guide: Guide, base: str, model: str) -> str:
    """Return on which cards a model fits, the smallest card first, for each table of needs."""
    pen, found = Pen(guide, base), index(guide)
    rows = sorted(
        (row for gpu in guide.dataset.gpus for row in found.verdicts_on.get((gpu, model), ())),
        key=from_smallest,
    )
    html = []
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
        body = [
            row_head(gpu_head(pen, row.gpu))
            + verdict_cell(row)
            + _capacity(pen, row)
            + _headroom(pen, notes, row)
            for row in rows
            if row.requirement == requirement
        ]
        headings = head(
            th("GPU"), th("Verdict"), th("Memory (GiB)", "num"), th("Who says so"), _HEADROOM
        )
        sources = memory_sources(pen, (row.gpu for row in rows))
        html.append(frame(notes, caption, headings, body, sources))
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
    return f'<div class="paper"><p>Memory of cards:</p><ul>{items}</ul></div>' if items else ""


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


def _need(pen: Pen, notes: Footnotes, row: Verdict) -> str:
    ref = str(row.need_ref)
    kind = "num" if row.need_gib is not None else "state"
    return cell(pen.figure(ref, unit=False) + notes.of(ref), kind)


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


def _headroom(pen: Pen, notes: Footnotes, row: Verdict) -> str:
    """Return the cells of headroom and of what published generations showed."""
    known: dict[tuple[str, ...], str] = pen.guide.memos.setdefault("headroom", {})
    key = (pen.base, row.gpu, row.model, str(row.requirement))
    if key not in known:  # it stands on the page of the card and on that of the model
        known[key] = _left(pen, row)
    return f"{known[key]}{doubts(pen, notes, row)}</td>\n"


def _left(pen: Pen, row: Verdict) -> str:
    """Return these cells without what marks doubts, at the end of the last one."""
    html = ""
    for what in ("headroom", "headroom-percent"):
        ref = f"derived/gpus/{row.gpu}/{what}/{row.requirement}/{row.model}"
        if row.headroom_gib is None:
            html += cell(VERDICTS["unknown"], "state")
        else:
            html += derived_cell(pen, ref)
    seen = {result.state for result in index(pen.guide).seen.get((row.gpu, row.model), ())}
    runs = ", ".join(STATES[state] for state in STATES if state in (seen or {"not_measured"}))
    return f"{html}<td>{runs}"


def doubts(pen: Pen, notes: Footnotes, row: Verdict) -> str:
    """Return the marks of accepted contradictions between a verdict and published generations."""
    against = {"does_not_fit": "measured", "fits": "oom", "tight": "oom"}.get(row.verdict)
    if not pen.guide.dataset.waivers or not against:
        return ""
    results = index(pen.guide).seen.get((row.gpu, row.model), ())
    return notes.accepted(*(result.ref for result in results if result.state == against))
