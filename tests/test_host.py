"""MkDocs is run with one guide, says all its problems at once, and prints nothing."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from macros import host, publish
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


@pytest.mark.parametrize("text", [None, "\0"])
def test_without_a_config_nothing_can_run(tmp_path, text):
    config = tmp_path / "mkdocs.yml"
    if text:
        config.write_text(text)
    with pytest.raises(CannotRun, match=f"{config}: .*(does not exist|unacceptable character)"):
        host.settings(config, ROOT / "docs", tmp_path / "site")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("site_name: [", (1, 13, "expected the node content, but found '<stream end>'", "")),
        ("site_name: !OF x", (1, 12, "could not determine a constructor for the tag '!OF'", "")),
        (
            "site_name: A\ntheme: none",
            (2, 1, "Config value 'theme': Unrecognised theme name: 'none'.", ""),
        ),
        (
            "site_name: A\nsite_nam: B",
            (2, 1, "Config value 'site_nam': Unrecognised configuration name: site_nam",
             "did you mean site_name or site_author or remote_name?"),
        ),
        (
            "edit_uri: a",
            (0, 1, "Config value 'site_name': Required configuration not provided.", ""),
        ),
    ],
)  # fmt: skip
def test_a_faulty_value_of_the_config_is_a_problem_at_its_place(tmp_path, text, problem):
    config = tmp_path / "mkdocs.yml"
    config.write_text(text)
    (tmp_path / "docs").mkdir()
    with pytest.raises(DataError) as raised:
        host.settings(config, tmp_path / "docs", tmp_path / "site")
    (one,) = raised.value.problems
    line, column, found, hint = problem
    assert (one.line, one.column, one.hint) == (line, column, hint)
    assert one.found.startswith(found)
    assert one.file == str(config)
    assert one.excerpt == (text.splitlines()[line - 1] if line else "")


def test_a_build_with_faulty_pages_tells_them_all_and_publishes_nothing(
    tmp_path, mini, capfd, monkeypatch
):
    """One build with a fault of each kind: a wrong argument, a dead link, a typo, no UTF-8."""
    monkeypatch.chdir(tmp_path)
    docs = Path("docs")
    docs.mkdir()
    head = "---\nrender_macros: true\n---\n"
    (docs / "index.md").write_text(f'{head}# A\n\n{{{{ gpu("none") }}}} [x](none.md)\n')
    (docs / "b.md").write_text(f"{head}{{{{ typo() }}}}")
    (docs / "z.md").write_bytes(b"# A \xff")
    with pytest.raises(DataError) as raised:
        host.make(mini, docs, tmp_path / "site", CONFIG)
    found = {(one.file, one.line): one.found for one in raised.value.problems}
    assert list(found) == [
        ("docs/b.md", 4), ("docs/index.md", 0), ("docs/index.md", 6), ("docs/z.md", 0),
    ]  # fmt: skip
    assert "contains a link 'none.md'" in found["docs/index.md", 0]
    assert "codec can't decode byte 0xff" in found["docs/z.md", 0]
    assert not (tmp_path / "site").exists()
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("{% if %}", "TemplateSyntaxError: Expected an expression, got 'end of statement block'"),
        ("{% include 'none.html' %}", "TemplateNotFound: 'none.html' not found"),
        ("{{ typo() }}", "UndefinedError: 'typo' is undefined"),
        ("{{ 1 / 0 }}", "ZeroDivisionError: division by zero"),
    ],
)
def test_a_broken_template_is_a_problem_with_its_line(mini, tmp_path, monkeypatch, line, found):
    (tmp_path / "main.html").write_text(f"A\n\n  {line}\n")
    monkeypatch.setattr(
        host, "build", lambda one: one.theme.get_env().get_template("main.html").render()
    )
    config = host.settings(CONFIG, ROOT / "tests/docs", tmp_path / "site")
    config.theme.dirs.insert(0, str(tmp_path))
    with pytest.raises(DataError) as raised:
        host.render(publish.checked(mini), mini, config)
    (one,) = raised.value.problems
    assert (one.file, one.line, one.excerpt) == (str(tmp_path / "main.html"), 3, line)
    assert one.found.startswith(found)


def test_a_message_that_names_no_page_is_a_problem_of_the_config():
    with host._messages(Path("mkdocs.yml"), Path("docs")) as said:
        logging.getLogger("mkdocs.config").warning("Config value %r: odd", "theme")
        logging.getLogger("mkdocs.plugins.mkdocs_macros.util").warning("what the site told itself")
        logging.getLogger("mkdocs.config").info("no problem")
    assert [(problem.file, problem.found) for problem in said] == [
        ("mkdocs.yml", "Config value 'theme': odd")
    ]


def test_a_fault_in_the_code_of_the_guide_keeps_its_traceback(tmp_path, mini, monkeypatch):
    monkeypatch.setattr(host, "build", lambda _: {}["ours"])
    with pytest.raises(KeyError, match="ours"):
        host.make(mini, ROOT / "tests/docs", tmp_path / "site", CONFIG)
    assert not (tmp_path / "site").exists()
