"""How do YAML files become one Dataset?

Imports ``documents``, ``errors``, ``catalog`` and ``schema``; all that follows imports the Dataset.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from . import catalog, schema
from .documents import FAULT, Document, Key, parse
from .errors import CannotRun, DataError, Problem, nearest
from .runs import Run
from .values import FORMS, ID, Id


@dataclass(frozen=True)
class Dataset:
    """All records by id, in the order of their ids, and the files that they stand in.

    A reference is the kind, the id and the path inside the record, joined by slashes:
    ``benchmarks/predict2-480p/results/gb200/predict2-2b-text2image``.
    """

    gpus: Mapping[str, catalog.Gpu]
    models: Mapping[str, catalog.Model]
    benchmarks: Mapping[str, schema.Benchmark]
    requirements: Mapping[str, schema.Requirement]
    runs: Mapping[str, Run]
    components: Mapping[str, catalog.Component]
    sources: Mapping[str, catalog.Source]
    recommendations: Mapping[str, schema.Recommendation]
    waivers: Mapping[str, schema.Waiver]
    notes: Mapping[str, schema.Note]
    documents: Mapping[str, Document]

    def document(self, ref: str) -> tuple[Document, Key]:
        """Return the file that holds a reference and the path in it; KeyError if none does."""
        kind, record, *rest = ref.split("/")
        single = kind in schema.SINGLE_FILES
        document = self.documents[f"{kind}.yml" if single else f"{kind}/{record}.yml"]
        key: Key = (record,) if single else ()
        for part in rest:  # a number counts the entries of a list, unless it is an id
            listed = part.isdecimal() and (*key, part) not in document.positions
            key = (*key, int(part) if listed else part)
        return document, key

    def position(self, ref: str) -> tuple[str, int]:
        """Return file and line of the value that ``ref`` names; KeyError if there is none."""
        document, key = self.document(ref)
        return document.file, document.positions[key].line

    def problem(
        self, ref: str, rule: str, found: str, expected: str, hint: str = "", name: bool = False
    ) -> Problem:
        """Return a problem at the place that ``ref`` names, or with ``name`` at its key."""
        document, key = self.document(ref)
        return document.problem(key, rule, found, expected, hint, name)

    @cached_property
    def date(self) -> str:
        """The newest date on which a source was read, as in 2026-11-22; empty without sources."""
        return max((source.read_on.isoformat() for source in self.sources.values()), default="")


def load(root: Path) -> Dataset:
    """Read every record under ``root``.

    Raises DataError with every problem of every file, and CannotRun if there is nothing to read.
    """
    dataset, problems = read(root)
    if problems:
        raise DataError(problems)
    return dataset


def read(root: Path) -> tuple[Dataset, list[Problem]]:
    """Return the records that can be used, and the problems of those that cannot.

    Every file is among the documents, so that the ids of broken records are known. Raises
    CannotRun if there is nothing to read.
    """
    if not root.is_dir():
        raise CannotRun(f"{root}: no such data folder")
    problems: list[Problem] = []
    documents: dict[str, Document] = {}
    records: dict[str, dict[str, Any]] = {kind: {} for kind in schema.KINDS}
    for kind, path in _files(root, problems):
        document, value = parse(root, path, kind, problems)
        documents[document.file] = document
        if value is FAULT:
            continue
        try:
            found = _adapter(kind).validate_python(value)
        except ValidationError as error:
            problems.extend(_explain(document, error, kind))
        else:
            if kind in schema.SINGLE_FILES:
                records[kind] = found
            else:
                records[kind][path.stem] = found
    if not documents and not problems:
        raise CannotRun(f"{root}: a folder without data files, such as sources.yml")
    return Dataset(**records, documents=documents), problems


def _files(root: Path, problems: list[Problem]) -> Iterator[tuple[str, Path]]:
    """Yield each data file with its kind; report files that no kind knows."""
    for path in sorted(_below(root)):
        name = path.relative_to(root)
        if name.parts[0] == "schema" or any(part.startswith(".") for part in name.parts):
            continue
        kind = name.parts[0] if len(name.parts) == 2 else name.stem
        single = len(name.parts) == 1 and kind in schema.SINGLE_FILES
        folder = len(name.parts) == 2 and kind in schema.KINDS and kind not in schema.SINGLE_FILES
        an_id = re.fullmatch(ID, path.stem) and len(path.stem) <= 80
        if path.suffix == ".yml" and (single or (folder and an_id)):
            yield kind, path
        elif path.is_dir():
            problems.append(_misplaced(name, "a link to a folder", folder))
        elif path.suffix.lower() in (".yml", ".yaml") or (folder and path.suffix != ".md"):
            problems.append(_misplaced(name, f"the name {name.as_posix()}", folder))


def _below(root: Path) -> Iterator[Path]:
    """Yield every file, and every link to a folder, which nobody follows; none is passed over."""

    def refuse(error: OSError) -> None:
        raise CannotRun(f"{error.filename}: {error.strerror}") from error

    for place, folders, files in os.walk(root, onerror=refuse):
        found = [Path(place, name) for name in folders]
        yield from (path for path in found if path.is_symlink())
        yield from (Path(place, name) for name in files)


def _misplaced(name: Path, found: str, folder: bool) -> Problem:
    """Return the problem of a file that no kind knows; ``folder`` if its folder is one of them."""
    known = [
        f"{kind}.yml" if kind in schema.SINGLE_FILES else f"{kind}/<id>.yml"
        for kind in schema.KINDS
    ]
    file, stem = name.as_posix(), _as_id(re.sub(r"\.ya?ml$", "", name.stem.lower()))
    if folder and stem:
        hint = f"call it {stem}.yml"
    else:
        hint = nearest(name, known, few=0) or "put it where files of its kind stand"
    expected = f"{FORMS[ID]}; the ending .yml" if folder else ", ".join(known)
    return Problem.of_file(file, "file-name", found, expected, hint)


def _as_id(words: str) -> str:
    return re.sub(r"[^a-z0-9.]+", "-", words.lower()).strip("-.")[:80].rstrip("-.")


def _adapter(kind: str) -> TypeAdapter[Any]:
    if kind not in _ADAPTERS:
        record: Any = schema.KINDS[kind]
        wanted = dict[Id, record] if kind in schema.SINGLE_FILES else record
        _ADAPTERS[kind] = TypeAdapter(wanted)
    return _ADAPTERS[kind]


_ADAPTERS: dict[str, TypeAdapter[Any]] = {}


# ---------------------------------------------------------------- schema errors, explained


def _explain(document: Document, error: ValidationError, kind: str) -> Iterator[Problem]:
    """Turn pydantic's errors into problems that a contributor can act on."""
    for detail in error.errors(include_url=False):
        given = detail["input"]
        if given is FAULT or (detail["type"] == "cell" and FAULT in _values(given)):
            continue  # told already, with the place and the reason
        key = tuple(part for part in detail["loc"] if part not in _MARKS)
        named = "[key]" in detail["loc"] or detail["type"] == "extra_forbidden"
        expected, hint = _expected(detail, key, kind)
        found = detail.get("ctx", {}).get("found") or _FOUND.get(detail["type"], "{}").format(
            _show(key[-1] if named else given)
        )
        yield document.problem(key, "schema", found, expected, hint, named)


_MARKS = ("[key]", "[default]", "[plain]")  # parts that pydantic adds to a path
_FOUND = {"missing": "nothing", "extra_forbidden": "the key {}", "too_short": "fewer"}


def _expected(detail: ErrorDetails, key: Key, kind: str) -> tuple[str, str]:
    """Return what stands at this place in a good file, and how to get there."""
    error, context, given = detail["type"], detail.get("ctx", {}), detail["input"]
    if error == "missing":
        return f"the key {key[-1]}", _keys(kind, key[:-1]).get(str(key[-1]), "")
    if error == "extra_forbidden":
        return "a key that the schema knows", nearest(key[-1], _keys(kind, key[:-1]))
    if error == "literal_error":
        choices = re.findall(r"'([^']*)'", context["expected"])
        longer = [choice for choice in choices if str(given).startswith(choice)]
        hint = f"did you mean {longer[0]}?" if len(longer) == 1 else ""
        return f"one of {', '.join(choices)}", nearest(given, choices, few=0) or hint
    if error == "string_pattern_mismatch":
        pattern = context["pattern"]
        folded = _as_id(given)
        hint = f"write {folded}" if pattern == ID and re.fullmatch(ID, folded) else ""
        if pattern == ID and ":" in given:
            hint = "leave a blank behind the colon"
        return schema.FORMS[pattern], hint
    if error == "string_type":
        number = isinstance(given, (int, Decimal)) and not isinstance(given, bool)
        return "text", f"write it in quotes: '{given}'" if number else ""
    if error == "model_type":
        return "keys and values", f"known keys: {', '.join(_keys(kind, key))}"
    if error in _EXPECTED:
        return _EXPECTED[error].format(**context), ""
    return detail["msg"], context.get("hint", "")


_EXPECTED = {
    "bool_type": "true or false",
    "int_type": "a whole number",
    "list_type": "a list",
    "dict_type": "keys and values",
    "greater_than": "a number above {gt}",
    "greater_than_equal": "a number of at least {ge}",
    "less_than_equal": "a number of at most {le}",
    "string_too_long": "text of at most {max_length} characters",
    "string_too_short": "text of at least {min_length} character",
    "too_short": "{min_length} or more entries",
}


def _values(given: object) -> Iterable[object]:
    return given.values() if isinstance(given, dict) else ()


def _show(value: object) -> str:
    if isinstance(value, dict):
        return "keys and values" if value else "no keys"
    if isinstance(value, list):
        return "a list"
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return (text if len(text) <= 80 else f"{text[:77]}...") or "empty text"


def _keys(kind: str, path: Key) -> dict[str, str]:
    """Return each key that the schema knows at ``path`` of a file, with its description."""
    from .editors import json_schema  # only needed when something is wrong

    whole = json_schema(kind)
    places = [whole]
    for part in path:
        children = [child for place in places for child in _children(place, part)]
        places = [choice for child in children for choice in _choices(child, whole["$defs"])]
    return {
        name: about.get("description", "")
        for place in places
        for name, about in place.get("properties", {}).items()
    }


def _children(place: Any, part: str | int) -> list[Any]:
    """Return the schemas of what stands at ``part`` of a place: a key, an entry, any id."""
    if isinstance(part, int):
        return [place["items"]] if "items" in place else []
    if part in place.get("properties", {}):
        return [place["properties"][part]]
    return list(place.get("patternProperties", {}).values())


def _choices(place: Any, definitions: Any) -> list[Any]:
    """Return a schema itself with its reference followed, or each that it lets choose from."""
    if "$ref" in place:
        return [definitions[place["$ref"].rpartition("/")[2]]]
    return [c for one in place.get("oneOf", ()) for c in _choices(one, definitions)] or [place]
