"""A value stands where its axis has it, on every axis that charts have."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from macros import scales
from macros.scales import Scale

VALUES = st.lists(
    st.decimals("0.001", "1e9", allow_nan=False, allow_infinity=False, places=3),
    min_size=1,
    max_size=20,
)


def axes(values: list[Decimal]) -> list[Scale]:
    """Return each kind of axis for some values."""
    return [scales.logarithmic(values, 140, 310), scales.linear(max(values), 140, 280)]


@given(VALUES)
def test_a_greater_value_never_stands_before_a_lesser_one_and_all_stand_on_the_axis(values):
    for scale in axes(values):
        places = [float(scale.at(value)) for value in sorted(values)]
        assert places == sorted(places)
        assert scale.start <= places[0]
        assert places[-1] <= scale.end


@given(VALUES)
def test_an_axis_is_no_longer_than_it_must_be(values):
    logarithmic, linear = axes(values)
    assert max(values) > linear.high / 2
    assert min(values) <= logarithmic.low * Decimal("2.5")
    assert max(values) >= logarithmic.high / Decimal("2.5")


@given(VALUES)
def test_labels_of_an_axis_are_round_stand_apart_and_are_two_at_least(values):
    for scale in axes(values):
        ticks = scale.ticks()
        places = [float(scale.at(tick)) for tick in ticks]
        assert all(right - left >= 27 for left, right in pairwise(places))
        assert len(ticks) >= 2
        assert all(len(scales.plain(tick).strip("0.").replace(".", "")) <= 2 for tick in ticks)


@given(VALUES)
def test_an_axis_that_is_written_in_a_page_is_read_as_the_same(values):
    for scale in axes(values):
        assert scales.read(str(scale)) == scale


@given(VALUES)
def test_in_a_smaller_unit_a_value_stands_where_it_stood(values):
    for scale in axes(values):
        for value in values:
            assert scale.times(Decimal(8)).at(value * 8) == scale.at(value)


def test_equal_ratios_are_equal_distances_on_a_logarithmic_axis():
    scale = scales.logarithmic([Decimal("3.24"), Decimal("1902.26")], 140, 310)
    assert (scale.low, scale.high) == (2, 2000)
    assert [scale.at(Decimal(value)) for value in (2, 20, 200, 2000)] == [
        "140.0", "196.7", "253.3", "310.0",
    ]  # fmt: skip
    assert scale.ticks() == [2, 10, 100, 1000]


def test_a_linear_axis_begins_at_zero():
    scale = scales.linear(Decimal("62.6"), 140, 280)
    assert [scales.plain(tick) for tick in scale.ticks()] == ["0", "20", "40", "60", "80"]
    assert [scale.at(Decimal(value)) for value in (0, 20, 80)] == ["140.0", "175.0", "280.0"]


def test_a_single_value_has_an_axis_of_some_length():
    assert str(scales.logarithmic([Decimal(5)], 140, 310)) == "log 5 10 140 310"


@pytest.mark.parametrize("text", ["", "log 1 10 140", "log one 10 140 310", "log 1 1 140 310",
                                  "log 0 10 140 310", "linear 5 5 140 310"])  # fmt: skip
def test_what_is_no_axis_is_told_by_an_error(text):
    with pytest.raises((ValueError, ArithmeticError)):
        scales.read(text).at(Decimal(7))
