"""What may stand in one place of a data file: an id, a number, a setting, a cell?

Imports ``errors`` and ``formats``; ``catalog``, ``runs`` and ``schema`` make records of them.
A custom error's message says what was expected; its ``hint`` says how to mend it.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal, NamedTuple, cast

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    PlainValidator,
    StringConstraints,
    Tag,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from .errors import nearest
from .formats import STATES


def _visible(text: str) -> str:
    """Refuse what a reader cannot see: blanks alone, controls, marks that turn the direction."""
    if not text.strip():
        raise PydanticCustomError("text", "text that is not all blank", {"found": "blanks alone"})
    for char in text:
        if unicodedata.category(char)[0] == "C" and char != "\n":
            raise PydanticCustomError(
                "text",
                "text without control or direction marks, found U+{code}",
                {"code": f"{ord(char):04X}"},
            )
    return text


def _written_plainly(value: object, mark: str = "") -> str:
    """Say how to write what was meant as a number: '8.5' in quotes, 8.5 s, 1,036.24."""
    if isinstance(value, str) and (comma := re.fullmatch(r"(~?[0-9]+),([0-9]{1,2})", value)):
        return f"write {comma[1]}.{comma[2]} with a point"
    number = r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?|[0-9]+(?:\.[0-9]+)?"
    meant = re.fullmatch(rf"(~?) ?({number})(?: ?([A-Za-z%×/.]+))?", str(value))
    if not meant or not isinstance(value, str) or meant[3] in ("O", "o", "l", "I"):
        return ""
    plain = (meant[1] and mark) + meant[2].replace(",", "")
    if meant[3]:
        return f"write {plain} alone; the unit stands once, in a key"
    return f"write {plain} without quotes" if plain == value else f"write {plain}"


def _quantity(value: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        hint = _written_plainly(value)
        raise PydanticCustomError("number", "a number such as 8.5, without a unit", {"hint": hint})
    return Decimal(value)


DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"


def _day(value: object) -> date:
    try:
        if isinstance(value, str) and re.fullmatch(DAY, value):
            return date.fromisoformat(value)
    except ValueError:
        pass  # 2026-02-30 has the form of a date and is none
    raise PydanticCustomError("day", "a date such as 2026-11-22")


ID = r"^[a-z0-9]+(?:[.-][a-z0-9]+)*$"
NAME = r"^[A-Za-z0-9][A-Za-z0-9 .,+/()_-]*$"
REF = r"^[a-z_]+(/[A-Za-z0-9._*-]+)+$"
CAPABILITY = r"^[0-9]{1,2}\.[0-9]$"
COMMIT = r"^[0-9a-f]{40}$"
# What each pattern asks for, in words.
FORMS = {
    ID: "an id: lower-case letters and digits, in words joined by - or .",
    NAME: "a plain name: letters, digits, spaces and . , + / ( ) _ -",
    REF: "a reference such as benchmarks/<id>/results/<gpu>/<column>",
    CAPABILITY: "a compute capability such as '9.0'",
    COMMIT: "a full commit: 40 hexadecimal digits",
}
Id = Annotated[str, StringConstraints(strict=True, pattern=ID, max_length=80)]
Name = Annotated[str, StringConstraints(strict=True, pattern=NAME, max_length=80)]
Capability = Annotated[str, StringConstraints(strict=True, pattern=CAPABILITY)]
Commit = Annotated[str, StringConstraints(strict=True, pattern=COMMIT)]
Text = Annotated[
    str,
    StringConstraints(strict=True, min_length=1, max_length=2000),
    AfterValidator(_visible),
]
Ref = Annotated[str, StringConstraints(strict=True, pattern=REF)]
NUMBER = BeforeValidator(_quantity)  # stands behind the bounds of a Decimal
Positive = Annotated[Decimal, Field(gt=0), NUMBER]
Count = Annotated[int, Field(strict=True, gt=0)]
Day = Annotated[
    date,
    PlainValidator(_day),
    WithJsonSchema({"type": "string", "format": "date", "pattern": DAY}),
]
Unit = Literal["s", "ms", "min", "h", "GB", "GiB", "MiB"]
Confidence = Literal["high", "medium", "low"]


class Record(BaseModel):
    """Base of all records: frozen, and a key that the schema does not know is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


_LINE = "[1-9][0-9]{0,5}"
_RANGE = f"{_LINE}(-{_LINE})?"
LINES = f"^{_RANGE}(, ?{_RANGE}){{0,9}}$"


def _lines(value: object) -> str:
    text = str(value)
    ranges = [part.split("-") for part in text.replace(" ", "").split(",")]
    if not re.fullmatch(LINES, text) or any(int(part[0]) > int(part[-1]) for part in ranges):
        raise PydanticCustomError("lines", "a line, or a rising range, such as 29 or 29-39")
    return text


class Cite(Record):
    """A place in a source."""

    id: Id
    """Id of the source in sources.yml."""
    lines: (
        Annotated[
            str,
            PlainValidator(_lines),
            WithJsonSchema({"type": ["string", "integer"], "pattern": LINES, "minimum": 1}),
        ]
        | None
    ) = None
    """Line or lines of the source, such as 29 or 29-39."""

    def numbers(self) -> list[int]:
        """Return every line number that ``lines`` names, in order."""
        found: list[int] = []
        for part in (self.lines or "").replace(" ", "").split(","):
            if part:
                first, _, last = part.partition("-")
                found.extend(range(int(first), int(last or first) + 1))
        return found


def _plain(value: object) -> object:
    number = isinstance(value, (int, Decimal)) and not isinstance(value, bool)
    if (number and value > 0) or (  # type: ignore[operator]  # a number by the line above
        isinstance(value, str) and len(value) <= 80 and re.fullmatch(NAME, value)
    ):
        return value
    raise PydanticCustomError(
        "setting", "a number above 0, a plain name, not_stated, not_applicable, or a default"
    )


Plain = Annotated[
    Any,
    PlainValidator(_plain),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "exclusiveMinimum": 0},
                {"type": "string", "pattern": NAME, "maxLength": 80},
            ]
        }
    ),
]


class Default(Record):
    """A setting that the table does not state, filled in from the tool's own default."""

    default: Plain
    """The tool's default."""
    source: Cite
    """Where the default was read."""


# In brackets, so that the tag that pydantic adds to an error's path is no key of a file.
Setting = Annotated[
    Annotated[Default, Tag("[default]")] | Annotated[Plain, Tag("[plain]")],
    Discriminator(lambda value: "[default]" if isinstance(value, (dict, Default)) else "[plain]"),
]


class Workload(Record):
    """The settings that a figure holds for. A setting that is left out is not stated."""

    task: Setting = None
    """What was generated: text2image, video2world."""
    resolution: Setting = None
    """Width x height in pixels, or the name that the source prints."""
    pixels: Setting = None
    """Width x height in pixels behind that name."""
    frames: Setting = None
    """Frames of one video; 1 for an image."""
    fps: Setting = None
    """Frames per second of the video."""
    views: Setting = None
    """Camera views generated together."""
    steps: Setting = None
    """Denoising steps."""
    guidance: Setting = None
    """Guidance scale."""
    attention: Setting = None
    """dense or sparse."""
    precision: Setting = None
    """Number format of weights and arithmetic."""
    offload: Setting = None
    """Which parts were moved off the GPU."""
    gpu_count: Setting = None
    """How many GPUs worked together."""
    clock: Setting = None
    """What the time covers."""
    memory_meter: Setting = None
    """Which memory was counted: allocated, reserved, process or device."""
    dataset: Setting = None
    """Training data."""
    method: Setting = None
    """Training method."""
    context_parallel: Setting = None
    """GPUs that share one sample."""
    global_batch: Setting = None
    """Samples in one iteration over all GPUs."""


State = Literal["measured", "oom", "oom_predicted", "not_measured", "unsupported"]


class Cell(NamedTuple):
    """One result: a value or a state.

    No Record, because a data set may have a hundred thousand of them.
    """

    state: State
    """Whether there is a value, and if not, why."""
    value: Decimal | None = None
    """The value, in the unit of the table."""
    approximate: bool = False
    """Whether the source marks the value as approximate."""
    superseded_by: str | None = None
    """Id of the table that replaces this value."""


APPROXIMATE = r"^~[0-9]{1,18}(\.[0-9]{1,12})?$"
_UNMEASURED = {state: words for state, words in STATES.items() if state != "measured"}
_PLAIN = {state: Cell(cast(State, state)) for state in _UNMEASURED}
_CELL_FORM = "a number such as 8.5, ~8.5 for an approximate one, or " + ", ".join(_UNMEASURED)


def _cell(value: Any) -> Cell:
    if type(value) is Decimal and value > 0:  # as most of a hundred thousand are
        return Cell("measured", value)
    if type(value) is str and value in _PLAIN:
        return _PLAIN[value]
    superseded_by = None
    if isinstance(value, dict):
        if set(value) != {"value", "superseded_by"}:
            raise PydanticCustomError("cell", "just the keys value and superseded_by")
        superseded_by, value = value["superseded_by"], value["value"]
        if not isinstance(superseded_by, str) or not re.fullmatch(ID, superseded_by):
            raise PydanticCustomError("cell", "the id of a benchmark in superseded_by")
    if isinstance(value, str) and value in _PLAIN:
        return _PLAIN[value]._replace(superseded_by=superseded_by)
    approximate = isinstance(value, str) and re.fullmatch(APPROXIMATE, value)
    if approximate:
        value = Decimal(value[1:])
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        raise PydanticCustomError("cell", _CELL_FORM, {"hint": _cell_hint(value)})
    if value <= 0:
        raise PydanticCustomError("cell", "a number above 0; write not_measured for no figure")
    return Cell("measured", Decimal(value), bool(approximate), superseded_by)


def _cell_hint(value: object) -> str:
    if hint := _written_plainly(value, mark="~"):
        return hint
    words = {about.words: state for state, about in _UNMEASURED.items()}
    text = str(value).strip("() ").casefold()
    close = nearest(words.get(text, text.replace(" ", "_").replace("-", "_")), _UNMEASURED, few=0)
    if close or not re.search(r"[0-9]", text):
        return close or "leave it out if there is no figure"
    return "write the number plainly, such as 8.5, or ~8.5 if it is approximate"


Result = Annotated[
    Cell,
    PlainValidator(_cell),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "exclusiveMinimum": 0},
                {"enum": list(_UNMEASURED)},
                {"type": "string", "pattern": APPROXIMATE},
                {
                    "type": "object",
                    "properties": {
                        "value": {"type": ["number", "string"]},
                        "superseded_by": {"type": "string", "pattern": ID},
                    },
                    "required": ["value", "superseded_by"],
                    "additionalProperties": False,
                },
            ]
        }
    ),
]
