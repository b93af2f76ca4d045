"""What does ``python -m macros measure [options] -- COMMAND ...`` do until its file is written?

Imports neither of the two programs of ``measure``; ``cli`` and ``campaign`` import this module.
"""

from __future__ import annotations

import re
import shlex
import signal
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from ..errors import CannotRun, DataError
from . import cards, environment
from .child import Execution, execute
from .journal import Journal
from .nvml import Card, Nvml, Reader
from .options import Options

Say = Callable[[str], object]
JOURNALS = Path(".measure")
RESULTS = ("measured", "oom")


def measure(
    options: Options, say: Say, open_reader: Callable[[int | None], Reader] = Nvml
) -> tuple[int, str]:
    """Measure the command, write its run file, and return the exit status and what came of it.

    The status is 0 for a result, an out-of-memory too; 1 if the command failed or took too long.
    Raises CannotRun without a GPU or a command, DataError if the schema refuses the settings, and
    KeyboardInterrupt; finished executions stay in the journal, and the same command goes on.
    """
    if not options.command:
        raise CannotRun("nothing to measure; put the command behind --")
    if not (options.data / "gpus").is_dir():
        raise CannotRun(
            f"{options.data} has no folder gpus; measure in the root of the guide, or name its "
            "data folder with --data"
        )
    _known(options.data / "models", options.model)
    _known(options.data / "gpus", options.gpu)
    _known(options.data / "runs", options.supersedes)
    reader = open_reader(options.gpu_index)
    card = reader.card()
    gpu = options.gpu or _gpu(options.data, card, say)
    journal = Journal(JOURNALS, _identity(options, card))
    if journal.executions:
        say(f"{len(journal.executions)} finished executions found; going on from there")
    # A request to end must end the measured command too, and not leave it on the card.
    before = {one: signal.getsignal(one) for one in (signal.SIGTERM, signal.SIGHUP)}
    for one, handler in before.items():
        if handler is not signal.SIG_IGN:  # as nohup leaves it
            signal.signal(one, signal.default_int_handler)
    try:
        _repeat(options, reader, journal, say)
    except KeyboardInterrupt:
        say(f"interrupted; {len(journal.executions)} finished executions are kept, "
            "and the same command goes on from there")  # fmt: skip
        raise
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
    return _conclude(options, card, gpu, journal, say)


def run_name(gpu: str, subject: str, label: str) -> str:
    """Return the name of a run file: the card, the model or program, and a label."""
    told = f"{gpu}-{subject}-{label}".lower()
    words = re.sub(r"[^a-z0-9]+", lambda rest: "." if rest[0] == "." else "-", told)
    return words.strip("-.")[:78].rstrip("-.")  # an id has 80; "-2" may follow


def _repeat(options: Options, reader: Reader, journal: Journal, say: Say) -> None:
    """Execute the command until every repeat is in the journal, or one did not end well."""
    total = options.warmups + options.repeats
    while len(journal.executions) < total and _all_well(journal.executions):
        number = len(journal.executions) + 1
        execution = execute(
            options.command,
            reader,
            timeout_s=options.timeout,
            interval_s=options.interval_ms / 1000,
            echo=lambda line: say(f"  | {line}"),
        )
        warmup = " (warm-up)" if number <= options.warmups else ""
        say(f"{number} of {total}{warmup}: {execution.outcome}, {execution.seconds:.2f} s")
        try:
            journal.add(execution)
        except OSError as error:
            say(f"{journal.path}: {error.strerror}; an interruption would lose this execution")


def _conclude(
    options: Options, card: Card, gpu: str, journal: Journal, say: Say
) -> tuple[int, str]:
    """Write the run file from the finished executions, and forget the journal."""
    from . import record  # late: it brings the schema, which takes longer than all the rest

    last = journal.executions[-1]
    asked = environment.ask(options.command)
    software = {
        "python": last.python or asked.get("python"),
        "libraries": asked.get("libraries", {}) | last.libraries,
    }
    about = record.About(
        gpu=gpu,
        command=shlex.join(
            ["python", "-m", "macros", "measure", *_words(options), "--", *options.command]
        ),
        environment=environment.facts(card, software, options.code),
        interval_ms=options.interval_ms,
        model=options.model,
        settings=dict(options.settings),
        cap_mib=options.cap_mib,
        supersedes=options.supersedes,
        note=options.note,
    )
    composed = record.compose(about, journal.executions, options.warmups)
    name = run_name(gpu, composed.get("model") or Path(options.command[0]).stem, options.label)
    try:
        path = record.write(options.data, name, composed)
    except DataError:
        say(f"{journal.path} keeps what was measured; without that file the command begins anew")
        raise
    journal.clear()
    told = f"{last.outcome}: wrote {path}"
    if last.outcome in RESULTS:
        return 0, told
    return 1, f"{told}. This is no result and reads as not measured."


def _gpu(data: Path, card: Card, say: Say) -> str:
    found = cards.find(data, card.name)
    if found:
        return found
    path = cards.scaffold(data, card.name)
    say(f"{card.name} is not in the guide yet, so {path} was made. Commit it with the run file.")
    return path.stem


def _known(folder: Path, name: str | None) -> None:
    if name and not (folder / f"{name}.yml").is_file():
        raise CannotRun(f"{folder} has no {name}.yml")


def _identity(options: Options, card: Card) -> dict[str, object]:
    """Return what must be the same for an execution to count as one of this command.

    All that the run file will state of every repeat alike. The number of repeats is left out, so
    that a later command may ask for more of them.
    """
    return {
        "command": options.command,
        "folder": str(Path.cwd()),
        "code": environment.state(options.code),
        "card": asdict(card),
        "model": options.model,
        "settings": dict(options.settings),
        "warmups": options.warmups,
        "timeout": options.timeout,
        "cap_mib": options.cap_mib,
    }


def _all_well(executions: Sequence[Execution]) -> bool:
    return all(execution.outcome == "measured" for execution in executions)


def _words(options: Options) -> list[str]:
    """Return the options that a repetition needs, as a user would type them."""
    words = ["--model", options.model] if options.model else []
    for name, value in options.settings:
        words += ["--set", f"{name}={value}"]
    words += ["--warmups", str(options.warmups), "--repeats", str(options.repeats)]
    for option, limit in (("--timeout", options.timeout), ("--cap-mib", options.cap_mib)):
        if limit is not None:
            words += [option, f"{limit:g}"]
    return words
