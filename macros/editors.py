"""What does an editor need to know to complete and check a data file?

Makes the JSON Schemas from the record classes, with what each field means, and those of the
documents of the API from their shapes. A command keeps them under ``data/schema``, and builds copy
them from there. Imports ``schema`` and ``shapes``; ``load`` takes hints from it, and pages,
commands and ``api`` show or write the schemas.
"""

from __future__ import annotations

import ast
import inspect
import json
import sys
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from .schema import KINDS, SINGLE_FILES
from .shapes import DOCUMENTS
from .values import Id, Record

_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_KEPT = Path(__file__).parents[1] / "data" / "schema"


class _ForEditors(GenerateJsonSchema):
    """Says what a file may hold: no null, numbers as numbers, and no titles made from keys."""

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        shown = super().model_schema(schema)
        record: Any = schema["cls"]
        for key, meaning in _meanings(record).items():
            shown["properties"][key]["description"] = meaning
        return shown

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        shown = super().default_schema(schema)
        return {key: value for key, value in shown.items() if (key, value) != ("default", None)}

    def decimal_schema(self, schema: core_schema.DecimalSchema) -> JsonSchemaValue:
        shown: JsonSchemaValue = {"type": "number"}
        self.update_with_validations(shown, dict(schema), self.ValidationsMapping.numeric)
        return shown

    def encode_default(self, dft: Any) -> Any:
        """Return a default as JSON has it; a plain one at once, for pydantic is slow about it."""
        return dft if isinstance(dft, str | int | None) else super().encode_default(dft)

    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchemaValue:
        shown = super().dict_schema(schema)
        return {**shown, "additionalProperties": False} if "patternProperties" in shown else shown

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002
        return False


class _ForReaders(_ForEditors):
    """Says what a published document holds: a key that has nothing is null, and never left out."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return GenerateJsonSchema.nullable_schema(self, schema)


@cache
def _meanings(record: Any) -> dict[str, str]:
    """Return what each field of a record means: the text that stands below it in this file.

    pydantic can collect these texts too, but does so whenever it is imported, which takes longer
    than a whole check.
    """
    record = record.__pydantic_generic_metadata__["origin"] or record
    inherited: dict[str, str] = {}
    for parent in record.__bases__:
        if issubclass(parent, Record) and parent is not Record:
            inherited |= _meanings(parent)
    return inherited | {
        field.target.id: inspect.cleandoc(ast.literal_eval(below.value))  # type: ignore[attr-defined]
        for field, below in pairwise(_classes(record.__module__)[record.__name__].body)
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
    }


@cache
def _classes(module: str) -> dict[str, ast.ClassDef]:
    """Return the classes of a module as they are written; read once, for it takes long."""
    tree = ast.parse(inspect.getsource(sys.modules[module]))
    return {one.name: one for one in tree.body if isinstance(one, ast.ClassDef)}


@cache
def json_schema(kind: str) -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of the files of one kind, for editors."""
    record = KINDS[kind]
    wanted: Any = dict[Id, record] if kind in SINGLE_FILES else record  # type: ignore[valid-type]
    schema = TypeAdapter(wanted).json_schema(schema_generator=_ForEditors)
    return {
        "$schema": _DRAFT,
        **_facts_named_by_key(schema),
    }


def _published(document: type[Record]) -> dict[str, Any]:
    """Return the JSON Schema of a document of the API."""
    schema = TypeAdapter(document).json_schema(schema_generator=_ForReaders)
    return {"$schema": _DRAFT, **schema}


def _facts_named_by_key(schema: dict[str, Any]) -> dict[str, Any]:
    """Name each kind of Fact after the first key that holds it: ``Fact_memory_gb``."""
    names: dict[str, str] = {}
    for key, about in schema.get("properties", {}).items():
        reference = about.get("$ref", "")
        if "Fact" in reference:
            names.setdefault(reference.rpartition("/")[2], f"Fact_{key}")
    text = json.dumps(schema)
    for old, new in names.items():
        text = text.replace(f'"{old}"', f'"{new}"').replace(f'/{old}"', f'/{new}"')
    renamed: dict[str, Any] = json.loads(text)
    return renamed


@cache
def schema_files() -> dict[str, str]:
    """Return every schema as the text of a file, by its path below ``data/schema``."""
    made = {f"{kind}.json": json_schema(kind) for kind in KINDS}
    made |= {f"api/{kind}.json": _published(shape) for kind, shape in DOCUMENTS.items()}
    return {path: json.dumps(schema, indent=2) + "\n" for path, schema in made.items()}


def kept(path: str) -> str:
    """Return one of the schema files as it is kept, for to make them takes longer than a check.

    A test compares all of them with what the records say. One that is missing is made.
    """
    file = _KEPT / path
    return file.read_text(encoding="utf-8") if file.is_file() else schema_files()[path]
