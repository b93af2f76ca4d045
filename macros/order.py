"""Is a time on the right side of the times beside it?

Rules that compare the times of one table: models, cards, and numbers of cards. A figure that a
newer table replaces is left out. Imports ``figures`` and ``references``; ``rules`` registers
these rules.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import combinations, permutations

from .figures import seconds, setting, workload
from .formats import quantity
from .load import Dataset
from .references import Finding
from .schema import Benchmark

# Two cards of one architecture may differ this much in a single run without meaning anything.
MARGIN = Decimal("0.03")
# The specs that decide how fast a card is; only cards with all of them known are compared.
DECISIVE = ("memory_bandwidth_gb_s", "memory_gb", "bf16_dense_tflop_s")


def larger_model_is_not_faster(dataset: Dataset) -> Iterator[Finding]:
    """On one GPU under one workload, a larger model of the same task is not faster.

    It does strictly more work; a shorter time means that two columns or settings were mixed up.
    """
    for name, benchmark in dataset.benchmarks.items():
        for one, other in combinations(benchmark.columns, 2):
            small, large = sorted((one, other), key=lambda c: _parameters(dataset, benchmark, c))
            if not 0 < _parameters(dataset, benchmark, small) < _parameters(
                dataset, benchmark, large
            ) or not _same_work(dataset, benchmark, small, large):
                continue
            for gpu in benchmark.results:
                quick, slow = seconds(benchmark, gpu, small), seconds(benchmark, gpu, large)
                if quick and slow and slow < quick:
                    yield Finding(
                        f"benchmarks/{name}/results/{gpu}/{large}",
                        quantity(benchmark.results[gpu][large].value or slow, benchmark.unit),
                        f"at least the {benchmark.results[gpu][small].value} of the smaller "
                        f"model in column {small}",
                        against=(f"benchmarks/{name}/results/{gpu}/{small}",),
                    )


def better_card_is_not_slower(dataset: Dataset) -> Iterator[Finding]:
    """Of two cards of one architecture, the one that is at least equal in all is not slower.

    Bandwidth, memory and compute must all be known; a difference up to MARGIN is let pass.
    """
    for name, benchmark in dataset.benchmarks.items():
        for better in benchmark.results:
            for worse in benchmark.results:
                if better == worse or not _dominates(dataset, better, worse):
                    continue
                for column in benchmark.columns:
                    slow = seconds(benchmark, better, column)
                    quick = seconds(benchmark, worse, column)
                    if slow and quick and slow > quick * (1 + MARGIN):
                        yield Finding(
                            f"benchmarks/{name}/results/{better}/{column}",
                            quantity(
                                benchmark.results[better][column].value or slow, benchmark.unit
                            ),
                            f"at most {MARGIN:.0%} more than "
                            f"{benchmark.results[worse][column].value}, the time of the lesser "
                            f"card {worse}",
                            against=(f"benchmarks/{name}/results/{worse}/{column}",),
                        )


def more_gpus_are_not_slower(dataset: Dataset) -> Iterator[Finding]:
    """The same work on more GPUs of a kind does not take longer.

    If it does, the settings differ in something that the table does not say.
    """
    for name, benchmark in dataset.benchmarks.items():
        counts = {column: _gpu_count(benchmark, column) for column in benchmark.columns}
        for few, many in permutations((name for name in counts if counts[name]), 2):
            if counts[few] >= counts[many]:
                continue
            if benchmark.columns[few].model != benchmark.columns[many].model or workload(
                benchmark, few
            ).model_copy(update={"gpu_count": None}) != workload(benchmark, many).model_copy(
                update={"gpu_count": None}
            ):
                continue
            for gpu in benchmark.results:
                quick, slow = seconds(benchmark, gpu, many), seconds(benchmark, gpu, few)
                if quick and slow and quick > slow:
                    yield Finding(
                        f"benchmarks/{name}/results/{gpu}/{many}",
                        quantity(benchmark.results[gpu][many].value or quick, benchmark.unit),
                        f"at most the {benchmark.results[gpu][few].value} of fewer GPUs in "
                        f"column {few}",
                        against=(f"benchmarks/{name}/results/{gpu}/{few}",),
                    )


def sparse_attention_is_supported(dataset: Dataset) -> Iterator[Finding]:
    """Sparse attention has a time only on a GPU whose compute capability supports it.

    Elsewhere the kernel does not run, so the time belongs to another card or another kernel.
    """
    for name, benchmark in dataset.benchmarks.items():
        for column, about in benchmark.columns.items():
            support = dataset.models[about.model].sparse_attention
            if setting(workload(benchmark, column).attention) != "sparse" or not support:
                continue
            for gpu, cells in benchmark.results.items():
                fact = dataset.gpus[gpu].compute_capability
                cell = cells.get(column)
                if cell and cell.value and fact and fact.value not in support.compute_capabilities:
                    yield Finding(
                        f"benchmarks/{name}/results/{gpu}/{column}",
                        f"{quantity(cell.value, benchmark.unit)} on compute capability "
                        f"{fact.value}",
                        f"unsupported: {support.kernel} runs on "
                        + " and ".join(support.compute_capabilities),
                        against=(f"gpus/{gpu}/compute_capability/value",),
                    )


def _parameters(dataset: Dataset, benchmark: Benchmark, column: str) -> int:
    fact = dataset.models[benchmark.columns[column].model].parameters
    return fact.value if fact else 0


def _same_work(dataset: Dataset, benchmark: Benchmark, one: str, other: str) -> bool:
    models = [dataset.models[benchmark.columns[column].model] for column in (one, other)]
    return models[0].task == models[1].task and _plain(benchmark, one) == _plain(benchmark, other)


def _plain(benchmark: Benchmark, column: str) -> dict[str, object]:
    return {key: setting(value) for key, value in workload(benchmark, column)}


def _dominates(dataset: Dataset, better: str, worse: str) -> bool:
    """Return whether one card is at least equal in all that decides, and of one architecture."""
    one, other = dataset.gpus[better], dataset.gpus[worse]
    if not (one.architecture and other.architecture) or (
        one.architecture.value != other.architecture.value
    ):
        return False
    pairs = [(getattr(one, spec), getattr(other, spec)) for spec in DECISIVE]
    known = all(mine and theirs for mine, theirs in pairs)
    return known and all(mine.value >= theirs.value for mine, theirs in pairs)


def _gpu_count(benchmark: Benchmark, column: str) -> int:
    value = setting(workload(benchmark, column).gpu_count)
    return value if isinstance(value, int) else 0
