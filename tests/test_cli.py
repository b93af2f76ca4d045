"""Does each command say what it did, and return 0, 1 for findings or 2 if it could not run?"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

from macros import cli, host, preview
from macros.cli import main
from macros.errors import CannotRun, DataError, Problem

ROOT = Path(__file__).parents[1]
PROBLEM = Problem("docs/index.md", 3, 1, "table", "macro", "no such table", "a known id")

# ---------------------------------------------------------------- check

TWO_PROBLEMS = """\
data/benchmarks/aria-speech.yml:19:44: results.ember-32.aria-large [schema]
  19 |   ember-32: {aria-small: 4.20, aria-large: omm}
     |                                            ^^^
  found:    omm
  expected: a number such as 8.5, ~8.5 for an approximate one, or oom, oom_predicted, \
not_measured, unsupported
  hint:     did you mean oom?

data/gpus/ember-80.yml:14:17: usable_memory.2.total_mib [plausible-usable-memory]
  14 |   - {total_mib: 91559, meter: driver, source: {id: aria-performance, lines: 8}, note: One \
card alone.}
     |                 ^^^^^
  found:    91559 MiB
  expected: between 69632 and 81920 MiB

2 problems found.
"""


@pytest.fixture
def broken(edit, monkeypatch):
    """The small data set with a typing error in one file and a wrong unit in another."""
    edit("benchmarks/aria-speech.yml", "aria-large: oom}", "aria-large: omm}")
    data = edit("gpus/ember-80.yml", "81559", "91559")
    monkeypatch.chdir(data.parent)
    return data


def test_check_says_how_much_was_checked(data, monkeypatch, capsys):
    monkeypatch.chdir(data.parent)

    assert main(["check"]) == 0
    out = capsys.readouterr().out
    assert out == "data: 28 records with 13 published figures, no problems found.\n"


@pytest.mark.usefixtures("broken")
def test_check_reports_all_problems_in_full(capsys):
    assert main(["check"]) == 1
    assert capsys.readouterr().out == TWO_PROBLEMS


@pytest.mark.usefixtures("broken")
def test_check_reports_to_programs(capsys):
    assert main(["check", "--format", "json"]) == 1

    first, second = json.loads(capsys.readouterr().out)
    assert (first["file"], first["line"], first["column"], first["width"]) == (
        "data/benchmarks/aria-speech.yml", 19, 44, 3,
    )  # fmt: skip
    assert second["rule"] == "plausible-usable-memory"


def test_check_tells_programs_that_there_are_no_problems(mini, capsys):
    assert main(["check", "--data", str(mini), "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out) == []


@pytest.mark.usefixtures("broken")
def test_check_reports_to_github(capsys):
    assert main(["check", "--format", "github"]) == 1

    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith(
        "::error file=data/benchmarks/aria-speech.yml,line=19,col=44,endColumn=47,title=schema::"
        "results.ember-32.aria-large: found omm; expected a number such as 8.5"
    )
    assert second.startswith("::error file=data/gpus/ember-80.yml,line=14,")


def test_check_cannot_run_without_data(tmp_path, capsys):
    assert main(["check", "--data", str(tmp_path / "none")]) == 2
    assert capsys.readouterr().err == f"cannot run: {tmp_path}/none: no such data folder\n"


# ---------------------------------------------------------------- check --due


@pytest.fixture
def day(monkeypatch):
    """Set the day on which a command runs."""

    def set_day(text: str) -> None:
        class Clock(datetime):
            @classmethod
            def now(cls, tz=None):
                return datetime.fromisoformat(text).replace(tzinfo=tz)

        monkeypatch.setattr(cli, "datetime", Clock)

    return set_day


def test_check_due_says_that_no_waiver_is_due(data, day, monkeypatch, capsys):
    monkeypatch.chdir(data.parent)
    day("2026-12-31")

    assert main(["check", "--due"]) == 0
    assert main(["check", "--due", "--format", "json"]) == 0
    assert capsys.readouterr().out == ("data: no waiver is due for review; 1 in all.\n[]\n")


def test_check_due_lists_the_waivers_whose_review_date_has_come(data, day, monkeypatch, capsys):
    monkeypatch.chdir(data.parent)
    day("2027-01-01")

    assert main(["check", "--due"]) == 1
    assert capsys.readouterr().out.startswith(
        "data/waivers.yml:8:14: large-on-ember-32.review_on [due]\n"
    )
    assert main(["check", "--due", "--format", "github"]) == 1
    assert capsys.readouterr().out.startswith("::error file=data/waivers.yml,line=8,col=14,")
    assert main(["check"]) == 0, "a date alone breaks no check and no build"


def test_check_due_tells_a_problem_of_the_data_first(edit, day, capsys):
    data = edit("waivers.yml", "review_on: 2027-01-01", "review_on: soon")
    day("2028-01-01")

    assert main(["check", "--due", "--data", str(data)]) == 1
    assert "expected: a date such as 2026-11-22" in capsys.readouterr().out


@pytest.mark.parametrize("module", sorted(path.stem for path in (ROOT / "macros").glob("*.py")))
def test_only_the_terminal_reads_the_clock(module):
    text = (ROOT / f"macros/{module}.py").read_text(encoding="utf-8")

    clock = re.findall(r"\b(?:now|today|utcnow|time\.time|gmtime|localtime)\(", text)
    assert clock == (["now("] if module == "cli" else [])


# ---------------------------------------------------------------- build and serve


def test_build_says_how_to_look_at_the_site(monkeypatch, capsys):
    calls = []
    monkeypatch.setattr(host, "make", lambda *given: calls.append(given))

    assert main(["build", "--data", "d", "--docs", "p", "--site", "s", "--config", "c.yml"]) == 0
    told = "s/ is ready; to look at it: python3 -m http.server --directory s\n"
    assert capsys.readouterr().out == told
    assert calls == [(Path("d"), Path("p"), Path("s"), Path("c.yml"))]


def test_build_takes_the_folders_of_this_repository_by_itself(monkeypatch):
    calls = []
    monkeypatch.setattr(host, "make", lambda *given: calls.append(given))

    assert main(["build"]) == 0
    assert calls == [(Path("data"), Path("docs"), Path("site"), Path("mkdocs.yml"))]


def test_build_reports_what_is_wrong_with_pages(monkeypatch, capsys):
    def make(*_: Path) -> None:
        raise DataError([PROBLEM])

    monkeypatch.setattr(host, "make", make)

    assert main(["build"]) == 1
    assert capsys.readouterr().out == (
        "docs/index.md:3:1: table [macro]\n"
        "  found:    no such table\n"
        "  expected: a known id\n"
        "\n"
        "1 problem found.\n"
    )


@pytest.mark.parametrize(
    ("style", "said"),
    [("json", "[]\n"), ("github", "site/ is ready; to look at it: python3 -m http.server --dir")],
)
def test_build_answers_programs_too(monkeypatch, capsys, style, said):
    monkeypatch.setattr(host, "make", lambda *_: None)
    assert main(["build", "--format", style]) == 0
    assert capsys.readouterr().out.startswith(said)


def test_build_tells_github_on_which_line_of_a_page_a_problem_stands(monkeypatch, capsys):
    def make(*_: Path) -> None:
        raise DataError([PROBLEM])

    monkeypatch.setattr(host, "make", make)

    assert main(["build", "--format", "github"]) == 1
    assert capsys.readouterr().out == (
        "::error file=docs/index.md,line=3,col=1,endColumn=2,title=macro::"
        "table: found no such table; expected a known id\n"
    )


def test_build_says_why_it_could_not_run(monkeypatch, capsys):
    def make(*_: Path) -> None:
        raise CannotRun("site: no space left on the disk")

    monkeypatch.setattr(host, "make", make)

    assert main(["build"]) == 2
    assert capsys.readouterr() == ("", "cannot run: site: no space left on the disk\n")


def test_build_names_a_package_that_is_not_installed(monkeypatch, capsys):
    def missing(*_: Path) -> None:
        raise ModuleNotFoundError("No module named 'lxml.etree'", name="lxml.etree")

    monkeypatch.setattr(host, "make", missing)

    assert main(["build"]) == 2
    assert capsys.readouterr().err == (
        "cannot run: lxml.etree is not installed; `make site` installs it\n"
    )


def test_a_module_of_the_package_that_is_missing_is_no_problem_of_the_data(monkeypatch):
    def missing(*_: Path) -> None:
        raise ModuleNotFoundError("No module named 'macros.gone'", name="macros.gone")

    monkeypatch.setattr(host, "make", missing)

    with pytest.raises(ModuleNotFoundError):
        main(["build"])


def test_serve_runs_until_it_is_stopped(monkeypatch, capsys):
    calls = []

    def serve(*given) -> None:
        calls.append(given[:4])
        given[4]("Serving on http://127.0.0.1:8001/")

    monkeypatch.setattr(preview, "serve", serve)

    assert main(["serve", "--address", "127.0.0.1:8001"]) == 0
    assert calls == [(Path("data"), Path("docs"), Path("mkdocs.yml"), "127.0.0.1:8001")]
    assert capsys.readouterr().out == "Serving on http://127.0.0.1:8001/\nStopped.\n"


# ---------------------------------------------------------------- schema


def test_schema_writes_what_editors_read(data, monkeypatch, capsys):
    monkeypatch.chdir(data.parent)

    assert main(["schema"]) == 0
    assert main(["schema", "--check"]) == 0
    assert capsys.readouterr().out == (
        "data/schema: 18 schemas written.\ndata/schema: 18 schemas are up to date.\n"
    )
    assert json.loads((data / "schema/gpus.json").read_text())["title"] == "Gpu"
    assert json.loads((data / "schema/api/gpus.json").read_text())["title"] == "GpuDocument"


def test_schema_names_each_file_that_is_stale(data, monkeypatch, capsys):
    monkeypatch.chdir(data.parent)
    main(["schema"])
    (data / "schema/gpus.json").write_text("{}")
    (data / "schema/notes.json").unlink()
    capsys.readouterr()

    assert main(["schema", "--check"]) == 1
    assert capsys.readouterr().out == (
        "data/schema/gpus.json: [stale-schema]\n"
        "  found:    another schema\n"
        "  expected: what the records and shapes of the code say\n"
        "  hint:     run: python -m macros schema\n"
        "\n"
        "data/schema/notes.json: [stale-schema]\n"
        "  found:    no such file\n"
        "  expected: what the records and shapes of the code say\n"
        "  hint:     run: python -m macros schema\n"
        "\n"
        "2 problems found.\n"
    )


def test_schema_cannot_run_without_a_folder(tmp_path, capsys):
    assert main(["schema", "--data", str(tmp_path / "none")]) == 2

    (tmp_path / "schema").touch()
    assert main(["schema", "--data", str(tmp_path)]) == 2
    assert capsys.readouterr().err == (
        f"cannot run: {tmp_path}/none: no such data folder\n"
        f"cannot run: {tmp_path}/schema: File exists\n"
    )


# ---------------------------------------------------------------- the terminal


@pytest.mark.parametrize(
    "arguments", [[], ["chek"], ["check", "--format", "xml"], ["check", "--bogus"]]
)
def test_wrong_arguments_are_told_without_a_traceback(arguments, capsys):
    with pytest.raises(SystemExit) as stop:
        main(arguments)

    assert stop.value.code == 2
    assert capsys.readouterr().err.startswith("usage: python -m macros")


def test_help_names_every_command(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["--help"])

    assert stop.value.code == 0
    text = capsys.readouterr().out
    for command in ("check", "build", "serve", "schema"):
        assert f"    {command}  " in text


@pytest.mark.parametrize("command", [["check"], ["schema", "--check"]])
def test_the_package_runs_as_a_program(command):
    run = subprocess.run(
        [sys.executable, "-m", "macros", *command],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.startswith("data")


def test_an_interrupted_command_says_nothing(monkeypatch):
    def make(*_: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(host, "make", make)

    assert main(["build"]) == 130


def test_a_reader_that_goes_away_is_no_error(mini):
    """As in: python -m macros check | head -0."""
    reading, writing = os.pipe()
    os.close(reading)
    run = subprocess.run(
        [sys.executable, "-m", "macros", "check", "--data", mini],
        cwd=ROOT, stdout=writing, stderr=subprocess.PIPE, check=False,
    )  # fmt: skip
    os.close(writing)

    assert (run.returncode, run.stderr) == (2, b"")


def test_what_a_terminal_cannot_show_is_spelled_out(tmp_path):
    with (tmp_path / "out").open("w", encoding="ascii") as out:
        cli._say("✕ \udcff", out)

    assert (tmp_path / "out").read_text() == "\\u2715 \\udcff\n"
