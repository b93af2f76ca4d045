"""How is a table put together?

Captions, headings, rows and the frame around them, the same for every table of the site.
Imports ``cells``, ``footnotes`` and ``index``; the modules that make tables import it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain

from . import formats
from .cells import METRICS, SILENT, STATES, Pen
from .derive import Guide
from .footnotes import Footnotes, remarks
from .index import below, index
from .rows import Result
from .schema import Benchmark, Requirement
from .values import Workload


def frame(
    notes: Footnotes,
    caption: str,
    head: str,
    rows: Iterable[str],
    below: str = "",
    kind: str = "",
) -> str:
    """Return a whole table that scrolls by itself, with ``below`` and its footnotes below it.

    ``caption`` is HTML with an element whose id is that of ``title``; ``kind`` is one more class
    of the figure. ``rows`` may come in parts; each begins with a ``row_head``. HTML ends a row
    where the next one begins.
    """
    name = f"data {kind}".rstrip()
    body = "".join(rows)
    return (
        f'<figure class="{name}"><div class="scroll" tabindex="0" role="region"'
        f' aria-labelledby="title-{notes.identity}"><table class="data">'
        f"<caption>{caption}</caption><thead>{head}</thead><tbody>{body}</tbody></table></div>"
        f"{below}{notes.html()}</figure>"
    )


def title(notes: Footnotes, html: str, marks: str = "") -> str:
    """Return the first words of a caption, which name the table to screen readers.

    ``marks`` of footnotes follow the last word, and are no part of the name.
    """
    return f'<span class="title"><span id="title-{notes.identity}">{html}</span>{marks}</span>'


def published(
    pen: Pen,
    notes: Footnotes,
    kind: str,
    name: str,
    says: str,
    lead: str = "",
    noted: bool = True,
) -> str:
    """Return the caption of figures from one published table.

    It names the table, says what the figures are, states the workload, and links the source.
    ``lead`` tells a table that is made from the published one from it. ``noted`` is false where
    it stands beside the published one: notes on the whole are not repeated there.
    """
    record: Benchmark | Requirement = getattr(pen.guide.dataset, kind)[name]
    ref = f"{kind}/{name}"
    words = f"{lead}: " * bool(lead) + pen.text(f"{ref}/title")
    if noted and index(pen.guide).at(ref):
        heading = title(notes, words, notes.of(ref) + notes.of(f"{ref}/title"))
        about = _about(pen, ref, record, notes.of)
    else:
        heading, about = title(notes, words), _known_about(pen, ref, record)
    return f'{heading} <span class="what">{says}</span>{about}'


def _about(pen: Pen, ref: str, record: Benchmark | Requirement, mark: Callable[[str], str]) -> str:
    """Return the settings and the source of a published table.

    They stand on a line of their own: it is the same on many pages, and the gate can know it again.
    """
    metric, own = "memory", frozenset[str]()
    if isinstance(record, Benchmark):
        metric, own = record.metric, by_column(record)
    workload = pen.workload(f"{ref}/workload", record.workload, SILENT[metric], own, mark)
    return (
        f'\n<span class="workload">Settings: {workload}.</span>'
        f' <span class="upstream">Source: {pen.cite(record.source)}.</span>'
        f' <span class="paper">Data: {_lines(pen, ref, record)}.</span>\n'
    )


def _lines(pen: Pen, ref: str, record: Benchmark | Requirement) -> str:
    """Return the file of a published table and the lines of its rows, as paper has them."""
    document = pen.guide.dataset.documents[f"{ref}.yml"]
    lines = [document.positions["results", row].line for row in record.results]
    return f"<code>data/{pen.escape(document.file)}</code>, lines {min(lines)} to {max(lines)}"


def _unmarked(_ref: str) -> str:
    return ""


def _known_about(pen: Pen, ref: str, record: Benchmark | Requirement) -> str:
    """Return the same of a table without notes; it stands on the page of each card and model."""
    known: dict[tuple[str, str], str] = pen.guide.memos.setdefault("about", {})
    if (pen.base, ref) not in known:
        known[pen.base, ref] = _about(pen, ref, record, _unmarked)
    return known[pen.base, ref]


def by_column(benchmark: Benchmark) -> frozenset[str]:
    """Return the settings that single columns of a table set for themselves."""
    columns = benchmark.columns.values()
    return frozenset(key for about in columns for key in about.workload.model_fields_set)


def says(benchmark: Benchmark) -> str:
    """Return what the figures of a benchmark are, with their unit."""
    return f"{METRICS[benchmark.metric]} in {benchmark.unit}."


def head(*cells: str) -> str:
    """Return one row of column headings."""
    return f"<tr>{''.join(cells)}</tr>"


def th(html: str, kind: str = "") -> str:
    """Return the heading of a column; ``kind`` is its class, num for numbers."""
    name = f' class="{kind}"' if kind else ""
    return f'<th scope="col"{name}>{html}</th>'


@lru_cache(maxsize=4096)
def column(pen: Pen, benchmark: str, name: str) -> str:
    """Return the heading of one benchmark column: its label, or else the name of its model."""
    about = pen.guide.dataset.benchmarks[benchmark].columns[name]
    if not about.label:
        return pen.name("models", about.model)
    return (
        f'<a href="{pen.base}models/{about.model}/"'
        f' data-ref="benchmarks/{benchmark}/columns/{name}/label">{pen.escape(about.label)}</a>'
    )


@lru_cache(maxsize=4096)
def _own(pen: Pen, benchmark: str) -> frozenset[str]:
    """Return the columns of a benchmark that have settings for themselves."""
    columns = pen.guide.dataset.benchmarks[benchmark].columns.items()
    return frozenset(name for name, about in columns if about.workload.model_fields_set)


def column_settings(pen: Pen, notes: Footnotes, benchmark: str, columns: Sequence[str]) -> str:
    """Return the settings that single columns have for themselves, equal ones once."""
    record, having = pen.guide.dataset.benchmarks[benchmark], _own(pen, benchmark)
    groups: list[list[str]] = []
    for name in columns if having else ():
        own = record.columns[name].workload
        if name not in having:
            continue
        for group in groups:
            if record.columns[group[0]].workload == own:
                group.append(name)
                break
        else:
            groups.append([name])
    items = []
    for group in groups:
        place = f"benchmarks/{benchmark}/columns/{group[0]}/workload"
        own = record.columns[group[0]].workload
        words = pen.workload(place, own, Workload.model_fields, mark=notes.of)
        names = ", ".join(column(pen, benchmark, name) for name in group)
        items.append(f"<li>{names}: {words}.</li>")
    return f'<ul class="settings">{"".join(items)}</ul>' if items else ""


def row_head(html: str, about: str = "") -> str:
    """Return the beginning of a row: its heading; ``about`` is one attribute of the row."""
    return f'<tr{about and f" {about}"}><th scope="row">{html}</th>\n'


@lru_cache(maxsize=4096)
def gpu_head(pen: Pen, name: str) -> str:
    """Return the name of a card as a heading; an ambiguous name is called so."""
    html = pen.name("gpus", name)
    if pen.guide.dataset.gpus[name].one_of:
        html += " <small>one of several products</small>"
    return html


@lru_cache(maxsize=4096)
def column_rows(pen: Pen, benchmark: str) -> list[str]:
    """Return the heading of each column of a benchmark, as rows of a table for one card."""
    columns = pen.guide.dataset.benchmarks[benchmark].columns
    return [row_head(column(pen, benchmark, name)) for name in columns]


@lru_cache(maxsize=4096)
def gpu_rows(pen: Pen, benchmark: str) -> list[str]:
    """Return the heading of each row of a benchmark."""
    return [row_head(gpu_head(pen, name)) for name in index(pen.guide).cells[benchmark]]


def cells(
    pen: Pen, notes: Footnotes, benchmark: str, gpus: Iterable[str], columns: Sequence[str]
) -> Iterator[list[str]]:
    """Yield the cells of one row of a benchmark for each card."""
    written = times(pen.guide, benchmark)
    patterns = index(pen.guide).at(f"benchmarks/{benchmark}/results")
    for gpu in gpus:
        row = written[gpu]
        if noted := below(patterns, gpu):
            marks = (remarks(noted) + remarks(below(noted, name)) for name in columns)
            yield [
                row[name].replace("</td>", f"{notes.marks(mark)}</td>")
                for name, mark in zip(columns, marks, strict=True)
            ]
        else:
            yield [row[name] for name in columns]


def column_cells(
    pen: Pen, notes: Footnotes, benchmark: str, columns: Sequence[str]
) -> Iterable[Sequence[str]]:
    """Return the cells of some columns of a benchmark, each from the first card to the last."""
    written = times(pen.guide, benchmark)
    if index(pen.guide).at(f"benchmarks/{benchmark}/results"):
        return zip(*cells(pen, notes, benchmark, written, columns), strict=True)
    return [[row[name] for row in written.values()] for name in columns]


def body(pen: Pen, *parts: Iterable[str]) -> list[str]:
    """Return the rows of a table of times, with links that lead from the page of ``pen``.

    Each part has one piece of every row, such as its head or its cell in one column.
    """
    html = "".join(chain.from_iterable(zip(*parts, strict=True)))
    return [html.replace('href="files/', f'href="{pen.base}files/')]


def times(guide: Guide, benchmark: str) -> dict[str, dict[str, str]]:
    """Return the cell of each figure of a benchmark, without its unit, by card and column.

    Written once for all pages, and not by ``Pen.figure``, because a site may have a hundred
    thousand of them. The links lead from the root of the site: ``body`` has them lead from a page.
    """
    written: dict[str, dict[str, dict[str, str]]] = guide.memos.setdefault("times", {})
    if benchmark not in written:
        document = guide.dataset.documents[f"benchmarks/{benchmark}.yml"]
        address, lines = f"files/data/{document.file}.html#L", document.positions
        written[benchmark] = {
            gpu: {
                name: f'<td><a href="{address}{lines["results", gpu, name].line}">{_time(result)}'
                "</a></td>\n"
                if result.stored
                else f"<td>{_time(result)}</td>\n"
                for name, result in row.items()
            }
            for gpu, row in index(guide).cells[benchmark].items()
        }
    return written[benchmark]


def _time(result: Result) -> str:
    if result.value is None:
        value, shown = result.state, STATES[result.state]
    else:
        value = shown = f"{result.value:f}"
        if result.approximate:
            shown = formats.shown(value, approximate=True)
    return f'<data value="{value}" data-ref="{result.ref}">{shown}</data>'


def cell(html: str, kind: str = "", sort: object = None) -> str:
    """Return one table cell; ``kind`` is its class, ``sort`` its sort key if that is no figure."""
    name = f' class="{kind}"' if kind else ""
    key = "" if sort is None else f' data-sort="{sort}"'
    return f"<td{name}{key}>{html}</td>\n"


def missing(state: str = "not_measured") -> str:
    """Return a cell for a number that does not exist, because an operand has no value."""
    return cell(STATES[state], f"state {state}")


def ordered(results: Iterable[Result]) -> list[Result]:
    """Return results from the fastest to the slowest; those without a value stand last."""
    states = list(STATES)
    return sorted(results, key=lambda one: (states.index(one.state), one.seconds or 0))
