"""MkDocs is run with one guide, says all its problems at once, and prints nothing."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import pytest
from mkdocs.exceptions import Abort

from macros import host, publish
from macros.errors import CannotRun, DataError, Problem

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
    found = {(one.file, one.line, one.column): one.found for one in raised.value.problems}
    assert list(found) == [
        ("docs/b.md", 4, 4), ("docs/index.md", 6, 4), ("docs/index.md", 6, 23), ("docs/z.md", 0, 0),
    ]  # fmt: skip
    assert "contains a link 'none.md'" in found["docs/index.md", 6, 23]
    assert "codec can't decode byte 0xff" in found["docs/z.md", 0, 0]
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


def test_a_broken_link_is_told_at_its_line(tmp_path):
    (tmp_path / "a.md").write_text(
        "# A\n\nSee [b](b.md), and [c](c.md) or again [c](c.md).\n[c](c.md)"
    )
    with host._messages(Path("mkdocs.yml"), tmp_path) as said:
        for link in ("b.md", "c.md"):
            logging.getLogger("mkdocs.structure.pages").warning(
                "Doc file 'a.md' contains a link '%s', but the target is not found", link
            )
    one, twice = said
    assert (one.line, one.column, one.width) == (3, 9, 4)
    assert one.hint.startswith("a link names the file")
    assert (twice.file, twice.line) == (one.file, 0), "which of the two lines, nobody knows"


def test_a_page_that_is_not_in_the_navigation_is_told_what_to_do():
    with host._messages(Path("mkdocs.yml"), Path("docs")) as said:
        logging.getLogger("mkdocs.structure.nav").warning(
            'pages that are not included in the "nav" configuration:\n  - a.md'
        )
    assert [(problem.file, problem.hint) for problem in said] == [
        ("docs/a.md", "add a line for the page to nav in mkdocs.yml")
    ]


@pytest.mark.parametrize(
    ("page", "found", "place"),
    [
        ("index.html", "12 s in: It takes 12 s.", ("docs/index.md", 2, 10)),
        ("a/index.html", "another content", ("a/index.html", 0, 0)),
        ("a/index.html", "12 s in: It takes 12 s.", ("docs/a.md", 1, 1)),
        ("b/index.html", "{{ typo }}", ("docs/b/index.md", 1, 3)),
        ("b/index.html", "https://a.example/x", ("b/index.html", 0, 0)),
        ("index.html", "twice", ("index.html", 0, 0)),
        ("gpus/c/index.html", "12 s", ("gpus/c/index.html", 0, 0)),
        ("downloads/results.csv", "12 s", ("downloads/results.csv", 0, 0)),
    ],
)
def test_what_is_wrong_with_a_page_is_told_at_its_line(
    tmp_path, mini, monkeypatch, page, found, place
):
    monkeypatch.chdir(tmp_path)
    pages = {
        "index": "twice\nIt takes 12 s.\ntwice",
        "a": "12 s\nanother content",
        "b/index": "A {{ typo }}",
    }
    Path("docs/b").mkdir(parents=True)
    for name, text in pages.items():
        (Path("docs") / f"{name}.md").write_text(text)

    def build(*_: object) -> None:
        rule = "altered" if found == "another content" else "figure-without-owner"
        raise DataError([Problem(page, 0, 0, page, rule, found, "another")])

    monkeypatch.setattr(publish, "build", build)
    with pytest.raises(DataError) as raised:
        host.make(mini, Path("docs"), tmp_path / "site", CONFIG)
    (one,) = raised.value.problems
    assert (one.file, one.line, one.column) == place
    assert one.key == page


def test_a_disk_that_is_full_is_no_fault_of_a_template(tmp_path, mini, monkeypatch):
    def full(_: object) -> None:
        os.makedirs("/dev/null/a")  # noqa: PTH103 - the system's own code raises, as for MkDocs

    monkeypatch.setattr(host, "build", full)
    with pytest.raises(CannotRun, match="Not a directory"):
        host.make(mini, ROOT / "tests/docs", tmp_path / "site", CONFIG)


def test_a_build_that_stops_without_a_reason_is_a_problem_of_the_plugins(
    mini, tmp_path, monkeypatch
):
    def stop(_: object) -> None:
        raise Abort("Aborted with 3 warnings in strict mode!")

    monkeypatch.setattr(host, "build", stop)
    with pytest.raises(DataError) as raised:
        host.make(mini, ROOT / "tests/docs", tmp_path / "site", CONFIG)
    (one,) = raised.value.problems
    assert (one.file, one.excerpt) == (str(CONFIG), "plugins:")
    assert one.found == "Config value 'plugins': Aborted with 3 warnings in strict mode!"


def test_a_fault_in_the_code_of_the_guide_keeps_its_traceback(tmp_path, mini, monkeypatch):
    monkeypatch.setattr(host, "build", lambda _: {}["ours"])
    with pytest.raises(KeyError, match="ours"):
        host.make(mini, ROOT / "tests/docs", tmp_path / "site", CONFIG)
    assert not (tmp_path / "site").exists()
