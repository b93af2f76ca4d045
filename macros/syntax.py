"""What did somebody write who meant YAML, and how is it mended?

A parser tells where it could not go on; this tells what is most likely wrong, and where that
began. Imports nothing of this package; ``documents`` calls it.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

_MERGE = re.compile(r"^(<{7}|={7}|>{7}|\|{7})(?= |$)", re.MULTILINE)


class Slip(NamedTuple):
    """What is wrong, at which line and column, both counted from 1, and how to mend it."""

    line: int
    column: int
    found: str
    hint: str


def slip(error: Any, text: str) -> Slip:
    """Return what is wrong with a text at which the parser stopped with a marked error."""
    lines = text.splitlines()
    problem, context = str(error.problem or "broken YAML"), str(error.context or "")
    line, column = error.problem_mark.line, error.problem_mark.column
    begun = error.context_mark or error.problem_mark
    before = lines[line][:column].strip() if line < len(lines) else ""
    char = lines[line][column : column + 1] if line < len(lines) else ""
    start = (begun.line, begun.column)
    if merge := _MERGE.search(text):
        return Slip(
            text.count("\n", 0, merge.start()) + 1, 1, f"the mark {merge[0]} of a merge",
            "keep one of the two versions and take the marks out",
        )  # fmt: skip
    if char == "\t":
        return _at((line, column), "a tab", "indent with blanks, not with tabs")
    if "cannot start" in problem:
        return _at((line, column), f"{char} at the start of a value", "write the text in quotes")
    if "simple key" in context:
        return _at(start, "a line without a key and its value",
                   "a key ends with a colon and a blank, as in unit: s")  # fmt: skip
    if "mapping values" in problem:
        return _at((line, column), "a second colon, or a line that is indented too far",
                   "a text with a colon and a blank in it stands in quotes")  # fmt: skip
    if "flow mapping" in context or "flow sequence" in context:
        opened, end = "{}" if "mapping" in context else "[]"
        if begun.line < line:
            return _at(
                start,
                f"{opened} that is never closed",
                f"close it with {end}, or a quote inside it",
            )
        return _at((line, column), "two entries without a comma", f"write a comma, or {end}")
    if "quoted scalar" in context and "end of stream" in problem:
        return _at(start, "a quote that is never closed", "close it, or take it out")
    if "parsing a block" in context:
        if before:
            found, hint = "text behind the end of a value", "in single quotes, write a quote twice"
        elif char == "-" and "mapping" in context:
            found, hint = "an entry of a list among keys", "take the - away"
        else:
            found = "a line that is indented unlike the lines above it"
            hint = "what belongs together begins in one column"
        return _at((line, column), found, hint)
    hint = f"{context}, which began in line {begun.line + 1}" if context else ""
    return _at((line, column), problem.removeprefix("found "), hint)


def _at(place: tuple[int, int], found: str, hint: str) -> Slip:
    return Slip(place[0] + 1, place[1] + 1, found, hint)
