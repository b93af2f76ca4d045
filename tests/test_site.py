"""The finished sites hold what they promise: the guide's own, and one of a made-up family."""

from __future__ import annotations

import filecmp
import json
import os
import re
import shutil
import subprocess
import sys
from html import unescape
from pathlib import Path

import pytest

from macros.load import load

ROOT = Path(__file__).parents[1]


def pages(site: Path) -> dict[str, str]:
    """Return every HTML page of a site by its place."""
    return {
        path.relative_to(site).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(site.rglob("*.html"))
    }


@pytest.fixture(params=["real_site", "mini_site"])
def site(request: pytest.FixtureRequest) -> Path:
    """Each of the two sites in turn."""
    found: Path = request.getfixturevalue(request.param)
    return found


def test_every_page_says_how_old_its_data_are_and_what_it_is_made_from(site):
    for place, page in pages(site).items():
        if place in ("404.html", "files/index.html"):
            continue
        assert re.search(r'Data as of\s+<time datetime="\d{4}-\d\d-\d\d">', page), place
        assert re.search(r'Made from <a href="[^"]*files/', page), place


def test_every_page_says_that_the_guide_is_independent(site):
    for place, page in pages(site).items():
        assert "It is not NVIDIA's, and NVIDIA has not reviewed it." in page, place


def test_no_page_has_an_edit_link_without_a_repository(site):
    assert [place for place, page in pages(site).items() if ">edit</a>" in page] == []


def test_every_record_has_its_page_copy_and_search_words(real_site):
    dataset = load(ROOT / "data")
    index = json.loads((real_site / "search/search_index.json").read_text(encoding="utf-8"))
    found = {entry["location"]: entry for entry in index["docs"]}
    for kind in ("gpus", "models"):
        for name, record in getattr(dataset, kind).items():
            entry = found[f"{kind}/{name}/"]
            assert entry["title"] == record.name
            words = unescape(entry["text"])
            assert all(word in words for word in (name, *record.aliases)), name
    for file in dataset.documents:
        assert (real_site / f"files/data/{file}.html").is_file()


def test_cells_of_tables_stay_out_of_the_search_index(mini_site):
    assert "8.5" in (mini_site / "index.html").read_text(encoding="utf-8")
    index = json.loads((mini_site / "search/search_index.json").read_text(encoding="utf-8"))
    tables = [entry for entry in index["docs"] if entry["location"].startswith("gpus/")]
    assert tables
    assert not any("8.5" in entry["text"] for entry in tables)


def test_code_and_headings_that_repeat_stay_out_of_the_search_index(real_site):
    index = json.loads((real_site / "search/search_index.json").read_text(encoding="utf-8"))
    assert "<pre>" in (real_site / "contributing/index.html").read_text(encoding="utf-8")
    assert [entry["location"] for entry in index["docs"] if "<pre>" in entry["text"]] == []
    places = [entry["location"] for entry in index["docs"]]
    made = {f"gpus/{name}/" for name in load(ROOT / "data").gpus}
    assert {place for place in places if place.startswith("gpus/")} == {"gpus/", *made}


def test_a_foreign_site_knows_only_its_own_family(mini_site):
    names = {path.parent.name for path in (mini_site / "gpus").glob("*/index.html")}
    assert names == {"ember", "ember-32", "ember-80", "quill-48", "quill-next"}
    text = (mini_site / "index.html").read_text(encoding="utf-8")
    assert "<title>Cosmos Performance Guide</title>" in text, "the name is the config's"
    body = text.partition("<article")[2].partition("</article>")[0]
    assert "Cosmos" not in body


def test_slots_are_filled_in_tabs_boxes_and_lists(mini_site):
    body = (mini_site / "index.html").read_text(encoding="utf-8")
    body = body.partition("<article")[2].partition("</article>")[0]
    assert body.count("<table") == 4
    assert "<p><figure" not in body
    assert "{{ braces in code }}" in body


def test_the_search_dialog_has_a_name(site):
    assert 'role="dialog" aria-label="Search"' in (site / "index.html").read_text(encoding="utf-8")


def test_a_plain_mkdocs_build_in_another_process_gives_the_same_bytes(real_site, tmp_path):
    """Nothing depends on the clock, on hash order, on paths, or on who starts the build."""
    environment = {**os.environ, "PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo", "SOURCE_DATE_EPOCH": ""}
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--site-dir", tmp_path / "plain"]
    subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)
    assert differences(filecmp.dircmp(real_site, tmp_path / "plain", ignore=[])) == []


def test_another_folder_zone_locale_and_hash_seed_give_the_same_bytes(mini_site, tmp_path):
    """The made-up family, built from copies by another process that knows only ASCII."""
    data = shutil.copytree(ROOT / "tests/data", tmp_path / "some where/aria data")
    docs = shutil.copytree(ROOT / "tests/docs", tmp_path / "pages")
    site = tmp_path / "a/b/out"
    environment = {
        **os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "11", "TZ": "Pacific/Kiritimati",
        "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "SOURCE_DATE_EPOCH": "1",
    }  # fmt: skip
    folders = {"data": data, "docs": docs, "site": site, "config": ROOT / "mkdocs.yml"}
    given = [f"--{name}={path}" for name, path in folders.items()]
    command = [sys.executable, "-m", "macros", "build", *given]
    subprocess.run(command, cwd=tmp_path, env=environment, check=True, capture_output=True)
    assert differences(filecmp.dircmp(mini_site, site, ignore=[])) == []


def differences(compared: filecmp.dircmp[str]) -> list[str]:
    _, differ, errors = filecmp.cmpfiles(
        compared.left, compared.right, compared.common_files, shallow=False
    )
    here = [*compared.left_only, *compared.right_only, *differ, *errors]
    return here + [name for sub in compared.subdirs.values() for name in differences(sub)]
