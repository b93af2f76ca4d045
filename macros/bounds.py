"""Can a figure be true?

Bounds so wide that only a wrong unit, key or decimal point lies outside. Imports ``figures`` and
``references``; ``rules`` registers these rules.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from .figures import BYTES, GIB, SECONDS, setting
from .formats import SETTINGS, quantity
from .load import Dataset
from .references import Finding, claims

# From one end to the other of what a published time can be. Faster than a hundredth of a second,
# no model of this kind makes anything; over a week, nobody waits. It is the unit that is wrong.
SHORTEST_S = Decimal("0.01")
LONGEST_S = Decimal(7 * 24 * 3600)
# Weights alone take half a GiB in the smallest models; eight of the largest cards hold 2 TiB.
LEAST_GIB = Decimal("0.5")
MOST_GIB = Decimal(2048)
# No card reports more than its nominal size read as GiB. Error correction takes a sixteenth of
# some cards and the driver its own part of all, so less than 85 % is another card's figure.
LEAST_USABLE = Decimal("0.85")
# A speed-up beyond these is a slip of the decimal point.
LEAST_FACTOR = Decimal("0.05")
MOST_FACTOR = Decimal(100)
# Vendors round the size of a model, and count its parts in different ways.
LEAST_OF_CLASS = Decimal("0.7")
MOST_OF_CLASS = Decimal("1.4")
# Far above what any table states, far below a value that slipped into the wrong key.
MOST_OF_SETTING = {
    "frames": 100_000, "fps": 1_000, "views": 100, "steps": 10_000, "guidance": 100,
    "gpu_count": 100_000, "context_parallel": 10_000, "global_batch": 10_000_000,
}  # fmt: skip


def plausible_times(dataset: Dataset) -> Iterator[Finding]:
    """A time lies between a hundredth of a second and a week.

    Outside, the unit of the table or a decimal point is wrong.
    """
    for table, benchmark in dataset.benchmarks.items():
        least, most = SHORTEST_S / SECONDS[benchmark.unit], LONGEST_S / SECONDS[benchmark.unit]
        for gpu, row in benchmark.results.items():
            for column, cell in row.items():
                if cell.value is None or least <= cell.value <= most:
                    continue  # like nearly all of a hundred thousand
                ref = f"benchmarks/{table}/results/{gpu}/{column}"
                yield from _within(ref, cell.value, least, most, benchmark.unit)


def plausible_memory(dataset: Dataset) -> Iterator[Finding]:
    """A need, or a claim about one, lies between half a GiB and two TiB.

    Outside, the unit or a decimal point is wrong.
    """
    for table, requirement in dataset.requirements.items():
        gib = BYTES[requirement.read_as] / GIB
        for model, cell in requirement.results.items():
            ref = f"requirements/{table}/results/{model}"
            unit = requirement.read_as
            yield from _within(ref, cell.value, LEAST_GIB / gib, MOST_GIB / gib, unit)
    gb = BYTES["GB"] / GIB
    for ref, claim in claims(dataset):
        for key in ("memory_gb", "low_gb", "high_gb"):
            value = getattr(claim, key)
            yield from _within(f"{ref}/{key}", value, LEAST_GIB / gb, MOST_GIB / gb, "GB")
        if claim.low_gb and claim.high_gb and claim.low_gb > claim.high_gb:
            yield Finding(
                f"{ref}/low_gb", str(claim.low_gb), f"at most {claim.high_gb}, the high end"
            )


def plausible_usable_memory(dataset: Dataset) -> Iterator[Finding]:
    """A card reports a little less memory than it is sold with, never more.

    Otherwise the reading is of another card, or in another unit.
    """
    for gpu, card in dataset.gpus.items():
        if card.memory_gb:
            ends = usable_mib(card.memory_gb.value)
            for i, usable in enumerate(card.usable_memory):
                ref = f"gpus/{gpu}/usable_memory/{i}/total_mib"
                yield from _within(ref, usable.total_mib, *ends, "MiB")


def usable_mib(nominal_gb: Decimal) -> tuple[Decimal, Decimal]:
    """Return the least and the most memory in MiB that a card sold with so many GB reports."""
    most = nominal_gb * 1024
    return most * LEAST_USABLE, most


def plausible_size_classes(dataset: Dataset) -> Iterator[Finding]:
    """A size class that is a count, such as 2B, is about the number of parameters.

    Recommendations are made by size class, so a model in the wrong one gets wrong advice.
    """
    for name, model in dataset.models.items():
        count = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)([MB])", model.size_class)
        if count and model.parameters:
            size = Decimal(count[1]) * (10**6 if count[2] == "M" else 10**9)
            if not size * LEAST_OF_CLASS <= model.parameters.value <= size * MOST_OF_CLASS:
                expected = f"a class of about {model.parameters.value} parameters"
                yield Finding(f"models/{name}/size_class", model.size_class, expected)


def plausible_factors(dataset: Dataset) -> Iterator[Finding]:
    """A claimed speed-up is a factor that attention or a kernel can bring.

    Outside, it is a per cent figure or a decimal point is wrong.
    """
    for ref, claim in claims(dataset):
        factors = {f"{ref}/factors/{gpu}": factor for gpu, factor in claim.factors.items()}
        for place, factor in {**factors, f"{ref}/factor": claim.factor}.items():
            yield from _within(place, factor, LEAST_FACTOR, MOST_FACTOR, "×")


def plausible_settings(dataset: Dataset) -> Iterator[Finding]:
    """A setting that counts is a number, or not_stated, and of the size that such settings have.

    A word in its place, or a number far above, stands in the wrong key.
    """
    places = {
        f"benchmarks/{table}/columns/{column}/workload": about.workload
        for table, benchmark in dataset.benchmarks.items()
        for column, about in benchmark.columns.items()
    }
    for kind, tables in (
        ("benchmarks", dataset.benchmarks),
        ("requirements", dataset.requirements),
    ):
        places |= {f"{kind}/{name}/workload": table.workload for name, table in tables.items()}
    for place, settings in places.items():
        for key, most in MOST_OF_SETTING.items():
            value = setting(getattr(settings, key))
            if isinstance(value, str) and value not in SETTINGS:
                yield Finding(f"{place}/{key}", value, f"a number, {', '.join(SETTINGS)}")
            elif isinstance(value, (int, Decimal)):
                yield from _within(f"{place}/{key}", Decimal(value), Decimal(0), Decimal(most), "")


def _within(
    ref: str, value: Decimal | None, least: Decimal, most: Decimal, unit: str
) -> Iterator[Finding]:
    if value is not None and not least <= value <= most:
        low, high = (f"{end.normalize():.6f}".rstrip("0").rstrip(".") for end in (least, most))
        yield Finding(ref, quantity(value, unit), f"between {low} and {high} {unit}".strip())
