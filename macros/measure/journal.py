"""Which repeats of this command are already measured?

A file under ``.measure/``, which git ignores: one line per finished execution, written at once, so
that an interruption, a crash or a full disk loses none of them. The same command goes on from it:
the same program with the same options on the same card, with the measured code at the same commit.
Imports ``child``; ``command`` imports this module.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path

from .child import Execution


class Journal:
    """The finished executions of one command on one card, kept until the run file is written."""

    def __init__(self, folder: Path, identity: Mapping[str, object]) -> None:
        """Open the journal of what ``identity`` describes; another identity has another file."""
        text = json.dumps(identity, sort_keys=True, default=str)
        self.path = folder / f"{hashlib.sha256(text.encode()).hexdigest()[:16]}.jsonl"
        self.executions = self._read()

    def add(self, execution: Execution) -> None:
        """Keep one finished execution. Raises OSError if the disk does not take it."""
        self.executions.append(execution)
        self.path.parent.mkdir(exist_ok=True)
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(execution)) + "\n")
            file.flush()
            os.fsync(file.fileno())

    def clear(self) -> None:
        """Forget everything; the run file has it now."""
        self.path.unlink(missing_ok=True)

    def _read(self) -> list[Execution]:
        """Return what is whole; the line at which a crash cut the file off is not."""
        known = {field.name for field in fields(Execution)}
        found = []
        try:
            lines = self.path.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return []
        for line in lines:
            try:
                entry = json.loads(line)
            except ValueError:
                continue
            found.append(Execution(**{key: entry[key] for key in entry if key in known}))
        return found
