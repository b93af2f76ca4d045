"""On what machine and with what software did it run, told without telling who ran it?

Imports ``nvml`` for the facts of the card; ``command`` and ``campaign`` import this module.
"""

from __future__ import annotations

import getpass
import json
import os
import platform
import re
import socket
import subprocess
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from .nvml import Card

# Only libraries that change times or memory are worth a line.
LIBRARIES = (
    "torch", "diffusers", "transformers", "accelerate", "triton", "flash-attn", "xformers",
    "sageattention", "natten", "transformer-engine", "vllm", "tensorrt", "jax",
)  # fmt: skip
_PROBE = """
import json, platform, sys
from importlib import metadata
found = {}
for name in sys.argv[1:]:
    try:
        found[name] = metadata.version(name)
    except metadata.PackageNotFoundError:
        pass
print(json.dumps({"python": platform.python_version(), "libraries": found}))
"""
_SECRET = re.compile(
    r"\b(?:hf_|gh[pousr]_|github_pat_|glpat-|sk-|xox[a-z]-|AKIA)[A-Za-z0-9_-]{8,}"
    r"|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"
    r"|(?i:(?<=token[= ])|(?<=secret[= ])|(?<=password[= ])|(?<=api-key[= ])|(?<=api_key[= ]))\S+"
)


def versions() -> dict[str, str]:
    """Return the versions of the libraries that this Python has."""
    found = {}
    for name in LIBRARIES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def ask(command: Sequence[str]) -> dict[str, Any]:
    """Return Python and library versions of the interpreter that the command begins with.

    Empty for a command that begins with another program, and for one that does not answer.
    """
    if not re.fullmatch(r"(?:python|pypy)[0-9.]*(?:\.exe)?", Path(command[0]).name):
        return {}
    try:
        answer = subprocess.run(
            [command[0], "-c", _PROBE, *LIBRARIES],
            capture_output=True, text=True, timeout=30, check=True,
        )  # fmt: skip
        found: dict[str, Any] = json.loads(answer.stdout)
    except (OSError, ValueError, subprocess.SubprocessError):
        return {}
    return found


def commit(folder: Path) -> tuple[str | None, bool]:
    """Return the commit that ``folder`` stands at, and whether files differ from it."""
    found = _git(folder, "rev-parse", "HEAD")
    if not found or not re.fullmatch(r"[0-9a-f]{40}", found):
        return None, False
    return found, bool(_git(folder, "status", "--porcelain", "--untracked-files=no"))


def state(folder: Path) -> tuple[str | None, str | None]:
    """Return the commit that ``folder`` stands at, and how its files differ from that."""
    return commit(folder)[0], _git(folder, "diff", "HEAD")


def _git(folder: Path, *arguments: str) -> str | None:
    try:
        answer = subprocess.run(
            ["git", "-C", str(folder), *arguments],  # noqa: S607 (the user's own git)
            capture_output=True, text=True, errors="replace", timeout=30, check=True,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return None
    return answer.stdout.strip()


def facts(card: Card, software: dict[str, Any], code: Path) -> dict[str, Any]:
    """Return the environment of a run; ``software`` has python and libraries."""
    head, modified = commit(code)
    found = {
        "gpu_name": card.name,
        "memory_total_mib": card.memory_total_mib,
        "memory_reserved_mib": card.memory_reserved_mib,
        "compute_capability": card.compute_capability,
        "driver": card.driver,
        "cuda": card.cuda,
        "power_limit_w": card.power_limit_w,
        "system": f"{platform.system()} {platform.machine()}",
        "python": software.get("python"),
        "libraries": software.get("libraries"),
        "commit": head,
        "modified": modified,
    }
    return {key: value for key, value in found.items() if value not in (None, {}, False)}


def discreet(text: str) -> str:
    """Return text without secrets, and without what names a person, a machine or its folders."""
    text = _SECRET.sub("***", text)
    places = [(str(Path.cwd()), "."), (str(Path.home()), "~")]
    for place, mark in sorted(places, key=lambda pair: -len(pair[0])):
        if len(place) > 1:
            text = text.replace(place, mark)
    text = re.sub(r"/[^\s'\"]*/(?:site|dist)-packages/", "", text)
    text = re.sub(r"/(home|Users)/[^/\s'\"]+", r"/\1/user", text)
    for name, mark in ((_user(), "user"), (socket.gethostname(), "host")):
        if len(name) > 2 and name not in ("root", "user", "host", "localhost"):
            text = re.sub(rf"(?<![A-Za-z0-9]){re.escape(name)}(?![A-Za-z0-9])", mark, text)
    return text


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return os.environ.get("USERNAME", "")
