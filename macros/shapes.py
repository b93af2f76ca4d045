"""What shape has each document of the API?

The one definition from which the published JSON Schemas are made; ``api`` writes documents of
these shapes, and a test validates every one. Imports ``values`` and ``runs``.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from .runs import Meter, Outcome
from .values import Confidence, Record, State

VERSION = "1.1"
"""Version of the shapes: the second number grows with a new key, the first with a changed one."""

Value = Decimal | str | None
Settings = dict[str, Value | list[Decimal] | list[str]]
Fits = Literal["fits", "tight", "does_not_fit", "unknown"]
Age = Literal["supported", "older_than_recommended", "unknown"]


class Figure(Record):
    """One value, with all that is needed to cite it."""

    ref: str
    """Reference: kind, id of the record, and the path inside it."""
    value: Value
    """The number as its source prints it, text, or null where a state stands instead."""
    unit: str
    """Unit of the value; empty where it has none."""
    source: str | None
    """Address of the document that says so, with commit and line where the host has them; null
    for a figure that this guide measured or computed."""
    page: str
    """Stable address of the figure in the site, from its root."""


class Fact(Figure):
    """A value that one source gives."""

    confidence: Confidence
    """How far the source can be trusted."""
    note: str | None
    """What a reader should know about the value."""


class Result(Figure):
    """One cell of a published table."""

    state: State
    """Whether there is a value, and if not, why."""
    approximate: bool
    """Whether the source marks the value as approximate."""
    superseded_by: str | None
    """Id of the table that replaces this value."""
    remarks: list[str]
    """References of the notes and waivers that concern it."""


class Derived(Figure):
    """A figure that the guide computes."""

    approximate: bool
    """Whether an operand is approximate."""
    formula: str
    """How it follows from the operands."""
    operands: list[str]
    """References of the operands, in the order of the formula."""


class Time(Figure):
    """One time of a run."""

    scope: str
    """What the time covers."""
    warmup: bool
    """Whether it is a warm-up, which no statistic counts."""


class Verdict(Record):
    """Whether a model fits on a card, under the settings of one table of needs."""

    gpu: str
    """Id of the card."""
    model: str
    """Id of the model."""
    verdict: Fits
    """The verdict about memory."""
    architecture: Age | None
    """Whether the card is as new as the source of the need recommends; null without a floor."""
    need: str | None
    """Reference of the need."""
    capacity: str | None
    """Reference of the memory that the card offers."""
    headroom_gib: Decimal | None
    """Capacity minus need in GiB."""
    headroom_percent: Decimal | None
    """The headroom as a share of the capacity."""
    page: str | None
    """Address of the derivation in the site, from its root."""


class TriedOn(Record):
    """Whether a tried setting fits on one card."""

    gpu: str
    """Id of the card."""
    verdict: Fits
    """The verdict about memory."""
    state: Literal["oom", "oom_predicted"] | None
    """How it is known that the memory is too small; null where it is not."""
    tried: bool
    """Whether a run on this card, or limited to its memory, showed it; else the peak tells."""
    architecture: Age | None
    """As in a verdict about published needs."""
    headroom_gib: Decimal | None
    """What programs get on the card minus the need, in GiB."""
    page: str | None
    """Address of the derivation in the site, from its root."""


class Tried(Record):
    """One setting of a model that this project's own runs tried on one GPU."""

    model: str
    """Id of the model."""
    gpu: str
    """Id of the card on which the runs were made."""
    settings: Settings
    """What was set: a value, not_stated or not_applicable. Steps stand with the time."""
    run: str | None
    """Reference of the run that got by with the least memory; null where none tells."""
    runs: dict[str, Outcome]
    """References of all runs of this setting, and how each ended."""
    need: Derived | None
    """The memory that it takes of a whole card."""
    time: Figure | None
    """The shortest generation."""
    steps: int | None
    """How many steps that one had."""
    cards: list[TriedOn]
    """Every card, and whether the setting fits on it."""


class Document(Record):
    """What every document begins with."""

    schema_version: str
    """Version of the shapes, such as 1.1."""
    data_date: str
    """Newest day on which a source was read; empty without any source."""
    ref: str
    """Reference of the record; the address of the document is api/v1/, this, and .json."""


class RecordDocument(Document):
    """What every document about one record has."""

    name: str
    """Name or title."""
    page: str
    """Address of the record for people, from the root of the site."""
    file: str
    """Address of its data file, with a number for each line, from the root of the site."""


class GpuDocument(RecordDocument):
    """One card, or a published name that fits several."""

    aliases: list[str]
    """Other spellings."""
    one_of: list[str]
    """Ids of the cards that an ambiguous name may mean."""
    facts: dict[str, Fact]
    """What sources say about the card; of a group, what its members share."""
    capacity: Derived | None
    """The memory that verdicts count."""
    meter: Literal["cuda", "opencl", "driver", "nominal"] | None
    """Who says how much memory the card offers."""
    benchmarks: list[str]
    """References of the tables with a row for this card."""
    verdicts: list[Verdict]
    """Which models fit."""


class ModelDocument(RecordDocument):
    """One checkpoint."""

    aliases: list[str]
    """Other spellings."""
    family: str
    """Family of models."""
    task: str
    """What the model makes."""
    size_class: str
    """Size as the vendor names it."""
    facts: dict[str, Fact]
    """What sources say about the model, by path."""
    needs: list[Result]
    """The memory that it needs, by each table that says so."""
    benchmarks: list[str]
    """References of the tables with a column for this model."""
    runs: list[str]
    """References of this project's own runs of the model."""
    verdicts: list[Verdict]
    """On which cards it fits."""


class TableDocument(RecordDocument):
    """What published tables of times and of needs share."""

    unit: str
    """Unit of every value."""
    source: str
    """Address of the published table."""
    source_title: str
    """Title of the document."""
    read_on: str
    """Day on which it was read."""
    settings: Settings
    """Settings of the whole table: a value, not_stated or not_applicable."""
    tool_defaults: list[str]
    """Settings that the table does not state and the tool has by default."""
    claims: list[str]
    """References of what the source claims about these figures."""


class Column(Record):
    """One column of a table."""

    model: str
    """Id of the model."""
    label: str | None
    """Heading, if it is not the name of the model."""
    settings: Settings
    """Settings that hold for this column, those of the table included."""
    tool_defaults: list[str]
    """Settings that are the tool's default."""


class BenchmarkDocument(TableDocument):
    """One published table of times."""

    metric: str
    """What was measured."""
    columns: dict[str, Column]
    """The columns, in published order."""
    results: dict[str, dict[str, Result]]
    """The cells by card and column; every column is there in every row."""
    speedups: list[Derived]
    """Speed-ups of sparse attention that follow from the table."""


class RequirementDocument(TableDocument):
    """One published table of the memory that models need."""

    read_as: str
    """Unit that the figures are taken to mean where they are compared with a card."""
    results: dict[str, Result]
    """The needs by model."""


class ClaimDocument(Document):
    """What a source claims about its own figures."""

    page: str
    """Address of the claim in its data file, from the root of the site."""
    kind: str
    """What is claimed."""
    table: str
    """Reference of the table that it speaks of."""
    source: str
    """Address of the claim in its source."""
    says: dict[str, str | list[str]]
    """Its keys without a number: columns, cards, tables, a size class."""
    figures: dict[str, Figure]
    """Its numbers, by path."""


class RunDocument(RecordDocument):
    """One measurement with this project's own tool."""

    gpu: str
    """Id of the card."""
    model: str | None
    """Id of the model; null for a command that runs none."""
    outcome: Outcome
    """How it ended."""
    command: str
    """The command that repeats it."""
    measured_on: str
    """Day of the measurement, in UTC."""
    settings: Settings
    """Settings that its figures hold for."""
    tool_defaults: list[str]
    """Settings that are the tool's default."""
    times: list[Time]
    """Every time, the warm-ups included."""
    peaks: dict[Meter, Figure]
    """Highest memory by meter."""
    cap: Figure | None
    """Limit on the memory that the program might reserve."""
    environment: dict[str, Value | bool | dict[str, str]]
    """The machine and the software."""
    note: str | None
    """What a reader should know about the run."""


class VerdictsDocument(Document):
    """Each model on each card."""

    verdicts: list[Verdict]
    """One entry for each card, model and table of needs: as published."""
    tried: list[Tried]
    """One entry for each setting that was tried, with every card."""


class Entry(Record):
    """One record in the list of all."""

    ref: str
    """Reference of the record."""
    name: str
    """Name or title."""
    href: str
    """Address of its document, from the root of the site."""


class IndexDocument(Document):
    """What there is."""

    site: str
    """Address of the root of the site, if the build knew it."""
    commit: str | None
    """Commit from which the site was built, if the build knew it."""
    license: str | None
    """Address of the licence of the compilation."""
    records: dict[str, list[Entry]]
    """All records by kind."""
    verdicts: str
    """Address of the verdicts of all models on all cards, from the root of the site."""
    schemas: dict[str, str]
    """Addresses of the JSON Schemas of these documents, by kind."""
    data_schemas: dict[str, str]
    """Addresses of the JSON Schemas of the data files, by kind."""
    tables: dict[str, dict[str, str]]
    """Addresses of whole tables by name: csv and json."""


DOCUMENTS: dict[str, type[Document]] = {
    "index": IndexDocument,
    "gpus": GpuDocument,
    "models": ModelDocument,
    "benchmarks": BenchmarkDocument,
    "requirements": RequirementDocument,
    "claims": ClaimDocument,
    "runs": RunDocument,
    "verdicts": VerdictsDocument,
}
