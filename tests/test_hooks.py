"""MkDocs gets its pages from the guide, and every fault in a page is named with file and line."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mkdocs.commands.build import _populate_page
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import Files, get_files
from mkdocs.structure.nav import get_navigation
from mkdocs.structure.pages import Page

import macros
from macros import host, prose, tables
from macros.about import about
from macros.derive import Guide
from macros.errors import CannotRun, Problem
from macros.hooks import PLUGIN, Site

CONFIG = Path(__file__).parents[1] / "mkdocs.yml"
MACROS = "---\nrender_macros: true\n---\n"


class Read:
    """A docs folder that was read as a build reads it, but not written."""

    def __init__(self, guide: Guide, docs: Path, pages: dict[str, str], **extra: str) -> None:
        for name, text in pages.items():
            (docs / name).parent.mkdir(parents=True, exist_ok=True)
            (docs / name).write_text(text, encoding="utf-8")
        self.config = host.settings(CONFIG, docs, docs.parent / "site", strict=False)
        self.config.extra.update(extra)
        self.site = Site(guide, Path(__file__).parent / "data", self.config)
        self.config.plugins[PLUGIN] = self.site
        self.config = self.config.plugins.on_config(self.config)
        self.files: Files = self.config.plugins.on_files(get_files(self.config), config=self.config)
        self.nav = get_navigation(self.files, self.config)
        self.nav = self.config.plugins.on_nav(self.nav, config=self.config, files=self.files)

    def page(self, name: str) -> Page:
        """Return a page with its Markdown rendered."""
        file = self.files.get_file_from_path(name)
        assert file
        assert file.page
        _populate_page(file.page, self.config, self.files)
        return file.page

    def problems(self, *names: str) -> list[str]:
        """Return what is wrong with some pages: place, found, hint."""
        for name in names or ("index.md",):
            self.page(name)
        return [told(problem) for problem in sorted(self.site.problems)]


def told(problem: Problem) -> str:
    name = Path(problem.file).name
    text = f"{name}:{problem.line}:{problem.column} {problem.found}"
    return f"{text}; {problem.hint}" if problem.hint else text


@pytest.fixture
def read(guide: Guide, tmp_path: Path) -> Callable[..., Read]:
    """Read pages (text by path); without any, an empty start page."""

    def reader(pages: dict[str, str] | None = None, **extra: str) -> Read:
        return Read(guide, tmp_path / "docs", pages or {"index.md": MACROS}, **extra)

    return reader


# ---------------------------------------------------------------- macros in pages


def test_a_block_macro_leaves_a_slot_and_a_sentence_macro_its_html(read):
    text = (
        f'{MACROS}# A\n\n{{{{ benchmark_table("aria-speech") }}}}\n\nOn {{{{ gpu("ember-80") }}}}.'
    )
    page = read({"index.md": text}).page("index.md")
    assert page.content
    assert '<div class="slot" data-macro="benchmark_table"' in page.content
    assert '<a href="gpus&#47;ember&#45;80&#47;"' in page.content


def test_links_of_sentences_lead_from_the_page_that_they_stand_on(read):
    text = f'{MACROS}{{{{ gpu("ember-80") }}}}'
    page = read({"index.md": "# A", "a/b.md": text}).page("a/b.md")
    assert page.content
    assert '<a href="&#46;&#46;&#47;&#46;&#46;&#47;gpus&#47;ember&#45;80&#47;"' in page.content


def test_a_page_without_the_word_render_macros_is_left_alone(read):
    page = read({"index.md": "# A\n\n{{ no_macro() }}"}).page("index.md")
    assert page.content
    assert page.content.endswith("<p>{{ no_macro() }}</p>")


FAULTS = {
    'Text\n\n{{ benchmark_table("aria-speach") }}': [
        "index.md:6:4 'aria-speach'; did you mean aria-speech or aria-speech-2025 or aria-sparse?"
    ],
    '{{ gpu("none") }} {{ model("none") }}': [
        "index.md:4:4 'none'; known: ember-32, ember-80, ember, quill-48, quill-next",
        "index.md:4:22 'none'; known: aria-large, aria-small, aria-tiny",
    ],
    'A {{ benchmark_tabel("aria-speech") }}': [
        "index.md:4:6 'benchmark_tabel' is undefined; did you mean benchmark_table?"
    ],
    "{{ gpu_index( }}": ["index.md:4:1 unexpected '}', expected ')'"],
    "A\n{% if %}": ["index.md:5:1 Expected an expression, got 'end of statement block'"],
    "{{ gpu(gpus) }}": ["index.md:4:8 'gpus' is undefined; did you mean gpu or gpu_sheet?"],
    "{{ gpu_index(1) }}": ["index.md:4:4 too many positional arguments"],
    "{{ 1 / 0 }}": ["index.md:4:1 division by zero"],
    '{% include "/etc/passwd" %}': [
        "index.md:4:1 no loader for this environment specified",
    ],
}


@pytest.mark.parametrize("text", FAULTS)
def test_a_faulty_call_is_named_with_its_line_and_a_hint(read, text):
    assert read({"index.md": MACROS + text}).problems() == FAULTS[text]


def test_all_faults_of_all_pages_are_told_at_once(read):
    call = '\n\n{{ gpu("none") }}\n\n{{ benchmark_table("none") }}\n'
    problems = read({"index.md": f"{MACROS}# A{call}", "b.md": f"{MACROS}# B{call}"}).problems(
        "index.md", "b.md"
    )
    assert [problem.split(" ")[0] for problem in problems] == [
        "b.md:6:4", "b.md:8:4", "index.md:6:4", "index.md:8:4",
    ]  # fmt: skip


def test_a_fault_in_a_title_has_no_line(read):
    text = '---\nrender_macros: true\ntitle: "{{ typo }}"\n---\n# A'
    assert read({"index.md": text}).problems() == ["index.md:0:0 'typo' is undefined"]


@pytest.mark.parametrize(
    "text",
    [
        "{{ cycler.__init__.__globals__.os.popen('id') }}",
        "{{ gpu.__globals__ }}",
        "{{ lipsum() }}",
        "{{ range(9) }}",
        "{{ 'a'.upper() }}",
        "{{ page.file.copy_file() }}",
        "{{ files.remove(page.file) }}",
        "{{ now() }}",
        "{{ context() }}",
        "{{ config.site_dir }}",
        "{{ git.author }}",
        "{{ environment }}",
        "{{ plugin }}",
        "{{ 'a' | pretty }}",
    ],
)
def test_a_page_can_call_the_macros_of_the_guide_and_reach_nothing_else(read, text):
    made = read({"index.md": MACROS + text})
    assert len(made.problems()) == 1
    page = made.files.get_file_from_path("index.md")
    assert page
    assert page.page
    assert page.page.content == ""


def test_a_fault_in_the_code_of_the_guide_is_no_fault_of_the_page(read, monkeypatch):
    def gpu_index(_guide: Guide, _base: str) -> str:
        raise KeyError("ours")

    monkeypatch.setitem(prose.SENTENCES, "gpu_index", gpu_index)
    made = read({"index.md": f"{MACROS}{{{{ gpu_index() }}}}"})
    with pytest.raises(KeyError, match="ours"):
        made.page("index.md")


def test_a_slot_that_cannot_be_filled_is_found_in_the_markdown(read):
    made = read({"index.md": f"{MACROS}# A\n\nSee {{{{ gpu_index() }}}} here."})
    page = made.page("index.md")
    assert page.content
    made.site.on_post_page(page.content, page=page)
    (problem,) = map(told, made.site.problems)
    assert problem.startswith("index.md:6:8 gpu_index inside a sentence; a table cannot stand")
    with pytest.raises(PluginError, match="1 problem found"):
        made.site.on_post_build()


def test_nothing_is_written_if_a_page_has_a_problem(read):
    made = read({"index.md": f"{MACROS}{{{{ typo }}}}"})
    made.page("index.md")
    with pytest.raises(PluginError, match=r"index\.md:4:4: macros \[page\]"):
        made.site.on_env(None)


def test_a_fault_of_a_generated_page_names_the_data(read, monkeypatch):
    monkeypatch.delitem(tables.BLOCKS, "gpu_sheet")
    made = read()
    page = made.page("gpus/ember-80.md")
    made.site.on_page_context({}, page=page)
    made.site.on_post_page(page.content or "", page=page)
    (problem,) = made.site.problems
    assert problem.file == "gpus/ember-80.md (made from the data)"


def test_a_page_below_the_working_directory_is_named_from_there(read, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made = read({"index.md": f"{MACROS}{{{{ typo }}}}"})
    made.page("index.md")
    assert made.site.problems[0].file == "docs/index.md"


# ---------------------------------------------------------------- files and navigation


def test_every_gpu_and_model_has_a_page_with_its_words_in_the_markdown(read, guide):
    made = read()
    for kind in ("gpus", "models"):
        assert made.files.get_file_from_path(f"{kind}/index.md")
        for name, record in getattr(guide.dataset, kind).items():
            page = made.page(f"{kind}/{name}.md")
            assert page.title == record.name
            words = re.sub("<[^>]+>", "", page.content or "")
            words = re.sub(r"&#(\d+);", lambda match: chr(int(match[1])), words)
            assert all(word in words for word in (record.name, name, *record.aliases))
    assert made.site.problems == []


def test_copies_derivations_and_downloads_are_files_that_pages_may_link(read):
    text = "[a](files/data/gpus/ember-80.yml.html#L1) [b](downloads/results.csv)"
    made = read({"index.md": text})
    for path in (
        "files/index.html",
        "files/docs/index.md.html",
        "derived/gpus/ember-80.html",
        "downloads/results.json",
        "schema/gpus.json",
    ):
        assert made.files.get_file_from_path(path), path


def test_a_page_that_someone_wrote_is_not_replaced(read):
    made = read({"index.md": "# A", "gpus/index.md": "# My own list"})
    assert "My own list" in (made.page("gpus/index.md").content or "")


ADDRESSES = {
    "a/index.md": "a/index.html, which is that of docs/a.md; rename one of the two",
    "a/index.html": "a/index.html, which is that of docs/a.md; rename one of the two",
    "gpus/ember-80/index.md": (
        "gpus/ember-80/index.html, which is that of gpus/ember-80.md (made from the data); "
        "rename this file"
    ),
    "downloads/results.csv": (
        "downloads/results.csv, which is that of downloads/results.csv (made from the data); "
        "rename this file"
    ),
    "downloads/results.csv/b.md": (
        "downloads/results.csv/b/index.html, below downloads/results.csv, "
        "that of downloads/results.csv (made from the data); rename this file"
    ),
    "404.html": "404.html, which is that of 404.html (made by the theme); rename this file",
}


@pytest.mark.parametrize("name", ADDRESSES)
def test_a_file_at_the_address_of_another_file_is_refused(read, monkeypatch, tmp_path, name):
    monkeypatch.chdir(tmp_path)
    (problem,) = read({"index.md": "# A", "a.md": "# A", name: "# B"}).site.problems
    assert (problem.file, problem.rule) == (f"docs/{name}", "address")
    assert f"{problem.found}; {problem.hint}" == f"the address {ADDRESSES[name]}"


def test_a_file_that_is_not_written_takes_no_address(read):
    assert read({"index.md": "# A", "a.md": "# A", ".a/index.html": "# B"}).site.problems == []


def test_generated_pages_join_the_sections_that_the_config_names(guide, tmp_path):
    shutil.copytree(Path(__file__).parent / "docs", tmp_path / "docs")
    made = Read(guide, tmp_path / "docs", {})
    made.config.nav = ["index.md", {"Method": "index.md"}, {"Cards": ["gpus/index.md"]}]
    made.site.on_files(made.files, config=made.config)
    gpus = [f"gpus/{name}.md" for name in guide.dataset.gpus]
    assert made.config.nav[2] == {"Cards": ["gpus/index.md", *gpus]}


def test_a_foreign_docs_folder_gets_a_navigation_with_named_sections(read):
    made = read({"index.md": "# A", "guide/other.md": "# B"})
    assert [item.title for item in made.nav.items if item.is_section] == [
        "GPUs", "Guide", "Models",
    ]  # fmt: skip


# ---------------------------------------------------------------- where a page comes from


def origin(made: Read, name: str) -> Any:
    context: Any = made.site.on_page_context({}, page=made.page(name))  # type: ignore[typeddict-item]
    return context["origin"]


def test_a_page_names_the_file_that_it_is_made_from(read):
    made = read({"index.md": "# A", "a/b.md": "# B"})
    assert origin(made, "a/b.md") == {
        "path": "docs/a/b.md", "lines": "files/docs/a/b.md.html", "edit": "", "document": "",
    }  # fmt: skip
    assert origin(made, "gpus/ember-80.md") == {
        "path": "data/gpus/ember-80.yml", "lines": "files/data/gpus/ember-80.yml.html", "edit": "",
        "document": "api/v1/gpus/ember-80.json",
    }  # fmt: skip
    assert origin(made, "gpus/index.md") == {
        "path": "data/gpus/", "lines": "files/index.html#data-gpus", "edit": "", "document": "",
    }  # fmt: skip


def test_a_configured_repository_gives_edit_links_to_what_it_holds(read):
    made = read({"index.md": "# A"}, repository="https://github.com/o/n/", branch="next")
    assert origin(made, "gpus/ember-80.md")["edit"] == (
        "https://github.com/o/n/edit/next/tests/data/gpus/ember-80.yml"
    )
    assert origin(made, "gpus/index.md")["edit"] == ""
    assert origin(made, "index.md")["edit"] == "", "the docs are not in the repository"


def test_a_repository_has_an_https_address(read):
    with pytest.raises(CannotRun, match=r"extra\.repository: javascript:x is no https address"):
        read(repository="javascript:x")


def test_a_page_is_dated_by_its_figures(read):
    made = read()
    page = made.page("index.md")
    html = '<i data-ref="gpus/quill-48/memory_gb/value"></i><time></time>'
    assert made.site.on_post_page(html, page=page).endswith(
        '<time datetime="2026-02-28">2026-02-28</time>'
    )


def test_the_clock_of_a_build_is_the_date_of_the_data(read):
    read()
    assert os.environ["SOURCE_DATE_EPOCH"] == "1772323200"  # 2026-03-01


# ---------------------------------------------------------------- plain mkdocs build


@pytest.mark.usefixtures("data")
def test_a_plain_build_loads_the_data_beside_the_config(tmp_path):
    shutil.copytree(CONFIG.parent / "docs", tmp_path / "docs")
    config = host.settings(CONFIG, tmp_path / "docs", tmp_path / "site")
    config.config_file_path = str(tmp_path / "mkdocs.yml")
    site = Site.of(config)
    assert "aria-speech" in site.guide.dataset.benchmarks
    assert Site.of(config) is site


def test_a_plain_build_tells_all_faults_of_the_data_without_a_traceback(edit, tmp_path):
    edit("benchmarks/aria-speech.yml", "unit: s", "unit: hours")
    edit("gpus/ember-80.yml", "value: 80", "value: -80")
    config = host.settings(CONFIG, CONFIG.parent / "docs", tmp_path / "site")
    config.config_file_path = str(tmp_path / "mkdocs.yml")
    with pytest.raises(PluginError, match="2 problems found"):
        Site.of(config)


def test_a_missing_module_is_named_and_not_hidden(monkeypatch):
    monkeypatch.setitem(sys.modules, "macros.hooks", None)
    with pytest.raises(RuntimeError, match=r"macros cannot be loaded: .*macros\.hooks"):
        macros.define_env(None)


# ---------------------------------------------------------------- what programs are told


def test_what_the_api_says_of_the_site_comes_from_the_config_and_the_citation_file():
    config = host.settings(CONFIG, CONFIG.parent / "docs", Path("site"))
    config.site_url = "https://a.example/guide"
    config.extra["commit"] = "0" * 40
    assert config.nav
    config.nav.append({"Deep": [{"Page": "gpus/index.md"}]})
    found = about(config)
    assert (found.name, found.site) == (config.site_name, "https://a.example/guide/")
    assert (found.commit, found.license) == (
        "0" * 40, "https://spdx.org/licenses/Apache-2.0.html",
    )  # fmt: skip
    assert found.pages[0] == ("Performance Guide", "")
    assert {("GPUs", "gpus/"), ("Method", "method/")} <= set(found.pages)
    assert "Deep" not in dict(found.pages)


def test_a_config_without_a_citation_file_names_no_licence(tmp_path):
    (tmp_path / "docs").mkdir()
    (tmp_path / "mkdocs.yml").write_text("site_name: A\nnav: [index.md]\n")
    found = about(host.settings(tmp_path / "mkdocs.yml", tmp_path / "docs", tmp_path / "site"))
    assert (found.name, found.license, found.creator, found.pages) == ("A", "", "", ())
