"""Was each figure read once, from a document that stays as it is?

Rules on sources and on the tables read from them. Imports ``figures`` and ``references``;
``rules`` registers these rules.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping

from .figures import setting, workload
from .load import Dataset
from .references import Finding, cites
from .schema import Benchmark, Requirement
from .values import Cell, Workload


def sources_pinned(dataset: Dataset) -> Iterator[Finding]:
    """A file in a repository is cited at a full commit.

    A branch moves on, and the figure that was read there is gone.
    """
    for name, source in dataset.sources.items():
        if source.url and _FILE_OF_REPOSITORY.search(source.url):
            expected = "repository, commit and path, or a full commit in the address"
            yield Finding(f"sources/{name}/url", source.url, expected)


# Addresses of files as GitHub, GitLab, Gitea and Hugging Face write them, without a commit.
_FILE_OF_REPOSITORY = re.compile(
    r"(?i)^https://(?:[^/]*\.)?(?:github\.com/[^/]+/[^/]+/(?:blob|raw|tree|edit)/|github"
    r"usercontent\.com/)|^https://.*/(?:blob|raw|tree|resolve|src/branch)/(?![0-9a-f]{40}/)"
)


def sources_once(dataset: Dataset) -> Iterator[Finding]:
    """A document is one source.

    Two records of it would let one figure be published twice.
    """
    first: dict[str, str] = {}
    for name, source in dataset.sources.items():
        other = first.setdefault(source.href(), name)
        if other != name:
            yield Finding(f"sources/{name}", name, f"{other}, the same document", name=True)


def sources_read_after_they_were_written(dataset: Dataset) -> Iterator[Finding]:
    """A document is read on or after the date it bears.

    Otherwise one of the two dates is wrong, and pages show the date of reading.
    """
    for name, source in dataset.sources.items():
        if source.dated and source.dated > source.read_on:
            found, expected = source.read_on.isoformat(), f"{source.dated} or later"
            yield Finding(f"sources/{name}/read_on", found, expected)


def sources_used(dataset: Dataset) -> Iterator[Finding]:
    """Every source stands behind something.

    One that nothing cites is left over, or the figure that it was meant for cites another.
    """
    used = {cite.id for _, cite in cites(dataset)}
    for name in dataset.sources:
        if name not in used:
            expected, hint = "a source that a record cites", "cite it, or take it out"
            yield Finding(f"sources/{name}", name, expected, hint, name=True)


def one_figure(dataset: Dataset) -> Iterator[Finding]:
    """There is one figure for a GPU, a model and a workload from one source.

    Two would let the guide contradict itself. Columns that differ need settings that differ.
    """
    places: dict[tuple[str, str], tuple[object, ...]] = {}  # what each table and column is about
    for table, benchmark in dataset.benchmarks.items():
        for column, about in benchmark.columns.items():
            settings = _settings(workload(benchmark, column))
            alike = (benchmark.source.id, benchmark.metric, about.model, *settings)
            places[table, column] = alike
    often = Counter(places.values())
    seen: dict[tuple[object, ...], dict[str, str]] = {}  # the first figure of each card
    for (table, column), alike in places.items():
        if often[alike] == 1:
            continue
        first = seen.setdefault(alike, {})
        for gpu, row in dataset.benchmarks[table].results.items():
            if column in row and row[column].state != "not_measured":
                ref = f"benchmarks/{table}/results/{gpu}/{column}"
                known = first.setdefault(gpu, ref)
                if known != ref:
                    yield _again(ref, row[column], known)
    needs: dict[tuple[object, ...], str] = {}
    for table, requirement in dataset.requirements.items():
        settings = _settings(requirement.workload)
        for model, cell in requirement.results.items():
            ref = f"requirements/{table}/results/{model}"
            known = needs.setdefault((requirement.source.id, model, *settings), ref)
            if known != ref:
                yield _again(ref, cell, known)


def _again(ref: str, cell: Cell, known: str) -> Finding:
    expected = "one figure for this GPU, model, workload and source"
    hint = f"{known} has one too; which setting differs?"
    return Finding(ref, str(cell.value or cell.state), expected, hint)


def _settings(about: Workload) -> tuple[object, ...]:
    values = (setting(getattr(about, name)) for name in Workload.model_fields)
    return tuple("not_stated" if value is None else value for value in values)


def rows_match_lines(dataset: Dataset) -> Iterator[Finding]:
    """A table has as many rows as its source has lines.

    So a row that was forgotten, or typed twice, is seen.
    """
    tables: dict[str, Mapping[str, Benchmark | Requirement]] = {
        "benchmarks": dataset.benchmarks, "requirements": dataset.requirements,
    }  # fmt: skip
    for kind, records in tables.items():
        for name, table in records.items():
            lines, rows = len(table.source.numbers()), len(table.results)
            if lines and lines != rows:
                found = f"source lines: {lines}"
                expected = f"{rows}, one for each row below"
                yield Finding(f"{kind}/{name}/source/lines", found, expected)


def units_read_as_printed(dataset: Dataset) -> Iterator[Finding]:
    """A need is read in the unit that its source prints; only GB may be taken to mean GiB.

    That reading asks for more memory. Any other change of unit would make needs look smaller.
    """
    for name, requirement in dataset.requirements.items():
        printed, read_as = requirement.unit, requirement.read_as
        if read_as not in ((printed, "GiB") if printed == "GB" else (printed,)):
            expected = "GB or GiB" if printed == "GB" else printed
            yield Finding(f"requirements/{name}/read_as", read_as, expected)
