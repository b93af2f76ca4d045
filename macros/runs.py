"""What does one measurement hold?

A run is one file under ``data/runs/``: raw times, memory by meter, environment and outcome. It is
written once by the measuring command and never changed; statistics are made on reading.
Imports ``values``; ``schema`` and ``measure`` import this module.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from .values import (
    NUMBER,
    Capability,
    Commit,
    Count,
    Day,
    Id,
    Name,
    Positive,
    Record,
    Setting,
    Text,
    Workload,
)  # fmt: skip

Outcome = Literal["measured", "oom", "failed", "timeout"]
Meter = Literal["allocated", "reserved", "process", "device", "device_idle"]
SCOPE = r"^[a-z][a-z0-9_]*$"
LIBRARY = r"^[a-z0-9][a-z0-9_.-]*$"
# What each pattern asks for, in words.
FORMS = {
    SCOPE: "a plain word in lower case, such as generation",
    LIBRARY: "the name of a package, such as torch",
}
Scope = Annotated[str, StringConstraints(strict=True, pattern=SCOPE, max_length=40)]
Library = Annotated[str, StringConstraints(strict=True, pattern=LIBRARY, max_length=40)]
Amount = Annotated[Decimal, Field(ge=0), NUMBER]
Times = dict[Scope, list[Amount]]
Flag = Annotated[bool, Field(strict=True)]


class Settings(Workload):
    """The settings of a run: those of any figure, and what only a measurement knows."""

    text_encoder_precision: Setting = None
    """Number format of the text encoder's weights: float32 or bfloat16."""
    vae_precision: Setting = None
    """Number format of the autoencoder's weights: float32 or bfloat16."""
    attention_backend: Setting = None
    """Kernel that computed the attention, as the library names it; native is PyTorch's choice."""
    vae_tiling: Setting = None
    """Whether the autoencoder worked tile by tile: yes or no."""
    allocator: Setting = None
    """expandable: the allocator reserved memory piece by piece; left out for fixed segments."""
    weights: Setting = None
    """random or checkpoint. Neither work nor memory of dense attention depends on it."""


class Environment(Record):
    """The machine and the software, as the driver and the program report them."""

    gpu_name: Name
    """Name of the GPU as the driver reports it."""
    memory_total_mib: Count
    """The driver's total of the GPU's memory, in MiB."""
    memory_reserved_mib: Annotated[int, Field(strict=True, ge=0)] | None = None
    """What the driver keeps of the total for itself, in MiB."""
    compute_capability: Capability
    """CUDA compute capability, in quotes because it is no number."""
    driver: Name
    """Version of the driver."""
    cuda: Name
    """Newest CUDA version that the driver supports."""
    power_limit_w: Positive | None = None
    """Power limit in force, in W."""
    system: Name
    """Operating system and processor architecture."""
    python: Name | None = None
    """Python that ran the measured program."""
    libraries: dict[Library, Name] = {}
    """Versions of the libraries that matter to the measured program."""
    commit: Commit | None = None
    """Commit of the measured code; left out where it is not under version control."""
    modified: Flag = False
    """Whether the measured code differed from that commit."""


class Overhead(Record):
    """What the measuring itself cost while the command ran."""

    samples: Annotated[int, Field(strict=True, ge=0)]
    """How often the driver was asked for the memory in use."""
    interval_ms: Count
    """Time between two samples, in milliseconds. A shorter peak can go unseen."""
    cpu_s: Amount
    """Processor time of the measuring process, in seconds."""


class Run(Record):
    """One measurement, made with this project's own tool."""

    gpu: Id
    """Id of the GPU in gpus/."""
    model: Id | None = None
    """Id of the model in models/; left out for a command that runs none."""
    workload: Settings = Settings()
    """Settings that the figures hold for."""
    command: Text
    """The command that repeats the run, from the root of this project."""
    outcome: Outcome
    """measured; oom: the GPU's memory ran out, which is a result; failed and timeout are none."""
    times_s: Times = {}
    """Every time by scope, in seconds. command: the whole process, started anew each time.
    generation: one call of the pipeline. Other scopes are parts of it."""
    warmup_times_s: Times = {}
    """The same for the warm-ups, which no statistic counts."""
    peak_mib: dict[Meter, Amount] = {}
    """Highest memory by meter, in MiB. allocated, reserved: the program's own allocator.
    process: the program's processes, and device: the whole GPU without the driver's reserve, both
    through NVML. device_idle: the GPU before the command began."""
    cap_mib: Positive | None = None
    """Limit on the memory that the allocator might reserve, in MiB; left out for none."""
    shared_process: Flag = False
    """Whether earlier runs used the same process, so that its GPU context held their kernels."""
    last_lines: list[Text] = []
    """The last lines that the command printed."""
    measured_on: Day
    """Date of the measurement, in UTC."""
    environment: Environment
    """The machine and the software."""
    overhead: Overhead
    """What the measuring itself cost."""
    supersedes: Id | None = None
    """Id of an earlier run of the same settings, which this one repeats under better conditions."""
    note: Text | None = None
    """What a reader should know about this run."""

    @model_validator(mode="after")
    def _outcome_has_its_evidence(self) -> Run:
        if self.outcome == "measured" and not any(self.times_s.values()):
            raise PydanticCustomError("outcome", "at least one time in a measured run")
        if self.outcome != "measured" and self.times_s.get("command"):
            raise PydanticCustomError("outcome", "no time of the command in a run that broke off")
        return self
