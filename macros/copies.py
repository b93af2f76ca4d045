"""What stands behind a figure: its line in the data, or its derivation?

Writes the plain pages that figures link to: copies of data files and Markdown pages with an anchor
for each line, and one page of derivations for each record. They use no theme and no script.
Imports ``grids``, ``dates``, ``sayings`` and ``policy``; ``hooks`` adds these pages to the site.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import NamedTuple
from urllib.parse import quote

from .cells import Pen
from .dates import newest
from .derive import Guide
from .errors import printable
from .figures import Derived
from .footnotes import Footnotes
from .formats import html
from .grids import times
from .index import below, index
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
        return sealed(
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
            '<meta name="viewport" content="width=device-width,initial-scale=1">\n'
            f"<title>{html(title)} - {html(self.site_name)}</title>\n"
            f'<link rel="icon" href="{base}assets/favicon.svg">\n'
            f'<link rel="stylesheet" href="{base}assets/plain.css">\n</head>\n<body>\n'
            f'<nav aria-label="Site"><a href="{base}index.html">{html(self.site_name)}</a>'
            f' / <a href="{base}files/index.html">Files</a></nav>\n'
            f"<main>\n<h1>{html(title)}</h1>\n{main}\n{notes}</main>\n"
            f"<footer><p>{about}</p><p>{self.notice}</p></footer>\n</body>\n</html>\n"
        )


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


def derivations(frame: Frame) -> dict[str, str]:
    """Return the derivation pages by place in the site: one for each record.

    Figures that follow from the same operands, such as the ends of a range, stand together. What
    is noted about an operand stands below, as it does at the tables that show it.
    """
    records: dict[str, list[Derived]] = {}
    for ref, derived in frame.guide.derived.items():
        _, kind, record, *_ = ref.split("/")
        records.setdefault(f"derived/{kind}/{record}.html", []).append(derived)
    return {place: _derivations(place, found, frame) for place, found in records.items()}


def _derivations(place: str, found: Iterable[Derived], frame: Frame) -> str:
    pen = Pen(frame.guide, "../" * place.count("/"))
    record = place.removesuffix(".html").partition("/")[2]
    notes = Footnotes(pen, record.replace("/", "--"))
    cells = _cells(pen, record)
    parts = []
    for formula, alike in groupby(found, key=lambda derived: derived.operands):
        operands = "".join(
            [
                f'<tr><th scope="row">{html(label)}</th>\n'
                + (cells.get(ref) or f"<td>{pen.figure(ref)}{notes.of(ref)}</td>\n")
                for label, ref in formula
            ]
        )
        heading, results = "", ""
        for derived in alike:
            if derived.label != heading:
                heading = derived.label
                results += f"<h2>{html(heading)}</h2>\n"
            results += (
                f'<p id="{html("--".join(derived.ref.split("/")[3:]))}">{html(derived.formula)} =\n'
                f"{pen.figure(derived.ref)}\n{frame.wrong(derived.ref, place)}</p>\n"
            )
        parts.append(f"<section>\n{results}<table>{operands}</table>\n</section>")
    document, _ = frame.guide.dataset.document(record)
    lead = "<p>Figures that this guide computes, each with its formula and its operands.</p>\n"
    title, main = f"Derivations: {record}", lead + "\n".join(parts)
    return frame.page(place, title, main, f"data/{document.file}", notes.html())


def _cells(pen: Pen, record: str) -> dict[str, str]:
    """Return the cells without a footnote of a benchmark by reference; none of another record."""
    kind, _, name = record.partition("/")
    if kind != "benchmarks":
        return {}
    noted = index(pen.guide).at(f"{record}/results")
    return {
        f"{record}/results/{gpu}/{column}": f"<td>{figure}</td>\n"
        for gpu, row in times(pen, name).items()
        if not below(noted, gpu)
        for column, figure in row.items()
    }
