"""Is a problem told so that a person, a program and GitHub can find its place?"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from macros.errors import WIDE, DataError, Problem, nearest, printable, report

OOM = Problem(
    file="benchmarks/x.yml",
    line=14,
    column=9,
    key="results.a.b",
    rule="schema",
    found="omm",
    expected="oom",
    hint="did you mean oom?",
    excerpt="  a: {b: omm}",
    width=3,
)
BARE = Problem("docs/a.md", 0, 0, "", "page", "one thing", "another")


def test_a_report_shows_the_line_and_underlines_the_place():
    assert report([OOM]) == (
        "benchmarks/x.yml:14:9: results.a.b [schema]\n"
        "  14 |   a: {b: omm}\n"
        "     |         ^^^\n"
        "  found:    omm\n"
        "  expected: oom\n"
        "  hint:     did you mean oom?\n"
        "\n"
        "1 problem found."
    )


def test_a_line_that_is_too_wide_is_shown_around_the_place():
    excerpt = "a" * 1000 + "omm" + "b" * 1000
    _, line, under, *_ = report([replace(OOM, excerpt=excerpt, column=1001)]).splitlines()
    assert line == f"  14 | {'a' * (WIDE // 2)}omm{'b' * (WIDE // 2 - 3)}"
    assert under == f"     | {' ' * (WIDE // 2)}^^^"


def test_a_problem_may_have_no_line_no_key_and_no_hint():
    assert report([BARE, BARE]) == (
        "docs/a.md: [page]\n"
        "  found:    one thing\n"
        "  expected: another\n"
        "\n"
        "docs/a.md: [page]\n"
        "  found:    one thing\n"
        "  expected: another\n"
        "\n"
        "2 problems found."
    )


def test_marks_that_act_on_a_terminal_are_spelled_out():
    """The underline still stands below its place."""
    hostile = Problem(
        "x.yml", 1, 4, "k\x1b[2J", "r", "a\nb", "\u202eb", excerpt="\x1b: bad", width=3
    )

    assert report([hostile]) == (
        "x.yml:1:4: k\\x1b[2J [r]\n"
        "  1 | \\x1b: bad\n"
        "    |       ^^^\n"
        "  found:    a\\nb\n"
        "  expected: \\u202eb\n"
        "\n"
        "1 problem found."
    )


def test_the_underline_is_never_empty():
    at_the_end = Problem("x.yml", 1, 4, "a", "empty", "no value", "a value", excerpt="a: ")

    assert "  1 | a: \n    |    ^\n" in report([at_the_end])


def test_json_has_every_part_of_every_problem():
    assert json.loads(report([OOM, BARE], "json")) == [
        {
            "file": "benchmarks/x.yml",
            "line": 14,
            "column": 9,
            "key": "results.a.b",
            "rule": "schema",
            "found": "omm",
            "expected": "oom",
            "hint": "did you mean oom?",
            "excerpt": "  a: {b: omm}",
            "width": 3,
        },
        {
            "file": "docs/a.md",
            "line": 0,
            "column": 0,
            "key": "",
            "rule": "page",
            "found": "one thing",
            "expected": "another",
            "hint": "",
            "excerpt": "",
            "width": 1,
        },
    ]


def test_github_gets_one_annotation_a_problem():
    assert report([OOM, BARE], "github") == (
        "::error file=benchmarks/x.yml,line=14,col=9,endColumn=12,title=schema"
        "::results.a.b: found omm; expected oom; did you mean oom?\n"
        "::error file=docs/a.md,title=page::found one thing; expected another"
    )


def test_no_text_ends_an_annotation_or_begins_another():
    hostile = Problem("a,b:c%.yml", 1, 1, "k", "r", "x\n::error ::y\r100%", "z")

    assert report([hostile], "github") == (
        "::error file=a%2Cb%3Ac%25.yml,line=1,col=1,endColumn=2,title=r"
        "::k: found x\\n::error ::y\\r100%25; expected z"
    )


def test_an_error_carries_each_problem_once_and_in_order():
    error = DataError([BARE, OOM, BARE])

    assert error.problems == (OOM, BARE)
    assert str(error) == report([OOM, BARE])


def test_a_file_can_be_named_from_where_the_command_was_started():
    assert OOM.under(Path("data")).file == "data/benchmarks/x.yml"


@pytest.mark.parametrize(
    ("word", "known", "hint"),
    [
        ("omm", ["oom", "unsupported"], "did you mean oom?"),
        ("OOM", ["oom", "unsupported"], "did you mean oom?"),
        ("h200", ["h200-sxm", "h200-nvl", "l4"], "did you mean h200-sxm or h200-nvl?"),
        ("zzz", ["oom", "unsupported"], "known: oom, unsupported"),
        ("zzz", [f"gpu-{i}" for i in range(21)], ""),
        ("zzz", [], ""),
        (12, ["12x"], "did you mean 12x?"),
    ],
)
def test_a_hint_names_what_was_probably_meant(word, known, hint):
    assert nearest(word, known) == hint


def test_a_hint_lists_only_as_many_words_as_it_may():
    assert nearest("zzz", ["oom"], few=0) == ""


def test_words_of_any_script_are_printable():
    assert printable("é 日本 –") == "é 日本 –"
