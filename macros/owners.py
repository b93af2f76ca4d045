"""Does every figure of the finished site have an owner in the data?

Resolves each ``data-ref`` of a page in the guide and compares value and text; refuses a number
with a unit that stands outside every such element. Names and ids of the data may hold one. Imports
``expected`` and ``placed``; ``gate`` calls it.

A large site has half a million figures, nearly all of them right and written in one way. So the
rows that ``expected`` makes from the data are taken out of a page where it has them, and then the
lines that equal a figure of the data. Other figures in the usual form are found as bytes and
compared once for each distinct one. Only what is left goes through the parser.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from decimal import Decimal
from html import unescape
from typing import Any, NamedTuple

from lxml import etree

from . import formats, scales
from .derive import Guide
from .errors import Problem
from .expected import Tables, address
from .figures import operand_ref
from .placed import Places
from .schema import KINDS

_owned = etree.XPath("//*[@data-ref]")
# Marks of a chart stand where the axis of their drawing has their figure.
_marks = etree.XPath("//*[@data-at]")
_axis = etree.XPath("string(ancestor-or-self::*[@data-scale][1]/@data-scale)", smart_strings=False)
# Attributes that a reader may see or hear, and the descriptions that search engines show.
_spoken = etree.XPath(
    "//@title | //@alt | //@aria-label | //@aria-description | //@placeholder"
    " | //meta[@name or @property]/@content | //input/@value | //option/@label | //track/@label",
    smart_strings=False,
)
_QUOTED = ("code", "pre", "script", "style")
# Tags that do not part a number from its unit.
_INLINE = re.compile(
    r"</?(?:a|abbr|b|bdi|data|em|font|i|mark|small|span|strong|sub|sup|time|tspan|u)\b[^>]*>"
)
_TAG = re.compile(r"<[^>]*>")
_OWNER = "\N{OBJECT REPLACEMENT CHARACTER}"
# A vulgar fraction such as a half is a number too.
FIGURE = re.compile(
    rf"(?:(?<![\w.,])[~≈]?[\d¼-¾⅐-⅞][\d.,¼-¾⅐-⅞\u00a0\u202f]*|{_OWNER})" + formats.UNIT
)
_MARK = _OWNER.encode()
_DATA = (
    rb'<data value="[^"<>]*" data-ref="[^"<>]*">'
    rb'[^<>]*(?:<span aria-hidden="true">[^<>]*</span>[^<>]*)?</data>'
)
_IN_CHART = (
    rb'<text(?: (?:class|x|y)="[\w. -]*")* data-ref="[^"<>]*">'
    rb'(?:[^<>]*|(?:<tspan x="0" y="\d+">[^<>]*</tspan> ?)+)</text>'
)
# The ways in which the guide writes figures, names and texts: where a link leads, what it shows.
_WRITTEN = re.compile(
    rb'<a href="([^"<>]*)"(?:>(' + _DATA + rb')|( data-ref="[^"<>]*">[^<>]*))</a>'
    rb"|(" + _DATA + rb'|<span data-ref="[^"<>]*">[^<>]*</span>|' + _IN_CHART + rb")"
)
_REF = re.compile(rb"""\sdata-ref=["']?([^"'\s<>]+)""", re.IGNORECASE)
_PARTS = re.compile(r'(?:value="([^"]*)" )?data-ref="([^"]*)">(.*)', re.DOTALL)
# A cell of right figures and of words without digits, such as a verdict. Its symbols are beyond
# ASCII, and no fractions; no word that may be a unit stands right behind a figure.
_SYMBOL = rb'<span aria-hidden="true">(?:&#(?!85[234]\d;)[1-9]\d{3,};|[!?])</span>'
_CELL = re.compile(
    rb'(?:<tr>)?<t[dh](?: (?:class|scope|data-sort)="[^"<>]*")*>'
    rb"(?:[a-z, ]|" + _SYMBOL + b"|" + _MARK + rb"(?! ?[a-z]))*</t[dh]>"
)
# A link by the root of the site, wherever the page with it stands.
_FROM_ROOT = b'href="\0'
# A line of words, marks and links, and what may not be in it.
_PLAIN = re.compile(
    rb'(?:[^<>{}]|</?(?:a|code|div|li|p|small|span|ul)(?: (?:class|data-read|href)="[^"<>{}]*")*>)*'
)
_SUSPICIOUS = (b"Error", b"Traceback")
_HREF = re.compile(rb' href="([^"]*)"')
_ANYWHERE = re.compile(r"\0[^#?]|https?:")


class Cleared(NamedTuple):
    """A page with marks for its right figures: where these lead, as written and from the root.

    ``problems`` are those of figures that are right and stand in the wrong place.
    """

    html: bytes
    links: set[str]
    from_root: set[str]
    problems: list[Problem]


class Owners:
    """What each reference of a guide must look like on a page; looked up once."""

    def __init__(self, guide: Guide) -> None:
        self.guide = guide
        self.known: dict[str, tuple[str, frozenset[str]] | None] = {}
        dataset = guide.dataset
        self.lines = dict(_lines(guide))  # that are right, and where they lead, from the root
        self.tables, self.places = Tables(guide), Places(guide)
        self.right: set[bytes] = set()
        self.clean: set[str] = set()  # lines of text without a figure, most on many pages
        names = {name for kind in KINDS for name in getattr(dataset, kind)}
        for card in dataset.gpus.values():
            names |= {card.name, *card.aliases}
        for model in dataset.models.values():
            names |= {model.name, *model.aliases}
        self.operands = {  # by the reference of a sentence: those of its figures, in order
            f"recommendations/{name}/text": tuple(
                operand_ref(name, key, record.operands[key])
                for key in re.findall(r"\{([a-z_]+)\}", record.text)
            )
            for name, record in dataset.recommendations.items()
        }
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

    def _place(self, mark: Any) -> str | None:
        """Return where the mark of a figure belongs, None if it has no figure or no axis."""
        expected = self.expected(mark.get("data-at"))
        try:
            return expected and scales.read(str(_axis(mark))).at(Decimal(expected[0]))
        except (ValueError, ArithmeticError):
            return None

    def without_right_figures(self, page: str, html: bytes) -> Cleared:
        """Return a page with a mark for each figure that is right, and where their links lead.

        What differs from the data or is written in another way stays, for ``problems``.
        """
        if b"data-ref" not in html or b"\0" in html:
            return Cleared(html, set(), set(), [])
        up = "../" * page.count("/")
        start = b'href="' + up.encode()
        others, leads = self.tables.without_right_rows(html, up.encode())
        others = others.replace(start, _FROM_ROOT)  # now, for the rows are most of a page
        misplaced = [*self._sentences(page, others), *self.places.problems(page, others)]
        lines = others.split(b"\n")
        found = list(map(self.lines.get, lines))
        leads.update(*filter(None, found))
        links, rest = set[str](), []
        for line in [line for line, known in zip(lines, found, strict=True) if known is None]:
            left, hrefs = self._marked(line) if b"data-ref" in line else (line, ())
            links.update(hrefs)
            if left[:2] != b"<t" or not _CELL.fullmatch(left):
                rest.append(left)
        links = {href.replace("\0", up) for href in links}
        return Cleared(b"\n".join(rest).replace(_FROM_ROOT, start), links, leads, misplaced)

    def _marked(self, line: bytes) -> tuple[bytes, Collection[str]]:
        """Return a line with a mark for each right figure, and where these lead."""
        hrefs = set[str]()

        def marked(match: re.Match[bytes]) -> bytes:
            href, *figures = match.groups()
            figure = next(filter(None, figures))
            if figure not in self.right:
                if not self._right(figure):
                    return match[0]
                self.right.add(figure)
            if href:
                hrefs.add(unescape(href.decode()))
            return _MARK

        left = _WRITTEN.sub(marked, line)
        if (links := _sound(left, hrefs)) is not None:
            self.lines[line] = links
        return left, hrefs

    def _right(self, figure: bytes) -> bool:
        """Return whether a figure shows what the data say."""
        parts: Any = _PARTS.search(figure.decode(errors="replace"))
        value, ref, text = parts.groups()
        expected = self.expected(unescape(ref))
        if expected is None or " ".join(unescape(_TAG.sub("", text)).split()) not in expected[1]:
            return False
        return value is None or unescape(value) == expected[0]

    def _sentences(self, page: str, html: bytes) -> Iterator[Problem]:
        """Yield every sentence whose figures stand in another order than in its record.

        Each of them may be right, and yet not what the words around it say.
        """
        if b"recommendations" not in html:
            return
        refs = [unescape(ref.decode(errors="replace")) for ref in _REF.findall(html)]
        for place, ref in enumerate(refs):
            if operands := self.operands.get(ref):
                found = tuple(refs[place + 1 :][: len(operands)])
                if found != operands:
                    yield Problem.of_file(
                        page, "figure-misplaced", f"the figures {', '.join(found)} in {ref}",
                        f"{', '.join(operands)}, in this order",
                    )  # fmt: skip

    def problems(self, page: str, tree: Any) -> Iterator[Problem]:
        """Yield every figure of a page that has no owner or differs from it.

        Empties the elements that it has checked: the tree serves for nothing else afterwards.
        """
        marks: Any = _marks(tree)
        for mark in marks:
            place, right = mark.get("cx", mark.get("x2")), self._place(mark)
            if place is None or place != right:
                yield Problem.of_file(
                    page, "mark-misplaced", f"a mark at {place} for {mark.get('data-at')}",
                    f"{right or 'no mark'}, by the data and the axis",
                )  # fmt: skip
        # Children come before what holds them, so that a sentence sees its figures as marks.
        owned: Any = _owned(tree)
        for element in reversed(owned):
            ref = element.get("data-ref")
            text = " ".join("".join(element.itertext()).split())
            shown = element.get("value", "")
            expected = self.expected(ref)
            if expected is None:
                yield Problem.of_file(
                    page, "figure-owner", f"{text} with the reference {ref}",
                    "a reference that the data have",
                )  # fmt: skip
            elif text not in expected[1] or (element.tag == "data" and shown != expected[0]):
                said = f"{' or '.join(sorted(expected[1]))}, as the data say at {ref}"
                yield Problem.of_file(
                    page, "figure-differs", _named(f"{text} (value {shown})" if shown else text),
                    _named(said),
                )  # fmt: skip
            del element[:]
            element.text = _OWNER
        spoken: Any = _spoken(tree)
        words = "\n".join((_text(tree), *(" ".join(one.split()) for one in spoken)))
        lines = [line for line in dict.fromkeys(words.split("\n")) if line not in self.clean]
        if not FIGURE.search("\n".join(lines)):
            self.clean.update(lines)
            return  # without looking for the names, which takes ten times as long
        for line in lines:
            for match in FIGURE.finditer(self.names.sub(" ", line)):
                yield Problem.of_file(
                    page, "figure-without-owner",
                    f"{_named(match[0])} in: {_short(line)}",
                    "a figure that a macro takes from the data",
                    "move the number to data/ and call a macro for it",
                )  # fmt: skip


def _sound(line: bytes, hrefs: Collection[str]) -> tuple[str, ...] | None:
    """Return where a marked line leads from the root, if no page needs to look at it again.

    It is so if it has whole elements without id, leads to the same places from every page, and
    holds no figure, also none of which one half stands on the line before or after it. A full stop
    ends a number as it ends a sentence.
    """
    if not _PLAIN.fullmatch(line) or any(word in line for word in _SUSPICIOUS):
        return None
    leads = {unescape(href.decode()) for href in _HREF.findall(line)} | set(hrefs)
    if not all(_ANYWHERE.match(href) for href in leads):
        return None
    try:
        element = etree.fromstring(b"<span>%b</span>" % line.replace(b"\0", b""))
    except etree.XMLSyntaxError:
        return None
    words = _text(element)
    behind = "" if words.endswith(".") else "s"
    if FIGURE.search(f"1{words}") or FIGURE.search(f"{words}{behind}"):
        return None
    return tuple(href.removeprefix("\0") for href in leads)


def _lines(guide: Guide) -> Iterator[tuple[bytes, tuple[str, ...]]]:
    """Yield what the derivations have on a line of its own, and where it leads."""
    for ref, derived in guide.derived.items():
        href = address(guide, ref)
        yield _link(href, ref, derived.value, derived.unit, derived.approximate), (href,)
        yield b'<tr><th scope="row">%b</th>' % formats.html(derived.label).encode(), ()
    every = guide.derived.values()
    for ref in {operand for one in every for _, operand in one.chosen or one.operands}:
        href, (value, unit, approximate) = address(guide, ref), guide.figure(ref)
        yield b"<td>%b</td>" % _link(href, ref, Decimal(value), unit, approximate), (href,)


def _link(href: str, ref: str, value: Decimal, unit: str, approximate: bool) -> bytes:
    shown = formats.quantity(value, unit, approximate)
    return (
        f'<a href="\0{href}"><data value="{value:f}" data-ref="{ref}">{shown}</data></a>'.encode()
    )


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
