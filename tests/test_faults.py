"""A fault in any field of any record is refused at its place, or visible in what the site shows.

Each data file of the small data set is written anew with one value on each line; then each value
and each key in turn is changed, retyped, taken out, doubled and misspelt.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from macros import copies, export, schema, tables
from macros.derive import Guide
from macros.derive import guide as derive
from macros.errors import Problem
from macros.load import Dataset, load, read
from macros.rules import check
from macros.values import Record
from tests import fragments
from tests.conftest import MINI

FILES = sorted(path.relative_to(MINI).as_posix() for path in MINI.rglob("*.yml"))
# Settings that the small data set does not have.
MORE = (
    "workload: {pixels: 640x360, frames: 1, views: 2, guidance: 7.5, offload: none, "
    "clock: one round, "
)

# ---------------------------------------------------------------- one value on each line


class Line(NamedTuple):
    """One line of a file: the path that begins there, and its text."""

    path: tuple[str, ...]
    text: str


def lines(node: yaml.Node | None, path: tuple[str, ...] = ()) -> Iterator[Line]:
    """Yield a YAML tree with one key or entry on each line."""
    assert isinstance(node, yaml.CollectionNode)
    listed = isinstance(node, yaml.SequenceNode)
    entries = enumerate(node.value) if listed else ((key.value, one) for key, one in node.value)
    for name, value in entries:
        here = (*path, str(name))
        head = "  " * len(path) + ("-" if listed else f"{name}:")
        if isinstance(value, yaml.ScalarNode):
            yield Line(here, f"{head} {json.dumps(value.value) if value.style else value.value}")
        else:
            yield Line(here, head)
            yield from lines(value, here)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small data set with every setting and one value on each line."""
    root: Path = tmp_path_factory.mktemp("faults")
    for file in FILES:
        text = (MINI / file).read_text(encoding="utf-8")
        if file == "benchmarks/aria-tuning.yml":
            text = text.replace("workload: {", MORE, 1)
        written = [text.partition("\n")[0], *(line.text for line in lines(yaml.compose(text)))]
        (root / file).parent.mkdir(exist_ok=True)
        (root / file).write_text("\n".join(written) + "\n", encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def base(folder: Path) -> Dataset:
    """The data set without a fault."""
    return load(folder)


def test_the_data_set_is_the_same_with_one_value_on_each_line(dataset, base):
    tables_with_more = {"aria-tuning"}
    for kind in schema.KINDS:
        for name, record in getattr(dataset, kind).items():
            if name not in tables_with_more:
                assert getattr(base, kind)[name] == record
    assert check(base) == []


def test_the_data_set_uses_every_field_of_every_record(base):
    used: set[tuple[type, str]] = set()

    def walk(value: Any) -> None:
        if isinstance(value, Record):
            used.update((type(value), name) for name in value.model_fields_set)
            value = dict(value)
        if isinstance(value, Mapping):
            value = list(value.values())
        for child in value if isinstance(value, list) else ():
            walk(child)

    walk([getattr(base, kind) for kind in schema.KINDS])
    # A Fact of a number and one of a text are one kind of record.
    names = {(record.__name__.partition("[")[0], name) for record, name in used}
    known = {
        (record.__name__.partition("[")[0], name)
        for record, _ in used
        for name in record.model_fields
    }
    assert names == known


# ---------------------------------------------------------------- faults


class Fault(NamedTuple):
    """A file with one fault: what it is, the text, and where it should be told.

    ``place`` has the lines that a report may point to; one that points elsewhere must say one of
    ``words``: the key, the key above it, the value that was changed, or what it was changed into.
    """

    what: str
    text: str
    place: set[int]
    words: set[str]


def faults(text: str, base: Dataset) -> Iterator[Fault]:
    """Yield every fault of a file; its first line says which schema it has."""
    first, _, body = text.partition("\n")
    found = list(lines(yaml.compose(body)))
    for start, line in enumerate(found):
        end = start + 1
        while end < len(found) and found[end].path[: len(line.path)] == line.path:
            end += 1
        parent = next((n for n, one in enumerate(found) if one.path == line.path[:-1]), None)
        above = {1, 2} if parent is None else {parent + 2}
        # Where keys contradict each other, the one that is told may be the one beside.
        beside = {n + 2 for n, one in enumerate(found) if one.path[:-1] == line.path[:-1]} | above
        _, _, value = line.text.partition("- " if line.text.lstrip()[:2] == "- " else ": ")
        block = [one.text for one in found[start:end]]
        leaf = end == start + 1 and bool(value)
        head = line.text[: len(line.text) - len(value)] if leaf else f"{line.text} "

        def fault(
            what: str, new: list[str], place: set[int], start: int = start, end: int = end,
            line: Line = line, value: str = value,
        ) -> Fault:  # fmt: skip
            before, after = found[:start], found[end:]
            whole = [first, *(x.text for x in before), *new, *(x.text for x in after), ""]
            changed = what.removeprefix("= ").strip('"')
            words = {*line.path[-2:], value.strip('"'), changed}
            return Fault(f"{'.'.join(line.path)} {what}", "\n".join(whole), place, words)

        if leaf:
            other = another(line.path, value, base)
            yield fault(f"= {other}", [head + other], beside)
            kind = "lots" if re.fullmatch(r"~?[\d.]+", value) else "7"
            yield fault(f"= {kind}", [head + kind], {start + 2} | above)
            yield fault("= {a: 1}", [head + "{a: 1}"], {start + 2})
        else:
            yield fault("= 7", [head + "7"], {start + 2})
        yield fault("taken out", [], above | {start + 2})
        yield fault("twice", block + block, {*range(end + 2, 2 * end - start + 2)})
        if not line.text.lstrip().startswith("-"):
            wrong = block[0].replace(f"{line.path[-1]}:", f"{line.path[-1]}x:", 1)
            yield fault("misspelt", [wrong, *block[1:]], {start + 2} | above)


CHOICES = (
    ("measured", "oom", "oom_predicted", "not_measured", "unsupported"),
    ("high", "medium", "low"), ("cuda", "opencl", "driver"), ("generation_time", "iteration_time"),
    ("s", "ms", "min", "h"), ("GB", "GiB", "MiB"), ("min", "max", "value"), ("dense", "sparse"),
    ("not_stated", "not_applicable"), ("at_most", "at_least"), ("Small", "Large"),
    ("memory_floor", "memory_range"), ("speedup", "all_measured"), ("Ember", "Quill"),
    ("oom-although-it-fits", "time-although-it-does-not-fit"),
)  # fmt: skip


def another(path: tuple[str, ...], value: str, base: Dataset) -> str:
    """Return another value that could well stand at a place."""
    plain = value.strip('"')
    ids: list[list[str]] = [
        list(getattr(base, kind)) for kind in ("gpus", "models", "benchmarks", "sources")
    ]
    ids += [list(table.columns) for table in base.benchmarks.values()]
    if path[-1] in ("lesser", "greater"):
        ids.append(["need", "label"])
    if path[-1] in ("of", "record") or "concerns" in path:
        for one, other in (("aria-small", "aria-large"), ("aria-large", "aria-small"),
                           ("large-dense", "large-sparse"), ("up-to", "no-less")):  # fmt: skip
            if plain.count("/") > 1 and one in plain:
                return plain.replace(one, other)
    if path[-1] == "of" and plain.count("/") == 1:
        ids.append([f"{kind}/{name}" for kind, name in (
            ("requirements", "aria-memory"), ("benchmarks", "aria-speech"),
            ("speedups", "aria-sparse"), ("benchmarks", "aria-sparse"),
        )])  # fmt: skip
    for choices in (*CHOICES, *ids):
        if plain in choices and len(choices) > 1:
            return choices[(choices.index(plain) + 1) % len(choices)]
    if re.fullmatch(r"\d{4}-\d\d-\d\d", plain):
        return plain[:-1] + str((int(plain[-1]) + 1) % 10)
    if path[-1] == "lines":
        return '"' + ", ".join(str(int(n) + 1) for n in re.findall(r"\d+", plain)) + '"'
    if re.fullmatch(r"~?\d[\d.]*", plain):
        digit = (int(plain[-1]) + 1) % 10 or 1
        return value.replace(plain, plain[:-1] + str(digit))
    if re.fullmatch(r"[0-9a-f]{40}", plain):
        return plain[:-1] + ("0" if plain[-1] != "0" else "1")
    if "/" in plain:
        return value.replace(plain, plain[:-1] + ("7" if plain[-1] != "7" else "8"))
    return value.replace(plain, f"{plain} too")


# ---------------------------------------------------------------- what comes of a fault


def faulty(folder: Path, base: Dataset, file: str, text: str) -> tuple[Dataset, list[Problem]]:
    """Return the data set with another text of one file; the other files are not read again."""
    path = folder / "alone" / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    alone, problems = read(folder / "alone")
    path.unlink()
    kind, _, name = file.removesuffix(".yml").partition("/")
    records = getattr(alone, kind)
    if name:
        records = {one: record for one, record in getattr(base, kind).items() if one != name}
        records = dict(sorted((records | dict(getattr(alone, kind))).items()))
    documents = {**base.documents, **alone.documents}
    return replace(base, **{kind: records, "documents": documents}), problems


def shown(guide: Guide, first: str = "") -> Iterator[tuple[str, str]]:
    """Yield all that the site shows, without the copies of the files and the links to their lines.

    What has ``first`` in its name comes first, so that a difference is found soon.
    """
    yield from export.files(guide).items()
    yield from fragments.pages(guide).items()
    calls = [(call, tables.BLOCKS) for call in fragments.calls(guide)]
    for (name, arguments), home in sorted(calls, key=lambda one: first not in str(one)):
        yield f"{name} {arguments}", read_by_people(home[name](guide, "", **arguments))
    for name, html in fragments.sentences(guide).items():
        yield name, read_by_people(unescape(html))
    for name, html in copies.derivations(copies.Frame(guide, "", "", {})).items():
        yield name, read_by_people(html)


def read_by_people(html: str) -> str:
    """Return HTML without what nobody reads: references, and the numbers of lines."""
    return _UNREAD.sub("", html)


_UNREAD = re.compile(
    r' (?:data-ref|data-sort)="[^"]*"|(?<=\.yml\.html)#L\d+'
    r"|(?<=\.yml</code>), lines? \d+(?: to \d+)?"
)


def refused_at_its_place(fault: Fault, file: str, problems: list[Problem]) -> bool:
    """Return whether a problem points to the fault, or names what was changed from elsewhere.

    A row that is gone is told where the lines of the source are counted.
    """
    return any(
        (problem.file == file and problem.line in fault.place)
        or fault.words & said(problem)
        or (problem.file != file and Path(file).stem in said(problem))
        or problem.rule == "rows-match-lines"
        for problem in problems
    )


def said(problem: Problem) -> set[str]:
    """Return the words of a problem, the parts of a key or reference one by one, and each text."""
    texts = (problem.found, problem.expected, problem.hint)
    return {*problem.key.split("."), *texts, *re.findall(r"~?\w[\w.-]*", " ".join(texts))}


@pytest.mark.parametrize("file", FILES)
def test_no_fault_is_silent(folder, base, file):
    text = (folder / file).read_text(encoding="utf-8")
    before = dict(shown(derive(base)))
    silent, lost = [], []
    for fault in faults(text, base):
        dataset, problems = faulty(folder, base, file, fault.text)
        problems = problems or check(dataset)
        if problems:
            if not refused_at_its_place(fault, file, problems):
                lost.append(f"{fault.what}: {problems[0]}")
        elif all(before.get(name) == now for name, now in shown(derive(dataset), file)):
            silent.append(fault.what)
    assert lost == []
    assert silent == UNSEEN.get(file, [])


# What no reader sees, and why that is as it should be.
UNSEEN = {
    # A condition is a check of the words, no part of them.
    "recommendations.yml": ["enough-small.holds taken out", "enough-small.holds.0 twice"],
    # A setting that is left out is not stated; the name of a claim serves references only.
    "requirements/aria-memory.yml": [
        "workload.precision taken out", "workload.memory_meter taken out",
        "claims.range-large misspelt",
    ],
}  # fmt: skip


@pytest.mark.parametrize("file", FILES)
def test_a_file_that_is_gone_is_seen(folder, base, file, tmp_path):
    data = shutil.copytree(folder, tmp_path / "data")
    (data / file).unlink()
    dataset, problems = read(data)
    assert not problems
    assert check(dataset) or dict(shown(derive(dataset))) != dict(shown(derive(base)))
