"""How fast is it on my card, and does it fit?

Every figure and every verdict of one card or one model. Imports ``grids``; ``tables`` offers
them to pages.
"""

from __future__ import annotations

from .cells import METERS, STATES, VERDICTS, Pen
from .derive import Guide, Verdict
from .figures import capacity
from .footnotes import Footnotes
from .grids import (
    cell,
    cells,
    column,
    column_settings,
    frame,
    gpu_head,
    head,
    missing,
    published,
    row_head,
    says,
    th,
)  # fmt: skip
from .index import index

# ---------------------------------------------------------------- figures


def gpu_results(guide: Guide, base: str, gpu: str) -> str:
    """Return every figure of a card, also those under an ambiguous name that may mean it."""
    pen, found = Pen(guide, base), index(guide)
    names = [gpu, *found.groups.get(gpu, ())]
    html: list[str] = []
    absent: list[str] = []
    for benchmark, table in found.cells.items():
        record = guide.dataset.benchmarks[benchmark]
        rows = [name for name in names if name in table]
        if not rows:
            absent.append(pen.text(f"benchmarks/{benchmark}/title"))
            continue
        notes = Footnotes(pen, f"gpu-results--{gpu}--{benchmark}")
        caption = published(pen, notes, "benchmarks", benchmark, says(record))
        columns = list(record.columns)
        sides = cells(pen, notes, benchmark, rows, columns)
        body = [
            row_head(column(pen, benchmark, name)) + "".join(line)
            for name, *line in zip(columns, *sides, strict=True)
        ]
        headings = [th(f"{gpu_head(pen, name)} ({record.unit})", "num") for name in rows]
        own = column_settings(pen, notes, benchmark, columns)
        html.append(frame(notes, caption, head(th("Model"), *headings), body, own))
    return "".join(html) + _absent("No figure of this card in", absent)


def model_results(guide: Guide, base: str, model: str) -> str:
    """Return every figure of a model: a row for each card of each table that has the model."""
    pen, found = Pen(guide, base), index(guide)
    html: list[str] = []
    absent: list[str] = []
    for benchmark, table in found.cells.items():
        columns = found.columns.get(model, {}).get(benchmark)
        if not columns:
            absent.append(pen.text(f"benchmarks/{benchmark}/title"))
            continue
        record = guide.dataset.benchmarks[benchmark]
        notes = Footnotes(pen, f"model-results--{model}--{benchmark}")
        caption = published(pen, notes, "benchmarks", benchmark, says(record))
        headings = [
            th(f"{column(pen, benchmark, name)} ({record.unit})", "num") for name in columns
        ]
        body = [
            row_head(gpu_head(pen, gpu)) + "".join(row)
            for gpu, row in zip(table, cells(pen, notes, benchmark, table, columns), strict=True)
        ]
        own = column_settings(pen, notes, benchmark, columns)
        html.append(frame(notes, caption, head(th("GPU"), *headings), body, own))
    return "".join(html) + _absent("No figure of this model in", absent)


def _absent(words: str, titles: list[str]) -> str:
    if not titles:
        return ""
    return f"<p>{STATES['not_measured']}. {words}: {'; '.join(titles)}.</p>"


# ---------------------------------------------------------------- verdicts

_NO_NEED = f"{VERDICTS['unknown']}: no source states how much memory is needed"
_VERDICT = (
    th("Headroom (GiB)", "num")
    + th("Headroom (%)", "num")
    + th("Verdict")
    + th("Published results")
)


def gpu_verdicts(guide: Guide, base: str, gpu: str) -> str:
    """Return whether each model fits on a card, for each table of needs."""
    pen = Pen(guide, base)
    rows = index(guide).verdicts.get(gpu, [])
    html = []
    for requirement, record in guide.dataset.requirements.items():
        notes = Footnotes(pen, f"gpu-verdicts--{gpu}--{requirement}")
        what = f"{_memory(pen, gpu)} Needs in {record.unit} as printed, read as {record.read_as}."
        caption = published(pen, notes, "requirements", requirement, what)
        body = [
            row_head(pen.name("models", row.model)) + _need(pen, notes, row) + _verdict(pen, row)
            for row in rows
            if row.requirement == requirement
        ]
        headings = head(th("Model"), th(f"Memory needed ({record.unit})", "num"), _VERDICT)
        html.append(frame(notes, caption, headings, body))
    without = [pen.name("models", row.model) for row in rows if row.requirement is None]
    if without:
        html.append(f"<p>{_NO_NEED}: {', '.join(without)}.</p>")
    return "".join(html)


def model_verdicts(guide: Guide, base: str, model: str) -> str:
    """Return on which cards a model fits, the smallest card first, for each table of needs."""
    pen, found = Pen(guide, base), index(guide)
    rows = sorted(
        (row for gpu in guide.dataset.gpus for row in found.verdicts_on.get((gpu, model), ())),
        key=lambda row: (row.capacity_gib is None, row.capacity_gib or 0),
    )
    html = []
    for requirement, record in guide.dataset.requirements.items():
        if model not in record.results:
            continue
        notes = Footnotes(pen, f"model-verdicts--{model}--{requirement}")
        ref = f"requirements/{requirement}/results/{model}"
        need = f"{pen.figure(ref)}{notes.of(ref)}, read as {record.read_as}"
        what = (
            f"{pen.name('models', model)}: {need}. Cards from the smallest memory to the largest."
        )
        body = [
            row_head(gpu_head(pen, row.gpu)) + _capacity(pen, row) + _verdict(pen, row)
            for row in rows
            if row.requirement == requirement
        ]
        headings = head(th("GPU"), th("Memory (GiB)", "num"), th("Who says so"), _VERDICT)
        caption = published(pen, notes, "requirements", requirement, what)
        html.append(frame(notes, caption, headings, body))
    return "".join(html) or f"<p>{_NO_NEED}.</p>"


def _memory(pen: Pen, gpu: str) -> str:
    """Return in words how much memory a card has and who says so."""
    name = pen.name("gpus", gpu)
    if offer := capacity(pen.guide.dataset, gpu):
        return f"{name} has {pen.capacity(gpu, offer)}."
    if pen.guide.dataset.gpus[gpu].one_of:
        return f"The products called {name} differ in memory: see the verdict of each."
    return f"No source gives the memory of {name}."


def _capacity(pen: Pen, row: Verdict) -> str:
    if row.meter is None:
        return missing() + cell("—")
    figure = pen.figure(f"derived/gpus/{row.gpu}/capacity", unit=False)
    return cell(figure, "num", row.capacity_gib) + cell(METERS[row.meter])


def _need(pen: Pen, notes: Footnotes, row: Verdict) -> str:
    ref = str(row.need_ref)
    kind = "num" if row.need_gib is not None else "state"
    return cell(pen.figure(ref, unit=False) + notes.of(ref), kind, row.need_gib or "")


def _verdict(pen: Pen, row: Verdict) -> str:
    """Return the cells of headroom, verdict, and what published generations showed."""
    html = ""
    for what in ("headroom", "headroom-percent"):
        ref = f"derived/gpus/{row.gpu}/{what}/{row.requirement}/{row.model}"
        if row.headroom_gib is None:
            html += cell(VERDICTS["unknown"], "state", "")
        else:
            html += cell(pen.figure(ref, unit=False), "num", pen.guide.figure(ref).value)
    seen = index(pen.guide).seen.get((row.gpu, row.model), ["not_measured"])
    runs = ", ".join(STATES[state] for state in STATES if state in seen)
    return html + cell(VERDICTS[row.verdict], f"verdict {row.verdict}") + cell(runs)
