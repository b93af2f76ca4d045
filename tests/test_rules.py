"""Does each rule accept what is right and refuse what is wrong, with place and hint?"""

from __future__ import annotations

from pathlib import Path

import pytest

from macros import bounds, rules
from macros.errors import report
from macros.load import load, read
from macros.rules import RULE_NAMES, RULES, RULES_OF_WHOLE_DATA, check, checked, name_of
from tests.conftest import changes, complaints

SPEECH = "benchmarks/aria-speech.yml"
SPARSE = "benchmarks/aria-sparse.yml"
FIRST = "benchmarks/aria-speech-2025.yml"
NEED = "requirements/aria-memory.yml"
WAIVER = """\
# yaml-language-server: $schema=schema/waivers.json
slow-quill:
  rule: {rule}
  record: {record}
  reason: The page prints it so.
  evidence: [{{id: aria-performance}}]
  review_on: 2027-01-01
"""


def test_the_small_data_set_breaks_no_rule(dataset):
    assert check(dataset) == []


def test_the_data_of_the_guide_break_no_rule():
    assert checked(Path(__file__).parents[1] / "data").gpus


def test_every_rule_says_what_it_wants_and_why():
    """Two sentences at least: the first line, and the reason below it."""
    for rule in (*RULES, *RULES_OF_WHOLE_DATA):
        what, _, why = (rule.__doc__ or "").partition("\n\n")
        assert what.endswith("."), name_of(rule)
        assert why.strip().endswith("."), name_of(rule)


def test_every_rule_is_registered():
    found = {
        name_of(value)
        for module in (rules, bounds)
        for name, value in vars(module).items()
        if getattr(value, "__annotations__", {}).get("return") == "Iterator[Finding]"
        and not name.startswith("_")
    }

    assert sorted(found) == sorted(RULE_NAMES)


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

    assert tried == {(rule, refused) for rule in RULE_NAMES for refused in (True, False)}


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

    (found,) = complaints(data)
    assert found.startswith("benchmarks/later.yml:10:23 results.ember-80.small-8 [one-figure]")
    assert "; benchmarks/aria-tuning/results/ember-80/small-8 has one too;" in found


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("unit: ms", "unit: ms\n# the same figure from another source"),
        ("metric: iteration_time", "metric: generation_time"),
        ("context_parallel: 2", "context_parallel: 4"),
        ("ember-80: {", "ember-32: {"),
        ("model: aria-small", "model: aria-large"),
        ("small-8: ~3500}", "small-8: not_measured}"),
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


@pytest.mark.parametrize(
    ("rule", "record", "expected"),
    [
        ("plausible-times", "benchmarks/aria-speech/results/ember-80/aria-small", []),
        ("plausible-time", "benchmarks/aria-speech/results/ember-80/aria-small",
         ["3:9 slow-quill.rule [known-references] found plausible-time; expected the name of a"]),
        ("plausible-times", "benchmarks/aria-speech/results/ember-8/aria-small",
         ["4:11 slow-quill.record [known-references] found benchmarks/aria-speech/results/ember"]),
    ],
)  # fmt: skip
def test_a_waiver_names_a_rule_and_a_figure(data, rule, record, expected):
    text = WAIVER.format(rule=rule, record=record)
    (data / "waivers.yml").write_text(text, encoding="utf-8")

    found = complaints(data)
    assert len(found) == len(expected)
    for line, start in zip(found, expected, strict=True):
        assert line.startswith(f"waivers.yml:{start}")


def test_rules_find_fault_without_the_records_that_cannot_be_read(edit):
    """Only rules that say that something is missing wait until all records can be read."""
    edit(SPEECH, "aria-large: 8.5}", "aria-large: 999999}")
    edit("sources.yml", "  title: Quill data sheets\n", "  title: 7\n")
    data = edit("notes.yml", "requirements/aria-memory", "requirements/aria")

    assert [line.split("[")[1].split("]")[0] for line in complaints(data)] == [
        "plausible-times",
        "schema",
    ]


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
