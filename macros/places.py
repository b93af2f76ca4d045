"""What does a reference name, in words?

Notes, waivers and rules speak of figures by their references; readers get a name that links to
the line of the data. Imports ``cells``; ``remarks`` imports it.
"""

from __future__ import annotations

from .cells import Pen, capitalized, label

_PLURALS = {"gpus": "GPUs"}


def place(pen: Pen, ref: str) -> str:
    """Return the name of what ``ref`` stands for, as a link; ``*`` stands for any one part."""
    kind, record, *path = ref.split("/")
    if kind == "derived":
        return pen.link(ref, pen.escape(pen.guide.derived[ref].label))
    if record == "*":
        return f"{_path(path)}, of {everything(kind)}"
    if kind in ("benchmarks", "requirements"):
        words = _in_table(pen, kind, record, path)
    else:
        words = called(pen, kind, record) + (f": {_path(path)}" if path else "")
    return pen.link(ref.partition("/*")[0], words)


def called(pen: Pen, kind: str, record: str) -> str:
    """Return the title or name of a record, or else its id."""
    about = getattr(pen.guide.dataset, kind)[record]
    key = next((key for key in ("title", "name") if hasattr(about, key)), None)
    return pen.text(f"{kind}/{record}/{key}") if key else pen.escape(record)


def everything(kind: str) -> str:
    """Return the words for all records of a kind."""
    return f"all {_PLURALS.get(kind, kind)}"


def _path(path: list[str]) -> str:
    words = ", ".join(label(part) for part in path if part not in ("*", "value"))
    return capitalized(words)


def _in_table(pen: Pen, kind: str, record: str, path: list[str]) -> str:
    """Return in words what a path in a published table leads to."""
    match path:
        case []:
            return "The whole table"
        case ["results", model] if kind == "requirements":
            return "Every need" if model == "*" else f"Need of {_name(pen, 'models', model)}"
        case ["results", gpu]:
            return _row(pen, gpu)
        case ["results", gpu, "*"]:
            return _row(pen, gpu)
        case ["results", gpu, column]:
            where = _column(pen, record, column)
            return f"Column {where}" if gpu == "*" else f"{_name(pen, 'gpus', gpu)}, {where}"
        case ["claims", claim, *rest]:
            return _claim(pen, kind, f"{kind}/{record}/claims/{claim}", rest)
    return _path(path)


def _row(pen: Pen, gpu: str) -> str:
    return "Every figure" if gpu == "*" else f"Row {_name(pen, 'gpus', gpu)}"


def _name(pen: Pen, kind: str, record: str) -> str:
    return pen.text(f"{kind}/{record}/name")


def _column(pen: Pen, table: str, column: str) -> str:
    about = pen.guide.dataset.benchmarks[table].columns[column]
    if about.label:
        return pen.text(f"benchmarks/{table}/columns/{column}/label")
    return _name(pen, "models", about.model)


def _claim(pen: Pen, kind: str, ref: str, path: list[str]) -> str:
    """Return in words what a source claims at ``path`` below the claim ``ref``."""
    _, table, _, name = ref.split("/")
    claim = getattr(pen.guide.dataset, kind)[table].claims[name]
    match path:
        case ["factors", gpu]:
            column = _column(pen, table, claim.column)
            return f"Printed speed-up of {column} on {_name(pen, 'gpus', gpu)}"
        case ["gpus", _]:
            gpu = str(pen.guide.figure("/".join((ref, *path))).value)
            return f"{_name(pen, 'gpus', gpu)} as an example of the oldest architecture"
        case ["factor"]:
            return f"Printed limit of the speed-ups ({label(claim.kind)})"
        case ["memory_gb"]:
            return f"Recommended memory for size class {pen.text(f'{ref}/size_class')}"
        case [("low_gb" | "high_gb") as key]:
            end = "Lower" if key == "low_gb" else "Upper"
            return f"{end} end of the printed range for size class {pen.text(f'{ref}/size_class')}"
        case ["column"]:
            return f"Claim that every GPU has a value in {_column(pen, table, claim.column)}"
    return f"Claim {pen.escape(name)}"
