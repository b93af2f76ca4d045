"""How do executions become one run file that is never written over?

Of the measuring process only this module knows the schema. It imports the schema late: pydantic
costs more time than everything else before the first measurement.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args

import yaml

from ..documents import MODELINE
from ..errors import CannotRun, printable
from .child import Execution
from .environment import discreet

TOLD_LINES = {"measured": 2, "oom": 4, "failed": 8, "timeout": 4}


@dataclass(frozen=True)
class About:
    """What is known of a run beside its executions."""

    gpu: str
    command: str
    environment: dict[str, Any]
    interval_ms: int
    model: str | None = None
    settings: dict[str, Any] = field(default_factory=dict)
    cap_mib: float | None = None
    shared_process: bool = False
    supersedes: str | None = None
    note: str | None = None


def compose(about: About, executions: Sequence[Execution], warmups: int) -> dict[str, Any]:
    """Return the plain record of a run; the first ``warmups`` executions count as warm-ups.

    Peaks are the highest of all executions, warm-ups too. The outcome is the last one's.
    """
    from ..runs import Meter

    last = executions[-1]
    record: dict[str, Any] = {"gpu": about.gpu}
    if model := about.model or last.model:
        record["model"] = model
    settings: dict[str, Any] = {}
    for execution in executions:
        settings |= execution.settings
    record["workload"] = _ordered(settings | about.settings)
    record["command"] = discreet(about.command)
    record["outcome"] = last.outcome
    times: dict[str, list[float]] = {}
    warm: dict[str, list[float]] = {}
    for number, execution in enumerate(executions):
        whole = {} if about.shared_process else {"command": [execution.seconds]}
        if execution.outcome == "measured":
            _extend(warm if number < warmups else times, whole)
        _extend(warm if number < warmups else times, execution.times_s)
        _extend(warm, execution.warmup_times_s)
    record["times_s"] = times
    record["warmup_times_s"] = warm
    record["peak_mib"] = {
        meter: round(max(one.peak_mib.get(meter, 0.0) for one in executions), 1)
        for meter in get_args(Meter)
        if any(meter in one.peak_mib for one in executions)
    }
    record["cap_mib"] = about.cap_mib or last.cap_mib
    record["shared_process"] = about.shared_process
    lines = [printable(discreet(line.strip()))[:300] for line in last.lines if line.strip()]
    record["last_lines"] = lines[-TOLD_LINES[last.outcome] :]
    record["measured_on"] = datetime.now(UTC).date().isoformat()
    record["environment"] = about.environment
    record["overhead"] = {
        "samples": sum(one.samples for one in executions),
        "interval_ms": about.interval_ms,
        "cpu_s": round(sum(one.cpu_s for one in executions), 3),
    }
    record["supersedes"] = about.supersedes
    record["note"] = about.note
    return {key: value for key, value in record.items() if value not in (None, {}, [], False)}


def _extend(times: dict[str, list[float]], new: dict[str, list[float]]) -> None:
    for scope, values in new.items():
        times.setdefault(scope, []).extend(round(value, 4) for value in values)


def _ordered(settings: dict[str, Any]) -> dict[str, Any]:
    """Return settings in the order of the schema; unknown ones last, for the check to refuse."""
    from ..runs import Settings

    known = [name for name in Settings.model_fields if name in settings]
    return {name: settings[name] for name in (*known, *(settings.keys() - set(known)))}


class _Writer(yaml.CSafeDumper):
    """Writes numbers as they are, and lists and small mappings in one line."""


def _decimal(writer: yaml.CSafeDumper, value: float | Decimal) -> yaml.ScalarNode:
    text = f"{Decimal(str(value)).normalize():f}"
    return writer.represent_scalar(
        "tag:yaml.org,2002:float" if "." in text else "tag:yaml.org,2002:int", text
    )


_Writer.add_representer(float, _decimal)
_Writer.add_representer(Decimal, _decimal)


def text(record: dict[str, Any]) -> str:
    """Return the record as YAML, as compact as a reader can still follow."""
    body: str = yaml.dump(
        record, Dumper=_Writer, sort_keys=False, default_flow_style=None, width=98,
        allow_unicode=True,
    )  # fmt: skip
    return f"{MODELINE}../schema/runs.json\n{body}"


def write(data: Path, name: str, record: dict[str, Any]) -> Path:
    """Check the record and write it as ``runs/<name>.yml``, or under the next free number.

    Raises DataError if the schema refuses it, and CannotRun, with the text of the record, if it
    cannot be written; nothing that exists is ever written over.
    """
    content = text(record)
    _check(name, content)
    folder = data / "runs"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle, aside = tempfile.mkstemp(dir=folder, prefix=".new-", text=True)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(aside).chmod(0o644)
            return _link(Path(aside), folder, name)
        finally:
            Path(aside).unlink()
    except OSError as error:
        raise CannotRun(
            f"{folder}: {error.strerror}. The run is not lost; save this as "
            f"{folder / name}.yml:\n\n{content}"
        ) from error


def _check(name: str, content: str) -> None:
    """Read the record as the guide will read it, and with the same refusals."""
    from ..load import load

    with tempfile.TemporaryDirectory(prefix="measure-") as folder:
        path = Path(folder) / "runs" / f"{name}.yml"
        path.parent.mkdir()
        path.write_text(content, encoding="utf-8")
        load(Path(folder))


def _link(aside: Path, folder: Path, name: str) -> Path:
    """Give the finished file its name in one step that fails if the name is taken."""
    number = 1
    while True:
        path = folder / (f"{name}.yml" if number == 1 else f"{name}-{number}.yml")
        try:
            path.hardlink_to(aside)
        except FileExistsError:
            number += 1
        else:
            return path
