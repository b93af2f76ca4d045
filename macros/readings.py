"""What do the published memory needs mean: which unit, which meter, which settings?

A source may print "GB" and say no more. Each reading of its table, a unit with a meter and a set of
settings, predicts a figure that the runs of this project measured. The reading that comes nearest
to all published figures at once is the one that they bear out. Imports ``replicas``; ``derive``
makes rows of these.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from itertools import product
from typing import NamedTuple, get_args

from .figures import BYTES, Derived, setting
from .footprints import KNOBS, standing
from .load import Dataset
from .replicas import agreement
from .runs import Meter, Settings

# The attention kernel changes the time and not the peak.
SET = tuple(key for key in KNOBS if key != "attention_backend")
METERS = tuple(meter for meter in get_args(Meter) if meter != "device_idle")


class Reading(NamedTuple):
    """One way to read a table of needs, and what the runs say under it.

    ``resolution`` is None for the default size of each model. ``measured`` has a run for each
    model that ran so, and its peak divided by the published need; ``off`` is the largest distance
    of these ratios from one, None unless every model that was run at all has one.
    """

    requirement: str
    unit: str
    meter: Meter
    resolution: str | None
    settings: Settings
    measured: dict[str, tuple[str, Decimal]]
    off: Decimal | None

    @property
    def slug(self) -> str:
        """The reading as part of a reference; no other reading of its table has the same."""
        chosen = [setting(value) for key, value in self.settings if key in SET]
        while chosen and chosen[-1] is None:
            chosen.pop()
        stated = ("left out" if value is None else str(value) for value in chosen)
        parts = (self.unit, self.meter, self.resolution or "default", *stated)
        return re.sub("[^a-z0-9]+", "-", "-".join(parts).lower())


Peaks = dict[tuple[str, str, Settings], dict[Meter, tuple[Decimal, str]]]


def readings(dataset: Dataset) -> dict[str, list[Reading]]:
    """Return the readings of each table of needs, the nearest first; those with gaps stand last."""
    found = {}
    for table, requirement in dataset.requirements.items():
        peaks = _peaks(dataset, table)
        units = dict.fromkeys((requirement.read_as, requirement.unit))
        sizes: dict[str | None, None] = {None: None}
        sizes |= dict.fromkeys(size for model, size, _ in peaks if size != _default(dataset, model))
        sets = dict.fromkeys(settings for _, _, settings in peaks)
        made = [
            _reading(dataset, table, peaks, *each) for each in product(units, METERS, sizes, sets)
        ]
        found[table] = sorted(
            (one for one in made if one.measured), key=lambda one: (one.off is None, one.off or 0)
        )
    return found


def _default(dataset: Dataset, model: str) -> str | None:
    defaults = dataset.models[model].defaults
    return defaults.resolution if defaults else None


def _peaks(dataset: Dataset, table: str) -> Peaks:
    """Return the greatest peak of runs without a limit: by model, size and settings."""
    found: Peaks = {}
    published = dataset.requirements[table].results
    for name, run in standing(dataset).items():
        cell = published.get(run.model or "")
        if not (run.model and cell and cell.value) or run.cap_mib or run.outcome != "measured":
            continue
        others = [key for key in Settings.model_fields if key not in SET]
        settings = run.workload.model_copy(update=dict.fromkeys(others))
        there = found.setdefault((run.model, str(run.workload.resolution), settings), {})
        for meter, mib in run.peak_mib.items():
            if mib:
                there[meter] = max(there.get(meter, (mib, name)), (mib, name))
    return found


def _reading(
    dataset: Dataset, table: str, peaks: Peaks, unit: str, meter: Meter, resolution: str | None,
    settings: Settings,
) -> Reading:  # fmt: skip
    were_run = {model for model, _, _ in peaks}
    run_at_all = [model for model in dataset.requirements[table].results if model in were_run]
    sizes = {(model, size) for model, size, _ in peaks}
    measured = {}
    for model in run_at_all:
        # A model that makes one size only is held against that in every reading.
        there = resolution if (model, resolution) in sizes else _default(dataset, model)
        mib, run = peaks.get((model, str(there), settings), {}).get(meter, (None, ""))
        published = dataset.requirements[table].results[model].value
        if mib and published:
            measured[model] = run, mib * BYTES["MiB"] / BYTES[unit] / published
    whole = bool(measured) and len(measured) == len(run_at_all)
    off = max(abs(ratio - 1) for _, ratio in measured.values()) if whole else None
    return Reading(table, unit, meter, resolution, settings, measured, off)


def neighbours(found: list[Reading]) -> list[Reading]:
    """Return the nearest reading and those that differ from it in one thing alone."""
    if not found or found[0].off is None:
        return []
    best = found[0]
    return [best, *(one for one in found if _differences(one, best) == 1)]


def _differences(one: Reading, other: Reading) -> int:
    pairs = [(one.unit, other.unit), (one.meter, other.meter), (one.resolution, other.resolution)]
    pairs += [(getattr(one.settings, key), getattr(other.settings, key)) for key in SET]
    return sum(mine != theirs for mine, theirs in pairs)


def nearest(found: list[Reading]) -> dict[str, Reading]:
    """Return for each model the reading that comes nearest to its need, whatever it says of others.

    Among so many some agree by chance, so this is no evidence by itself.
    """
    best: dict[str, Reading] = {}
    for one in found:
        for model, (_, ratio) in one.measured.items():
            held = best.get(model)
            if held is None or abs(ratio - 1) < abs(held.measured[model][1] - 1):
                best[model] = one
    return best


class NeedReplica(NamedTuple):
    """Our peak beside one published need, under the reading that the runs bear out."""

    ref: str
    requirement: str
    model: str
    run: str
    unit: str
    ratio: Decimal
    word: str


def need_replicas(found: dict[str, list[Reading]]) -> list[NeedReplica]:
    """Return every published need that was measured, under the nearest reading of its table."""
    rows = []
    for table, all_readings in found.items():
        for best in neighbours(all_readings)[:1]:
            rows += [
                NeedReplica(f"requirements/{table}/results/{model}", table, model, run, best.unit,
                            ratio, agreement(ratio))
                for model, (run, ratio) in best.measured.items()
            ]  # fmt: skip
    return rows


def derived(dataset: Dataset, found: dict[str, list[Reading]]) -> Iterator[Derived]:
    """Yield the figures of the readings that pages show: as ``footprints.derived`` does."""
    for table, all_readings in found.items():
        shown = {one.slug: one for one in neighbours(all_readings)}
        shown |= {one.slug: one for one in nearest(all_readings).values()}
        for one in shown.values():
            place = f"derived/requirements/{table}/{one.slug}"
            for model, (run, ratio) in one.measured.items():
                name, ref = dataset.models[model].name, f"requirements/{table}/results/{model}"
                operands = (("our peak", f"runs/{run}/peak_mib/{one.meter}"), ("published", ref))
                published = dataset.requirements[table].results[model].value or Decimal()
                yield Derived(
                    f"{place}/ours/{model}",
                    f"Our peak of {name}",
                    ratio * published,
                    one.unit,
                    f"{one.meter}, in {one.unit}",
                    operands[:1],
                )
                yield Derived(
                    f"{place}/ratio/{model}",
                    f"Our peak of {name}, against the published need",
                    ratio,
                    "×",
                    f"our peak in {one.unit} ÷ published",
                    operands,
                )
            if one.off is not None:
                every = tuple(
                    (dataset.models[model].name, f"{place}/ratio/{model}") for model in one.measured
                )
                yield Derived(
                    f"{place}/off",
                    "The largest distance from a published need",
                    one.off * 100,
                    "%",
                    "the largest of |ratio − 1|",
                    every,
                )
