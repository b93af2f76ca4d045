"""MkDocs is run with one guide, says all its problems at once, and prints nothing."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from macros import hooks, host
from macros.errors import CannotRun, DataError

ROOT = Path(__file__).parents[1]
CONFIG = ROOT / "mkdocs.yml"


def test_a_foreign_docs_folder_drops_the_navigation_of_the_config(tmp_path):
    assert host.settings(CONFIG, ROOT / "docs", tmp_path / "site").nav
    foreign = host.settings(CONFIG, ROOT / "tests/docs", tmp_path / "site")
    assert foreign.nav is None
    assert foreign.docs_dir == str(ROOT / "tests/docs")


def test_a_missing_docs_folder_is_named(tmp_path):
    with pytest.raises(CannotRun, match="none: no such docs folder"):
        host.settings(CONFIG, tmp_path / "none", tmp_path / "site")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "does not exist"),
        ("site_name: [", "expected the node content"),
        ("site_name: A\ntheme: none\n", "Unrecognised theme name"),
    ],
)
def test_a_config_that_mkdocs_cannot_read_is_told_in_its_words(tmp_path, text, message):
    config = tmp_path / "mkdocs.yml"
    if text:
        config.write_text(text)
    with pytest.raises(CannotRun, match=f"(?s)mkdocs.yml: .*{message}"):
        host.settings(config, ROOT / "docs", tmp_path / "site")


def test_a_build_with_faulty_pages_tells_them_all_and_publishes_nothing(
    tmp_path, mini, capfd, monkeypatch
):
    """One build with a fault of each kind: unreadable, a dead link, a wrong argument, a typo."""
    monkeypatch.chdir(tmp_path)
    docs = Path("docs")
    docs.mkdir()
    head = "---\nrender_macros: true\n---\n"
    (docs / "index.md").write_text(f'{head}# A\n\n{{{{ gpu("none") }}}} [x](none.md)\n')
    (docs / "b.md").write_text(f"{head}{{{{ typo() }}}}")
    with pytest.raises(DataError) as raised:
        host.make(mini, docs, tmp_path / "site", CONFIG)
    assert [(problem.file, problem.line) for problem in raised.value.problems] == [
        ("docs/b.md", 4), ("docs/index.md", 0), ("docs/index.md", 6),
    ]  # fmt: skip
    assert "contains a link 'none.md'" in raised.value.problems[1].found
    assert not (tmp_path / "site").exists()
    assert capfd.readouterr() == ("", "")


def test_a_page_that_is_no_utf8_is_a_problem_of_that_page(tmp_path, mini):
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/index.md").write_bytes(b"# A \xff")
    with pytest.raises(DataError, match="codec can't decode byte 0xff") as raised:
        host.make(mini, tmp_path / "docs", tmp_path / "site", CONFIG)
    assert {Path(problem.file).name for problem in raised.value.problems} == {"index.md"}


def test_a_message_that_names_no_page_is_a_problem_of_the_config():
    with host._messages(Path("mkdocs.yml"), Path("docs")) as said:
        logging.getLogger("mkdocs.config").warning("Config value %r: odd", "theme")
        logging.getLogger("mkdocs.plugins.mkdocs_macros.util").warning("what the site told itself")
        logging.getLogger("mkdocs.config").info("no problem")
    assert [(problem.file, problem.found) for problem in said] == [
        ("mkdocs.yml", "Config value 'theme': odd")
    ]


def test_a_fault_in_the_code_of_the_guide_keeps_its_traceback(tmp_path, mini, monkeypatch):
    def broken(*_: object, **__: object) -> None:
        raise KeyError("ours")

    monkeypatch.setattr(hooks.Site, "on_files", broken)
    with pytest.raises(KeyError, match="ours"):
        host.make(mini, ROOT / "tests/docs", tmp_path / "site", CONFIG)
    assert not (tmp_path / "site").exists()
