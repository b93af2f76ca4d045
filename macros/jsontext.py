"""How is a value written as JSON?

A number keeps the text of its source: 54.0 stays 54.0. Imports nothing of this package.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from json.encoder import encode_basestring
from types import NoneType
from typing import Any


class Written(str):
    """Text that is JSON already."""

    __slots__ = ()


def written_json(value: Any, lines: int = 0) -> str:
    """Return a value as JSON.

    The outer ``lines`` levels have a line for each entry, so that a change is seen as one.
    """
    if write := _JSON.get(type(value)):
        return write(value)
    if isinstance(value, Mapping):
        parts = [f"{quoted(key)}: {written_json(one, lines - 1)}" for key, one in value.items()]
        return _joined("{", parts, "}", lines)
    return _joined("[", [written_json(one, lines - 1) for one in value], "]", lines)


def _joined(start: str, parts: list[str], end: str, lines: int) -> str:
    if lines <= 0 or not parts:
        return f"{start}{', '.join(parts)}{end}"
    # Added to the first and last part, so that the whole, which may be long, is made once.
    parts[0] = f"{start}\n{parts[0]}"
    parts[-1] = f"{parts[-1]}\n{end}"
    return ",\n".join(parts)


def quoted(value: object) -> str:
    """Return the text of a value as a JSON string."""
    return encode_basestring(str(value))


_JSON: dict[type, Callable[[Any], str]] = {
    Written: str,
    NoneType: lambda _: "null",
    Decimal: "{:f}".format,
    bool: lambda value: "true" if value else "false",
    int: str,
    str: encode_basestring,
}
