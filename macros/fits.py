"""On which cards does a setting that was tried fit, and how much memory does it leave?

A fit holds a footprint against a card. Imports ``footprints``; ``derive`` makes rows of these.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from .figures import ARCHITECTURES, Derived, architecture, capacity, floors, verdict
from .footprints import Footprint
from .load import Dataset
from .runs import Settings

# The driver's total counts what the driver keeps for itself, which no program gets. No card whose
# reserve is known keeps more.
DRIVER_RESERVE_GIB = Decimal("0.625")
# A limit so close to what a card leaves to programs stands for that card.
SAME = Decimal("0.01")


class Fit(NamedTuple):
    """Whether a footprint fits on a card; GiB.

    ``tried`` says whether a run on that card, or one limited to its memory, showed it; else it
    follows from the peak. ``architecture`` is as in a verdict about published needs.
    """

    gpu: str
    footprint: Footprint
    room: Decimal | None
    headroom: Decimal | None
    verdict: str
    tried: bool
    architecture: str | None

    @property
    def enough(self) -> bool:
        """Whether the memory is enough; a card that is too old may still not run it."""
        return self.verdict in ("fits", "tight")

    @property
    def state(self) -> str | None:
        """The state of a setting that does not fit: seen or predicted; None for all others."""
        lacking = {True: "oom", False: "oom_predicted"}
        return lacking[self.tried] if self.verdict == "does_not_fit" else None


def room(dataset: Dataset, gpu: str) -> Decimal | None:
    """Return the memory in GiB that programs get on a card; None where no source gives it."""
    offer = capacity(dataset, gpu)
    if offer is None:
        return None
    return offer.gib - (DRIVER_RESERVE_GIB if offer.meter == "driver" else 0)


def fits(dataset: Dataset, found: list[Footprint]) -> list[Fit]:
    """Return each card with each setting that was tried anywhere, by card and published order.

    A card takes the runs made on itself; another one those of the GPU that needed most.
    """
    settings: dict[tuple[str, Settings], list[Footprint]] = {}
    for one in found:
        settings.setdefault((one.model, one.settings), []).append(one)
    recommended = {name: floors(dataset, name) for name in dataset.requirements}
    rows = []
    for gpu in dataset.gpus:
        space = room(dataset, gpu)
        by_table = {name: architecture(dataset, gpu, floor) for name, floor in recommended.items()}
        for (model, _), there in settings.items():
            ages = [
                age
                for name, age in by_table.items()
                if age and model in dataset.requirements[name].results
            ]
            age = min(ages, key=ARCHITECTURES.index, default=None)
            rows.append(_fit(gpu, space, there, age))
    return rows


def _fit(gpu: str, space: Decimal | None, there: list[Footprint], age: str | None) -> Fit:
    own = [one for one in there if one.gpu == gpu]
    known = own or there
    failed = max((one.failed for one in known if one.failed is not None), default=None)
    # An unknown need is no small one.
    most = max(known, key=lambda one: (one.need is not None, one.need or 0))
    headroom = None if most.need is None or space is None else space - most.need
    if space is not None and failed is not None and failed >= space:
        return Fit(gpu, most, space, headroom, "does_not_fit", True, age)
    word = verdict(most.need, space)
    tried = word in ("fits", "tight") and (bool(own) or _under(known, space))
    return Fit(gpu, most, space, headroom, word, tried, age)


def _under(known: list[Footprint], space: Decimal | None) -> bool:
    """Return whether each footprint was tried under a limit that stands for so much memory."""
    limits = [one.enough for one in known]
    return space is not None and all(
        one is not None and one <= space * (1 + SAME) for one in limits
    )


def derived(dataset: Dataset, found: list[Fit]) -> Iterator[Derived]:
    """Yield the figures of the settings that fit: as ``footprints.derived`` does."""
    on: dict[str, list[Fit]] = {}
    for fit in found:
        if fit.enough:
            on.setdefault(fit.gpu, []).append(fit)
    for gpu, there in on.items():
        yield from _headroom(dataset, gpu, there)


def _headroom(dataset: Dataset, gpu: str, fits: list[Fit]) -> Iterator[Derived]:
    offer, card, place = capacity(dataset, gpu), dataset.gpus[gpu].name, f"derived/gpus/{gpu}"
    less = " − what the driver may keep for itself" * bool(offer and offer.meter == "driver")
    for space in {one.room for one in fits if one.room is not None}:
        yield Derived(
            f"{place}/room",
            f"Memory that programs get on {card}",
            space,
            "GiB",
            f"capacity{less}",
            (("capacity", f"{place}/capacity"),),
        )
    spare = {one.footprint.run: one.headroom for one in fits if one.headroom is not None}
    for run, headroom in spare.items():
        operands = (("what programs get", f"{place}/room"), ("need", f"derived/runs/{run}/need"))
        yield Derived(
            f"{place}/spare/{run}",
            f"Headroom on {card} with the settings of {run}",
            headroom,
            "GiB",
            "what programs get − need",
            operands,
        )
