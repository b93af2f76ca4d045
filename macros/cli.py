"""What can a terminal ask for, and what does it read as an answer?

Outside ``measure`` the only module that prints or reads the clock. Each command is a function that
returns 0, 1 for findings, or 2 if it could not run. Imports the rest inside the functions:
``check`` loads neither pandas nor MkDocs.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TextIO

from .errors import CannotRun, DataError, Problem, Style, report
from .measure.options import add_arguments

if TYPE_CHECKING:
    from .load import Dataset


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command that ``argv`` names and return its exit status."""
    given = vars(_parser().parse_args(argv))
    command: Callable[..., int] = given.pop("command")
    try:
        return command(**given)
    except KeyboardInterrupt:
        return 130  # what a shell reports for an interrupted command
    except BrokenPipeError:  # the reader, such as `head`, has gone; say nothing more
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 2


def check(data: Path, style: Style = "text", only_due: bool = False) -> int:
    """Read all records, run all rules, and say what is wrong."""

    def work() -> str:
        from . import rules

        dataset = rules.checked(data)
        if only_due and (found := rules.due(dataset, datetime.now(UTC).date().isoformat())):
            raise DataError(problem.under(data) for problem in found)
        if style == "json":
            return report((), style)
        if only_due:
            return f"{data}: no waiver is due for review; {len(dataset.waivers)} in all."
        return _summary(data, dataset)

    return _answer(work, style)


def build(data: Path, docs: Path, site: Path, config: Path, style: Style = "text") -> int:
    """Check the data and build the site; the last good site stays if anything is wrong."""

    def work() -> str:
        from .host import make

        make(data, docs, site, config)
        if style == "json":
            return report((), style)
        return f"{site}{os.sep} is ready; to look at it: python3 -m http.server --directory {site}"

    return _answer(work, style)


def serve(data: Path, docs: Path, config: Path, address: str) -> int:
    """Show the site at an address and build it anew on every save, until interrupted."""

    def work() -> str:
        from .preview import serve

        serve(data, docs, config, address, _say)
        return "Stopped."

    return _answer(work)


def schema(data: Path, only_check: bool = False) -> int:
    """Write the JSON Schemas of data files, for editors, and of the API, or compare them."""

    def work() -> str:
        from .editors import schema_files

        if not data.is_dir():
            raise CannotRun(f"{data}: no such data folder")
        folder = data / "schema"
        texts = {folder / path: text for path, text in schema_files().items()}
        if only_check:
            _compare(texts)
            return f"{folder}: {len(texts)} schemas are up to date."
        try:
            for path, text in texts.items():
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
        except OSError as error:
            raise CannotRun(f"{error.filename}: {error.strerror}") from error
        return f"{folder}: {len(texts)} schemas written."

    return _answer(work)


def measure(**options: Any) -> int:
    """Measure a command on a GPU, and write what was seen as one run file."""
    status = 0

    def work() -> str:
        from .measure.command import measure
        from .measure.options import Options

        nonlocal status
        status, told = measure(Options(**options), _say)
        return told

    return _answer(work) or status


def _compare(texts: dict[Path, str]) -> None:
    """Raise DataError with each schema file that differs from what the records say."""
    stale = [
        Problem(
            path.as_posix(), 0, 0, "", "stale-schema",
            "another schema" if path.exists() else "no such file",
            "what the records and shapes of the code say", "run: python -m macros schema",
        )
        for path, text in texts.items()
        if not path.exists() or path.read_bytes() != text.encode()
    ]  # fmt: skip
    if stale:
        raise DataError(stale)


def _answer(work: Callable[[], str], style: Style = "text") -> int:
    """Do the work, say what came of it, and return the exit status."""
    try:
        _say(work())
    except DataError as error:
        _say(report(error.problems, style))
        return 1
    except CannotRun as error:
        _say(f"cannot run: {error}", sys.stderr)
        return 2
    except ModuleNotFoundError as error:
        if error.name is None or error.name.startswith(__package__ or "macros"):
            raise
        _say(f"cannot run: {error.name} is not installed; `make site` installs it", sys.stderr)
        return 2
    return 0


def _say(text: str, stream: TextIO | None = None) -> None:
    """Print at once, with what the terminal cannot show spelled out."""
    stream = stream or sys.stdout
    encoding = stream.encoding or "utf-8"
    print(text.encode(encoding, "backslashreplace").decode(encoding), file=stream, flush=True)


def _summary(data: Path, dataset: Dataset) -> str:
    from .schema import KINDS

    records = sum(len(getattr(dataset, kind)) for kind in KINDS)
    rows = [row for table in dataset.benchmarks.values() for row in table.results.values()]
    rows += [table.results for table in dataset.requirements.values()]
    figures = sum(cell.value is not None for row in rows for cell in row.values())
    return f"{data}: {records} records with {figures} published figures, no problems found."


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m macros",
        description="Check the data, build the guide, or preview it.",
        epilog="Exit status: 0 all is well, 1 problems were found, 2 the command could not run.",
    )
    commands = parser.add_subparsers(required=True, metavar="command")

    def add(
        command: Callable[..., int], *folders: Literal["data", "docs", "site"]
    ) -> argparse.ArgumentParser:
        words = (command.__doc__ or "").rstrip(".")
        one = commands.add_parser(command.__name__, help=words, description=f"{words}.")
        one.set_defaults(command=command)
        for folder in folders:
            one.add_argument(f"--{folder}", type=Path, default=Path(folder), metavar="DIR")
        return one

    checking = add(check, "data")
    checking.add_argument(
        "--due", dest="only_due", action="store_true",
        help="say instead which waivers are due for review; 1 if any is",
    )  # fmt: skip
    building, serving = add(build, "data", "docs", "site"), add(serve, "data", "docs")
    for one in (checking, building):
        one.add_argument(
            "--format", dest="style", choices=("text", "json", "github"), default="text"
        )
    for one in (building, serving):
        one.add_argument("--config", type=Path, default=Path("mkdocs.yml"), metavar="FILE")
    serving.add_argument("--address", default="127.0.0.1:8000", metavar="HOST:PORT")
    add(schema, "data").add_argument(
        "--check", dest="only_check", action="store_true", help="write nothing; 1 if one is stale"
    )
    add_arguments(add(measure, "data"))
    return parser
