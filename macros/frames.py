"""What are the data and what follows from them as pandas frames?

Imports ``figures``; ``derive`` offers the frames. The only module that knows pandas, and it loads
it when the first frame is asked for: ``check`` asks for none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any, get_args

from .figures import SPECS, capacity, setting, specs, stored, workload
from .formats import rounded
from .load import Dataset
from .runs import Meter, Settings
from .values import Workload

if TYPE_CHECKING:
    import pandas as pd


def frame(rows: Iterable[Any], columns: Iterable[str]) -> pd.DataFrame:
    """Return rows as a frame; each number stays the exact Decimal that it is in the rows."""
    import pandas as pd

    return pd.DataFrame.from_records(list(rows), columns=list(columns), coerce_float=False)


def columns(dataset: Dataset) -> pd.DataFrame:
    """Return a row for each column of each benchmark table, with the settings it holds for."""
    rows = [
        {
            "benchmark": name, "column": column, "title": record.title, "model": about.model,
            "metric": record.metric, "unit": record.unit,
            **{key: setting(value) for key, value in workload(record, column)},
        }
        for name, record in dataset.benchmarks.items()
        for column, about in record.columns.items()
    ]  # fmt: skip
    about = ("benchmark", "column", "title", "model", "metric", "unit")
    return frame(rows, (*about, *Workload.model_fields))


def gpus(dataset: Dataset) -> pd.DataFrame:
    """Return a row for each card, with the exact values of its specs."""
    rows = []
    for gpu, record in dataset.gpus.items():
        values = {name: stored(dataset, ref).value for name, ref in specs(dataset, gpu).items()}
        offer = capacity(dataset, gpu)
        rows.append(
            {
                "gpu": gpu, "name": record.name, "aliases": list(record.aliases),
                "driver_names": list(record.driver_names), "one_of": list(record.one_of),
                **{name: values.get(name) for name in SPECS},
                "capacity_gib": offer and rounded(offer.gib, 2), "meter": offer and offer.meter,
            }
        )  # fmt: skip
    return frame(
        rows, ("gpu", "name", "aliases", "driver_names", "one_of", *SPECS, "capacity_gib", "meter")
    )


def models(dataset: Dataset) -> pd.DataFrame:
    """Return a row for each model."""
    rows = [
        {
            "model": model, "name": record.name, "aliases": list(record.aliases),
            "family": record.family, "task": record.task, "size_class": record.size_class,
            "parameters": record.parameters and Decimal(record.parameters.value),
            "checkpoint": record.checkpoint and record.checkpoint.value,
            "released_on": record.released_on and record.released_on.value.isoformat(),
        }
        for model, record in dataset.models.items()
    ]  # fmt: skip
    columns = ("model", "name", "aliases", "family", "task", "size_class", "parameters",
               "checkpoint", "released_on")  # fmt: skip
    return frame(rows, columns)


def runs(dataset: Dataset) -> pd.DataFrame:
    """Return a row for each run, with its settings and its peaks by meter in MiB."""
    meters: tuple[Meter, ...] = get_args(Meter)
    rows = [
        {
            "run": name, "gpu": run.gpu, "model": run.model, "outcome": run.outcome,
            **{key: setting(value) for key, value in run.workload},
            **{f"{meter}_mib": run.peak_mib.get(meter) for meter in meters},
            "cap_mib": run.cap_mib, "measured_on": run.measured_on.isoformat(),
            "supersedes": run.supersedes,
        }
        for name, run in dataset.runs.items()
    ]  # fmt: skip
    peaks = (f"{meter}_mib" for meter in meters)
    about = ("run", "gpu", "model", "outcome")
    return frame(
        rows, (*about, *Settings.model_fields, *peaks, "cap_mib", "measured_on", "supersedes")
    )


def run_times(dataset: Dataset) -> pd.DataFrame:
    """Return a row for each time of each run, in seconds, the warm-ups included."""
    columns = ("ref", "run", "scope", "warmup", "repeat", "seconds")
    return frame(times(dataset), columns)


def times(dataset: Dataset) -> Iterator[tuple[str, str, str, bool, int, Decimal]]:
    """Yield reference, run, scope, whether it is a warm-up, number and seconds of each time."""
    for name, run in dataset.runs.items():
        for key in ("warmup_times_s", "times_s"):
            for scope, seconds in getattr(run, key).items():
                for i, value in enumerate(seconds):
                    ref = f"runs/{name}/{key}/{scope}/{i}"
                    yield ref, name, scope, key != "times_s", i + 1, value
