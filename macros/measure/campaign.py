"""How are many settings measured on one card, the most valuable first, within a time budget?

A program: ``python -m macros.measure.campaign campaigns/<name>.yml --budget 540``. The plan names
stages; each is a set of options of ``pipeline``, and lists in it are combined. All settings run in
one process, because starting one takes longer than most of them; each is a run file of its own,
written as soon as it is done. What has a run file is not run again, so the same command goes on
where time ran out. A stage with ``again: true`` repeats what has one run; the new one supersedes
it.
"""

from __future__ import annotations

import argparse
import itertools
import json
import logging
import os
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from ..errors import CannotRun, DataError
from . import cards, environment, record
from .child import Child, Execution
from .command import RESULTS, run_name
from .nvml import Card, Nvml, Reader

LOG = logging.getLogger("campaign")
INTERVAL_MS = 20
PATIENCE = (4, 30)  # a job may take so many times what it should, and so many seconds more
PROGRAM = (sys.executable, "-m", "macros.measure.pipeline", "--serve")
SHORT = {
    "none": "",
    "float32": "fp32",
    "bfloat16": "bf16",
    "text-encoder": "encoder",
    "sequential": "layers",
    "expandable": "grow",
}
Plain = dict[str, Any]


@dataclass(frozen=True)
class Job:
    """One set of settings: its stage, its arguments, and about how many seconds it takes."""

    stage: str
    arguments: tuple[str, ...]
    seconds: float
    capacity: str = ""
    again: bool = False

    @property
    def model(self) -> str:
        """Id of the model."""
        return self.arguments[0]

    @property
    def shapes(self) -> tuple[str, ...]:
        """What the shapes of the autoencoder's convolutions depend on."""
        given = dict(itertools.pairwise(self.arguments))
        tiled = [word for word in self.arguments if word == "--vae-tiling"]
        return (given.get("--size", ""), given.get("--vae-precision", ""), *tiled)

    @property
    def command(self) -> str:
        """The command that repeats it alone."""
        program = ["python", "-m", "macros.measure.pipeline", *self.arguments]
        whole = ["python", "-m", "macros", "measure", "--warmups", "0", "--repeats", "1"]
        return shlex.join([*whole, "--", *program])

    @property
    def label(self) -> str:
        """Words for the name of the run file."""
        given = dict(itertools.pairwise(self.arguments))
        words = [given.get("--size", ""), given.get("--text-encoder-precision", "")]
        if vae := given.get("--vae-precision"):
            words += ["vae", vae]
        words += [given.get("--offload", ""), given.get("--attention", "").replace("_native_", "")]
        if "--vae-tiling" in self.arguments:
            words.append("tiled")
        words.append(given.get("--allocator", ""))
        if given.get("--steps", "1") != "1":
            words.append(f"{given['--steps']}-steps")
        if self.capacity:
            words.append(f"in-{self.capacity}")
        return "-".join(filter(None, (SHORT.get(word, word) for word in words)))


def jobs(stage: Plain) -> Iterator[Job]:
    """Yield the settings of a stage: every combination of the values that are lists."""
    options = stage["options"]
    values = [value if isinstance(value, list) else [value] for value in options.values()]
    for model in stage["models"]:
        for chosen in itertools.product(*values):
            arguments = [model]
            for name, value in zip(options, chosen, strict=True):
                if value is True:
                    arguments.append(f"--{name}")
                elif value is not False:
                    arguments += [f"--{name}", str(value)]
            seconds, again = float(stage["seconds"]), stage.get("again", False)
            yield Job(stage["name"], tuple(arguments), seconds, again=again)


def capped(job: Job, peaks: Plain, capacities: dict[str, float], side: str) -> Iterator[Job]:
    """Yield the settings again under the capacities on one side of their peak, the next one first.

    A capacity is what a card leaves to programs, in MiB; the context comes off it, which is what
    the process held beside the allocator's reserve.
    """
    context = peaks["process"] - peaks["reserved"]
    room = {name: mib - context for name, mib in capacities.items()}
    below = [name for name in room if room[name] < peaks["allocated"]]
    above = [name for name in room if room[name] >= peaks["allocated"]]
    for name in reversed(below) if side == "below" else above:
        arguments = (*job.arguments, "--cap-mib", f"{room[name]:.0f}")
        yield replace(job, arguments=arguments, capacity=name)


class Worker:
    """The process in which the settings run one after the other."""

    def __init__(self, program: Sequence[str], reader: Reader) -> None:
        """Start the program, which takes one JSON list of arguments per line."""
        self.child = Child(
            program, reader, INTERVAL_MS / 1000, lambda line: LOG.debug("  | %s", line),
            stdin=subprocess.PIPE,
        )  # fmt: skip

    def run(self, job: Job, timeout_s: float) -> Execution:
        """Run one job; if the process does not live through it, ``alive`` is false afterwards."""
        child, execution = self.child, Execution()
        assert child.process.stdin is not None  # noqa: S101 (opened as a pipe above; for mypy)
        child.process.stdin.write(json.dumps(job.arguments) + "\n")
        child.process.stdin.flush()
        began, samples, cpu = time.perf_counter(), child.peaks.samples, child.cpu_s()
        ended = late = False
        while child.running and not (ended or late):
            for message in child.tick():
                if "begin" in message:
                    child.lines.clear()
                    child.peaks.reset()
                    execution = Execution()
                elif "end" in message:
                    ended = True
                else:
                    execution.hear(message)
            late = time.perf_counter() - began > timeout_s
        time.sleep(0.05)  # the last lines may still be on their way
        if not ended:
            child.stop()
            execution.outcome = "timeout" if late else "oom" if child.said_oom else "failed"
        execution.lines += child.lines
        execution.peak_mib |= child.peaks.mib()
        execution.samples = child.peaks.samples - samples
        execution.cpu_s = child.cpu_s() - cpu
        return execution

    @property
    def alive(self) -> bool:
        """Whether the process can take another job."""
        return self.child.running

    def close(self) -> None:
        """End the process."""
        self.child.__exit__()


class Campaign:
    """The jobs of a plan that are done, and the means to do the others."""

    def __init__(
        self,
        plan: Plain,
        data: Path,
        reader: Reader,
        budget_s: float,
        program: Sequence[str] = PROGRAM,
    ) -> None:
        """Begin to count the budget. Raises CannotRun for a card that the guide does not know."""
        self.plan = plan
        self.data = data
        self.program = (*program, "--data", str(data))
        self.reader = reader
        self.ends = time.monotonic() + budget_s
        self.card: Card = reader.card()
        found = cards.find(data, self.card.name)
        if found is None:
            raise CannotRun(f"{self.card.name}: no GPU in {data / 'gpus'} has this name")
        self.gpu = found
        self.worker: Worker | None = None
        self.spoilt: set[tuple[str, ...]] = set()  # shapes that need a new process
        runs = {path.stem: _plain(path) for path in sorted(data.glob("runs/*.yml"))}
        superseded = {run.get("supersedes") for run in runs.values()}
        self.runs = {
            self._key(run["command"]): (name, run)
            for name, run in runs.items()
            if run["gpu"] == self.gpu and name not in superseded
        }

    def go(self, only: list[str]) -> int:
        """Run what is not done, as far as the time goes; return how many jobs were left out."""
        left_out = 0
        try:
            for stage in self.plan["stages"]:
                if only and stage["name"] not in only:
                    continue
                for job in self._jobs(stage):
                    left_out += not self._done(job)
        finally:
            self._close()
        return left_out

    def _jobs(self, stage: Plain) -> Iterator[Job]:
        if "caps_of" not in stage:
            yield from jobs(stage)
            return
        for base in (one for one in self.plan["stages"] if one["name"] in stage["caps_of"]):
            for job in jobs(base):
                _, run = self.runs.get(self._key(job.command), ("", None))
                if run and run["outcome"] == "measured" and "process" in run["peak_mib"]:
                    again = replace(job, again=stage.get("again", False))
                    for side in stage["sides"]:
                        yield from self._capped(again, run["peak_mib"], side)

    def _capped(self, job: Job, peaks: Plain, side: str) -> Iterator[Job]:
        """Yield capped jobs until one shows where the limit is; each is done when the next comes.

        Gaps between reserved pieces take memory too, so the first card above the peak may be too
        small yet.
        """
        for one in capped(job, peaks, self.plan["capacities_mib"], side):
            yield one
            _, run = self.runs.get(self._key(one.command), ("", {}))
            if run.get("outcome") != ("measured" if side == "below" else "oom"):
                return

    def _key(self, command: str) -> str:
        """Return what two runs of one setting share; a limit counts as the card it stands for."""
        sizes = sorted(self.plan.get("capacities_mib", {}).values())

        def card(limit: re.Match[str]) -> str:
            return f" in {next((mib for mib in sizes if mib >= float(limit[1])), limit[1])}"

        return re.sub(r" --cap-mib ([0-9.]+)", card, command)

    def _done(self, job: Job) -> bool:
        """Run a job unless it is done or there is no time for it; return whether it is done."""
        key = self._key(job.command)
        earlier, run = self.runs.get(key, (None, {}))
        if earlier and not (job.again and "supersedes" not in run):
            return True
        remaining = self.ends - time.monotonic()
        if remaining < job.seconds:
            LOG.info("no time: %s %s", job.model, job.label)
            return False
        if job.shapes in self.spoilt:
            self._close()
        if self.worker is None:
            self.worker = Worker(self.program, self.reader)
        began = time.monotonic()
        execution = self.worker.run(job, PATIENCE[0] * job.seconds + PATIENCE[1])
        path, run = self._write(job, execution, earlier)
        self.runs[key] = path.stem, run
        peaks = {meter: round(mib) for meter, mib in execution.peak_mib.items()}
        LOG.info(
            "%.1f s left, %.1f s: %s %s %s %s", self.ends - time.monotonic(),
            time.monotonic() - began, path.stem, execution.outcome, peaks, execution.times_s,
        )  # fmt: skip
        if execution.outcome == "failed":
            LOG.warning("%s", "\n".join(execution.lines))
        if not self.worker.alive:
            self._close()
        elif job.capacity or execution.outcome != "measured":
            # Where memory is short, cuDNN keeps another plan for the same shapes, with other needs.
            self.spoilt.add(job.shapes)
        return True

    def _write(self, job: Job, execution: Execution, earlier: str | None) -> tuple[Path, Plain]:
        software = {"python": execution.python, "libraries": execution.libraries}
        about = record.About(
            gpu=self.gpu,
            command=job.command,
            environment=environment.facts(self.card, software, Path()),
            interval_ms=INTERVAL_MS,
            model=job.model,
            shared_process=True,
            supersedes=earlier if execution.outcome in RESULTS else None,
        )
        run = record.compose(about, [execution], warmups=0)
        path = record.write(self.data, run_name(self.gpu, job.model, job.label), run)
        return path, run

    def _close(self) -> None:
        if self.worker:
            self.worker.close()
        self.worker = None
        self.spoilt.clear()


def _plain(path: Path) -> Plain:
    found: Plain = yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)
    return found


def main(arguments: list[str] | None = None) -> int:
    """Run the program; 0 if all is done, 1 if time ran out, 2 if it cannot run at all."""
    parser = argparse.ArgumentParser(prog="python -m macros.measure.campaign", description=__doc__)
    parser.add_argument("plan", type=Path, help="file with the stages")
    parser.add_argument("--budget", type=float, default=3600, help="seconds after which it stops")
    parser.add_argument("--only", action="append", default=[], help="name of a stage to run alone")
    parser.add_argument("--data", type=Path, default=Path("data"), help="folder of the data")
    options = parser.parse_args(arguments)
    level = os.environ.get("CAMPAIGN_LOG", "INFO")
    logging.basicConfig(level=level, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    try:
        campaign = Campaign(_plain(options.plan), options.data, Nvml(), options.budget)
        return 1 if campaign.go(options.only) else 0
    except (CannotRun, DataError) as error:
        LOG.error("%s", error)
        return 2


if __name__ == "__main__":
    sys.exit(main())
