"""What stands behind a figure: its line in the data, or its derivation?

Writes the plain pages that figures link to: copies of data files and Markdown pages with an anchor
for each line, and one page of derivations for each record. They use no theme and no script.
Imports ``grids``, ``dates``, ``sayings`` and ``policy``; ``hooks`` adds these pages to the site.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple
from urllib.parse import quote

from .cells import Pen
from .dates import newest
from .derive import Guide
from .errors import printable
from .figures import Derived
from .footnotes import Footnotes
from .formats import html, quantity
from .grids import head, row_head, th
from .policy import sealed
from .sayings import Sayings

# What ends a line for YAML; a position in the data counts by these.
_LINE_END = re.compile("\r\n|[\n\r\x85\u2028\u2029]")


class Frame(NamedTuple):
    """What every plain page says around its content.

    ``notice`` is HTML. ``edit`` maps the folders ``data`` and ``docs`` to the address under which
    their files can be edited; a folder that is not in it has no edit links. ``repository`` is the
    address at which a wrong figure can be reported, or nothing.
    """

    guide: Guide
    site_name: str
    notice: str
    edit: Mapping[str, str]
    repository: str = ""

    def edit_address(self, path: str) -> str:
        """Return where ``data/...`` or ``docs/...`` can be edited, or nothing."""
        folder, _, rest = path.partition("/")
        file = rest and not rest.endswith("/")
        return f"{self.edit[folder]}/{quote(rest)}" if file and folder in self.edit else ""

    def wrong(self, ref: str, place: str) -> str:
        """Return the link that reports the figure ``ref``, as seen at ``place``."""
        if not self.repository:
            return ""
        repository, figure, page = self.repository, quote(ref, safe=""), quote(place, safe="")
        address = f"{repository}/issues/new?template=figure.yml&figure={figure}&page={page}"
        return f' <a class="wrong" href="{html(address)}">This figure looks wrong</a>'

    def page(self, place: str, title: str, main: str, source: str = "", notes: str = "") -> str:
        """Return the plain page at ``place``: HTML ``main``, made from the file ``source``.

        ``notes`` stand below ``main`` and do not date the page.
        """
        base = "../" * place.count("/")
        day = newest(main, self.guide)
        about = f'Data as of <time datetime="{day}">{day}</time>.' if day else ""
        if source:
            about += f' Made from <a href="{base}files/{quote(source)}.html">{html(source)}</a>'
            if address := self.edit_address(source):
                about += f' (<a href="{html(address)}">edit</a>)'
            about += "."
        # The policy is of what stands around the content, which may be long.
        begin, _, end = sealed(
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
            '<meta name="viewport" content="width=device-width,initial-scale=1">\n'
            f"<title>{html(title)} - {html(self.site_name)}</title>\n"
            f'<meta name="description" content="{html(title)}: each value with its source">\n'
            f'<link rel="icon" href="{base}assets/favicon.svg">\n'
            f'<link rel="stylesheet" href="{base}assets/plain.css">\n</head>\n<body>\n'
            f'<nav aria-label="Site"><a href="{base}index.html">{html(self.site_name)}</a>'
            f' / <a href="{base}files/index.html">Files</a></nav>\n'
            "<main></main>\n"
            f"<footer><p>{about}</p><p>{self.notice}</p></footer>\n</body>\n</html>\n"
        ).partition("<main>")
        return f"{begin}<main>\n<h1>{html(title)}</h1>\n{main}\n{notes}{end}"


def copies(pages: Mapping[str, str], frame: Frame) -> dict[str, str]:
    """Return the copies of all data files and of ``pages`` (Markdown by path), by their place.

    ``files/index.html`` lists them.
    """
    texts = {f"data/{file}": one.text for file, one in frame.guide.dataset.documents.items()}
    texts |= {f"docs/{path}": text for path, text in pages.items()}
    found = {f"files/{path}.html": _copy(path, text, frame) for path, text in texts.items()}
    return found | {"files/index.html": _listing(texts, frame)}


def _copy(path: str, text: str, frame: Frame) -> str:
    lines = _LINE_END.split(text)
    if lines[-1] == "":
        lines.pop()
    folder, _, file = path.partition("/")
    place = f"files/{path}.html"
    said = Sayings(frame.guide, file, place) if folder == "data" else None
    rows = "\n".join(_line(n, line, place, frame, said) for n, line in enumerate(lines, start=1))
    main = f'<pre class="lines" tabindex="0">{rows}\n</pre>'
    return frame.page(place, path, main, path)


def _line(number: int, line: str, place: str, frame: Frame, said: Sayings | None) -> str:
    begin = f'<span id="L{number}"><a href="#L{number}">{number}</a> '
    if not said:
        return f"{begin}{html(printable(line))}</span>"
    ref = said.refs.get(number)
    wrong = frame.wrong(ref, f"{place}#L{number}") if ref else ""
    return f"{begin}{said.line(number, line)}</span>{said.who(number, wrong)}"


def _listing(paths: Iterable[str], frame: Frame) -> str:
    folders: dict[str, list[str]] = {}
    for path in sorted(paths):
        folders.setdefault(path.rpartition("/")[0], []).append(path)
    parts = [
        f'<h2 id="{html(folder.replace("/", "-"))}">{html(folder)}/</h2>\n<ul>\n'
        + "\n".join(
            f'<li><a href="{quote(path)}.html">{html(path.rpartition("/")[2])}</a></li>'
            for path in folders[folder]
        )
        + "\n</ul>"
        for folder in sorted(folders)
    ]
    lead = "<p>The files that this site was made from, as they were when it was made.</p>\n"
    return frame.page("files/index.html", "Files", lead + "\n".join(parts))


Group = tuple[Derived, ...]
"""Figures that follow from the same operands, such as the ends of a range."""


def derivations(frame: Frame) -> dict[str, str]:
    """Return the derivation pages by place in the site: one for each record.

    Figures that follow in turn by the same formulas are the rows of one table. What is noted about
    an operand stands below, as it does at the tables that show it.
    """
    records: dict[str, list[Derived]] = {}
    for ref, derived in frame.guide.derived.items():
        _, kind, record, *_ = ref.split("/")
        records.setdefault(f"derived/{kind}/{record}.html", []).append(derived)
    return {place: _Derivations(frame, place).page(found) for place, found in records.items()}


class _Derivations:
    """The derivations of one record."""

    def __init__(self, frame: Frame, place: str) -> None:
        self.frame, self.place = frame, place
        self.record = place.removesuffix(".html").partition("/")[2]
        self.pen = Pen(frame.guide, "../" * place.count("/"))
        self.here = f"{self.pen.base}{place}"
        self.notes = Footnotes(self.pen, self.record.replace("/", "--"))
        self.cells: dict[str, str] = {}  # the memory of a card is an operand in every row

    def page(self, found: Iterable[Derived]) -> str:
        """Return the page of all figures that follow from a record."""
        groups = [tuple(group) for _, group in groupby(found, attrgetter("operands"))]
        parts = []
        for _, group in groupby(groups, _formulas):
            first, *more = group
            parts.append(self.rows([first, *more]) if more else self.alone(first))
        document, _ = self.frame.guide.dataset.document(self.record)
        lead = "<p>Figures that this guide computes, each with its formula and its operands.</p>\n"
        title, main = f"Derivations: {self.record}", lead + "\n".join(parts)
        file, notes = f"data/{document.file}", self.notes.html()
        return self.frame.page(self.place, title, main, file, notes)

    def rows(self, groups: Sequence[Group]) -> str:
        """Return a table of figures that follow by the same formulas."""
        first = groups[0]
        formulas = [derived.formula for derived in first]
        titles = ["Figure", *(label for label, _ in first[0].operands), *formulas]
        rows = []
        for group in groups:
            rows.append(row_head(html(group[0].label)))
            rows += [self.cell(ref) for _, ref in group[0].operands]
            rows += [self.result("td", derived) for derived in group]
        columns = head(*(th(html(title)) for title in titles))
        return (
            f"<section>\n<table><thead>{columns}</thead><tbody>\n"
            f"{''.join(rows)}</tbody></table>\n</section>"
        )

    def alone(self, group: Group) -> str:
        """Return figures with formulas of their own, and below them their operands."""
        # Nobody looks through a column here: the page of its model has it as a table.
        chosen = dict.fromkeys(operand for derived in group for operand in derived.chosen)
        operands = "".join(
            _operand(self.frame.guide, label) + self.cell(ref)
            for label, ref in chosen or group[0].operands
        )
        heading, results = "", ""
        for derived in group:
            if derived.label != heading:
                heading = derived.label
                results += f"<h2>{html(heading)}</h2>\n"
            results += self.result("p", derived, f"{html(derived.formula)} =")
        return f"<section>\n{results}<table>{operands}</table>\n</section>"

    def cell(self, ref: str) -> str:
        """Return an operand."""
        if ref not in self.cells:
            self.cells[ref] = f"<td>{self.pen.figure(ref)}{self.notes.of(ref)}</td>\n"
        return self.cells[ref]

    def result(self, tag: str, derived: Derived, formula: str = "") -> str:
        """Return a figure; not by ``Pen.figure``, because none of thousands comes again."""
        ref, anchor = derived.ref, derived.ref.split("/", 3)[3].replace("/", "--")
        shown = quantity(derived.value, derived.unit, derived.approximate)
        return (
            f'<{tag} id="{anchor}">{formula}\n<a href="{self.here}#{anchor}">'
            f'<data value="{derived.value:f}" data-ref="{ref}">{shown}</data></a>'
            f"\n{self.frame.wrong(ref, self.place)}</{tag}>\n"
        )


def _formulas(group: Group) -> object:
    """Return what the figures of one table share; of those that stand alone, something unique."""
    first = group[0]
    if first.chosen or any(derived.label != first.label for derived in group):
        return first.ref
    return [derived.formula for derived in group], [label for label, _ in first.operands]


@lru_cache(maxsize=4096)
def _operand(guide: Guide, label: str) -> str:
    """Return the heading of an operand; a card is called by its name."""
    if label not in guide.dataset.gpus:
        return row_head(html(label))
    name, words = f"gpus/{label}/name", guide.dataset.gpus[label].name
    return row_head(f'<span data-ref="{name}">{html(words)}</span>')
