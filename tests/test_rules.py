"""Does each rule accept what is right and refuse what is wrong, with place and hint?"""

from __future__ import annotations

import shutil
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from macros import bounds, claims, measurements, memory, names, order, rules, sentences, sourcing
from macros.errors import report
from macros.load import load, read
from macros.rules import (
    CONTRADICTIONS,
    RULES,
    RULES_OF_WHOLE_DATA,
    WAIVABLE,
    check,
    checked,
    due,
    name_of,
)
from tests.conftest import changes, complaints
from tests.test_replicas import peak

SPEECH = "benchmarks/aria-speech.yml"
SPARSE = "benchmarks/aria-sparse.yml"
FIRST = "benchmarks/aria-speech-2025.yml"
NEED = "requirements/aria-memory.yml"
WAIVER = """\
slow-quill:
  rule: {rule}
  record: {record}
  found: {found}
  reason: The page prints it so.
  evidence: [{{id: aria-performance}}]
  review_on: {day}
"""
MODULES = (rules, bounds, claims, measurements, memory, names, order, sentences, sourcing)
ALL = (*RULES, *RULES_OF_WHOLE_DATA, *CONTRADICTIONS)


def test_the_small_data_set_breaks_no_rule(dataset):
    assert check(dataset) == []


def test_the_data_of_the_guide_break_no_rule():
    assert checked(Path(__file__).parents[1] / "data").gpus


def test_every_rule_says_what_it_wants_and_why():
    """Two sentences at least: the first line, and the reason below it."""
    for rule in ALL:
        what, _, why = (rule.__doc__ or "").partition("\n\n")
        assert what.endswith("."), name_of(rule)
        assert why.strip().endswith("."), name_of(rule)


def test_every_rule_is_registered():
    found = {
        name_of(value)
        for module in MODULES
        for name, value in vars(module).items()
        if getattr(value, "__annotations__", {}).get("return") == "Iterator[Finding]"
        and value.__module__ == module.__name__
        and not name.startswith("_")
    }

    assert sorted(found) == sorted(map(name_of, ALL))


# tests/rules.txt has in each of its parts a rule, a file, a change of it (- what is taken away, +
# what is put in its place), and what the rule says to that: nothing, or a report.
PARTS = list(changes("rules.txt"))


@pytest.mark.parametrize(("rule_and_file", "old", "new", "expected"), PARTS)
def test_a_rule_accepts_what_is_right_and_refuses_what_is_wrong(
    data, rule_and_file, old, new, expected
):
    rule, file = rule_and_file.split(": ")
    path = data / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")

    dataset, problems = read(data)
    assert not problems
    broken = [problem for problem in check(dataset) if problem.rule == rule]
    assert report(broken).rpartition("\n\n")[0] == expected


def test_every_rule_has_an_accepted_and_a_refused_case():
    tried = {(part.values[0].split(": ")[0], bool(part.values[3])) for part in PARTS}

    assert tried == {(rule, refused) for rule in map(name_of, ALL) for refused in (True, False)}


@pytest.mark.parametrize("name", ["named", "by-chance"])
def test_a_reading_is_borne_out_by_the_meter_that_it_names_and_no_other(dataset, name):
    lean = peak(18.6, knobs={"text_encoder_precision": "bfloat16"})
    assert lean.peak_mib["device"] / 1024 == Decimal("20.6"), "near the need, by another meter"
    table = dataset.requirements["aria-memory"].model_copy(update={"read_as_runs": [name]})
    made = replace(
        dataset,
        runs={"named": peak(20.5), "by-chance": lean},
        requirements={"aria-memory": table},
    )
    expected = "a run with a peak (allocated) that confirms the need of its model"
    found = [one.expected for one in memory.runs_bear_their_reading_out(made)]
    assert found == ([] if name == "named" else [expected])


def test_two_runs_never_supersede_the_same(data):
    text = (data / "runs/ember-80-oom-2.yml").read_text(encoding="utf-8")
    (data / "runs/ember-80-oom-3.yml").write_text(text, encoding="utf-8")

    (problem,) = check(load(data))
    assert problem.expected == "a run that ember-80-oom-2 does not supersede already"


def test_two_runs_never_supersede_each_other(edit):
    data = edit("runs/ember-80-oom.yml", "outcome: oom", "outcome: oom\nsupersedes: ember-80-oom-2")

    assert [problem.rule for problem in check(load(data))] == ["runs-supersede-their-like"] * 2


def test_a_larger_model_of_another_task_may_be_faster(edit):
    data = edit(SPEECH, "aria-large: 8.5", "aria-large: 2.49")
    rule = order.larger_model_is_not_faster
    assert len(list(rule(load(data)))) == 1
    edit("models/aria-large.yml", "task: text2speech", "task: speech2speech")
    assert list(rule(load(data))) == []


# What is known to be wrong in the published data, each found by its rule and not by its waiver.
PUBLISHED = {
    ("memory-floor-holds-its-class", "requirements/predict2-performance/claims/floor-2b/memory_gb"),
    ("time-although-it-does-not-fit",
     "benchmarks/predict2-480p/results/l40s/predict2-14b-video2world"),
    ("time-although-it-does-not-fit",
     "benchmarks/predict2-480p/results/rtx-6000-ada/predict2-14b-text2image"),
    ("time-although-it-does-not-fit",
     "benchmarks/predict2-480p/results/rtx-6000-ada/predict2-14b-video2world"),
    ("better-card-is-not-slower",
     "benchmarks/predict2-480p/results/gb200/predict2-2b-text2image"),
    ("speedup-follows-from-times",
     "benchmarks/predict2-sparse-720p-10fps/claims/2b-speedup/factors/h100-sxm"),
    ("bounds-hold-their-tables", "benchmarks/predict2-sparse-720p-16fps/claims/up-to/factor"),
    ("memory-range-holds-its-class",
     "requirements/predict2-performance/claims/range-14b/low_gb"),
    ("architecture-floor-fits-a-model",
     "requirements/predict2-performance/claims/architecture/gpus/0"),
}  # fmt: skip


def test_the_rules_find_what_is_known_to_be_wrong_in_the_published_data():
    """Also if the waiver is gone, and with it the footnote that tells readers."""
    dataset = load(Path(__file__).parents[1] / "data")
    found = {(name_of(rule), finding.ref) for rule in CONTRADICTIONS for finding in rule(dataset)}
    assert PUBLISHED - found == set()
    assert {(one.rule, one.record) for one in dataset.waivers.values()} == found


# ---------------------------------------------------------------- one figure


def test_two_columns_of_one_model_need_settings_that_differ(edit):
    data = edit(SPARSE, "workload: {attention: sparse}", "workload: {attention: dense}")

    assert complaints(data)[0] == (
        f"{SPARSE}:11:47 results.ember-80.large-sparse [one-figure] found 4.0; expected one "
        "figure for this GPU, model, workload and source; benchmarks/aria-sparse/results/"
        "ember-80/large-dense has one too; which setting differs?"
    )


def test_a_table_that_stands_twice_is_refused(data):
    text = (data / "benchmarks/aria-tuning.yml").read_text(encoding="utf-8")
    (data / "benchmarks/later.yml").write_text(text, encoding="utf-8")

    _, found = complaints(data)
    assert found.startswith("benchmarks/later.yml:11:38 results.ember-80.small-8 [one-figure]")
    assert "; benchmarks/aria-tuning/results/ember-80/small-8 has one too;" in found


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("unit: ms", "unit: ms\n# the same figure from another source"),
        ("metric: iteration_time", "metric: generation_time"),
        ("context_parallel: 2", "context_parallel: 4"),
        ("ember-80: {", "ember-32: {"),
        ("model: aria-small", "model: aria-large"),
        ("{small-2: 9000, small-8: ~3500}", "{small-8: not_measured}"),
    ],
)
def test_figures_that_differ_in_something_may_stand_side_by_side(data, old, new):
    text = (data / "benchmarks/aria-tuning.yml").read_text(encoding="utf-8")
    assert old in text
    other = text.replace(old, new)
    if new.endswith("source"):
        other = other.replace("id: aria-performance", "id: aria-performance-2025")
    (data / "benchmarks/again.yml").write_text(other, encoding="utf-8")

    assert complaints(data) == []


def test_a_default_and_a_stated_setting_are_the_same_setting(data):
    text = (data / "benchmarks/aria-tuning.yml").read_text(encoding="utf-8")
    default = "context_parallel: {default: 2, source: {id: aria-performance}}"
    again = text.replace("context_parallel: 2", default).replace(
        "global", "fps: not_stated, global"
    )
    (data / "benchmarks/again.yml").write_text(again, encoding="utf-8")

    assert "[one-figure]" in complaints(data)[0]


def test_a_need_stands_once_for_a_model_and_a_workload(data):
    text = (data / NEED).read_text(encoding="utf-8")
    (data / "requirements/again.yml").write_text(text, encoding="utf-8")

    assert [line.split(" ")[1] for line in complaints(data)] == [
        "results.aria-small",
        "results.aria-large",
    ]


# ---------------------------------------------------------------- groups of rules


def test_an_unknown_column_is_one_problem(edit):
    """The rules that would look it up pass it over."""
    data = edit(FIRST, "aria-small: {value: 7.25", "small: {value: 7.25")

    assert [line.split("[")[1].split("]")[0] for line in complaints(data)] == ["known-ids"]


def test_an_unknown_model_is_one_problem(edit):
    data = edit(SPEECH, "aria-small: {model: aria-small}", "aria-small: {model: small}")
    found = [line.split("[")[1].split("]")[0] for line in complaints(data)]

    assert found == ["superseded-by-another", "known-ids"]


def waive(data: Path, rule: str, record: str, found: str = "21.5 s") -> list[str]:
    """Add a waiver after the one that the data set has, and return what is then wrong."""
    with (data / "waivers.yml").open("a", encoding="utf-8") as file:
        file.write(WAIVER.format(rule=rule, record=record, found=found, day="2027-01-01"))
    return complaints(data)


def test_a_contradiction_that_is_waived_is_no_problem(edit):
    data = edit(SPEECH, "aria-large: oom}", "aria-large: 21.5}")

    (found,) = complaints(data)
    assert "[time-although-it-does-not-fit]" in found
    record = "benchmarks/aria-speech/results/ember-32/aria-large"
    assert waive(data, "time-although-it-does-not-fit", record) == []


def test_a_contradiction_is_a_problem_without_its_waiver(data):
    (data / "waivers.yml").unlink()

    (found,) = complaints(data)
    assert found.startswith(f"{SPARSE}:12:27 results.ember-32.large-dense [time-although-it-does")


def test_a_waiver_accepts_one_rule_at_one_place(edit):
    data = edit(SPEECH, "aria-large: oom}", "aria-large: 21.5}")
    found = waive(
        data,
        "larger-model-is-not-faster",
        "benchmarks/aria-speech/results/ember-32/aria-large",
    )

    assert [line.split("[")[1].split("]")[0] for line in found] == [
        "time-although-it-does-not-fit",
        "waiver-matches",
    ]


def test_a_waiver_accepts_one_figure(edit):
    """Whoever changes the figure later has another contradiction, and other reasons to give."""
    data = edit(SPEECH, "aria-large: oom}", "aria-large: 25.1}")
    record = "benchmarks/aria-speech/results/ember-32/aria-large"

    (found,) = waive(data, "time-although-it-does-not-fit", record)

    assert found.startswith(f"{SPEECH}:")
    assert found.endswith("; the waiver slow-quill accepts 21.5 s; look at its evidence again")


def test_a_waiver_that_nothing_needs_is_refused(data):
    record = "benchmarks/aria-speech/results/ember-80/aria-small"
    (found,) = waive(data, "time-although-it-does-not-fit", record)

    assert found == (
        f"waivers.yml:11:11 slow-quill.record [waiver-matches] found {record}; expected a figure "
        "that breaks time-although-it-does-not-fit; take the waiver out: nothing needs it"
    )


def test_of_two_waivers_for_one_figure_one_is_refused(data):
    record = "benchmarks/aria-sparse/results/ember-32/large-dense"
    (found,) = waive(data, "time-although-it-does-not-fit", record, "12.6 min")

    assert found.startswith("waivers.yml:4:11 large-on-ember-32.record [waiver-matches] ")


@pytest.mark.parametrize(
    ("rule", "hint"),
    [
        (
            "time-although-it-does-not-fitt",
            "; did you mean time-although-it-does-not-fit or oom-although-it-fits?",
        ),
        ("known-ids", f"; known: {', '.join(WAIVABLE)}"),
    ],
)
def test_a_waiver_names_a_rule_that_compares_figures(data, rule, hint):
    (found,) = waive(data, rule, "benchmarks/aria-speech/results/ember-80/aria-small")

    assert found == (
        f"waivers.yml:10:9 slow-quill.rule [waivers-name-a-rule] found {rule}; "
        f"expected the name of a rule that compares figures{hint}"
    )


def test_a_waiver_names_a_figure_that_is_in_the_data(data):
    record = "benchmarks/aria-speech/results/ember-8/aria-large"

    (found,) = waive(data, "time-although-it-does-not-fit", record)

    assert found == (
        f"waivers.yml:11:11 slow-quill.record [known-references] found {record}; expected a "
        "reference into the data; there is no ember-8 here; did you mean ember-80 or ember-32?"
    )


def test_of_many_gpus_a_name_like_none_is_told_where_a_new_one_goes(edit):
    data = edit(SPEECH, "  ember-32:", "  zx-9000:")
    for n in range(20):
        shutil.copy(data / "gpus/ember-32.yml", data / f"gpus/copy-{n}.yml")

    (found,) = (line for line in complaints(data) if "[known-ids]" in line)
    assert found.endswith("the id of a GPU; a new GPU is a file of its own, gpus/zx-9000.yml")


def test_contradictions_are_looked_for_only_where_every_id_can_be_trusted(edit):
    edit(SPEECH, "aria-large: oom}", "aria-large: 21.5}")
    data = edit("gpus/ember.yml", "one_of: [ember-32,", "one_of: [ember-3,")

    assert [line.split("[")[1].split("]")[0] for line in complaints(data)] == ["known-ids"]


# ---------------------------------------------------------------- review dates


@pytest.mark.parametrize(("today", "count"), [("2026-12-31", 0), ("2027-01-01", 1)])
def test_a_waiver_is_due_from_its_review_date_on(dataset, today, count):
    assert len(due(dataset, today)) == count


def test_a_waiver_that_is_due_is_told_with_its_line(dataset):
    assert report(due(dataset, "2027-06-30")) == (
        "waivers.yml:8:14: large-on-ember-32.review_on [due]\n"
        "  8 |   review_on: 2027-01-01\n"
        "    |              ^^^^^^^^^^\n"
        "  found:    2027-01-01\n"
        "  expected: a day after 2027-06-30\n"
        "  hint:     look at the evidence again, then remove the waiver or set a later day\n"
        "\n"
        "1 problem found."
    )


def test_rules_find_fault_without_the_records_that_cannot_be_read(edit):
    """Only rules that say that something is missing wait until all records can be read."""
    edit(SPEECH, "aria-large: 8.5}", "aria-large: 999999}")
    edit("sources.yml", "  title: Quill data sheets\n", "  title: 7\n")
    data = edit("notes.yml", "requirements/aria-memory", "requirements/aria")

    assert [line.split("[")[1].split("]")[0] for line in complaints(data)] == [
        "plausible-times",
        "schema",
    ]


def test_a_record_that_cannot_be_read_makes_no_waiver_look_needless(edit):
    """Without the need, nothing says any more that the time of the waiver is a contradiction."""
    (found,) = complaints(edit(NEED, "aria-large: 41.25", "aria-large: 41,25"))

    assert found.startswith(f"{NEED}:9:15 results.aria-large [schema] found 41,25;")


def test_a_problem_names_the_file_from_where_the_command_was_started(edit, monkeypatch):
    data = edit(SPEECH, "aria-large: 8.5}", "aria-large: 999999}")
    monkeypatch.chdir(data.parent)

    with pytest.raises(rules.DataError) as error:
        checked(Path("data"))
    assert error.value.problems[0].file == "data/benchmarks/aria-speech.yml"


def test_a_data_set_may_have_no_sources(tmp_path):
    model = tmp_path / "models/m.yml"
    model.parent.mkdir()
    model.write_text(
        "# yaml-language-server: $schema=../schema/models.json\n"
        "name: M\nfamily: F\ntask: t\nsize_class: S\n"
    )

    assert check(load(tmp_path)) == []
    assert load(tmp_path).date == ""
