"""What do all tests share: a small data set of a made-up family, read-only and as a copy?"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import mkdocs.commands.build
import pytest
from playwright.sync_api import Browser, Page

from macros.derive import Guide
from macros.derive import guide as derive
from macros.errors import DataError
from macros.load import Dataset, load
from macros.rules import checked
from tests import browsing

# The runner of pipelines needs torch; make test-pipeline has it.
collect_ignore = [] if find_spec("torch") else ["pipeline"]

ROOT = Path(__file__).parents[1]
MINI = ROOT / "tests/data"

# What runs in the background may ignore Ctrl-C and a closed terminal; some tests send both.
for ignored in (signal.SIGINT, signal.SIGHUP):
    signal.signal(ignored, signal.default_int_handler)

# ---------------------------------------------------------------- full builds are few

BUILDS: list[str] = []
_build = mkdocs.commands.build.build


def _counted(*config: Any, **options: Any) -> None:
    BUILDS.append(os.environ["PYTEST_CURRENT_TEST"])
    _build(*config, **options)


def _started(event: str, given: tuple[Any, ...]) -> None:
    """Count a build that a test starts as a command; the preview counts its own."""
    if event == "subprocess.Popen" and "build" in map(str, given[1]):
        BUILDS.append(os.environ["PYTEST_CURRENT_TEST"])


mkdocs.commands.build.build = _counted  # before the guide takes it by its name
sys.addaudithook(_started)


@pytest.fixture(scope="session", autouse=True)
def builds() -> Iterator[list[str]]:
    """Every full build by the test that asked for it: all tests together make ten at most."""
    yield BUILDS
    assert len(BUILDS) <= 10, "\n".join(BUILDS)


# ---------------------------------------------------------------- data and sites

DIGESTS: dict[Path, dict[str, int]] = {}


@pytest.fixture(scope="session")
def mini() -> Path:
    """The small data set of the made-up Aria family. Do not write to it."""
    return MINI


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A copy of the small data set that a test may change."""
    return shutil.copytree(MINI, tmp_path / "data")


@pytest.fixture(scope="session")
def dataset() -> Dataset:
    """The small data set, loaded."""
    return load(MINI)


@pytest.fixture(scope="session")
def guide(dataset: Dataset) -> Guide:
    """The small data set with all that follows from it. Do not change it."""
    return derive(dataset)


@pytest.fixture
def edit(data: Path) -> Callable[[str, str, str], Path]:
    """Replace text that stands exactly once in one file of ``data``; returns ``data``."""

    def replace(file: str, old: str, new: str) -> Path:
        path = data / file
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
        path.write_text(text.replace(old, new), encoding="utf-8")
        return data

    return replace


@pytest.fixture(scope="session")
def real_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of the guide itself, built once. Do not write to it."""
    return _site(ROOT / "data", ROOT / "docs", tmp_path_factory)


@pytest.fixture(scope="session")
def mini_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of the made-up Aria family, built once. Do not write to it."""
    return _site(MINI, ROOT / "tests/docs", tmp_path_factory)


@pytest.fixture(scope="session")
def mini_digests(mini_site: Path) -> dict[str, int]:
    """The digest of each file of ``mini_site`` that was made from the data."""
    return DIGESTS[mini_site]


# ---------------------------------------------------------------- a browser that shows them


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The Chromium that `make test` found; else the one that playwright installs."""
    with browsing.chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def real(real_site: Path) -> Iterator[str]:
    """The address of the guide itself, served."""
    with browsing.served(real_site) as address:
        yield address


@pytest.fixture
def opened(chromium: Browser) -> Iterator[Callable[..., Page]]:
    """Open pages as ``a_page`` does, until the end of a test."""
    with ExitStack() as end:
        yield lambda *given, **options: end.enter_context(
            browsing.a_page(chromium, *given, **options)
        )


def _site(data: Path, docs: Path, factory: pytest.TempPathFactory) -> Path:
    from macros import host

    site = factory.mktemp("built") / "site"
    render = host.render
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(host, "render", lambda *given: DIGESTS.setdefault(site, render(*given)))
        host.make(data, docs, site, ROOT / "mkdocs.yml")
    return site


def complaints(folder: Path) -> list[str]:
    """Return every problem of a data set as one line: place, key, rule, found, expected, hint."""
    try:
        checked(folder)
    except DataError as error:
        return [
            f"{Path(problem.file).relative_to(folder)}:{problem.line}:{problem.column} "
            f"{problem.key} [{problem.rule}] found {problem.found}; "
            f"expected {problem.expected}" + (f"; {problem.hint}" if problem.hint else "")
            for problem in error.problems
        ]
    return []


def changes(name: str) -> Iterator[Any]:
    """Yield the parts of a text in this folder: a heading, old text, new text, and a report.

    Old text begins with - and new text with +, the report with neither.
    """
    text = (Path(__file__).parent / name).read_text(encoding="utf-8")
    for part in text.removesuffix("\n").split(f"\n{'=' * 72}\n"):
        heading, *lines = part.split("\n")
        old, new = ("\n".join(x[1:] for x in lines if x.startswith(sign)) for sign in "-+")
        report = "\n".join(line for line in lines if not line.startswith(("-", "+")))
        what = new.partition("\n")[0] or f"no {old}"
        yield pytest.param(heading, old, new, report, id=f"{heading}: {what}")
