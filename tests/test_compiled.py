"""Compiled templates are kept as Python keeps compiled modules, and used only while they hold."""

from __future__ import annotations

import errno
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import jinja2
import pytest

from macros import compiled


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder under which this test keeps what is compiled."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(sys, "pycache_prefix", str(tmp_path / "kept"))
    return tmp_path / "kept"


def render(templates: Path, **given: str) -> str:
    """Render a page as the first template of a new build."""
    loader = jinja2.FileSystemLoader(templates)
    env = jinja2.Environment(loader=loader, bytecode_cache=compiled.Compiled(), autoescape=True)
    return env.get_template("page.html").render(given)


def files(kept: Path) -> list[Path]:
    return [path for path in kept.rglob("*") if path.is_file()]


def test_a_template_is_compiled_once(kept, tmp_path, monkeypatch):
    (tmp_path / "page.html").write_text("One {{ word }}")
    assert render(tmp_path, word="first") == "One first"
    assert len(files(kept)) == 1
    monkeypatch.setattr(jinja2.Environment, "_generate", None)  # compiling again would fail
    assert render(tmp_path, word="second") == "One second"


@pytest.mark.usefixtures("kept")
def test_a_changed_template_is_compiled_anew(tmp_path):
    page = tmp_path / "page.html"
    page.write_text("One")
    render(tmp_path)
    stamp = page.stat().st_mtime
    page.write_text("Two")
    os.utime(page, (stamp, stamp))
    assert render(tmp_path) == "Two"


def test_nothing_is_kept_where_python_may_not_write(kept, tmp_path, monkeypatch):
    (tmp_path / "page.html").write_text("One")
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert render(tmp_path) == "One"
    assert files(kept) == []


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EROFS, errno.EACCES])
def test_a_folder_that_cannot_be_written_is_no_fault(kept, tmp_path, monkeypatch, error):
    def refuse(**_: Any) -> None:
        raise OSError(error, os.strerror(error))

    (tmp_path / "page.html").write_text("One")
    monkeypatch.setattr(tempfile, "NamedTemporaryFile", refuse)
    assert render(tmp_path) == "One"
    assert files(kept) == []


def test_the_place_is_beside_the_compiled_modules_of_the_package(kept):
    assert Path(compiled.Compiled().directory).is_relative_to(kept)
    assert Path(compiled.Compiled().directory).parent.name == "macros"
