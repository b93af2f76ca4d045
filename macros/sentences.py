"""Can each sentence of the guide be filled from the data, and do its words still hold?

Rules on recommendations and their operands. Imports ``figures`` and ``references``; ``rules``
registers these rules.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from decimal import Decimal

from .errors import nearest
from .figures import BYTES, GIB, SECONDS, setting, speedup_columns, stored
from .formats import UNIT, gib, quantity
from .load import Dataset
from .references import Finding, matches, unresolved
from .schema import Condition, Operand, Recommendation
from .values import Cell


def operands(dataset: Dataset) -> Iterator[Finding]:
    """Every operand of a sentence is a figure, or the figures of a table, in the data.

    A sentence must not be printed with a number missing, or with a state where a number belongs.
    """
    for name, sentence in dataset.recommendations.items():
        for key, operand in sentence.operands.items():
            place = f"recommendations/{name}/operands/{key}"
            yield from (_figure if operand.take == "value" else _figures)(dataset, operand, place)
        for i, condition in enumerate(sentence.holds):
            yield from _comparable(
                dataset, sentence, condition, f"recommendations/{name}/holds/{i}"
            )


def _figure(dataset: Dataset, operand: Operand, place: str) -> Iterator[Finding]:
    for key in ("size_class", "column"):
        if getattr(operand, key):
            yield Finding(f"{place}/{key}", f"{key} beside take: value", f"{key} with min or max")
    lost = list(unresolved(dataset, operand.of, f"{place}/of"))
    yield from lost
    value = None if lost or "*" in operand.of else matches(dataset, operand.of).values[0]
    value = value.value if isinstance(value, Cell) else setting(value)
    number = isinstance(value, (int, Decimal))
    if not lost and not number and not isinstance(value, str):
        yield Finding(f"{place}/of", operand.of, "the reference of one number")


def _figures(dataset: Dataset, operand: Operand, place: str) -> Iterator[Finding]:
    kind, _, table = operand.of.partition("/")
    tables: dict[str, Collection[str]] = {
        "benchmarks": dataset.benchmarks,
        "requirements": dataset.requirements,
        "speedups": dataset.benchmarks,
    }
    known = tables.get(kind, ())
    if table not in known:
        expected = "benchmarks/<id>, requirements/<id> or speedups/<id of a benchmark>"
        yield Finding(f"{place}/of", operand.of, expected, nearest(table, known))
        return
    chosen = set(_columns(dataset, kind, table))
    for at, key in enumerate(("column", "size_class")):
        wanted = getattr(operand, key)
        words = sorted({column[at] for column in chosen} - {""})
        chosen = {column for column in chosen if wanted in (None, column[at])}
        if words and not chosen:
            expected = f"a {key} with figures in {operand.of}"
            yield Finding(f"{place}/{key}", wanted, expected, nearest(wanted, words))
            return
    if not chosen:
        yield Finding(f"{place}/of", operand.of, "a table with figures, and a column it has")


def _columns(dataset: Dataset, kind: str, table: str) -> Iterator[tuple[str, str]]:
    """Yield column, "" in a requirement, and size class of each figure that counts in a table."""
    if kind == "requirements":
        cells = dataset.requirements[table].results.items()
        yield from (("", _size_class(dataset, model)) for model, cell in cells if cell.value)
        return
    benchmark = dataset.benchmarks[table]
    pairs: Iterable[tuple[str, str]] = ((column, column) for column in benchmark.columns)
    if kind == "speedups":
        pairs = speedup_columns(benchmark)
    for column, over in pairs:
        for row in benchmark.results.values():
            if _counts(row.get(column)) and _counts(row.get(over)):
                yield column, _size_class(dataset, benchmark.columns[column].model)


def _counts(cell: Cell | None) -> bool:
    """Return whether a cell has a figure that no newer one replaces."""
    return bool(cell and cell.value and not cell.superseded_by)


def _size_class(dataset: Dataset, model: str) -> str:
    return dataset.models[model].size_class if model in dataset.models else ""


def _comparable(
    dataset: Dataset, sentence: Recommendation, condition: Condition, place: str
) -> Iterator[Finding]:
    """Yield what keeps two numbers of a sentence from being compared."""
    single = {key: one.of for key, one in sentence.operands.items() if one.take == "value"}
    sizes: list[str] = []
    for key in ("lesser", "greater"):
        name = getattr(condition, key)
        if name not in single:
            expected = "an operand of this sentence with take: value"
            yield Finding(f"{place}/{key}", name, expected, nearest(name, single))
            continue
        try:
            value, unit, _ = stored(dataset, single[name])
        except KeyError:  # told with the operand itself
            continue
        what = "memory" if unit in BYTES else "a time" if unit in SECONDS else unit or "a count"
        sizes.append(what if isinstance(value, Decimal) else "text")
    if condition.lesser == condition.greater:
        yield Finding(f"{place}/greater", condition.greater, "another operand than lesser")
    if "text" in sizes or len(set(sizes)) > 1:
        yield Finding(place, " beside ".join(sizes), "two numbers of one kind, such as times")


def sentences_take_their_numbers(dataset: Dataset) -> Iterator[Finding]:
    """A sentence of the guide holds no typed number with a unit; an operand brings it.

    A typed number stays as it is when its figure changes.
    """
    for name, sentence in dataset.recommendations.items():
        for typed in re.finditer(rf"\d[\d.,]*{UNIT}", sentence.text):
            hint = "write {name} and give its operand"
            yield Finding(f"recommendations/{name}/text", typed[0], "a number from operands", hint)


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


def _size_of(dataset: Dataset, ref: str) -> tuple[Decimal, str]:
    """Return a figure in the unit of its kind, and that in words: GiB for memory, s for times."""
    value, unit, _ = stored(dataset, ref)
    kind, record, *_ = ref.split("/")
    if kind == "requirements" and "/results/" in ref:
        unit = dataset.requirements[record].read_as
    size = Decimal(value)
    if unit in BYTES:
        size *= BYTES[unit] / GIB
        return size, gib(size)
    if unit in SECONDS:
        size, unit = size * SECONDS[unit], "s"
    return size, quantity(size, unit)
