"""A reference leads to one figure, and a verdict and a capacity follow from the data."""

from __future__ import annotations

from decimal import Decimal

import pytest

from macros import figures
from macros.figures import Figure
from macros.load import load


@pytest.mark.parametrize(
    ("ref", "value", "unit", "approximate"),
    [
        ("benchmarks/aria-speech/results/ember-80/aria-small", "2.50", "s", False),
        ("benchmarks/aria-speech/results/quill-48/aria-small", "6", "s", True),
        ("requirements/aria-memory/results/aria-large", "41.25", "GB", False),
        ("requirements/aria-memory/claims/range-large/low_gb", "41", "GB", False),
        ("benchmarks/aria-sparse/claims/printed-speedup/factors/ember-80", "2.5", "×", False),
        ("gpus/ember-80/usable_memory/2/total_mib", "81559", "MiB", False),
        ("gpus/ember-32/tdp_w/value", "350", "W", False),
        ("models/aria-small/defaults/fps", "16", "fps", False),
        ("models/aria-small/transformer/rope_scale/1", "0.75", "", False),
        ("benchmarks/aria-speech/workload/steps", "20", "", False),
        ("benchmarks/aria-speech/workload/steps/default", "20", "", False),
    ],
)
def test_a_stored_figure_keeps_its_text_and_gets_its_unit(dataset, ref, value, unit, approximate):
    found = figures.stored(dataset, ref)

    assert (f"{found.value:f}", found.unit, found.approximate) == (value, unit, approximate)


@pytest.mark.parametrize(
    ("ref", "text"),
    [
        ("benchmarks/aria-speech/results/ember-32/aria-large", "oom"),
        ("benchmarks/aria-sparse/results/ember-32/large-sparse", "not_measured"),
        ("requirements/aria-memory/results/aria-tiny", "not_measured"),
        ("gpus/ember-32/compute_capability/value", "9.0"),
        ("models/aria-small/released_on/value", "2025-06-11"),
        ("gpus/ember/aliases/1", "EMBER card"),
    ],
)
def test_states_texts_and_dates_are_returned_as_text(dataset, ref, text):
    assert figures.stored(dataset, ref) == Figure(text)


@pytest.mark.parametrize(
    "ref",
    [
        "",
        "gpus",
        "gpus/ember-32",
        "gpus/nothing/name",
        "documents/sources.yml/text",
        "gpus/ember-32/aliases",
        "gpus/ember-32/aliases/7",
        "gpus/ember-32/aliases/x",
        "gpus/ember-32/memory_gb/confidence",
        "gpus/ember-32/name/upper",
        "gpus/quill-next/memory_gb/value",
        "benchmarks/aria-sparse/claims/none/factor",
        "benchmarks/aria-speech/results/ember-80/aria-tiny",
        "benchmarks/aria-speech/results/ember/aria-small",
        "requirements/aria-memory/results/nothing",
    ],
)
def test_a_reference_to_nothing_is_a_key_error(dataset, ref):
    with pytest.raises(KeyError):
        figures.stored(dataset, ref)


def test_the_settings_of_a_column_add_to_those_of_its_table(dataset):
    found = figures.workload(dataset.benchmarks["aria-tuning"], "small-8")

    assert (found.dataset, found.gpu_count) == ("Chorus", 8)


@pytest.mark.parametrize(
    ("gpu", "gib", "meter"),
    [
        ("ember-80", "79.10", "cuda"),
        ("quill-48", "44.99", "driver"),
        ("ember-32", "29.80", "nominal"),
    ],
)
def test_a_capacity_comes_from_the_best_meter(dataset, gpu, gib, meter):
    found = figures.capacity(dataset, gpu)

    assert found is not None
    assert (f"{found.gib:.2f}", found.meter) == (gib, meter)


def test_what_a_program_is_told_counts_before_what_the_driver_prints(edit):
    data = edit(
        "gpus/ember-80.yml", "{total_mib: 81000, meter: cuda", "{total_mib: 81560, meter: driver"
    )

    found = figures.capacity(load(data), "ember-80")

    assert found is not None
    assert (found.meter, found.gib * 1024) == ("opencl", 81100)


def test_of_two_readings_by_one_meter_the_least_counts(edit):
    data = edit(
        "gpus/ember-80.yml", "total_mib: 81100, meter: opencl", "total_mib: 80896, meter: cuda"
    )

    found = figures.capacity(load(data), "ember-80")

    assert found is not None
    assert (found.gib, found.ref) == (79, "gpus/ember-80/usable_memory/1/total_mib")


def test_a_card_without_memory_has_no_capacity(dataset):
    assert figures.capacity(dataset, "quill-next") is None


def test_a_group_has_a_capacity_only_if_its_members_agree(dataset, edit):
    assert figures.capacity(dataset, "ember") is None
    data = edit("gpus/ember.yml", "one_of: [ember-32, ember-80]", "one_of: [ember-32, ember-32]")

    assert figures.capacity(load(data), "ember") == figures.capacity(load(data), "ember-32")


@pytest.mark.parametrize(
    ("need", "capacity", "expected"),
    [
        # A 32 GB card and 32.54; a card that reports 46,068 MiB and 48.93; a nominal 80 GB card
        # and 56.38.
        ("32.54", 32 * figures.BYTES["GB"] / figures.GIB, "does_not_fit"),
        ("48.93", Decimal(46068) / 1024, "does_not_fit"),
        ("56.38", 80 * figures.BYTES["GB"] / figures.GIB, "fits"),
        ("90", Decimal(100), "fits"),
        ("90.01", Decimal(100), "tight"),
        ("100", Decimal(100), "tight"),
        ("100.01", Decimal(100), "does_not_fit"),
        ("90", None, "unknown"),
        (None, Decimal(100), "unknown"),
    ],
)
def test_a_model_fits_with_a_tenth_of_the_capacity_to_spare(need, capacity, expected):
    assert figures.verdict(need and Decimal(need), capacity) == expected


@pytest.mark.parametrize(
    ("capability", "age"),
    [("8.8", "older_than_recommended"), ("8.9", "supported"), ("10.0", "supported")],
)
def test_a_card_is_older_if_its_compute_capability_is_the_lower_number(edit, capability, age):
    data = edit("gpus/ember-32.yml", "{value: '9.0'", f"{{value: '{capability}'")
    dataset = load(data)

    assert figures.architecture(dataset, "ember-32", figures.floors(dataset, "aria-memory")) == age


def test_the_lowest_compute_capability_of_an_architecture_is_where_it_begins(edit):
    fact = "compute_capability: {value: '8.6', source: {id: quill-datasheet}}"
    edit("gpus/quill-next.yml", "name:", f"{fact}\nname:")
    dataset = load(edit("gpus/ember-32.yml", "{value: '9.0'", "{value: '8.7'"))
    (floor,) = figures.floors(dataset, "aria-memory")

    assert floor.least == "gpus/quill-next/compute_capability/value"
    assert figures.architecture(dataset, "ember-32", [floor]) == "supported"


def test_of_several_recommended_floors_the_worst_counts(dataset):
    (quill,) = figures.floors(dataset, "aria-memory")
    nobody = quill._replace(architecture="Nova", least=None)

    assert figures.architecture(dataset, "ember-32", [quill, nobody]) == "unknown"
    assert figures.architecture(dataset, "ember-32", [nobody, quill]) == "unknown"


@pytest.mark.parametrize(
    ("value", "printed", "expected"),
    [
        ("2.0554", "2.0", False),
        ("2.0554", "2.1", True),
        ("2.1499", "2.1", True),
        ("1.75", "1.8", True),
        ("2.5", "3", True),
    ],
)
def test_a_printed_factor_agrees_if_the_value_rounds_to_it(value, printed, expected):
    assert figures.agrees(Decimal(value), Decimal(printed)) is expected


def test_a_group_has_only_the_specs_that_its_members_share(dataset):
    assert figures.specs(dataset, "ember") == {
        "architecture": "gpus/ember-32/architecture/value",
        "compute_capability": "gpus/ember-32/compute_capability/value",
    }


def test_a_sparse_column_is_paired_with_the_dense_one_that_differs_in_nothing_else(dataset, edit):
    table = dataset.benchmarks["aria-sparse"]
    assert list(figures.speedup_columns(table)) == [("large-sparse", "large-dense")]
    data = edit("benchmarks/aria-sparse.yml", "{attention: dense}", "{attention: dense, frames: 2}")

    assert list(figures.speedup_columns(load(data).benchmarks["aria-sparse"])) == []


def test_a_sparse_time_of_one_model_is_no_speed_up_of_another(edit):
    data = edit("benchmarks/aria-sparse.yml", "large-dense: {model: aria-large",
                "large-dense: {model: aria-small")  # fmt: skip

    assert list(figures.speedup_columns(load(data).benchmarks["aria-sparse"])) == []
