"""How is a chart drawn?

Writes SVG: names, marks and lines on one axis, with title and description. The texts name their
owners as all figures do; a mark names the figure whose place it holds, so that the gate can check
both. Nothing in it is a link: a picture has no parts for a keyboard, and the table of the same
figures has the links. Imports ``cells`` and ``scales``; ``charts`` imports it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import lru_cache
from textwrap import wrap
from typing import Literal, NamedTuple

from . import formats
from .cells import Pen
from .figures import TIGHT
from .scales import Scale, plain

STYLE = "assets/chart.css"
# All lengths are units of the drawing; on a phone one unit is about one pixel.
WIDTH = 330
START = 140  # of every axis; names stand before it
_LETTERS = 19  # of a name, that have room in one line
_LETTER = 7  # the width of a wide one
_ROW, _LINE = 20, 14

Shape = Literal["dot", "bar"]


class Judged(NamedTuple):
    """How a figure stands to another: a symbol, the class that colours it, and the other figure."""

    symbol: str
    kind: str
    figure: str


class Row(NamedTuple):
    """One row: the reference of its name, and of its figure; None if there is no such figure.

    With ``judged`` the figure stands below its mark, and these behind it.
    """

    name: str
    figure: str | None
    judged: Sequence[Judged] = ()


class Need(NamedTuple):
    """A figure that crosses all rows: references of its name and itself; ``scale`` has its unit."""

    name: str
    figure: str
    scale: Scale


class Drawing(NamedTuple):
    """The shapes on one axis, and how high they are together."""

    shapes: str
    height: int
    scale: Scale


def end(labels: Iterable[str]) -> int:
    """Return where an axis ends so that the longest of some labels has room behind it."""
    return WIDTH - 10 - _LETTER * max(map(len, labels))


def drawing(
    pen: Pen, rows: Iterable[Row], scale: Scale, unit: str, shape: Shape,
    needs: Sequence[Need] = (), even: bool = False,
) -> Drawing:  # fmt: skip
    """Return rows with a mark each, the axis below them, and lines across them.

    ``needs`` go from the least to the greatest, so that no label lies on the line of another.
    ``even`` draws a line at 1, where the two sides of a ratio are.
    """
    top = y = _LINE * len(needs) + 4
    names, marks, values, middles = [], [], [], []
    for row in rows:
        parts = _wrapped(_words(pen, row.name))
        names.append(_name(pen, row.name, parts, y + _LINE))
        height = _ROW + _LINE * (max(len(parts), 2 if row.judged else 1) - 1)
        middles.append(y + (_ROW if row.judged else height) // 2)
        mark, value = _mark(pen, row.figure, scale, shape, middles[-1])
        marks.append(mark)
        values.append(_judged(pen, row, y + 2 * _LINE) if row.judged else value)
        y += height
    base = y + _LINE + 2
    ticks = [(scale.at(tick), plain(tick)) for tick in scale.ticks()]
    grid = "".join(f"M{x} {top}V{y + 3}" for x, _ in ticks)
    if shape == "dot":  # leads the eye from a name to its dot
        grid += "".join(f"M{START} {middle}H{WIDTH}" for middle in middles)
    across = [_across(pen, need, _LINE * (n + 1), y) for n, need in enumerate(reversed(needs))]
    shapes = [
        *(shade for shade, _ in across),
        f'<path class="grid" d="{grid}"></path><text x="0" y="{base}">{unit}</text>',
        *(f'<text class="tick" x="{x}" y="{base}">{label}</text>' for x, label in ticks),
        *names,
        *marks,
        f'<path class="even" d="M{scale.at(Decimal(1))} {top}V{y + 3}"></path>' if even else "",
        *(line for _, line in across),
        *values,
    ]
    return Drawing("".join(shapes), base + 4, scale)


@lru_cache(maxsize=4096)
def _wrapped(words: str) -> Sequence[str]:
    return wrap(words, _LETTERS, break_long_words=False, break_on_hyphens=False)


@lru_cache(maxsize=4096)  # the same names stand in every chart
def _words(pen: Pen, ref: str) -> str:
    return str(pen.guide.figure(ref).value)


def _name(pen: Pen, ref: str, parts: Sequence[str], y: int) -> str:
    """Return the name of a row in as many lines as it needs; a word that is too long is pressed."""
    lines = " ".join(
        f'<tspan x="0" y="{y + _LINE * n}"{_pressed(part, _LETTERS)}>{pen.escape(part)}</tspan>'
        for n, part in enumerate(parts)
    )
    return f'<text data-ref="{ref}">{lines}</text>'


def _pressed(words: str, letters: int) -> str:
    """Return what presses words of more letters than there is room for into that room."""
    if len(words) <= letters:
        return ""
    return f' textLength="{letters * _LETTER - 2}" lengthAdjust="spacingAndGlyphs"'


def _mark(pen: Pen, ref: str | None, scale: Scale, shape: Shape, y: int) -> tuple[str, str]:
    """Return the mark of a figure and its text; a state has no mark, but a symbol and words."""
    value, _, approximate = pen.guide.figure(ref) if ref else ("not_measured", "", False)
    owner = f' data-ref="{ref}"' if ref else ""
    if not isinstance(value, Decimal):
        words, symbol = formats.STATES[value]
        said = f'class="state {value}" x="{WIDTH}" y="{y + 4}"{owner}'
        return "", f"<text {said}>{symbol} {words}</text>"
    x = scale.at(value)
    if shape == "dot":
        mark = f'<circle class="mark" cx="{x}" cy="{y}" r="4" data-at="{ref}"></circle>'
    else:
        mark = (
            f'<line class="mark" x1="{scale.start}" x2="{x}" y1="{y}" y2="{y}" data-at="{ref}">'
            "</line>"
        )
    shown = formats.number(value, approximate)
    if Decimal(x) + 7 + _LETTER * len(shown) <= WIDTH:
        return mark, f'<text class="value" x="{Decimal(x) + 7}" y="{y + 4}"{owner}>{shown}</text>'
    return mark, f'<text class="before" x="{Decimal(x) - 7}" y="{y + 4}"{owner}>{shown}</text>'


def _judged(pen: Pen, row: Row, y: int) -> str:
    """Return the figure of a row and how it stands to others, as a line of text.

    Nothing shines through it: the lines across all rows show at the bars alone.
    """
    said = [_plain(pen, str(row.figure)) + ":"]
    html = f'<tspan data-ref="{row.figure}">{said[0][:-1]}</tspan>:'
    for symbol, kind, ref in row.judged:
        said.append(f"{symbol} {_plain(pen, ref)}")
        html += (
            f' <tspan class="{kind}">{symbol}</tspan> <tspan data-ref="{ref}">{_plain(pen, ref)}'
            "</tspan>"
        )
    pressed = _pressed(" ".join(said), (WIDTH - START) // _LETTER)
    return (
        f'<rect class="clear" x="{START}" y="{y - _LINE + 3}" width="{WIDTH - START}"'
        f' height="{_LINE}"></rect><text class="value" x="{START}" y="{y}"{pressed}>{html}</text>'
    )


def _plain(pen: Pen, ref: str) -> str:
    """Return the number at ``ref`` without its unit."""
    value, _, approximate = pen.guide.figure(ref)
    return formats.number(Decimal(value), approximate)


def _across(pen: Pen, need: Need, top: int, bottom: int) -> tuple[str, str]:
    """Return the shade in which a card is tight, and the line of a need with its words."""
    value = Decimal(pen.guide.figure(need.figure).value)
    x, beyond = need.scale.at(value), need.scale.at(value / (1 - TIGHT))
    place, words = spelling(pen, need.name)
    shown = quantity(pen, need.figure)
    start = int(Decimal(x)) - 4
    shade = (
        f'<rect class="tight" x="{x}" y="{top}" width="{Decimal(beyond) - Decimal(x)}"'
        f' height="{bottom - top}"></rect>'
    )
    line = (
        f'<line class="need" x1="{x}" x2="{x}" y1="{top - 10}" y2="{bottom}"'
        f' data-at="{need.figure}" data-scale="{need.scale}"></line>'
        f'<text class="need" x="{start}" y="{top}"{_pressed(f"{words} {shown}", start // _LETTER)}>'
        f'<tspan data-ref="{place}">{pen.escape(words)}</tspan>'
        f' <tspan data-ref="{need.figure}">{shown}</tspan></text>'
    )
    return shade, line


def spelling(pen: Pen, model: str) -> tuple[str, str]:
    """Return the longest name of a model that has room, or else its shortest, as reference, words.

    ``model`` is the reference of its record.
    """
    _, _, name = model.partition("/")
    aliases = len(pen.guide.dataset.models[name].aliases)
    refs = [f"{model}/name", *(f"{model}/aliases/{n}" for n in range(aliases))]
    spelled = [(ref, _words(pen, ref)) for ref in refs]
    short = [one for one in spelled if len(one[1]) <= _LETTERS]
    if short:
        return max(short, key=lambda one: len(one[1]))
    return min(spelled, key=lambda one: len(one[1]))


# ---------------------------------------------------------------- around a drawing


def panel(
    pen: Pen, identity: str, chart: str, title: tuple[str | None, str, str], says: str,
    drawn: Drawing,
) -> str:  # fmt: skip
    """Return a drawing below its heading; it is named by the chart and that, described by ``says``.

    ``title`` is the reference of the heading (None if it is no text of the data), its words, and
    its HTML.
    """
    ref, words, heading = title
    owner = f' data-ref="{ref}"' if ref else ""
    return (
        f'<div class="panel"><p>{heading}</p><svg role="img" viewBox="0 0 {WIDTH} {drawn.height}"'
        f' aria-labelledby="title-{chart} title-{identity}" aria-describedby="says-{identity}"'
        f' data-scale="{drawn.scale}"><title id="title-{identity}"{owner}>{pen.escape(words)}'
        f'</title><desc id="says-{identity}">{says}</desc>{drawn.shapes}</svg></div>'
    )


def figure(
    pen: Pen, chart: str, title: tuple[str, str], what: str, panels: Iterable[str], table: str,
    below: str = "",
) -> str:  # fmt: skip
    """Return a whole chart with its title: what it draws, and the reference of what that is of.

    ``table`` is the table on the same page that has the same figures; without it the gate refuses
    the page.
    """
    drawn, of = title
    return (
        f'<link rel="stylesheet" href="{pen.base}{STYLE}">'
        f'<figure class="chart"><figcaption><span class="title" id="title-{chart}">{drawn}:'
        f' {pen.text(of)}</span> <span class="what">{what} The same figures, with settings,'
        f' notes and source: <a href="#title-{table}">the table</a>.</span></figcaption>'
        f'<div class="panels">{"".join(panels)}</div>{below}</figure>'
    )


def name(pen: Pen, ref: str) -> str:
    """Return a name for a description."""
    return f'<span data-ref="{ref}">{pen.escape(_words(pen, ref))}</span>'


def data(pen: Pen, ref: str) -> str:
    """Return a number with its unit for a description."""
    value = pen.guide.figure(ref).value
    return f'<data value="{value:f}" data-ref="{ref}">{quantity(pen, ref)}</data>'


def quantity(pen: Pen, ref: str) -> str:
    """Return the number at ``ref`` with its unit."""
    value, unit, approximate = pen.guide.figure(ref)
    return formats.quantity(Decimal(value), unit, approximate)
