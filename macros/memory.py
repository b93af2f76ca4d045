"""Do needs, capacities and what cards were seen to run agree?

Rules that compare memory; the published data break some of them, and there a waiver accepts the
finding. Imports ``figures``, ``readings`` and ``references``; ``rules`` registers these rules.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from .figures import BYTES, GIB, capacity, setting, workload
from .formats import digits, gib, quantity
from .load import Dataset
from .readings import neighbours, readings
from .references import Finding
from .replicas import agreement
from .schema import Claim


def oom_although_it_fits(dataset: Dataset) -> Iterator[Finding]:
    """A model that ran out of memory needs more than the card has.

    Else the need, the capacity or the OOM is wrong, and a reader who trusts one loses a day.
    """
    for ref, found, need, against in _cells_that(dataset, "oom", enough=True):
        yield Finding(ref, found, f"a time: {need}", against=against)


def time_although_it_does_not_fit(dataset: Dataset) -> Iterator[Finding]:
    """A model that has a time on a card fits into its memory.

    Else the run used offloading or another precision, which the reader must know to repeat it.
    """
    hint = "state offload or precision in the workload if they made it fit"
    for ref, found, need, against in _cells_that(dataset, "measured", enough=False):
        yield Finding(ref, found, f"oom: {need}", hint, against=against)


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
                    f"{quantity(claim.memory_gb, 'GB')}, which is {gib(floor)}",
                    f"at least the largest need of the {claim.size_class} models, {gib(need)}",
                    against=(f"requirements/{table}/results/{model}",),
                )


def memory_range_holds_its_class(dataset: Dataset) -> Iterator[Finding]:
    """A printed range of needs contains every need of its size class, and ends at the outer ones.

    A range that was rounded inwards leaves out the model that needs most, or least. An end that
    is a whole printed unit off is no rounding of any need.
    """
    for ref, table, claim in _requirement_claims(dataset, "memory_range"):
        requirement = dataset.requirements[table]
        unit = BYTES[requirement.unit] / BYTES["GB"]
        printed = [
            (cell.value * unit, f"requirements/{table}/results/{model}")
            for model, cell in requirement.results.items()
            if cell.value and dataset.models[model].size_class == claim.size_class
        ]
        if not printed:
            continue
        ends = (
            ("low_gb", claim.low_gb, *min(printed), 1, "the least need, or that rounded down"),
            ("high_gb", claim.high_gb, *max(printed), -1, "the largest need, or that rounded up"),
        )
        for key, end, need, extreme, sign, what in ends:
            if end and not 0 <= sign * (need - end) < Decimal(1).scaleb(-digits(end)):
                found, expected = quantity(end, "GB"), f"{quantity(need, 'GB')}, {what}"
                yield Finding(f"{ref}/{key}", found, expected, against=(extreme,))


def runs_bear_their_reading_out(dataset: Dataset) -> Iterator[Finding]:
    """A run that is said to bear a reading out has a peak that agrees with the need under it.

    The peak is that of the meter which comes nearest to all needs of the table; another one may
    agree with one need by chance. Else the evidence speaks against the reading it stands for.
    """
    if not any(requirement.read_as_runs for requirement in dataset.requirements.values()):
        return
    for table, found in readings(dataset).items():
        requirement = dataset.requirements[table]
        named = (one for one in found if one.unit == requirement.read_as and one.off is not None)
        best = next(named, None)
        unit = BYTES["MiB"] / BYTES[requirement.read_as]
        for i, name in enumerate(requirement.read_as_runs):
            run = dataset.runs[name]
            cell = requirement.results.get(run.model or "")
            need = cell.value if cell else None
            peak = run.peak_mib.get(best.meter) if best else None
            if not need or not peak or agreement(peak * unit / need) != "confirms":
                meter = f" ({best.meter})" if best else ""
                expected = f"a run with a peak{meter} that confirms the need of its model"
                against = (f"requirements/{table}/results/{run.model}",) if cell else ()
                yield Finding(
                    f"requirements/{table}/read_as_runs/{i}", name, expected, against=against
                )


def reading_cites_a_run_of_each_need(dataset: Dataset) -> Iterator[Finding]:
    """A reading that cites runs cites one of each model whose need our runs bear out.

    With one left out, readers would take its need for one that nobody has measured again.
    """
    cites = any(requirement.read_as_runs for requirement in dataset.requirements.values())
    for table, found in readings(dataset).items() if cites else ():
        cited = dataset.requirements[table].read_as_runs
        models = {dataset.runs[name].model for name in cited}
        for best in neighbours(found)[:1] if cited else ():
            for model, (run, ratio) in best.measured.items():
                if agreement(ratio) == "confirms" and model not in models:
                    yield Finding(
                        f"requirements/{table}/read_as_runs",
                        f"no run of {model}",
                        f"one of each model whose need is borne out, such as {run}",
                        against=(f"requirements/{table}/results/{model}",),
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
                    f"{gpu} with {gib(max(known))}",
                    f"a card with at least {gib(need)}, the least need in {table}",
                    against=(
                        f"requirements/{table}/results/{model}",
                        *(f"derived/gpus/{member}/capacity" for member in members),
                    ),
                )


def _cells_that(
    dataset: Dataset, state: str, *, enough: bool
) -> Iterator[tuple[str, str, str, tuple[str, ...]]]:
    """Yield each cell of a state whose card has enough memory for the model, or has not.

    Its reference, its value or state, what the model needs and the card has in words, and the
    references of these.
    Needs are for one GPU with nothing moved off it, so times that state offloading, several GPUs
    or another precision than the need are not compared with it.
    """
    needs = _needs(dataset, enough)
    for name, benchmark in dataset.benchmarks.items():
        for column, about in benchmark.columns.items():
            given, cards = workload(benchmark, column), needs.get(about.model, {})
            if benchmark.metric != "generation_time" or not (
                _is(given.offload, "none") and _is(given.gpu_count, 1)
            ):
                continue
            for gpu, cells in benchmark.results.items():
                if gpu not in cards:
                    continue
                cell = cells.get(column)
                if cell and cell.state == state and not cell.superseded_by:
                    ref = f"benchmarks/{name}/results/{gpu}/{column}"
                    shown = quantity(cell.value, benchmark.unit) if cell.value else state
                    for table, need, has in cards[gpu]:
                        required = f"requirements/{table}/results/{about.model}"
                        fits = "fits" if enough else "does not fit"
                        words = f"{gib(need)} ({required}) {fits} into {gib(has)}"
                        card = f"derived/gpus/{gpu}"
                        headroom = f"{card}/headroom/{table}/{about.model}"
                        precision = dataset.requirements[table].workload.precision
                        if _is(given.precision, setting(precision)):
                            yield ref, shown, words, (required, f"{card}/capacity", headroom)


def _is(stated: object, value: object) -> bool:
    """Return whether a setting is a value, or may be because nobody states it."""
    return setting(stated) in (None, "not_stated", value)


def _needs(
    dataset: Dataset, enough: bool
) -> dict[str, dict[str, list[tuple[str, Decimal, Decimal]]]]:
    """Return the needs of each model for which a card has enough memory, or has not.

    By model and card, each with its table, the need and the capacity in GiB.
    """
    found: dict[str, dict[str, list[tuple[str, Decimal, Decimal]]]] = {}
    offers = {gpu: capacity(dataset, gpu) for gpu in dataset.gpus}
    for table in dataset.requirements:
        for model, need in _table_needs(dataset, table):
            cards = found.setdefault(model, {})
            for gpu, offer in offers.items():
                if offer and (need <= offer.gib) is enough:
                    cards.setdefault(gpu, []).append((table, need, offer.gib))
    return found


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
