"""Is text that is no YAML told with what is wrong in it? tests/refused.txt has the slips."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from macros.syntax import slip

MARKS = st.sampled_from(["{", "}", "[", "]", "'", '"', "\n", "\t", ": ", "- ", "a", "\u2028", "|"])


@given(st.lists(MARKS, max_size=12).map("".join))
def test_every_error_of_the_parser_has_a_place_in_the_text(text):
    try:
        yaml.load(text, Loader=yaml.CSafeLoader)
    except yaml.MarkedYAMLError as error:
        line, column, found, _ = slip(error, text)
        assert 1 <= line <= len(text.splitlines()) + 1
        assert column >= 1
        assert found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1\n=======\n", (2, 1, "the mark ======= of a merge")),
        ("a:\n\tb: 1\n", (2, 1, "a tab")),
        ("a: [1,\nb: 3\n", (1, 4, "[ that is never closed")),
        ("a: &\n", (1, 5, "did not find expected alphabetic or numeric character")),
    ],
)
def test_a_slip_is_told_where_it_began(text, expected):
    with pytest.raises(yaml.MarkedYAMLError) as error:
        yaml.load(text, Loader=yaml.CSafeLoader)
    assert slip(error.value, text)[:3] == expected
