"""What can be wrong, and how is it told?

Imports nothing of this package; every other module may import it.
"""

from __future__ import annotations

import difflib
import json
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal

WIDE = 240  # so much of a source line is shown, more than any table needs
Style = Literal["text", "json", "github"]


@dataclass(frozen=True, order=True)
class Problem:
    """One thing to mend: where it is, what was found, what was expected, and a hint.

    ``line`` and ``column`` count from 1; 0 means that the problem has no place in the file.
    ``excerpt`` is the source line, ``width`` the number of characters to underline in it.
    """

    file: str
    line: int
    column: int
    key: str
    rule: str
    found: str
    expected: str
    hint: str = ""
    excerpt: str = ""
    width: int = 1

    @classmethod
    def of_file(cls, file: str, rule: str, found: str, expected: str, hint: str = "") -> Problem:
        """Return the problem of a file or page as a whole, by its path."""
        return cls(file, 0, 0, file, rule, found, expected, hint)

    def under(self, folder: Path) -> Problem:
        """Return the problem with its file named from where the command was started."""
        return replace(self, file=(folder / self.file).as_posix())


class DataError(Exception):
    """The data, pages or arguments cannot be used; carries every problem that was found."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__(report(self.problems))


class CannotRun(Exception):
    """The command itself could not do its work: a folder is missing, a disk is full."""


def report(problems: Sequence[Problem], style: Style = "text") -> str:
    """Return all problems for people, for programs, or as annotations of a GitHub job."""
    if style == "json":
        return json.dumps([asdict(problem) for problem in problems], indent=2, ensure_ascii=False)
    if style == "github":
        return "\n".join(_annotation(problem) for problem in problems)
    blocks = [_block(problem) for problem in problems]
    count = "1 problem" if len(blocks) == 1 else f"{len(blocks)} problems"
    return "\n\n".join([*blocks, f"{count} found."])


def nearest(word: object, known: Iterable[str], few: int = 20) -> str:
    """Return a hint that names the known words nearest to ``word``, or lists up to ``few``."""
    words = list(known)
    by_folded, folded = {name.casefold(): name for name in words}, str(word).casefold()
    same = [folded] if folded in by_folded else []
    close = same or difflib.get_close_matches(folded, by_folded, n=3, cutoff=0.6)
    if close:
        return f"did you mean {' or '.join(by_folded[name] for name in close)}?"
    if 0 < len(words) <= few:
        return f"known: {', '.join(words)}"
    return ""


def printable(text: str) -> str:
    """Return ``text`` with control and direction marks spelled out, safe for a terminal."""
    if text.isprintable():
        return text
    return "".join(
        char if char == " " or unicodedata.category(char)[0] not in "CZ" else repr(char)[1:-1]
        for char in text
    )


def _block(problem: Problem) -> str:
    place = problem.file
    if problem.line:
        place += f":{problem.line}:{problem.column}"
    place += f": {problem.key}" if problem.key else ":"
    lines = [f"{printable(place)} [{problem.rule}]"]
    if problem.excerpt:
        start = max(0, problem.column - 1 - WIDE // 2) if len(problem.excerpt) > WIDE else 0
        shown = problem.excerpt[start : start + WIDE]
        before = printable(shown[: problem.column - 1 - start])
        under = printable(shown[problem.column - 1 - start :][: problem.width])
        number = str(problem.line)
        lines.append(f"  {number} | {printable(shown)}")
        lines.append(f"  {' ' * len(number)} | {' ' * len(before)}{'^' * max(1, len(under))}")
    lines.append(f"  found:    {printable(problem.found)}")
    lines.append(f"  expected: {printable(problem.expected)}")
    if problem.hint:
        lines.append(f"  hint:     {printable(problem.hint)}")
    return "\n".join(lines)


def _annotation(problem: Problem) -> str:
    about = f"{problem.key}: " if problem.key else ""
    message = f"{about}found {problem.found}; expected {problem.expected}"
    if problem.hint:
        message += f"; {problem.hint}"
    place = f"file={_property(problem.file)}"
    if problem.line:
        end = problem.column + problem.width
        place += f",line={problem.line},col={problem.column},endColumn={end}"
    return f"::error {place},title={_property(problem.rule)}::{_data(message)}"


def _data(text: str) -> str:
    """Escape a message as GitHub's workflow commands want it: one line, % spelled out."""
    return printable(text).replace("%", "%25")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
