"""Which values stand in a YAML file, and where does each one stand?

Imports ``errors``, ``formats`` and ``syntax``; outside ``measure`` the only module that knows
PyYAML. ``load`` reads files with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from .errors import CannotRun, Problem
from .formats import STATES
from .syntax import slip

Key = tuple[str | int, ...]

MAX_BYTES = 4_000_000
MAX_DEPTH = 12  # twice what the deepest record needs
FAULT = object()  # stands where a value was refused, so that the schema can check the rest
MODELINE = "# yaml-language-server: $schema="


class Position(NamedTuple):
    """Place of a value in a file; line and column count from 1."""

    line: int
    column: int
    width: int


@dataclass(frozen=True)
class Document:
    """One YAML file: its name under the data folder, its text, and the place of each value.

    ``names`` has the places of the keys themselves, for problems with a key and not its value; not
    those in plain rows of results, which follow from the values.
    """

    file: str
    text: str
    positions: Mapping[Key, Position]
    names: Mapping[Key, Position]

    @cached_property
    def lines(self) -> list[str]:
        """The lines of the file, as YAML counts them."""
        return self.text.splitlines()

    def position(self, key: Key, name: bool = False) -> Position:
        """Return the place of ``key``, or of the nearest key above it that the file has.

        With ``name``, the place of the key itself where the file has it.
        """
        if name and key in self.names:
            return self.names[key]
        if name and key in self.positions and key and isinstance(label := key[-1], str):
            line, column, _ = self.positions[key]  # in a plain row, right before its value
            return Position(line, column - len(label) - 2, len(label))
        while key and key not in self.positions:
            key = key[:-1]
        return self.positions.get(key, Position(1, 1, 1))

    def problem(
        self, key: Key, rule: str, found: str, expected: str, hint: str = "", name: bool = False
    ) -> Problem:
        """Return a problem at ``key``, with its source line; ``name`` as in ``position``."""
        line, column, width = self.position(key, name)
        return Problem(
            file=self.file,
            line=line,
            column=column,
            key=".".join(str(part) for part in key),
            rule=rule,
            found=found,
            expected=expected,
            hint=hint,
            excerpt=self.lines[line - 1] if line <= len(self.lines) else "",
            width=width,
        )


def parse(root: Path, path: Path, kind: str, problems: list[Problem]) -> tuple[Document, Any]:
    """Return the file and its plain value, or FAULT where there is none.

    Adds what is wrong to ``problems``. Raises CannotRun if the file cannot be opened.
    """
    file, text = path.relative_to(root).as_posix(), _text(path)
    if not isinstance(text, str):
        empty = Document(file, "", {}, {})
        problems.append(empty.problem((), *text))
        return empty, FAULT
    reader = _Reader(file, text, rows=True)
    value = reader.read()
    if reader.rows or reader.problems:
        # A row stands where none is meant, or something is wrong: read every character.
        reader = _Reader(file, text)
        value = reader.read()
    if value is not FAULT and _of_another_kind(reader, kind):
        value = FAULT  # its keys would all be wrong
    problems.extend(reader.problems)
    return reader.document, value


def _text(path: Path) -> str | tuple[str, str, str, str]:
    """Return the text of a file, or rule, found, expected and hint of why there is none."""
    try:
        if not path.is_file():
            return "file", "a link that leads nowhere, or no plain file", "a plain file", ""
        if (size := path.stat().st_size) > MAX_BYTES:
            return "size", f"{size} bytes", f"{MAX_BYTES} bytes at most", ""
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        hint = "save the file again with the encoding UTF-8"
        return "yaml", f"byte {error.start + 1} is no UTF-8", "text in UTF-8", hint
    except OSError as error:
        raise CannotRun(f"{path}: {error.strerror}") from error


def _of_another_kind(reader: _Reader, kind: str) -> bool:
    """Report a first line that does not name the schema; return whether it names another one."""
    document = reader.document
    first = "".join(document.text[:200].splitlines()[:1]).rstrip()
    if first.startswith(MODELINE) and first.endswith(f"schema/{kind}.json"):
        return False
    reader.names[()] = Position(1, 1, max(1, len(first)))
    found, hint = "another first line", "editors complete and check a file that names its schema"
    other = re.fullmatch(rf"{re.escape(MODELINE)}.*schema/([a-z]+)\.json", first)
    if other:
        found = f"the first line of a file of {other[1]}"
        hint = f"put the file where {other[1]} stand, or mend its first line"
    up = "../" if "/" in document.file else ""
    reader.report((), "modeline", found, f"{MODELINE}{up}schema/{kind}.json", hint, name=True)
    return bool(other)


class _TooDeep(Exception):
    """A file nests so deep that reading on would take minutes; carries the path."""


class _Reader:
    """Turns one YAML text into dicts, lists, text, int and Decimal, and notes each place.

    Refuses what only looks right: two equal keys, aliases, tags, empty values, and plain scalars
    that YAML 1.1 reads as something else than they show (``on``, ``1:30``, ``010``). Works on the
    parser's events: a tree of nodes costs ten times as much, and libyaml's own crashes the process
    on a file with too many levels.
    """

    def __init__(self, file: str, text: str, rows: bool = False) -> None:
        self.positions: dict[Key, Position] = {}
        self.names: dict[Key, Position] = {}
        self.document = Document(file, text, self.positions, self.names)
        self.problems: list[Problem] = []
        # Plain rows of results, by the place at which the parser finds {} instead of them.
        self.rows: dict[int, str] = {}
        self.loader = yaml.CSafeLoader(self._without_rows(text) if rows else text)
        self.next: Callable[[], Any] = self.loader.get_event

    def report(
        self, key: Key, rule: str, found: str, expected: str, hint: str = "", name: bool = False
    ) -> None:
        self.problems.append(self.document.problem(key, rule, found, expected, hint, name))

    def read(self) -> Any:
        try:
            self.next()
            if isinstance(self.next(), yaml.StreamEndEvent):
                self.report((), "yaml", "an empty file", "a record")
                return FAULT
            value = self.value(self.next(), ())
            self.next()
            if isinstance(second := self.next(), yaml.DocumentStartEvent):
                self.positions[()] = _place(second)
                self.report((), "yaml", "a second document (---)", "one document")
            else:
                return value
        except yaml.MarkedYAMLError as error:
            line, column, found, hint = slip(error, self.document.text)
            self.positions[()] = Position(line, column, 1)
            self.report((), "yaml", found, "valid YAML", hint)
        except yaml.YAMLError as error:  # a character that no YAML file may hold
            char = yaml.reader.Reader.NON_PRINTABLE.search(self.document.text)
            before = self.document.text[: char.start() if char else 0].split("\n")
            self.positions[()] = Position(len(before), len(before[-1]) + 1, 1)
            self.report((), "yaml", str(error).splitlines()[0], "valid YAML")
        except _TooDeep as error:
            self.report(error.args[0], "yaml", "too many levels", f"{MAX_DEPTH} levels at most")
        finally:
            self.loader.dispose()
        return FAULT

    def value(self, event: Any, path: Key) -> Any:
        """Return the value that begins with ``event``, and go to its end."""
        if isinstance(event, yaml.ScalarEvent):
            self.positions[path] = _place(event)
            return self.scalar(event, path)
        if isinstance(event, yaml.AliasEvent):
            self.report(path, "yaml", "an alias (*name)", "the value, written out", name=True)
            return FAULT
        # A whole row or table is found by its key.
        self.positions[path] = self.names.get(path) or _place(event)
        if len(path) == MAX_DEPTH:
            raise _TooDeep(path)
        if event.tag is not None:
            self.report(path, "yaml", f"the tag {event.tag}", "a plain value without a tag")
            self.skip(path)
            return FAULT
        if isinstance(event, yaml.SequenceStartEvent):
            entries: list[Any] = []
            while not isinstance(event := self.next(), yaml.SequenceEndEvent):
                entries.append(self.value(event, (*path, len(entries))))
            return entries
        if row := self.rows.pop(event.start_mark.index, ""):
            self.next()
            return self.row(row, path, *_place(event)[:2])
        return self.mapping(path)

    def _without_rows(self, text: str) -> str:
        """Return a text with {} for each plain row of results, which is kept in ``rows``.

        A large data set has a hundred thousand results, and the parser's events cost ten times
        as much as the text itself.
        """
        parts = list[str]()
        end = length = 0
        for row in _ROW.finditer(text):
            start, stop = row.span(1)
            parts += (text[end:start], "{}")
            length += start - end
            self.rows[length] = row[1]
            length += 2
            end = stop
        return "".join((*parts, text[end:]))

    def row(self, text: str, path: Key, line: int, column: int) -> dict[str, Any]:
        """Return a plain row of results, such as {small: 8.5, large: oom}."""
        result: dict[str, Any] = {}
        column += 1
        for part in text[1:-1].split(", "):
            name, _, value = part.partition(": ")
            begin, width = column + len(name) + 2, len(value)
            self.positions[*path, name] = Position(line, begin, width)
            column = begin + width + 2
            if value[0] > "9":
                result[name] = value
            else:
                result[name] = Decimal(value) if "." in value else int(value)
        if len(result) <= text.count(", ") or "null" in result:
            self.report(path, "yaml", text, "a plain row")  # so that all is read again
        return result

    def mapping(self, path: Key) -> dict[str, Any]:
        result: dict[str, Any] = {}
        while not isinstance(event := self.next(), yaml.MappingEndEvent):
            place = _place(event)
            if not isinstance(event, yaml.ScalarEvent) or _plain_tag(event) in _NO_KEYS:
                if isinstance(event, yaml.CollectionStartEvent):
                    self.skip(path)
                self.names[*path, "?"] = place
                self.report(
                    (*path, "?"), "yaml", "a key that is no plain word", "a plain word as key",
                    name=True,
                )  # fmt: skip
                self.value(self.next(), (*path, "?"))
                continue
            key = (*path, event.value)
            if first := self.names.get(key):
                self.names[key] = place
                self.report(
                    key, "duplicate-key", f"{event.value} again", "each key once",
                    f"it stands in line {first.line} too", name=True,
                )  # fmt: skip
                self.names[key] = first
                self.value(self.next(), (*key, "again"))
                result[event.value] = FAULT  # nobody knows which of the two is meant
                continue
            self.names[key] = place
            result[event.value] = self.value(self.next(), key)
        return result

    def skip(self, path: Key) -> None:
        """Go to the end of a mapping or sequence whose start was read."""
        levels = 1
        while levels:
            event = self.next()
            levels += isinstance(event, yaml.CollectionStartEvent)
            levels -= isinstance(event, yaml.CollectionEndEvent)
            if levels > MAX_DEPTH:
                raise _TooDeep(path)

    def scalar(self, event: Any, path: Key) -> Any:
        text: str = event.value
        if event.tag is not None:
            self.report(path, "yaml", f"the tag {event.tag}", "a plain value without a tag")
            return FAULT
        tag = _plain_tag(event)
        if tag in ("str", "timestamp"):
            return text
        if tag == "number":
            return Decimal(text) if "." in text else int(text)
        if tag == "bool" and text in ("true", "false"):
            return text == "true"
        if tag == "null":
            comma = bool(path) and re.fullmatch(r"[0-9.]+", str(path[-1]))
            self.report(
                path, "empty", "no value", "a value",
                "write a number with a point and without commas, as in 1036.24" if comma
                else "leave the whole key out if there is none",
            )  # fmt: skip
        else:  # int, float, bool, merge, value
            number = tag in ("int", "float")
            self.report(
                path, "look-alike", text,
                "a plain number such as 8.5" if number else "text, true or false",
                "leave the whole key out if there is no figure" if text.endswith(_NO_FIGURE)
                else f"write the number plainly, or '{text}' if it is text" if number
                else f"YAML reads {text} as something else; write '{text}' if it is text",
            )  # fmt: skip
        return FAULT


_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,12})?")
_CELL = rf"[a-z0-9]++(?:[.-][a-z0-9]++)*+: (?:{'|'.join(STATES)}|{_NUMBER.pattern})"
_ROW = re.compile(rf"^ +[a-z0-9.-]+: (\{{{_CELL}(?:, {_CELL})*+\}})$", re.MULTILINE)
_NO_FIGURE = (".nan", ".NaN", ".NAN", ".inf", ".Inf", ".INF")
_NO_KEYS = ("null", "merge")
_resolve: Any = yaml.resolver.Resolver().resolve


def _plain_tag(event: Any) -> str:
    """Return what YAML takes a scalar for; ``number`` is one that it reads as it stands."""
    if not event.implicit[0]:
        return "str"
    return "number" if _NUMBER.fullmatch(event.value) else _word_tag(event.value)


@lru_cache(maxsize=4096)  # the same ids and states come again in every row of a table
def _word_tag(text: str) -> str:
    tag: str = _resolve(yaml.ScalarNode, text, (True, False))
    return tag.rpartition(":")[2]


def _place(event: Any) -> Position:
    start, end = event.start_mark, event.end_mark
    line, column = start.line, start.column
    width = end.column - column if end.line == line else 1
    return Position(line + 1, column + 1, width if width > 0 else 1)
