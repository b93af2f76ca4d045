"""Who says what stands on a line of a data file?

Marks each value with the anchor that lasts, and writes below a line where its figures were read,
when, and what is noted about them. Imports ``footnotes`` and ``origins``; ``copies`` calls it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from .cells import Pen
from .derive import Guide
from .documents import Key, Position
from .errors import printable
from .footnotes import remark_html, remarks
from .formats import html
from .index import Node, below, index
from .origins import anchor, cite, leaves
from .values import Cite

# What a run measured; the rest of it says how.
_MEASURED = ("times_s", "warmup_times_s", "peak_mib")
# Keys of values that have confidence and note beside them.
_VALUES = ("value", "total_mib")


@lru_cache(maxsize=4096)  # the same columns come again in every row
def _part(part: str | int) -> str:
    return html(str(part))


@lru_cache(maxsize=4096)
def _lead(above: Key) -> str:
    return html(anchor((*above, "")))


def _harmless(text: str) -> str:
    return html(printable(text))


_Group = tuple[Key, list[tuple[Key, Position]]]
"""Values of one line with their places, and the part of their keys that they share."""


class Sayings:
    """What can be said about the lines of one data file.

    ``file`` is its name under the data folder, ``place`` the address of its copy in the site.
    ``refs`` holds the reference of what begins on each line.
    """

    def __init__(self, guide: Guide, file: str, place: str) -> None:
        self.guide, self.pen = guide, Pen(guide, "../" * place.count("/"))
        document = guide.dataset.documents[file]
        self._kind = (file.removesuffix(".yml"),)
        self.refs: dict[int, str] = {}
        for key, (begin, _, _) in document.positions.items():
            if begin not in self.refs and key:
                self.refs[begin] = self._ref(key)
        self._values: dict[int, list[_Group]] = {}
        at, above, values = 0, Key(), list[tuple[Key, Position]]()
        for value in leaves(document):
            key, (line, _, _) = value
            if line != at or key[:-1] != above:
                at, above, values = line, key[:-1], []
                self._values.setdefault(line, []).append((above, values))
            values.append(value)
        self._sources: dict[Cite, str] = {}
        self._nodes: dict[Key, list[Node]] = {}
        self._known = document.positions

    def _ref(self, key: Key) -> str:
        return "/".join((*self._kind, *map(str, key)))

    def line(self, number: int, text: str) -> str:
        """Return a line as HTML, each of its values as a link to its own lasting address."""
        parts, end = list[str](), 0
        plain = _harmless(text) == text  # as nearly every line is
        for above, values in self._values.get(number, ()):
            lead = _lead(above)
            for key, (_, column, width) in values:
                name, start = lead + _part(key[-1]), column - 1
                before, shown = text[end:start], text[start : start + width]
                if not plain:
                    before, shown = _harmless(before), _harmless(shown)
                parts.append(f'{before}<a id="{name}" href="#{name}">{shown}</a>')
                end = start + width
        parts.append(_harmless(text[end:]))
        return "".join(parts)

    def who(self, number: int, wrong: str) -> str:
        """Return where the figures of a line were read and what is noted about them, or nothing.

        ``wrong`` is the link that reports the line, or nothing.
        """
        groups = self._values.get(number, [])
        # What several figures of a line share stands once; a row has one line of its source.
        whole = dict.fromkeys(above for above, _ in groups)
        if len(groups) == 1 and len(groups[0][1]) == 1:
            whole = dict.fromkeys(_keys(groups))
        cites = dict.fromkeys(cite(self.guide.dataset, self._ref(key)) for key in whole)
        parts = [self._read(found) for found in cites if found]
        if self._kind[0].startswith("runs/") and any(key[0] in _MEASURED for key in _keys(groups)):
            day = self.pen.figure(f"{self._kind[0]}/measured_on")
            parts.append(f"Measured by this project on {day}.")
        parts += self._own_notes(groups)
        parts += self._notes(groups)
        parts += [wrong.strip()] if wrong else []
        said = "".join([part if part[0] == "<" else f"<span>{part}</span>" for part in parts])
        return f'<span class="who">{said}</span>' if parts else ""

    def _read(self, found: Cite) -> str:
        if found not in self._sources:
            day = self.pen.figure(f"sources/{found.id}/read_on")
            self._sources[found] = f"Source: {self.pen.cite(found)}, read on {day}."
        return self._sources[found]

    def _own_notes(self, groups: Iterable[_Group]) -> Iterator[str]:
        """Yield how far the source of a value is trusted, if not fully, and the note beside it."""
        for above, values in groups:
            for key, _ in values:
                if key[-1] in _VALUES:
                    for part in ("confidence", "note"):
                        if (*above, part) in self._known:
                            words = self.pen.text(self._ref((*above, part)))
                            yield f"{part.capitalize()}: {words}"

    def _notes(self, groups: Sequence[_Group]) -> Iterator[str]:
        """Yield each note, waiver and newer table on some values, with the values it is about."""
        noted: dict[str, list[Key]] = {}
        for above, values in groups:
            if above not in self._nodes:
                self._nodes[above] = index(self.guide).at(self._ref(above))
            if nodes := self._nodes[above]:
                for key, _ in values:
                    for remark in remarks(nodes) + remarks(below(nodes, str(key[-1]))):
                        noted.setdefault(remark, []).append(key)
        many = sum(len(values) for _, values in groups)
        for remark, of in noted.items():
            lead = ""
            if len(of) < many:
                names = ", ".join(f"<code>{html(str(key[-1]))}</code>" for key in of)
                lead = f'<span class="of">{names}: </span>'
            anchors = html(" ".join(map(anchor, of)))
            yield f'<span data-of="{anchors}">{lead}{remark_html(self.pen, remark)}</span>'


def _keys(groups: Iterable[_Group]) -> Iterator[Key]:
    """Yield the keys of all values of a line."""
    return (key for _, values in groups for key, _ in values)
