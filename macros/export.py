"""Which files does a reader download?

The rows of the guide as CSV and JSON, and the JSON Schemas of the data files. A number keeps the
text that the page shows, and a state is its API value. A row holds its own values and the ids of
what it belongs to; settings, sources and names stand once, in the download of those. Imports
``derive``, ``figures``, ``index`` and ``origins``; ``hooks`` adds the files to the site.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from json.encoder import encode_basestring
from types import NoneType
from typing import Any, get_args

from . import comparisons, editors, frames, schema
from .catalog import Fact, Pipeline
from .comparisons import Download
from .derive import Guide
from .figures import SPECS, agrees, capacity, specs, workload
from .index import FRAMES, index
from .origins import rows as source_lines
from .runs import Environment, Meter, Overhead, Settings
from .values import Cite, Default, Workload


def files(guide: Guide) -> Mapping[str, str]:
    """Return the content of each file by its path in the site."""
    made: dict[str, str] = {}
    for name in FRAMES:
        found = _results(guide) if name == "results" else _lines(_DOWNLOADS[name](guide))
        columns, csv, lines = found
        made[f"downloads/{name}.csv"] = "\n".join((",".join(columns), *csv, ""))
        made[f"downloads/{name}.json"] = _json(name, guide.dataset.date, columns, lines)
    for kind in schema.KINDS:
        made[f"schema/{kind}.json"] = editors.kept(f"{kind}.json")
    return made


# ---------------------------------------------------------------- what the files hold

_SETTINGS = (*Workload.model_fields, "tool_defaults")
_SOURCE = ("source_title", "source_href")


def _settings(given: Workload) -> tuple[Any, ...]:
    """Return the settings in order, and the names of those that are defaults of the tool."""
    keys = type(given).model_fields
    values = [getattr(given, key) for key in keys]
    defaults = [key for key, value in zip(keys, values, strict=True) if isinstance(value, Default)]
    plain = (value.default if isinstance(value, Default) else value for value in values)
    return (*("not_stated" if value is None else value for value in plain), defaults)


def _source(guide: Guide, cite: Cite) -> tuple[str, str]:
    source = guide.dataset.sources[cite.id]
    return source.title, source.href(cite.lines)


def _columns(guide: Guide) -> Download:
    dataset = guide.dataset
    rows = [
        (f"benchmarks/{name}/columns/{column}", name, column, record.title, about.model,
         dataset.models[about.model].name, record.metric, record.unit,
         *_settings(workload(record, column)), *_source(guide, record.source))
        for name, record in dataset.benchmarks.items()
        for column, about in record.columns.items()
    ]  # fmt: skip
    columns = ("ref", "benchmark", "column", "title", "model", "model_name", "metric", "unit",
               *_SETTINGS, *_SOURCE)  # fmt: skip
    return Download(columns, rows)


def _requirements(guide: Guide) -> Download:
    dataset = guide.dataset
    rows = []
    for name, needs in index(guide).needs.items():
        record = dataset.requirements[name]
        line = source_lines(record.source, record.results)
        shared = (*_settings(record.workload), *_source(guide, record.source))
        rows += [
            (need.ref, name, record.title, need.model, dataset.models[need.model].name,
             need.state, need.value, need.approximate, need.unit, need.read_as, *shared,
             line.get(need.model))
            for need in needs
        ]  # fmt: skip
    columns = ("ref", "requirement", "title", "model", "model_name", "state", "value",
               "approximate", "unit", "read_as", *_SETTINGS, *_SOURCE, "source_line")  # fmt: skip
    return Download(columns, rows)


def _verdicts(guide: Guide) -> Download:
    derived = guide.derived
    rows: list[tuple[Any, ...]] = []
    for row in guide.rows.verdicts:
        memory = derived.get(f"derived/gpus/{row.gpu}/capacity")
        tail = f"{row.requirement}/{row.model}"
        headroom = derived.get(ref := f"derived/gpus/{row.gpu}/headroom/{tail}")
        percent = derived.get(f"derived/gpus/{row.gpu}/headroom-percent/{tail}")
        rows.append(
            (headroom and ref, row.gpu, row.model, row.verdict, row.architecture,
             memory and memory.value, row.meter, row.requirement, row.need_ref,
             headroom and headroom.value, percent and percent.value)
        )  # fmt: skip
    columns = ("ref", "gpu", "model", "verdict", "architecture", "capacity_gib", "capacity_meter",
               "requirement", "need_ref", "headroom_gib", "headroom_percent")  # fmt: skip
    return Download(columns, rows)


def _speedups(guide: Guide) -> Download:
    rows: list[tuple[Any, ...]] = []
    for pair in guide.rows.speedups:
        place = f"benchmarks/{pair.benchmark}/results/{pair.gpu}"
        rows.append(
            (pair.ref, pair.benchmark, pair.gpu, pair.model, guide.derived[pair.ref].value,
             pair.approximate, pair.claimed, pair.claim_ref,
             None if pair.claimed is None else agrees(pair.value, pair.claimed),
             f"{place}/{pair.over}", f"{place}/{pair.column}")
        )  # fmt: skip
    columns = ("ref", "benchmark", "gpu", "model", "value", "approximate", "claimed", "claim_ref",
               "claim_agrees", "dense_ref", "sparse_ref")  # fmt: skip
    return Download(columns, rows)


def _gpus(guide: Guide) -> Download:
    dataset = guide.dataset
    rows = []
    for gpu, record in dataset.gpus.items():
        facts: list[Any] = []
        refs = specs(dataset, gpu)
        for key in SPECS:
            owner = refs[key].split("/")[1] if key in refs else None
            facts += _fact(guide, getattr(dataset.gpus[owner], key) if owner else None)
        offer = capacity(dataset, gpu)
        gib = offer and guide.derived[f"derived/gpus/{gpu}/capacity"].value
        known = (
            f"gpus/{gpu}",
            gpu,
            record.name,
            record.aliases,
            record.driver_names,
            record.one_of,
        )
        rows.append((*known, *facts, gib, offer and offer.meter))
    return Download(
        ("ref", "gpu", "name", "aliases", "driver_names", "one_of", *_with_source(SPECS),
         "capacity_gib", "capacity_meter"),
        rows,
    )  # fmt: skip


_MODEL_FACTS = ("parameters", "checkpoint", "released_on", "license", "text_encoder", "vae")


def _models(guide: Guide) -> Download:
    rows = []
    for model, record in guide.dataset.models.items():
        known = (f"models/{model}", model, record.name, record.aliases)
        about = (record.family, record.task, record.size_class)
        facts = [part for key in _MODEL_FACTS for part in _fact(guide, getattr(record, key))]
        rows.append((*known, *about, *facts, *_pipeline(guide, record.pipeline)))
    return Download(
        ("ref", "model", "name", "aliases", "family", "task", "size_class",
         *_with_source(_MODEL_FACTS), *_PIPELINE),
        rows,
    )  # fmt: skip


_PIPELINE = ("pipeline", "pipeline_transformer", "pipeline_arguments", "pipeline_components",
             "pipeline_prompt_tokens", "pipeline_source_title", "pipeline_source_href")  # fmt: skip


def _pipeline(guide: Guide, pipeline: Pipeline | None) -> tuple[Any, ...]:
    if not pipeline:
        return (None,) * len(_PIPELINE)
    transformer = pipeline.transformer
    return (
        pipeline.class_name, transformer.class_name,
        [f"{key}={json.dumps(value, default=str)}" for key, value in transformer.arguments.items()],
        [f"{part}={component}" for part, component in pipeline.components.items()],
        pipeline.prompt_tokens, *_source(guide, pipeline.source),
    )  # fmt: skip


def _with_source(keys: Sequence[str]) -> Iterator[str]:
    for key in keys:
        yield from (key, f"{key}_confidence", f"{key}_source_title", f"{key}_source_href")


def _fact(guide: Guide, fact: Fact[Any] | None) -> tuple[Any, ...]:
    if not fact:
        return (None, None, None, None)
    return (fact.value, fact.confidence, *_source(guide, fact.source))


_ENVIRONMENT = tuple(key for key in Environment.model_fields if key != "libraries")


def _runs(guide: Guide) -> Download:
    meters: tuple[Meter, ...] = get_args(Meter)
    rows: list[tuple[Any, ...]] = []
    for name, run in guide.dataset.runs.items():
        machine, cost = run.environment, run.overhead
        libraries = [f"{library} {version}" for library, version in machine.libraries.items()]
        rows.append(
            (f"runs/{name}", name, run.gpu, run.model, *_settings(run.workload), run.command,
             run.outcome, *(run.peak_mib.get(meter) for meter in meters), run.cap_mib,
             run.shared_process, run.last_lines, run.measured_on, run.supersedes, run.note,
             *(getattr(machine, key) for key in _ENVIRONMENT), libraries,
             *(getattr(cost, key) for key in Overhead.model_fields))
        )  # fmt: skip
    columns = ("ref", "run", "gpu", "model", *Settings.model_fields, "tool_defaults", "command",
               "outcome", *(f"{meter}_peak_mib" for meter in meters), "cap_mib",
               "shared_process", "last_lines", "measured_on", "supersedes", "note",
               *_ENVIRONMENT, "libraries",
               *(f"overhead_{key}" for key in Overhead.model_fields))  # fmt: skip
    return Download(columns, rows)


def _run_times(guide: Guide) -> Download:
    columns = ("ref", "run", "scope", "warmup", "repeat", "seconds")
    return Download(columns, list(frames.times(guide.dataset)))


_DOWNLOADS: dict[str, Callable[[Guide], Download]] = {
    "columns": _columns,
    "requirements": _requirements,
    "verdicts": _verdicts,
    "speedups": _speedups,
    "gpus": _gpus,
    "models": _models,
    "runs": _runs,
    "run_times": _run_times,
    "replicas": comparisons.replicas,
    "need_replicas": comparisons.need_replicas,
    "footprints": comparisons.footprints,
    "fits": comparisons.fits,
}


# ---------------------------------------------------------------- how they are written


_Lines = tuple[Sequence[str], list[str], list[str]]
"""The columns of a frame, and each of its rows as CSV and inside the brackets of JSON."""


def _results(guide: Guide) -> _Lines:
    """Return the results, each written at once: a site may have a hundred thousand."""
    columns = ("ref", "benchmark", "gpu", "column", "state", "value", "approximate",
               "superseded_by", "source_line")  # fmt: skip
    csv: list[str] = []
    lines: list[str] = []
    for name, table in index(guide).cells.items():
        record = guide.dataset.benchmarks[name]
        line = source_lines(record.source, record.results)
        for gpu, cells in table.items():
            read = line.get(gpu)
            for column, cell in cells.items():
                ref, state, value = cell.ref, cell.state, cell.value
                number = None if value is None else f"{value:f}"
                end, tail = _end(cell.approximate, cell.superseded_by, read)
                csv.append(f"{ref},{name},{gpu},{column},{state},{number or ''},{end}")
                lines.append(
                    f'"{ref}", "{name}", "{gpu}", "{column}", "{state}", {number or "null"}, {tail}'
                )
    return columns, csv, lines


@lru_cache(maxsize=256)
def _end(*values: object) -> tuple[str, str]:
    """Return the last values of a row as CSV and as JSON; most rows of a table share them."""
    _, (csv,), (line,) = _lines(Download((), [values]))
    return csv, line


def _lines(download: Download) -> _Lines:
    """Return a frame by rows; in CSV no text starts as a formula that a spreadsheet computes."""
    csv, lines = (_written(download, write) for write in (_CSV, _JSON))
    return download.columns, [*map(",".join, csv)], [*map(", ".join, lines)]


def _json(name: str, date: str, columns: Iterable[str], lines: Iterable[str]) -> str:
    """Return a frame as JSON, one line for each row, every number as its source prints it."""
    rows = "],\n[".join(lines)
    return (
        f'{{"frame": {_quoted(name)}, "data_date": {_quoted(date)},\n'
        f'"columns": {_listed(columns)},\n"rows": [\n{rows and f"[{rows}]"}\n]}}\n'
    )


def _written(
    download: Download, write: Mapping[type, Callable[[Any], str]]
) -> Iterable[tuple[str, ...]]:
    """Return the rows as texts, worked out by column: most ids of a column come again."""
    columns: list[Iterable[str]] = []
    for column in zip(*download.rows, strict=True):
        kinds = {kind: write.get(kind, write[object]) for kind in set(map(type, column))}
        kind, *others = kinds
        if others:
            columns.append([kinds[type(value)](value) for value in column])
        elif kind is str and 2 * len(values := set(column)) < len(column):
            texts = {value: write[str](value) for value in values}
            columns.append(map(texts.__getitem__, column))
        else:
            columns.append(map(kinds[kind], column))
    return zip(*columns, strict=True)


def _field(text: str) -> str:
    """Return a text as a field of CSV, quoted where it must be."""
    text = f"'{text}" if text.startswith(_FORMULA) else text
    return f'"{text.replace(_QUOTE, _QUOTE * 2)}"' if _SPECIAL.search(text) else text


def _quoted(value: object) -> str:
    return encode_basestring(str(value))


def _listed(values: Iterable[object]) -> str:
    return f"[{', '.join(map(_quoted, values))}]"


_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_QUOTE = '"'
_SPECIAL = re.compile('[",\n\r]')
# How each kind of value is written; any other, such as a date, as an object.
_CSV: dict[type, Callable[[Any], str]] = {
    object: lambda value: _field(str(value)),
    str: _field,
    NoneType: lambda _: "",
    Decimal: "{:f}".format,
    bool: lambda value: "true" if value else "false",
    list: lambda values: _field("; ".join(map(str, values))),
}
_JSON: dict[type, Callable[[Any], str]] = {
    object: _quoted,
    str: encode_basestring,
    NoneType: lambda _: "null",
    Decimal: "{:f}".format,
    bool: lambda value: "true" if value else "false",
    int: str,
    list: _listed,
}
