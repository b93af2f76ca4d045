"""A page copied from a pattern is, byte for byte, what Markdown and the theme make of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from mkdocs.commands.build import _build_page, _populate_page
from mkdocs.structure.files import File
from mkdocs.structure.pages import Page

from macros import formats, generated, hooks, stencils
from macros.derive import guide as derive
from macros.generated import Words
from macros.load import load
from macros.stencils import MARKS, Copied, Stencil
from tests.test_hooks import Read

PLAIN = {"index.md": "# A"}


@pytest.fixture
def unlisted(monkeypatch):
    """No page of a record is in the navigation, however few there are."""
    monkeypatch.setattr(hooks, "MOST_IN_NAVIGATION", 0)


def written(made: Read, page: Page) -> str:
    """Return a page as MkDocs writes it."""
    env = made.config.theme.get_env()
    made.config.plugins.on_env(env, config=made.config, files=made.files)
    _populate_page(page, made.config, made.files)
    _build_page(page, made.config, made.files.documentation_pages(), made.nav, env)
    assert page.file.abs_dest_path
    return Path(page.file.abs_dest_path).read_text(encoding="utf-8")


def copied(made: Read) -> list[Copied]:
    pages = [file.page for file in made.files.documentation_pages()]
    return [page for page in pages if isinstance(page, Copied)]


def plain(made: Read, page: Copied) -> Page:
    """Return the page that MkDocs reads from the Markdown of the same record."""
    section = page.file.src_uri.partition("/")[0]
    text = generated.page(made.site.guide, section, page.words)
    file = File.generated(made.config, page.file.src_uri, content=text)
    return Page(None, file, made.config)


def alike(made: Read) -> None:
    """Compare every copied page with the same page without a pattern."""
    pages = copied(made)
    assert {page.file.src_uri.partition("/")[0] for page in pages} == {"gpus", "models"}
    for page in pages:
        copy = written(made, page)
        assert f"<title>{page.words.title} - " in copy
        assert stencils._SECRET not in copy
        assert copy == written(made, plain(made, page)), page.file.src_uri


@pytest.mark.usefixtures("unlisted")
@pytest.mark.parametrize("address", ["", "https://a.example/guide/"])
@pytest.mark.parametrize("repository", ["", "https://github.com/o/n"])
def test_a_copied_page_is_what_the_theme_makes_of_its_markdown(
    dataset, tmp_path, monkeypatch, address, repository
):
    monkeypatch.setenv("SITE_URL", address)
    alike(Read(derive(dataset), tmp_path / "docs", PLAIN, repository=repository))


@pytest.mark.usefixtures("unlisted")
def test_a_copied_page_follows_the_settings_of_markdown(dataset, tmp_path):
    made = Read(derive(dataset), tmp_path / "docs", PLAIN)
    made.config.mdx_configs["toc"] = {"permalink": "here"}
    alike(made)


@pytest.mark.usefixtures("unlisted")
@pytest.mark.parametrize(
    "name",
    ["A.B (C) +1/2, x_y-z", "1_000", "0", "Specification", "x0_title_x", "a -- b", "A)(", "A  B-"],
)
def test_a_name_with_signs_that_markdown_knows_is_copied_as_it_stands(edit, tmp_path, name):
    edit("gpus/quill-48.yml", "name: Quill 48", f"name: '{name}'")
    edit("models/aria-small.yml", "[Small-Speech]", f"['{name}', A__b__c]")
    made = Read(derive(load(tmp_path / "data")), tmp_path / "docs", PLAIN)
    alike(made)


def test_a_page_in_the_navigation_is_rendered_by_the_theme_and_copied_before(dataset, tmp_path):
    made = Read(derive(dataset), tmp_path / "docs", PLAIN)
    (page,) = (page for page in copied(made) if page.words.id == "ember-80")
    shown = written(made, page)
    assert 'md-nav__link--active">' in shown
    assert page.file.page is page
    title = plain(made, page)  # takes its place in the file, but not in the navigation
    _populate_page(title, made.config, made.files)
    assert (page.title, page.present_anchor_ids) == (title.title, title.present_anchor_ids)
    assert str(page.toc) == str(title.toc)


def test_the_anchor_of_a_heading_is_that_which_markdown_gives(dataset, tmp_path):
    names = ["A.B (C) +1/2, x_y-z", "a -- b", "A  B-", "0_1", "A__b__c"]
    text = "".join(f"# {formats.inert(name)}\n\n" for name in names)
    made = Read(derive(dataset), tmp_path / "docs", {"index.md": text})
    found = re.findall(r'<h1 id="([^"]+)"', made.page("index.md").content or "")
    assert found == [generated._anchor(" ".join(name.split())) for name in names]


def test_what_is_put_in_is_not_searched_for_marks():
    words = MARKS._replace(id="one", title=MARKS.id, also=MARKS.name)
    text = f"{MARKS.id} {MARKS.title} {MARKS.also}"
    assert Stencil(text).filled(words) == f"one {MARKS.id} {MARKS.name}"


def test_a_text_without_marks_stays_as_it_is():
    assert Stencil("x0title").filled(Words("a", "b", "c", "d", "e"), "f") == "x0title"
