"""Published figures against our own: what confirms, what differs, and what cannot be compared."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from macros import derive, readings, replicas, tables
from macros.documents import Document, Position
from macros.runs import Run
from macros.values import Workload
from tests import fragments
from tests.test_runs import RUN

SAME = {"resolution": "48 kHz", "frames": 1, "steps": 20, "attention": "dense"}


def run(seconds: list[Any], settings: dict[str, Any] | None = None, **given: Any) -> Run:
    plain = {
        "gpu": "ember-80",
        "model": "aria-small",
        "workload": SAME | (settings or {}),
        "times_s": {"generation": seconds},
    }
    return Run.model_validate(RUN | plain | given)


def made(dataset, *runs: Run, frames: object = 1) -> derive.Guide:
    """Return a guide with these runs, whose published table states the frames too."""
    table = dataset.benchmarks["aria-speech"]
    stated = table.model_copy(
        update={"workload": table.workload.model_copy(update={"frames": frames})}
    )
    benchmarks = {**dataset.benchmarks, "aria-speech": stated}
    return derive.guide(with_runs(replace(dataset, benchmarks=benchmarks), runs))


def with_runs(dataset, runs):
    """Return a data set with other runs, each in a file of one line."""
    found = {f"run-{i}": one for i, one in enumerate(runs)}
    places = defaultdict(lambda: Position(1, 1, 1))
    files = {f"runs/{name}.yml": Document(f"runs/{name}.yml", "", places, {}) for name in found}
    return replace(dataset, runs=found, documents={**dataset.documents, **files})


def words(guide: derive.Guide) -> list[str]:
    return [one.word for one in guide.rows.replicas]


@pytest.mark.parametrize(
    ("seconds", "word"),
    [
        (["2.5"], "confirms"),
        (["2.625"], "confirms"),  # a twentieth more
        (["2.375"], "confirms"),
        (["2.626"], "differs"),
        (["2.374"], "differs"),
        (["9", "2.5", "2.5"], "confirms"),  # the median
    ],
)
def test_a_time_within_a_twentieth_confirms(dataset, seconds, word):
    assert words(made(dataset, run([Decimal(one) for one in seconds]))) == [word]


@pytest.mark.parametrize(
    ("settings", "given", "expected"),
    [
        ({"steps": 19}, {}, []),
        ({"resolution": "24 kHz"}, {}, []),
        ({}, {"model": "aria-large"}, ["differs"]),
        ({}, {"gpu": "quill-next"}, []),  # published as not supported
        ({}, {"gpu": "ember"}, ["not_comparable"]),  # a table that states no work at all
        ({}, {"cap_mib": 9000}, []),
        ({}, {"supersedes": "run-0"}, []),
        ({}, {"outcome": "failed"}, []),
        ({"attention": "sparse"}, {}, ["not_comparable"]),
        ({"gpu_count": 2}, {}, ["not_comparable"]),
        ({"precision": "bfloat16"}, {}, ["confirms"]),  # not stated, so named
        ({"fps": 16}, {}, ["confirms"]),  # not applicable to the published figure
    ],
)
def test_only_a_run_that_did_the_same_work_is_held_against_a_figure(
    dataset, settings, given, expected
):
    assert words(made(dataset, run([Decimal("2.5")], settings, **given))) == expected


def test_work_that_the_source_does_not_state_makes_a_comparison_impossible(dataset):
    assert words(made(dataset, run([Decimal("2.5")]), frames=None)) == ["not_comparable"]
    silent = run([Decimal("2.5")])
    silent = silent.model_copy(update={"workload": silent.workload.model_copy(
        update={"steps": None})})  # fmt: skip
    assert words(made(dataset, silent)) == ["not_comparable"]


def test_every_setting_is_named_by_how_it_stands(dataset):
    (one,) = made(dataset, run([Decimal("2.5")], {"precision": "bfloat16"})).rows.replicas
    assert one.settings == replicas.Comparison(
        alike=("resolution", "frames", "attention"), defaults=("steps",),
        unstated=("precision",), differing=(),
    )  # fmt: skip


def test_the_name_of_a_size_is_compared_by_its_pixels():
    published = Workload.model_validate({"resolution": "480p", "pixels": "768x432"})
    ours = run([1], {"resolution": "768x432"}).workload
    assert "resolution" in replicas.compare(published, ours).alike


def test_the_figures_of_a_comparison_are_derived_from_each_generation(dataset):
    guide = made(dataset, run([Decimal("2.7"), Decimal("2.5")]))
    place = "derived/runs/run-0/aria-speech/aria-small"
    assert (guide.derived[f"{place}/ours"].value, guide.derived[f"{place}/ratio"].value) == (
        Decimal("2.60"), Decimal("1.04"),
    )  # fmt: skip
    operands = dict(guide.derived[f"{place}/ratio"].operands)
    assert operands["generation 2"] == "runs/run-0/times_s/generation/1"
    assert operands["published"] == "benchmarks/aria-speech/results/ember-80/aria-small"


# ---------------------------------------------------------------- what needs mean


def peak(gib: float, model: str = "aria-small", **given: Any) -> Run:
    """Return a run whose allocator peaked at so many GiB and that took two more on the card."""
    peaks = {"allocated": Decimal(str(gib)) * 1024, "device": Decimal(str(gib + 2)) * 1024}
    knobs = {"text_encoder_precision": "float32", **given.pop("knobs", {})}
    return run([1], knobs, model=model, peak_mib=peaks, **given)


def read(dataset, *runs: Run) -> derive.Guide:
    """Return a guide in which the large model has the same default size as the small one."""
    models = dict(dataset.models)
    models["aria-large"] = models["aria-large"].model_copy(
        update={"defaults": models["aria-small"].defaults}
    )
    return derive.guide(with_runs(replace(dataset, models=models), runs))


def test_the_reading_that_comes_nearest_to_all_needs_at_once_stands_first(dataset):
    guide = read(dataset, peak(20.5), peak(41.25, "aria-large"))
    best = guide.rows.readings["aria-memory"][0]
    assert (best.unit, best.meter, best.resolution, best.off) == ("GiB", "allocated", None, 0)
    gb = read(dataset, peak(19.09), peak(38.42, "aria-large"))
    assert gb.rows.readings["aria-memory"][0].unit == "GB"
    whole = read(dataset, peak(18.5), peak(39.25, "aria-large"))
    assert whole.rows.readings["aria-memory"][0].meter == "device"


def test_other_settings_and_sizes_are_readings_of_their_own(dataset):
    lean = {"text_encoder_precision": "bfloat16"}
    runs = [peak(24), peak(20.5, knobs=lean), peak(15, knobs={"resolution": "24 kHz"})]
    guide = read(dataset, *runs)
    best, *others = readings.neighbours(guide.rows.readings["aria-memory"])
    assert best.settings.text_encoder_precision == "bfloat16"
    changed = {(one.unit, one.meter, one.resolution) for one in others}
    assert changed == {("GB", "allocated", None), ("GiB", "device", None),
                       ("GiB", "allocated", None)}  # fmt: skip
    assert "24 kHz" in {one.resolution for one in guide.rows.readings["aria-memory"]}


def test_a_reading_may_leave_out_what_the_nearest_states(dataset):
    guide = read(dataset, peak(20.5, knobs={"allocator": "expandable"}), peak(24))
    table = fragments.parse(tables.BLOCKS["reading_table"](guide, "", "aria-memory"))
    heads = [fragments.text(one) for one in table.xpath("//tbody//th")]
    assert heads[0] == "the nearest"
    assert "but allocator not stated" in heads


def test_two_readings_never_have_one_name(dataset):
    """One that states this and one that states that are two, whatever words they state it in."""
    said = ("float32", "not_stated")
    knobs = [{"text_encoder_precision": "float32", "vae_precision": word} for word in said]
    knobs += [{"text_encoder_precision": word, "vae_precision": "float32"} for word in said]
    runs = [peak(20, knobs=one) for one in (*knobs, {"text_encoder_precision": "float32"})]
    silent = peak(20).model_copy(update={"workload": peak(20).workload.model_copy(
        update={"text_encoder_precision": None, "vae_precision": "float32"})})  # fmt: skip
    found = read(dataset, *runs, silent).rows.readings["aria-memory"]
    assert len({one.slug for one in found}) == len(found)


def test_a_reading_with_a_gap_is_never_the_nearest(dataset):
    lean = {"text_encoder_precision": "bfloat16"}
    guide = read(dataset, peak(22), peak(44, "aria-large"), peak(20.5, knobs=lean))
    best, *others = guide.rows.readings["aria-memory"]
    assert best.settings.text_encoder_precision == "float32"
    assert [one.off for one in others if one.settings.text_encoder_precision == "bfloat16"] == [
        None
    ] * 4


def test_the_nearest_reading_of_one_need_alone_may_be_another(dataset):
    guide = read(dataset, peak(18.5), peak(41.25, "aria-large"))
    alone = readings.nearest(guide.rows.readings["aria-memory"])
    assert {model: one.meter for model, one in alone.items()} == {
        "aria-small": "device", "aria-large": "allocated",
    }  # fmt: skip


def test_a_need_is_confirmed_or_not_under_the_reading_of_all(dataset):
    guide = read(dataset, peak(20.6), peak(44.5, "aria-large"))
    rows = readings.need_replicas(guide.rows.readings)
    assert [(one.model, one.word) for one in rows] == [
        ("aria-small", "confirms"), ("aria-large", "differs"),
    ]  # fmt: skip
    table = fragments.parse(tables.BLOCKS["need_replicas"](guide, "", "aria-memory"))
    assert [fragments.text(one) for one in table.xpath("//td[contains(@class, 'verdict')]")] == [
        "≈ confirms",
        "≠ differs",
    ]


def test_without_a_clean_run_there_is_no_reading(dataset):
    guide = read(dataset, peak(20.5, cap_mib=30000), peak(20.5, outcome="failed"))
    assert guide.rows.readings["aria-memory"] == []
    for name in ("need_replicas", "reading_table"):
        assert "has not measured" in tables.BLOCKS[name](guide, "", "aria-memory")


def test_every_figure_of_the_tables_is_owned(dataset):
    lean = {"text_encoder_precision": "bfloat16"}
    for guide in (
        read(dataset, peak(20.6), peak(44.5, "aria-large"), peak(19, knobs=lean)),
        made(dataset, run([Decimal("2.5")]), run([3], {"attention": "sparse"})),
    ):
        for name, arguments in fragments.calls(guide):
            if name.endswith(("replicas", "reading_table", "settings")):
                fragments.assert_owned(guide, tables.BLOCKS[name](guide, "", **arguments))


def test_runs_of_one_published_time_are_told_apart_by_their_settings(dataset):
    lean = run([Decimal("2.7")], {"offload": "models"})
    for runs, told in (
        ((run([Decimal("2.5")], {"offload": "none"}), lean), True),
        ((lean,), False),
    ):
        html = tables.BLOCKS["time_replicas"](made(dataset, *runs), "", "aria-speech")
        table = fragments.parse(html)
        heads = [fragments.text(one) for one in table.xpath("//thead//th")]
        last = [fragments.text(row[-1]) for row in table.xpath("//tbody/tr")]
        assert (heads[-1] == "Settings of our run") == told
        assert (last == ["offload none", "offload models"]) == told
