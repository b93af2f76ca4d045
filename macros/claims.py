"""Does what a source says of its own times follow from these times?

Rules on printed speed-ups, and on "up to", "at least" and "all". Imports ``figures`` and
``references``; ``rules`` registers these rules.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from .figures import agrees, speedup_columns
from .formats import digits, quantity, rounded
from .load import Dataset
from .references import Finding, claims
from .schema import Benchmark, Claim
from .values import Cell

# What a source can say of needs; all else it says of times.
_OF_NEEDS = ("memory_floor", "memory_range", "architecture_floor")


def claims_stand_with_their_figures(dataset: Dataset) -> Iterator[Finding]:
    """A claim about times stands in a table of times, and one about memory in a table of needs.

    In the other one, nothing would compare it with any figure.
    """
    for ref, claim in claims(dataset):
        home = "requirements" if claim.kind in _OF_NEEDS else "benchmarks"
        if not ref.startswith(home):
            yield Finding(f"{ref}/kind", claim.kind, f"a claim of this kind in a file of {home}")


def speedup_follows_from_times(dataset: Dataset) -> Iterator[Finding]:
    """A printed speed-up is the quotient of its two times, rounded to the printed digits.

    A factor that was typed can drift from its own operands; it is checked, never trusted.
    """
    for name, benchmark in dataset.benchmarks.items():
        for claim_id, claim in benchmark.claims.items():
            for gpu, printed in claim.factors.items():
                exact = _speedup(
                    benchmark.results.get(gpu, {}), claim.column or "", claim.over or ""
                )
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


def _quotient(exact: Decimal | None, printed: Decimal) -> str:
    if exact is None:
        return "two times to compare"
    right = quantity(rounded(exact, digits(printed)), "×")
    return f"{right}, for the times give {quantity(rounded(exact, 3), '×')}"


def bounds_hold_their_tables(dataset: Dataset) -> Iterator[Finding]:
    """A claim of "up to", "at least" or "all" holds for every figure that it speaks of.

    The figure that breaks it stands in the same document, so readers do not know which to trust.
    No exact quotient may lie beyond a limit, and one must reach "up to" when it is rounded so.
    """
    for name, benchmark in dataset.benchmarks.items():
        for claim_id, claim in benchmark.claims.items():
            ref = f"benchmarks/{name}/claims/{claim_id}"
            if claim.kind == "all_measured":
                yield from _all(benchmark, claim, ref, f"benchmarks/{name}/results")
            elif claim.factor is not None:
                yield from _limit(claim.kind, claim.factor, _factors(dataset, claim), ref)


def _all(benchmark: Benchmark, claim: Claim, ref: str, results: str) -> Iterator[Finding]:
    for gpu, cells in benchmark.results.items():
        if not (cell := cells.get(claim.column or "")) or cell.state != "measured":
            found = f"{cell.state if cell else 'not_measured'} on {gpu}"
            against = (f"{results}/{gpu}/{claim.column}",)
            yield Finding(f"{ref}/column", found, "a time on every GPU", against=against)


def _limit(
    kind: str, printed: Decimal, factors: list[tuple[Decimal, str]], ref: str
) -> Iterator[Finding]:
    """Yield what a claim is broken by: no exact speed-up may lie beyond it.

    "Up to" also says that one reaches it, once rounded to the printed digits.
    """
    if not factors:
        found = "tables without a speed-up"
        yield Finding(f"{ref}/benchmarks", found, "tables that have what is claimed")
        return
    if kind == "at_most":
        exact, extreme = max(factors)
        beyond, word = exact > printed, "at least"
        missed = rounded(exact, digits(printed)) < printed
    else:
        exact, extreme = min(factors)
        beyond, word, missed = exact < printed, "at most", False
    if beyond or missed:
        limit = quantity(_apart(exact, printed), "×")
        _, _, table, _, gpu, column = extreme.split("/")
        where = f"in column {column} of {table} on {gpu}"
        expected = f"{word} {limit}, as {where}" if beyond else f"{limit}, the most, {where}"
        yield Finding(f"{ref}/factor", quantity(printed, "×"), expected, against=(extreme,))


def _apart(exact: Decimal, printed: Decimal) -> Decimal:
    """Return a number rounded to as many digits as tell it from the printed one."""
    places = digits(printed)
    while rounded(exact, places) == printed:
        places += 1
    return rounded(exact, places)


def _factors(dataset: Dataset, claim: Claim) -> list[tuple[Decimal, str]]:
    """Return the exact speed-ups of the tables of a claim.

    Those of times that a newer table replaces are among them: the claim was made of them too.
    """
    return [
        (exact, f"derived/benchmarks/{table}/speedup/{gpu}/{fast}")
        for table in claim.benchmarks
        for fast, slow in speedup_columns(dataset.benchmarks[table])
        for gpu, row in dataset.benchmarks[table].results.items()
        if (exact := _speedup(row, fast, slow))
    ]


def _speedup(row: Mapping[str, Cell], fast: str, slow: str) -> Decimal | None:
    """Return the exact quotient of two times in one row; None if one is missing."""
    quick, plain = row.get(fast), row.get(slow)
    return plain.value / quick.value if quick and plain and quick.value and plain.value else None
