"""How much memory and time did each tried setting take?

A footprint is all that the runs of one setting of a model on one GPU say together: the least
memory that was enough, the greatest that was not, the time beside the fastest setting. Memory is
what the driver counts for the whole card, context included, because that is what a card must have.
Imports ``figures``; ``fits`` holds footprints against cards, and ``derive`` makes rows of these.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from .figures import Derived
from .load import Dataset
from .runs import Meter, Run, Settings

MIB = Decimal(1024)
# What a user can set without changing what is made. All other settings, and these, must be alike
# in runs of one footprint; all other settings in footprints whose times are compared.
KNOBS = ("precision", "text_encoder_precision", "vae_precision", "offload", "vae_tiling",
         "allocator", "attention_backend")  # fmt: skip
SCOPE = "generation"
Times = dict[int, list[tuple[Decimal, str]]]


class Footprint(NamedTuple):
    """What one setting of a model took on one GPU; GiB and seconds.

    ``run`` is the run that got by with the least memory ``need``; both are None where no run
    tells. ``failed`` is the greatest memory that was not enough, ``enough`` the least limit under
    which the setting ran: None where nobody tried. ``time_ref`` is the shortest generation of
    ``steps`` steps, ``more`` what that is above ``fastest_ref``, the fastest setting that makes the
    same with as many steps. ``scatter`` is the most that two generations of one setting differ by
    among all that make the same, and ``apart`` are these two; without one, no setting ran twice.
    """

    model: str
    gpu: str
    settings: Settings
    runs: tuple[str, ...]
    run: str | None
    need: Decimal | None
    failed: Decimal | None
    enough: Decimal | None
    steps: int | None
    time: Decimal | None
    time_ref: str | None
    more: Decimal | None
    fastest_ref: str | None
    scatter: Decimal | None
    apart: tuple[str, str] | None

    @property
    def slower(self) -> bool | None:
        """Whether the time is further from the fastest than chance; None where nobody knows.

        Nearly all runs are short and without a warm-up: loading a kernel alone can take longer
        than the work does.
        """
        if self.more is None or self.scatter is None:
            return None
        return self.more > self.scatter


def superseded(dataset: Dataset) -> dict[str, str]:
    """Return the id of each run that another one supersedes, with the id of that one."""
    return {run.supersedes: name for name, run in dataset.runs.items() if run.supersedes}


def standing(dataset: Dataset) -> dict[str, Run]:
    """Return the runs that may be compared: those that no other one supersedes."""
    later = superseded(dataset)
    return {name: run for name, run in dataset.runs.items() if name not in later}


def need(run: Run) -> Decimal | None:
    """Return the memory in GiB that a run took on the whole card; None where no meter says it.

    A meter that saw no more than the idle GPU saw nothing of the run.
    """
    if "device" in run.peak_mib:
        taken = run.peak_mib["device"] - run.peak_mib.get("device_idle", Decimal())
    else:
        taken = run.peak_mib.get("process", Decimal())
    return taken / MIB if taken > 0 else None


def limit(run: Run) -> Decimal | None:
    """Return the memory in GiB that a run could use in all; None where it is not known.

    A cap limits the allocator alone, so what the process held beside it is added.
    """
    if run.cap_mib is None:
        machine = run.environment
        return (machine.memory_total_mib - Decimal(machine.memory_reserved_mib or 0)) / MIB
    if not {"process", "reserved"} <= run.peak_mib.keys():
        return None
    return (run.cap_mib + run.peak_mib["process"] - run.peak_mib["reserved"]) / MIB


# ---------------------------------------------------------------- footprints


def footprints(dataset: Dataset) -> list[Footprint]:
    """Return one footprint for each GPU, model and setting that was run, steps left out.

    Models stand in the order of the data, sizes as they were met, the least need first.
    """
    groups: dict[tuple[str, str, Settings], dict[str, Run]] = {}
    for name, run in standing(dataset).items():
        if run.model and run.outcome in ("measured", "oom"):
            key = (run.model, run.gpu, _without(run.workload, "steps"))
            groups.setdefault(key, {})[name] = run
    found = [_footprint(*key, runs) for key, runs in groups.items()]
    return sorted(_timed(dataset, found), key=lambda one: _order(dataset, one))


def _without(settings: Settings, *keys: str) -> Settings:
    return settings.model_copy(update=dict.fromkeys(keys))


def size(footprint: Footprint) -> Settings:
    """Return what a footprint makes: its settings without those that a user can change."""
    return _without(footprint.settings, *KNOBS)


def _order(dataset: Dataset, one: Footprint) -> tuple[object, ...]:
    models = list(dataset.models)
    return (models.index(one.model), _area(one.settings.resolution), str(size(one)),
            one.need is None, one.need or 0)  # fmt: skip


def _area(resolution: object) -> tuple[int, str]:
    """Return the pixels of a size such as 1280x704, to put the smaller one first."""
    sides = re.fullmatch("([0-9]+)x([0-9]+)", str(resolution))
    return int(sides[1]) * int(sides[2]) if sides else 0, str(resolution)


def from_largest(one: Footprint) -> tuple[object, ...]:
    """Return the key that sorts settings of a model: the largest size first, then the fastest.

    Time counts as what it is beyond the fastest, for some ran with more steps than others; what is
    no further from the fastest than chance is as fast, and there the least memory stands first.
    Sequential offload stands last: it adds its time in every step, and most runs have one.
    """
    pixels, name = _area(one.settings.resolution)
    late = one.settings.offload == "sequential"
    more = Decimal() if one.slower is False else one.more
    return -pixels, name, late, more is None, more or 0, one.need or 0


def _footprint(model: str, gpu: str, settings: Settings, runs: dict[str, Run]) -> Footprint:
    good = {name: run for name, run in runs.items() if run.outcome == "measured"}
    limits = [limit(run) for run in runs.values() if run.outcome == "oom"]
    failed = max((one for one in limits if one is not None), default=None)
    # A peak below a limit under which memory ran out was luck.
    needs = [
        (amount, name)
        for name, run in good.items()
        if (amount := need(run)) is not None and (failed is None or amount > failed)
    ]
    least, run_name = min(needs, default=(None, None))
    tried = [limit(run) for run in good.values() if run.cap_mib]
    enough = min((one for one in tried if one is not None), default=None)
    return Footprint(model, gpu, settings, tuple(good), run_name, least, failed, enough,
                     None, None, None, None, None, None, None)  # fmt: skip


def _timed(dataset: Dataset, found: list[Footprint]) -> Iterator[Footprint]:
    """Yield footprints with their times, compared with those that make the same in as many steps.

    Where a setting ran with several numbers of steps, the one that most settings have counts.
    """
    alike: dict[tuple[str, str, Settings], list[Footprint]] = {}
    for one in found:
        alike.setdefault((one.model, one.gpu, size(one)), []).append(one)
    for group in alike.values():
        times = [_times(dataset, one) for one in group]
        scatter, apart = _scatter(times)
        same: dict[int, list[tuple[Decimal, str]]] = {}
        for by_steps in times:
            for steps, (shortest, *_) in by_steps.items():
                same.setdefault(steps, []).append(shortest)
        for one, by_steps in zip(group, times, strict=True):
            if not by_steps:
                yield one
                continue
            steps = max(by_steps, key=lambda each: (len(same[each]), each))
            (seconds, ref), (least, least_ref) = by_steps[steps][0], min(same[steps])
            yield one._replace(steps=steps, time=seconds, time_ref=ref, more=seconds - least,
                               fastest_ref=least_ref, scatter=scatter, apart=apart)  # fmt: skip


def _scatter(times: list[Times]) -> tuple[Decimal | None, tuple[str, str] | None]:
    """Return the most that generations of one setting differ by, and the references of the two."""
    found = [
        (each[-1][0] - each[0][0], (each[-1][1], each[0][1]))
        for by_steps in times
        for each in by_steps.values()
        if len(each) > 1
    ]
    return max(found, default=(None, None))


def _times(dataset: Dataset, one: Footprint) -> Times:
    """Return every generation with its reference, the shortest first, by the number of steps."""
    found: Times = {}
    for name in one.runs:
        run = dataset.runs[name]
        for i, seconds in enumerate(run.times_s.get(SCOPE, ())):
            if isinstance(run.workload.steps, int) and seconds:
                time = (seconds, f"runs/{name}/times_s/{SCOPE}/{i}")
                found.setdefault(run.workload.steps, []).append(time)
    return {steps: sorted(all_of_them) for steps, all_of_them in found.items()}


# ---------------------------------------------------------------- figures


def derived(dataset: Dataset, found: list[Footprint]) -> Iterator[Derived]:
    """Yield each figure: reference, label, exact value, unit, formula, operands by label."""
    for one in found:
        yield from _memory(dataset, one)
        yield from _time(one)
    apart = {one.apart: one.scatter for one in found if one.apart and one.scatter is not None}
    for (longest, shortest), scatter in apart.items():
        operands = (("the longest", longest), ("the shortest", shortest))
        label = "Most that two generations of one setting differ by, among all that make the same"
        yield Derived(
            f"derived/runs/{longest.split('/')[1]}/scatter",
            label,
            scatter,
            "s",
            "longest generation − shortest generation",
            operands,
        )


def _memory(dataset: Dataset, one: Footprint) -> Iterator[Derived]:
    if one.run is None or one.need is None:
        return
    peaks, place = dataset.runs[one.run].peak_mib, f"derived/runs/{one.run}"
    stored = f"runs/{one.run}/peak_mib"
    allocator: tuple[Meter, ...] = ("allocated", "reserved")
    for meter in allocator:
        if meter in peaks:
            yield Derived(
                f"{place}/gib/{meter}",
                f"Peak memory, {meter}",
                peaks[meter] / MIB,
                "GiB",
                f"{meter}, in GiB",
                ((meter, f"{stored}/{meter}"),),
            )
    card: tuple[Meter, ...] = ("device", "device_idle") if "device" in peaks else ("process",)
    meters = [meter for meter in card if meter in peaks]
    words = [meter.replace("_", " ") for meter in meters]
    operands = tuple((word, f"{stored}/{meter}") for word, meter in zip(words, meters, strict=True))
    yield Derived(
        f"{place}/need",
        "Memory that a card must have for this setting",
        one.need,
        "GiB",
        f"{' − '.join(words)}, in GiB",
        operands,
    )


def _time(one: Footprint) -> Iterator[Derived]:
    if one.slower and one.more and one.time_ref and one.fastest_ref:
        place = f"derived/runs/{one.time_ref.split('/')[1]}"
        operands = (("this setting", one.time_ref), ("the fastest setting", one.fastest_ref))
        label = "Time beyond the fastest setting that makes the same"
        yield Derived(
            f"{place}/more-time",
            label,
            one.more,
            "s",
            "time of this setting − time of the fastest",
            operands,
        )
