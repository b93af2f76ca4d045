"""What tried settings took, and on which cards they fit: never wrong in the dangerous direction."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from macros import derive, fits
from macros.footprints import footprints
from macros.index import fitting
from macros.load import Dataset
from macros.runs import Run
from tests.test_runs import RUN

LEAN = {"text_encoder_precision": "bfloat16"}
MACHINE = RUN["environment"]
WHOLE = {"text_encoder_precision": "float32"}


def run(gib: float, knobs: dict[str, str] = WHOLE, **given: Any) -> Run:
    """Return a run that took so much memory on a large card, and a generation of ten seconds."""
    plain = {
        "gpu": "ember-80",
        "model": "aria-small",
        "workload": {"resolution": "1280x704", "steps": 1, "offload": "none", **knobs},
        "times_s": {"generation": [10]},
        "peak_mib": {
            "reserved": Decimal(str(gib * 1024 - 600)),
            "process": Decimal(str(gib * 1024)),
            "device": Decimal(str(gib * 1024 + 8)),
            "device_idle": 8,
        },
        "environment": {**MACHINE, "memory_total_mib": 81920},
    }
    return Run.model_validate(RUN | plain | given)


def capped(gib: float, cap: float, **given: Any) -> Run:
    """Return a run under a limit of so many GiB for the whole process."""
    return run(gib, cap_mib=int(cap * 1024 - 600), **given)


def oom(gib: float, cap: float, **given: Any) -> Run:
    return capped(gib, cap, outcome="oom", times_s={}, **given)


def made(dataset: Dataset, *runs: Run) -> derive.Guide:
    return derive.guide(replace(dataset, runs={f"run-{i}": one for i, one in enumerate(runs)}))


def fit(guide: derive.Guide, gpu: str) -> fits.Fit:
    (found,) = (one for one in guide.rows.fits if one.gpu == gpu)
    return found


def gib(text: str) -> Decimal:
    return Decimal(text)


def test_runs_that_differ_in_steps_alone_are_one_footprint(dataset):
    more = run(20.5).model_copy(update={"workload": run(20).workload.model_copy(
        update={"steps": 35})})  # fmt: skip
    guide = made(dataset, run(20), more, run(18, LEAN))
    assert [(one.run, one.need) for one in guide.rows.footprints] == [
        ("run-2", gib("18")), ("run-0", gib("20")),
    ]  # fmt: skip


def test_the_least_memory_that_was_enough_is_the_need(dataset):
    (one,) = made(dataset, run(24), capped(22, 23), oom(20, 21)).rows.footprints
    assert (one.run, one.need, one.failed, one.enough) == (
        "run-1", gib("22"), gib("21"), gib("23"),
    )  # fmt: skip


def test_of_several_limits_the_least_that_was_enough_and_the_greatest_that_was_not_count(dataset):
    runs = (oom(20, 19), oom(20, 21), capped(22, 26), capped(22, 23), capped(22, 25))
    (one,) = made(dataset, *runs).rows.footprints
    assert (one.failed, one.enough) == (gib("21"), gib("23"))


def test_a_run_that_broke_off_for_another_reason_is_no_footprint(dataset):
    assert made(dataset, run(20, outcome="failed", times_s={})).rows.footprints == []


def test_a_peak_below_a_limit_under_which_memory_ran_out_is_not_trusted(dataset):
    (one,) = made(dataset, capped(20, 22), run(24), oom(21, 21)).rows.footprints
    assert one.need == gib("24")
    for lost in (oom(21, 21), oom(21, 20)):
        (one,) = made(dataset, capped(20, 22), lost).rows.footprints
        assert (one.run, one.need) == (None, None)


def test_a_run_that_another_supersedes_is_left_out(dataset):
    better = run(24, supersedes="run-0")
    (one,) = made(dataset, run(20, times_s={"generation": [1]}), better).rows.footprints
    assert (one.need, one.time, one.runs) == (gib("24"), 10, ("run-1",))


def test_a_run_without_a_meter_of_the_driver_has_no_need(dataset):
    guide = made(dataset, run(20, peak_mib={"allocated": 20000, "reserved": 20400}))
    assert guide.rows.footprints[0].need is None
    assert fit(guide, "ember-80").verdict == "unknown"
    assert "derived/runs/run-0/need" not in guide.derived


@pytest.mark.parametrize(
    "peaks", [{"device": 500, "device_idle": 500}, {"device": 0}, {"process": 0}]
)
def test_a_run_of_which_no_meter_saw_anything_fits_nowhere(dataset, peaks):
    assert fit(made(dataset, run(20, peak_mib=peaks)), "ember-80").verdict == "unknown"


def test_a_run_whose_process_alone_was_counted_counts_with_that(dataset):
    guide = made(dataset, run(20, peak_mib={"process": 20480}))
    assert guide.derived["derived/runs/run-0/need"].value == gib("20.00")


def test_without_a_limit_memory_ran_out_at_what_the_card_has(dataset):
    (one,) = made(dataset, run(70, outcome="oom", times_s={})).rows.footprints
    assert one.failed == 80
    machine = {**MACHINE, "memory_total_mib": 81920, "memory_reserved_mib": 1024}
    (one,) = made(dataset, run(70, outcome="oom", times_s={}, environment=machine)).rows.footprints
    assert one.failed == 79, "what the driver keeps for itself no program has"


def test_a_limit_of_a_run_without_meters_is_not_known(dataset):
    blind = oom(20, 21, peak_mib={"device": 20000})
    assert made(dataset, run(24), blind).rows.footprints[0].failed is None


def test_time_is_compared_with_the_fastest_that_makes_the_same_in_as_many_steps(dataset):
    slow = run(18, LEAN, times_s={"generation": [15, Decimal("12.5"), 13]})
    other = run(20).model_copy(update={"workload": run(20).workload.model_copy(
        update={"resolution": "768x432"})})  # fmt: skip
    lone = run(20).model_copy(update={"workload": run(20).workload.model_copy(
        update={"steps": 35})})  # fmt: skip
    guide = made(dataset, run(20), slow, other, lone)
    by_run = {one.run: one for one in guide.rows.footprints}
    assert by_run["run-1"].more == gib("2.5")
    assert (by_run["run-1"].scatter, by_run["run-1"].slower) == (gib("2.5"), False)
    assert by_run["run-1"].time_ref == "runs/run-1/times_s/generation/1"
    assert by_run["run-1"].fastest_ref == "runs/run-0/times_s/generation/0"
    assert by_run["run-0"].steps == 1
    assert (by_run["run-2"].more, by_run["run-2"].slower) == (0, None)
    assert guide.derived["derived/runs/run-1/scatter"].value == gib("2.50")
    assert "derived/runs/run-1/more-time" not in guide.derived


def test_a_setting_is_slower_only_by_more_than_its_own_times_differ(dataset):
    slow = run(18, LEAN, times_s={"generation": [15, 13]})
    guide = made(dataset, run(20), slow)
    assert [(one.run, one.slower) for one in guide.rows.footprints] == [
        ("run-1", True), ("run-0", False),
    ]  # fmt: skip
    assert guide.derived["derived/runs/run-1/more-time"].value == gib("3.00")


def test_settings_stand_by_size_and_then_by_need(dataset):
    small = {**WHOLE, "resolution": "768x432"}
    odd = {**WHOLE, "resolution": "480p"}
    half = {**WHOLE, "resolution": "x704"}
    runs = (run(20), run(30, small), run(10, LEAN), run(5, odd), run(5, half))
    rows = made(dataset, *runs).rows.footprints
    assert [one.run for one in rows] == ["run-3", "run-4", "run-1", "run-2", "run-0"]


@pytest.mark.parametrize(
    ("runs", "verdict", "tried"),
    [
        ([run(39)], "fits", False),
        ([run(40), capped(39, 44)], "fits", True),
        ([capped(39, 44.5)], "fits", True),  # within a hundredth of what the card leaves
        ([capped(39, 46)], "fits", False),
        ([run(44)], "tight", False),
        ([run(45)], "does_not_fit", False),  # the driver's total would have held it
        ([run(60), oom(44, 44.4)], "does_not_fit", True),
        ([run(46), oom(30, 31)], "does_not_fit", False),
        ([capped(30, 31), oom(44, 45)], "does_not_fit", True),
        ([capped(30, 31), oom(44, 45428 / 1024)], "does_not_fit", True),  # just what it leaves
        ([oom(30, 31)], "unknown", False),
    ],
)
def test_a_card_of_another_kind_gets_its_verdict_from_limits_or_from_the_peak(
    dataset, runs, verdict, tried
):
    found = fit(made(dataset, *runs), "quill-48")
    assert (found.verdict, found.tried) == (verdict, tried)


def test_a_card_of_which_only_the_drivers_total_is_known_loses_its_reserve(dataset):
    found = fit(made(dataset, run(40)), "quill-48")
    assert found.room == gib("46068") / 1024 - fits.DRIVER_RESERVE_GIB
    guide = made(dataset, run(40))
    assert "driver" in guide.derived["derived/gpus/quill-48/room"].formula
    assert guide.derived["derived/gpus/quill-48/spare/run-0"].value == gib("4.36")


def test_a_card_whose_memory_nobody_states_has_an_unknown_verdict(dataset):
    assert fit(made(dataset, run(4)), "quill-next").verdict == "unknown"
    assert fit(made(dataset, run(4)), "ember").verdict == "unknown"


def test_a_card_takes_its_own_runs_and_another_one_those_that_needed_most(dataset):
    own = run(31.5, gpu="ember-32", environment=MACHINE)
    guide = made(dataset, run(25), own)
    assert fit(guide, "ember-80").footprint.need == gib("25")
    assert fit(guide, "ember-80").tried
    assert fit(guide, "ember-32").verdict == "does_not_fit"  # its label says no more
    assert fit(guide, "quill-48").footprint.need == gib("31.5")


def test_what_one_card_ran_under_a_limit_is_not_tried_if_another_ran_without(dataset):
    guide = made(dataset, capped(39, 44), run(20, gpu="ember-32", environment=MACHINE))
    assert (fit(guide, "quill-48").verdict, fit(guide, "quill-48").tried) == ("fits", False)


def test_of_the_limits_on_several_cards_the_greatest_that_was_not_enough_counts(dataset):
    small = {"gpu": "ember-32", "environment": MACHINE}
    guide = made(dataset, run(60), oom(44, 44.4), run(31.5, **small), oom(30, 31, **small))
    assert (fit(guide, "quill-48").verdict, fit(guide, "quill-48").tried) == ("does_not_fit", True)


def test_of_several_tables_of_needs_the_worst_age_of_a_card_counts(dataset):
    table = dataset.requirements["aria-memory"]
    floor = table.claims["oldest"].model_copy(update={"architecture": "Nova"})
    for names in (("a", "z"), ("z", "a")):
        other = table.model_copy(update={"claims": {"oldest": floor}})
        both = replace(dataset, requirements=dict(zip(names, (table, other), strict=True)),
                       runs={"one": run(4)})  # fmt: skip
        ages = {one.gpu: one.architecture for one in fits.fits(both, footprints(both))}
        assert ages["ember-80"] == "unknown", "nobody says how old Nova is"


def test_a_card_older_than_recommended_says_so(dataset):
    assert fit(made(dataset, run(4)), "ember-80").architecture == "supported"
    assert fit(made(dataset, run(4, model="aria-tiny")), "ember-80").architecture is None


def test_the_settings_that_fit_are_found_by_card_and_model(dataset):
    guide = made(dataset, run(60), run(40, LEAN))
    assert [one.footprint.run for one in fitting(guide, "quill-48", "aria-small")] == ["run-1"]
    assert fitting(guide, "quill-48", "aria-large") == []
    assert "derived/gpus/quill-48/spare/run-0" not in guide.derived


def test_sequential_offload_stands_last_of_a_size_however_quick_its_one_step_was(dataset):
    quick = run(5, WHOLE | {"offload": "sequential"}, times_s={"generation": [8]})
    guide = made(dataset, quick, run(9, WHOLE | {"offload": "models"}), run(12, LEAN))
    offloads = [one.footprint.settings.offload for one in fitting(guide, "ember-80", "aria-small")]
    assert offloads[-1] == "sequential"
    assert len(offloads) == 3
