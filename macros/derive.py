"""Which figures follow from the data, and from which operands?

Turns a Dataset into rows (one per result, need, verdict, speed-up), pandas frames of these rows,
and a registry of derived figures. Imports ``figures`` and ``frames``. Tables, prose and exports
read these rows, so page, sentence and download cannot disagree.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from . import frames
from .figures import (
    BYTES,
    GIB,
    SECONDS,
    Figure,
    architecture,
    capacity,
    floors,
    speedup_columns,
    stored,
    verdict,
)  # fmt: skip
from .formats import rounded
from .load import Dataset
from .values import Cell

if TYPE_CHECKING:
    import pandas as pd


class Derived(NamedTuple):
    """A figure that the guide computes.

    ``value`` is rounded as shown; ``formula`` says in words how it follows from the operands,
    which are pairs of a label and a reference.
    """

    ref: str
    label: str
    value: Decimal
    unit: str
    formula: str
    operands: tuple[tuple[str, str], ...]
    approximate: bool = False


@dataclass(frozen=True, eq=False)
class Guide:
    """The data and all that follows from them, in published order.

    Each kind of row is also a pandas frame, made when it is first asked for: importing pandas
    takes as long as a small site.
    """

    dataset: Dataset
    rows: Rows
    derived: Mapping[str, Derived]

    @cached_property
    def results(self) -> pd.DataFrame:
        """One row for each cell of each benchmark table."""
        return frames.frame(self.rows.results, Result._fields)

    @cached_property
    def columns(self) -> pd.DataFrame:
        """One row for each column of each benchmark table, with the settings it holds for."""
        return frames.columns(self.dataset)

    @cached_property
    def requirements(self) -> pd.DataFrame:
        """One row for each memory need that a source states."""
        return frames.frame(self.rows.requirements, Need._fields)

    @cached_property
    def verdicts(self) -> pd.DataFrame:
        """One row for each card, model and table of needs."""
        return frames.frame(self.rows.verdicts, Verdict._fields)

    @cached_property
    def speedups(self) -> pd.DataFrame:
        """One row for each pair of a dense and a sparse time."""
        return frames.frame(self.rows.speedups, Speedup._fields)

    @cached_property
    def gpus(self) -> pd.DataFrame:
        """One row for each card, with the exact values of its specs."""
        return frames.gpus(self.dataset)

    @cached_property
    def models(self) -> pd.DataFrame:
        """One row for each model."""
        return frames.models(self.dataset)

    @cached_property
    def runs(self) -> pd.DataFrame:
        """One row for each run of this project's own measuring."""
        return frames.runs(self.dataset)

    @cached_property
    def run_times(self) -> pd.DataFrame:
        """One row for each time of each run, the warm-ups included."""
        return frames.run_times(self.dataset)

    def figure(self, ref: str) -> Figure:
        """Return the value that a reference names; KeyError if there is none."""
        if ref.startswith("derived/"):
            derived = self.derived[ref]
            return Figure(derived.value, derived.unit, derived.approximate)
        return stored(self.dataset, ref)


def guide(dataset: Dataset) -> Guide:
    """Compute every row and every derived figure of a checked data set."""
    derived: dict[str, Derived] = {}
    results = _results(dataset)
    requirements = _requirements(dataset)
    verdicts = _verdicts(dataset, requirements, derived)
    made = Guide(
        dataset, Rows(results, requirements, verdicts, _speedups(dataset, derived)), derived
    )
    _ranges(results, derived)
    _operands(made, derived)
    return made


# ---------------------------------------------------------------- rows


class Rows(NamedTuple):
    """All rows, by the names of their frames."""

    results: list[Result]
    requirements: list[Need]
    verdicts: list[Verdict]
    speedups: list[Speedup]


class Result(NamedTuple):
    """One cell of a benchmark table; ``seconds`` makes times of different units comparable."""

    ref: str
    benchmark: str
    gpu: str
    column: str
    model: str
    size_class: str
    metric: str
    unit: str
    state: str
    value: Decimal | None
    seconds: float | None
    approximate: bool
    superseded_by: str | None
    stored: bool


def _results(dataset: Dataset) -> list[Result]:
    absent = Cell(state="not_measured")
    return [
        Result(
            ref=f"benchmarks/{name}/results/{gpu}/{column}",
            benchmark=name,
            gpu=gpu,
            column=column,
            model=about.model,
            size_class=dataset.models[about.model].size_class,
            metric=benchmark.metric,
            unit=benchmark.unit,
            state=(cell := cells.get(column, absent)).state,
            value=cell.value,
            seconds=float(cell.value * SECONDS[benchmark.unit]) if cell.value else None,
            approximate=cell.approximate,
            superseded_by=cell.superseded_by,
            stored=column in cells,
        )
        for name, benchmark in dataset.benchmarks.items()
        for gpu, cells in benchmark.results.items()
        for column, about in benchmark.columns.items()
    ]


class Need(NamedTuple):
    """Memory that a source says a model needs; ``need_gib`` under the stated reading."""

    ref: str
    requirement: str
    model: str
    size_class: str
    unit: str
    read_as: str
    state: str
    value: Decimal | None
    need_gib: Decimal | None
    approximate: bool


def _requirements(dataset: Dataset) -> list[Need]:
    return [
        Need(
            ref=f"requirements/{name}/results/{model}",
            requirement=name,
            model=model,
            size_class=dataset.models[model].size_class,
            unit=requirement.unit,
            read_as=requirement.read_as,
            state=cell.state,
            value=cell.value,
            need_gib=cell.value and cell.value * BYTES[requirement.read_as] / GIB,
            approximate=cell.approximate,
        )
        for name, requirement in dataset.requirements.items()
        for model, cell in requirement.results.items()
    ]


class Verdict(NamedTuple):
    """Whether a model fits on a card, under the settings of one requirement table.

    ``verdict`` is about memory alone; ``architecture`` says whether the card is as new as the
    source of the need recommends, and is None where it sets no floor.
    """

    gpu: str
    model: str
    size_class: str
    requirement: str | None
    need_ref: str | None
    need_gib: Decimal | None
    capacity_gib: Decimal | None
    meter: str | None
    headroom_gib: Decimal | None
    headroom_percent: Decimal | None
    verdict: str
    architecture: str | None


def _verdicts(dataset: Dataset, needs: list[Need], derived: dict[str, Derived]) -> list[Verdict]:
    rows: list[Verdict] = []
    recommended = {name: floors(dataset, name) for name in dataset.requirements}
    for gpu in dataset.gpus:
        offer = capacity(dataset, gpu)
        ages = {name: architecture(dataset, gpu, floor) for name, floor in recommended.items()}
        place = f"derived/gpus/{gpu}"
        if offer:
            what = "label, read as decimal GB" if offer.meter == "nominal" else "reported total"
            _add(derived, f"{place}/capacity", f"Memory of {dataset.gpus[gpu].name}", offer.gib,
                 "GiB", f"{what}, in GiB", ((offer.meter, offer.ref),))  # fmt: skip
        for need in needs:
            gib = offer.gib - need.need_gib if offer and need.need_gib is not None else None
            percent = gib / offer.gib * 100 if offer and gib is not None else None
            rows.append(
                Verdict(
                    gpu, need.model, need.size_class, need.requirement, need.ref, need.need_gib,
                    offer and offer.gib, offer and offer.meter, gib, percent,
                    verdict(need.need_gib, offer and offer.gib), ages[need.requirement],
                )
            )  # fmt: skip
            if gib is not None and percent is not None:
                tail = f"{need.requirement}/{need.model}"
                label = f"{dataset.models[need.model].name} on {dataset.gpus[gpu].name}"
                operands = (("capacity", f"{place}/capacity"), ("need", need.ref))
                _add(derived, f"{place}/headroom/{tail}", f"Headroom of {label}", gib, "GiB",
                     f"capacity − need, the need read as {need.read_as}", operands,
                     need.approximate)  # fmt: skip
                _add(derived, f"{place}/headroom-percent/{tail}", f"Headroom of {label}", percent,
                     "%", f"(capacity − need) ÷ capacity, the need read as {need.read_as}",
                     operands, need.approximate)  # fmt: skip
        known = {need.model for need in needs}
        rows.extend(
            Verdict(gpu, model, record.size_class, None, None, None, offer and offer.gib,
                    offer and offer.meter, None, None, "unknown", None)
            for model, record in dataset.models.items()
            if model not in known
        )  # fmt: skip
    return rows


class Speedup(NamedTuple):
    """How many times faster sparse attention is than dense, on one GPU with one model."""

    ref: str
    benchmark: str
    gpu: str
    model: str
    size_class: str
    column: str
    over: str
    value: Decimal
    approximate: bool
    claimed: Decimal | None
    claim_ref: str | None


def _speedups(dataset: Dataset, derived: dict[str, Derived]) -> list[Speedup]:
    rows: list[Speedup] = []
    for name, benchmark in dataset.benchmarks.items():
        for fast, slow in speedup_columns(benchmark):
            claims = {
                gpu: (factor, f"benchmarks/{name}/claims/{claim_id}/factors/{gpu}")
                for claim_id, claim in benchmark.claims.items()
                if (claim.column, claim.over) == (fast, slow)
                for gpu, factor in claim.factors.items()
            }
            for gpu, cells in benchmark.results.items():
                quick, plain = cells.get(fast), cells.get(slow)
                if not (quick and plain and quick.value and plain.value):
                    continue
                ref = f"derived/benchmarks/{name}/speedup/{gpu}/{fast}"
                model = benchmark.columns[fast].model
                row = f"benchmarks/{name}/results/{gpu}"
                value = plain.value / quick.value
                about = plain.approximate or quick.approximate
                size_class = dataset.models[model].size_class
                rows.append(
                    Speedup(ref, name, gpu, model, size_class, fast, slow, value, about,
                            *claims.get(gpu, (None, None)))
                )  # fmt: skip
                label = f"Speed-up of {dataset.models[model].name} on {dataset.gpus[gpu].name}"
                formula = f"time of dense ÷ time of sparse attention, both in {benchmark.unit}"
                _add(derived, ref, label, value, "×", formula,
                     (("dense", f"{row}/{slow}"), ("sparse", f"{row}/{fast}")), about)  # fmt: skip
    return rows


def _ranges(results: list[Result], derived: dict[str, Derived]) -> None:
    columns: dict[tuple[str, str], list[Result]] = {}
    for row in results:
        if row.state == "measured":
            columns.setdefault((row.benchmark, row.column), []).append(row)
    for (name, column), rows in columns.items():
        in_order = sorted(rows, key=lambda row: row.value or 0)
        operands = tuple((row.gpu, row.ref) for row in rows)
        for end, word, best in (("min", "least", in_order[0]), ("max", "greatest", in_order[-1])):
            ref = f"derived/benchmarks/{name}/range/{column}/{end}"
            label = f"The {word} value of column {column}"
            formula = f"the {word} of {len(rows)} values in {best.unit}"
            value = best.value or Decimal()  # a measured cell has a value
            derived[ref] = Derived(
                ref, label, value, best.unit, formula, operands, best.approximate
            )


def _operands(guide: Guide, derived: dict[str, Derived]) -> None:
    """Compute the min and max operands of sentences; a plain value is a stored figure."""
    frames = {"benchmarks": "results", "requirements": "requirements", "speedups": "speedups"}
    ids = {"benchmarks": "benchmark", "requirements": "requirement", "speedups": "benchmark"}
    for name, sentence in guide.dataset.recommendations.items():
        for key, operand in sentence.operands.items():
            if operand.take == "value":
                continue
            kind, _, table = operand.of.partition("/")
            frame = getattr(guide, frames[kind])
            chosen = frame[(frame[ids[kind]] == table) & frame["value"].notna()]
            for column in ("size_class", "column"):
                wanted = getattr(operand, column)
                if wanted is not None:
                    chosen = chosen[chosen[column] == wanted]
            in_order = chosen.sort_values("value", kind="stable")
            best = in_order.iloc[0 if operand.take == "min" else -1]
            unit = "×" if kind == "speedups" else best["unit"]
            value = best["value"]
            formula = f"the {'least' if operand.take == 'min' else 'greatest'} of the operands"
            ref = f"derived/recommendations/{name}/{key}"
            derived[ref] = Derived(
                ref, f"{key} in the sentence {name}",
                rounded(value, 2) if kind == "speedups" else value, unit, formula,
                tuple((str(row.model), str(row.ref)) for row in chosen.itertuples()),
                bool(best["approximate"]),
            )  # fmt: skip


def _add(
    derived: dict[str, Derived], ref: str, label: str, value: Decimal, unit: str, formula: str,
    operands: tuple[tuple[str, str], ...], approximate: bool = False,
) -> None:  # fmt: skip
    """Register a figure under the one rounding rule: per cent to 1 decimal, the rest to 2."""
    digits = 1 if unit == "%" else 2
    value = rounded(value, digits)
    derived[ref] = Derived(ref, label, value, unit, formula, operands, approximate)
