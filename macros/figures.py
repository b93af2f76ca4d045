"""What is the value behind a reference, and when does a model fit on a card?

The arithmetic on single records that rules and frames share. Imports ``load`` and the schema;
the modules of rules and ``derive`` import it. Knows no pandas, so that ``check`` stays quick.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from .catalog import Gpu
from .formats import digits, rounded
from .load import Dataset
from .schema import KINDS, Benchmark, Operand
from .values import Cell, Default, Record, Workload

GIB = Decimal(2**30)
BYTES = {"GB": Decimal(10**9), "GiB": GIB, "MiB": Decimal(2**20)}
SECONDS = {"ms": Decimal("0.001"), "s": Decimal(1), "min": Decimal(60), "h": Decimal(3600)}
# A card is "tight" while its headroom is under this share of its capacity.
TIGHT = Decimal("0.10")
# What a program is told counts before what the driver prints, and that before the label.
METERS = ("cuda", "opencl", "driver", "nominal")
# The unit of a stored figure follows from the key that holds it.
KEY_UNITS = {
    "memory_gb": "GB",
    "low_gb": "GB",
    "high_gb": "GB",
    "total_mib": "MiB",
    "peak_mib": "MiB",
    "cap_mib": "MiB",
    "memory_total_mib": "MiB",
    "memory_reserved_mib": "MiB",
    "times_s": "s",
    "warmup_times_s": "s",
    "cpu_s": "s",
    "interval_ms": "ms",
    "power_limit_w": "W",
    "memory_bandwidth_gb_s": "GB/s",
    "bf16_dense_tflop_s": "TFLOP/s",
    "tdp_w": "W",
    "fps": "fps",
    "factor": "×",
    "factors": "×",
}


class Derived(NamedTuple):
    """A figure that the guide computes.

    ``value`` is exact until ``derive`` rounds it; ``formula`` says in words how it follows from
    the operands, which are pairs of a label and a reference. ``chosen`` has those that a figure
    equals where it is picked from a whole column.
    """

    ref: str
    label: str
    value: Decimal
    unit: str
    formula: str
    operands: tuple[tuple[str, str], ...]
    approximate: bool = False
    chosen: tuple[tuple[str, str], ...] = ()


class Figure(NamedTuple):
    """A value as it is shown: a number, or the name of a state, or text."""

    value: Decimal | str
    unit: str = ""
    approximate: bool = False


class Capacity(NamedTuple):
    """Memory that a card offers, in GiB, and who says so (one of METERS)."""

    gib: Decimal
    meter: str
    ref: str


def stored(dataset: Dataset, ref: str) -> Figure:
    """Return the value that stands in the data at ``ref``; KeyError if there is none."""
    kind, _, rest = ref.partition("/")
    record_id, *path = rest.split("/")
    value: Any = getattr(dataset, kind).get(record_id) if kind in KINDS else None
    for part in path:
        if isinstance(value, dict):
            value = value[part] if part in value else _absent(dataset, ref)
        elif isinstance(value, list):
            value = value[int(part)] if part.isdecimal() and int(part) < len(value) else None
        else:
            value = getattr(value, part) if part in getattr(value, "model_fields_set", ()) else None
    if isinstance(value, Cell):
        if value.value is None:
            return Figure(value.state)
        return Figure(value.value, getattr(dataset, kind)[record_id].unit, value.approximate)
    if isinstance(value, Default):
        value = value.default
    if value is None or isinstance(value, (Record, dict, list)):
        raise KeyError(ref)
    if isinstance(value, (int, Decimal)):
        unit = next((KEY_UNITS[part] for part in reversed(path) if part in KEY_UNITS), "")
        return Figure(Decimal(value), unit)
    return Figure(str(value))


def _absent(dataset: Dataset, ref: str) -> Cell | None:
    """A cell that a table leaves out was not measured; anything else that is absent is wrong."""
    kind, record_id, what, row, *column = ref.split("/")
    if what != "results":
        return None
    if kind == "requirements":
        known = row in dataset.models and not column
    else:
        table = dataset.benchmarks[record_id]
        known = row in table.results and len(column) == 1 and column[0] in table.columns
    return Cell(state="not_measured") if known else None


def workload(benchmark: Benchmark, column: str) -> Workload:
    """Return the settings that hold for one column: the table's, with the column's own added."""
    own = benchmark.columns[column].workload
    if not own.model_fields_set:
        return benchmark.workload
    settings = {name: getattr(own, name) for name in own.model_fields_set}
    return benchmark.workload.model_copy(update=settings)


def setting_ref(dataset: Dataset, benchmark: str, column: str, key: str) -> str:
    """Return the reference of a setting that holds for a column: its own, or the table's."""
    own = key in dataset.benchmarks[benchmark].columns[column].workload.model_fields_set
    return f"benchmarks/{benchmark}/{f'columns/{column}/' if own else ''}workload/{key}"


def seconds(benchmark: Benchmark, gpu: str, column: str) -> Decimal | None:
    """Return a time in seconds; None where there is none, or another table replaces it."""
    cell = benchmark.results.get(gpu, {}).get(column)
    if not cell or cell.value is None or cell.superseded_by:
        return None
    return cell.value * SECONDS[benchmark.unit]


def operand_ref(sentence: str, name: str, operand: Operand) -> str:
    """Return the reference of the figure that an operand brings into its sentence."""
    return operand.of if operand.take == "value" else f"derived/recommendations/{sentence}/{name}"


def setting(value: object) -> object:
    """Return the plain value of a setting: of a tool's default, the default; else itself."""
    return value.default if isinstance(value, Default) else value


def capacity(dataset: Dataset, gpu: str) -> Capacity | None:
    """Return the memory of a card in GiB, or None where no source gives it.

    A group has a capacity only if all its members have the same.
    """
    record = dataset.gpus[gpu]
    if record.one_of:
        found = {_size(capacity(dataset, member)): member for member in record.one_of}
        return capacity(dataset, record.one_of[0]) if len(found) == 1 else None
    # Of several readings by the best meter the least counts: a verdict may not flatter.
    readings = [
        Capacity(memory.total_mib / 1024, memory.meter, f"gpus/{gpu}/usable_memory/{i}/total_mib")
        for i, memory in enumerate(record.usable_memory)
    ]
    if record.memory_gb:
        nominal = record.memory_gb.value * BYTES["GB"] / GIB
        readings.append(Capacity(nominal, "nominal", f"gpus/{gpu}/memory_gb/value"))
    return min(readings, key=lambda one: (METERS.index(one.meter), one.gib), default=None)


def _size(found: Capacity | None) -> tuple[Decimal, str] | None:
    return found and (found.gib, found.meter)


def verdict(need_gib: Decimal | None, capacity_gib: Decimal | None) -> str:
    """Return fits, tight, does_not_fit, or unknown where an input is missing; GiB."""
    if need_gib is None or capacity_gib is None:
        return "unknown"
    headroom = capacity_gib - need_gib
    if headroom < 0:
        return "does_not_fit"
    return "tight" if headroom < TIGHT * capacity_gib else "fits"


class Floor(NamedTuple):
    """The oldest architecture that a source recommends for its models.

    ``ref`` is where the source names it, ``least`` the reference of the lowest compute capability
    among the cards of that architecture; None if none of them states one.
    """

    ref: str
    architecture: str
    least: str | None


def floors(dataset: Dataset, requirement: str) -> list[Floor]:
    """Return the architecture floors that the source of a requirement table states."""
    found = []
    for name, claim in dataset.requirements[requirement].claims.items():
        if claim.kind == "architecture_floor" and claim.architecture:
            cards = [
                (_capability(card.compute_capability.value), f"gpus/{gpu}/compute_capability/value")
                for gpu, card in dataset.gpus.items()
                if card.architecture
                and card.architecture.value == claim.architecture
                and card.compute_capability
            ]
            ref = f"requirements/{requirement}/claims/{name}/architecture"
            found.append(Floor(ref, claim.architecture, min(cards)[1] if cards else None))
    return found


def architecture(dataset: Dataset, gpu: str, recommended: Sequence[Floor]) -> str | None:
    """Return supported, older_than_recommended or unknown; None where no source sets a floor.

    A card is older if its compute capability is below the lowest of that architecture. A group is
    what all its members are.
    """
    record = dataset.gpus[gpu]
    if record.one_of:
        kinds = {architecture(dataset, member, recommended) for member in record.one_of}
        return kinds.pop() if len(kinds) == 1 else "unknown"
    if not recommended:
        return None
    kinds = {_age(dataset, record, floor) for floor in recommended}
    return min(kinds, key=ARCHITECTURES.index)


# The worst one counts where several floors hold.
ARCHITECTURES = ("older_than_recommended", "unknown", "supported")


def _age(dataset: Dataset, card: Gpu, floor: Floor) -> str:
    if card.architecture and card.architecture.value == floor.architecture:
        return "supported"
    if not card.compute_capability or not floor.least:
        return "unknown"
    least = _capability(str(stored(dataset, floor.least).value))
    older = _capability(card.compute_capability.value) < least
    return "older_than_recommended" if older else "supported"


def _capability(text: str) -> tuple[int, ...]:
    return tuple(map(int, text.split(".")))


def agrees(value: Decimal, printed: Decimal) -> bool:
    """Return whether a printed factor is the value, rounded to the digits that are printed."""
    return rounded(value, digits(printed)) == printed


SPECS = (
    "architecture", "compute_capability", "form_factor", "memory_gb", "memory_type",
    "memory_bandwidth_gb_s", "bf16_dense_tflop_s", "tdp_w", "nvlink", "release_year",
)  # fmt: skip


def specs(dataset: Dataset, gpu: str) -> dict[str, str]:
    """Return spec name -> reference of its value; of a group, the specs its members share."""
    record: Gpu = dataset.gpus[gpu]
    if record.one_of:
        members = [specs(dataset, member) for member in record.one_of]
        return {
            name: ref
            for name, ref in members[0].items()
            if len({stored(dataset, m[name]).value if name in m else None for m in members}) == 1
        }
    return {name: f"gpus/{gpu}/{name}/value" for name in SPECS if getattr(record, name)}


def speedup_columns(benchmark: Benchmark) -> Iterator[tuple[str, str]]:
    """Yield each sparse column with the dense one that differs from it in nothing else."""
    settings = {name: workload(benchmark, name) for name in benchmark.columns}
    sparse = [name for name, about in settings.items() if setting(about.attention) == "sparse"]
    for fast in sparse:
        about = settings[fast]
        for slow, other in settings.items():
            if (
                setting(other.attention) == "dense"
                and benchmark.columns[fast].model == benchmark.columns[slow].model
                and about.model_copy(update={"attention": other.attention}) == other
            ):
                yield fast, slow
