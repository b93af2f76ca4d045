"""What do the figures of a table look like side by side?

Times, speed-ups, and needs against cards, drawn when the site is built. A chart is a second view
of a table on the same page and links to it. Imports ``drawings`` and ``grids``; ``tables`` offers
the charts to pages.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import chain

from . import formats
from .cells import METRICS, Pen
from .derive import Guide
from .drawings import (
    START,
    WIDTH,
    Judged,
    Need,
    Row,
    data,
    drawing,
    end,
    figure,
    name,
    panel,
    spelling,
)
from .figures import BYTES, GIB, TIGHT, speedup_columns
from .grids import column, ordered
from .index import index
from .readings import need_replicas
from .replicas import place_of
from .rows import Result
from .scales import linear, logarithmic
from .verdicts import shade

_TALL = 14  # rows; more of them stand better side by side
# Times in one drawing: nobody reads a chart of several screens, and the table has them all.
MOST = 40
_NOTHING = "<p>No value of this table can be drawn.</p>"


def time_chart(guide: Guide, base: str, benchmark: str) -> str:
    """Return the times of a published table: a drawing for each column, all on one axis."""
    columns = list(guide.dataset.benchmarks[benchmark].columns)
    table = f"benchmark-table--{benchmark}--published"
    made = _times(Pen(guide, base), f"time-chart--{benchmark}", benchmark, columns, table)
    return made or _NOTHING


def model_chart(guide: Guide, base: str, model: str) -> str:
    """Return the times of a model in the table that has it on most GPUs; nothing for one GPU."""
    found, timed = index(guide), _timed(guide)
    best = max(found.columns.get(model, {}), key=lambda name: timed[name][model], default="")
    if not best or timed[best][model] < 2:
        return ""
    columns = found.columns[model][best]
    table = f"model-results--{model}--{best}"
    return _times(Pen(guide, base), f"model-chart--{model}", best, columns, table)


def _timed(guide: Guide) -> dict[str, Counter[str]]:
    """Return on how many cards each table has a time of each model."""
    if "timed" not in guide.memos:
        guide.memos["timed"] = {
            benchmark: Counter(
                chain.from_iterable(
                    {one.model for one in row.values() if one.value is not None}
                    for row in rows.values()
                )
            )
            for benchmark, rows in index(guide).cells.items()
        }
    timed: dict[str, Counter[str]] = guide.memos["timed"]
    return timed


def _times(pen: Pen, chart: str, benchmark: str, columns: Iterable[str], table: str) -> str:
    """Return columns of a published table as drawings; nothing if they have no time."""
    record, cells = pen.guide.dataset.benchmarks[benchmark], index(pen.guide).cells[benchmark]
    drawn = {name: _first([row[name] for row in cells.values()]) for name in columns}
    values = [one.value for row in drawn.values() for one in row if one.value is not None]
    if not values:
        return ""
    scale = logarithmic(values, START, WIDTH - 20)  # half of a label has room behind it
    count, where = str(len(cells)), "table"
    if len(cells) > MOST:
        where += f", which has {count}; here are the first {MOST} by time"
        count = f"the first {MOST} of {count} by time; the table has all"
    panels = [
        panel(
            pen, f"{chart}--{name}", chart, _heading(pen, benchmark, name),
            _said(pen, results, count),
            drawing(pen, [Row(f"gpus/{one.gpu}/name", one.ref) for one in results], scale,
                    f"Time ({record.unit})", "dot"),
        )
        for name, results in drawn.items()
    ]  # fmt: skip
    what = (
        f"{METRICS[record.metric]} in {record.unit}: the further left, the faster. The axis is"
        f" logarithmic: equal distances are equal ratios. The GPUs stand as in the {where}."
    )
    return figure(pen, chart, ("Times", f"benchmarks/{benchmark}/title"), what, panels, table)


def _first(results: list[Result]) -> list[Result]:
    """Return the results that a drawing has room for, the least times, as they stand."""
    if len(results) <= MOST:
        return results
    chosen = {one.ref for one in ordered(results)[:MOST]}
    return [one for one in results if one.ref in chosen]


def speedup_chart(guide: Guide, base: str, benchmark: str) -> str:
    """Return how many times faster sparse attention is: a drawing for each sparse column."""
    pen, record = Pen(guide, base), guide.dataset.benchmarks[benchmark]
    found = index(guide).speedups.get(benchmark, {})
    if not found:
        return _NOTHING
    values = [guide.derived[one.ref].value for one in found.values()]
    labels = [formats.number(value, True) for value in values]
    scale = linear(max(*values, Decimal(1)), START, end(labels))
    chart, panels = f"speedup-chart--{benchmark}", []
    for fast, _ in speedup_columns(record):
        of = {gpu: found.get((gpu, fast)) for gpu in record.results}
        rows = [Row(f"gpus/{gpu}/name", one.ref if one else None) for gpu, one in of.items()]
        known = sorted((one for one in of.values() if one), key=lambda one: one.value)
        says = _span(pen, [(f"gpus/{one.gpu}/name", one.ref) for one in known])
        panels.append(
            panel(pen, f"{chart}--{fast}", chart, _heading(pen, benchmark, fast), says,
                  drawing(pen, rows, scale, "Speed-up (×)", "bar", even=True))
        )  # fmt: skip
    what = (
        "How many times faster sparse attention is than dense, computed from the two times of one"
        " GPU: the longer the bar, the more it gains. A bar that ends at the line gains nothing."
    )
    title = ("Speed-ups", f"benchmarks/{benchmark}/title")
    return figure(pen, chart, title, what, panels, f"speedup-table--{benchmark}")


# ---------------------------------------------------------------- published against measured


def time_replica_chart(guide: Guide, base: str, benchmark: str) -> str:
    """Return our times divided by the published ones of a table: a drawing for each card."""
    cards: dict[str, list[tuple[str, str]]] = {}
    for one in guide.rows.replicas:
        if one.benchmark == benchmark and one.word != "not_comparable":
            place = (f"models/{one.model}", f"{place_of(one)}/ratio")
            cards.setdefault(one.gpu, []).append(place)
    pen, chart = Pen(guide, base), f"time-replica-chart--{benchmark}"
    headings = {gpu: (f"gpus/{gpu}/name", guide.dataset.gpus[gpu].name, pen.name("gpus", gpu))
                for gpu in cards}  # fmt: skip
    drawn = [(f"{chart}--{gpu}", headings[gpu], rows) for gpu, rows in cards.items()]
    what = "How many times as long as the source says a generation took on our machine"
    title = ("Our times against the published ones", f"benchmarks/{benchmark}/title")
    return _ratios(pen, chart, title, what, drawn, f"time-replicas--{benchmark}")


def need_replica_chart(guide: Guide, base: str, requirement: str) -> str:
    """Return our peaks divided by the published needs of a table, under the nearest reading."""
    again = [one for one in need_replicas(guide.rows.readings) if one.requirement == requirement]
    place = f"derived/requirements/{requirement}"
    if again:
        place += f"/{guide.rows.readings[requirement][0].slug}/ratio"
    rows = [(f"models/{one.model}", f"{place}/{one.model}") for one in again]
    chart = f"need-replica-chart--{requirement}"
    heading = "Peak of a run, divided by the need"
    drawn = [(f"{chart}--all", (None, heading, heading), rows)] if rows else []
    what = "How many times as much memory as the source says a model took on our machine"
    title = ("Our peaks against the published needs", f"requirements/{requirement}/title")
    table = f"need-replicas--{requirement}"
    return _ratios(Pen(guide, base), chart, title, what, drawn, table)


def _ratios(
    pen: Pen, chart: str, title: tuple[str, str], what: str,
    drawn: Sequence[tuple[str, tuple[str | None, str, str], Sequence[tuple[str, str]]]],
    table: str,
) -> str:  # fmt: skip
    """Return what is ours as a multiple of what is published, a row for each model."""
    values = {ref: pen.guide.derived[ref].value for _, _, rows in drawn for _, ref in rows}
    if not values:
        return _NOTHING
    labels = [formats.number(value, True) for value in values.values()]
    scale = linear(max(*values.values(), Decimal(1)), START, end(labels))
    panels = []
    for identity, heading, models in drawn:
        rows = [Row(spelling(pen, model)[0], ref) for model, ref in models]
        in_order = sorted(models, key=lambda one: values[one[1]])
        says = f"At 1 the two agree. {_span(pen, [(f'{m}/name', ref) for m, ref in in_order])}"
        made = drawing(pen, rows, scale, "Ours (×)", "bar", even=True)
        panels.append(panel(pen, identity, chart, heading, says, made))
    said = f"{what}: a bar that ends at the line agrees; a shorter one is less, a longer one more."
    return figure(pen, chart, title, said, panels, table)


# ---------------------------------------------------------------- needs against cards


def memory_chart(guide: Guide, base: str, requirement: str) -> str:
    """Return the memory of each card as a bar, crossed by a line for the need of each model.

    Two ends can lie too near for the eye, so each bar says between which needs it ends. The axis
    ends where the memory is enough for every model; larger cards are named below it.
    """
    pen, found = Pen(guide, base), index(guide)
    record = guide.dataset.requirements[requirement]
    needs = [
        (need.need_gib, need) for need in found.needs[requirement] if need.need_gib is not None
    ]
    needs.sort(key=lambda one: one[0])
    sizes = {gpu: rows[0].capacity_gib for gpu, rows in found.verdicts.items() if rows}
    products = [gpu for gpu in sizes if not guide.dataset.gpus[gpu].one_of]
    known = sorted((size, gpu) for gpu in products if (size := sizes[gpu]) is not None)
    if not needs or not known:
        return _NOTHING
    scale = linear(needs[-1][0] / (1 - TIGHT), START, WIDTH - 10)
    factor = GIB / BYTES[record.read_as]
    lines = [Need(f"models/{need.model}", need.ref, scale.times(factor)) for _, need in needs]
    models = [(need.model, need.ref) for _, need in needs]
    shown = [gpu for size, gpu in known if size <= scale.high]
    chart, panels = f"memory-chart--{requirement}", []
    parts = {"GPUs, the smallest memory first": shown}
    if len(shown) > _TALL:
        half = (len(shown) + 1) // 2
        parts = {"GPUs with less memory": shown[:half], "GPUs with more memory": shown[half:]}
    for number, (heading, gpus) in enumerate(parts.items(), 1):
        rows = [
            Row(f"gpus/{gpu}/name", f"derived/gpus/{gpu}/capacity",
                [judged for _, judged in _between(pen, gpu, models)])
            for gpu in gpus
        ]  # fmt: skip
        says = _fitting(pen, requirement, models, gpus)
        drawn = drawing(pen, rows, scale, "Memory (GiB)", "bar", lines)
        panels.append(
            panel(pen, f"{chart}--{number}", chart, (None, heading, heading), says, drawn)
        )
    what = (
        "A bar is the memory of a GPU, a line is the need of a model. A bar that ends before the"
        " line is too short for the model; one that ends in the shade behind the line is tight;"
        " one that goes on beyond it has memory enough. Below a bar: the memory, ✓ the greatest"
        " need that fits, and ✕ the least that does not; at ! the table says more, such as tight."
        f" Needs as published, in {record.unit}, read as {record.read_as}."
    )
    beyond = [gpu for size, gpu in known if size > scale.high]
    below = _listed(pen, "Memory beyond the end of the axis, so enough for each model", beyond)
    unknown = [gpu for gpu in products if sizes[gpu] is None]
    below += _listed(pen, "No source gives the memory of", unknown)
    title = ("Needs and GPUs", f"requirements/{requirement}/title")
    return figure(pen, chart, title, what, panels, f"fit-matrix--{requirement}", below)


def _fitting(
    pen: Pen, requirement: str, models: Iterable[tuple[str, str]], gpus: Sequence[str]
) -> str:
    """Return in words what the bars and lines show: by model, then by card."""
    found = index(pen.guide).verdicts_on
    said = []
    for model, ref in models:
        here = [
            row.verdict
            for gpu in gpus
            for row in found[gpu, model]
            if row.requirement == requirement
        ]
        counts = ", ".join(
            f"{words} on {here.count(verdict)}"
            for verdict, (words, _) in formats.VERDICTS.items()
            if verdict in here
        )
        said.append(f"{name(pen, f'models/{model}/name')}, which needs {data(pen, ref)}: {counts}.")
    ends = _span(pen, [(f"gpus/{gpu}/name", f"derived/gpus/{gpu}/capacity") for gpu in gpus])
    for gpu in gpus:
        nearest = "; ".join(
            f"{words}: {data(pen, judged.figure)}" for words, judged in _between(pen, gpu, models)
        )
        memory = data(pen, f"derived/gpus/{gpu}/capacity")
        said.append(f"{name(pen, f'gpus/{gpu}/name')}, {memory}; {nearest}.")
    return f"GPUs: {len(gpus)}. {ends} {' '.join(said)}"


def _between(pen: Pen, gpu: str, models: Iterable[tuple[str, str]]) -> list[tuple[str, Judged]]:
    """Return the greatest needs that a card's memory is enough for, and the least that it lacks.

    ``models`` stand with the reference of their need, the least first. Each verdict comes once, in
    words and as a symbol; what the table adds to it for the card's architecture, it adds here too.
    """
    said: dict[str, tuple[str, Judged]] = {}
    for model, ref in models:
        (row,) = (one for one in index(pen.guide).verdicts_on[gpu, model] if one.need_ref == ref)
        words, symbol = formats.verdict(row.verdict, row.architecture)
        if row.verdict != "does_not_fit" or symbol not in said:
            said[symbol] = (words, Judged(symbol, shade(row.verdict, row.architecture), ref))
    return list(said.values())


def _listed(pen: Pen, words: str, gpus: Iterable[str]) -> str:
    names = ", ".join(pen.name("gpus", gpu) for gpu in gpus)
    return f"<p>{words}: {names}.</p>" if names else ""


# ---------------------------------------------------------------- words


def _heading(pen: Pen, benchmark: str, name: str) -> tuple[str, str, str]:
    """Return what a column is called: reference, words, and HTML with a link."""
    about = pen.guide.dataset.benchmarks[benchmark].columns[name]
    label = f"benchmarks/{benchmark}/columns/{name}/label"
    ref = label if about.label else f"models/{about.model}/name"
    return ref, str(pen.guide.figure(ref).value), column(pen, benchmark, name)


def _said(pen: Pen, results: Sequence[Result], count: str) -> str:
    """Return in words what a drawing of times shows: both ends, and the GPUs without a time."""
    timed = sorted((one for one in results if one.value), key=lambda one: one.value or 0)
    said = [f"GPUs: {count}. {_span(pen, [(f'gpus/{one.gpu}/name', one.ref) for one in timed])}"]
    for state, (words, _) in formats.STATES.items():
        names = [name(pen, f"gpus/{one.gpu}/name") for one in results if one.state == state]
        if names and state != "measured":
            said.append(f"{words.capitalize()}: {', '.join(names)}.")
    return " ".join(said)


def _span(pen: Pen, in_order: Sequence[tuple[str, str]]) -> str:
    """Return in words the first and the last of some figures, given with whose they are."""
    if not in_order:
        return "No figure."
    ends = [f"{data(pen, ref)} ({name(pen, whose)})" for whose, ref in (in_order[0], in_order[-1])]
    if len(in_order) == 1:
        return f"One figure: {ends[0]}."
    return f"Least: {ends[0]}. Greatest: {ends[1]}."
