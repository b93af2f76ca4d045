"""What can the measuring command be told?

Imports the standard library alone, because ``cli`` reads the options of all commands at its start.
"""

from __future__ import annotations

import argparse
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# Names of runs.Settings, which is not imported here because pydantic would cost the start.
SETTINGS = (
    "task", "resolution", "pixels", "frames", "fps", "views", "steps", "guidance", "attention",
    "precision", "offload", "gpu_count", "clock", "memory_meter", "dataset", "method",
    "context_parallel", "global_batch", "text_encoder_precision", "vae_precision",
    "attention_backend", "vae_tiling", "allocator", "weights",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Options:
    """What was asked for; times in seconds but for the interval, memory in MiB."""

    program: list[str]
    data: Path = Path("data")
    model: str | None = None
    settings: Sequence[tuple[str, Any]] = ()
    gpu: str | None = None
    gpu_index: int | None = None
    warmups: int = 1
    repeats: int = 3
    timeout: float | None = None
    interval_ms: int = 20
    cap_mib: float | None = None
    label: str = ""
    supersedes: str | None = None
    note: str | None = None
    code: Path = Path()

    @property
    def command(self) -> list[str]:
        """The command to measure; argparse may leave the dashes before it."""
        return self.program[1:] if self.program[:1] == ["--"] else self.program


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the fields of ``Options`` to a parser, all but the data folder."""
    add = parser.add_argument
    add("--model", metavar="ID", help="model in data/models, unless the program reports it")
    add(
        "--set",
        metavar="NAME=VALUE",
        action="append",
        default=[],
        type=_setting,
        dest="settings",
        help="a setting that the figures hold for, such as steps=35; may be given several times",
    )
    add("--gpu", metavar="ID", help="GPU in data/gpus, if the driver's name does not tell")
    add("--gpu-index", metavar="N", type=_count, help="which card of this machine, as NVML counts")
    add("--warmups", metavar="N", type=_count, default=1, help="executions before those that count")
    add("--repeats", metavar="N", type=_number, default=3, help="executions that count")
    add("--timeout", metavar="S", type=_amount, help="longest time of one execution, in seconds")
    add(
        "--interval-ms",
        metavar="MS",
        type=_number,
        default=20,
        help="time between two looks at the memory in use",
    )
    add("--cap-mib", metavar="MIB", type=_amount, help="memory limit that the command runs under")
    add("--label", metavar="WORDS", default="", help="words for the name of the run file")
    add("--supersedes", metavar="ID", help="earlier run of the same settings that this one repeats")
    add("--note", metavar="TEXT", help="what a reader should know about the run")
    add(
        "--code",
        metavar="DIR",
        type=Path,
        default=Path(),
        help="folder of the measured code, whose commit is recorded",
    )
    add("program", nargs=argparse.REMAINDER, metavar="-- COMMAND",
        help="what to measure")  # fmt: skip


def _count(word: str) -> int:
    if not re.fullmatch(r"\d{1,6}", word):
        raise argparse.ArgumentTypeError(f"{word!r} is no whole number")
    return int(word)


def _number(word: str) -> int:
    if _count(word) == 0:
        raise argparse.ArgumentTypeError("must be at least 1")
    return int(word)


def _amount(word: str) -> float:
    try:
        value = float(word)
    except ValueError:
        value = math.nan
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"{word!r} is no number above zero")
    return value


def _setting(word: str) -> tuple[str, Any]:
    name, _, value = word.partition("=")
    if name not in SETTINGS or not value:
        known = ", ".join(SETTINGS)
        raise argparse.ArgumentTypeError(
            f"{word!r} is not NAME=VALUE with one of the names {known}"
        )
    if re.fullmatch(r"\d{1,9}", value):
        return name, int(value)
    return name, float(value) if re.fullmatch(r"\d{1,9}\.\d{1,6}", value) else value
