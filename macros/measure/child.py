"""What did one execution of the command do: how long, how much memory, and how did it end?

Starts the command, samples the GPU while it runs, reads the channel, and stops the whole process
tree at the end. Imports ``channel`` and ``nvml``; ``command`` and ``campaign`` execute with it.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import CannotRun
from .channel import VARIABLE, Message, Receiver
from .nvml import Peaks, Reader

KEPT_LINES = 12
GRACE_S = 5.0  # time that a command gets to end after it was asked to
OOM = re.compile(
    r"(?:CUDA|HIP) out of memory|OutOfMemoryError|out of memory trying to allocate"
    r"|cudaErrorMemoryAllocation|CUDA error: out of memory|CUDA_ERROR_OUT_OF_MEMORY"
    r"|CU(?:BLAS|DNN|SPARSE|SOLVER)_STATUS_ALLOC_FAILED",
    re.IGNORECASE,
)


@dataclass
class Execution:
    """One execution of the command, or a part of it that is a run of its own.

    Times are in seconds and memory in MiB; ``times_s`` and ``peak_mib`` hold what the program
    itself reported, and what was seen from outside.
    """

    outcome: str = "failed"
    seconds: float = 0.0
    times_s: dict[str, list[float]] = field(default_factory=dict)
    warmup_times_s: dict[str, list[float]] = field(default_factory=dict)
    peak_mib: dict[str, float] = field(default_factory=dict)
    model: str | None = None
    settings: dict[str, Any] = field(default_factory=dict)
    cap_mib: float | None = None
    python: str | None = None
    libraries: dict[str, str] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    samples: int = 0
    cpu_s: float = 0.0

    def hear(self, message: Message) -> None:
        """Add what the program says about itself; of peaks that it says twice, the higher counts.

        A message of another form is told among the last lines, and otherwise passed over.
        """
        try:
            self._hear(message)
        except (AttributeError, TypeError, ValueError):
            self.lines.append(f"(not understood from the program: {message})")

    def _hear(self, message: Message) -> None:
        times = self.warmup_times_s if message.get("warmup") else self.times_s
        for scope, seconds in message.get("times_s", {}).items():
            times.setdefault(scope, []).append(float(seconds))
        for meter, mib in message.get("peak_mib", {}).items():
            self.peak_mib[meter] = max(float(mib), self.peak_mib.get(meter, 0.0))
        self.settings.update(message.get("settings", {}))
        self.libraries.update(message.get("libraries", {}))
        self.model = message.get("model", self.model)
        self.cap_mib = message.get("cap_mib", self.cap_mib)
        self.python = message.get("python", self.python)
        self.outcome = message.get("outcome", self.outcome)


class Child:
    """A running command with its process tree, its output, and its end of the channel.

    Use it in a ``with`` statement: whatever happens, nothing of the command runs on after it.
    """

    def __init__(
        self,
        command: Sequence[str],
        reader: Reader,
        interval_s: float,
        echo: Callable[[str], object],
        stdin: int = subprocess.DEVNULL,
    ) -> None:
        """Start the command. Raises CannotRun if there is no such program."""
        self.peaks = Peaks(reader)  # before anything runs, for the memory of the idle GPU
        self._folder = tempfile.TemporaryDirectory(prefix="measure-")
        self.receiver = Receiver(Path(self._folder.name) / "channel.jsonl")
        self.interval_s = interval_s
        self.lines: deque[str] = deque(maxlen=KEPT_LINES)
        self.said_oom = False
        self._echo = echo
        self._mark = f"{VARIABLE}={self.receiver.path}".encode()
        self._known: dict[int, bool] = {}
        self._ended = threading.Event()
        self._cpu = time.process_time()
        environment = {
            **os.environ,
            "CUDA_DEVICE_ORDER": "PCI_BUS_ID",  # the order in which NVML counts
            "CUDA_VISIBLE_DEVICES": os.environ.get("CUDA_VISIBLE_DEVICES")
            or str(reader.card().index),
            "PYTHONUNBUFFERED": "1",
            VARIABLE: str(self.receiver.path),
        }
        self.began = self.finished = time.perf_counter()
        try:
            self.process = subprocess.Popen(
                list(command),
                stdin=stdin,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env=environment,
                text=True,
                errors="replace",
                start_new_session=True,
            )
        except OSError as error:
            self._folder.cleanup()
            raise CannotRun(f"{command[0]}: {error.strerror}") from error
        self._waiter = threading.Thread(target=self._wait, daemon=True)
        self._listener = threading.Thread(target=self._listen, daemon=True)
        try:
            self._waiter.start()
            self._listener.start()
        except KeyboardInterrupt:  # the command runs already, and no with statement ends it yet
            self._signal(signal.SIGKILL)
            self._folder.cleanup()
            raise

    def __enter__(self) -> Child:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.stop()
        finally:
            self._folder.cleanup()

    @property
    def running(self) -> bool:
        """Whether the command itself still runs."""
        return not self._ended.is_set()

    def tick(self) -> Iterator[Message]:
        """Wait one interval or until the command ends, look at the GPU, and yield new messages."""
        self._ended.wait(self.interval_s)
        for message in self.receiver.messages():
            if message.get("forget_peaks"):
                self.peaks.reset()
            yield message
        self.peaks.sample(self._belongs)

    def stop(self) -> None:
        """End the command and everything that it started: first kindly, then not.

        A second interruption meanwhile ends them at once.
        """
        try:
            for number, patience in ((signal.SIGTERM, GRACE_S), (signal.SIGKILL, GRACE_S)):
                if not self._signal(number):
                    break
                self._ended.wait(patience)
                if not self.running:
                    time.sleep(0.05)  # what it started may be ending too
        except KeyboardInterrupt:
            self._signal(signal.SIGKILL)
            raise
        finally:
            self._ended.wait()
            self._listener.join(GRACE_S)
            for stream in (self.process.stdin, self.process.stdout):
                if stream and not self._listener.is_alive():
                    stream.close()

    def cpu_s(self) -> float:
        """Return the processor time of this process since the command began, in seconds."""
        return time.process_time() - self._cpu

    def _signal(self, number: signal.Signals) -> bool:
        """Send a signal to all processes of the command; return whether there was any."""
        found = False
        for folder in Path("/proc").iterdir():
            if folder.name.isdecimal() and self._is_own(int(folder.name)):
                with contextlib.suppress(OSError):  # it has ended since
                    os.kill(int(folder.name), number)
                    found = True
        return found

    def _wait(self) -> None:
        # A thread of its own, because polling would round the time to the sampling interval.
        self.process.wait()
        self.finished = time.perf_counter()
        self._ended.set()

    def _listen(self) -> None:
        assert self.process.stdout is not None  # noqa: S101 (opened as a pipe above; for mypy)
        for line in self.process.stdout:
            text = line.rstrip()
            if text:
                self.lines.append(text)
                self.said_oom = self.said_oom or bool(OOM.search(text))
            self._echo(text)

    def _belongs(self, pid: int) -> bool:
        """Return whether a process is the command or was started by it, directly or not."""
        if pid not in self._known:
            self._known[pid] = self._is_own(pid)
        return self._known[pid]

    def _is_own(self, pid: int) -> bool:
        # Launchers such as torchrun give each worker a session of its own; the channel stays.
        try:
            if os.getsid(pid) == self.process.pid:
                return True
            return self._mark in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        except OSError:
            return False


def execute(
    command: Sequence[str],
    reader: Reader,
    *,
    timeout_s: float | None = None,
    interval_s: float = 0.02,
    echo: Callable[[str], object] = lambda line: sys.stderr.write(f"{line}\n"),
) -> Execution:
    """Run the command once and return what was seen; an interruption stops it and is passed on."""
    execution = Execution()
    with Child(command, reader, interval_s, echo) as child:
        late = False
        while child.running and not late:
            for message in child.tick():
                execution.hear(message)
            late = timeout_s is not None and time.perf_counter() - child.began > timeout_s
        child.stop()
        for message in child.receiver.messages():
            execution.hear(message)
        conclude(execution, child, late)
        execution.seconds = child.finished - child.began
    return execution


def conclude(execution: Execution, child: Child, late: bool) -> None:
    """Fill in the outcome, the last lines and what was seen from outside."""
    status = child.process.returncode
    reported = execution.outcome == "oom"
    if late:
        execution.outcome = "timeout"
    elif status == 0:
        execution.outcome = "oom" if reported else "measured"
    elif reported or child.said_oom:
        execution.outcome = "oom"
    else:
        execution.outcome = "failed"
    execution.lines += child.lines
    if status and not late:
        how = f"signal {-status}" if status < 0 else f"exit status {status}"
        execution.lines.append(f"(ended by {how})")
    execution.peak_mib |= child.peaks.mib()
    execution.samples = child.peaks.samples
    execution.cpu_s = child.cpu_s()
