"""Does every figure of the finished site have an owner in the data?

Resolves each ``data-ref`` of a page in the guide and compares value and text; refuses a number
with a unit that stands outside every such element. Names and ids of the data may hold one. Imports
``derive``; ``gate`` calls it.

A large site has half a million figures, nearly all of them right and written in one way. So the
cells that tables must have are made from the data, and the lines of a page that equal one of them
are taken out. Other figures in the usual form are found as bytes and compared once for each
distinct one. Only what is left goes through the parser.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from html import unescape
from itertools import filterfalse
from typing import Any

from lxml import etree

from . import formats
from .derive import Guide
from .errors import Problem
from .schema import KINDS

_owned = etree.XPath("//*[@data-ref]")
# Attributes that a reader may see or hear, and the descriptions that search engines show.
_spoken = etree.XPath(
    "//@title | //@alt | //@aria-label | //@aria-description | //@placeholder"
    " | //meta[@name or @property]/@content",
    smart_strings=False,
)
_QUOTED = ("code", "pre", "script", "style")
# Tags that do not part a number from its unit.
_INLINE = re.compile(
    r"</?(?:a|abbr|b|bdi|data|em|font|i|mark|small|span|strong|sub|sup|time|tspan|u)\b[^>]*>"
)
_TAG = re.compile(r"<[^>]*>")
_OWNER = "\N{OBJECT REPLACEMENT CHARACTER}"
_FIGURE = re.compile(rf"(?:(?<![\w.,])[~≈]?\d[\d.,\u00a0\u202f]*|{_OWNER})" + formats.UNIT)
_MARK = _OWNER.encode()
_DATA = (
    rb'<data value="[^"<>]*" data-ref="[^"<>]*">'
    rb'[^<>]*(?:<span aria-hidden="true">[^<>]*</span>[^<>]*)?</data>'
)
# The ways in which the guide writes figures, names and texts: where a link leads, what it shows.
_WRITTEN = (
    re.compile(rb'<a href="([^"<>]*)">(' + _DATA + b")</a>"),
    re.compile(rb'<a href="([^"<>]*)"( data-ref="[^"<>]*">[^<>]*)</a>'),
    re.compile(b"()(" + _DATA + rb'|<span data-ref="[^"<>]*">[^<>]*</span>)'),
)
_PARTS = re.compile(r'(?:value="([^"]*)" )?data-ref="([^"]*)">(.*)', re.DOTALL)
_CELL = re.compile(rb'<t[dh](?: scope="row")?>' + _MARK + b"</t[dh]>")


class Owners:
    """What each reference of a guide must look like on a page; looked up once."""

    def __init__(self, guide: Guide) -> None:
        self.guide = guide
        self.known: dict[str, tuple[str, frozenset[str]] | None] = {}
        dataset = guide.dataset
        self.lines: dict[str, dict[bytes, str]] = {}  # by base: right cells, where they lead
        self.right: set[bytes] = set()
        names = {name for kind in KINDS for name in getattr(dataset, kind)}
        for card in dataset.gpus.values():
            names |= {card.name, *card.aliases}
        for model in dataset.models.values():
            names |= {model.name, *model.aliases}
        longest_first = sorted(names, key=lambda name: (-len(name), name))
        # Without names nothing may match; an empty alternative would match everywhere.
        words = "|".join(map(re.escape, longest_first)) or "(?!)"
        self.names = re.compile(rf"(?<!\w)(?:{words})(?!\w)")

    def expected(self, ref: str) -> tuple[str, frozenset[str]] | None:
        """Return the value and the texts that ``ref`` may show, or None if it names nothing."""
        if ref not in self.known:
            self.known[ref] = self._expected(ref)
        return self.known[ref]

    def _expected(self, ref: str) -> tuple[str, frozenset[str]] | None:
        try:
            value, unit, approximate = self.guide.figure(ref)
        except (KeyError, IndexError, ValueError, AttributeError, TypeError):
            return None
        if isinstance(value, Decimal):
            number = formats.number(value, approximate)
            return f"{value:f}", frozenset((number, formats.quantity(value, unit, approximate)))
        if value in formats.STATES:
            words, symbol = formats.STATES[value]
            return value, frozenset((f"{symbol} {words}",))
        return value, frozenset((" ".join(re.sub(r"\{[a-z_]+\}", _OWNER, value).split()),))

    def without_right_figures(self, page: str, html: bytes) -> tuple[bytes, set[str]]:
        """Return a page with a mark for each figure that is right, and where their links lead.

        What differs from the data or is written in another way stays, for ``problems``.
        """
        leads: set[str | None] = set()
        base = "../" * page.count("/")
        if base in self.lines or b'data-ref="benchmarks/' in html:
            if base not in self.lines:
                self.lines[base] = dict(_lines(self.guide, base))
            right, lines = self.lines[base], html.split(b"\n")
            leads |= set(map(right.get, lines))
            html = b"\n".join(filterfalse(right.__contains__, lines))
        links: set[bytes] = set()
        for written in _WRITTEN:
            if not (found := written.findall(html)):
                continue
            hrefs, figures = map(set, zip(*found, strict=True))
            links |= hrefs
            wrong = {one for one in figures - self.right if not self._right(one)}
            self.right |= figures - wrong
            html = _replace(written, html, wrong)
        leads |= {unescape(link.decode()) for link in links}
        return _CELL.sub(b"", html), {lead for lead in leads if lead}

    def _right(self, figure: bytes) -> bool:
        """Return whether a figure shows what the data say."""
        parts: Any = _PARTS.search(figure.decode(errors="replace"))
        value, ref, text = parts.groups()
        expected = self.expected(unescape(ref))
        if expected is None or " ".join(unescape(_TAG.sub("", text)).split()) not in expected[1]:
            return False
        return value is None or unescape(value) == expected[0]

    def problems(self, page: str, tree: Any) -> Iterator[Problem]:
        """Yield every figure of a page that has no owner or differs from it.

        Empties the elements that it has checked: the tree serves for nothing else afterwards.
        """
        # Children come before what holds them, so that a sentence sees its figures as marks.
        owned: Any = _owned(tree)
        for element in reversed(owned):
            ref = element.get("data-ref")
            text = " ".join("".join(element.itertext()).split())
            shown = element.get("value", "")
            expected = self.expected(ref)
            if expected is None:
                yield _problem(
                    page, "figure-owner", f"{text} with the reference {ref}",
                    "a reference that the data have",
                )  # fmt: skip
            elif text not in expected[1] or (element.tag == "data" and shown != expected[0]):
                said = f"{' or '.join(sorted(expected[1]))}, as the data say at {ref}"
                yield _problem(
                    page, "figure-differs", _named(f"{text} (value {shown})" if shown else text),
                    _named(said),
                )  # fmt: skip
            del element[:]
            element.text = _OWNER
        spoken: Any = _spoken(tree)
        words = "\n".join((_text(tree), *(" ".join(one.split()) for one in spoken)))
        if not _FIGURE.search(words):
            return  # without looking for the names, which takes ten times as long
        for line in words.split("\n"):
            for match in _FIGURE.finditer(self.names.sub(" ", line)):
                yield _problem(
                    page, "figure-without-owner",
                    f"{_named(match[0])} in: {_short(line)}",
                    "a figure that a macro takes from the data",
                    "move the number to data/ and call a macro for it",
                )  # fmt: skip


def _lines(guide: Guide, base: str) -> Iterator[tuple[bytes, str]]:
    """Yield each line of a table that is right without more, and where its link leads."""
    dataset = guide.dataset
    yield from ((b"<tr>", ""), (b"</tr>", ""))
    for ref, derived in guide.derived.items():
        _, kind, record, *rest = ref.split("/")
        href = f"{base}derived/{kind}/{record}.html#{'--'.join(rest)}"
        shown = formats.number(derived.value, derived.approximate)
        data = f'<data value="{derived.value:f}" data-ref="{ref}">{shown}</data>'
        yield f'<td class="num"><a href="{href}">{data}</a></td>'.encode(), href
    for kind in ("gpus", "models"):
        for name, record in getattr(dataset, kind).items():
            href = f"{base}{kind}/{name}/"
            link = f'<a href="{href}" data-ref="{kind}/{name}/name">{formats.html(record.name)}</a>'
            yield f'<th scope="row">{link}</th>'.encode(), href
    states = {
        state: f'<span aria-hidden="true">{symbol}</span> {words}'
        for state, (words, symbol) in formats.STATES.items()
    }
    for name, benchmark in dataset.benchmarks.items():
        document = dataset.documents[f"benchmarks/{name}.yml"]
        for gpu, row in benchmark.results.items():
            for column, (state, value, approximate, _) in row.items():
                if value is None:
                    plain, shown = str(state), states[state]
                else:
                    plain, shown = f"{value:f}", formats.number(value, approximate)
                line = document.positions["results", gpu, column].line
                href = f"{base}files/data/benchmarks/{name}.yml.html#L{line}"
                ref = f"benchmarks/{name}/results/{gpu}/{column}"
                data = f'<data value="{plain}" data-ref="{ref}">{shown}</data>'
                yield f'<td><a href="{href}">{data}</a></td>'.encode(), href


def _replace(written: re.Pattern[bytes], html: bytes, wrong: set[bytes]) -> bytes:
    if not wrong:
        return written.sub(_MARK, html)
    return written.sub(lambda match: match[0] if match[2] in wrong else _MARK, html)


def _text(tree: Any) -> str:
    """Return the text of a page, one line for each block, without quoted text and code."""
    etree.strip_elements(tree, *_QUOTED, etree.Comment, with_tail=False)
    markup = etree.tostring(tree, encoding="unicode", method="xml")
    return unescape(_TAG.sub("\n", _INLINE.sub("", markup.replace("\n", " "))))


def _named(text: str) -> str:
    return text.replace(_OWNER, "(figure)")


def _short(line: str) -> str:
    text = " ".join(_named(line).split())
    return text if len(text) <= 100 else f"{text[:97]}..."


def _problem(page: str, rule: str, found: str, expected: str, hint: str = "") -> Problem:
    return Problem(page, 0, 0, page, rule, found, expected, hint)
