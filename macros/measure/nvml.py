"""What does the driver say about the GPU and the memory in use on it?

The only module that knows NVML (``pynvml`` of nvidia-ml-py). Everything else takes a ``Reader``,
so that tests need no GPU.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from ..errors import CannotRun

MIB = 2**20


@dataclass(frozen=True)
class Card:
    """What does not change while a program runs; memory in MiB, power in W."""

    index: int
    name: str
    memory_total_mib: int
    memory_reserved_mib: int | None
    compute_capability: str
    driver: str
    cuda: str
    power_limit_w: float | None


class Usage(NamedTuple):
    """Memory in use at one moment, in MiB: on the whole GPU, and by process id."""

    device: float
    processes: dict[int, float]


class Reader(Protocol):
    """What measuring needs to know from the driver."""

    def card(self) -> Card:
        """Return the facts of the GPU."""

    def usage(self) -> Usage:
        """Return the memory in use now."""


class Nvml:
    """Reads one GPU through NVML."""

    def __init__(self, index: int | None = None) -> None:
        """Open the GPU of this index, or the one that CUDA_VISIBLE_DEVICES names, or the first.

        Raises CannotRun if there is no such GPU.
        """
        try:
            import pynvml
        except ImportError as error:
            raise CannotRun(
                "measuring needs the package nvidia-ml-py; install requirements.txt"
            ) from error
        self._nvml: Any = pynvml
        try:
            pynvml.nvmlInit()
            self._index, self._handle = self._open(index)
        except pynvml.NVMLError as error:
            raise CannotRun(
                f"no NVIDIA GPU to measure: {error}. The command needs a GPU and its driver; "
                "nvidia-smi shows whether they work"
            ) from error

    def _open(self, index: int | None) -> tuple[int, Any]:
        visible = os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",")[0].strip()
        if index is None and visible.startswith("GPU-"):
            handle = self._nvml.nvmlDeviceGetHandleByUUID(visible)
            return self._nvml.nvmlDeviceGetIndex(handle), handle
        if index is None:
            index = int(visible) if visible.isdigit() else 0
        return index, self._nvml.nvmlDeviceGetHandleByIndex(index)

    def card(self) -> Card:
        """Return the facts of the GPU; what a card does not tell is None."""
        major, minor = self._nvml.nvmlDeviceGetCudaComputeCapability(self._handle)
        cuda = self._nvml.nvmlSystemGetCudaDriverVersion_v2()
        memory = self._memory()
        power = self._if_told(self._nvml.nvmlDeviceGetEnforcedPowerLimit)
        return Card(
            index=self._index,
            name=_text(self._nvml.nvmlDeviceGetName(self._handle)),
            memory_total_mib=round(memory.total / MIB),
            memory_reserved_mib=round(memory.reserved / MIB) if self._has_reserve else None,
            compute_capability=f"{major}.{minor}",
            driver=_text(self._nvml.nvmlSystemGetDriverVersion()),
            cuda=f"{cuda // 1000}.{cuda % 1000 // 10}",
            power_limit_w=power / 1000 if power else None,
        )

    def usage(self) -> Usage:
        """Return the memory in use now, without what the driver reserves for itself."""
        found = self._if_told(self._nvml.nvmlDeviceGetComputeRunningProcesses) or []
        return Usage(
            self._memory().used / MIB,
            {one.pid: one.usedGpuMemory / MIB for one in found if one.usedGpuMemory},
        )

    _has_reserve = True

    def _memory(self) -> Any:
        """Return the second version of the reading, in which used leaves out the reserve."""
        if self._has_reserve:
            try:
                return self._nvml.nvmlDeviceGetMemoryInfo(
                    self._handle, version=self._nvml.nvmlMemory_v2
                )
            except self._nvml.NVMLError:
                self._has_reserve = False
        return self._nvml.nvmlDeviceGetMemoryInfo(self._handle)

    def _if_told(self, ask: Any) -> Any:
        try:
            return ask(self._handle)
        except self._nvml.NVMLError:
            return None


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


class Peaks:
    """The highest memory seen so far, in MiB, and how often it was looked at."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.samples = 0
        self.idle = reader.usage().device
        self.reset()

    def reset(self) -> None:
        """Forget the peaks; the memory of the idle GPU stays."""
        self.device = 0.0
        self.process = 0.0

    def sample(self, belongs: Any) -> None:
        """Look once; ``belongs(pid)`` tells the processes of the command from others."""
        usage = self.reader.usage()
        self.samples += 1
        self.device = max(self.device, usage.device)
        own = sum(mib for pid, mib in usage.processes.items() if belongs(pid))
        self.process = max(self.process, own)

    def mib(self) -> dict[str, float]:
        """Return the peaks by meter; the driver does not tell every machine about processes."""
        seen = {"process": self.process} if self.process else {}
        return seen | {"device": self.device, "device_idle": self.idle}
