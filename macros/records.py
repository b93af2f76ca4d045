"""What does the API say about one record?

Makes the content of each document in the shape that ``shapes`` defines. Imports ``origins``,
``index`` and ``footnotes``; ``api`` writes the documents.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache
from typing import Any

from .derive import Guide
from .figures import capacity, setting, specs, stored, workload
from .footnotes import remarks
from .index import below, index
from .jsontext import Written, quoted, written_json
from .origins import address, cite, leaves, rows
from .rows import Verdict
from .schema import Benchmark, Claim, Requirement
from .values import Cell, Default, Workload


def _gpu(guide: Guide, name: str) -> dict[str, Any]:
    dataset, record = guide.dataset, guide.dataset.gpus[name]
    offer, ref = capacity(dataset, name), f"derived/gpus/{name}/capacity"
    shared = {key: _fact(guide, ref) for key, ref in specs(dataset, name).items()}
    return {
        **_about("gpus", name, record.name),
        "aliases": record.aliases,
        "one_of": record.one_of,
        "facts": shared if record.one_of else _facts(guide, f"gpus/{name}"),
        "capacity": _derived(guide, ref) if offer else None,
        "meter": offer and offer.meter,
        "benchmarks": [
            f"benchmarks/{table}" for table, cells in index(guide).cells.items() if name in cells
        ],
        "verdicts": [],
    }


def _model(guide: Guide, name: str) -> dict[str, Any]:
    dataset, record = guide.dataset, guide.dataset.models[name]
    return {
        **_about("models", name, record.name),
        **{key: getattr(record, key) for key in ("aliases", "family", "task", "size_class")},
        "facts": _facts(guide, f"models/{name}"),
        "needs": [
            _need(guide, table, name)
            for table, needs in dataset.requirements.items()
            if name in needs.results
        ],
        "benchmarks": [f"benchmarks/{table}" for table in index(guide).columns.get(name, ())],
        "runs": [f"runs/{run}" for run, about in dataset.runs.items() if about.model == name],
        "verdicts": [],
    }


def _benchmark(guide: Guide, name: str) -> dict[str, Any]:
    record = guide.dataset.benchmarks[name]
    return {
        **_table(guide, "benchmarks", name, record),
        "metric": record.metric,
        "columns": {
            column: {
                "model": about.model, "label": about.label, **_settings(workload(record, column)),
            }
            for column, about in record.columns.items()
        },
        "results": _results(guide, name),
        "speedups": [_derived(guide, pair.ref) for pair in guide.rows.speedups
                     if pair.benchmark == name],
    }  # fmt: skip


def _results(guide: Guide, name: str) -> dict[str, Written]:
    """Return the rows of a benchmark, each as text: a site may have a hundred thousand cells."""
    record, source = guide.dataset.benchmarks[name], guide.dataset.benchmarks[name].source
    file = f"files/data/benchmarks/{name}.yml.html"
    patterns = index(guide).at(f"benchmarks/{name}/results")
    line, read = rows(source, record.results), guide.dataset.sources[source.id]
    found = {}
    for gpu, cells in index(guide).cells[name].items():
        href = quoted(read.href(str(line[gpu]) if gpu in line else source.lines))
        middle = f', "unit": "{record.unit}", "source": {href}, "page": "{file}'
        place = f"{middle}#results--{gpu}--"
        noted = below(patterns, gpu)
        row = []
        for column, cell in cells.items():
            value = cell.value
            said = tuple(remarks(noted) + remarks(below(noted, column))) if noted else ()
            row.append(
                f'"{column}": {{"ref": "{cell.ref}",'
                f' "value": {"null" if value is None else f"{value:f}"}'
                f"{f'{place}{column}' if cell.stored else middle}"
                f"{_how(cell.state, cell.approximate, cell.superseded_by, said)}"
            )
        found[gpu] = Written(f"{{{', '.join(row)}}}")
    return found


@lru_cache(maxsize=256)
def _how(state: str, approximate: bool, superseded_by: str | None, noted: tuple[str, ...]) -> str:
    """Return the end of a cell: how its value is known."""
    return (
        f'", "state": "{state}", "approximate": {written_json(approximate)},'
        f' "superseded_by": {written_json(superseded_by)}, "remarks": {written_json(noted)}}}'
    )


def _requirement(guide: Guide, name: str) -> dict[str, Any]:
    record = guide.dataset.requirements[name]
    return {
        **_table(guide, "requirements", name, record),
        "read_as": record.read_as,
        "results": {model: _need(guide, name, model) for model in record.results},
    }


def _need(guide: Guide, table: str, model: str) -> dict[str, Any]:
    ref = f"requirements/{table}/results/{model}"
    cell: Cell = guide.dataset.requirements[table].results[model]
    return {
        **_figure(guide, ref),
        "value": cell.value,
        "unit": guide.dataset.requirements[table].unit,
        "state": cell.state,
        "approximate": cell.approximate,
        "superseded_by": cell.superseded_by,
        "remarks": remarks(index(guide).at(ref)),
    }


def _run(guide: Guide, name: str) -> dict[str, Any]:
    ref, run = f"runs/{name}", guide.dataset.runs[name]
    return {
        **_about("runs", name, name),
        **{key: getattr(run, key) for key in ("gpu", "model", "outcome", "command")},
        "measured_on": str(run.measured_on),
        **_settings(run.workload),
        "times": [
            {**_figure(guide, f"{ref}/{key}/{scope}/{i}"), "scope": scope, "warmup": warmup}
            for key, warmup in (("warmup_times_s", True), ("times_s", False))
            for scope, seconds in getattr(run, key).items()
            for i in range(len(seconds))
        ],
        "peaks": {meter: _figure(guide, f"{ref}/peak_mib/{meter}") for meter in run.peak_mib},
        "cap": _figure(guide, f"{ref}/cap_mib") if run.cap_mib else None,
        "environment": dict(run.environment),
        "note": run.note,
    }


def claims(guide: Guide) -> dict[str, dict[str, Any]]:
    """Return the content of the document of each claim by its reference."""
    return {
        f"{kind}/{name}/claims/{claim}": _claim(guide, f"{kind}/{name}", claim, about)
        for kind in ("benchmarks", "requirements")
        for name, table in getattr(guide.dataset, kind).items()
        for claim, about in table.claims.items()
    }


def _claim(guide: Guide, table: str, name: str, claim: Claim) -> dict[str, Any]:
    ref = f"{table}/claims/{name}"
    given = {key: getattr(claim, key) for key in sorted(claim.model_fields_set)}
    numbers = [f"{ref}/{key}" for key, value in given.items() if isinstance(value, Decimal)]
    numbers += [f"{ref}/factors/{gpu}" for gpu in claim.factors]
    silent = ("kind", "source", "factors")
    return {
        "page": address(guide.dataset, ref),
        "kind": claim.kind,
        "table": table,
        "source": _source(guide, ref),
        "says": {key: value for key, value in given.items()
                 if key not in silent and not isinstance(value, Decimal)},
        "figures": {place.removeprefix(f"{ref}/"): _figure(guide, place) for place in numbers},
    }  # fmt: skip


def verdict(guide: Guide, row: Verdict) -> Written:
    """Return one verdict as text, for it stands in three documents."""
    derived = guide.derived
    memory, tail = f"derived/gpus/{row.gpu}/capacity", f"{row.requirement}/{row.model}"
    headroom = derived.get(f"derived/gpus/{row.gpu}/headroom/{tail}")
    percent = derived.get(f"derived/gpus/{row.gpu}/headroom-percent/{tail}")
    return Written(
        f'{{"gpu": "{row.gpu}", "model": "{row.model}", "verdict": "{row.verdict}",'
        f' "architecture": {written_json(row.architecture)},'
        f' "need": {written_json(row.need_ref)},'
        f' "capacity": {written_json(memory if memory in derived else None)},'
        f' "headroom_gib": {written_json(headroom and headroom.value)},'
        f' "headroom_percent": {written_json(percent and percent.value)},'
        f' "page": {written_json(headroom and address(guide.dataset, headroom.ref))}}}'
    )


def tried(guide: Guide) -> list[dict[str, Any]]:
    """Return each setting that runs tried, how each run ended, and the cards on which it fits."""
    cards: dict[tuple[str, ...], list[Written]] = {}
    for one in guide.rows.fits:
        spare = guide.derived.get(f"derived/gpus/{one.gpu}/spare/{one.footprint.run}")
        about = {
            "gpu": one.gpu,
            "verdict": one.verdict,
            "state": one.state,
            "tried": one.tried,
            "architecture": one.architecture,
            "headroom_gib": spare and spare.value,
            "page": spare and address(guide.dataset, spare.ref),
        }
        cards.setdefault(one.footprint.runs, []).append(Written(written_json(about)))
    return [
        {
            "model": one.model,
            "gpu": one.gpu,
            "settings": {
                key: value
                for key, value in _settings(one.settings)["settings"].items()
                if key != "steps"  # the time says how many it had
            },
            "run": one.run and f"runs/{one.run}",
            "runs": {f"runs/{run}": guide.dataset.runs[run].outcome for run in one.runs},
            "need": one.run and _derived(guide, f"derived/runs/{one.run}/need"),
            "time": one.time_ref and _figure(guide, one.time_ref),
            "steps": one.steps,
            "cards": cards.get(one.runs, []),
        }
        for one in guide.rows.footprints
    ]


# ---------------------------------------------------------------- parts of documents


def _about(kind: str, name: str, words: str) -> dict[str, Any]:
    file = f"files/data/{kind}/{name}.yml.html"
    return {
        "name": words,
        "page": f"{kind}/{name}/" if kind in ("gpus", "models") else file,
        "file": file,
    }


def _table(guide: Guide, kind: str, name: str, record: Benchmark | Requirement) -> dict[str, Any]:
    ref, source = f"{kind}/{name}", guide.dataset.sources[record.source.id]
    return {
        **_about(kind, name, record.title),
        "unit": record.unit,
        "source": source.href(record.source.lines),
        "source_title": source.title,
        "read_on": str(source.read_on),
        **_settings(record.workload),
        "claims": [f"{ref}/claims/{claim}" for claim in record.claims],
    }


def _settings(given: Workload) -> dict[str, Any]:
    """Return each setting, not_stated where nobody says it, and those that are defaults."""
    values = {key: getattr(given, key) for key in type(given).model_fields}
    return {
        "settings": {
            key: "not_stated" if value is None else setting(value) for key, value in values.items()
        },
        "tool_defaults": [key for key, value in values.items() if isinstance(value, Default)],
    }


# Names stand apart, and how a library builds a model is no figure.
_NO_FACTS = {
    "name", "aliases", "driver_names", "one_of", "note", "family", "task", "size_class", "pipeline",
}  # fmt: skip
_NO_VALUES = {"source", "confidence", "note"}


def _facts(guide: Guide, ref: str) -> dict[str, Any]:
    """Return every sourced value of a card or model by its path in the record."""
    document, _ = guide.dataset.document(ref)
    return {
        "/".join(path).removesuffix("/value"): _fact(guide, "/".join((ref, *path)))
        for path in (tuple(map(str, key)) for key, _ in leaves(document))
        if path[0] not in _NO_FACTS and not _NO_VALUES.intersection(path)
    }


def _fact(guide: Guide, ref: str) -> dict[str, Any]:
    above = ref.rpartition("/")[0]
    return {
        **_figure(guide, ref),
        "confidence": _beside(guide, f"{above}/confidence") or "high",
        "note": _beside(guide, f"{above}/note") if above.count("/") > 1 else None,
    }


def _beside(guide: Guide, ref: str) -> object:
    try:
        return stored(guide.dataset, ref).value
    except KeyError:
        return None


def _figure(guide: Guide, ref: str) -> dict[str, Any]:
    value, unit, _ = guide.figure(ref)
    return {
        "ref": ref,
        "value": value,
        "unit": unit,
        "source": _source(guide, ref),
        "page": address(guide.dataset, ref),
    }


def _source(guide: Guide, ref: str) -> str | None:
    found = cite(guide.dataset, ref)
    return guide.dataset.sources[found.id].href(found.lines) if found else None


def _derived(guide: Guide, ref: str) -> dict[str, Any]:
    derived = guide.derived[ref]
    return {
        "ref": ref,
        "value": derived.value,
        "unit": derived.unit,
        "source": None,
        "page": address(guide.dataset, ref),
        "approximate": derived.approximate,
        "formula": derived.formula,
        "operands": [operand for _, operand in derived.operands],
    }


KINDS: dict[str, Callable[[Guide, str], dict[str, Any]]] = {
    "gpus": _gpu,
    "models": _model,
    "benchmarks": _benchmark,
    "requirements": _requirement,
    "runs": _run,
}
