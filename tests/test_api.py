"""Programs read what people read: every document has its shape, every figure its source."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from macros import api, comparisons, derive, origins
from macros.api import About
from macros.derive import Guide
from macros.formats import STATES
from macros.index import FRAMES
from macros.load import load
from macros.shapes import DOCUMENTS

ROOT = Path(__file__).parents[1]
ABOUT = About(
    "Aria <Guide>", "Says </script> & more", "https://a.example/guide/", "0" * 40,
    "https://l.example/", "Somebody", (("Start", ""), ("Method", "method/")),
)  # fmt: skip


@pytest.fixture(scope="module")
def files(guide: Guide) -> Mapping[str, str]:
    return api.files(guide, ABOUT)


def document(files: Mapping[str, str], ref: str) -> Any:
    """Return a document, numbers as Decimals that keep their text."""
    return json.loads(files[f"api/v1/{ref}.json"], parse_float=Decimal, parse_int=Decimal)


def shape(path: str) -> str:
    """Return the name of the shape of a document."""
    return "claims" if "/claims/" in path else Path(path).parts[2].removesuffix(".json")


def published(site: Path) -> list[Path]:
    """Return the documents of a finished site."""
    return [one for one in (site / "api/v1").rglob("*.json") if one.parent.name != "schema"]


def figures(value: Any) -> Iterator[Any]:
    """Yield every figure of a document."""
    if isinstance(value, dict):
        if {"ref", "value", "page"} <= value.keys():
            yield value
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from figures(one)


@pytest.mark.parametrize("data", [ROOT / "tests/data", ROOT / "data"], ids=["mini", "real"])
def test_every_document_has_the_shape_that_its_schema_publishes(data):
    made = api.files(derive.guide(load(data)), ABOUT)
    rules = {
        kind: Draft202012Validator(json.loads(made[f"api/v1/schema/{kind}.json"]))
        for kind in DOCUMENTS
    }
    for one in rules.values():
        one.check_schema(one.schema)
    documents = [path for path in made if path.endswith(".json") and "/schema/" not in path]
    faults = {
        path: [error.message for error in rules[shape(path)].iter_errors(json.loads(made[path]))]
        for path in documents
    }
    assert {path: found for path, found in faults.items() if found} == {}
    assert {shape(path) for path in documents} == set(DOCUMENTS)


def test_the_schema_of_a_shape_refuses_what_the_shape_has_not(files):
    rules = Draft202012Validator(json.loads(files["api/v1/schema/gpus.json"]))
    whole = json.loads(files["api/v1/gpus/ember-80.json"])
    assert not rules.is_valid({**whole, "more": 1})
    assert not rules.is_valid({key: value for key, value in whole.items() if key != "facts"})
    assert not rules.is_valid({**whole, "verdicts": [{"gpu": "ember-80"}]})


def test_the_index_lists_every_document_and_every_address_in_it_exists(files, guide):
    index = document(files, "index")
    listed = {one["href"] for kind in index["records"].values() for one in kind}
    listed |= {index["verdicts"], *index["schemas"].values()}
    assert listed | {"api/v1/index.json", "llms.txt"} == set(files)
    assert {one["ref"] for one in index["records"]["gpus"]} == {
        f"gpus/{name}" for name in guide.dataset.gpus
    }
    assert index["records"]["claims"]
    assert set(index["tables"]) == set(FRAMES)


def test_the_index_says_what_the_site_was_built_from(files, guide):
    index = document(files, "index")
    assert (index["schema_version"], index["data_date"]) == ("1.1", "2026-03-01")
    assert (index["commit"], index["site"]) == ("0" * 40, "https://a.example/guide/")
    unknown = document(api.files(guide), "index")
    assert (unknown["commit"], unknown["license"], unknown["site"]) == (None, None, "")


def test_only_a_record_of_the_data_has_a_document():
    assert api.document("data/gpus/ember-80.yml") == "api/v1/gpus/ember-80.json"
    for other in (
        "docs/gpus/ember-80.yml",
        "data/gpus/",
        "data/gpus/ember-80.md",
        "data/notes.yml",
    ):
        assert api.document(other) == "", other


def test_a_cell_has_value_unit_state_source_line_and_a_lasting_address(files):
    cell = document(files, "benchmarks/aria-speech")["results"]["ember-32"]["aria-small"]
    assert cell["unit"] == "s"
    assert (cell["state"], cell["approximate"]) == ("measured", False)
    assert re.search(r"/blob/[0-9a-f]{40}/docs/performance\.md\?plain=1#L41$", cell["source"])
    assert cell["page"] == (
        "files/data/benchmarks/aria-speech.yml.html#results--ember-32--aria-small"
    )


def test_a_number_keeps_the_text_of_its_source_and_a_state_is_no_number(files):
    text = files["api/v1/benchmarks/aria-speech.json"]
    assert '"value": 2.50, "unit": "s"' in text
    cells = document(files, "benchmarks/aria-speech")["results"]
    assert (cells["ember-32"]["aria-large"]["value"], cells["ember-32"]["aria-large"]["state"]) == (
        None, "oom",
    )  # fmt: skip
    absent = document(files, "benchmarks/aria-sparse")["results"]["ember-32"]["large-sparse"]
    assert (absent["state"], absent["page"]) == (
        "not_measured", "files/data/benchmarks/aria-sparse.yml.html",
    )  # fmt: skip


def test_a_cell_names_the_notes_and_waivers_that_concern_it(files, guide):
    noted = {
        remark
        for path in files
        if path.startswith(("api/v1/benchmarks", "api/v1/requirements"))
        for one in figures(json.loads(files[path]))
        for remark in one.get("remarks", ())
    }
    dataset = guide.dataset
    on_cells = {
        *(f"notes/{name}" for name, note in dataset.notes.items()
          if any("/results/" in place for place in note.concerns)),
        *(f"waivers/{name}" for name, waiver in dataset.waivers.items()
          if "/results/" in waiver.record),
    }  # fmt: skip
    assert on_cells <= noted


def test_every_figure_is_the_one_that_the_guide_has_at_its_reference(files, guide):
    seen = 0
    for path in files:
        if not path.endswith(".json") or "/schema/" in path:
            continue
        for one in figures(document(files, path[len("api/v1/") : -len(".json")])):
            value, unit, _ = guide.figure(one["ref"])
            if one["value"] is None:
                assert (one["state"], value) == (value, one["state"])
                assert value in STATES
            else:
                assert str(one["value"]) == f"{value}", one["ref"]
                assert one["unit"] == unit, one["ref"]
            seen += 1
    assert seen > 90


def test_a_published_figure_has_a_source_and_a_measured_or_computed_one_has_none(files):
    for path in files:
        if path.endswith(".json") and "/schema/" not in path:
            for one in figures(json.loads(files[path])):
                own = one["ref"].startswith(("runs/", "derived/"))
                assert (one["source"] is None) == own, one["ref"]


def test_a_fact_is_cited_at_its_own_source_and_a_setting_at_that_of_its_default(dataset):
    fact = origins.cite(dataset, "gpus/quill-48/tdp_w/value")
    assert fact is not None
    assert dataset.sources[fact.id].href(fact.lines) == "https://quill.example/cards/48?view=full"
    assert origins.cite(dataset, "runs/ember-32-aria-small/cap_mib") is None
    seen = dataset.gpus["quill-48"].usable_memory[0].source
    assert origins.cite(dataset, "gpus/quill-48/usable_memory/0/total_mib") == seen


def test_a_group_has_the_facts_that_its_members_share(files):
    group = document(files, "gpus/ember")
    assert group["one_of"] == ["ember-32", "ember-80"]
    assert {one["ref"].split("/")[1] for one in group["facts"].values()} <= {"ember-32", "ember-80"}
    assert group["capacity"] is None


def test_a_verdict_is_the_same_for_its_card_its_model_and_in_the_matrix(files):
    matrix = document(files, "verdicts")["verdicts"]
    (row,) = (
        one for one in matrix if (one["gpu"], one["model"]) == ("ember-32", "aria-large")
    )  # fmt: skip
    assert (row["verdict"], str(row["headroom_gib"]), str(row["headroom_percent"])) == (
        "does_not_fit", "-11.45", "-38.4",
    )  # fmt: skip
    assert row in document(files, "gpus/ember-32")["verdicts"]
    assert row in document(files, "models/aria-large")["verdicts"]


@pytest.mark.parametrize("data", [ROOT / "tests/data", ROOT / "data"], ids=["mini", "real"])
def test_each_tried_setting_has_its_runs_their_outcomes_and_the_verdict_on_each_card(data):
    guide = derive.guide(load(data))
    tried = document(api.files(guide, ABOUT), "verdicts")["tried"]
    assert [tuple(one["runs"]) for one in tried] == [
        tuple(f"runs/{run}" for run in one.runs) for one in guide.rows.footprints
    ]
    for one in tried:
        for ref, outcome in one["runs"].items():
            assert guide.dataset.runs[ref.removeprefix("runs/")].outcome == outcome
        assert (one["run"] is None) == (one["need"] is None)
        assert one["run"] is None or one["run"] in one["runs"]
    said = [
        (card["gpu"], one["model"], one["run"] and one["run"].removeprefix("runs/"),
         card["verdict"], card["state"], card["tried"], card["architecture"], card["headroom_gib"])
        for one in tried for card in one["cards"]
    ]  # fmt: skip
    rows = comparisons.fits(guide).rows  # a row is downloaded with its reference before the rest
    assert sorted(said, key=str) == sorted((row[1:] for row in rows), key=str)


def test_a_run_has_every_time_and_every_peak(files, guide):
    for name, run in guide.dataset.runs.items():
        found = document(files, f"runs/{name}")
        times = sum(len(one) for one in (run.times_s | run.warmup_times_s).values())
        assert len(found["times"]) >= times
        assert set(found["peaks"]) == set(run.peak_mib)


def test_the_text_for_language_models_leads_to_data_and_pages(files):
    text = files["llms.txt"]
    assert text.startswith("# Aria <Guide>\n\n> Says")
    assert "(https://a.example/guide/api/v1/index.json)" in text
    assert "[Method](https://a.example/guide/method/)" in text


def test_the_description_for_search_engines_is_json_that_cannot_end_its_script(guide):
    text = api.dataset(guide, ABOUT)
    found = json.loads(text)
    assert "<" not in text
    assert (found["description"], found["@type"]) == ("Says </script> & more", "Dataset")
    assert (found["dateModified"], found["license"]) == ("2026-03-01", "https://l.example/")
    assert {one["contentUrl"] for one in found["distribution"]} >= {
        "https://a.example/guide/api/v1/index.json", "https://a.example/guide/downloads/results.csv"
    }  # fmt: skip
    assert "creator" not in json.loads(api.dataset(guide, About()))


# ---------------------------------------------------------------- the finished site


def test_every_figure_of_the_api_has_its_address_in_the_finished_site(real_site):
    """The address names the record and the path, and no line."""
    anchors: dict[str, set[str]] = {}
    for path in published(real_site):
        for one in figures(json.loads(path.read_text(encoding="utf-8"))):
            page, _, name = one["page"].partition("#")
            if page not in anchors:
                html = (real_site / page).read_text(encoding="utf-8")
                anchors[page] = set(re.findall(r' id="([^"]+)"', html))
            if name or "/results/" not in one["ref"]:
                assert name in anchors[page], one["page"]
    assert len(anchors) > 50


def test_a_page_and_the_api_say_the_same(real_site):
    page = (real_site / "index.html").read_text(encoding="utf-8")
    shown = {ref: value for value, ref in re.findall(r'<data value="(.+?)" data-ref="(.+?)"', page)}
    said = {}
    for path in published(real_site):
        for one in figures(json.loads(path.read_text(encoding="utf-8"), parse_float=str)):
            value = one["value"] if one["value"] is not None else one["state"]
            said[one["ref"]] = str(value)
    both = shown.keys() & said.keys()
    assert len(both) > 50
    assert {ref: shown[ref] for ref in both} == {ref: said[ref] for ref in both}


def test_the_front_page_alone_describes_the_data_for_search_engines(real_site):
    pattern = re.compile(r'<script type="application/ld\+json">(.*?)</script>', re.DOTALL)
    (text,) = pattern.findall((real_site / "index.html").read_text(encoding="utf-8"))
    found = json.loads(text)
    assert found["license"] == "https://spdx.org/licenses/Apache-2.0.html"
    for one in found["distribution"]:
        assert (real_site / one["contentUrl"]).is_file()
    assert not pattern.search((real_site / "method/index.html").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def with_an_address(real_site: Path) -> tuple[str, str]:
    """The texts for language models and search engines of the guide's site, at an address."""
    written = (real_site / "llms.txt").read_text(encoding="utf-8").partition("## Pages")[2]
    links = re.findall(r"\[(.+?)\]\((.+?)\)", written)
    pages = tuple((title, place.removeprefix("./")) for title, place in links)
    about, guide = ABOUT._replace(pages=pages), derive.guide(load(ROOT / "data"))
    return api.files(guide, about)["llms.txt"], api.dataset(guide, about)


def test_at_an_address_every_link_for_language_models_is_absolute_and_leads_on(
    real_site, with_an_address
):
    links = re.findall(r"\]\((.+?)\)", with_an_address[0])
    assert ABOUT.site in links  # the first page
    assert len(links) > 8
    for link in links:
        assert link.startswith(ABOUT.site)
        place = real_site / link.removeprefix(ABOUT.site)
        assert place.is_file() or (place / "index.html").is_file(), link


def test_at_an_address_the_description_for_search_engines_names_it_and_files_that_exist(
    real_site, with_an_address
):
    found = json.loads(with_an_address[1])
    assert found["url"] == ABOUT.site
    assert len(found["distribution"]) == len(FRAMES) + 1
    for one in found["distribution"]:
        assert one["contentUrl"].startswith(ABOUT.site)
        assert (real_site / one["contentUrl"].removeprefix(ABOUT.site)).is_file(), one
        assert one["encodingFormat"] in ("application/json", "text/csv")


def test_every_link_for_language_models_leads_to_a_page_or_file(real_site):
    links = re.findall(r"\]\(([^)]+)\)", (real_site / "llms.txt").read_text(encoding="utf-8"))
    assert len(links) > 8
    for link in links:
        place = real_site / link
        assert place.is_file() or (place / "index.html").is_file(), link
