"""Which figures follow from the data, and from which operands?

Turns a Dataset into pandas frames (one row per result, verdict, speed-up) and a registry of
derived figures. Imports ``formats`` and ``figures``; the only module that knows pandas. Tables,
prose and exports read these frames, so page, sentence and download cannot disagree.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

import pandas as pd

from .figures import (
    BYTES,
    GIB,
    SECONDS,
    SPECS,
    Figure,
    capacity,
    specs,
    speedup_columns,
    stored,
    verdict,
)  # fmt: skip
from .formats import rounded
from .load import Dataset
from .values import Cell


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
    """The data and all that follows from them. Frames keep the published order."""

    dataset: Dataset
    results: pd.DataFrame
    requirements: pd.DataFrame
    verdicts: pd.DataFrame
    speedups: pd.DataFrame
    gpus: pd.DataFrame
    models: pd.DataFrame
    derived: Mapping[str, Derived]

    def figure(self, ref: str) -> Figure:
        """Return the value that a reference names; KeyError if there is none."""
        if ref.startswith("derived/"):
            derived = self.derived[ref]
            return Figure(derived.value, derived.unit, derived.approximate)
        return stored(self.dataset, ref)


def guide(dataset: Dataset) -> Guide:
    """Compute every frame and every derived figure of a checked data set."""
    derived: dict[str, Derived] = {}
    results = _results(dataset)
    requirements = _requirements(dataset)
    verdicts = _verdicts(dataset, requirements, derived)
    speedups = _speedups(dataset, derived)
    _ranges(results, derived)
    _operands(dataset, results, requirements, speedups, derived)
    return Guide(
        dataset=dataset,
        results=results,
        requirements=requirements,
        verdicts=verdicts,
        speedups=speedups,
        gpus=_gpus(dataset),
        models=_models(dataset),
        derived=derived,
    )


# ---------------------------------------------------------------- frames


def _frame(rows: Sequence[NamedTuple], columns: Sequence[str]) -> pd.DataFrame:
    return pd.DataFrame.from_records(rows, columns=list(columns), coerce_float=False)


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


def _results(dataset: Dataset) -> pd.DataFrame:
    absent = Cell(state="not_measured")
    rows = [
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
    return _frame(rows, Result._fields)


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


def _requirements(dataset: Dataset) -> pd.DataFrame:
    rows = [
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
    return _frame(rows, Need._fields)


class Verdict(NamedTuple):
    """Whether a model fits on a card, under the settings of one requirement table."""

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


def _verdicts(
    dataset: Dataset, requirements: pd.DataFrame, derived: dict[str, Derived]
) -> pd.DataFrame:
    needs = [Need(*row) for row in requirements.itertuples(index=False)]
    rows: list[Verdict] = []
    for gpu in dataset.gpus:
        offer = capacity(dataset, gpu)
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
                    verdict(need.need_gib, offer and offer.gib),
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
                    offer and offer.meter, None, None, "unknown")
            for model, record in dataset.models.items()
            if model not in known
        )  # fmt: skip
    return _frame(rows, Verdict._fields)


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


def _speedups(dataset: Dataset, derived: dict[str, Derived]) -> pd.DataFrame:
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
                _add(derived, ref, label, value, "×", "time of dense ÷ time of sparse attention",
                     (("dense", f"{row}/{slow}"), ("sparse", f"{row}/{fast}")), about)  # fmt: skip
    return _frame(rows, Speedup._fields)


def _ranges(results: pd.DataFrame, derived: dict[str, Derived]) -> None:
    columns: dict[tuple[str, str], list[Result]] = {}
    measured = results[results["state"] == "measured"]
    for row in map(Result._make, measured.itertuples(index=False, name=None)):
        columns.setdefault((row.benchmark, row.column), []).append(row)
    for (name, column), rows in columns.items():
        in_order = sorted(rows, key=lambda row: row.value or 0)
        operands = tuple((row.gpu, row.ref) for row in rows)
        for end, word, best in (("min", "least", in_order[0]), ("max", "greatest", in_order[-1])):
            ref = f"derived/benchmarks/{name}/range/{column}/{end}"
            label = f"The {word} value of column {column}"
            formula = f"the {word} of {len(rows)} values"
            value = best.value or Decimal()  # a measured cell has a value
            derived[ref] = Derived(
                ref, label, value, best.unit, formula, operands, best.approximate
            )


def _operands(
    dataset: Dataset,
    results: pd.DataFrame,
    requirements: pd.DataFrame,
    speedups: pd.DataFrame,
    derived: dict[str, Derived],
) -> None:
    """Compute the min and max operands of sentences; a plain value is a stored figure."""
    frames = {"benchmarks": results, "requirements": requirements, "speedups": speedups}
    ids = {"benchmarks": "benchmark", "requirements": "requirement", "speedups": "benchmark"}
    for name, sentence in dataset.recommendations.items():
        for key, operand in sentence.operands.items():
            if operand.take == "value":
                continue
            kind, _, table = operand.of.partition("/")
            frame = frames[kind]
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


def _gpus(dataset: Dataset) -> pd.DataFrame:
    rows = []
    for gpu, record in dataset.gpus.items():
        values = {name: stored(dataset, ref).value for name, ref in specs(dataset, gpu).items()}
        offer = capacity(dataset, gpu)
        rows.append(
            {
                "gpu": gpu, "name": record.name, "aliases": list(record.aliases),
                "one_of": list(record.one_of),
                **{name: values.get(name) for name in SPECS},
                "capacity_gib": offer and rounded(offer.gib, 2), "meter": offer and offer.meter,
            }
        )  # fmt: skip
    columns = ["gpu", "name", "aliases", "one_of", *SPECS, "capacity_gib", "meter"]
    return pd.DataFrame(rows, columns=columns)


def _models(dataset: Dataset) -> pd.DataFrame:
    rows = [
        {
            "model": model, "name": record.name, "aliases": list(record.aliases),
            "family": record.family, "task": record.task, "size_class": record.size_class,
            "parameters": record.parameters and Decimal(record.parameters.value),
            "checkpoint": record.checkpoint and record.checkpoint.value,
            "released_on": record.released_on and record.released_on.value.isoformat(),
        }
        for model, record in dataset.models.items()
    ]  # fmt: skip
    columns = ["model", "name", "aliases", "family", "task", "size_class", "parameters",
               "checkpoint", "released_on"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)
