"""Does each run agree with its card, its model and itself?

A run is written by a program, so a disagreement is a slip of somebody who edited the file, or a
fault of the program. Imports ``bounds`` and ``references``; ``rules`` registers these rules.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from .bounds import usable_mib
from .formats import quantity
from .load import Dataset
from .references import Finding
from .runs import Run


def run_bears_its_names(dataset: Dataset) -> Iterator[Finding]:
    """The name of a run's file begins with its GPU and its model.

    So a run that is put under another card or model by a slip is seen.
    """
    for name, run in dataset.runs.items():
        begins = "-".join(filter(None, (run.gpu, run.model)))
        if not f"{name}-".startswith(f"{begins}-"):
            key = "model" if name.startswith(run.gpu) else "gpu"
            found = str(getattr(run, key))
            yield Finding(f"runs/{name}/{key}", found, f"what the file is named after: {name}")


def run_is_of_its_card(dataset: Dataset) -> Iterator[Finding]:
    """The machine of a run has the compute capability and the memory of the card that it names.

    Otherwise its figures would stand on the page of another card.
    """
    for name, run in dataset.runs.items():
        card, machine = dataset.gpus.get(run.gpu), run.environment
        if not card:
            continue
        place = f"runs/{name}/environment"
        fact = card.compute_capability
        if fact and fact.value != machine.compute_capability:
            found, expected = machine.compute_capability, f"{fact.value}, as {run.gpu} has"
            yield Finding(f"{place}/compute_capability", found, expected)
        if card.memory_gb:
            least, most = usable_mib(card.memory_gb.value)
            if not least <= machine.memory_total_mib <= most:
                found = f"{machine.memory_total_mib} MiB"
                expected = f"a total that fits the {card.memory_gb.value} GB of {run.gpu}"
                yield Finding(f"{place}/memory_total_mib", found, expected)


def run_memory_is_in_order(dataset: Dataset) -> Iterator[Finding]:
    """A program allocates at most what it reserved, and no more than its limit and the card have.

    An idle GPU holds no more than a working one. A peak beyond that was written into the wrong
    key, or in the wrong unit.
    """
    for name, run in dataset.runs.items():
        total = Decimal(run.environment.memory_total_mib)
        limits = {meter: [(total, "the total of the card")] for meter in run.peak_mib}
        if run.cap_mib and "reserved" in limits:
            limits["reserved"].append((run.cap_mib, "the limit of the run"))
        if "device_idle" in limits and "device" in limits:
            limits["device_idle"].append((run.peak_mib["device"], "the peak of the whole GPU"))
        if "allocated" in limits and "reserved" in limits:
            limits["allocated"].append((run.peak_mib["reserved"], "what was reserved"))
        for meter, most in limits.items():
            peak, (limit, what) = run.peak_mib[meter], min(most)
            if peak > limit:
                found, expected = quantity(peak, "MiB"), f"at most {quantity(limit, 'MiB')}, {what}"
                yield Finding(f"runs/{name}/peak_mib/{meter}", found, expected)


def runs_supersede_their_like(dataset: Dataset) -> Iterator[Finding]:
    """A run supersedes one earlier run of the same GPU, model and settings, and does so alone.

    The earlier one is passed over, so a reader must find here what it was to tell.
    """
    first: dict[str, str] = {}
    for name, run in dataset.runs.items():
        earlier = dataset.runs.get(run.supersedes or "")
        if not earlier or not run.supersedes:
            continue
        ref = f"runs/{name}/supersedes"
        sooner = earlier.measured_on <= run.measured_on
        if name in (run.supersedes, earlier.supersedes) or not sooner or not _alike(run, earlier):
            yield Finding(ref, run.supersedes, "an earlier run of the same GPU, model and settings")
        elif (other := first.setdefault(run.supersedes, name)) != name:
            yield Finding(ref, run.supersedes, f"a run that {other} does not supersede already")


def _alike(run: Run, other: Run) -> bool:
    """Return whether two runs differ in nothing but what they measured; a limit may by a trifle."""
    same = (run.gpu, run.model, run.workload) == (other.gpu, other.model, other.workload)
    return same and (run.cap_mib is None) == (other.cap_mib is None)
