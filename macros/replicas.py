"""Which published figures did this project measure again, and do the two agree?

A replica is one run that did the same work as one published time. What the source does not state
is named, never guessed; what it states otherwise makes the two not comparable. Imports
``footprints``; ``derive`` makes rows of these.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from statistics import median
from typing import NamedTuple

from .figures import SECONDS, Derived, setting, workload
from .footprints import SCOPE, standing
from .load import Dataset
from .runs import Run, Settings
from .values import Default, Workload

# A measured figure this close to the published one confirms it. Generations of one run differ by
# less; two runs may differ by more.
TOLERANCE = Decimal("0.05")
# These decide how much work a generation is. A run is held against a published figure only where
# they agree; where the source does not state one, nothing can be said.
WORK = ("resolution", "frames", "steps")
# These say what was counted, which stands with each figure, or belong to training.
_ASIDE = ("task", "pixels", "clock", "memory_meter", "dataset", "method", "context_parallel",
          "global_batch")  # fmt: skip


class Comparison(NamedTuple):
    """How the settings of a run stand against those of a published figure, by their keys."""

    alike: tuple[str, ...]
    defaults: tuple[str, ...]
    unstated: tuple[str, ...]
    differing: tuple[str, ...]


class Replica(NamedTuple):
    """One run beside one published time, both in the unit of the table.

    ``word`` is confirms, differs or not_comparable; ``ours`` is the median of the generations of
    the run, ``ratio`` that divided by the published time.
    """

    ref: str
    benchmark: str
    gpu: str
    column: str
    model: str
    run: str
    published: Decimal
    ours: Decimal
    ratio: Decimal
    word: str
    settings: Comparison


def replicas(dataset: Dataset) -> list[Replica]:
    """Return every published time of a generation that a run did again, in their order."""
    runs: dict[tuple[str, str], list[tuple[str, Run]]] = {}
    for name, run in standing(dataset).items():
        if run.model and run.outcome == "measured" and run.times_s.get(SCOPE) and not run.cap_mib:
            runs.setdefault((run.gpu, run.model), []).append((name, run))
    found = []
    measured = {model for _, model in runs}
    for table, benchmark in dataset.benchmarks.items():
        if benchmark.metric != "generation_time":
            continue
        for column, about in benchmark.columns.items():
            if about.model not in measured:
                continue
            given = workload(benchmark, column)
            for gpu, row in benchmark.results.items():
                cell = row.get(column)
                for name, run in runs.get((gpu, about.model), ()) if cell and cell.value else ():
                    settings = compare(given, run.workload)
                    if cell and cell.value and not set(settings.differing) & set(WORK):
                        ours = median(run.times_s[SCOPE]) / SECONDS[benchmark.unit]
                        ratio = ours / cell.value
                        ref = f"benchmarks/{table}/results/{gpu}/{column}"
                        found.append(
                            Replica(ref, table, gpu, column, about.model, name, cell.value, ours,
                                    ratio, judge(ratio, settings), settings)
                        )  # fmt: skip
    return found


def compare(published: Workload, ours: Settings) -> Comparison:
    """Hold the settings of a run against published ones; what is not applicable is passed over."""
    kinds: dict[str, list[str]] = {}
    for key in Settings.model_fields:
        mine, theirs = setting(getattr(ours, key)), getattr(published, key, None)
        if key == "resolution" and published.pixels is not None:
            theirs = published.pixels
        if key in _ASIDE or mine is None or "not_applicable" in (mine, setting(theirs)):
            continue
        if setting(theirs) in (None, "not_stated"):
            kind = "unstated"
        elif setting(theirs) != mine:
            kind = "differing"
        else:
            kind = "defaults" if isinstance(theirs, Default) else "alike"
        kinds.setdefault(kind, []).append(key)
    return Comparison(*(tuple(kinds.get(kind, ())) for kind in Comparison._fields))


def judge(ratio: Decimal, settings: Comparison) -> str:
    """Return confirms, differs or not_comparable for a measured divided by a published figure."""
    if settings.differing or not set(WORK) <= {*settings.alike, *settings.defaults}:
        return "not_comparable"
    return agreement(ratio)


def agreement(ratio: Decimal) -> str:
    """Return whether a measured figure confirms a published one of the same settings."""
    return "confirms" if abs(ratio - 1) <= TOLERANCE else "differs"


def derived(dataset: Dataset, found: list[Replica]) -> Iterator[Derived]:
    """Yield our time and the ratio of each replica: as ``footprints.derived`` does."""
    for one in found:
        unit = dataset.benchmarks[one.benchmark].unit
        place, times = place_of(one), f"runs/{one.run}/times_s/{SCOPE}"
        count = len(dataset.runs[one.run].times_s[SCOPE])
        what = f"{dataset.models[one.model].name} on {dataset.gpus[one.gpu].name}"
        operands = tuple((f"generation {i + 1}", f"{times}/{i}") for i in range(count))
        yield Derived(
            f"{place}/ours",
            f"Our time of {what}",
            one.ours,
            unit,
            f"median of the generations, in {unit}",
            operands,
        )
        yield Derived(
            f"{place}/ratio",
            f"Our time of {what} against the published one",
            one.ratio,
            "×",
            "our time ÷ published time",
            (*operands, ("published", one.ref)),
        )


def place_of(one: Replica) -> str:
    """Return the reference under which the figures of a replica stand."""
    return f"derived/runs/{one.run}/{one.benchmark}/{one.column}"
