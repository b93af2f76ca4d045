"""Do the figures contradict each other?

Each rule compares figures of one or more sources. The published data break some of them: there a
waiver accepts the finding, with its reason and evidence. Imports ``figures`` and ``references``;
``rules`` registers these rules after its own, for they trust every id.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import combinations

from .figures import (
    BYTES,
    GIB,
    SECONDS,
    agrees,
    capacity,
    setting,
    speedup_columns,
    stored,
    verdict,
    workload,
)  # fmt: skip
from .formats import number, quantity, rounded
from .load import Dataset
from .references import Finding
from .schema import Benchmark, Claim

# Two cards of one architecture may differ this much in a single run without meaning anything.
MARGIN = Decimal("0.03")
# The specs that decide how fast a card is; only cards with all of them known are compared.
DECISIVE = ("memory_bandwidth_gb_s", "memory_gb", "bf16_dense_tflop_s")


def oom_although_it_fits(dataset: Dataset) -> Iterator[Finding]:
    """A model that ran out of memory needs more than the card has.

    Else the need, the capacity or the OOM is wrong, and a reader who trusts one loses a day.
    """
    found = _needs(dataset, "fits", "tight")
    for ref, gpu, model in _inference_cells(dataset, "oom"):
        for need_ref, need, offer in found.get((gpu, model), ()):
            yield Finding(
                ref,
                "oom",
                f"a time: {_gib(need)} ({need_ref}) fits into {_gib(offer)}",
                against=_memory(need_ref, gpu),
            )


def time_although_it_does_not_fit(dataset: Dataset) -> Iterator[Finding]:
    """A model that has a time on a card fits into its memory.

    Else the run used offloading or another precision, which the reader must know to repeat it.
    """
    found = _needs(dataset, "does_not_fit")
    for ref, gpu, model in _inference_cells(dataset, "measured"):
        for need_ref, need, offer in found.get((gpu, model), ()):
            yield Finding(
                ref,
                "a time",
                f"oom: {_gib(need)} ({need_ref}) does not fit into {_gib(offer)}",
                "state offload or precision in the workload if they made it fit",
                against=_memory(need_ref, gpu),
            )


def memory_floor_holds_its_class(dataset: Dataset) -> Iterator[Finding]:
    """A recommended memory floor covers the largest need of its size class.

    Whoever buys by the floor must be able to run every model that it speaks of.
    """
    for ref, table, claim in _requirement_claims(dataset, "memory_floor"):
        if (needs := _class_needs(dataset, table, claim)) and claim.memory_gb:
            floor = claim.memory_gb * BYTES["GB"] / GIB
            need, model = max(needs)
            if floor < need:
                yield Finding(
                    f"{ref}/memory_gb",
                    f"{quantity(claim.memory_gb, 'GB')}, which is {_gib(floor)}",
                    f"at least the largest need of the {claim.size_class} models, {_gib(need)}",
                    against=(f"requirements/{table}/results/{model}",),
                )


def memory_range_holds_its_class(dataset: Dataset) -> Iterator[Finding]:
    """A printed range of needs contains every need of its size class, in the printed unit.

    A range that was rounded inwards leaves out the model that needs most, or least.
    """
    for ref, table, claim in _requirement_claims(dataset, "memory_range"):
        results = dataset.requirements[table].results
        printed = [
            (cell.value, f"requirements/{table}/results/{model}")
            for model, cell in results.items()
            if cell.value and dataset.models[model].size_class == claim.size_class
        ]
        if not printed:
            continue
        (least, lowest), (most, highest) = min(printed), max(printed)
        if claim.low_gb and claim.low_gb > least:
            low = number(claim.low_gb)
            yield Finding(f"{ref}/low_gb", low, f"at most {least}", against=(lowest,))
        if claim.high_gb and claim.high_gb < most:
            high = number(claim.high_gb)
            yield Finding(f"{ref}/high_gb", high, f"at least {most}", against=(highest,))


def speedup_follows_from_times(dataset: Dataset) -> Iterator[Finding]:
    """A printed speed-up is the quotient of its two times, rounded to the printed digits.

    A factor that was typed can drift from its own operands; it is checked, never trusted.
    """
    for name, benchmark in dataset.benchmarks.items():
        for claim_id, claim in benchmark.claims.items():
            for gpu, printed in claim.factors.items():
                exact = _speedup(benchmark, gpu, claim.column or "", claim.over or "")
                if exact is None or not agrees(exact, printed):
                    row, derived = f"benchmarks/{name}/results/{gpu}", f"derived/benchmarks/{name}"
                    against: tuple[str, ...] = ()
                    if exact:
                        against = (f"{row}/{claim.over}", f"{row}/{claim.column}")
                    if exact and (claim.column, claim.over) in set(speedup_columns(benchmark)):
                        against += (f"{derived}/speedup/{gpu}/{claim.column}",)
                    yield Finding(
                        f"benchmarks/{name}/claims/{claim_id}/factors/{gpu}",
                        quantity(printed, "×"),
                        _quotient(exact, printed),
                        against=against,
                    )


def bounds_hold_their_tables(dataset: Dataset) -> Iterator[Finding]:
    """A claim of "up to", "at least" or "all" holds for every figure that it speaks of.

    The figure that breaks it stands in the same document, so readers do not know which to trust.
    """
    for name, benchmark in dataset.benchmarks.items():
        for claim_id, claim in benchmark.claims.items():
            ref = f"benchmarks/{name}/claims/{claim_id}"
            if claim.kind == "all_measured":
                for gpu, cells in benchmark.results.items():
                    if not (cell := cells.get(claim.column or "")) or cell.state != "measured":
                        state = cell.state if cell else "not_measured"
                        yield Finding(
                            f"{ref}/column",
                            f"{state} on {gpu}",
                            "a time on every GPU",
                            against=(f"benchmarks/{name}/results/{gpu}/{claim.column}",),
                        )
            if claim.factor is None:
                continue
            factors = [
                (exact, f"derived/benchmarks/{table}/speedup/{gpu}/{fast}")
                for table in claim.benchmarks
                for fast, slow in speedup_columns(dataset.benchmarks[table])
                for gpu in dataset.benchmarks[table].results
                if (exact := _speedup(dataset.benchmarks[table], gpu, fast, slow))
            ]
            if not factors:
                continue
            up_to = claim.kind == "at_most"
            exact, worst = max(factors) if up_to else min(factors)
            limit = rounded(exact, _digits(claim.factor))
            if limit > claim.factor if up_to else limit < claim.factor:
                word = "at least" if up_to else "at most"
                yield Finding(
                    f"{ref}/factor",
                    quantity(claim.factor, "×"),
                    f"{word} {quantity(limit, '×')}, which the tables have",
                    against=(worst,),
                )


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
                quick, slow = _seconds(benchmark, gpu, small), _seconds(benchmark, gpu, large)
                if quick and slow and slow < quick:
                    yield Finding(
                        f"benchmarks/{name}/results/{gpu}/{large}",
                        number(benchmark.results[gpu][large].value or slow),
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
                    slow = _seconds(benchmark, better, column)
                    quick = _seconds(benchmark, worse, column)
                    if slow and quick and slow > quick * (1 + MARGIN):
                        yield Finding(
                            f"benchmarks/{name}/results/{better}/{column}",
                            number(benchmark.results[better][column].value or slow),
                            f"at most {benchmark.results[worse][column].value} and "
                            f"{MARGIN:.0%}, the time of the lesser card {worse}",
                            against=(f"benchmarks/{name}/results/{worse}/{column}",),
                        )


def more_gpus_are_not_slower(dataset: Dataset) -> Iterator[Finding]:
    """The same work on more GPUs of a kind does not take longer.

    If it does, the settings differ in something that the table does not say.
    """
    for name, benchmark in dataset.benchmarks.items():
        for one, other in combinations(benchmark.columns, 2):
            few, many = sorted((one, other), key=lambda c: _gpu_count(benchmark, c))
            if not 0 < _gpu_count(benchmark, few) < _gpu_count(benchmark, many):
                continue
            if benchmark.columns[few].model != benchmark.columns[many].model or workload(
                benchmark, few
            ).model_copy(update={"gpu_count": None}) != workload(benchmark, many).model_copy(
                update={"gpu_count": None}
            ):
                continue
            for gpu in benchmark.results:
                quick, slow = _seconds(benchmark, gpu, many), _seconds(benchmark, gpu, few)
                if quick and slow and quick > slow:
                    yield Finding(
                        f"benchmarks/{name}/results/{gpu}/{many}",
                        number(benchmark.results[gpu][many].value or quick),
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
                        f"a time on compute capability {fact.value}",
                        f"unsupported: {support.kernel} runs on "
                        + " and ".join(support.compute_capabilities),
                        against=(f"gpus/{gpu}/compute_capability/value",),
                    )


def architecture_floor_fits_a_model(dataset: Dataset) -> Iterator[Finding]:
    """On each card that a recommended architecture floor names, some listed model fits.

    A card that is recommended and runs nothing is the costliest advice that a guide can give.
    """
    for ref, table, claim in _requirement_claims(dataset, "architecture_floor"):
        needs = [(need, model) for model, need in _table_needs(dataset, table)]
        for i, gpu in enumerate(claim.gpus):
            members = dataset.gpus[gpu].one_of or [gpu]
            offers = [capacity(dataset, member) for member in members]
            known = [offer.gib for offer in offers if offer]
            if needs and len(known) == len(offers) and max(known) < min(needs)[0]:
                need, model = min(needs)
                yield Finding(
                    f"{ref}/gpus/{i}",
                    f"{gpu} with {_gib(max(known))}",
                    f"a card with at least {_gib(need)}, the least need in {table}",
                    against=(
                        f"requirements/{table}/results/{model}",
                        *(f"derived/gpus/{member}/capacity" for member in members),
                    ),
                )


def sentences_hold(dataset: Dataset) -> Iterator[Finding]:
    """What a sentence of the guide says of its numbers is still so.

    A figure that changes may turn "enough" into "not enough", and the words would stay.
    """
    for name, sentence in dataset.recommendations.items():
        for i, condition in enumerate(sentence.holds):
            keys = (condition.lesser, condition.greater)
            refs = tuple(sentence.operands[key].of for key in keys)
            (less, shown), (more, limit) = (_size_of(dataset, ref) for ref in refs)
            if less > more:
                yield Finding(
                    f"recommendations/{name}/holds/{i}",
                    f"{condition.lesser} ({shown}) above {condition.greater} ({limit})",
                    f"{condition.lesser} at most {condition.greater}, as the sentence says",
                    "write the sentence anew for the figures as they are now",
                    against=refs,
                )


# ---------------------------------------------------------------- what the rules share


def _inference_cells(dataset: Dataset, state: str) -> Iterator[tuple[str, str, str]]:
    """Yield reference, GPU and model of each cell of one GPU, dense settings and ``state``.

    Requirements speak of one GPU that generates with nothing moved off it, so tables that state
    offloading or several GPUs are not compared with them.
    """
    for name, benchmark in dataset.benchmarks.items():
        if benchmark.metric != "generation_time":
            continue
        for column, about in benchmark.columns.items():
            given = workload(benchmark, column)
            if setting(given.offload) not in (None, "not_stated", "none") or setting(
                given.gpu_count
            ) not in (None, "not_stated", 1):
                continue
            for gpu, cells in benchmark.results.items():
                cell = cells.get(column)
                if cell and cell.state == state and not cell.superseded_by:
                    yield f"benchmarks/{name}/results/{gpu}/{column}", gpu, about.model


def _needs(
    dataset: Dataset, *verdicts: str
) -> dict[tuple[str, str], list[tuple[str, Decimal, Decimal]]]:
    """Return the needs of a card and a model that have one of some verdicts.

    Each is the reference of the need, the need, and the capacity of the card, both in GiB.
    """
    found: dict[tuple[str, str], list[tuple[str, Decimal, Decimal]]] = {}
    for gpu in dataset.gpus:
        offer = capacity(dataset, gpu)
        for table in dataset.requirements if offer else ():
            for model, need in _table_needs(dataset, table):
                if offer and verdict(need, offer.gib) in verdicts:
                    ref = f"requirements/{table}/results/{model}"
                    found.setdefault((gpu, model), []).append((ref, need, offer.gib))
    return found


def _memory(need_ref: str, gpu: str) -> tuple[str, ...]:
    """Return the references of a need, a capacity, and the headroom that they leave."""
    _, table, _, model = need_ref.split("/")
    place = f"derived/gpus/{gpu}"
    return need_ref, f"{place}/capacity", f"{place}/headroom/{table}/{model}"


def _table_needs(dataset: Dataset, table: str) -> Iterator[tuple[str, Decimal]]:
    """Yield model and need in GiB of each figure of a requirement table."""
    requirement = dataset.requirements[table]
    for model, cell in requirement.results.items():
        if cell.value:
            yield model, cell.value * BYTES[requirement.read_as] / GIB


def _class_needs(dataset: Dataset, table: str, claim: Claim) -> list[tuple[Decimal, str]]:
    """Return the needs in GiB of the models of the size class that a claim speaks of."""
    return [
        (need, model)
        for model, need in _table_needs(dataset, table)
        if dataset.models[model].size_class == claim.size_class
    ]


def _requirement_claims(dataset: Dataset, kind: str) -> Iterator[tuple[str, str, Claim]]:
    for table, requirement in dataset.requirements.items():
        for name, claim in requirement.claims.items():
            if claim.kind == kind:
                yield f"requirements/{table}/claims/{name}", table, claim


def _seconds(benchmark: Benchmark, gpu: str, column: str) -> Decimal | None:
    """Return a time in seconds; None where there is none, or another table replaces it."""
    cell = benchmark.results.get(gpu, {}).get(column)
    if not cell or cell.value is None or cell.superseded_by:
        return None
    return cell.value * SECONDS[benchmark.unit]


def _speedup(benchmark: Benchmark, gpu: str, fast: str, slow: str) -> Decimal | None:
    quick, plain = _seconds(benchmark, gpu, fast), _seconds(benchmark, gpu, slow)
    return plain / quick if quick and plain else None


def _quotient(exact: Decimal | None, printed: Decimal) -> str:
    if exact is None:
        return "two times to compare"
    right = quantity(rounded(exact, _digits(printed)), "×")
    return f"{right}, for the times give {quantity(rounded(exact, 3), '×')}"


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


def _digits(value: Decimal) -> int:
    return max(0, -int(value.as_tuple().exponent))


def _gib(value: Decimal) -> str:
    return quantity(rounded(value, 2), "GiB")


def _size_of(dataset: Dataset, ref: str) -> tuple[Decimal, str]:
    """Return a figure in the unit of its kind, and that in words: GiB for memory, s for times."""
    value, unit, _ = stored(dataset, ref)
    kind, record, *_ = ref.split("/")
    if kind == "requirements" and "/results/" in ref:
        unit = dataset.requirements[record].read_as
    size = Decimal(value)
    if unit in BYTES:
        size *= BYTES[unit] / GIB
        return size, _gib(size)
    if unit in SECONDS:
        size, unit = size * SECONDS[unit], "s"
    return size, quantity(size, unit)
