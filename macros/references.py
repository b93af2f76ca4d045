"""What does a record name, and what does a reference stand for?

The walks over the data that rules share. Imports ``load`` and the schema.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from . import schema
from .errors import nearest
from .load import Dataset
from .schema import Benchmark, Claim, Requirement
from .values import Cite, Record


class Finding(NamedTuple):
    """What a rule has against one place in the data, as a reference; ``name`` means its key.

    ``against`` holds the references of the figures that it was compared with.
    """

    ref: str
    found: str
    expected: str
    hint: str = ""
    name: bool = False
    against: tuple[str, ...] = ()


class Reference(NamedTuple):
    """One id that a record names: where, and which ids would do. ``name`` as in Finding."""

    ref: str
    id: str
    what: str
    known: Collection[str]
    name: bool = False


def references(dataset: Dataset) -> Iterator[Reference]:
    """Yield every id that a record names, but for the columns that a table of results has."""
    gpus, models = _ids(dataset, "gpus"), _ids(dataset, "models")
    sources, benchmarks = _ids(dataset, "sources"), _ids(dataset, "benchmarks")
    for ref, cite in cites(dataset):
        yield Reference(f"{ref}/id", cite.id, "source", sources)
    for gpu, card in dataset.gpus.items():
        for i, member in enumerate(card.one_of):
            yield Reference(f"gpus/{gpu}/one_of/{i}", member, "GPU", gpus)
    components = _ids(dataset, "components")
    for model, about_model in dataset.models.items():
        pipeline = about_model.pipeline
        for part, component in (pipeline.components if pipeline else {}).items():
            ref = f"models/{model}/pipeline/components/{part}"
            yield Reference(ref, component, "component", components)
    for name, run in dataset.runs.items():
        yield Reference(f"runs/{name}/gpu", run.gpu, "GPU", gpus)
        if run.model:
            yield Reference(f"runs/{name}/model", run.model, "model", models)
        if run.supersedes:
            yield Reference(f"runs/{name}/supersedes", run.supersedes, "run", _ids(dataset, "runs"))
    for table, benchmark in dataset.benchmarks.items():
        columns = benchmark.columns
        for column, about in columns.items():
            ref = f"benchmarks/{table}/columns/{column}/model"
            yield Reference(ref, about.model, "model", models)
        for gpu, row in benchmark.results.items():
            yield Reference(f"benchmarks/{table}/results/{gpu}", gpu, "GPU", gpus, name=True)
            for column, cell in row.items():
                if column in columns and not cell.superseded_by:
                    continue  # like nearly all of a hundred thousand
                ref = f"benchmarks/{table}/results/{gpu}/{column}"
                yield Reference(ref, column, "column of this table", columns, name=True)
                if cell.superseded_by:
                    place = f"{ref}/superseded_by"
                    yield Reference(place, cell.superseded_by, "benchmark", benchmarks)
        for name, claim in benchmark.claims.items():
            ref = f"benchmarks/{table}/claims/{name}"
            yield from _claimed(claim, ref, columns, benchmark.results, gpus, benchmarks)
    runs = _ids(dataset, "runs")
    for table, requirement in dataset.requirements.items():
        for i, run_id in enumerate(requirement.read_as_runs):
            yield Reference(f"requirements/{table}/read_as_runs/{i}", run_id, "run", runs)
        for model in requirement.results:
            ref = f"requirements/{table}/results/{model}"
            yield Reference(ref, model, "model", models, name=True)
        for name, claim in requirement.claims.items():
            ref = f"requirements/{table}/claims/{name}"
            yield from _claimed(claim, ref, (), (), gpus, benchmarks)


def _claimed(
    claim: Claim,
    ref: str,
    columns: Collection[str],
    rows: Collection[str],
    gpus: Collection[str],
    benchmarks: Collection[str],
) -> Iterator[Reference]:
    for key, column in (("column", claim.column), ("over", claim.over)):
        if column:
            yield Reference(f"{ref}/{key}", column, "column of this table", columns)
    for gpu in claim.factors:
        yield Reference(f"{ref}/factors/{gpu}", gpu, "row of this table", rows, name=True)
    for i, benchmark in enumerate(claim.benchmarks):
        yield Reference(f"{ref}/benchmarks/{i}", benchmark, "benchmark", benchmarks)
    for i, gpu in enumerate(claim.gpus):
        yield Reference(f"{ref}/gpus/{i}", gpu, "GPU", gpus)


def _ids(dataset: Dataset, kind: str) -> Collection[str]:
    """Return the ids of a kind, those of records included that could not be read."""
    if kind not in schema.SINGLE_FILES:
        files = (Path(file) for file in dataset.documents)
        return dict.fromkeys(file.stem for file in files if file.parent.name == kind)
    document = dataset.documents.get(f"{kind}.yml")
    keys = [key[0] for key in document.positions if len(key) == 1] if document else []
    return [key for key in keys if isinstance(key, str)]


def cites(dataset: Dataset) -> Iterator[tuple[str, Cite]]:
    """Yield every citation in the data with its reference."""
    waiting: list[tuple[str, object]] = [(kind, getattr(dataset, kind)) for kind in schema.KINDS]
    while waiting:
        ref, value = waiting.pop()
        if isinstance(value, Cite):
            yield ref, value
            continue
        table = isinstance(value, (Benchmark, Requirement))  # has one source for all its results
        waiting.extend(
            (f"{ref}/{name}", child)
            for name, child in _children(value)
            if not (table and name == "results")
        )


def claims(dataset: Dataset) -> Iterator[tuple[str, Claim]]:
    """Yield every claim of a source with its reference."""
    for table, benchmark in dataset.benchmarks.items():
        for name, claim in benchmark.claims.items():
            yield f"benchmarks/{table}/claims/{name}", claim
    for table, requirement in dataset.requirements.items():
        for name, claim in requirement.claims.items():
            yield f"requirements/{table}/claims/{name}", claim


class Matches(NamedTuple):
    """The values behind a reference; if none, the part that was lost and what there is instead."""

    values: list[object]
    lost: str = ""
    known: Collection[str] = ()


def matches(dataset: Dataset, ref: str) -> Matches:
    """Return what ``ref`` stands for, in which * is any one part."""
    here: list[object] = [{kind: getattr(dataset, kind) for kind in schema.KINDS}]
    for part in ref.split("/"):
        inside = [child for value in here for child in _children(value)]
        here = [value for name, value in inside if part in ("*", name)]
        if not here:
            return Matches([], part, list(dict.fromkeys(name for name, _ in inside)))
    return Matches(here)


def unresolved(dataset: Dataset, ref: str, place: str) -> Iterator[Finding]:
    """Yield what is wrong at ``place`` if the reference that stands there leads to nothing."""
    matched = matches(dataset, ref)
    if not matched.values:
        expected = f"a reference into the data; there is no {matched.lost} here"
        yield Finding(place, ref, expected, nearest(matched.lost, matched.known))


def _children(value: object) -> Iterable[tuple[str, object]]:
    """Return the keys of a record, mapping or list, with their values; a cell has none."""
    if isinstance(value, Mapping):
        return value.items()
    if isinstance(value, list):
        return [(str(i), child) for i, child in enumerate(value)]
    if isinstance(value, Record):
        return [(name, getattr(value, name)) for name in sorted(value.model_fields_set)]
    return ()
