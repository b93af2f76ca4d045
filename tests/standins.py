"""What stands in for a GPU, its driver, and a program that uses it?"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from macros.measure.nvml import Card, Usage

CARD = Card(
    index=0,
    name="NVIDIA Lumen Ember-32",
    memory_total_mib=32607,
    memory_reserved_mib=600,
    compute_capability="9.0",
    driver="580.159.04",
    cuda="13.0",
    power_limit_w=350.0,
)


class Driver:
    """A driver that sees the memory which programs write into a file: lines of pid and MiB."""

    def __init__(self, seen: Path, name: str = CARD.name) -> None:
        self.seen = seen
        self.facts = replace(CARD, name=name)
        self.looks = 0
        self.on_look: Callable[[int], None] = lambda _: None

    def card(self) -> Card:
        return self.facts

    def usage(self) -> Usage:
        self.looks += 1
        self.on_look(self.looks)
        found: dict[int, float] = {}
        if self.seen.exists():
            for line in self.seen.read_text().splitlines():
                pid, mib = line.split()
                if Path(f"/proc/{pid}").exists():
                    found[int(pid)] = float(mib)
        return Usage(40.0 + sum(found.values()), found)


def program(path: Path, body: str) -> list[str]:
    """Write a program that may call ``use(mib)``, ``send(...)`` and ``sleep(s)``; its command."""
    path.write_text(
        "import os, subprocess, sys, time\n"
        f"sys.path.insert(0, {json.dumps(str(Path.cwd()))})\n"
        "from time import sleep\n"
        "from macros.measure.channel import send\n"
        "def use(mib):\n"
        f"    with open({json.dumps(str(path.parent / 'seen'))}, 'a') as file:\n"
        "        file.write(f'{os.getpid()} {mib}\\n')\n"
        f"{body}\n"
    )
    return [sys.executable, str(path)]
