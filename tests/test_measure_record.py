"""How executions and their surroundings are written down."""

import getpass
import shutil
import socket
import subprocess
import sys
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from macros.errors import CannotRun, DataError
from macros.load import load
from macros.measure import environment, record
from macros.measure.child import Execution

from .standins import CARD

ABOUT = record.About(
    gpu="ember-32",
    command="python -m macros measure -- ./render",
    environment=environment.facts(
        CARD, {"python": "3.12.3", "libraries": {"torch": "2.11.0"}}, Path()
    ),
    interval_ms=20,
)


def execution(outcome="measured", seconds=1.0, **given):
    return Execution(outcome=outcome, seconds=seconds, peak_mib={"device": 10.0}, **given)


def test_the_first_executions_are_warm_ups_and_peaks_are_the_highest_of_all():
    third = execution(seconds=2.00004, times_s={"generation": [0.5]}, samples=3, cpu_s=0.25)
    first = Execution(outcome="measured", seconds=9.0, peak_mib={"device": 44.44}, samples=1)
    found = record.compose(ABOUT, [first, execution(), third], warmups=1)
    assert found["warmup_times_s"] == {"command": [9.0]}
    assert found["times_s"] == {"command": [1.0, 2.0], "generation": [0.5]}
    assert found["peak_mib"] == {"device": 44.4}
    assert found["overhead"] == {"samples": 4, "interval_ms": 20, "cpu_s": 0.25}


def test_a_run_that_broke_off_keeps_what_was_measured_before_but_not_its_own_time(tmp_path):
    last = execution("oom", lines=["CUDA out of memory.", "\x1b[31mred\x1b[0m", " ", "end"])
    found = record.compose(ABOUT, [execution(), last], warmups=1)
    assert found["outcome"] == "oom"
    assert "times_s" not in found
    assert found["last_lines"] == ["CUDA out of memory.", r"\x1b[31mred\x1b[0m", "end"]
    record.write(tmp_path, "x", found)


def test_text_is_compact_yaml_that_reads_back_exactly(tmp_path):
    about = replace(ABOUT, settings={"steps": 35, "guidance": 7.5}, note="on: 1:30")
    one = execution(times_s={"generation": [0.1, 2.0, 1e-05]})
    found = record.compose(about, [one], warmups=0)
    path = record.write(tmp_path, "x", found)
    run = load(tmp_path).runs["x"]
    assert run.times_s["generation"] == [Decimal("0.1"), Decimal(2), Decimal(0)]
    assert run.workload.guidance == Decimal("7.5")
    assert run.note == "on: 1:30"
    assert run.environment.compute_capability == "9.0"
    assert path.stat().st_mode & 0o777 == 0o644
    assert len(path.read_text().splitlines()) < 30
    assert "generation: [0.1, 2, 0]" in path.read_text()


def test_what_the_schema_refuses_is_not_written(tmp_path):
    found = record.compose(ABOUT, [execution()], warmups=0)
    with pytest.raises(DataError):
        record.write(tmp_path, "x", found | {"gpu": "No Id"})
    assert not (tmp_path / "runs").exists()


def test_a_folder_that_cannot_be_written_to_loses_nothing(tmp_path):
    (tmp_path / "runs").write_text("a file where the folder should be")
    with pytest.raises(CannotRun, match=r"(?s)File exists.*The run is not lost.*gpu: ember-32"):
        record.write(tmp_path, "x", record.compose(ABOUT, [execution()], warmups=0))


def test_nothing_private_gets_into_a_record(monkeypatch):
    monkeypatch.setattr(getpass, "getuser", lambda: "grace")
    monkeypatch.setattr(socket, "gethostname", lambda: "node-17.lab")
    monkeypatch.setattr(Path, "home", lambda: Path("/home/grace"))
    discreet = environment.discreet
    assert discreet(f"{Path.cwd()}/run.py in /home/grace/x") == "./run.py in ~/x"
    assert discreet("/home/alan/model, /Users/ada/model") == "/home/user/model, /Users/user/model"
    assert discreet("grace@node-17.lab, not disgraced") == "user@host, not disgraced"
    assert discreet("--token abc --api-key=def") == "--token *** --api-key=***"
    assert (
        discreet("hf_abcdefghijkl https://me:pw@example.org/x") == "*** https://***@example.org/x"
    )
    assert discreet("File /opt/venv/lib/site-packages/torch/nn.py") == "File torch/nn.py"


def test_a_user_without_a_name_is_no_trouble(monkeypatch):
    def nobody():
        raise KeyError("uid not found")

    monkeypatch.setattr(getpass, "getuser", nobody)
    monkeypatch.delenv("USERNAME", raising=False)
    assert environment.discreet("plain") == "plain"


def test_versions_are_those_of_the_python_that_the_command_names(monkeypatch):
    assert environment.ask([sys.executable])["python"] == ".".join(map(str, sys.version_info[:3]))
    assert environment.ask(["./render"]) == {}
    assert environment.ask(["/nowhere/python3"]) == {}
    monkeypatch.setattr(environment, "LIBRARIES", ("pytest", "no-such-library"))
    assert list(environment.versions()) == ["pytest"]
    assert list(environment.ask([sys.executable])["libraries"]) == ["pytest"]


def test_the_commit_of_the_measured_code_is_recorded(tmp_path):
    assert environment.commit(tmp_path) == (None, False)
    git = [shutil.which("git"), "-C", str(tmp_path), "-c", "user.name=x", "-c", "user.email=x@x"]
    (tmp_path / "a").write_text("1")
    for words in (["init", "-q"], ["add", "a"], ["commit", "-qm", "x"]):
        subprocess.run([*git, *words], check=True)
    head, modified = environment.commit(tmp_path)
    assert len(head) == 40
    assert not modified
    (tmp_path / "a").write_text("2")
    assert environment.commit(tmp_path) == (head, True)
    assert environment.facts(CARD, {}, tmp_path)["modified"] is True
