"""Every download holds the rows of the guide, with the digits that the pages show."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal

import pytest

from macros import derive, editors, export, schema
from macros.index import FRAMES
from macros.load import load


@pytest.fixture(scope="module")
def files(guide):
    return export.files(guide)


def table(files, name):
    """Return the rows of one CSV file by their references."""
    rows = csv.DictReader(io.StringIO(files[f"downloads/{name}.csv"], newline=""))
    return {row["ref"]: row for row in rows}


def test_every_frame_is_a_csv_and_a_json_and_every_kind_has_a_schema(files):
    assert sorted(files) == sorted(
        [f"downloads/{name}.{end}" for name in FRAMES for end in ("csv", "json")]
        + [f"schema/{kind}.json" for kind in schema.KINDS]
    )
    assert json.loads(files["schema/gpus.json"]) == editors.json_schema("gpus")


@pytest.mark.parametrize("name", FRAMES)
def test_json_and_csv_hold_the_same_rows(files, guide, name):
    whole = json.loads(files[f"downloads/{name}.json"], parse_float=Decimal)
    rows = list(csv.DictReader(io.StringIO(files[f"downloads/{name}.csv"], newline="")))

    def text(value):
        if isinstance(value, list):
            return "; ".join(value)
        if isinstance(value, bool):
            return str(value).lower()
        return "" if value is None else str(value)

    assert (whole["frame"], whole["data_date"]) == (name, "2026-03-01")
    named = [dict(zip(whole["columns"], map(text, row), strict=True)) for row in whole["rows"]]
    assert named == rows
    assert len(rows) == len(getattr(guide, name))


def test_a_number_keeps_the_text_of_its_source(files):
    place = "benchmarks/aria-speech/results"

    assert table(files, "results")[f"{place}/ember-80/aria-small"]["value"] == "2.50"
    assert '"measured", 2.50, false' in files["downloads/results.json"]
    assert '"measured", 8.5, false' in files["downloads/results.json"]


def test_a_state_is_its_api_value_and_has_no_number(files):
    rows = table(files, "results")

    row = rows["benchmarks/aria-speech/results/ember-32/aria-large"]
    assert (row["state"], row["value"]) == ("oom", "")
    row = rows["benchmarks/aria-sparse/results/ember-32/large-sparse"]
    assert (row["state"], row["value"]) == ("not_measured", "")


def test_a_result_comes_with_its_line_of_the_source_and_its_column_with_the_settings(files):
    rows, columns = table(files, "results"), table(files, "columns")

    row = rows["benchmarks/aria-speech/results/ember-32/aria-small"]
    assert row["source_line"] == "41"
    about = columns[f"benchmarks/{row['benchmark']}/columns/{row['column']}"]
    assert (about["steps"], about["tool_defaults"], about["precision"]) == (
        "20", "steps", "not_stated",
    )  # fmt: skip
    assert (about["model_name"], about["unit"]) == ("Aria-Small-Speech", "s")
    assert about["frames"] == "not_stated", "also where nobody says so"
    assert about["source_title"] == "Aria performance page"
    assert about["source_href"].endswith("/docs/performance.md?plain=1#L40-L43")
    row = rows["benchmarks/aria-tuning/results/ember-80/small-8"]
    assert (row["approximate"], row["source_line"]) == ("true", "")
    about = columns["benchmarks/aria-tuning/columns/small-8"]
    assert (about["gpu_count"], about["unit"]) == ("8", "ms")
    assert about["source_href"].endswith("/docs/performance.md")
    row = rows["benchmarks/aria-speech-2025/results/quill-48/aria-small"]
    assert row["superseded_by"] == "aria-speech"


def test_a_verdict_has_the_figures_that_the_pages_show(files, guide):
    rows = table(files, "verdicts")
    ref = "derived/gpus/ember-32/headroom/aria-memory/aria-large"

    row = rows[ref]
    assert row["headroom_gib"] == f"{guide.derived[ref].value:f}" == "-11.45"
    assert (row["headroom_percent"], row["verdict"]) == ("-38.4", "does_not_fit")
    assert (row["capacity_gib"], row["capacity_meter"]) == ("29.80", "nominal")
    need = table(files, "requirements")[row["need_ref"]]
    assert (need["value"], need["unit"], need["read_as"]) == ("41.25", "GB", "GiB")
    assert need["source_line"] in need["source_href"]


def test_a_verdict_that_nobody_can_give_is_a_row_too(files):
    rows = list(csv.DictReader(io.StringIO(files["downloads/verdicts.csv"], newline="")))

    unknown = {(row["gpu"], row["model"]) for row in rows if row["verdict"] == "unknown"}
    assert {("ember-80", "aria-tiny"), ("quill-next", "aria-small")} <= unknown


def test_a_speed_up_has_both_times_and_the_claim(files):
    (row,) = table(files, "speedups").values()

    assert (row["value"], row["claimed"], row["claim_agrees"]) == ("2.50", "2.5", "true")
    assert row["dense_ref"] == "benchmarks/aria-sparse/results/ember-80/large-dense"
    sparse = row["sparse_ref"].rpartition("/")[2]
    assert table(files, "columns")[f"benchmarks/aria-sparse/columns/{sparse}"]["attention"] == (
        "sparse"
    )


def test_a_claim_that_differs_from_its_times_does_not_agree(edit):
    data = edit("benchmarks/aria-sparse.yml", "{ember-80: 2.5}", "{ember-80: 2.6}")

    (row,) = table(export.files(derive.guide(load(data))), "speedups").values()

    assert (row["value"], row["claimed"], row["claim_agrees"]) == ("2.50", "2.6", "false")


def test_a_run_has_the_peak_of_each_meter_in_its_own_column(files):
    row = table(files, "runs")["runs/ember-32-aria-small"]

    peaks = {key.removesuffix("_peak_mib"): row[key] for key in row if key.endswith("_peak_mib")}
    assert peaks == {
        "allocated": "8000", "reserved": "9000.5", "process": "9500", "device": "9540",
        "device_idle": "40",
    }  # fmt: skip


def test_a_speed_up_without_a_claim_says_nothing_about_one(edit):
    data = edit("benchmarks/aria-sparse.yml", "{ember-80: 2.5}", "{ember-32: 2.5}")

    (row,) = table(export.files(derive.guide(load(data))), "speedups").values()

    assert (row["claimed"], row["claim_agrees"]) == ("", "")


def test_each_value_of_a_card_has_its_own_source(files):
    row = table(files, "gpus")["gpus/quill-48"]

    assert (row["tdp_w"], row["tdp_w_confidence"]) == ("350", "low")
    assert row["tdp_w_source_href"] == "https://quill.example/cards/48?view=full"
    assert (row["nvlink"], row["nvlink_source_href"]) == ("", "")
    assert table(files, "gpus")["gpus/ember"]["one_of"] == "ember-32; ember-80"
    assert table(files, "gpus")["gpus/ember-80"]["capacity_gib"] == "79.10", "as on the pages"


def test_text_that_a_spreadsheet_would_compute_is_quoted(edit):
    data = edit("benchmarks/aria-speech.yml", "title: Speech generation time", "title: '=1+1'")
    edit("gpus/ember-32.yml", "value: PCIe card", "value: '@card \"x\", y'")
    edit("sources.yml", "title: Quill data sheets", "title: |-\n    -1-1\n    and more")
    edit("requirements/aria-memory.yml", "title: Memory", "title: +1 Memory")

    files = export.files(derive.guide(load(data)))

    assert "'=1+1" in {row["title"] for row in table(files, "columns").values()}
    assert table(files, "gpus")["gpus/ember-32"]["form_factor"] == '\'@card "x", y'
    assert table(files, "gpus")["gpus/quill-48"]["tdp_w_source_title"] == "'-1-1\nand more"
    assert {row["title"][:4] for row in table(files, "requirements").values()} == {"'+1 "}
    rows = json.loads(files["downloads/columns.json"])["rows"]
    assert "=1+1" in {text for row in rows for text in row if isinstance(text, str)}


def test_the_same_data_make_the_same_bytes(mini, files):
    assert export.files(derive.guide(load(mini))) == files


def test_an_edit_changes_every_download_that_rests_on_it_and_no_other(files, edit):
    data = edit("benchmarks/aria-speech.yml", "aria-large: 8.5", "aria-large: 8.7")

    after = export.files(derive.guide(load(data)))

    changed = {path for path in files if files[path] != after[path]}
    assert changed == {"downloads/results.csv", "downloads/results.json"}
    before, now = (text["downloads/results.csv"].splitlines() for text in (files, after))
    assert sum(a != b for a, b in zip(before, now, strict=True)) == 1
