"""Do YAML files become a data set, and is everything else refused with place and reason?"""

from __future__ import annotations

import json
import os
import re
import shutil
from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from macros import documents, schema
from macros.documents import Document, Position
from macros.errors import CannotRun, DataError, Problem, report
from macros.load import load, read
from macros.rules import checked
from macros.values import Cell, Cite, Default
from tests.conftest import MINI, changes, complaints

SPEECH = "benchmarks/aria-speech.yml"


def cell(dataset, gpu, column):
    return dataset.benchmarks["aria-speech"].results[gpu][column]


# ---------------------------------------------------------------- what is accepted


def test_the_text_of_a_number_is_kept(dataset):
    value = cell(dataset, "ember-80", "aria-small").value

    assert str(value) == "2.50"
    assert isinstance(value, Decimal)


def test_a_default_keeps_its_value_and_its_source(dataset):
    steps = dataset.benchmarks["aria-speech"].workload.steps

    assert steps == Default(default=20, source=Cite(id="aria-performance", lines="25"))


def test_a_line_may_be_a_number_or_a_list(dataset):
    assert dataset.requirements["aria-memory"].claims["oldest"].source.numbers() == [35]
    assert dataset.benchmarks["aria-speech-2025"].source.numbers() == [12, 14]
    assert dataset.benchmarks["aria-speech"].source.numbers() == [40, 41, 42, 43]
    assert dataset.benchmarks["aria-tuning"].source.numbers() == []


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("8.70", Cell(state="measured", value=Decimal("8.70"))),
        ("3", Cell(state="measured", value=Decimal(3))),
        ("~3.5", Cell(state="measured", value=Decimal("3.5"), approximate=True)),
        ("oom", Cell(state="oom")),
        ("oom_predicted", Cell(state="oom_predicted")),
        ("not_measured", Cell(state="not_measured")),
        ("unsupported", Cell(state="unsupported")),
        (
            "{value: ~9, superseded_by: aria-sparse}",
            Cell(state="measured", value=Decimal(9), approximate=True, superseded_by="aria-sparse"),
        ),
        ("{value: oom, superseded_by: x-1}", Cell(state="oom", superseded_by="x-1")),
    ],
)
def test_a_cell_is_a_value_or_a_state(edit, written, expected):
    dataset = load(edit(SPEECH, "aria-large: 8.5}", f"aria-large: {written}}}"))

    found = cell(dataset, "ember-80", "aria-large")
    assert found == expected
    assert str(found.value) == str(expected.value)


def test_records_stand_in_the_order_of_their_ids(dataset):
    assert list(dataset.models) == ["aria-large", "aria-small", "aria-tiny"]


def test_rows_and_columns_stand_in_published_order(dataset):
    table = dataset.benchmarks["aria-speech"]

    assert list(table.results) == ["ember-80", "ember-32", "quill-48", "quill-next"]
    assert list(table.columns) == ["aria-small", "aria-large"]


def test_the_date_of_the_data_is_the_newest_reading(dataset):
    assert dataset.date == "2026-03-01"


def test_records_cannot_be_changed(dataset):
    with pytest.raises(ValueError, match="frozen"):
        dataset.gpus["ember-32"].name = "Another"


@pytest.mark.parametrize(
    ("ref", "place"),
    [
        ("benchmarks/aria-speech/results/ember-32/aria-large", (SPEECH, 19)),
        ("benchmarks/aria-speech/results/ember-32", (SPEECH, 19)),
        ("gpus/ember-80/usable_memory/1/total_mib", ("gpus/ember-80.yml", 13)),
        ("gpus/ember-32/aliases/0", ("gpus/ember-32.yml", 3)),
        ("sources/quill-datasheet/url", ("sources.yml", 17)),
        ("recommendations/small-floor/text", ("recommendations.yml", 4)),
        ("requirements/aria-memory", ("requirements/aria-memory.yml", 2)),
    ],
)
def test_a_reference_leads_to_its_line(dataset, ref, place):
    assert dataset.position(ref) == place


def test_a_text_of_several_lines_stands_where_it_begins(edit):
    data = edit("recommendations.yml", "text: Large models", "text: >-\n    Large\n    models")

    assert load(data).position("recommendations/plain-words/text") == ("recommendations.yml", 25)
    assert load(data).recommendations["plain-words"].text == "Large models sound better."


def test_a_reference_may_pass_an_id_of_digits(edit):
    """Ids may be numbers; in a reference they are told from the entries of a list."""
    dataset = load(edit("gpus/quill-next.yml", "name:", "aliases: [N]\nname:"))
    document, key = dataset.document("gpus/quill-next/aliases/0")
    digits = Document(document.file, "", {("480",): Position(1, 1, 1)}, {})
    mixed = type(dataset)(**{**vars(dataset), "documents": {"gpus/x.yml": digits}})

    assert key == ("aliases", 0)
    assert mixed.document("gpus/x/480")[1] == ("480",)


@pytest.mark.parametrize("ref", ["gpus/unknown/name", "gpus/ember-32/tdp_w/2", "waivers/x/reason"])
def test_a_reference_to_nothing_is_a_key_error(dataset, ref):
    with pytest.raises(KeyError):
        dataset.position(ref)


def test_a_file_may_begin_with_a_byte_order_mark(data):
    path = data / "notes.yml"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())

    assert load(data).notes


ROWS = [
    "r:\n  a: {x: 1, y-2: 8.50, z.3: oom}\n  b: {x: -3}\n",
    "r: |\n  a: {x: 1}\ns:\n  b: {y: 2}\n",  # text that looks like a row
    'r: "\n  a: {x: 1}\n"\n',
    "r:\n  a: {x: 1, x: 2}\n",
    "r:\n  a: {null: 1}\n",
    "r:\n  a: {on: 1, 1.5: 2}\n",
    "r:\n  a: {x: 01}\n",
    "r:\n  a: {x: 1}\n  a: {x: 2}\n",
    "r:\n  a: {x: 1}\n bad\n",
    "r:\r\n  a: {x: 1}\r\n",
    "r: [\u2028\n  a: {x: 1}\n]\n",
    "r:\n  \u00e9: 1\n  a: {}\n  b: {x: 1}\n",
]


@pytest.mark.parametrize("text", ROWS)
def test_a_row_that_is_read_at_once_says_what_it_says_character_by_character(
    tmp_path, monkeypatch, text
):
    def outcome():
        problems: list[Problem] = []
        document, value = documents.parse(tmp_path, path, "benchmarks", problems)
        places = {
            key: (place, document.position(key, name=True))
            for key, place in document.positions.items()
            if "again" not in key  # a key that stands twice is asked for where it stands first
        }
        return places, value, problems

    (tmp_path / "benchmarks").mkdir()
    path = tmp_path / "benchmarks/x.yml"
    path.write_text(f"{documents.MODELINE}../schema/benchmarks.json\n{text}", newline="")
    at_once = outcome()
    monkeypatch.setattr(documents, "_ROW", re.compile("(?!)"))
    assert at_once == outcome()


def test_files_that_are_no_records_are_passed_over(data):
    for name in (
        "README.md",
        "schema/gpus.json",
        ".cache/x.yml",
        "gpus/.draft.yml",
        "gpus/README.md",
    ):
        (data / name).parent.mkdir(exist_ok=True)
        (data / name).write_text("anything", encoding="utf-8")

    assert load(data).gpus


# ---------------------------------------------------------------- what is refused


# tests/refused.txt has in each of its parts a file, a change of it (- what is taken away, + what
# is put in its place), and the report that it makes.
@pytest.mark.parametrize(("file", "old", "new", "expected"), list(changes("refused.txt")))
def test_what_is_wrong_is_told_with_place_and_reason(data, file, old, new, expected):
    path = data / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")

    with pytest.raises(DataError) as error:
        checked(data)
    assert str(error.value).replace(f"{data}/", "").rpartition("\n\n")[0] == expected


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "1:1  [yaml] found an empty file; expected a record"),
        (b"# only a comment\n", "1:1  [yaml] found an empty file; expected a record"),
        (b"\xff", "1:1  [yaml] found byte 1 is no UTF-8; expected text in UTF-8; save the file"),
        (b"name: x\n---\n", "2:1  [yaml] found a second document (---); expected one document"),
        (b"a: b\nc: \x00", "2:4  [yaml] found unacceptable character #x0000: control characters"),
        (b"- " * 20, "1:25 0.0.0.0.0.0.0.0.0.0.0.0 [yaml] found too many levels; expected 12"),
        (b"? " + b"[" * 20, "1:1  [yaml] found too many levels; expected 12 levels at most"),
        (b"[a: [b]]", "1:1  [schema] found a list; expected keys and values"),
        (b"just text", "1:1  [schema] found just text; expected keys and values"),
    ],
)
def test_a_file_that_holds_no_record_is_refused(data, content, expected):
    (data / "gpus/x.yml").write_bytes(content)

    assert complaints(data)[-1].startswith(f"gpus/x.yml:{expected}")


def test_many_levels_are_refused_at_once(data):
    """libyaml takes minutes for such a file, and its own tree of nodes crashes the process."""
    (data / "gpus/x.yml").write_text("[" * 200_000, encoding="utf-8")

    assert "too many levels" in complaints(data)[0]


def test_a_huge_file_is_refused_unread(data, monkeypatch):
    monkeypatch.setattr(documents, "MAX_BYTES", 100)

    assert complaints(data)[0] == (
        "benchmarks/aria-sparse.yml:1:1  [size] found 891 bytes; expected 100 bytes at most"
    )


def test_a_link_that_leads_nowhere_is_refused(data):
    (data / "gpus/lost.yml").symlink_to(data / "nowhere.yml")

    assert complaints(data)[0].startswith("gpus/lost.yml:1:1  [file] found a link that leads now")


def test_lines_may_end_as_on_any_machine(data):
    path = data / "gpus/ember-80.yml"
    lines = path.read_bytes().split(b"\n")
    for end in (b"\r\n", b"\r"):
        path.write_bytes(end.join(lines))

        assert complaints(data) == []


AN_ID = "an id: lower-case letters and digits, in words joined by - or .; the ending .yml"


@pytest.mark.parametrize(
    ("name", "expected", "hint"),
    [
        ("gpus/H100 SXM.yml", AN_ID, "call it h100-sxm.yml"),
        ("gpus/x.yaml", AN_ID, "call it x.yml"),
        ("gpus/x.yml.txt", AN_ID, "call it x.yml"),
        ("gpus/x.json", AN_ID, "call it x.yml"),
        ("gpus/é.yml", AN_ID, "did you mean gpus/<id>.yml or runs/<id>.yml?"),
        (f"gpus/{'x' * 81}.yml", AN_ID, f"call it {'x' * 80}.yml"),
        (
            "h100-sxm.yml",
            "gpus/<id>.yml, models/<id>.yml, ",
            "put it where files of its kind stand",
        ),
        (
            "source.yml",
            "gpus/<id>.yml, models/<id>.yml, ",
            "did you mean sources.yml or notes.yml?",
        ),
        (
            "gpus/more/x.yml",
            "gpus/<id>.yml, models/<id>.yml, ",
            "did you mean gpus/<id>.yml or sources.yml?",
        ),
    ],
)
def test_a_file_that_no_kind_knows_is_refused(data, name, expected, hint):
    (data / name).parent.mkdir(exist_ok=True)
    (data / name).touch()

    (found,) = complaints(data)
    start = f"{name}:0:0 {name} [file-name] found the name {name}; expected {expected}"
    assert found.startswith(start)
    assert found.endswith(f"; {hint}")


def test_a_link_to_a_folder_is_refused_and_not_passed_over(data):
    """Nothing of it would be read, and nobody would notice."""
    (data / "runs").rename(data.parent / "elsewhere")
    (data / "runs").symlink_to(data.parent / "elsewhere")

    (found,) = (line for line in complaints(data) if line.startswith("runs"))
    assert found.startswith("runs:0:0 runs [file-name] found a link to a folder; expected gpus/")


def test_a_folder_that_cannot_be_opened_stops_the_command(data, monkeypatch):
    scandir = os.scandir

    def refuse(path: str) -> object:
        if path.endswith("runs"):
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)

    with pytest.raises(CannotRun, match=r"runs: Permission denied"):
        load(data)


def test_all_problems_of_all_files_come_in_one_run(edit):
    """Broken YAML, broken records and rules that are broken by whole records, together."""
    edit("gpus/quill-48.yml", "name: Quill 48", "name: [")
    edit("models/aria-tiny.yml", "task: text2speech", "task: Text2Speech")
    data = edit("benchmarks/aria-tuning.yml", "ember-80: {", "ember-8: {")

    found = [line.partition(" ")[0] + " " + line.split("[")[1].split("]")[0]
             for line in complaints(data)]  # fmt: skip
    assert found == [
        "benchmarks/aria-tuning.yml:11:3 known-ids",
        "gpus/quill-48.yml:2:7 yaml",
        "models/aria-tiny.yml:4:7 schema",
    ]


def test_a_record_that_cannot_be_read_makes_no_other_look_wrong(edit):
    """Its id is known all the same, and what it alone cites counts as used."""
    data = edit("benchmarks/aria-speech-2025.yml", "unit: s\n", "unit: sec\n")

    assert len(complaints(data)) == 1


def test_a_file_in_the_folder_of_another_kind_is_one_problem(data):
    (data / "benchmarks/aria-speech.yml").rename(data / "gpus/aria-speech.yml")

    found = [line for line in complaints(data) if line.startswith("gpus/")]
    assert len(found) == 1
    assert found[0].endswith("; put the file where benchmarks stand, or mend its first line")


@pytest.mark.parametrize("content", [None, "- a list\n"])
def test_sources_that_are_gone_are_told_once(data, content):
    """And not at each of the figures that cite one."""
    (data / "sources.yml").unlink()
    if content:
        (data / "sources.yml").write_text(content, encoding="utf-8")

    (found,) = (line for line in complaints(data) if "[known-ids]" in line)
    assert found.endswith("; expected the id of a source; the data have no source at all")


@pytest.mark.parametrize("name", ["nothing", "file"])
def test_a_folder_that_is_none_cannot_be_read(tmp_path, name):
    (tmp_path / "file").touch()

    with pytest.raises(CannotRun, match=f"{name}: no such data folder"):
        load(tmp_path / name)


def test_a_folder_without_data_cannot_be_read(tmp_path):
    with pytest.raises(CannotRun, match="a folder without data files"):
        load(tmp_path)


def test_a_file_that_cannot_be_opened_stops_the_command(data, monkeypatch):
    def refuse(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_bytes", refuse)

    with pytest.raises(CannotRun, match=r"aria-sparse\.yml: Permission denied"):
        load(data)


def test_to_load_a_data_set_with_problems_is_an_error(edit):
    with pytest.raises(DataError, match=r"gpus/quill-48\.yml:2:7: name \[schema\]"):
        load(edit("gpus/quill-48.yml", "name: Quill 48", "name: 48"))


def test_the_usable_records_stand_beside_the_problems(edit):
    dataset, problems = read(edit("gpus/quill-48.yml", "name: Quill 48", "name: 48"))

    assert list(dataset.gpus) == ["ember-32", "ember-80", "ember", "quill-next"]
    assert "gpus/quill-48.yml" in dataset.documents
    assert len(problems) == 1


# ---------------------------------------------------------------- whatever stands in a file

PIECES = st.sampled_from(
    ["~", "'", '"', "{", "}", "[", "]", ": ", "- ", "\n", "  ", "#", "&a ", "*a", "!!set ", "<<: ",
     "on", "1:30", ".nan", "1e400", "9" * 40, "\u2028", "\x85", "\u202e", "٣", "²", "\ufeff", "\0",
     "ember-80", "value", "superseded_by: ", "{id: aria-performance}", "*", "|\n", "? ", "---\n",
     "[key]", "{default: 1}", "{value: 3, superseded_by: aria-speech}", "0", "-1", "true", "{}"]
)  # fmt: skip
FILES = sorted(path.relative_to(MINI).as_posix() for path in MINI.rglob("*.yml"))


def loads_or_complains(folder: Path) -> None:
    """Fail unless the folder gives a data set, or problems that can be told in every style."""
    problems: tuple[Problem, ...] = ()
    try:
        checked(folder)
    except DataError as error:
        problems = error.problems
    for problem in problems:
        assert problem.found
        assert problem.expected
        assert report([problem], "text").replace("\n", "").isprintable()
        assert report([problem], "github").isprintable()
        assert json.loads(report([problem], "json"))[0]["found"] == problem.found


@pytest.fixture(scope="module")
def scribble(tmp_path_factory):
    return shutil.copytree(MINI, tmp_path_factory.mktemp("scribble") / "data")


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(file=st.sampled_from(FILES), at=st.floats(0, 1), length=st.integers(0, 12), new=PIECES)
def test_no_change_of_a_file_is_more_than_a_problem(scribble, file, at, length, new):
    path = scribble / file
    text = path.read_text(encoding="utf-8")
    start = int(at * len(text))
    try:
        path.write_text(text[:start] + new + text[start + length :], encoding="utf-8")
        loads_or_complains(scribble)
    finally:
        path.write_text(text, encoding="utf-8")


TREES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inside: (
        st.lists(inside, max_size=3)
        | st.dictionaries(
            st.text(max_size=8) | st.sampled_from(list(schema.Benchmark.model_fields)),
            inside,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(
    max_examples=40, deadline=None, derandomize=True, database=None,
    suppress_health_check=[HealthCheck.too_slow],
)  # fmt: skip
@given(content=st.binary(max_size=60) | TREES.map(lambda tree: yaml.safe_dump(tree).encode()))
def test_no_content_of_a_file_is_more_than_a_problem(scribble, content):
    path = scribble / "benchmarks/x.yml"
    path.write_bytes(content)

    loads_or_complains(scribble)
