"""Do the records, the JSON Schemas for editors and their descriptions say the same?"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from pydantic import TypeAdapter, ValidationError

from macros import documents, editors, schema, values
from macros.catalog import Source
from macros.cli import schema as schema_command
from macros.editors import json_schema
from macros.schema import KINDS, SINGLE_FILES
from macros.values import Cite
from tests.conftest import changes

ROOT = Path(__file__).parents[1]


def parts(node: Any) -> list[dict[str, Any]]:
    """Return every mapping in a JSON Schema."""
    if isinstance(node, list):
        return [part for child in node for part in parts(child)]
    if isinstance(node, dict):
        return [node, *(part for child in node.values() for part in parts(child))]
    return []


def editor_refuses(file: str, text: str) -> bool:
    kind = file.partition("/")[0].removesuffix(".yml")
    content = json.loads(json.dumps(documents._Reader(file, text).read(), default=float))
    return not Draft202012Validator(json_schema(kind)).is_valid(content)


# ---------------------------------------------------------------- JSON Schemas


def test_the_schemas_in_the_data_folder_are_up_to_date():
    """If not: python -m macros schema."""
    assert schema_command(ROOT / "data", only_check=True) == 0


def test_a_schema_that_is_not_kept_is_made(tmp_path, monkeypatch):
    kept = {path: editors.kept(path) for path in editors.schema_files()}
    monkeypatch.setattr(editors, "_KEPT", tmp_path)
    assert {path: editors.kept(path) for path in kept} == kept


@pytest.mark.parametrize("kind", KINDS)
def test_each_schema_is_one(kind):
    Draft202012Validator.check_schema(json_schema(kind))


@pytest.mark.parametrize("kind", KINDS)
def test_each_key_is_described(kind):
    for part in parts(json_schema(kind)):
        for key, about in part.get("properties", {}).items():
            if "const" not in about and key not in ("value", "superseded_by"):
                assert re.search(r"\w.*[.:]|;", about.get("description", "")), key


@pytest.mark.parametrize("kind", KINDS)
def test_no_key_may_be_null(kind):
    assert "null" not in [part.get("type") for part in parts(json_schema(kind))]


@pytest.mark.parametrize("kind", KINDS)
def test_each_pattern_has_words_for_people(kind):
    """A contributor is never shown a regular expression."""
    patterns = {part["pattern"] for part in parts(json_schema(kind)) if "pattern" in part}
    told_otherwise = {values.LINES, values.NAME, values.DAY, values.APPROXIMATE}

    assert patterns - told_otherwise <= set(schema.FORMS)


def test_editors_accept_every_record_of_the_small_data_set(mini):
    for path in mini.rglob("*.yml"):
        assert not editor_refuses(path.relative_to(mini).as_posix(), path.read_text()), path


# What a JSON Schema cannot say: the days of a month, signs of direction, ranges that rise, zero as
# text, names inside a text, keys that exclude each other in a record as a whole.
LEFT_TO_THE_CHECKER = (
    "2026-02-30", "u202e", "lines: 29-3", "~0", "{flor} runs", "tdp_w: {value: 300", "'  '",
)  # fmt: skip


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        pytest.param(*case.values[:3], id=case.id)
        for case in changes("refused.txt")
        if "[schema]" in case.values[3] and not any(w in case.id for w in LEFT_TO_THE_CHECKER)
    ],
)
def test_editors_refuse_what_the_checker_refuses(mini, file, old, new):
    text = (mini / file).read_text(encoding="utf-8").replace(old, new, 1)

    assert editor_refuses(file, text)


# ---------------------------------------------------------------- kinds of field


@pytest.mark.parametrize(
    ("kind", "accepted"),
    [
        (values.Id, ["h200-sxm", "predict2.5-2b", "a", "0.6b", "x" * 80]),
        (values.Name, ["H200 SXM", "2B", "L4 (PCIe), 24/48", "a_b.c+d-e"]),
        (values.Text, ["Any text\nof two lines: <b>{{ 7 }}", "é 日本", "x" * 2000]),
        (values.Ref, ["gpus/h200/name", "benchmarks/*/results/*/a_b", "a/1"]),
        (values.Capability, ["9.0", "12.1"]),
        (values.Positive, [1, Decimal("0.001"), 10**17]),
        (values.Count, [1, 10**17]),
        (values.Day, ["2026-11-22", "2024-02-29"]),
        (values.Setting, ["480p", "not_stated", 93, Decimal("7.0"), "1360x768"]),
        (Cite, [{"id": "a"}, {"id": "a", "lines": 7}, {"id": "a", "lines": "1, 3-9,12"}]),
        (values.Result, [1, "~2", "oom", {"value": "oom", "superseded_by": "a"}]),
    ],
)
def test_a_field_accepts(kind, accepted):
    adapter = TypeAdapter(kind)
    for value in accepted:
        adapter.validate_python(value)


NO_LINES: list[object] = [0, -1, "0", "9-3", "a", "1-", True, []]


@pytest.mark.parametrize(
    ("kind", "refused"),
    [
        (values.Id, ["H200", "h200_sxm", "-a", "a-", "a--b", "", "a b", "a\n", "é", "x" * 81, 7]),
        (values.Name, ["", " a", "<b>", "a|b", "a\nb", "{{ a }}", "é", "x" * 81, 7, None]),
        (values.Text, ["", "a\tb", "\u202ea", "\u200ba", "\x00", "x" * 2001, 7, None]),
        (values.Ref, ["gpus", "gpus/", "/gpus/a", "gpus//a", "GPUS/a", "gpus/a b", "gpus/../a\n"]),
        (values.Capability, ["9", "9.00", "٩.0", "100.0", Decimal("9.0")]),
        (values.Positive, [0, -1, True, "1", Decimal("NaN"), Decimal("Infinity"), 1.5, None]),
        (values.Count, [0, -1, True, "1", Decimal("1.5"), Decimal(1)]),
        (values.Day, ["2026-2-3", "2026-02-30", "2026-W01-1", "20260101", 20260101, "٢٠٢٦-01-01"]),
        (values.Setting, [0, -1, True, "", "<b>", [1], {"default": 1}, "x" * 81]),
        (values.Setting, [{"default": True, "source": {"id": "a"}}, {"default": 1, "source": "a"}]),
        (Cite, [{"id": "a", "lines": lines} for lines in NO_LINES]),
        (Cite, [{"id": "a", "lines": "1-9999999"}, {"id": "a", "lines": "1," * 10 + "1"}]),
        (Cite, [{"id": "a", "lines": "٣"}, {"lines": 3}, {"id": "a", "line": 3}]),
        (values.Result, [0, "~0", "~-1", "~1e3", "~٣", "measured", True, None, [], {}, "8.5"]),
        (values.Result, [{"value": 1}, {"value": 1, "superseded_by": 5}, {"value": {}}]),
        (values.Result, [{"value": 1, "superseded_by": "a", "note": "b"}]),
        (values.Result, [Decimal("-8.5"), Decimal("0.0")]),
    ],
)
def test_a_field_refuses(kind, refused):
    adapter = TypeAdapter(kind)
    for value in refused:
        with pytest.raises(ValidationError):
            adapter.validate_python(value)


@pytest.mark.parametrize(
    ("given", "keys"),
    [
        ({"kind": "speedup", "column": "a", "over": "b", "factors": {"x": 2}}, "speedup"),
        ({"kind": "at_most", "factor": 2, "benchmarks": ["a"]}, "at_most"),
        ({"kind": "at_least", "factor": 2, "benchmarks": ["a"]}, "at_least"),
        ({"kind": "memory_floor", "size_class": "2B", "memory_gb": 32}, "memory_floor"),
        ({"kind": "memory_range", "size_class": "2B", "low_gb": 1, "high_gb": 2}, "memory_range"),
        ({"kind": "architecture_floor", "architecture": "A", "gpus": ["x"]}, "architecture_floor"),
    ],
)
def test_a_claim_has_the_keys_of_its_kind_and_no_other(given, keys):
    source = {"source": {"id": "a"}}
    assert schema.Claim.model_validate({**given, **source}).kind == keys

    for key in set(given) - {"kind"}:
        rest = {name: value for name, value in given.items() if name != key}
        with pytest.raises(ValidationError):
            schema.Claim.model_validate({**rest, **source})
    other = {"memory_gb": 1} if keys != "memory_floor" else {"low_gb": 1}
    with pytest.raises(ValidationError):
        schema.Claim.model_validate({**given, **source, **other})


# ---------------------------------------------------------------- sources

PINNED = {"title": "A", "read_on": "2026-01-01", "repository": "a/b", "commit": "0" * 40}


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (None, ""),
        ("29", "?plain=1#L29"),
        ("29-39", "?plain=1#L29-L39"),
        ("12, 14-16", "?plain=1#L12-L16"),
    ],
)
def test_a_source_links_to_its_lines(lines, expected):
    source = Source.model_validate({**PINNED, "path": "docs/a.md"})

    assert source.href(lines) == f"https://github.com/a/b/blob/{'0' * 40}/docs/a.md{expected}"


def test_a_page_without_a_commit_is_linked_as_it_is():
    page = {"title": "A", "read_on": "2026-01-01", "url": "https://a.example/b?c=d"}

    assert Source.model_validate(page).href("3") == "https://a.example/b?c=d"


@pytest.mark.parametrize(
    "change",
    [
        {"path": None},
        {"path": "../../etc"},
        {"path": "a", "url": "https://a.example/b"},
        {"path": "a", "commit": "main"},
        {"path": "a", "commit": "0" * 39},
        {"path": "a", "commit": "A" * 40},
        {"path": "a", "repository": "a/b/c"},
        {"path": "a", "repository": "a b/c"},
    ],
)
def test_a_source_has_one_full_address(change):
    with pytest.raises(ValidationError):
        Source.model_validate({k: v for k, v in {**PINNED, **change}.items() if v is not None})


@pytest.mark.parametrize(
    "url",
    [
        "http://a.example/",
        "javascript:alert(1)",
        "https://user@a.example/",
        "https://a.example/ b",
        "https://a.example",
        "https://a.example/\u202e",
        "//a.example/",
    ],
)
def test_an_address_is_plain_https(url):
    with pytest.raises(ValidationError):
        Source.model_validate({"title": "A", "read_on": "2026-01-01", "url": url})


def test_every_kind_of_file_has_a_record():
    assert set(SINGLE_FILES) < set(KINDS)
