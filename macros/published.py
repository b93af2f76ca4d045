"""What does a source publish, and what follows from it?

The tables of one benchmark or requirement file: figures, speed-ups, ranges, claims, and words on
each cell that ran out of memory. Imports ``grids``; ``tables`` offers them to pages.
"""

from __future__ import annotations

from typing import Literal

from .cells import STATES, Pen, verdict
from .derive import Guide
from .figures import agrees, capacity, speedup_columns
from .footnotes import Footnotes
from .grids import (
    body,
    cell,
    cells,
    column,
    column_settings,
    frame,
    gpu_head,
    head,
    missing,
    ordered,
    published,
    row_head,
    says,
    th,
    title,
)  # fmt: skip
from .index import index
from .rows import Result, Speedup, Verdict
from .schema import Claim

Sort = Literal["published", "fastest"]


def requirement_table(guide: Guide, base: str, requirement: str) -> str:
    """Return the memory that each model of one table needs, as published."""
    pen, record = Pen(guide, base), guide.dataset.requirements[requirement]
    notes = Footnotes(pen, f"requirement-table--{requirement}")
    what = f"Memory needed in {record.unit} as printed, read as {record.read_as}."
    if record.read_as_runs:
        place = f"requirements/{requirement}/read_as_runs"
        runs = (pen.text(f"{place}/{i}") for i in range(len(record.read_as_runs)))
        links = [
            pen.link(f"runs/{name}", f"<code>{words}</code>")
            for name, words in zip(record.read_as_runs, runs, strict=True)
        ]
        what += f" Runs that bear this reading out: {', '.join(links)}."
    caption = published(pen, notes, "requirements", requirement, what)
    rows = [
        row_head(pen.name("models", need.model))
        + cell(
            pen.figure(need.ref, unit=False) + notes.of(need.ref),
            "num" if need.value is not None else f"state {need.state}",
        )
        + cell(need.read_as)
        for need in index(guide).needs[requirement]
    ]
    needed = th(f"Memory needed ({record.unit})", "num")
    return frame(notes, caption, head(th("Model"), needed, th("Read as")), rows)


def benchmark_table(
    guide: Guide, base: str, benchmark: str, sort: Sort = "published", by: str = ""
) -> str:
    """Return a published table: a row for each card, a column for each model or setting.

    ``sort`` "fastest" puts the least value of column ``by`` (the first column, if it is not
    named) on top and cards without a value last.
    """
    pen, record = Pen(guide, base), guide.dataset.benchmarks[benchmark]
    notes = Footnotes(pen, "--".join(filter(None, ("benchmark-table", benchmark, sort, by))))
    lead = "Fastest first" if sort == "fastest" else ""
    caption = published(pen, notes, "benchmarks", benchmark, says(record), lead)
    rows = index(guide).cells[benchmark]
    gpus = list(rows)
    if sort == "fastest":
        first = by or next(iter(record.columns))
        gpus = [result.gpu for result in ordered(row[first] for row in rows.values())]
    columns = list(record.columns)
    headings = [th(f"{column(pen, benchmark, name)} ({record.unit})", "num") for name in columns]
    heads = (row_head(gpu_head(pen, name)) for name in gpus)
    table = body(pen, heads, map("".join, cells(pen, notes, benchmark, gpus, columns)))
    own = column_settings(pen, notes, benchmark, columns)
    return frame(notes, caption, head(th("GPU"), *headings), table, own, kind="times")


def speedup_table(guide: Guide, base: str, benchmark: str) -> str:
    """Return how many times faster sparse attention is, computed and as the source prints it."""
    pen, record = Pen(guide, base), guide.dataset.benchmarks[benchmark]
    pairs = list(speedup_columns(record))
    speedups = index(guide).speedups.get(benchmark, {})
    if not speedups:
        return "<p>This table has no pair of a dense and a sparse time on one card.</p>"
    notes = Footnotes(pen, f"speedup-table--{benchmark}")
    what = (
        "Speed-up: the time of dense divided by the time of sparse attention, computed from the "
        "times of this table, and the factor that the source prints. The two agree if the "
        "computed one, rounded to the printed digits, is the printed one."
    )
    caption = published(pen, notes, "benchmarks", benchmark, what, "Speed-ups", noted=False)
    top = "".join(
        f'<th scope="colgroup" colspan="2">{column(pen, benchmark, fast)}</th>' for fast, _ in pairs
    )
    pair = th("computed (×)", "num") + th("printed (×)")
    rows = [
        row_head(gpu_head(pen, name))
        + "".join(_speedup(pen, notes, speedups.get((name, fast))) for fast, _ in pairs)
        for name in record.results
    ]
    heading = f'<tr><th scope="col" rowspan="2">GPU</th>{top}</tr><tr>{pair * len(pairs)}</tr>'
    return frame(notes, caption, heading, rows)


def _speedup(pen: Pen, notes: Footnotes, found: Speedup | None) -> str:
    if not found:
        return missing() + cell("—")
    row = f"benchmarks/{found.benchmark}/results/{found.gpu}"
    marks = notes.of(found.ref, f"{row}/{found.over}", f"{row}/{found.column}")
    computed = cell(pen.figure(found.ref, unit=False) + marks, "num")
    if found.claimed is None or found.claim_ref is None:
        return computed + cell("none")
    agreement = _AGREES if agrees(found.value, found.claimed) else _DIFFERS
    printed = f"{pen.figure(found.claim_ref, unit=False)} {agreement}{notes.of(found.claim_ref)}"
    return computed + cell(printed)


_AGREES = '<span class="agrees"><span aria-hidden="true">✓</span> agrees</span>'
_DIFFERS = '<span class="differs"><span aria-hidden="true">✕</span> differs</span>'


def range_table(guide: Guide, base: str, benchmark: str) -> str:
    """Return the fastest and slowest value of each column, and how many cells have which state."""
    pen, record = Pen(guide, base), guide.dataset.benchmarks[benchmark]
    notes = Footnotes(pen, f"range-table--{benchmark}")
    table = list(index(guide).cells[benchmark].values())
    states = [
        state
        for state in STATES
        if state in ("measured", "oom", "not_measured")
        or any(result.state == state for row in table for result in row.values())
    ]
    headings = head(
        th("Column"),
        th(f"Fastest ({record.unit})", "num"),
        th("GPU"),
        th(f"Slowest ({record.unit})", "num"),
        th("GPU"),
        *(th(STATES[state], "num") for state in states),
    )
    rows = []
    for name in record.columns:
        results = [row[name] for row in table]
        counts = (
            cell(str(sum(result.state == state for result in results)), "num") for state in states
        )
        rows.append(
            row_head(column(pen, benchmark, name))
            + _end(pen, notes, results, f"derived/benchmarks/{benchmark}/range/{name}/min")
            + _end(pen, notes, results, f"derived/benchmarks/{benchmark}/range/{name}/max")
            + "".join(counts)
        )
    what = says(record)
    if any(result.superseded_by for row in table for result in row.values()):
        what += " A figure that a newer table replaces is at no end."
    caption = published(
        pen, notes, "benchmarks", benchmark, what, "Ends of each column", noted=False
    )
    return frame(notes, caption, headings, rows)


def _end(pen: Pen, notes: Footnotes, results: list[Result], ref: str) -> str:
    """Return one end of a range and every card that has that value."""
    if ref not in pen.guide.derived:
        return missing() + cell("—")
    value = pen.guide.derived[ref].value
    there = [one for one in results if one.value == value and not one.superseded_by]
    names = (pen.name("gpus", one.gpu) + notes.of(one.ref) for one in there)
    return cell(pen.figure(ref, unit=False), "num") + cell(", ".join(names))


def oom_notes(guide: Guide, base: str, benchmark: str) -> str:
    """Return a note in plain words on each cell that is out of memory."""
    pen, found = Pen(guide, base), index(guide)
    items = []
    for name in guide.dataset.benchmarks[benchmark].columns:
        results = [row[name] for row in found.cells[benchmark].values()]
        without = [one for one in results if one.state in ("oom", "oom_predicted")]
        timed = ", ".join(pen.name("gpus", one.gpu) for one in ordered(results) if one.value)
        if without:
            words = " ".join(_without_memory(pen, result) for result in without)
            ending = f"Cards with a time in this column: {timed or 'none'}."
            items.append(f"<li>{column(pen, benchmark, name)}: {words} {ending}</li>")
    if not items:
        return "<p>No cell of this table is out of memory.</p>"
    return f'<ul class="oom-notes">{"".join(items)}</ul>'


def _without_memory(pen: Pen, result: Result) -> str:
    verdicts = index(pen.guide).verdicts_on.get((result.gpu, result.model), ())
    needs = [memory(pen, row) for row in verdicts if row.need_ref]
    what = f"{pen.name('gpus', result.gpu)} is {pen.figure(result.ref)}."
    return f"{what} {' '.join(needs) or 'No source states what the model needs.'}"


def memory(pen: Pen, row: Verdict) -> str:
    """Return in words what a model needs, what a card offers, and what follows."""
    requirement = f"requirements/{row.requirement}"
    read_as = pen.guide.dataset.requirements[str(row.requirement)].read_as
    needs = f"{pen.figure(str(row.need_ref))}, read as {read_as}"
    words = f"{pen.text(f'{requirement}/title')}: the model needs {needs}"
    offer = capacity(pen.guide.dataset, row.gpu)
    if not offer:
        return f"{words}; no source gives one memory size for the card."
    words += f"; the card has {pen.capacity(row.gpu, offer)}"
    if row.headroom_gib is None:
        return f"{words}."
    place = f"derived/gpus/{row.gpu}"
    rest = f"{row.requirement}/{row.model}"
    return (
        f"{words}; headroom {pen.figure(f'{place}/headroom/{rest}')}"
        f" ({pen.figure(f'{place}/headroom-percent/{rest}')}): {verdict(row)}."
    )


def claims(guide: Guide, base: str, benchmark: str) -> str:
    """Return what the source of a benchmark claims about its figures."""
    return _claims(Pen(guide, base), "benchmarks", benchmark)


def requirement_claims(guide: Guide, base: str, requirement: str) -> str:
    """Return what the source of a requirement table recommends."""
    return _claims(Pen(guide, base), "requirements", requirement)


def _claims(pen: Pen, kind: str, name: str) -> str:
    record = getattr(pen.guide.dataset, kind)[name]
    place = f"{kind}/{name}/claims"
    if not record.claims:
        return "<p>The source makes no claim about these figures.</p>"
    notes = Footnotes(pen, f"claims--{kind}--{name}")
    about = pen.text(f"{kind}/{name}/title")
    caption = (
        f"{title(notes, f'Claims of the source: {about}')}"
        ' <span class="what">What it says about these figures, in its own numbers.</span>'
    )
    rows = []
    for claim_id, claim in record.claims.items():
        what, printed = _claim(pen, notes, name, f"{place}/{claim_id}", claim)
        marks = notes.of(f"{place}/{claim_id}")
        source = pen.cite(claim.source) + pen.place(f"{place}/{claim_id}")
        rows.append(row_head(what) + cell(printed + marks) + cell(source))
    return frame(notes, caption, head(th("Claim"), th("Printed"), th("Source")), rows)


def _claim(pen: Pen, notes: Footnotes, record: str, ref: str, claim: Claim) -> tuple[str, str]:
    """Return in words what is claimed, and the printed figures."""

    def figure(key: str) -> str:
        return pen.figure(f"{ref}/{key}") + notes.of(f"{ref}/{key}")

    if claim.kind == "speedup":
        fast, slow = (column(pen, record, str(name)) for name in (claim.column, claim.over))
        factors = (f"{pen.name('gpus', gpu)} {figure(f'factors/{gpu}')}" for gpu in claim.factors)
        return f"Speed-up of {fast} over {slow}", ", ".join(factors)
    if claim.kind in ("at_most", "at_least"):
        tables = ", ".join(pen.text(f"benchmarks/{name}/title") for name in claim.benchmarks)
        return f"Speed-ups, {claim.kind.replace('_', ' ')}, in: {tables}", figure("factor")
    if claim.kind == "all_measured":
        return "Every GPU has a value in", column(pen, record, str(claim.column))
    if claim.kind == "architecture_floor":
        named = ", ".join(
            pen.name("gpus", gpu) + notes.of(f"{ref}/gpus/{i}") for i, gpu in enumerate(claim.gpus)
        )
        return "Oldest architecture", figure("architecture") + (f", such as {named}" * bool(named))
    models = f"models of size class {pen.text(f'{ref}/size_class')}"
    if claim.kind == "memory_floor":
        return f"Memory for {models}, at least", figure("memory_gb")
    return f"Memory for {models}", f"{figure('low_gb')} to {figure('high_gb')}"
