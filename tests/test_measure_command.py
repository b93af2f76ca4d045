"""Commands that succeed, fail, hang, run out of memory, fork and are interrupted, measured."""

import _thread
import argparse
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import yaml

from macros.errors import CannotRun, DataError
from macros.load import load
from macros.measure import cards, channel, child, command
from macros.measure.journal import Journal
from macros.measure.options import SETTINGS, Options, add_arguments
from macros.runs import Settings

from .standins import Driver, program


@pytest.fixture
def place(tmp_path, monkeypatch):
    """An empty folder with the made-up cards and models in it, which is the current one too."""
    source = Path(__file__).parent / "data"
    for kind in ("gpus", "models"):
        (tmp_path / "data" / kind).mkdir(parents=True)
        for path in (source / kind).glob("*.yml"):
            (tmp_path / "data" / kind / path.name).write_bytes(path.read_bytes())
    monkeypatch.setattr(command, "JOURNALS", tmp_path / ".measure")
    return tmp_path


def alive(pid_file):
    """Whether the process whose id stands in the file runs; a zombie does not."""
    stat = Path(f"/proc/{pid_file.read_text()}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"


@pytest.fixture
def measure(place):
    """Measure a program with this body; returns exit status, the record, and what was said."""

    def run(body, *, driver=None, **given):
        said = []
        options = Options(
            program=["--", *program(place / "program.py", body)],
            **{"data": place / "data", "warmups": 0, "repeats": 1, "interval_ms": 5, **given},
        )
        driver = driver or Driver(place / "seen")
        status, told = command.measure(options, said.append, lambda _: driver)
        path = Path(told.split("wrote ")[1].split(". This")[0])
        # Loaded alone: the other data of the made-up family are in no need of checking here.
        return status, yaml.safe_load(path.read_text()), [*said, told]

    return run


def test_a_command_that_succeeds_becomes_a_run_file_that_the_guide_can_read(measure, place):
    status, run, said = measure("use(1200)\nsleep(0.1)\nprint('ready')", warmups=1, repeats=2)
    assert status == 0
    assert run["outcome"] == "measured"
    assert len(run["warmup_times_s"]["command"]) == 1
    assert len(run["times_s"]["command"]) == 2
    assert all(0.1 < seconds < 20 for seconds in run["times_s"]["command"])
    assert run["gpu"] == "ember-32"
    assert run["peak_mib"] == {"process": 1200, "device": 1240, "device_idle": 40}
    assert run["last_lines"] == ["ready"]
    assert run["environment"]["gpu_name"] == "NVIDIA Lumen Ember-32"
    assert run["environment"]["python"] == ".".join(map(str, sys.version_info[:3]))
    assert run["overhead"]["samples"] > 3
    assert run["overhead"]["cpu_s"] < 2
    assert run["command"].startswith("python -m macros measure --warmups 1 --repeats 2 -- ")
    assert "  | ready" in said
    assert not list((place / ".measure").iterdir())
    text = next((place / "data/runs").iterdir()).read_text()
    assert text.count("\n") <= 40


def test_the_record_is_valid_and_a_second_one_never_takes_its_place(measure, place):
    measure("print(1)", label="First try")
    measure("print(1)", label="First try")
    names = sorted(path.name for path in (place / "data/runs").iterdir())
    python = Path(sys.executable).stem
    assert names == [f"ember-32-{python}-first-try{end}.yml" for end in ("-2", "")]
    for folder in ("gpus", "models"):
        for path in (place / "data" / folder).iterdir():
            path.unlink()
    assert len(load(place / "data").runs) == 2


def test_any_label_becomes_part_of_a_valid_name():
    assert command.run_name("a", "b", "2.5 ../Ünï (x)") == "a-b-2.5-n-x"


def test_the_program_adds_its_own_numbers_through_the_channel(measure):
    _, run, _ = measure(
        "send(model='aria-small', settings={'steps': 4, 'resolution': '64x64'})\n"
        "send(times_s={'generation': 2.5}, warmup=True)\n"
        "send(times_s={'generation': 1.25})\nsend(times_s={'generation': 1.5})\n"
        "send(peak_mib={'allocated': 100.04})\nsend(peak_mib={'allocated': 90})\n"
        "send(cap_mib=4096, python='3.99.1', libraries={'torch': '9.9'})\n"
        "send(times_s='nonsense')\n"
        f"with open(os.environ[{channel.VARIABLE!r}], 'a') as file:\n"
        "    print('no message', 7, sep=chr(10), file=file)",
        settings=(("guidance", 7.5),),
    )
    assert run["model"] == "aria-small"
    assert run["workload"] == {"resolution": "64x64", "steps": 4, "guidance": 7.5}
    assert run["times_s"]["generation"] == [1.25, 1.5]
    assert run["warmup_times_s"] == {"generation": [2.5]}
    assert run["peak_mib"]["allocated"] == 100
    assert run["cap_mib"] == 4096
    assert run["environment"]["python"] == "3.99.1"
    assert run["environment"]["libraries"]["torch"] == "9.9"
    assert "not understood" in run["last_lines"][0]


def test_memory_from_before_a_program_says_so_does_not_count(measure):
    _, run, _ = measure(
        "use(5000)\nsleep(0.1)\nuse(800)\nsend(forget_peaks=True)\nsleep(0.1)\n"
        "use(900)\nsleep(0.1)\nuse(700)"
    )
    assert run["peak_mib"] == {"process": 900, "device": 940, "device_idle": 40}


def test_a_run_can_name_the_run_that_it_repeats(measure):
    measure("use(700)", label="first")
    python = Path(sys.executable).stem
    _, run, _ = measure("use(700)", supersedes=f"ember-32-{python}-first")
    assert run["supersedes"] == f"ember-32-{python}-first"


def test_a_program_that_is_not_measured_sends_nothing(monkeypatch):
    monkeypatch.delenv(channel.VARIABLE, raising=False)
    channel.send(model="aria-small")


def test_a_command_that_fails_is_no_result_and_ends_the_measuring(measure):
    status, run, said = measure("print('about to fail')\nsys.exit(3)", repeats=3)
    assert status == 1
    assert run["outcome"] == "failed"
    assert "times_s" not in run
    assert run["last_lines"] == ["about to fail", "(ended by exit status 3)"]
    assert said[-1].endswith("This is no result and reads as not measured.")


def test_a_command_that_is_killed_says_so(measure):
    _, run, _ = measure("os.kill(os.getpid(), 9)")
    assert run["outcome"] == "failed"
    assert run["last_lines"] == ["(ended by signal 9)"]


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        ("sys.exit('torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2 GiB')", "oom"),
        ("sys.exit('RuntimeError: CUBLAS_STATUS_ALLOC_FAILED when calling cublasCreate')", "oom"),
        ("send(outcome='oom')\nsys.exit(1)", "oom"),
        ("send(outcome='oom')", "oom"),
        ("print('CUDA out of memory, so a smaller batch was taken')", "measured"),
        ("sys.exit('MemoryError')", "failed"),
    ],
)
def test_running_out_of_memory_is_told_from_other_failures(measure, body, outcome):
    status, run, _ = measure(body)
    assert run["outcome"] == outcome
    assert status == (0 if outcome in ("oom", "measured") else 1)


def test_a_command_that_hangs_is_stopped_with_all_that_it_started(measure, place, monkeypatch):
    monkeypatch.setattr(child, "GRACE_S", 0.3)
    began = time.monotonic()
    status, run, _ = measure(
        "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "more = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        f"open({str(place / 'pid')!r}, 'w').write(str(os.getpid()))\n"
        f"open({str(place / 'more')!r}, 'w').write(str(more.pid))\nprint('in')\n"
        "sleep(60)",
        timeout=1.0,
    )
    assert time.monotonic() - began < 20
    assert (status, run["outcome"]) == (1, "timeout")
    assert run["last_lines"] == ["in"]
    assert not alive(place / "pid")
    assert not alive(place / "more")


def test_memory_of_forked_processes_counts_and_they_do_not_outlive_the_command(measure, place):
    _, run, _ = measure(
        "if os.fork() == 0:\n"
        "    use(300)\n"
        f"    open({str(place / 'pid')!r}, 'w').write(str(os.getpid()))\n"
        "    sleep(60)\n"
        "use(1000)\nsleep(0.3)"
    )
    assert run["outcome"] == "measured"
    assert run["peak_mib"]["process"] == 1300
    assert not alive(place / "pid")


def test_workers_in_a_session_of_their_own_count_and_do_not_outlive_the_command(measure, place):
    worker = place / "worker.py"
    program(
        worker, f"use(300)\nopen({str(place / 'pid')!r}, 'w').write(str(os.getpid()))\nsleep(60)"
    )
    _, run, _ = measure(
        f"subprocess.Popen([sys.executable, {str(worker)!r}], start_new_session=True)\n"
        f"while not os.path.exists({str(place / 'pid')!r}):\n    sleep(0.01)\n"
        "use(1000)\nsleep(0.3)"
    )
    assert run["outcome"] == "measured"
    assert run["peak_mib"]["process"] == 1300
    assert not alive(place / "pid")


def test_an_interruption_while_the_command_starts_ends_it_too(place, monkeypatch):
    started = []
    popen = subprocess.Popen

    def start(*words, **given):
        started.append(popen(*words, **given))
        return started[-1]

    def interrupt(_: threading.Thread) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(subprocess, "Popen", start)
    monkeypatch.setattr(threading.Thread, "start", interrupt)
    with pytest.raises(KeyboardInterrupt):
        child.Child(program(place / "program.py", "sleep(60)"), Driver(place / "seen"), 1, str)
    with started[0] as process:
        assert process.wait(5) == -signal.SIGKILL


def test_a_second_interruption_ends_a_stubborn_command_at_once(place):
    command = program(
        place / "program.py",
        "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('in')\nsleep(60)",
    )
    with child.Child(command, Driver(place / "seen"), 0.005, str) as stubborn:
        while not stubborn.lines:
            time.sleep(0.01)
        began = time.monotonic()
        threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()
        with pytest.raises(KeyboardInterrupt):
            stubborn.stop()
        assert stubborn.process.returncode == -signal.SIGKILL
        assert time.monotonic() - began < child.GRACE_S / 2


def test_memory_of_other_programs_counts_for_the_device_alone(measure, place):
    other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(30)"])
    (place / "seen").write_text(f"{other.pid} 5000\n")
    try:
        _, run, _ = measure("use(100)\nsleep(0.2)")
    finally:
        other.kill()
        other.wait()
    assert run["peak_mib"] == {"process": 100, "device": 5140, "device_idle": 5040}


def interrupted(place):
    """A driver that interrupts the measuring once a new execution stands in the journal."""
    driver = Driver(place / "seen")
    journal = place / ".measure"

    def size():
        return sum(path.stat().st_size for path in journal.glob("*"))

    def interrupt(_: int) -> None:
        if size() > before:
            _thread.interrupt_main()

    before = size()
    driver.on_look = interrupt
    return driver


def test_an_interruption_keeps_finished_executions_and_the_same_command_goes_on(measure, place):
    journal = place / ".measure"
    body = "sleep(0.2)\nprint(time.time())"
    with pytest.raises(KeyboardInterrupt):
        measure(body, driver=interrupted(place), repeats=2)
    assert not (place / "data/runs").exists()
    status, run, said = measure(body, repeats=2)
    assert status == 0
    assert said[0] == "1 finished executions found; going on from there"
    assert len(run["times_s"]["command"]) == 2
    assert not list(journal.iterdir())


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_real_interrupt_ends_the_command_with_the_status_that_shells_use(place, sent):
    script = (
        "import sys; from pathlib import Path; from macros import cli\n"
        "from macros.measure import command; from tests.standins import Driver\n"
        f"command.Nvml = lambda _: Driver(Path({str(place / 'seen')!r}))\n"
        "command.measure.__defaults__ = (command.Nvml,)\n"
        f"command.JOURNALS = Path({str(place / '.measure')!r})\n"
        f"sys.exit(cli.main(['measure', '--data', {str(place / 'data')!r}, '--', sys.executable,"
        " '-c', 'import os, time; print(os.getpid(), flush=True); time.sleep(60)']))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert process.stdout is not None
    measured = int(process.stdout.readline().removeprefix("  | "))
    process.send_signal(sent)
    assert "interrupted; 0 finished executions are kept" in process.communicate(timeout=30)[0]
    assert process.returncode == 130
    (place / "pid").write_text(str(measured))
    assert not alive(place / "pid")


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ({}, {"settings": (("steps", 9),)}),
        ({}, {"model": "aria-small"}),
        ({}, {"timeout": 50.0}),
        ({"warmups": 1}, {}),
        ({}, {"cap_mib": 4000.0}),
    ],
)
def test_executions_with_other_options_are_not_gone_on_from(measure, place, first, then):
    given = {"driver": interrupted(place), "repeats": 3}
    with pytest.raises(KeyboardInterrupt):
        measure("print(time.time())", **{**given, **first})
    _, run, said = measure("print(time.time())", **then)
    assert "finished executions found" not in said[0]
    assert len(run["times_s"]["command"]) == 1


def test_executions_of_other_code_are_not_gone_on_from(measure, place):
    def git(*words):
        subprocess.run(
            ["git", "-C", str(place), "-c", "user.name=A", "-c", "user.email=a@b.c", *words],
            check=True, capture_output=True,
        )  # fmt: skip

    def measured_anew():
        with pytest.raises(KeyboardInterrupt):
            measure(body, driver=interrupted(place), repeats=3, code=place)
        return len(list((place / ".measure").iterdir()))

    body = "print(time.time())"
    code = place / "code.txt"
    git("init")
    for number, text in enumerate(("one", "two"), start=1):
        code.write_text(text)
        git("add", "code.txt")
        git("commit", "-m", text)
        assert measured_anew() == number
        assert measured_anew() == number
    code.write_bytes(b"\xff three")
    assert measured_anew() == 3


def test_a_full_disk_loses_no_execution(measure, monkeypatch):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(CannotRun, match=r"(?s)No space left.*not lost.*outcome: measured"):
        measure("print('work')")
    monkeypatch.undo()


def test_a_journal_that_a_crash_cut_off_keeps_its_whole_lines(place):
    journal = Journal(place / ".measure", {"command": "x"})
    journal.add(child.Execution(outcome="measured", seconds=1.5))
    with journal.path.open("a") as file:
        file.write('{"outcome": "measu')
    (found,) = Journal(place / ".measure", {"command": "x"}).executions
    assert found == child.Execution(outcome="measured", seconds=1.5)
    assert Journal(place / ".measure", {"command": "y"}).executions == []


def test_settings_that_the_schema_refuses_leave_the_journal(place):
    said = []
    options = Options(
        program=["true"], data=place / "data", repeats=1, settings=(("steps", "<b>"),)
    )
    with pytest.raises(DataError):
        command.measure(options, said.append, lambda _: Driver(place / "seen"))
    (journal,) = (place / ".measure").iterdir()
    assert said[-1].startswith(f"{journal} keeps what was measured")
    assert not list((place / "data/runs").glob("*"))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"program": []}, "put the command behind --"),
        ({"program": ["--", "no-such-program-here"]}, "no-such-program-here: No such file"),
        ({"program": ["x"], "model": "none"}, "has no none.yml"),
        ({"program": ["x"], "gpu": "none"}, "has no none.yml"),
        ({"program": ["x"], "data": Path("elsewhere")}, "elsewhere has no folder gpus"),
    ],
)
def test_what_cannot_run_says_why(place, given, message):
    options = Options(**{"data": place / "data", **given})
    with pytest.raises(CannotRun, match=message):
        command.measure(options, str, lambda _: Driver(place / "seen"))


def test_an_unknown_card_gets_a_file_to_fill_in(measure, place):
    driver = Driver(place / "seen", name="NVIDIA Nova 9 (test) 24GB")
    _, run, said = measure("print(1)", driver=driver)
    assert run["gpu"] == "nova-9-test-24gb"
    assert "not in the guide yet" in said[0]
    text = (place / "data/gpus/nova-9-test-24gb.yml").read_text()
    assert yaml.safe_load(text) == {"name": "NVIDIA Nova 9 (test) 24GB"}
    _, run, said = measure("print(1)", driver=driver)
    assert run["gpu"] == "nova-9-test-24gb"


def test_a_file_that_does_not_know_the_name_of_its_card_is_not_written_over(measure, place):
    (place / "data/gpus/nova-9.yml").write_text("name: Supernova\n")
    with pytest.raises(CannotRun, match=r"add the line driver_names: \[NVIDIA Nova 9\]"):
        measure("print(1)", driver=Driver(place / "seen", name="NVIDIA Nova 9"))
    (place / "data/gpus/nova-9.yml").write_text("name: Supernova\ndriver_names: [NVIDIA Nova 9]\n")
    _, run, _ = measure("print(1)", driver=Driver(place / "seen", name="NVIDIA Nova 9"))
    assert run["gpu"] == "nova-9"


def test_a_name_that_can_be_several_cards_is_asked_about(measure, place):
    with pytest.raises(CannotRun, match="can be ember-32 or ember-80; say which with --gpu"):
        measure("print(1)", driver=Driver(place / "seen", name="Ember"))
    _, run, _ = measure("print(1)", driver=Driver(place / "seen", name="Ember"), gpu="ember-80")
    assert run["gpu"] == "ember-80"


@pytest.mark.parametrize("broken", ["aliases:", "aliases: 5", "one_of: ember-80", "name: ["])
def test_a_broken_file_of_a_card_keeps_nobody_from_measuring(place, broken):
    (place / "data/gpus/broken.yml").write_text(f"{broken}\n")
    assert cards.find(place / "data", "Lumen Ember-80 PCIe") == "ember-80"


def parsed(*words):
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return Options(**vars(parser.parse_args(words)))


def test_options_are_read_from_the_command_line():
    options = parsed("--set", "steps=35", "--set", "guidance=7.5", "--set", "attention=dense",
        "--warmups", "0", "--cap-mib", "16000.5", "--", "./render", "--fast")  # fmt: skip
    assert options.settings == [("steps", 35), ("guidance", 7.5), ("attention", "dense")]
    assert options.command == ["./render", "--fast"]
    assert (options.warmups, options.repeats, options.cap_mib) == (0, 3, 16000.5)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--set", "speed=high"), "not NAME=VALUE with one of the names task, resolution"),
        (("--set", "steps"), "not NAME=VALUE"),
        (("--warmups", "few"), "'few' is no whole number"),
        (("--repeats", "0"), "must be at least 1"),
        (("--timeout", "-1"), "'-1' is no number above zero"),
        (("--cap-mib", "nan"), "'nan' is no number above zero"),
        (("--cap-mib", "16GB"), "'16GB' is no number above zero"),
    ],
)
def test_wrong_options_are_refused(capsys, words, message):
    with pytest.raises(SystemExit):
        parsed(*words, "--", "./render")
    assert message in capsys.readouterr().err


def test_options_have_every_setting_of_the_schema():
    assert set(Settings.model_fields) == set(SETTINGS)


def test_measuring_starts_at_once_and_without_what_it_does_not_need():
    script = (
        "import os, sys, time\n"
        "from macros.measure import child, command, cards\n"
        "from macros.measure.options import Options\n"
        "cards.find(__import__('pathlib').Path('data'), 'NVIDIA H200')\n"
        "print(time.process_time())\n"
        "print(sorted({'pandas', 'mkdocs', 'pydantic', 'torch'} & set(sys.modules)))"
    )
    answers = [
        subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, check=True
        ).stdout.split("\n")
        for _ in range(3)
    ]
    assert all(answer[1] == "[]" for answer in answers)
    assert min(float(answer[0]) for answer in answers) < 0.3


@pytest.mark.parametrize(("words", "status"), [(("--help",), 0), (("aria-small",), 2)])
def test_the_runner_of_pipelines_says_what_it_needs_where_that_is_missing(words, status):
    code = (
        "import sys; sys.modules['torch'] = sys.modules['diffusers'] = None\n"
        "from macros.measure import pipeline; sys.exit(pipeline.main())"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code, *words], capture_output=True, text=True, check=False
    )
    assert answer.returncode == status
    if status:
        place, expected, hint = answer.stderr.splitlines()
        assert place == f"{sys.executable}: no module diffusers"
        assert "requirements-pipeline.txt" in expected
        assert "make test-pipeline installs it" in hint
    else:
        assert "--text-encoder-precision" in answer.stdout
        assert answer.stderr == ""
