"""How does the wrapped program add its own numbers to a run?

The measuring command names a file in the environment variable ``MEASURE_CHANNEL``. The program
appends one JSON object per line to it; each may have any of these keys:

``model``      id of the model that runs
``settings``   settings of the run by name: ``{"steps": 35, "resolution": "1360x768"}``
``times_s``    times of inner scopes in seconds, ``{"generation": 9.02}``; each call adds one value
``warmup``     true beside ``times_s`` if these times are of a warm-up
``peak_mib``   peaks that the program's allocator saw: ``{"allocated": 26012.5, "reserved": 26340}``
``cap_mib``    limit that the program set on its allocator
``outcome``    ``oom`` when the allocator refused
``forget_peaks``   true when what the driver saw so far belongs to no run, such as weights that were
               made on the GPU and have left it
``python``, ``libraries``   version of Python, and of libraries by name
``begin``, ``end``          name of a part that is a run of its own, as it begins and ends

A program in Python calls ``send``; any other writes the lines itself. Without the variable nothing
is measuring, and ``send`` does nothing.
Imports the standard library alone; ``child`` reads what ``pipeline`` and others send.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

VARIABLE = "MEASURE_CHANNEL"
Message = dict[str, Any]


def send(**message: object) -> None:
    """Append one message to the channel, if the program is being measured."""
    if path := os.environ.get(VARIABLE):
        # One write of one line, so that messages of several processes do not mix.
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(json.dumps(message) + "\n")


class Receiver:
    """The end of the channel at which the measuring command reads."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.path.touch()
        self._read = 0
        self._rest = b""

    def messages(self) -> Iterator[Message]:
        """Yield the messages that are new since the last call; a line that is no message is not."""
        if self.path.stat().st_size == self._read:
            return
        with self.path.open("rb") as file:
            file.seek(self._read)
            new = file.read()
        self._read += len(new)
        *lines, self._rest = (self._rest + new).split(b"\n")
        for line in lines:
            try:
                message = json.loads(line)
            except ValueError:
                continue
            if isinstance(message, dict):
                yield message
