"""The pages of tried settings: the least memory first, and no card that may lack it."""

from __future__ import annotations

import pytest

from macros import derive, rules, tables
from macros.index import fitting
from tests import fragments
from tests.conftest import ROOT
from tests.test_footprints import LEAN, capped, oom, run
from tests.test_replicas import with_runs


@pytest.fixture(scope="module")
def guide(dataset):
    """Two settings: one that needs much, and a lean one that was tried under a limit."""
    runs = [run(60), run(42, LEAN), capped(41, 44, knobs=LEAN), oom(40, 31, knobs=LEAN)]
    return derive.guide(with_runs(dataset, runs))


@pytest.fixture(scope="module")
def real():
    return derive.guide(rules.checked(ROOT / "data"))


def rows(guide, name, **arguments):
    fragment = fragments.parse(tables.BLOCKS[name](guide, "", **arguments))
    return [[fragments.text(cell) for cell in row] for row in fragment.xpath("//tbody/tr")]


def test_the_settings_of_a_model_stand_from_the_least_memory_to_the_most(guide):
    lean, whole = rows(guide, "model_settings", model="aria-small")
    assert lean[0] == "text encoder precision bfloat16"
    assert [row[4] for row in (lean, whole)] == ["41.00", "60.00"]


def test_a_card_stands_in_the_row_of_the_most_memory_that_fits_it(guide):
    lean, whole = rows(guide, "model_settings", model="aria-small")
    assert "tried under a limit: Quill 48" in lean[1]
    assert "Lumen Ember 80" not in lean[1]
    assert "fits, run on it: Lumen Ember 80" in whole[1]
    assert "Lumen Ember 32" not in lean[1] + whole[1]


def test_a_card_lists_the_settings_that_fit_and_counts_the_others(guide):
    (row,) = rows(guide, "gpu_settings", gpu="quill-48")
    assert row[:4] == [
        "text encoder precision bfloat16", "41.00", "3.36", "! tight, tried under a limit",
    ]  # fmt: skip
    shown = fragments.text(fragments.parse(tables.BLOCKS["gpu_settings"](guide, "", "quill-48")))
    assert "1 of 2 tried settings fit; the least at 1280x704 needs 41.00 GiB" in shown
    assert "Needs and times were measured on Lumen Ember 80." in shown, "and not on this card"
    assert "⊗ out of memory (predicted): 1" in shown


def test_a_card_on_which_nothing_fits_says_what_was_seen_and_what_is_predicted(guide):
    shown = fragments.text(fragments.parse(tables.BLOCKS["gpu_settings"](guide, "", "ember-32")))
    assert "none of 2 tried settings fits." in shown
    assert "✕ out of memory: 1; ⊗ out of memory (predicted): 1" in shown


def test_a_card_of_unknown_memory_gets_no_verdict(guide):
    shown = fragments.text(fragments.parse(tables.BLOCKS["gpu_settings"](guide, "", "quill-next")))
    assert shown == "Not known, because no source gives the memory of this card."


def test_a_name_of_several_products_leads_to_each_of_them(guide):
    shown = fragments.parse(tables.BLOCKS["gpu_settings"](guide, "", "ember"))
    assert shown.xpath("//a/@href") == ["gpus/ember-32/", "gpus/ember-80/"]


def test_nothing_tried_is_said_in_words(dataset):
    bare = derive.guide(with_runs(dataset, []))
    assert "has not tried" in tables.BLOCKS["gpu_settings"](bare, "", "ember-80")
    assert "has not tried" in tables.BLOCKS["model_settings"](bare, "", "aria-small")


def test_a_setting_whose_generation_nobody_timed_has_no_time(dataset):
    wrapped = derive.guide(with_runs(dataset, [run(60, times_s={"command": [70]})]))
    (row,) = rows(wrapped, "model_settings", model="aria-small")
    assert row[5:8] == ["— not measured"] * 3


def test_a_run_that_states_no_setting_has_words_for_its_link(dataset):
    guide = derive.guide(with_runs(dataset, [run(20, model="aria-large", workload={})]))
    html = tables.BLOCKS["picker"](guide, "")
    html += tables.BLOCKS["model_settings"](guide, "", "aria-large")
    html += "".join(tables.BLOCKS["gpu_settings"](guide, "", gpu) for gpu in dataset.gpus)
    assert '"></a>' not in html
    assert "Settings of all: none stated." in html
    assert 'With <a href="files/data/runs/run-0.yml.html#L1">settings that nobody stated' in html


def test_settings_without_a_peak_that_counts_are_counted(dataset):
    dirty = derive.guide(with_runs(dataset, [oom(60, 61)]))
    shown = tables.BLOCKS["model_settings"](dirty, "", "aria-small")
    assert "Settings without a peak that counts: 1." in shown


def test_a_fit_is_never_wrong_in_the_dangerous_direction(real):
    found = [one for one in real.rows.fits if one.enough]
    assert found
    for one in found:
        assert one.footprint.need <= one.room
        assert one.footprint.failed is None or one.footprint.failed < one.room


def test_every_figure_of_the_settings_is_owned(guide, real):
    for made, gpu, model in ((guide, "quill-48", "aria-small"), (real, "rtx-5090", "")):
        fragments.assert_owned(made, tables.BLOCKS["gpu_settings"](made, "", gpu))
        if model:
            fragments.assert_owned(made, tables.BLOCKS["model_settings"](made, "", model))


def test_the_settings_that_fit_stand_from_the_largest_size_and_from_the_fastest(real):
    found = [one.footprint for one in fitting(real, "rtx-5090", "predict2-2b-video2world")]
    sizes = [one.settings.resolution for one in found]
    assert list(dict.fromkeys(sizes)) == ["1280x704", "768x432"]
    for size in set(sizes):
        of_size = [one for one in found if one.settings.resolution == size]
        order = [
            (one.settings.offload == "sequential", one.more if one.slower else 0, one.need)
            for one in of_size
        ]
        assert order == sorted(order)
    page = fragments.parse(tables.BLOCKS["gpu_settings"](real, "", "rtx-5090"))
    (folded,) = page.xpath("//summary[contains(., '2B-Video2World')]")
    assert fragments.text(folded).endswith(
        "the least at 1280x704 needs 14.20 GiB; the least at 768x432 needs 5.52 GiB"
    )


def lines(guide, gpu):
    shown = fragments.parse(f"<div>{tables.BLOCKS['gpu_settings'](guide, '', gpu)}</div>")
    first = shown.xpath("//ul | //details | //figure")[0]
    return [fragments.text(line) for line in first.xpath("self::ul/li")]


def test_before_all_else_a_card_says_what_fits_where_a_model_does_not_as_published(real):
    (line,) = (one for one in lines(real, "rtx-5090") if "2B-Video2World" in one)
    assert line == (
        "Cosmos-Predict2-2B-Video2World does not fit as published: it needs 32.54 GB, read as GiB;"
        " this card has 31.84 GiB. With resolution 1280x704, text encoder precision bfloat16, VAE"
        " precision bfloat16, offload text_encoder, allocator expandable, attention backend native,"
        " it takes 15.27 GiB: ✓ fits, tried under a limit."
    )
    assert lines(real, "h200-sxm") == [], "for every model fits on it"


def test_a_model_that_never_fits_is_told_from_one_that_nobody_tried(dataset, guide):
    (line,) = lines(guide, "ember-32")
    assert line.startswith("Aria-Large-Speech does not fit as published: it needs 41.25 GB")
    assert line.endswith("This project has not tried settings of it.")
    (line,) = lines(derive.guide(with_runs(dataset, [run(60, model="aria-large")])), "ember-32")
    assert line.endswith("No tried setting fits.")


def test_the_steps_of_a_run_stand_in_a_column_beside_its_time(real):
    html = tables.BLOCKS["model_settings"](real, "", "predict2-2b-video2world")
    for table in fragments.parse(f"<div>{html}</div>").xpath("//table"):
        heads = [fragments.text(one) for one in table.xpath("./thead/tr/th")]
        assert heads[5:7] == ["Steps of the run", "Time of the run (s)"]
        for row in table.xpath("./tbody/tr"):
            steps, time = (row[i].xpath(".//data")[0] for i in (5, 6))
            run = time.get("data-ref").split("/")[1]
            assert steps.get("data-ref") == f"runs/{run}/workload/steps"
            assert fragments.text(row[6]) == time.get("value"), "a time without words sorts"


def test_a_card_that_shows_two_sizes_says_why_where_they_stand(real):
    """A published need is held against the driver's total, a tried setting against the rest."""
    said = {False: 0, True: 0}
    for gpu in real.dataset.gpus:
        tree = fragments.parse(tables.BLOCKS["gpu_settings"](real, "", gpu=gpu))
        refs = {f"derived/gpus/{gpu}/{one}" for one in ("capacity", "room")}
        shown = refs & set(tree.xpath("//data/@data-ref"))
        differ = len({real.derived[ref].value for ref in shown}) == 2
        words = [one for one in tree.xpath("./p") if "Two sizes" in fragments.text(one)]
        assert [set(one.xpath("./a/data/@data-ref")) for one in words] == [refs] * differ
        said[differ] += 1
    assert all(said.values())
