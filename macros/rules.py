"""Do the records agree with each other?

A rule is one small function from the data set to findings; its name is the function's name, with
hyphens. The modules below hold the rules, each for one question; a new rule is a function there
and its line in a list here. Never imports pandas: ``check`` stays quick.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from pathlib import Path

from . import bounds, claims, measurements, memory, names, order, sentences, sourcing
from .errors import DataError, Problem, nearest
from .load import Dataset, read
from .references import Finding, matches

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
    trusted = set(map(name_of, (names.known_ids, names.groups_of_products, sentences.operands)))
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
                hint = finding.hint or "mend it, or say in waivers.yml why it stays"
                yield _problem(dataset, rule, finding._replace(hint=hint))
                continue
            unused.pop(accepted, None)
            if (once := dataset.waivers[accepted].found) != finding.found:
                hint = f"the waiver {accepted} accepts {once}; look at its evidence again"
                yield _problem(dataset, rule, finding._replace(hint=hint))
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
    share = f"{(order.MARGIN * 100).normalize():f} in a hundred"
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


def waivers_name_a_rule(dataset: Dataset) -> Iterator[Finding]:
    """A waiver names a rule that compares figures.

    Nothing else can be accepted: what breaks another rule is a slip, and gets mended.
    """
    for name, waiver in dataset.waivers.items():
        if waiver.rule not in WAIVABLE:
            hint = nearest(waiver.rule, WAIVABLE)
            expected = "the name of a rule that compares figures"
            yield Finding(f"waivers/{name}/rule", waiver.rule, expected, hint)


# ---------------------------------------------------------------- all rules


RULES: tuple[Rule, ...] = (
    names.known_ids,
    names.unique_names,
    names.unique_headings,
    names.tasks_of_models,
    names.groups_of_products,
    names.one_architecture,
    names.superseded_by_another,
    waivers_name_a_rule,
    sourcing.sources_pinned,
    sourcing.sources_once,
    sourcing.sources_read_after_they_were_written,
    sourcing.one_figure,
    sourcing.rows_match_lines,
    sourcing.units_read_as_printed,
    claims.claims_stand_with_their_figures,
    sentences.sentences_take_their_numbers,
    bounds.plausible_times,
    bounds.plausible_memory,
    bounds.plausible_usable_memory,
    bounds.plausible_size_classes,
    bounds.plausible_factors,
    bounds.plausible_settings,
    measurements.run_bears_its_names,
    measurements.run_is_of_its_card,
    measurements.run_memory_is_in_order,
    measurements.runs_supersede_their_like,
)
# These say that something is not there, which is certain only when every record could be read.
RULES_OF_WHOLE_DATA: tuple[Rule, ...] = (
    names.known_references,
    names.known_words,
    sentences.operands,
    sourcing.sources_used,
)
# These compare figures, and only findings of theirs may be waived.
CONTRADICTIONS: tuple[Rule, ...] = (
    memory.oom_although_it_fits,
    memory.time_although_it_does_not_fit,
    memory.memory_floor_holds_its_class,
    memory.memory_range_holds_its_class,
    memory.runs_bear_their_reading_out,
    memory.reading_cites_a_run_of_each_need,
    claims.speedup_follows_from_times,
    claims.bounds_hold_their_tables,
    order.larger_model_is_not_faster,
    order.better_card_is_not_slower,
    order.more_gpus_are_not_slower,
    order.sparse_attention_is_supported,
    memory.architecture_floor_fits_a_model,
    sentences.sentences_hold,
)
WAIVABLE = tuple(name_of(rule) for rule in CONTRADICTIONS)
_NAMED = {name_of(rule): rule for rule in (*RULES, *RULES_OF_WHOLE_DATA, *CONTRADICTIONS)}
