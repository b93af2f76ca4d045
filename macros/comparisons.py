"""What do the downloads say of our runs beside published figures, and of tried settings?

The rows of four downloads, with the figures that pages show. Imports ``derive`` and ``replicas``;
``export`` writes the files.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from . import readings
from .derive import Guide
from .figures import setting
from .replicas import Comparison, place_of
from .runs import Settings

# The time of a footprint says how many steps it had; the setting itself has none.
_SETTINGS = tuple(key for key in Settings.model_fields if key != "steps")


class Download(NamedTuple):
    """One frame as it is downloaded."""

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]


def replicas(guide: Guide) -> Download:
    """Return each published time that a run did again, with every setting by how it stands."""
    rows = [
        (f"{place_of(one)}/ratio", one.ref, one.benchmark, one.column, one.gpu, one.model, one.run,
         guide.dataset.benchmarks[one.benchmark].unit, one.published,
         guide.derived[f"{place_of(one)}/ours"].value,
         guide.derived[f"{place_of(one)}/ratio"].value, one.word,
         *(list(keys) for keys in one.settings))
        for one in guide.rows.replicas
    ]  # fmt: skip
    columns = ("ref", "published_ref", "benchmark", "column", "gpu", "model", "run", "unit",
               "published", "ours", "ratio", "result", *Comparison._fields)  # fmt: skip
    return Download(columns, rows)


def need_replicas(guide: Guide) -> Download:
    """Return each published need that was measured again, under the nearest reading."""
    rows = []
    for one in readings.need_replicas(guide.rows.readings):
        best = guide.rows.readings[one.requirement][0]
        place = f"derived/requirements/{one.requirement}/{best.slug}"
        ours, ratio = (guide.derived[f"{place}/{key}/{one.model}"] for key in ("ours", "ratio"))
        rows.append((ratio.ref, one.ref, one.requirement, one.model, one.run, one.unit, best.meter,
                     ours.value, ratio.value, one.word))  # fmt: skip
    columns = ("ref", "published_ref", "requirement", "model", "run", "unit", "meter", "ours",
               "ratio", "result")  # fmt: skip
    return Download(columns, rows)


def footprints(guide: Guide) -> Download:
    """Return each setting that was tried, its need, and its time beyond the fastest."""
    rows = []
    for one in guide.rows.footprints:
        need = guide.derived.get(f"derived/runs/{one.run}/need")
        place = f"derived/runs/{(one.time_ref or '//').split('/')[1]}"
        more = guide.derived.get(f"{place}/more-time")
        scatter = one.apart and guide.derived[f"derived/runs/{one.apart[0].split('/')[1]}/scatter"]
        rows.append(
            (need and need.ref, one.model, one.gpu, one.run,
             *(setting(getattr(one.settings, key)) for key in _SETTINGS),
             need and need.value, one.time, one.steps, one.time_ref, more and more.value,
             scatter and scatter.value, list(one.runs))
        )  # fmt: skip
    columns = ("ref", "model", "gpu", "run", *_SETTINGS, "need_gib", "time_s",
               "time_steps", "time_ref", "more_time_s", "scatter_s", "runs")  # fmt: skip
    return Download(columns, rows)


def fits(guide: Guide) -> Download:
    """Return each card with each setting that was tried; ``state`` says how one does not fit."""
    rows: list[tuple[Any, ...]] = []
    for one in guide.rows.fits:
        run = one.footprint.run
        spare = guide.derived.get(f"derived/gpus/{one.gpu}/spare/{run}")
        rows.append(
            (spare and spare.ref, one.gpu, one.footprint.model, run, one.verdict, one.state,
             one.tried, one.architecture, spare and spare.value)
        )  # fmt: skip
    columns = ("ref", "gpu", "model", "run", "verdict", "state", "tried", "architecture",
               "headroom_gib")  # fmt: skip
    return Download(columns, rows)
