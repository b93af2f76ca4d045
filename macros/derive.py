"""Which figures follow from the data, and from which operands?

Gathers all rows that follow from a Dataset, pandas frames of these rows, and a registry of
derived figures. Imports ``rows``, ``frames`` and what else computes figures. Tables, prose and
exports read the same rows, so page, sentence and download cannot disagree.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from itertools import compress
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from . import fits, footprints, frames, rates, readings, replicas, rows
from .figures import Derived, Figure, operand_ref, stored
from .fits import Fit
from .footprints import Footprint
from .formats import rounded
from .load import Dataset
from .readings import NeedReplica, Reading, need_replicas
from .replicas import Replica
from .rows import Need, Result, Speedup, Verdict, add

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class Guide:
    """The data and all that follows from them, in published order.

    Each kind of row is also a pandas frame, made when it is first asked for: importing pandas
    takes as long as a small site.
    """

    dataset: Dataset
    rows: Rows
    derived: Mapping[str, Derived]
    memos: dict[str, Any] = field(default_factory=dict, init=False, repr=False)
    """What other modules have worked out for this guide, by their names; lives as long as it."""

    @cached_property
    def results(self) -> pd.DataFrame:
        """One row for each cell of each benchmark table."""
        return frames.frame(self.rows.results, Result._fields)

    @cached_property
    def columns(self) -> pd.DataFrame:
        """One row for each column of each benchmark table, with the settings it holds for."""
        return frames.columns(self.dataset)

    @cached_property
    def requirements(self) -> pd.DataFrame:
        """One row for each memory need that a source states."""
        return frames.frame(self.rows.requirements, Need._fields)

    @cached_property
    def verdicts(self) -> pd.DataFrame:
        """One row for each card, model and table of needs."""
        return frames.frame(self.rows.verdicts, Verdict._fields)

    @cached_property
    def speedups(self) -> pd.DataFrame:
        """One row for each pair of a dense and a sparse time."""
        return frames.frame(self.rows.speedups, Speedup._fields)

    @cached_property
    def gpus(self) -> pd.DataFrame:
        """One row for each card, with the exact values of its specs."""
        return frames.gpus(self.dataset)

    @cached_property
    def models(self) -> pd.DataFrame:
        """One row for each model."""
        return frames.models(self.dataset)

    @cached_property
    def runs(self) -> pd.DataFrame:
        """One row for each run of this project's own measuring."""
        return frames.runs(self.dataset)

    @cached_property
    def run_times(self) -> pd.DataFrame:
        """One row for each time of each run, the warm-ups included."""
        return frames.run_times(self.dataset)

    @cached_property
    def footprints(self) -> pd.DataFrame:
        """One row for each setting that was tried."""
        return frames.frame(self.rows.footprints, Footprint._fields)

    @cached_property
    def fits(self) -> pd.DataFrame:
        """One row for each card and each setting that was tried."""
        return frames.frame(self.rows.fits, Fit._fields)

    @cached_property
    def replicas(self) -> pd.DataFrame:
        """One row for each published time that a run did again."""
        return frames.frame(self.rows.replicas, Replica._fields)

    @cached_property
    def need_replicas(self) -> pd.DataFrame:
        """One row for each published need that was measured again."""
        return frames.frame(need_replicas(self.rows.readings), NeedReplica._fields)

    def figure(self, ref: str) -> Figure:
        """Return the value that a reference names; KeyError if there is none."""
        if ref.startswith("derived/"):
            derived = self.derived[ref]
            return Figure(derived.value, derived.unit, derived.approximate)
        return stored(self.dataset, ref)


def guide(dataset: Dataset) -> Guide:
    """Compute every row and every derived figure of a checked data set."""
    derived: dict[str, Derived] = {}
    results = rows.results(dataset)
    requirements = rows.requirements(dataset)
    verdicts = rows.verdicts(dataset, requirements, derived)
    speedups = rows.speedups(dataset, derived)
    tried = footprints.footprints(dataset)
    fitting = fits.fits(dataset, tried)
    again, read = replicas.replicas(dataset), readings.readings(dataset)
    for known in (
        *footprints.derived(dataset, tried),
        *fits.derived(dataset, fitting),
        *replicas.derived(dataset, again),
        *readings.derived(dataset, read),
        *rates.rates(dataset),
    ):
        add(derived, known)
    every = Rows(results, requirements, verdicts, speedups, tried, fitting, again, read)
    made = Guide(dataset, every, derived)
    _ranges(results, derived)
    _operands(made, derived)
    return made


# ---------------------------------------------------------------- rows


class Rows(NamedTuple):
    """All rows, by the names of their frames."""

    results: list[Result]
    requirements: list[Need]
    verdicts: list[Verdict]
    speedups: list[Speedup]
    footprints: list[Footprint]
    fits: list[Fit]
    replicas: list[Replica]
    readings: dict[str, list[Reading]]


def _ranges(results: list[Result], derived: dict[str, Derived]) -> None:
    columns: dict[tuple[str, str], list[Result]] = {}
    for row in results:
        if row.value is not None and not row.superseded_by:
            columns.setdefault((row.benchmark, row.column), []).append(row)
    by_value, operand = attrgetter("value"), attrgetter("gpu", "ref")
    for (name, column), cells in columns.items():
        operands = tuple(map(operand, cells))
        values = [row.value for row in cells]
        # Of several that are equal, the last stands for the greatest.
        least, greatest = min(cells, key=by_value), max(reversed(cells), key=by_value)
        for end, word, best in (("min", "least", least), ("max", "greatest", greatest)):
            ref = f"derived/benchmarks/{name}/range/{column}/{end}"
            label = f"The {word} value of column {column}"
            many = "1 value" if len(cells) == 1 else f"{len(cells)} values"
            formula = f"the {word} of {many} in {best.unit}"
            value = best.value or Decimal()  # a measured cell has a value
            chosen = tuple(compress(operands, map(value.__eq__, values)))
            derived[ref] = Derived(
                ref, label, value, best.unit, formula, operands, best.approximate, chosen
            )


def _operands(guide: Guide, derived: dict[str, Derived]) -> None:
    """Compute the min and max operands of sentences; a plain value is a stored figure."""
    frames = {"benchmarks": "results", "requirements": "requirements", "speedups": "speedups"}
    ids = {"benchmarks": "benchmark", "requirements": "requirement", "speedups": "benchmark"}
    for name, sentence in guide.dataset.recommendations.items():
        for key, operand in sentence.operands.items():
            if operand.take == "value":
                continue
            kind, _, table = operand.of.partition("/")
            frame = getattr(guide, frames[kind])
            chosen = frame[(frame[ids[kind]] == table) & frame["value"].notna()]
            if "superseded_by" in frame:
                chosen = chosen[chosen["superseded_by"].isna()]
            for column in ("size_class", "column"):
                wanted = getattr(operand, column)
                if wanted is not None:
                    chosen = chosen[chosen[column] == wanted]
            in_order = chosen.sort_values("value", kind="stable")
            best = in_order.iloc[0 if operand.take == "min" else -1]
            unit = "×" if kind == "speedups" else best["unit"]
            value = best["value"]
            formula = f"the {'least' if operand.take == 'min' else 'greatest'} of the operands"
            ref = operand_ref(name, key, operand)
            derived[ref] = Derived(
                ref, f"{key} in the sentence {name}",
                rounded(value, 2) if kind == "speedups" else value, unit, formula,
                tuple((str(row.model), str(row.ref)) for row in chosen.itertuples()),
                bool(best["approximate"]),
            )  # fmt: skip
