"""Which line of which source says a figure, and what is its lasting address in the site?

Imports ``load``; ``records``, ``sayings``, ``verdicts``, ``dates`` and ``export`` import it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any
from urllib.parse import quote

from .documents import Document, Key, Position
from .load import Dataset
from .values import Cite


def anchor(key: Key) -> str:
    """Return the id of a value in the copy of its data file; it says the path and no line."""
    return "--".join(map(str, key))


def address(dataset: Dataset, ref: str) -> str:
    """Return the lasting address of a figure, from the root of the site.

    It does not change when lines or rows move. A cell that a table leaves out has that of its
    file.
    """
    if ref.startswith("derived/"):
        _, kind, record, *rest = ref.split("/")
        return f"derived/{kind}/{record}.html#{'--'.join(rest)}"
    document, key = dataset.document(ref)
    file = f"files/data/{document.file}.html"
    return f"{file}#{quote(anchor(key))}" if key in document.positions else file


def leaves(document: Document) -> Iterator[tuple[Key, Position]]:
    """Yield path and place of each value in a file that holds no other values, in order."""
    inner = {key[:-1] for key in document.positions}
    for key, position in document.positions.items():
        if key in inner or (key[0] == "results" and key[-1] == "superseded_by"):
            continue
        replaced = key[0] == "results" and key[-1] == "value"
        yield key[:-1] if replaced else key, position


def cite(dataset: Dataset, ref: str) -> Cite | None:
    """Return the place that says the figure ``ref``: the nearest one above it in its record.

    For a row of a table whose source prints one line for each row, that line.
    """
    kind, record, *path = ref.split("/")
    value: Any = getattr(dataset, kind)[record]
    found: Cite | None = _fields(value).get("source")
    if found and path[:1] == ["results"] and len(path) > 1:
        line = rows(found, value.results).get(path[1])
        return Cite.model_construct(id=found.id, lines=str(line)) if line else found
    for part in path:
        value = step(value, part)
        nearer = _fields(value).get("source")
        found = nearer if isinstance(nearer, Cite) else found
    return found


def step(value: Any, part: str) -> Any:
    """Return what stands in a record, mapping or list at one part of a path; None if nothing."""
    if isinstance(value, list):
        return value[int(part)]
    return (value if isinstance(value, Mapping) else _fields(value)).get(part)


def _fields(value: object) -> Mapping[str, Any]:
    """Return the fields of a part of a record; asking one for a field that it lacks is slow."""
    return getattr(value, "__dict__", {})


def rows(cite: Cite, names: Collection[str]) -> dict[str, int]:
    """Return the line of the source in which each row of a table stands, if each row has one."""
    lines = cite.numbers()
    return dict(zip(names, lines, strict=True)) if len(lines) == len(names) else {}
