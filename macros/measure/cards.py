"""Which GPU of the guide is this card?

Reads the names in ``data/gpus/`` without the schema, because measuring must start at once; what it
finds is checked with everything else when the run is written.
Imports ``documents``; ``command`` and ``campaign`` import this module.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import yaml

from ..documents import MODELINE
from ..errors import CannotRun

_LISTS = ("aliases", "driver_names", "one_of")


def find(data: Path, name: str) -> str | None:
    """Return the id of the GPU that the driver calls ``name``; None if the guide has none.

    Raises CannotRun if the name can mean several products.
    """
    found: list[str] = []
    members: list[str] = []
    for path in sorted((data / "gpus").glob("*.yml")):
        record = _record(path)
        aliases, driver_names, one_of = (_list(record, key) for key in _LISTS)
        if _plain(name) in map(_plain, (record.get("name"), *aliases, *driver_names)):
            members += one_of
            found += [] if one_of else [path.stem]
    if len(found) == 1:
        return found[0]
    if several := found or members:
        raise CannotRun(
            f"the driver calls the card {name}, which can be {' or '.join(several)}; "
            "say which with --gpu, and add driver_names to its file"
        )
    return None


def scaffold(data: Path, name: str) -> Path:
    """Write a new GPU file for a card that the guide does not know, and return its path.

    Raises CannotRun if another card has the file already.
    """
    words = re.findall(r"[a-z0-9]+", _plain(name))
    path = data / "gpus" / f"{'-'.join(words)[:60]}.yml"
    path.parent.mkdir(parents=True, exist_ok=True)
    told = re.sub(r"[^A-Za-z0-9 .,+/()_-]", " ", name).strip()
    if path.exists():
        raise CannotRun(
            f"{path} does not have the driver's name {told}; if it is this card, add the line "
            f"driver_names: [{told}]"
        )
    with path.open("x", encoding="utf-8") as file:
        file.write(
            f"{MODELINE}../schema/gpus.json\n"
            "# Made by the measuring command. Add the specs that you have a source for.\n"
            f"name: {json.dumps(told)}\n"
        )
    return path


def _record(path: Path) -> dict[str, Any]:
    try:
        record = yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)
    except (OSError, yaml.YAMLError):
        return {}
    return record if isinstance(record, dict) else {}


def _list(record: dict[str, Any], key: str) -> list[Any]:
    found = record.get(key)
    return found if isinstance(found, list) else []


def _plain(name: object) -> str:
    """Return a name as it is compared: without the maker, upper case and hyphens."""
    return " ".join(str(name).lower().replace("nvidia", " ").replace("-", " ").split())
