"""Does each figure of a table stand under the headings of what it is about?

A figure may be right by its own reference and yet stand where its neighbour should. So the card,
model, column and table that the headings of a cell name must be those of its figures. Imports
``derive``; ``owners`` calls it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import unescape

from .derive import Guide
from .errors import Problem

_REF = re.compile(rb'\sdata-ref=["\']?([^"\'\s<>]+)')
_CELL = re.compile(rb"<t[dh][ >]")
# A heading with an element in it, which may name a record.
_NAMING = re.compile(rb"<th[^>]*>[^<]*<(?!/th)")
# These name a record and are no figures of it; any record may be named in any cell.
_NAMES = (b"/name", b"/title", b"/label")
_About = dict[str, str]


class Places:
    """What each reference of a guide is about; worked out once for each."""

    def __init__(self, guide: Guide) -> None:
        self.dataset = guide.dataset
        self.known: dict[bytes, _About] = {}

    def problems(self, page: str, html: bytes) -> Iterator[Problem]:
        """Yield each figure of a page that stands under a heading of something else."""
        for table in html.split(b"<table")[1:]:
            head, body = table.partition(b"</table")[0].partition(b"<tbody>")[::2]
            caption, titles = head.partition(b"<thead>")[::2]
            # Where one heading holds for several columns, only captions and rows are looked at.
            single = b"colspan" not in head and b"data-ref" in titles
            columns = [self.named(cell) for cell in _CELL.split(titles)[1:]] if single else []
            above = self.named(caption)
            if not (columns or above or _NAMING.search(table)):
                continue  # nothing is named, as in a derivation
            for row in (body or head).split(b"<tr")[1:]:
                begin, _, rest = row.partition(b"</th>")
                beside = above | self.named(begin)
                if columns:
                    pairs = zip(_CELL.split(rest)[1:], columns[1:], strict=False)
                    cells = [(cell, beside | column) for cell, column in pairs]
                else:
                    cells = [(rest, beside)] if beside else []
                for cell, named in cells:
                    for ref in _REF.findall(cell):
                        about = self.about(ref)
                        if about.items() <= named.items() or ref.endswith(_NAMES):
                            continue
                        for kind, record in about.items():
                            if not self._agree(kind, named.get(kind, record), record):
                                yield self._problem(page, ref, kind, named[kind])

    def named(self, heading: bytes) -> _About:
        """Return the records that a heading names; of a kind of which it names two, none."""
        found: dict[str, set[str]] = {}
        for ref in _REF.findall(heading):
            for kind, record in self.about(ref).items():
                found.setdefault(kind, set()).add(record)
        return {kind: records.pop() for kind, records in found.items() if len(records) == 1}

    def about(self, ref: bytes) -> _About:
        """Return the record of each kind that a reference is about."""
        if ref not in self.known:
            self.known[ref] = dict(self._about(*unescape(ref.decode(errors="replace")).split("/")))
        return self.known[ref]

    def _about(self, kind: str, name: str = "", *path: str) -> Iterator[tuple[str, str]]:
        if kind == "derived":
            yield from self._about(name, *path)
        if kind in ("gpus", "models", "benchmarks", "requirements"):
            yield kind, name
        match (kind, *path):
            case ("benchmarks", "results" | "speedup" | "per-hour", gpu, column):
                if gpu in self.dataset.gpus:
                    yield "gpus", gpu
                yield from self._column(name, column)
            case ("benchmarks", "columns" | "range", column, *_):
                yield from self._column(name, column)
            case ("benchmarks", "claims", _, "factors", gpu):
                yield "gpus", gpu
            case ("requirements", "results", model):
                yield "models", model
            case ("gpus", "headroom" | "headroom-percent", table, model):
                yield from (("requirements", table), ("models", model))

    def _column(self, table: str, column: str) -> Iterable[tuple[str, str]]:
        benchmark = self.dataset.benchmarks.get(table)
        if benchmark and column in benchmark.columns:
            yield "models", benchmark.columns[column].model
            yield "columns", column

    def _agree(self, kind: str, named: str, record: str) -> bool:
        """Return whether a record is the one that a heading names, or shares its name."""
        if named == record or kind != "gpus":
            return named == record
        groups = [self.dataset.gpus[one].one_of for one in (named, record)
                  if one in self.dataset.gpus]  # fmt: skip
        return any({named, record} & set(members) for members in groups)

    def _problem(self, page: str, ref: bytes, kind: str, named: str) -> Problem:
        found = f"{ref.decode(errors='replace')} under a heading of {kind}/{named}"
        expected = "each figure in its own row and column"
        return Problem.of_file(page, "figure-misplaced", found, expected)
