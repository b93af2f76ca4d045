"""Which rows belong to one table, one card or one model, and which remarks to one figure?

Groups the rows once for each guide, so that no page searches them. Imports ``derive``; most
modules that write for readers import this one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from .derive import Guide
from .fits import Fit
from .footprints import from_largest
from .replicas import Replica
from .rows import Need, Result, Speedup, Verdict

FRAMES = {
    "results": "one row for each cell of each benchmark table",
    "columns": "one row for each column of each benchmark table, with its settings and source",
    "requirements": "one row for each memory need that a source states, with its settings",
    "verdicts": "one row for each card and model: fits, tight, does not fit, or unknown",
    "speedups": "one row for each pair of a dense and a sparse time, with the printed factor",
    "gpus": "one row for each card, each value with its source",
    "models": "one row for each model, each value with its source",
    "runs": "one row for each run of this project's own measuring, with its machine and software",
    "run_times": "one row for each time of each run",
    "replicas": "one row for each published time that a run did again, with the ratio",
    "need_replicas": "one row for each published need that was measured again, with the ratio",
    "footprints": "one row for each setting that was tried, with its need and time",
    "fits": "one row for each card and each setting that was tried",
}
"""The frames that a reader can download, by name, with what a row of them is."""


@dataclass
class Node:
    """One part of the patterns of notes and waivers; ``*`` is a child like any other."""

    children: dict[str, Node] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)


def below(nodes: Sequence[Node], part: str) -> list[Node]:
    """Return the nodes that one more part of a reference leads to."""
    found = [node.children.get(name) for node in nodes for name in (part, "*")]
    return [node for node in found if node]


@dataclass(frozen=True, eq=False)
class Index:
    """The rows of a guide by table, card and model, in published order."""

    cells: dict[str, dict[str, dict[str, Result]]]
    """Benchmark, card, column."""
    columns: dict[str, dict[str, list[str]]]
    """Model, benchmark: the columns of that model."""
    groups: dict[str, list[str]]
    """Card: the ambiguous names that may mean it."""
    needs: dict[str, list[Need]]
    """Requirement."""
    verdicts: dict[str, list[Verdict]]
    """Card."""
    verdicts_on: dict[tuple[str, str], list[Verdict]]
    """Card and model: one verdict for each table of needs."""
    speedups: dict[str, dict[tuple[str, str], Speedup]]
    """Benchmark, card and fast column."""
    seen: dict[tuple[str, str], list[Result]]
    """Card and model: all published generations, without those that were not measured."""
    fits: dict[tuple[str, str], list[Fit]]
    """Card and model: every setting that was tried anywhere, the least need first in each size."""
    again: dict[str, list[Replica]]
    """Reference of a published time: every time of this project for the same work."""
    remarks: Node
    """What is noted about figures, part by part: patterns of notes and waivers, newer tables."""

    def at(self, ref: str) -> list[Node]:
        """Return where the patterns of notes and waivers meet a reference."""
        nodes = [self.remarks]
        for part in ref.split("/"):
            if not (nodes := below(nodes, part)):
                break
        return nodes


def index(guide: Guide) -> Index:
    """Return the index of a guide; it is made once and lives as long as the guide."""
    found: Index | None = guide.memos.get("index")
    if not found:
        found = guide.memos["index"] = _index(guide)
    return found


def fitting(guide: Guide, gpu: str, model: str) -> list[Fit]:
    """Return the tried settings of a model whose memory a card has.

    The largest size stands first, and of each size the fastest.
    Each holds the settings, the run, its need, the headroom and the time: see ``Footprint``. The
    figures are ``derived/runs/<run>/need``, ``derived/gpus/<gpu>/spare/<run>`` and ``time_ref``.
    """
    fits = [one for one in index(guide).fits.get((gpu, model), ()) if one.enough]
    return sorted(fits, key=lambda one: from_largest(one.footprint))


def _index(guide: Guide) -> Index:
    dataset = guide.dataset
    made = Index({}, {}, {}, {}, {}, {}, {}, {}, {}, {}, Node())
    results = iter(guide.rows.results)
    for name, benchmark in dataset.benchmarks.items():
        # They stand in this order; ``zip`` takes as many as there are columns.
        rows = made.cells[name] = {
            gpu: dict(zip(benchmark.columns, results, strict=False)) for gpu in benchmark.results
        }
        for gpu, row in rows.items() if benchmark.metric == "generation_time" else ():
            for result in row.values():
                if result.state != "not_measured":
                    made.seen.setdefault((gpu, result.model), []).append(result)
        for column, about in benchmark.columns.items():
            made.columns.setdefault(about.model, {}).setdefault(name, []).append(column)
    for gpu, record in dataset.gpus.items():
        for member in record.one_of:
            made.groups.setdefault(member, []).append(gpu)
    for need in guide.rows.requirements:
        made.needs.setdefault(need.requirement, []).append(need)
    for verdict in guide.rows.verdicts:
        made.verdicts.setdefault(verdict.gpu, []).append(verdict)
        made.verdicts_on.setdefault((verdict.gpu, verdict.model), []).append(verdict)
    for speedup in guide.rows.speedups:
        pairs = made.speedups.setdefault(speedup.benchmark, {})
        pairs[speedup.gpu, speedup.column] = speedup
    for fit in guide.rows.fits:
        made.fits.setdefault((fit.gpu, fit.footprint.model), []).append(fit)
    for replica in guide.rows.replicas:
        made.again.setdefault(replica.ref, []).append(replica)
    for name, note in dataset.notes.items():
        for pattern in note.concerns:
            _plant(made.remarks, pattern, f"notes/{name}")
    for name, waiver in dataset.waivers.items():
        _plant(made.remarks, waiver.record, f"waivers/{name}")
    for result in guide.rows.results:
        if result.superseded_by:
            _plant(made.remarks, result.ref, f"benchmarks/{result.superseded_by}")
    return made


def _plant(node: Node, pattern: str, remark: str) -> None:
    for part in pattern.split("/"):
        node = node.children.setdefault(part, Node())
    node.remarks.append(remark)
