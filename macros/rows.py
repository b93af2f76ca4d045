"""Which rows follow from the published tables?

One row for each result, need, verdict and speed-up; verdicts and speed-ups also register the
figures that they compute. Imports ``figures``; ``derive`` keeps the rows.
"""

from __future__ import annotations

from decimal import Decimal
from itertools import repeat
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
    """Register a figure under the one rounding rule."""
    derived[exact.ref] = exact._replace(value=_shown(exact.value, exact.unit))


def _shown(exact: Decimal, unit: str) -> Decimal:
    """Return a figure under the one rounding rule: per cent to 1 decimal, the rest to 2."""
    return rounded(exact, 1 if unit == "%" else 2)


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
    found: list[Result] = []
    absent = Cell(state="not_measured")
    for name, table in dataset.benchmarks.items():
        columns, factor = list(table.columns), SECONDS[table.unit]
        models = [about.model for about in table.columns.values()]
        sizes = [dataset.models[model].size_class for model in models]
        for gpu, cells in table.results.items():
            place = f"benchmarks/{name}/results/{gpu}/"
            refs = [place + column for column in columns]
            row = [cells.get(column, absent) for column in columns]
            states, values, approximate, newer = zip(*row, strict=True)
            seconds = [None if value is None else float(value * factor) for value in values]
            fields = (
                refs, repeat(name), repeat(gpu), columns, models, sizes,
                repeat(table.metric), repeat(table.unit), states, values, seconds,
                approximate, newer, map(cells.__contains__, columns),
            )  # fmt: skip
            found += map(Result._make, zip(*fields, strict=False))  # what repeats has no end
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
    # What the figures of a need have in common, whatever the card.
    words = [
        (
            need,
            f"{need.requirement}/{need.model}",
            f"Headroom of {dataset.models[need.model].name} on ",
            f"the need read as {need.read_as}",
        )
        for need in needs
    ]
    known = {need.model for need in needs}
    others = [model for model in dataset.models.items() if model[0] not in known]
    for gpu, card in dataset.gpus.items():
        offer = capacity(dataset, gpu)
        ages = {name: architecture(dataset, gpu, floor) for name, floor in recommended.items()}
        place = f"derived/gpus/{gpu}"
        if offer:
            what = "label, read as decimal GB" if offer.meter == "nominal" else "reported total"
            label, operands = f"Memory of {card.name}", ((offer.meter, offer.ref),)
            formula = f"{what}, in GiB"
            add(derived, Derived(f"{place}/capacity", label, offer.gib, "GiB", formula, operands))
        of_card = ("capacity", f"{place}/capacity")
        for need, tail, headroom_of, reading in words:
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
                label, between = headroom_of + card.name, (of_card, ("need", need.ref))
                for kind, value, unit, formula in (
                    ("headroom", gib, "GiB", f"capacity − need, {reading}"),
                    ("headroom-percent", percent, "%", f"(capacity − need) ÷ capacity, {reading}"),
                ):
                    ref, shown = f"{place}/{kind}/{tail}", _shown(value, unit)
                    about = need.approximate
                    derived[ref] = Derived(ref, label, shown, unit, formula, between, about)
        rows.extend(
            Verdict(gpu, model, record.size_class, None, None, None, offer and offer.gib,
                    offer and offer.meter, None, None, "unknown", None)
            for model, record in others
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
