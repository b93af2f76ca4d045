"""Is a time on the right side of the times beside it?

Rules that compare the times of one table: models, cards, and numbers of cards. A figure that a
newer table replaces is left out. Imports ``figures`` and ``references``; ``rules`` registers
these rules.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import permutations
from operator import ge

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
        sizes = _parameters(dataset, benchmark)
        for small, large in permutations(sizes, 2):
            if sizes[small] >= sizes[large] or not _same_work(dataset, benchmark, small, large):
                continue
            for gpu in benchmark.results:
                quick, slow = seconds(benchmark, gpu, small), seconds(benchmark, gpu, large)
                if quick and slow and slow < quick:
                    expected = f"at least the {{}} of the smaller model in column {small}"
                    yield _finding(name, benchmark, (gpu, large), (gpu, small), expected)


def better_card_is_not_slower(dataset: Dataset) -> Iterator[Finding]:
    """Of two cards of one architecture, the one that is at least equal in all is not slower.

    Bandwidth, memory and compute must all be known; a difference up to MARGIN is let pass.
    """
    decisive = _decisive(dataset)
    for name, benchmark in dataset.benchmarks.items():
        cards = [gpu for gpu in benchmark.results if gpu in decisive]
        for better, worse in permutations(cards, 2):
            if not _dominates(decisive[better], decisive[worse]):
                continue
            for column in benchmark.columns:
                slow, quick = (seconds(benchmark, gpu, column) for gpu in (better, worse))
                if slow and quick and slow > quick * (1 + MARGIN):
                    what = (
                        f"at most {MARGIN:.0%} more than {{}}, the time of the lesser card {worse}"
                    )
                    yield _finding(name, benchmark, (better, column), (worse, column), what)


def more_gpus_are_not_slower(dataset: Dataset) -> Iterator[Finding]:
    """The same work on more GPUs of a kind does not take longer.

    If it does, the settings differ in something that the table does not say.
    """
    for name, benchmark in dataset.benchmarks.items():
        counts = {column: _gpu_count(benchmark, column) for column in benchmark.columns}
        for few, many in permutations(counts, 2):
            if not 0 < counts[few] < counts[many]:
                continue
            models = {benchmark.columns[column].model for column in (few, many)}
            works = [_plain(benchmark, column) | {"gpu_count": None} for column in (few, many)]
            if len(models) > 1 or works[0] != works[1]:
                continue
            for gpu in benchmark.results:
                quick, slow = seconds(benchmark, gpu, many), seconds(benchmark, gpu, few)
                if quick and slow and quick > slow:
                    expected = f"at most the {{}} of fewer GPUs in column {few}"
                    yield _finding(name, benchmark, (gpu, many), (gpu, few), expected)


def _finding(
    table: str, benchmark: Benchmark, wrong: tuple[str, str], right: tuple[str, str], expected: str
) -> Finding:
    """Return that one of two times is on the wrong side; each is given by card and column.

    ``expected`` has {} where the other time stands in it.
    """
    found, other = (str(benchmark.results[gpu][column].value) for gpu, column in (wrong, right))
    ref, against = (f"benchmarks/{table}/results/{'/'.join(one)}" for one in (wrong, right))
    shown = quantity(Decimal(found), benchmark.unit)
    return Finding(ref, shown, expected.format(other), against=(against,))


def sparse_attention_is_supported(dataset: Dataset) -> Iterator[Finding]:
    """Sparse attention has a time only on a GPU whose compute capability supports it.

    Elsewhere the kernel does not run, so the time belongs to another card or another kernel.
    """
    for name, benchmark in dataset.benchmarks.items():
        for column, about in benchmark.columns.items():
            support = dataset.models[about.model].sparse_attention
            if not support or setting(workload(benchmark, column).attention) != "sparse":
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


def _parameters(dataset: Dataset, benchmark: Benchmark) -> dict[str, int]:
    """Return how many parameters the model of each column has, where a source says it."""
    facts = {
        column: dataset.models[about.model].parameters
        for column, about in benchmark.columns.items()
    }
    return {column: fact.value for column, fact in facts.items() if fact}


def _same_work(dataset: Dataset, benchmark: Benchmark, one: str, other: str) -> bool:
    models = [dataset.models[benchmark.columns[column].model] for column in (one, other)]
    return models[0].task == models[1].task and _plain(benchmark, one) == _plain(benchmark, other)


def _plain(benchmark: Benchmark, column: str) -> dict[str, object]:
    return {key: setting(value) for key, value in workload(benchmark, column)}


def _decisive(dataset: Dataset) -> dict[str, tuple[str, list[Decimal]]]:
    """Return architecture and decisive specs of each card of which all are known."""
    found = {}
    for gpu, card in dataset.gpus.items():
        specs = [getattr(card, spec) for spec in DECISIVE]
        if card.architecture and all(specs):
            found[gpu] = (card.architecture.value, [spec.value for spec in specs])
    return found


def _dominates(better: tuple[str, list[Decimal]], worse: tuple[str, list[Decimal]]) -> bool:
    """Return whether one card is at least equal in all that decides, and of one architecture."""
    return better[0] == worse[0] and all(map(ge, better[1], worse[1]))


def _gpu_count(benchmark: Benchmark, column: str) -> int:
    value = setting(workload(benchmark, column).gpu_count)
    return value if isinstance(value, int) else 0
