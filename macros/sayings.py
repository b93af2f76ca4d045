"""Who says what stands on a line of a data file?

Marks each value with the anchor that lasts, and writes below a line where its figures were read,
when, and what is noted about them. Imports ``footnotes`` and ``origins``; ``copies`` calls it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from .cells import Pen
from .derive import Guide
from .documents import Key
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


def _harmless(text: str) -> str:
    return html(printable(text))


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
        for key, position in document.positions.items():
            if key and position.line not in self.refs:
                self.refs[position.line] = self._ref(key)
        self._values: dict[int, list[tuple[int, int, Key]]] = {}
        for key, (line, column, width) in leaves(document):
            self._values.setdefault(line, []).append((column - 1, width, key))
        self._nodes: dict[Key, list[Node]] = {}
        self._known = document.positions

    def _ref(self, key: Key) -> str:
        return "/".join((*self._kind, *map(str, key)))

    def line(self, number: int, text: str) -> str:
        """Return a line as HTML, each of its values as a link to its own lasting address."""
        parts, end = [], 0
        plain = html(printable(text)) == text  # as nearly every line is
        show = str if plain else _harmless
        for start, width, key in sorted(self._values.get(number, ())):
            name = html(anchor(key))
            shown = show(text[start : start + width])
            parts.append(f'{show(text[end:start])}<a id="{name}" href="#{name}">{shown}</a>')
            end = start + width
        parts.append(show(text[end:]))
        return "".join(parts)

    def who(self, number: int, wrong: str) -> str:
        """Return where the figures of a line were read and what is noted about them, or nothing.

        ``wrong`` is the link that reports the line, or nothing.
        """
        keys = [key for _, _, key in self._values.get(number, ())]
        # What several figures of a line share stands once; a row has one line of its source.
        whole = dict.fromkeys(key[:-1] for key in keys) if len(keys) > 1 else keys
        cites = dict.fromkeys(cite(self.guide.dataset, self._ref(key)) for key in whole)
        parts = [self._read(found) for found in cites if found]
        if any(key[0] in _MEASURED for key in keys) and self._kind[0].startswith("runs/"):
            day = self.pen.figure(f"{self._kind[0]}/measured_on")
            parts.append(f"Measured by this project on {day}.")
        parts += self._own_notes(keys)
        parts += [self._note(remark, of, keys) for remark, of in self._noted(keys).items()]
        parts += [wrong.strip()] if wrong else []
        said = "".join([part if part[0] == "<" else f"<span>{part}</span>" for part in parts])
        return f'<span class="who">{said}</span>' if parts else ""

    def _read(self, found: Cite) -> str:
        day = self.pen.figure(f"sources/{found.id}/read_on")
        return f"Source: {self.pen.cite(found)}, read on {day}."

    def _own_notes(self, keys: Iterable[Key]) -> Iterator[str]:
        """Yield how far the source of a value is trusted, if not fully, and the note beside it."""
        for above in (key[:-1] for key in keys if key[-1] in _VALUES):
            for part in ("confidence", "note"):
                if (*above, part) in self._known:
                    words = self.pen.text(self._ref((*above, part)))
                    yield f"{part.capitalize()}: {words}"

    def _noted(self, keys: Iterable[Key]) -> dict[str, list[Key]]:
        """Return the notes, waivers and newer tables on some values, each with its values."""
        noted: dict[str, list[Key]] = {}
        for key in keys:
            if key[:-1] not in self._nodes:
                self._nodes[key[:-1]] = index(self.guide).at(self._ref(key[:-1]))
            if nodes := self._nodes[key[:-1]]:
                for remark in remarks(nodes) + remarks(below(nodes, str(key[-1]))):
                    noted.setdefault(remark, []).append(key)
        return noted

    def _note(self, remark: str, of: list[Key], keys: list[Key]) -> str:
        """Return a note; where it is not about all values of its line, it says about which."""
        lead = ""
        if len(of) < len(keys):
            names = ", ".join(f"<code>{html(str(key[-1]))}</code>" for key in of)
            lead = f'<span class="of">{names}: </span>'
        anchors = html(" ".join(map(anchor, of)))
        return f'<span data-of="{anchors}">{lead}{remark_html(self.pen, remark)}</span>'
