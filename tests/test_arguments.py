"""A wrong argument of a macro call is a problem with a hint, and all are told at once."""

from __future__ import annotations

import pytest

from macros import prose, tables
from macros.errors import DataError
from tests import fragments


def test_arguments_may_stand_in_order_or_by_name(guide):
    expected = {"benchmark": "aria-speech", "sort": "fastest", "by": "aria-large"}

    in_order = tables.check_arguments(guide, "benchmark_table", tuple(expected.values()), {})
    by_name = tables.check_arguments(guide, "benchmark_table", (), expected)

    assert in_order == by_name == expected


def test_every_call_of_the_tests_has_good_arguments(guide):
    for name, given in fragments.calls(guide):
        assert tables.check_arguments(guide, name, (), given) == given


def test_a_reference_of_a_figure_is_looked_up(guide):
    ref = "derived/gpus/ember-80/capacity"

    assert prose.check_arguments(guide, "figure", (ref,), {}) == {"ref": ref}


@pytest.mark.parametrize(
    ("name", "args", "kwargs", "key", "found", "near"),
    [
        ("benchmark_table", ("aria-speach",), {}, "benchmark_table(benchmark)", "'aria-speach'",
         "aria-speech"),
        ("benchmark_table", ("aria-speech", "quickest"), {}, "benchmark_table(sort)",
         "'quickest'", "fastest"),
        ("benchmark_table", ("aria-speech",), {"by": "aria-tiny"}, "benchmark_table(by)",
         "'aria-tiny'", "aria-small"),
        ("gpu_sheet", (["ember"],), {}, "gpu_sheet(gpu)", "['ember']", "ember"),
        ("field_table", ("gpu",), {}, "field_table(kind)", "'gpu'", "gpus"),
        ("gpu_index", ("x",), {}, "gpu_index", "too many positional arguments", ""),
        ("requirement_table", (), {}, "requirement_table",
         "missing a required argument: 'requirement'", ""),
    ],
)  # fmt: skip
def test_a_wrong_argument_of_a_table_is_a_problem_with_a_hint(
    guide, name, args, kwargs, key, found, near
):
    with pytest.raises(DataError) as error:
        tables.check_arguments(guide, name, args, kwargs)

    (problem,) = error.value.problems
    assert (problem.file, problem.line, problem.rule) == ("", 0, "macro")
    assert (problem.key, problem.found) == (key, found)
    assert near in problem.hint


@pytest.mark.parametrize(
    ("name", "word", "near"),
    [
        ("recommendations", "chose", "choose"),
        ("sentence", "start-smal", "start-small"),
        ("figure", "gpu/ember/name", "gpus"),
        ("figure", "gpus/embr/name", "ember"),
        ("figure", "gpus/ember/nam", "gpus/ember/name"),
        ("figure", "notes/large-unclear/txt", "notes/large-unclear/text"),
        ("figure", "derived/gpus/ember-80/capacty", "derived/gpus/ember-80/capacity"),
    ],
)  # fmt: skip
def test_a_wrong_argument_of_a_sentence_is_a_problem_with_a_hint(guide, name, word, near):
    with pytest.raises(DataError) as error:
        prose.check_arguments(guide, name, (word,), {})

    (problem,) = error.value.problems
    assert near in problem.hint


def test_all_wrong_arguments_of_a_call_are_told_at_once(guide):
    with pytest.raises(DataError) as error:
        tables.check_arguments(guide, "benchmark_table", ("nothing", "never", "nowhere"), {})

    assert len(error.value.problems) == 3


def test_a_call_is_told_how_the_macro_is_used(guide):
    with pytest.raises(DataError) as error:
        tables.check_arguments(guide, "benchmark_table", (), {"table": "aria-speech"})

    (problem,) = error.value.problems
    assert problem.expected == "benchmark_table(benchmark, sort=..., by=...)"
