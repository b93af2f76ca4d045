"""Slots become fragments, and a build replaces a site as a whole or not at all."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from macros import publish, tables
from macros.derive import Guide
from macros.errors import CannotRun, DataError
from macros.gate import digest
from macros.policy import sealed
from macros.publish import build, fill, slot

SLOT = slot("benchmark_table", {"benchmark": "aria-speech"})


@pytest.fixture(autouse=True)
def blocks(monkeypatch):
    """The benchmark table as one short line, so that a page is easy to compare."""

    def benchmark_table(guide: Guide, base: str, benchmark: str) -> str:
        return f"<table>{guide.dataset.benchmarks[benchmark].title} from {base or '.'}</table>"

    monkeypatch.setitem(tables.BLOCKS, "benchmark_table", benchmark_table)


# ---------------------------------------------------------------- slots


def test_a_slot_is_one_line_in_which_no_punctuation_is_left_to_act():
    assert SLOT == (
        '<div class="slot" data-macro="benchmark_table" data-args="&#123;&#34;benchmark&#34;'
        '&#58; &#34;aria&#45;speech&#34;&#125;"></div>'
    )


@pytest.mark.parametrize(
    ("url", "base"), [("", "."), ("gpus/", "../"), ("gpus/ember-80/", "../../")]
)
def test_a_fragment_knows_the_way_to_the_root_of_the_site(guide, url, base):
    assert fill(SLOT_IN_DIV, url, guide) == (
        f"<div><table>Speech generation time from {base}</table></div>"
    )


SLOT_IN_DIV = f"<div>{SLOT}</div>"
TABLE = "<table>Speech generation time from .</table>"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f"<div><p>{SLOT}</p></div>", f"<div>{TABLE}</div>"),
        (f"<li>\n<p> {SLOT}\n</p>\n</li>", f"<li>\n{TABLE}\n</li>"),
        (f"<div><p>{SLOT}\n{SLOT}</p></div>", f"<div>{TABLE}\n{TABLE}</div>"),
        (f"<h2>Times</h2>\n{SLOT}\n<p>Text</p>", f"<h2>Times</h2>\n{TABLE}\n<p>Text</p>"),
        (f"<li>{SLOT}</li>", f"<li>{TABLE}</li>"),
        (
            f"<details><summary>T</summary>{SLOT}</details>",
            f"<details><summary>T</summary>{TABLE}</details>",
        ),
        ("<p>No slot</p>", "<p>No slot</p>"),
    ],
)
def test_a_slot_on_a_line_of_its_own_is_filled_and_loses_its_paragraph(guide, before, after):
    assert fill(before, "", guide) == after


@pytest.mark.parametrize(
    "html",
    [
        f"<p>Look: {SLOT}</p>",
        f"<p>{SLOT} is the table.</p>",
        f"<p><strong>{SLOT}</strong></p>",
        f"<h2>{SLOT}</h2>",
        f"<p>Look:<br>{SLOT}</p>",
        f"<li>Look: {SLOT}</li>",
        f'<h2>{SLOT}<a class="headerlink" href="#x"></a></h2>',
        f"<summary>{SLOT}</summary>",
    ],
)
def test_a_slot_inside_a_sentence_is_refused(guide, html):
    with pytest.raises(DataError) as raised:
        fill(html, "", guide)
    (problem,) = raised.value.problems
    assert (problem.key, problem.rule) == ("benchmark_table", "slot")
    assert problem.found == "benchmark_table inside a sentence"
    assert problem.expected == "a line of its own"


@pytest.mark.parametrize(
    ("html", "filled"),
    [
        ("<div><p>{0}</p></div>", "<div>{0}</div>"),
        ("<li>\n<p> {0}\n</p>\n</li>", "<li>\n{0}\n</li>"),
        ("<p>{0}</p><p>{0}</p>", "{0}{0}"),
        ("<p>{0} and more</p><p>{0}</p>", "<p>{0} and more</p>{0}"),
    ],
)
def test_a_list_of_sentences_loses_its_paragraph(guide, html, filled):
    """HTML has no list inside a paragraph."""
    sentences = '<ul class="recommendations"><li>One.</li><li>Two.</li></ul>'

    assert publish.fill(html.format(sentences), "", guide) == filled.format(sentences)


def test_slots_written_by_hand_are_checked_and_all_faults_told(guide):
    html = f"<div>{slot('no_macro', {})}{slot('benchmark_table', {'benchmark': 'none'})}</div>"
    with pytest.raises(DataError) as raised:
        fill(html, "", guide)
    assert [problem.found for problem in raised.value.problems] == ["'none'", "a slot for no_macro"]


# ---------------------------------------------------------------- build and swap

Writer = Callable[[Guide, Path], dict[str, int]]


def pages(text: str) -> Writer:
    """Return a renderer of a site with one page and one download."""

    def render(_guide: Guide, folder: Path) -> dict[str, int]:
        (folder / "index.html").write_text(sealed(f"<html><body><p>{text}</p></body></html>"))
        (folder / "downloads").mkdir()
        (folder / "downloads/results.csv").write_text("8.5\n")
        return {"downloads/results.csv": digest(b"8.5\n")}

    return render


@pytest.fixture
def site(tmp_path: Path, mini: Path) -> Path:
    """A published site that says "good"."""
    build(mini, tmp_path / "site", pages("good"))
    return tmp_path / "site"


def text(site: Path) -> str:
    return (site / "index.html").read_text()


def beside(site: Path) -> list[str]:
    """Return what stands beside a site, but for its lock."""
    return sorted(p.name for p in site.parent.iterdir() if p.name != ".site.lock")


def test_a_good_build_takes_the_place_of_the_earlier_one(site, mini):
    built = build(mini, site, pages("better"))
    assert "better" in text(site)
    assert beside(site) == ["site"]
    assert "aria-speech" in built.dataset.benchmarks


def test_a_site_may_go_into_a_new_folder_or_an_empty_one(tmp_path, mini):
    (tmp_path / "empty").mkdir()
    for folder in (tmp_path / "empty", tmp_path / "a/b/site"):
        build(mini, folder, pages("good"))
        assert "good" in text(folder)


def test_a_site_behind_a_link_is_replaced_where_it_stands(tmp_path, mini, site):
    (tmp_path / "link").symlink_to(site)
    build(mini, tmp_path / "link", pages("better"))
    assert (tmp_path / "link").is_symlink()
    assert "better" in text(site)


def broken_page(guide: Guide, folder: Path) -> dict[str, int]:
    return pages("{{ typo }}")(guide, folder)


def broken_render(guide: Guide, folder: Path) -> dict[str, int]:
    pages("half")(guide, folder)
    raise DataError([])


def stale_download(guide: Guide, folder: Path) -> dict[str, int]:
    made = pages("better")(guide, folder)
    (folder / "downloads/results.csv").write_text("8.4\n")
    return made


def lost_download(guide: Guide, folder: Path) -> dict[str, int]:
    made = pages("better")(guide, folder)
    (folder / "downloads/results.csv").unlink()
    return made


@pytest.mark.parametrize("render", [broken_page, broken_render, stale_download, lost_download])
def test_a_broken_page_leaves_the_earlier_site_byte_for_byte(site, mini, render):
    before = (site / "index.html").read_bytes(), (site / "index.html").stat().st_mtime_ns
    with pytest.raises(DataError):
        build(mini, site, render)
    assert ((site / "index.html").read_bytes(), (site / "index.html").stat().st_mtime_ns) == before
    assert beside(site) == ["site"]


def test_absolute_links_of_a_page_are_followed_from_the_path_of_the_site(site, mini):
    linked = pages('<a href="/guide/downloads/results.csv">CSV</a>')
    build(mini, site, linked, "/guide/")
    with pytest.raises(DataError, match=r"/guide/downloads/results\.csv"):
        build(mini, site, linked)


@pytest.mark.parametrize(
    ("old", "new", "line"), [("unit: s", "unit: hours", 4), ("large: 8.5", "large: 1.5", 18)]
)
def test_broken_data_are_told_before_anything_is_rendered(site, data, edit, old, new, line):
    """What no record may hold, and what contradicts another record."""
    edit("benchmarks/aria-speech.yml", old, new)

    def never(_guide: Guide, _folder: Path) -> dict[str, int]:
        raise AssertionError

    with pytest.raises(DataError, match=rf"benchmarks/aria-speech\.yml:{line}:"):
        build(data, site, never)
    assert "good" in text(site)


def test_a_kill_between_the_two_renames_is_repaired_by_the_next_command(site, mini):
    site.rename(site.with_name(".site.old"))
    site.with_name(".site.new").mkdir()
    with pytest.raises(DataError):
        build(mini, site, broken_page)
    assert "good" in text(site)
    assert beside(site) == ["site"]


def test_a_kill_in_the_middle_of_a_build_leaves_the_site_and_is_tidied_up(site, mini):
    script = (
        "import os, pathlib, sys; from macros import publish;"
        "publish.build(*map(pathlib.Path, sys.argv[1:]), lambda *_: os._exit(9))"
    )
    killed = subprocess.run([sys.executable, "-c", script, mini, site], check=False)
    assert killed.returncode == 9
    assert beside(site) == [".site.new", "site"]
    assert "good" in text(site)
    build(mini, site, pages("better"))
    assert beside(site) == ["site"]


def test_an_old_site_that_a_kill_left_over_is_removed(site, mini):
    site.with_name(".site.old").mkdir()
    build(mini, site, pages("better"))
    assert beside(site) == ["site"]


def test_a_second_build_of_the_same_site_is_told_to_wait(site, mini):
    with site.with_name(".site.lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(CannotRun, match="another build of this site is running"):
            build(mini, site, pages("better"))
    assert "good" in text(site)


@pytest.mark.parametrize("name", ["thesis/chapter.txt", "thesis/index.html", "thesis"])
def test_what_is_no_site_of_a_guide_is_not_replaced(tmp_path, mini, name):
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("ten years")
    with pytest.raises(CannotRun, match="thesis: not a built site"):
        build(mini, tmp_path / "thesis", pages("good"))
    assert (tmp_path / name).read_text() == "ten years"


def test_a_site_that_holds_the_data_is_not_replaced(site, mini):
    shutil.copytree(mini, site / "data")
    with pytest.raises(CannotRun, match=r"data: inside .*site, which a build replaces"):
        build(site / "data", site, pages("better"))
    assert (site / "data/sources.yml").is_file()


@pytest.mark.parametrize(
    ("number", "message"),
    [
        (errno.ENOSPC, "no space left on the disk"),
        (errno.EROFS, "not writable"),
        (errno.EACCES, "not writable"),
        (errno.EPERM, "not writable"),
        (errno.EIO, "Input/output error"),
    ],
)
def test_what_the_disk_refuses_is_told_and_the_site_stays(site, mini, number, message):
    def render(_guide: Guide, folder: Path) -> dict[str, int]:
        raise OSError(number, os.strerror(number), str(folder / "index.html"))

    with pytest.raises(CannotRun, match=message):
        build(mini, site, render)
    assert "good" in text(site)
    assert beside(site) == ["site"]


def test_a_swap_that_fails_half_way_brings_the_earlier_site_back(site, mini, monkeypatch):
    rename = Path.rename

    def refuse(path, target):
        if path.name == ".site.new":
            raise OSError(errno.EBUSY, "Device or resource busy", str(path))
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(CannotRun, match="Device or resource busy"):
        build(mini, site, pages("better"))
    assert "good" in text(site)


def test_the_data_folder_must_exist(tmp_path):
    with pytest.raises(CannotRun, match="no such data folder"):
        build(tmp_path / "none", tmp_path / "site", pages("good"))
    assert not (tmp_path / "site").exists()


def test_checked_returns_the_guide_of_sound_data(mini):
    assert set(publish.checked(mini).dataset.benchmarks) >= {"aria-speech", "aria-sparse"}
