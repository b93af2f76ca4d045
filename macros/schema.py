"""What may stand in a data file?

One record class per kind of file: those of tables, sentences and remarks are here, and all are
listed below. The JSON Schemas for editors and the field tables of the docs are made from these
classes, so every field says here what it means.
Imports ``catalog``, ``runs`` and ``values``; ``editors``, ``load`` and everything after them import
this module.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, JsonValue, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from . import catalog, runs, values
from .catalog import Component, Gpu, Model, Source
from .runs import Run
from .values import Cite, Day, Id, Name, Positive, Record, Ref, Result, Text, Workload

OPERAND = r"^[a-z_]+$"
FOUND = r"^[A-Za-z0-9(][A-Za-z0-9 .,×()_-]*$"
# What each pattern asks for, in words.
FORMS = {
    **values.FORMS,
    **catalog.FORMS,
    **runs.FORMS,
    OPERAND: "a name of lower-case letters and _",
    FOUND: "what the error says that it found",
}


# ---------------------------------------------------------------- workloads and results


class Column(Record):
    """One column of a benchmark table."""

    model: Id
    """Id of the model that was run."""
    label: Name | None = None
    """Heading, where the model's name alone does not tell the column from its neighbours."""
    workload: Workload = Workload()
    """Settings of this column alone; they add to those of the table."""


# ---------------------------------------------------------------- claims of a source


CLAIM_KEYS = {
    "speedup": ("column", "over", "factors"),
    "at_most": ("factor", "benchmarks"),
    "at_least": ("factor", "benchmarks"),
    "all_measured": ("column",),
    "memory_floor": ("size_class", "memory_gb"),
    "memory_range": ("size_class", "low_gb", "high_gb"),
    "architecture_floor": ("architecture", "gpus"),
}


class Claim(Record):
    """A statement with numbers that a source makes about its own figures."""

    model_config = ConfigDict(
        json_schema_extra=lambda schema: schema.update(
            allOf=[
                {
                    "if": {"properties": {"kind": {"const": kind}}},
                    "then": {"required": list[JsonValue](needed)},
                }
                for kind, needed in CLAIM_KEYS.items()
            ]
        )
    )

    kind: Literal[
        "speedup", "at_most", "at_least", "all_measured",
        "memory_floor", "memory_range", "architecture_floor",
    ]  # fmt: skip
    """What is claimed; it decides which of the other keys are needed."""
    source: Cite
    """Where the claim stands."""
    column: Id | None = None
    """speedup: the faster column; all_measured: the column in which every GPU has a value."""
    over: Id | None = None
    """speedup: the column it is compared with."""
    factors: dict[Id, Positive] = {}
    """speedup: the printed factor for each GPU."""
    factor: Positive | None = None
    """at_most, at_least: the printed factor."""
    benchmarks: list[Id] = []
    """at_most, at_least: the tables whose speed-ups it speaks of."""
    size_class: Name | None = None
    """memory_floor, memory_range: the size class it speaks of."""
    memory_gb: Positive | None = None
    """memory_floor: the recommended memory in GB."""
    low_gb: Positive | None = None
    """memory_range: the lower end in GB."""
    high_gb: Positive | None = None
    """memory_range: the upper end in GB."""
    architecture: Name | None = None
    """architecture_floor: the oldest architecture."""
    gpus: list[Id] = []
    """architecture_floor: the cards that the source names as examples."""

    @model_validator(mode="after")
    def _keys_of_kind(self) -> Claim:
        needed = CLAIM_KEYS[self.kind]
        given = self.model_fields_set - {"kind", "source"}
        if given != set(needed):
            raise PydanticCustomError(
                "claim",
                "for a {kind} claim the keys {needed}",
                {
                    "kind": self.kind,
                    "needed": ", ".join(needed),
                    "found": ", ".join(sorted(given)) or "none",
                },
            )
        return self


class Benchmark(Record):
    """One published table: one source, one metric, one unit."""

    title: Text
    """Caption of the table."""
    metric: Literal["generation_time", "iteration_time"]
    """What was measured: the time of one generation, or of one training iteration."""
    unit: Literal["s", "ms", "min", "h"]
    """Unit of every value in the table."""
    source: Cite
    """The published table; its lines are the rows below, in the same order."""
    workload: Workload = Workload()
    """Settings of the whole table."""
    columns: Annotated[dict[Id, Column], Field(min_length=1)]
    """The columns, in published order."""
    results: Annotated[dict[Id, dict[Id, Result]], Field(min_length=1)]
    """One line per GPU: its id, then column: value. A missing column is not measured."""
    claims: dict[Id, Claim] = {}
    """What the source claims about these figures."""


class Requirement(Record):
    """One published table of the memory that models need."""

    title: Text
    """Caption of the table."""
    unit: Literal["GB", "GiB", "MiB"]
    """Unit as the source prints it."""
    read_as: Literal["GB", "GiB", "MiB"]
    """Unit that the figures are taken to mean where they are compared with a card."""
    read_as_runs: list[Id] = []
    """Ids of runs that bear this reading out."""
    source: Cite
    """The published table; its lines are the rows below, in the same order."""
    workload: Workload = Workload()
    """Settings that the figures hold for."""
    results: Annotated[dict[Id, Result], Field(min_length=1)]
    """One line per model: its id and the memory it needs."""
    claims: dict[Id, Claim] = {}
    """What the source recommends on these figures."""


# ---------------------------------------------------------------- prose, notes and waivers


class Operand(Record):
    """A number in a sentence, taken from the data."""

    take: Literal["value", "min", "max"]
    """value of one figure, or min or max over all figures of ``of``."""
    of: Ref
    """Reference of the figure, or of the table that holds the figures."""
    size_class: Name | None = None
    """Only models of this size class."""
    column: Id | None = None
    """Only this column of a benchmark."""


class Condition(Record):
    """What a sentence says of two of its numbers; memory and times compare across units."""

    lesser: Annotated[str, StringConstraints(pattern=OPERAND)]
    """Name of the operand that is not above the other."""
    greater: Annotated[str, StringConstraints(pattern=OPERAND)]
    """Name of the operand that is not below it."""


class Recommendation(Record):
    """A sentence of the guide; its numbers come from operands."""

    section: Id
    """Name of the list in which the sentence stands."""
    text: Text
    """The sentence; {name} stands for the operand of that name."""
    operands: dict[Annotated[str, StringConstraints(pattern=OPERAND)], Operand] = {}
    """The numbers of the sentence."""
    holds: list[Condition] = []
    """What the words say of the numbers; a figure that breaks it is an error."""
    sources: list[Cite] = []
    """Where the statement comes from."""

    @model_validator(mode="after")
    def _every_operand_used(self) -> Recommendation:
        named = re.findall(r"\{([^{}]*)\}", self.text)
        if set(named) != set(self.operands):
            raise PydanticCustomError(
                "operands",
                "one operand for each {name} in the text, and no other",
                {
                    "found": f"in the text: {', '.join(named) or 'none'}; "
                    f"operands: {', '.join(self.operands) or 'none'}"
                },
            )
        return self


class Waiver(Record):
    """An accepted breach of a rule."""

    rule: Id
    """Name of the rule."""
    record: Ref
    """Reference of the exact figure that breaks it."""
    found: Annotated[str, StringConstraints(strict=True, pattern=FOUND, max_length=200)]
    """What the rule found there, in the words of its error. Another figure is not accepted."""
    reason: Text
    """Why the figure stays as it is; readers see this."""
    evidence: Annotated[list[Cite], Field(min_length=1)]
    """Sources that support the reason."""
    review_on: Day
    """Date on which someone looks at it again."""


class Note(Record):
    """What no rule can see but a reader must know about certain figures."""

    concerns: Annotated[list[Ref], Field(min_length=1)]
    """References of the figures; * stands for any one part."""
    text: Text
    """What a reader should know."""
    evidence: Annotated[list[Cite], Field(min_length=1)]
    """Sources that support it."""


# ---------------------------------------------------------------- the kinds of file

# Folder of records (one file each, the file name is the id) or single file of records by id.
KINDS: dict[str, type[Record]] = {
    "gpus": Gpu,
    "models": Model,
    "benchmarks": Benchmark,
    "requirements": Requirement,
    "runs": Run,
    "components": Component,
    "sources": Source,
    "recommendations": Recommendation,
    "waivers": Waiver,
    "notes": Note,
}
SINGLE_FILES = ("components", "sources", "recommendations", "waivers", "notes")
