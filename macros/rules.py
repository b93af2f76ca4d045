"""Do the records agree with each other?

A rule is one small function from the data set to findings; its name is the function's name, with
hyphens. A new rule is such a function and its line in RULES. Imports ``bounds``,
``contradictions`` and ``references``, never pandas: ``check`` stays quick.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path

from . import bounds, contradictions
from .errors import DataError, Problem, nearest
from .figures import BYTES, SECONDS, setting, speedup_columns, stored, workload
from .formats import UNIT
from .load import Dataset, read
from .references import Finding, cites, claims, matches, references
from .schema import Benchmark, Condition, Gpu, Model, Operand, Recommendation, Requirement
from .values import Cell, Workload

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
    problems = [_problem(dataset, rule, finding) for rule in rules for finding in rule(dataset)]
    trusted = {name_of(known_ids), name_of(groups_of_products), name_of(operands)}
    if whole and not any(problem.rule in trusted for problem in problems):
        problems += _contradictions(dataset)
    return problems


def _contradictions(dataset: Dataset) -> Iterator[Problem]:
    """Yield what no waiver accepts, and each waiver that accepts nothing."""
    waivers = {(one.rule, one.record): name for name, one in dataset.waivers.items()}
    # One that names no rule or no figure is told already.
    unused = {
        name: None
        for name, one in dataset.waivers.items()
        if one.rule in WAIVABLE and matches(dataset, one.record).values
    }
    for rule in CONTRADICTIONS:
        for finding in rule(dataset):
            accepted = waivers.get((name_of(rule), finding.ref))
            if accepted is None:
                yield _problem(dataset, rule, finding)
            else:
                unused.pop(accepted, None)
    for name in unused:
        waiver = dataset.waivers[name]
        yield dataset.problem(
            f"waivers/{name}/record", "waiver-matches", waiver.record,
            f"a figure that breaks {waiver.rule}", "take the waiver out: nothing needs it",
        )  # fmt: skip


def _problem(dataset: Dataset, rule: Rule, finding: Finding) -> Problem:
    return dataset.problem(
        finding.ref, name_of(rule), finding.found, finding.expected, finding.hint, finding.name
    )


def due(dataset: Dataset, today: str) -> list[Problem]:
    """Return a problem for each waiver whose review date has come; a day such as 2026-11-22."""
    return [
        dataset.problem(
            f"waivers/{name}/review_on", "due", str(waiver.review_on), f"a day after {today}",
            "look at the evidence again, then remove the waiver or set a later day",
        )
        for name, waiver in dataset.waivers.items()
        if waiver.review_on.isoformat() <= today
    ]  # fmt: skip


def name_of(rule: Rule) -> str:
    """Return the name under which a rule is reported and waived."""
    return rule.__name__.replace("_", "-")


def explained(name: str) -> tuple[str, str]:
    """Return what the rule of that name demands and why, as its docstring says it."""
    share = f"{(contradictions.MARGIN * 100).normalize():f} per cent"
    words = (inspect.getdoc(_NAMED[name]) or "").replace("MARGIN", share)
    demand, _, reason = words.partition("\n\n")
    return demand, reason


def accepted(dataset: Dataset) -> dict[str, Finding]:
    """Return the finding that each waiver accepts, by the id of the waiver."""
    waivers = {(one.rule, one.record): name for name, one in dataset.waivers.items()}
    found = {}
    for rule in dict.fromkeys(one.rule for one in dataset.waivers.values()):
        for finding in _NAMED[rule](dataset):
            if name := waivers.get((rule, finding.ref)):
                found[name] = finding
    return found


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
        if waiver.rule not in WAIVABLE:
            hint = nearest(waiver.rule, WAIVABLE)
            expected = "the name of a rule that compares figures"
            yield Finding(f"waivers/{name}/rule", waiver.rule, expected, hint)


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
        for i, condition in enumerate(sentence.holds):
            yield from _comparable(
                dataset, sentence, condition, f"recommendations/{name}/holds/{i}"
            )


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


def units_read_as_printed(dataset: Dataset) -> Iterator[Finding]:
    """A need is read in the unit that its source prints; only GB may be taken to mean GiB.

    That reading asks for more memory. Any other change of unit would make needs look smaller.
    """
    for name, requirement in dataset.requirements.items():
        printed, read_as = requirement.unit, requirement.read_as
        if read_as not in ((printed, "GiB") if printed == "GB" else (printed,)):
            expected = "GB or GiB" if printed == "GB" else printed
            yield Finding(f"requirements/{name}/read_as", read_as, expected)


def sentences_take_their_numbers(dataset: Dataset) -> Iterator[Finding]:
    """A sentence of the guide holds no typed number with a unit; an operand brings it.

    A typed number stays as it is when its figure changes.
    """
    for name, sentence in dataset.recommendations.items():
        for typed in re.finditer(rf"\d[\d.,]*{UNIT}", sentence.text):
            hint = "write {name} and give its operand"
            yield Finding(f"recommendations/{name}/text", typed[0], "a number from operands", hint)


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
    units_read_as_printed,
    sentences_take_their_numbers,
    bounds.plausible_times,
    bounds.plausible_memory,
    bounds.plausible_usable_memory,
    bounds.plausible_factors,
    bounds.plausible_settings,
)
# These say that something is not there, which is certain only when every record could be read.
RULES_OF_WHOLE_DATA: tuple[Rule, ...] = (known_references, operands, known_words, sources_used)
# These compare figures, and only findings of theirs may be waived.
CONTRADICTIONS: tuple[Rule, ...] = (
    contradictions.oom_although_it_fits,
    contradictions.time_although_it_does_not_fit,
    contradictions.memory_floor_holds_its_class,
    contradictions.memory_range_holds_its_class,
    contradictions.speedup_follows_from_times,
    contradictions.bounds_hold_their_tables,
    contradictions.larger_model_is_not_faster,
    contradictions.better_card_is_not_slower,
    contradictions.more_gpus_are_not_slower,
    contradictions.sparse_attention_is_supported,
    contradictions.architecture_floor_fits_a_model,
    contradictions.sentences_hold,
)
WAIVABLE = tuple(name_of(rule) for rule in CONTRADICTIONS)
_NAMED = {name_of(rule): rule for rule in (*RULES, *RULES_OF_WHOLE_DATA, *CONTRADICTIONS)}
