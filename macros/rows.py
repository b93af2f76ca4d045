"""Which rows follow from the published tables?

One row for each result, need, verdict and speed-up; verdicts and speed-ups also register the
figures that they compute. Imports ``figures``; ``derive`` keeps the rows.
"""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from .figures import (
    BYTES,
    GIB,
    SECONDS,
    Derived,
    architecture,
    capacity,
    floors,
    speedup_columns,
    verdict,
)
from .formats import rounded
from .load import Dataset
from .values import Cell


def add(derived: dict[str, Derived], exact: Derived) -> None:
    """Register a figure under the one rounding rule: per cent to 1 decimal, the rest to 2."""
    digits = 1 if exact.unit == "%" else 2
    derived[exact.ref] = exact._replace(value=rounded(exact.value, digits))


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


def results(dataset: Dataset) -> list[Result]:
    """Return one row for each cell of each benchmark table."""
    absent, found = Cell(state="not_measured"), []
    for name, table in dataset.benchmarks.items():
        metric, unit, factor = table.metric, table.unit, SECONDS[table.unit]
        columns = [
            (column, about.model, dataset.models[about.model].size_class)
            for column, about in table.columns.items()
        ]
        for gpu, cells in table.results.items():
            for column, model, size_class in columns:
                state, value, approximate, newer = cells.get(column, absent)
                found.append(
                    Result(
                        f"benchmarks/{name}/results/{gpu}/{column}", name, gpu, column, model,
                        size_class, metric, unit, state, value,
                        None if value is None else float(value * factor), approximate, newer,
                        column in cells,
                    )
                )  # fmt: skip
    return found


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


def requirements(dataset: Dataset) -> list[Need]:
    """Return one row for each memory need that a source states."""
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


def verdicts(dataset: Dataset, needs: list[Need], derived: dict[str, Derived]) -> list[Verdict]:
    """Return one row for each card, model and table of needs; register the headroom."""
    rows: list[Verdict] = []
    recommended = {name: floors(dataset, name) for name in dataset.requirements}
    for gpu in dataset.gpus:
        offer = capacity(dataset, gpu)
        ages = {name: architecture(dataset, gpu, floor) for name, floor in recommended.items()}
        place = f"derived/gpus/{gpu}"
        if offer:
            what = "label, read as decimal GB" if offer.meter == "nominal" else "reported total"
            label = f"Memory of {dataset.gpus[gpu].name}"
            operands: tuple[tuple[str, str], ...] = ((offer.meter, offer.ref),)
            formula = f"{what}, in GiB"
            add(derived, Derived(f"{place}/capacity", label, offer.gib, "GiB", formula, operands))
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
                name = dataset.models[need.model].name
                label = f"Headroom of {name} on {dataset.gpus[gpu].name}"
                operands = (("capacity", f"{place}/capacity"), ("need", need.ref))
                for kind, value, unit, words in (
                    ("headroom", gib, "GiB", "capacity − need"),
                    ("headroom-percent", percent, "%", "(capacity − need) ÷ capacity"),
                ):
                    formula = f"{words}, the need read as {need.read_as}"
                    figure = (f"{place}/{kind}/{tail}", label, value, unit, formula, operands)
                    add(derived, Derived(*figure, need.approximate))
        known = {need.model for need in needs}
        rows.extend(
            Verdict(gpu, model, record.size_class, None, None, None, offer and offer.gib,
                    offer and offer.meter, None, None, "unknown", None)
            for model, record in dataset.models.items()
            if model not in known
        )  # fmt: skip
    return rows


class Speedup(NamedTuple):
    """How many times faster sparse attention is than dense, on one GPU with one model.

    ``superseded_by`` names the newer table that replaces one of its two times.
    """

    ref: str
    benchmark: str
    gpu: str
    model: str
    size_class: str
    column: str
    over: str
    value: Decimal
    approximate: bool
    superseded_by: str | None
    claimed: Decimal | None
    claim_ref: str | None


def speedups(dataset: Dataset, derived: dict[str, Derived]) -> list[Speedup]:
    """Return one row for each pair of a dense and a sparse time; register the speed-up."""
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
                newer = plain.superseded_by or quick.superseded_by
                size_class = dataset.models[model].size_class
                rows.append(
                    Speedup(ref, name, gpu, model, size_class, fast, slow, value, about, newer,
                            *claims.get(gpu, (None, None)))
                )  # fmt: skip
                label = f"Speed-up of {dataset.models[model].name} on {dataset.gpus[gpu].name}"
                formula = f"time of dense ÷ time of sparse attention, both in {benchmark.unit}"
                operands = (("dense", f"{row}/{slow}"), ("sparse", f"{row}/{fast}"))
                add(derived, Derived(ref, label, value, "×", formula, operands, about))
    return rows
