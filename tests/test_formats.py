"""Does every value read as its source prints it, and act nowhere?"""

from __future__ import annotations

import html as html_module
from decimal import Decimal
from typing import get_args

import jinja2
import markdown  # type: ignore[import-untyped]
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from macros import formats
from macros.values import State, Unit


@pytest.mark.parametrize(
    ("value", "digits", "expected"),
    [
        ("2.0549", 2, "2.05"),
        ("2.055", 2, "2.06"),
        ("2.5", 0, "3"),
        ("0.5", 0, "1"),
        ("-2.5", 0, "-3"),
        ("54", 1, "54.0"),
        ("9.999", 2, "10.00"),
        ("999999999999999999e12", 3, "999999999999999999000000000000.000"),
    ],
)
def test_halves_are_rounded_away_from_zero(value, digits, expected):
    assert str(formats.rounded(Decimal(value), digits)) == expected


@pytest.mark.parametrize("text", ["8.5", "54.0", "3", "0.010", "1900.26", "100"])
def test_a_number_keeps_its_text(text):
    assert formats.number(Decimal(text)) == text


def test_an_approximate_number_says_so():
    assert formats.number(Decimal("3.5"), approximate=True) == "~3.5"


def test_a_negative_number_has_a_true_minus_sign():
    assert formats.number(Decimal("-3.7")) == "\u22123.7"


def test_a_number_is_never_shown_with_an_exponent():
    assert formats.number(Decimal("1E+3")) == "1000"
    assert formats.number(Decimal("1E-7")) == "0.0000001"


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        ("32.54", "GB", "32.54 GB"),
        ("2.06", "×", "2.06×"),
        ("8.3", "%", "8.3%"),
        ("7", "", "7"),
    ],
)
def test_a_quantity_is_a_number_with_its_unit(value, unit, expected):
    assert formats.quantity(Decimal(value), unit) == expected


def test_an_approximate_quantity_says_so():
    assert formats.quantity(Decimal("3.5"), "s", approximate=True) == "~3.5 s"


def test_the_gate_knows_every_unit_of_the_data():
    assert set(get_args(Unit)) <= set(formats.UNITS)


def test_every_state_has_words_and_a_symbol_of_its_own():
    assert set(formats.STATES) == set(get_args(State))
    for words in (formats.STATES, formats.VERDICTS):
        assert len({about.words for about in words.values()}) == len(words)
        assert len({about.symbol for about in words.values()}) == len(words)


HOSTILE = [
    "<script>alert(1)</script>",
    "{{ 7 * 7 }}{% raw %}{# x #}",
    "[a](javascript:alert(1))",
    "a | b || c",
    "*a* _b_ `c` ~~d~~ ^e^",
    "# heading",
    "- item",
    '!!! note "x"',
    "line\nbreak\r\n    indented",
    "&lt;b&gt; &amp;",
    ":smile: {.class}",
    "http://a.example www.b.example",
    '" onmouseover="x',
]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("frame", ["{}", "- {}", '!!! note "x"\n    {}', '=== "Tab"\n    {}'])
def test_inert_text_comes_through_jinja_and_markdown_as_it_is(frame, text):
    source = jinja2.Template(frame.replace("{}", "{{ text }}")).render(text=formats.inert(text))
    plain = "!" in frame or "=" in frame
    extensions = ["attr_list", "tables", "admonition", "pymdownx.tabbed", "pymdownx.emoji"]
    page = markdown.markdown(source, extensions=extensions)
    body = page.rpartition("<p>")[2].partition("</p>")[0] if plain or "<p>" in page else page
    body = body.replace("<ul>", "").replace("</ul>", "").replace("<li>", "").replace("</li>", "")

    assert html_module.unescape(body).strip() == " ".join(text.split())
    assert "<" not in body.strip()


VISIBLE = st.text(st.characters(exclude_categories=["C"]))


@settings(database=None, derandomize=True, deadline=None)
@given(VISIBLE)
def test_inert_text_is_one_line_of_letters_and_entities(text):
    inert = formats.inert(text)

    assert html_module.unescape(inert) == " ".join(text.split())
    assert not set(inert) & set("<>[](){}`*_|\\!\"'$%+-./:=?@^~\n")


@settings(database=None, derandomize=True, deadline=None)
@given(VISIBLE)
def test_escaped_text_ends_no_tag_and_no_attribute(text):
    escaped = formats.html(text)

    assert not set(escaped) & set("<>\"'")
    assert html_module.unescape(escaped) == text
