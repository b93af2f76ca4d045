"""How much does a card make in an hour?

Images, or seconds of video, from a published time of one generation and the frames and frame rate
that hold for it. Nothing is said where the frames are not known. Imports ``figures``; ``derive``
makes figures of these.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from .figures import SECONDS, Derived, setting, setting_ref, stored, workload
from .load import Dataset

HOUR = Decimal(3600)
UNITS = {"images/h": "Images per hour", "s/h": "Seconds of video per hour"}
"""Units of a rate with what they mean."""


def rates(dataset: Dataset) -> Iterator[Derived]:
    """Yield a rate for each measured time of one generation whose frames are known."""
    for name, record in dataset.benchmarks.items():
        if record.metric != "generation_time":
            continue
        for column, about in record.columns.items():
            made = _made(dataset, name, column)
            if made is None:
                continue
            amount, unit, words, operands = made
            for gpu, cells in record.results.items():
                cell = cells.get(column)
                if cell is None or not cell.value:
                    continue
                label = f"{UNITS[unit]}: {dataset.models[about.model].name}"
                yield Derived(
                    f"derived/benchmarks/{name}/per-hour/{gpu}/{column}",
                    f"{label} on {dataset.gpus[gpu].name}",
                    amount * HOUR / (cell.value * SECONDS[record.unit]),
                    unit,
                    f"{words} × an hour ÷ time",
                    (("time", f"benchmarks/{name}/results/{gpu}/{column}"), *operands),
                    cell.approximate,
                )


Made = tuple[Decimal, str, str, tuple[tuple[str, str], ...]]


def _made(dataset: Dataset, benchmark: str, column: str) -> Made | None:
    """Return what one generation makes: amount, unit of the rate, formula, operands."""
    found = workload(dataset.benchmarks[benchmark], column)
    frames, fps = (_number(dataset, benchmark, column, key) for key in ("frames", "fps"))
    if frames == 1:
        ref = setting_ref(dataset, benchmark, column, "frames")
        return Decimal(1), "images/h", "frames", (("frames", ref),)
    if frames is None or not fps or setting(found.views) not in (None, 1):
        return None
    refs = tuple(
        (label, setting_ref(dataset, benchmark, column, key))
        for label, key in (("frames", "frames"), ("frame rate", "fps"))
    )
    return frames / fps, "s/h", "frames ÷ frame rate", refs


def _number(dataset: Dataset, benchmark: str, column: str, key: str) -> Decimal | None:
    """Return a setting as a number; None where it is not given or no number."""
    if getattr(workload(dataset.benchmarks[benchmark], column), key) is None:
        return None
    value = stored(dataset, setting_ref(dataset, benchmark, column, key)).value
    return value if isinstance(value, Decimal) else None
