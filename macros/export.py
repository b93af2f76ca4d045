"""Which files does a reader download?

The frames of the guide as CSV and JSON, and the JSON Schemas of the data files. A number keeps
the text that the page shows, and a state is its API value. Imports ``derive``, ``figures`` and
``index``; the site writes the files.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from json.encoder import encode_basestring
from typing import Any, NamedTuple

from . import editors, schema
from .derive import Guide
from .figures import SPECS, agrees, specs, workload
from .index import FRAMES, index
from .schema import Fact, Workload
from .values import Cite, Default


class Row(NamedTuple):
    """One line of a download: its own values, and those that it shares with many others."""

    own: tuple[Any, ...]
    shared: tuple[Any, ...] = ()


class Download(NamedTuple):
    """One frame as it is downloaded."""

    columns: tuple[str, ...]
    rows: list[Row]


def files(guide: Guide) -> dict[str, str]:
    """Return the content of each file by its path in the site."""
    made: dict[str, str] = {}
    for name in FRAMES:
        download = _DOWNLOADS[name](guide)
        made[f"downloads/{name}.csv"] = _csv(download)
        made[f"downloads/{name}.json"] = _json(name, guide.dataset.date, download)
    for kind in schema.KINDS:
        made[f"schema/{kind}.json"] = editors.schema_file(kind)
    return made


# ---------------------------------------------------------------- what the files hold

_SETTINGS = (*Workload.model_fields, "tool_defaults")
_SOURCE = ("source_title", "source_href")


def _settings(given: Workload) -> tuple[Any, ...]:
    """Return the settings in order, and the names of those that are defaults of the tool."""
    values = [getattr(given, key) for key in Workload.model_fields]
    defaults = [
        key
        for key, value in zip(Workload.model_fields, values, strict=True)
        if isinstance(value, Default)
    ]
    plain = (value.default if isinstance(value, Default) else value for value in values)
    return (*("not_stated" if value is None else value for value in plain), defaults)


def _source(guide: Guide, cite: Cite) -> tuple[str, str]:
    source = guide.dataset.sources[cite.id]
    return source.title, source.href(cite.lines)


def _line(guide: Guide, cite: Cite, rows: Sequence[str]) -> Callable[[str], tuple[str, str]]:
    """Return where each row of a published table stands: its line, if each row has one."""
    lines = cite.numbers()
    if len(lines) != len(rows):
        whole = _source(guide, cite)
        return lambda _row: whole
    places = {
        row: _source(guide, cite.model_copy(update={"lines": str(line)}))
        for row, line in zip(rows, lines, strict=True)
    }
    return places.__getitem__


def _results(guide: Guide) -> Download:
    dataset = guide.dataset
    rows = []
    for name, table in index(guide).cells.items():
        record = dataset.benchmarks[name]
        line = _line(guide, record.source, list(record.results))
        shared = {
            column: (
                record.title, about.model, dataset.models[about.model].name, column,
                record.metric, record.unit, *_settings(workload(record, column)),
            )
            for column, about in record.columns.items()
        }  # fmt: skip
        for gpu, cells in table.items():
            where = line(gpu)
            card = dataset.gpus[gpu].name
            rows += [
                Row(
                    (cell.ref, name, gpu, card, cell.state, cell.value, cell.approximate,
                     cell.superseded_by, *where),
                    shared[column],
                )
                for column, cell in cells.items()
            ]  # fmt: skip
    columns = (
        "ref", "benchmark", "gpu", "gpu_name", "state", "value", "approximate", "superseded_by",
        *_SOURCE, "title", "model", "model_name", "column", "metric", "unit", *_SETTINGS,
    )  # fmt: skip
    return Download(columns, rows)


def _requirements(guide: Guide) -> Download:
    dataset = guide.dataset
    rows = []
    for name, needs in index(guide).needs.items():
        record = dataset.requirements[name]
        line = _line(guide, record.source, list(record.results))
        shared = (record.title, record.unit, record.read_as, *_settings(record.workload))
        rows += [
            Row(
                (need.ref, name, need.model, dataset.models[need.model].name, need.state,
                 need.value, need.approximate, *line(need.model)),
                shared,
            )
            for need in needs
        ]  # fmt: skip
    columns = (
        "ref", "requirement", "model", "model_name", "state", "value", "approximate", *_SOURCE,
        "title", "unit", "read_as", *_SETTINGS,
    )  # fmt: skip
    return Download(columns, rows)


def _verdicts(guide: Guide) -> Download:
    dataset, derived = guide.dataset, guide.derived
    unknown = (None, None, *(None for _ in _SETTINGS), None, None)
    shared = {
        name: (record.unit, record.read_as, *_settings(record.workload),
               *_source(guide, record.source))
        for name, record in dataset.requirements.items()
    }  # fmt: skip
    rows = []
    for gpu, verdicts in index(guide).verdicts.items():
        place = f"derived/gpus/{gpu}"
        memory = derived[f"{place}/capacity"].value if f"{place}/capacity" in derived else None
        for row in verdicts:
            tail = f"{row.requirement}/{row.model}"
            known = row.headroom_gib is not None
            need = guide.figure(row.need_ref).value if row.need_ref and row.need_gib else None
            rows.append(
                Row(
                    (
                        f"{place}/headroom/{tail}" if known else None,
                        gpu, dataset.gpus[gpu].name, row.model, dataset.models[row.model].name,
                        row.verdict, memory, row.meter, row.requirement, row.need_ref, need,
                        derived[f"{place}/headroom/{tail}"].value if known else None,
                        derived[f"{place}/headroom-percent/{tail}"].value if known else None,
                    ),
                    shared.get(row.requirement or "", unknown),
                )
            )  # fmt: skip
    columns = (
        "ref", "gpu", "gpu_name", "model", "model_name", "verdict", "capacity_gib",
        "capacity_meter", "requirement", "need_ref", "need", "headroom_gib", "headroom_percent",
        "need_unit", "need_read_as", *_SETTINGS, *_SOURCE,
    )  # fmt: skip
    return Download(columns, rows)


def _speedups(guide: Guide) -> Download:
    dataset = guide.dataset
    rows = []
    for name, pairs in index(guide).speedups.items():
        record = dataset.benchmarks[name]
        line = _line(guide, record.source, list(record.results))
        for pair in pairs.values():
            place = f"benchmarks/{name}/results/{pair.gpu}"
            settings = _settings(workload(record, pair.column))
            rows.append(
                Row(
                    (
                        pair.ref, name, record.title, pair.gpu, dataset.gpus[pair.gpu].name,
                        pair.model, dataset.models[pair.model].name,
                        guide.derived[pair.ref].value, pair.approximate, pair.claimed,
                        pair.claim_ref,
                        None if pair.claimed is None else agrees(pair.value, pair.claimed),
                        f"{place}/{pair.over}", f"{place}/{pair.column}",
                    ),
                    (*settings, *line(pair.gpu)),
                )
            )  # fmt: skip
    columns = (
        "ref", "benchmark", "title", "gpu", "gpu_name", "model", "model_name", "value",
        "approximate", "claimed", "claim_ref", "claim_agrees", "dense_ref", "sparse_ref",
        *_SETTINGS, *_SOURCE,
    )  # fmt: skip
    return Download(columns, rows)


def _gpus(guide: Guide) -> Download:
    dataset = guide.dataset
    rows = []
    for row in guide.gpus.to_dict("records"):
        gpu = str(row["gpu"])
        facts: list[Any] = []
        refs = specs(dataset, gpu)
        for key in SPECS:
            owner = refs[key].split("/")[1] if key in refs else None
            facts += _fact(guide, getattr(dataset.gpus[owner], key) if owner else None)
        meter = row["meter"] if isinstance(row["meter"], str) else None
        known = (f"gpus/{gpu}", gpu, row["name"], row["aliases"], row["one_of"])
        rows.append(Row((*known, *facts, row["capacity_gib"], meter)))
    return Download(
        ("ref", "gpu", "name", "aliases", "one_of", *_with_source(SPECS), "capacity_gib",
         "capacity_meter"),
        rows,
    )  # fmt: skip


_MODEL_FACTS = ("parameters", "checkpoint", "released_on", "license", "text_encoder", "vae")


def _models(guide: Guide) -> Download:
    rows = []
    for model, record in guide.dataset.models.items():
        known = (f"models/{model}", model, record.name, record.aliases)
        about = (record.family, record.task, record.size_class)
        facts = [part for key in _MODEL_FACTS for part in _fact(guide, getattr(record, key))]
        rows.append(Row((*known, *about, *facts)))
    return Download(
        ("ref", "model", "name", "aliases", "family", "task", "size_class",
         *_with_source(_MODEL_FACTS)),
        rows,
    )  # fmt: skip


def _with_source(keys: Sequence[str]) -> Iterator[str]:
    for key in keys:
        yield from (key, f"{key}_confidence", f"{key}_source_title", f"{key}_source_href")


def _fact(guide: Guide, fact: Fact[Any] | None) -> tuple[Any, ...]:
    if not fact:
        return (None, None, None, None)
    return (fact.value, fact.confidence, *_source(guide, fact.source))


_DOWNLOADS: dict[str, Callable[[Guide], Download]] = {
    "results": _results,
    "requirements": _requirements,
    "verdicts": _verdicts,
    "speedups": _speedups,
    "gpus": _gpus,
    "models": _models,
}


# ---------------------------------------------------------------- how they are written


def _csv(download: Download) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="")
    writer.writerow(download.columns)
    shared: dict[int, str] = {}
    for row in download.rows:
        if id(row.shared) not in shared:
            shared[id(row.shared)] = _joined(row.shared)
        text.write("\n")
        writer.writerow(map(_cell, row.own))
        text.write(shared[id(row.shared)])
    text.write("\n")
    return text.getvalue()


def _joined(values: Sequence[Any]) -> str:
    """Return values as the end of a CSV line, or nothing if there are none."""
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(["", *map(_cell, values)])
    return text.getvalue() if values else ""


def _cell(value: Any) -> str:
    """Return the text of a CSV cell, harmless in programs that compute what starts with =."""
    if isinstance(value, str):
        return f"'{value}" if value.startswith(_FORMULA) else value
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return _cell("; ".join(map(str, value)))
    return str(value)


_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def _json(name: str, date: str, download: Download) -> str:
    """Return a frame as JSON, one line for each row, every number as its source prints it."""
    keys = [json.dumps(column) for column in download.columns]
    shared: dict[int, str] = {}
    lines = []
    for row in download.rows:
        if id(row.shared) not in shared:
            shared[id(row.shared)] = _pairs(keys[len(row.own) :], row.shared)
        parts = filter(None, (_pairs(keys, row.own), shared[id(row.shared)]))
        lines.append(f"{{{', '.join(parts)}}}")
    head = f'"frame": {json.dumps(name)}, "data_date": {json.dumps(date)}'
    rows = ",\n".join(lines)
    return f'{{{head}, "rows": [\n{rows}\n]}}\n'


def _pairs(keys: Sequence[str], values: Sequence[Any]) -> str:
    return ", ".join(f"{key}: {_value(value)}" for key, value in zip(keys, values, strict=False))


def _value(value: Any) -> str:
    if isinstance(value, str):
        return encode_basestring(value)
    if value is None:
        return "null"
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    return str(value) if isinstance(value, int) else encode_basestring(str(value))
