"""The tables of this project's own runs, and the ids that they and the pipelines name."""

from dataclasses import replace

import pytest

from macros import rules, tables
from macros.derive import guide as derive
from macros.load import load
from tests import fragments


def table(guide, **arguments):
    return fragments.parse(tables.BLOCKS["run_table"](guide, "", **arguments))


def test_a_run_shows_every_time_every_peak_and_leads_to_its_record(guide):
    row, _ = table(guide, model="aria-small").xpath("//tbody/tr")

    place = "runs/ember-32-aria-small/times_s/command"
    times = row.xpath(f".//data[starts-with(@data-ref, '{place}/')]/@value")
    assert times == ["21.5", "21.4", "21.4"]
    assert row.xpath(".//data[contains(@data-ref, '/peak_mib/')]/@value") == [
        "8000", "9000.5", "9500", "9540", "40",
    ]  # fmt: skip
    link, card = row.xpath("./th/a/@href")
    assert link.startswith("files/data/runs/ember-32-aria-small.yml.html#L")
    assert card == "gpus/ember-32/"  # another run of the table has another card


def test_settings_that_all_runs_share_stand_in_the_caption(guide):
    (caption,) = table(guide, model="aria-small").xpath("//caption")
    assert "attention dense, precision bfloat16" in fragments.text(caption)


def test_the_caption_counts_one_run_as_one(guide):
    (caption,) = table(guide, model="aria-small").xpath("//caption")
    assert " 2 runs: ● measured" in fragments.text(caption)
    runs = dict([next(iter(guide.dataset.runs.items()))])
    alone = derive(replace(guide.dataset, runs=runs))
    (caption,) = table(alone, model=next(iter(runs.values())).model or "").xpath("//caption")
    assert " 1 run: ● measured: 1." in fragments.text(caption)


def test_a_run_that_ran_out_of_memory_says_so_in_words_and_has_no_time(guide):
    _, row = table(guide).xpath("//tbody/tr")
    assert "✕ out of memory" in fragments.text(row)
    assert "— none" in fragments.text(row)


def test_a_run_that_supersedes_another_and_the_other_lead_to_each_other(guide):
    later, earlier = table(guide).xpath("//tbody/tr")
    assert "Superseded by ember-80-oom-2." in fragments.text(earlier)
    assert "Supersedes ember-80-oom." in fragments.text(later)
    assert tables.measured.superseded(guide.dataset) == {"ember-80-oom": "ember-80-oom-2"}


def test_the_runs_of_each_model_are_counted_by_how_they_ended(guide):
    shown = fragments.parse(tables.BLOCKS["run_counts"](guide, ""))
    rows = [[fragments.text(cell) for cell in row] for row in shown.xpath("//tbody/tr")]
    assert [row[0] for row in rows][-1] == "without a model"
    assert all(int(row[1]) == sum(map(int, row[2:])) for row in rows)
    assert sum(int(row[1]) for row in rows) == len(guide.dataset.runs)


def test_a_setting_that_a_run_declares_as_not_stated_is_said(guide):
    name = "ember-32-aria-small"
    run = guide.dataset.runs[name]
    told = run.workload.model_copy(update={"offload": "not_stated"})
    silent = run.model_copy(update={"workload": told})
    made = derive(replace(guide.dataset, runs={**guide.dataset.runs, name: silent}))
    row, _ = table(made, model="aria-small").xpath("//tbody/tr")
    assert "not stated: offload" in fragments.text(row)


def test_a_model_without_runs_says_so(guide):
    assert fragments.text(table(guide, model="aria-large")).startswith("This project has not")


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("runs/ember-80-oom.yml", "gpu: ember-80", "gpu: ember-81"),
        ("runs/ember-32-aria-small.yml", "model: aria-small", "model: aria-smell"),
        ("runs/ember-80-oom-2.yml", "supersedes: ember-80-oom", "supersedes: ember-80-omm"),
        ("models/aria-tiny.yml", "text_encoder: aria-encoder", "text_encoder: aria-encodes"),
    ],
)
def test_an_id_that_nobody_has_is_refused(edit, file, old, new):
    problems = rules.check(load(edit(file, old, new)))
    found = {(one.file, one.rule, one.found) for one in problems}
    assert (file, "known-ids", new.rpartition(" ")[2]) in found
