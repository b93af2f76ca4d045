"""How fast is the guide, and where does the time go?

    make bench                      all sizes; or: python -m tests.bench S M

Ratios of CPU time of one run, medians over interleaved rounds: a cold build, check and gate
included, against plain MkDocs with the same tables as ready Markdown; results a second of
``check``; and the time from a saved edit to the page served anew. Times of two runs compare ill.
"""

from __future__ import annotations

import contextlib
import gc
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from tests.synthetic import SIZES, make, write

ROOT = Path(__file__).parent.parent
ROUNDS = {"S": 5, "M": 5, "L": 3}
# Highest ratio to plain MkDocs and highest memory in MB that a build may take.
LIMITS = {"S": (1.5, 200), "M": (0.9, 250), "L": (0.4, 600)}


class Cost(NamedTuple):
    """CPU seconds of a process and all its children, and its peak memory in MB."""

    cpu: float
    memory: float


def cost(*command: str | Path, cwd: Path = ROOT) -> Cost:
    """Run a command and return what it took; it must succeed.

    Python keeps the modules it has compiled, as it does for libraries when they are installed.
    """
    kept = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            list(map(str, command)), cwd=cwd, env=kept, stdout=said, stderr=said
        )
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            sys.exit(f"{' '.join(map(str, command))} failed:\n{said.read().decode()}")
    return Cost(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def macros(command: str, folder: Path, *options: str | Path) -> list[str | Path]:
    """Return a command of the guide for the data set in ``folder``."""
    return [sys.executable, "-m", "macros", command, "--data", folder / "data", *options]


def build(folder: Path) -> list[str | Path]:
    """Return the command that builds the guide of ``folder``."""
    return macros("build", folder, "--docs", folder / "docs", "--site", folder / "site")


def compare(size: str, folder: Path) -> str:
    """Build guide and baseline in turn; return a line of the report."""
    guides, plains = [], []
    for number in range(ROUNDS[size]):
        for site in (folder / "site", folder / "baseline/site"):
            if site.exists():  # deleting it would make the next files dear
                site.rename(site.with_name(f"earlier-{number}"))
        plain = (sys.executable, "-m", "mkdocs", "build", "-q")
        plains.append(cost(*plain, cwd=folder / "baseline"))
        guides.append(cost(*build(folder)))
    ratio = median(g.cpu / p.cpu for g, p in zip(guides, plains, strict=True))
    memory = max(g.memory for g in guides)
    most, memory_most = LIMITS[size]
    return (
        f"build {size}: {ratio:.2f} of plain MkDocs (at most {most}), "
        f"{memory:.0f} MB (at most {memory_most}); "
        f"{median(g.cpu for g in guides):.2f} s against {median(p.cpu for p in plains):.2f} s"
    )


def check(size: str, folder: Path, results: int) -> str:
    """Return a line on the speed of ``check``, start-up included."""
    took = median(cost(*macros("check", folder)).cpu for _ in range(3))
    return (
        f"check {size}: {results / took:,.0f} results/s (at least 20,000 for M and L); {took:.2f} s"
    )


# ---------------------------------------------------------------- stages


STAGES = {
    "read data": "macros.load.read",
    "rules": "macros.rules.check",
    "frames": "macros.derive.guide",
    "fill slots": "macros.publish.fill",
    "copies": "macros.copies.copies",
    "derivations": "macros.copies.derivations",
    "downloads": "macros.export.files",
    "API": "macros.api.files",
    "gate": "macros.gate.verify",
    "MkDocs and theme": "macros.host.build",
}


def stages(folder: Path) -> None:
    """Build once in this process and print each stage's share of the CPU time."""
    spent: defaultdict[str, float] = defaultdict(float)
    running = ["rest"]
    last = 0.0  # imports before this module ran belong to "imports"

    def turn(name: str) -> None:
        nonlocal last
        now = time.process_time()
        spent[running[-1]] += now - last
        last = now
        if name:
            running.append(name)
        else:
            running.pop()

    def timed(name: str, work: Callable[..., Any]) -> Callable[..., Any]:
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            turn(name)
            try:
                return work(*args, **kwargs)
            finally:
                turn("")

        return wrapper

    gc.disable()  # as the command does
    turn("imports")
    import macros.host

    turn("")
    for name, path in STAGES.items():
        module, _, function = path.rpartition(".")
        original: Callable[..., Any] = getattr(sys.modules[module], function)
        for other in [m for n, m in sys.modules.items() if n.startswith("macros")]:
            if getattr(other, function, None) is original:
                setattr(other, function, timed(name, original))
    macros.host.make(folder / "data", folder / "docs", folder / "site", ROOT / "mkdocs.yml")
    turn("")
    total = sum(spent.values())
    shares = "; ".join(
        f"{name} {part / total:.0%}"
        for name, part in sorted(spent.items(), key=lambda item: -item[1])
    )
    print(f"  {shares}")


# ---------------------------------------------------------------- serve


def edits(folder: Path) -> str:
    """Serve a data set, edit a value and a page, and return how long each takes to be served."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    command = macros("serve", folder, "--docs", folder / "docs", "--address", address)
    server = subprocess.Popen(list(map(str, command)), cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        table, page = folder / "data/benchmarks/table-00.yml", folder / "docs/index.md"
        until(address, "Table-00")
        took: dict[Path, list[float]] = {table: [], page: []}
        for i in range(3):
            for path, old, new in (
                (table, r"(model-000: )[\d.]+", rf"\g<1>0.1{i}7"),
                (page, r"\Z", f"\nedit-{i}-done\n"),
            ):
                path.write_text(re.sub(old, new, path.read_text(), count=1))
                start = time.monotonic()
                until(address, f"0.1{i}7" if path is table else f"edit-{i}-done")
                took[path].append(time.monotonic() - start)
        data, text = (median(times) for times in took.values())
        return f"serve: {data:.2f} s from a saved value to the page, {text:.2f} s for Markdown"
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(10)


def answers(folder: Path) -> str:
    """Return how long the picker takes from a choice to the new layout, in a real browser."""
    from playwright.sync_api import sync_playwright

    from tests.test_picker import answer_times

    with sync_playwright() as tools:
        browser = tools.chromium.launch(executable_path=os.environ.get("CHROMIUM"))
        took = answer_times(folder, browser)
        browser.close()
    return f"picker: {median(took):.0f} ms for a choice, {took[-1]:.0f} ms at most (at most 50)"


def until(address: str, text: str) -> None:
    """Wait until the front page shows ``text``."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        with (
            contextlib.suppress(OSError),
            urllib.request.urlopen(f"http://{address}/", timeout=5) as answer,
        ):
            if text in answer.read().decode():
                return
        time.sleep(0.02)
    sys.exit(f"{text} was not served within a minute")


def main(sizes: list[str]) -> None:
    """Print the report for the given sizes."""
    took = median(cost(sys.executable, "-m", "macros", "check").cpu for _ in range(5))
    print(f"check of the guide's own data: {took:.2f} s of CPU (at most 0.5)", flush=True)
    with tempfile.TemporaryDirectory() as temporary:
        picker = Path(temporary) / "picker"
        picker.mkdir()
        print(answers(picker), flush=True)
        for size in sizes or SIZES:
            folder = Path(temporary) / size
            gpus, models, workloads = SIZES[size]
            write(make(gpus, models, workloads), folder)
            print(compare(size, folder), flush=True)
            own = [sys.executable, "-m", "tests.bench", "stages", folder]
            subprocess.run(list(map(str, own)), cwd=ROOT, check=True)
            print(check(size, folder, gpus * models * workloads), flush=True)
            if size != "L":
                print(edits(folder), flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["stages"]:
        stages(Path(sys.argv[2]))
    else:
        main(sys.argv[1:])
