"""What must a large table of the site look like, by the data?

Makes the rows of whole tables, of published times and of verdicts, from the data and never from
what was rendered. A page that has these very bytes under the right headings needs no second look
at each of their cells. Imports ``index``; ``owners`` calls it.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from itertools import chain
from typing import NamedTuple

from . import formats
from .cells import METERS_IN_SHORT, STATES
from .derive import Guide
from .index import index
from .rows import Verdict
from .values import Cell

_REF = re.compile(rb' data-ref="([^"<>]+)"')
_TITLE = re.compile(rb' data-ref="(benchmarks|requirements)/([^"<>/]+)/title"')
_WHOSE = re.compile(rb' data-ref="(gpus|models)/([^"<>/]+)/name"')
_BODY = b"<tbody>"
_ABSENT = Cell("not_measured")


class Rows(NamedTuple):
    """The rows that a table must have, and where they lead from the root of the site."""

    html: bytes
    links: Collection[str]


class Heading(NamedTuple):
    """The name of a card or column: as a link, where it leads, and at the start of a row."""

    link: str
    href: str
    row: bytes


class Times(NamedTuple):
    """A published table; its cards and columns by the reference that names them in a heading."""

    gpus: dict[str, str]
    columns: dict[str, str]
    headings: dict[str, Heading]
    cells: dict[str, dict[str, bytes]]
    """By card and column."""
    links: frozenset[str]


_NONE = Rows(b"", ())


class Tables:
    """The rows of a guide's tables; a null byte stands where an address begins at the root."""

    def __init__(self, guide: Guide) -> None:
        self.guide, self.index = guide, index(guide)
        self.times: dict[str, Times] = {}
        self.names: dict[str, Heading] = {}
        self.verdicts: dict[tuple[str, str], tuple[bytes, bytes, tuple[str, str]]] = {}
        self.numbers: dict[str, Rows] = {}

    def without_right_rows(self, html: bytes, up: bytes) -> tuple[bytes, set[str]]:
        """Return a page without the rows of tables that are right as a whole, and their links.

        ``up`` leads from the page to the root.
        """
        parts, links, end = [], set[str](), 0
        while (place := html.find(_BODY, end)) >= 0:
            start = place + len(_BODY)
            top = html[html.rfind(b"<caption>", 0, start) : start]
            rows = self._rows_under(top.replace(b'href="' + up, b'href="\0'))
            right = rows.html.replace(b"\0", up)
            parts.append(html[end:start])
            end = start
            if right and html.startswith(right, start):
                end += len(right)
                links.update(rows.links)
        return b"".join((*parts, html[end:])), links

    def _rows_under(self, top: bytes) -> Rows:
        """Return the rows that belong under a caption and headings."""
        caption, _, head = top.partition(b"</caption>")
        titles, whose = set(_TITLE.findall(caption)), set(_WHOSE.findall(caption))
        kind, name = titles.pop() if len(titles) == 1 else (b"", b"")
        if kind == b"benchmarks":
            return self._times_under(name.decode(), head)
        if name.decode() in self.guide.dataset.requirements and len(whose) == 1:
            of, record = whose.pop()
            return self._verdicts_under(name.decode(), of.decode(), record.decode(), head)
        return _NONE

    # ------------------------------------------------------------ published times

    def _times_under(self, name: str, head: bytes) -> Rows:
        """Return the rows of a table: all or some columns of every card, or all of some cards."""
        table, named = self._times(name), [ref.decode() for ref in _REF.findall(head)]
        if not table or not named:
            return _NONE
        if table.columns.keys() >= set(named):
            corner, beside, ids = "GPU", table.gpus, [table.columns[ref] for ref in named]
            cells = [[row[column] for row in table.cells.values()] for column in ids]
        elif table.gpus.keys() >= set(named):
            corner, beside = "Model", table.columns
            cells = [list(table.cells[table.gpus[ref]].values()) for ref in named]
        else:
            return _NONE
        unit, headings = self.guide.dataset.benchmarks[name].unit, table.headings
        if head != _head(corner, *(f"{headings[ref].link} ({unit})" for ref in named)):
            return _NONE
        rows = zip((headings[ref].row for ref in beside), *cells, strict=True)
        return Rows(b"".join(chain.from_iterable(rows)), table.links)

    def _times(self, name: str) -> Times | None:
        """Return a published table, made when it is first asked for."""
        if name not in self.times and name in self.guide.dataset.benchmarks:
            self.times[name] = self._made(name)
        return self.times.get(name)

    def _made(self, name: str) -> Times:
        dataset, place = self.guide.dataset, f"benchmarks/{name}"
        table = dataset.benchmarks[name]
        gpus = {f"gpus/{gpu}/name": gpu for gpu in table.results}
        headings = {ref: self._named("gpus", gpu) for ref, gpu in gpus.items()}
        columns = {}
        for column, about in table.columns.items():
            ref, heading = f"models/{about.model}/name", self._named("models", about.model)
            if about.label:
                ref = f"{place}/columns/{column}/label"
                heading = _heading(ref, heading.href, about.label)
            columns[ref], headings[ref] = column, heading
        positions = dataset.documents[f"{place}.yml"].positions
        file, links = f"files/data/{place}.yml.html", {one.href for one in headings.values()}
        cells: dict[str, dict[str, bytes]] = {}
        href, line = "", 0
        for gpu, results in table.results.items():
            row = []
            for column in table.columns:
                cell = results.get(column, _ABSENT)
                if cell.value is None:
                    value, shown = str(cell.state), STATES[cell.state]
                else:
                    value = shown = f"{cell.value:f}"
                    if cell.approximate:
                        shown = formats.shown(value, approximate=True)
                ref = f"{place}/results/{gpu}/{column}"
                html = f'<data value="{value}" data-ref="{ref}">{shown}</data>'
                if column in results:
                    if line != positions["results", gpu, column].line:
                        line = positions["results", gpu, column].line
                        href = f"{file}#L{line}"
                        links.add(href)
                    html = f'<a href="\0{href}">{html}</a>'
                row.append(f"<td>{html}</td>\n")
            cells[gpu] = dict(zip(table.columns, _bytes("\1".join(row)).split(b"\1"), strict=True))
        return Times(gpus, columns, headings, cells, frozenset(links))

    def _named(self, kind: str, record: str) -> Heading:
        """Return the name of a card or model as a heading."""
        ref = f"{kind}/{record}/name"
        if ref not in self.names:
            words = getattr(self.guide.dataset, kind)[record].name
            self.names[ref] = _heading(ref, f"{kind}/{record}/", words)
        return self.names[ref]

    # ------------------------------------------------------------ verdicts

    def _verdicts_under(self, table: str, kind: str, name: str, head: bytes) -> Rows:
        """Return the verdicts of a card, or of a model from the smallest card to the largest."""
        found, dataset = self.index, self.guide.dataset
        if kind == "gpus":
            rows = found.verdicts.get(name, [])
            first = ["Model", "Verdict", f"Memory needed ({dataset.requirements[table].unit})"]
        else:
            of_model = (found.verdicts_on.get((gpu, name), ()) for gpu in dataset.gpus)
            rows = sorted(chain.from_iterable(of_model), key=lambda row: row.capacity_gib or 0)
            first = ["GPU", "Verdict", "Memory (GiB)", "Who says so"]
        rows = [row for row in rows if row.requirement == table]
        if head != _head(*first, "Headroom (GiB)", "Headroom (%)", "Published results") or any(
            row.headroom_gib is None for row in rows
        ):
            return _NONE
        html, links = list[bytes](), list[str]()
        for row in rows:
            if kind == "gpus":
                heading, between = self._named("models", row.model), self._number(str(row.need_ref))
            else:
                heading, between = self._named("gpus", row.gpu), self._memory(row)
            verdict, headroom, leads = self._judged(row)
            html += (heading.row, verdict, between.html, headroom)
            links += (heading.href, *between.links, *leads)
        return Rows(b"".join(html), links)

    def _judged(self, row: Verdict) -> tuple[bytes, bytes, tuple[str, str]]:
        """Return what both tables say of a verdict: its cell, the cells at the end, their links."""
        place, tail = f"derived/gpus/{row.gpu}", f"{row.requirement}/{row.model}"
        if (place, tail) not in self.verdicts:
            words = formats.verdict(row.verdict, row.architecture).html()
            doubtful = row.architecture not in (None, "supported") and row.verdict != "does_not_fit"
            verdict = (
                f'<td class="verdict {"doubtful" if doubtful else row.verdict}"'
                f' data-sort="{self.guide.derived[f"{place}/headroom/{tail}"].value}">'
                f"{words}</td>\n"
            )
            gib, href = self._cell(f"{place}/headroom/{tail}")
            percent, percent_href = self._cell(f"{place}/headroom-percent/{tail}")
            seen = {one.state for one in self.index.seen.get((row.gpu, row.model), ())}
            states = [STATES[state] for state in STATES if state in (seen or {"not_measured"})]
            left = f"{gib}{percent}<td>{', '.join(states)}</td>\n"
            leads = href, percent_href
            self.verdicts[place, tail] = _bytes(verdict), _bytes(left), leads
        return self.verdicts[place, tail]

    def _memory(self, row: Verdict) -> Rows:
        """Return the cells of a card's memory: how much, and who says so."""
        ref = f"derived/gpus/{row.gpu}/capacity"
        if ref not in self.numbers:
            html, href = self._cell(ref)
            html += f"<td>{METERS_IN_SHORT[str(row.meter)]}</td>\n"
            self.numbers[ref] = Rows(_bytes(html), (href,))
        return self.numbers[ref]

    def _number(self, ref: str) -> Rows:
        """Return the cell of a number."""
        if ref not in self.numbers:
            html, href = self._cell(ref)
            self.numbers[ref] = Rows(_bytes(html), (href,))
        return self.numbers[ref]

    def _cell(self, ref: str) -> tuple[str, str]:
        """Return the cell of a number whose heading names the unit, and where it leads."""
        figure, href = self.guide.figure(ref), address(self.guide, ref)
        value = f"{figure.value:f}"
        data = f'<data value="{value}" data-ref="{ref}">'
        shown = formats.shown(value, figure.approximate)
        return f'<td class="num"><a href="\0{href}">{data}{shown}</data></a></td>\n', href


def address(guide: Guide, ref: str) -> str:
    """Return where a figure leads from the root: to its derivation, or to its line in the data."""
    if ref.startswith("derived/"):
        _, kind, record, *rest = ref.split("/")
        return f"derived/{kind}/{record}.html#{'--'.join(rest)}"
    file, line = guide.dataset.position(ref)
    return f"files/data/{file}.html#L{line}"


def _bytes(html: str) -> bytes:
    """Return HTML as filled pages have it, with a reference for what is not ASCII."""
    return html.encode("ascii", "xmlcharrefreplace")


def _head(*titles: str) -> bytes:
    """Return the headings of a table; those of numbers end in a unit."""
    cells = (
        f'<th scope="col"{_NUMBER if title[-1] == ")" else ""}>{title}</th>' for title in titles
    )
    return _bytes(f"<thead><tr>{''.join(cells)}</tr></thead><tbody>")


_NUMBER = ' class="num"'


def _heading(ref: str, href: str, words: str) -> Heading:
    link = f'<a href="\0{href}" data-ref="{ref}">{formats.html(words)}</a>'
    return Heading(link, href, _bytes(f'<tr><th scope="row">{link}</th>\n'))
