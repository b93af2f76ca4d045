"""Do the records agree with each other?

A rule is one small function from the data set to findings; its name is the function's name, with
hyphens. A new rule is such a function and its line in RULES. Imports ``bounds``, ``references``
and ``figures``, never pandas: ``check`` stays quick.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path

from . import bounds
from .errors import DataError, Problem, nearest
from .figures import setting, speedup_columns, workload
from .load import Dataset, read
from .references import Finding, cites, claims, matches, references
from .schema import Benchmark, Gpu, Model, Operand, Requirement, Workload
from .values import Cell

Rule = Callable[[Dataset], Iterator[Finding]]


def checked(root: Path) -> Dataset:
    """Read the records under ``root`` and return them if nothing is wrong with them.

    Raises DataError with every problem of every file; its files begin with ``root`` as it was
    given, so that a terminal finds them. CannotRun if there is nothing to read.
    """
    dataset, problems = read(root)
    problems += check(dataset, whole=not problems)
    if problems:
        raise DataError(problem.under(root) for problem in problems)
    return dataset


def check(dataset: Dataset, whole: bool = True) -> list[Problem]:
    """Return the problems that the rules find.

    ``whole`` is false for what is left of a data set of which some records cannot be read; then
    the rules that would miss these records are left out.
    """
    rules = (*RULES, *RULES_OF_WHOLE_DATA) if whole else RULES
    return [
        dataset.problem(
            finding.ref, name_of(rule), finding.found, finding.expected, finding.hint, finding.name
        )
        for rule in rules
        for finding in rule(dataset)
    ]


def name_of(rule: Rule) -> str:
    """Return the name under which a rule is reported and waived."""
    return rule.__name__.replace("_", "-")


# ---------------------------------------------------------------- ids


def known_ids(dataset: Dataset) -> Iterator[Finding]:
    """Every id that a record names belongs to a record.

    A mistyped id would be a new, empty record to every table that is made from it.
    """
    for reference in references(dataset):
        if reference.id not in reference.known:
            yield Finding(
                reference.ref,
                reference.id,
                f"the id of a {reference.what}",
                nearest(reference.id, reference.known),
                reference.name,
            )


def known_references(dataset: Dataset) -> Iterator[Finding]:
    """A note or waiver concerns figures that are in the data.

    One that matches nothing would never be shown, and nobody would notice.
    """
    for name, note in dataset.notes.items():
        for i, ref in enumerate(note.concerns):
            yield from _unresolved(dataset, ref, f"notes/{name}/concerns/{i}")
    for name, waiver in dataset.waivers.items():
        yield from _unresolved(dataset, waiver.record, f"waivers/{name}/record")
        if waiver.rule not in RULE_NAMES:
            hint = nearest(waiver.rule, RULE_NAMES)
            yield Finding(f"waivers/{name}/rule", waiver.rule, "the name of a rule", hint)


def _unresolved(dataset: Dataset, ref: str, place: str) -> Iterator[Finding]:
    matched = matches(dataset, ref)
    if not matched.values:
        expected = f"a reference into the data; there is no {matched.lost} here"
        yield Finding(place, ref, expected, nearest(matched.lost, matched.known))


def operands(dataset: Dataset) -> Iterator[Finding]:
    """Every operand of a sentence is a figure, or the figures of a table, in the data.

    A sentence must not be printed with a number missing, or with a state where a number belongs.
    """
    for name, sentence in dataset.recommendations.items():
        for key, operand in sentence.operands.items():
            place = f"recommendations/{name}/operands/{key}"
            yield from (_figure if operand.take == "value" else _figures)(dataset, operand, place)


def _figure(dataset: Dataset, operand: Operand, place: str) -> Iterator[Finding]:
    for key in ("size_class", "column"):
        if getattr(operand, key):
            yield Finding(f"{place}/{key}", f"{key} beside take: value", f"{key} with min or max")
    lost = list(_unresolved(dataset, operand.of, f"{place}/of"))
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
    """Yield column, "" in a requirement, and size class of each figure that a table has."""
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
            if all(name in row and row[name].value for name in (column, over)):
                yield column, _size_class(dataset, benchmark.columns[column].model)


def _size_class(dataset: Dataset, model: str) -> str:
    return dataset.models[model].size_class if model in dataset.models else ""


# ---------------------------------------------------------------- records of one kind


def unique_names(dataset: Dataset) -> Iterator[Finding]:
    """A name or alias belongs to one record of its kind.

    Readers search for these words and tables print them; one word for two cards misleads both.
    """
    kinds: dict[str, Mapping[str, Gpu | Model]] = {"gpus": dataset.gpus, "models": dataset.models}
    for kind, records in kinds.items():
        owners: dict[str, str] = {}
        for record_id, record in records.items():
            names = {f"{kind}/{record_id}/name": record.name}
            names |= {f"{kind}/{record_id}/aliases/{i}": a for i, a in enumerate(record.aliases)}
            for ref, name in names.items():
                owner = owners.setdefault(" ".join(name.casefold().split()), ref)
                if owner != ref:
                    yield Finding(ref, name, "a name of its own", f"it stands at {owner} too")


def groups_of_products(dataset: Dataset) -> Iterator[Finding]:
    """The members of a group are different products, never groups.

    A group says which cards a published name may mean; a group in it would say nothing.
    """
    for gpu, card in dataset.gpus.items():
        for i, member in enumerate(card.one_of):
            ref = f"gpus/{gpu}/one_of/{i}"
            if member in card.one_of[:i]:
                yield Finding(ref, f"{member} again", "each product once")
            if member in dataset.gpus and dataset.gpus[member].one_of:
                yield Finding(ref, f"{member}, a group", "products", "name the members instead")


def one_architecture(dataset: Dataset) -> Iterator[Finding]:
    """Cards of one compute capability have one architecture.

    The maker gives each capability to one architecture, so a second one is a slip of the pen.
    """
    first: dict[str, tuple[str, str]] = {}
    for gpu, card in dataset.gpus.items():
        if card.compute_capability and card.architecture:
            name, capability = card.architecture.value, card.compute_capability.value
            other, known = first.setdefault(capability, (gpu, name))
            if name != known:
                expected = f"{known}, as {other} has with compute capability {capability}"
                yield Finding(f"gpus/{gpu}/architecture/value", name, expected)


# ---------------------------------------------------------------- sources


def sources_pinned(dataset: Dataset) -> Iterator[Finding]:
    """A file in a repository is cited at a full commit.

    A branch moves on, and the figure that was read there is gone.
    """
    for name, source in dataset.sources.items():
        if source.url and _FILE_OF_REPOSITORY.search(source.url):
            expected = "repository, commit and path, or a full commit in the address"
            yield Finding(f"sources/{name}/url", source.url, expected)


# Addresses of files as GitHub, GitLab, Gitea and Hugging Face write them, without a commit.
_FILE_OF_REPOSITORY = re.compile(
    r"(?i)^https://(?:[^/]*\.)?(?:github\.com/[^/]+/[^/]+/(?:blob|raw|tree|edit)/|github"
    r"usercontent\.com/)|^https://.*/(?:blob|raw|tree|resolve|src/branch)/(?![0-9a-f]{40}/)"
)


def sources_once(dataset: Dataset) -> Iterator[Finding]:
    """A document is one source.

    Two records of it would let one figure be published twice.
    """
    first: dict[str, str] = {}
    for name, source in dataset.sources.items():
        other = first.setdefault(source.href(), name)
        if other != name:
            yield Finding(f"sources/{name}", name, f"{other}, the same document", name=True)


def sources_read_after_they_were_written(dataset: Dataset) -> Iterator[Finding]:
    """A document is read on or after the date it bears.

    Otherwise one of the two dates is wrong, and pages show the date of reading.
    """
    for name, source in dataset.sources.items():
        if source.dated and source.dated > source.read_on:
            found, expected = source.read_on.isoformat(), f"{source.dated} or later"
            yield Finding(f"sources/{name}/read_on", found, expected)


def sources_used(dataset: Dataset) -> Iterator[Finding]:
    """Every source stands behind something.

    One that nothing cites is left over, or the figure that it was meant for cites another.
    """
    used = {cite.id for _, cite in cites(dataset)}
    for name in dataset.sources:
        if name not in used:
            expected, hint = "a source that a record cites", "cite it, or take it out"
            yield Finding(f"sources/{name}", name, expected, hint, name=True)


# ---------------------------------------------------------------- tables


def one_figure(dataset: Dataset) -> Iterator[Finding]:
    """There is one figure for a GPU, a model and a workload from one source.

    Two would let the guide contradict itself. Columns that differ need settings that differ.
    """
    first: dict[tuple[object, ...], str] = {}
    for table, benchmark in dataset.benchmarks.items():
        about = {
            name: (benchmark.metric, column.model, *_settings(workload(benchmark, name)))
            for name, column in benchmark.columns.items()
        }
        for gpu, row in benchmark.results.items():
            for column, cell in row.items():
                if column in about and cell.state != "not_measured":
                    ref = f"benchmarks/{table}/results/{gpu}/{column}"
                    yield from _once(first, (benchmark.source.id, gpu, *about[column]), ref, cell)
    for table, requirement in dataset.requirements.items():
        settings = _settings(requirement.workload)
        for model, cell in requirement.results.items():
            ref = f"requirements/{table}/results/{model}"
            yield from _once(first, (requirement.source.id, model, *settings), ref, cell)


def _once(
    first: dict[tuple[object, ...], str], about: tuple[object, ...], ref: str, cell: Cell
) -> Iterator[Finding]:
    other = first.setdefault(about, ref)
    if other != ref:
        found = str(cell.value or cell.state)
        expected = "one figure for this GPU, model, workload and source"
        yield Finding(ref, found, expected, f"{other} has one too; which setting differs?")


def _settings(about: Workload) -> tuple[object, ...]:
    values = (setting(getattr(about, name)) for name in Workload.model_fields)
    return tuple("not_stated" if value is None else value for value in values)


def rows_match_lines(dataset: Dataset) -> Iterator[Finding]:
    """A table has as many rows as its source has lines.

    So a row that was forgotten, or typed twice, is seen.
    """
    tables: dict[str, Mapping[str, Benchmark | Requirement]] = {
        "benchmarks": dataset.benchmarks, "requirements": dataset.requirements,
    }  # fmt: skip
    for kind, records in tables.items():
        for name, table in records.items():
            lines, rows = len(table.source.numbers()), len(table.results)
            if lines and lines != rows:
                found = f"source lines: {lines}"
                expected = f"{rows}, one for each row below"
                yield Finding(f"{kind}/{name}/source/lines", found, expected)


def superseded_by_another(dataset: Dataset) -> Iterator[Finding]:
    """A superseded figure has its successor in another table.

    Readers are sent there, so the table must hold a figure for the same GPU and model.
    """
    for table, benchmark in dataset.benchmarks.items():
        for gpu, row in benchmark.results.items():
            for column, cell in row.items():
                successor = dataset.benchmarks.get(cell.superseded_by or "")
                if not successor or column not in benchmark.columns:
                    continue
                model = benchmark.columns[column].model
                named = [c for c, about in successor.columns.items() if about.model == model]
                if successor is benchmark or not {*named} & {*successor.results.get(gpu, ())}:
                    ref = f"benchmarks/{table}/results/{gpu}/{column}/superseded_by"
                    expected = f"another table with a result for {gpu} and {model}"
                    yield Finding(ref, str(cell.superseded_by), expected)


def known_words(dataset: Dataset) -> Iterator[Finding]:
    """A claim speaks of an architecture or size class that some record has.

    A claim about nothing would be checked against nothing, and pass.
    """
    words = {
        "architecture": {card.architecture.value for card in dataset.gpus.values()
                         if card.architecture},
        "size_class": {model.size_class for model in dataset.models.values()},
    }  # fmt: skip
    for ref, claim in claims(dataset):
        for key, known in words.items():
            word = getattr(claim, key)
            if word and word not in known:
                what = key.replace("_", " ")
                yield Finding(f"{ref}/{key}", word, f"a known {what}", nearest(word, sorted(known)))


# ---------------------------------------------------------------- all rules


RULES: tuple[Rule, ...] = (
    known_ids,
    unique_names,
    groups_of_products,
    one_architecture,
    sources_pinned,
    sources_once,
    sources_read_after_they_were_written,
    one_figure,
    rows_match_lines,
    superseded_by_another,
    bounds.plausible_times,
    bounds.plausible_memory,
    bounds.plausible_usable_memory,
    bounds.plausible_factors,
    bounds.plausible_settings,
)
# These say that something is not there, which is certain only when every record could be read.
RULES_OF_WHOLE_DATA: tuple[Rule, ...] = (known_references, operands, known_words, sources_used)
RULE_NAMES = tuple(name_of(rule) for rule in (*RULES, *RULES_OF_WHOLE_DATA))
