"""What follows from the data is right, names its operands, and has a row in its frame."""

from __future__ import annotations

import shutil
from decimal import Decimal

import pytest

from macros import derive
from macros.figures import Figure
from macros.load import load
from macros.rules import check


def test_every_cell_of_every_table_is_a_row_of_results(guide):
    rows = guide.results.set_index("ref")

    assert len(rows) == 4 + 2 + 8 + 2
    row = rows.loc["benchmarks/aria-sparse/results/ember-80/large-dense"]
    assert (row["value"], row["seconds"], row["size_class"]) == (Decimal("10.0"), 600.0, "Large")


def test_a_cell_that_the_file_leaves_out_is_a_row_that_is_not_measured(guide):
    rows = guide.results.set_index("ref")

    row = rows.loc["benchmarks/aria-sparse/results/ember-32/large-sparse"]
    assert (row["state"], bool(row["stored"])) == ("not_measured", False)


def test_a_need_is_read_in_the_unit_that_its_table_says(guide, edit):
    assert guide.requirements["need_gib"].tolist() == [Decimal("20.50"), Decimal("41.25")]
    data = edit("requirements/aria-memory.yml", "read_as: GiB", "read_as: GB")

    need = derive.guide(load(data)).requirements["need_gib"]
    assert [round(value, 2) for value in need] == [Decimal("19.09"), Decimal("38.42")]


def test_every_card_has_a_verdict_on_every_model(guide, dataset):
    rows = guide.verdicts.set_index(["gpu", "model"])["verdict"]

    assert len(rows) == len(dataset.gpus) * len(dataset.models)
    assert rows["ember-80", "aria-large"] == "fits"
    assert rows["quill-48", "aria-large"] == "tight"
    assert rows["ember-32", "aria-large"] == "does_not_fit"
    assert rows["quill-next", "aria-large"] == "unknown"
    assert rows["ember", "aria-large"] == "unknown"
    assert rows["ember-80", "aria-tiny"] == "unknown"


@pytest.mark.parametrize(
    ("card", "need", "verdict", "headroom", "percent"),
    [
        ("memory_gb: {value: 32, source: {id: quill-datasheet}}", "32.54", "does_not_fit",
         "-2.74", "-9.2"),
        ("usable_memory: [{total_mib: 46068, meter: driver, source: {id: quill-datasheet}}]",
         "48.93", "does_not_fit", "-3.94", "-8.8"),
        ("memory_gb: {value: 80, source: {id: quill-datasheet}}", "56.38", "fits",
         "18.13", "24.3"),
    ],
)  # fmt: skip
def test_the_published_examples_get_their_verdicts(data, card, need, verdict, headroom, percent):
    """A 32 GB card and 32.54, a card of 46,068 MiB and 48.93, a nominal 80 GB card and 56.38."""
    with (data / "gpus/quill-next.yml").open("a") as file:
        file.write(f"{card}\n")
    path = data / "requirements/aria-memory.yml"
    path.write_text(path.read_text().replace("aria-large: 41.25", f"aria-large: {need}"))

    guide = derive.guide(load(data))

    rows = guide.verdicts.set_index(["gpu", "model"])["verdict"]
    assert rows["quill-next", "aria-large"] == verdict
    place, rest = "derived/gpus/quill-next", "aria-memory/aria-large"
    assert guide.figure(f"{place}/headroom/{rest}") == Figure(Decimal(headroom), "GiB")
    assert guide.figure(f"{place}/headroom-percent/{rest}") == Figure(Decimal(percent), "%")


def test_a_derived_figure_names_its_formula_and_operands(guide):
    found = guide.derived["derived/gpus/ember-80/headroom/aria-memory/aria-large"]

    assert found.label == "Headroom of Aria-Large-Speech on Lumen Ember 80"
    assert found.formula == "capacity − need, the need read as GiB"
    assert found.operands == (
        ("capacity", "derived/gpus/ember-80/capacity"),
        ("need", "requirements/aria-memory/results/aria-large"),
    )


def test_every_operand_of_a_derived_figure_resolves(guide):
    for derived in guide.derived.values():
        for _label, ref in derived.operands:
            guide.figure(ref)


def test_a_speed_up_is_dense_over_sparse_and_keeps_the_printed_factor(guide):
    (row,) = guide.speedups.to_dict("records")

    assert row["ref"] == "derived/benchmarks/aria-sparse/speedup/ember-80/large-sparse"
    assert (row["value"], row["claimed"]) == (Decimal("2.5"), Decimal("2.5"))
    assert guide.figure(row["ref"]) == Figure(Decimal("2.50"), "×")


def test_a_range_has_the_text_of_its_ends(guide):
    place = "derived/benchmarks/aria-speech/range/aria-small"

    assert str(guide.figure(f"{place}/min").value) == "2.50"
    assert guide.figure(f"{place}/max") == Figure(Decimal(6), "s", approximate=True)


def test_an_end_of_a_range_is_chosen_from_those_that_equal_it(edit):
    place = "derived/benchmarks/aria-speech/range/aria-small"
    guide = derive.guide(load(edit("benchmarks/aria-speech.yml", "small: 4.20", "small: 2.50")))

    assert [gpu for gpu, _ in guide.derived[f"{place}/min"].chosen] == ["ember-80", "ember-32"]
    assert [gpu for gpu, _ in guide.derived[f"{place}/max"].chosen] == ["quill-48"]
    assert len(guide.derived[f"{place}/max"].operands) == 3


def test_a_figure_that_a_newer_table_replaces_is_in_no_range(data, guide):
    """Else the guide would say "up to" a figure that its publisher took back."""
    place = "derived/benchmarks/aria-speech-2025/range/aria-small"
    assert str(guide.figure(f"{place}/max").value) == "5.0"
    assert guide.derived[f"{place}/max"].formula == "the greatest of 1 value in s"

    (data / "benchmarks/aria-speech-2025.yml").write_text(
        (data / "benchmarks/aria-speech-2025.yml").read_text().replace("ember: {", "ember-32: {")
        .replace("aria-small: 5.0", "aria-small: {value: 5.0, superseded_by: aria-speech}")
    )  # fmt: skip
    assert f"{place}/max" not in derive.guide(load(data)).derived


def test_a_sentence_speaks_of_figures_that_no_newer_table_replaces(edit):
    edit("benchmarks/aria-speech-2025.yml", "ember: {", "ember-32: {")
    data = edit("recommendations.yml", "slowest: {take: max, of: benchmarks/aria-speech,",
                "slowest: {take: max, of: benchmarks/aria-speech-2025,")  # fmt: skip

    found = derive.guide(load(data)).figure("derived/recommendations/small-times/slowest")
    assert str(found.value) == "5.0"


def test_a_speed_up_of_replaced_times_is_in_no_sentence(edit):
    """It stands in its own table, whose claims are held against it; the newer table has its own."""
    old = "{value: 4.0, superseded_by: aria-newer}"
    data = edit("benchmarks/aria-sparse.yml", "large-sparse: 4.0", f"large-sparse: {old}")
    text = (data / "benchmarks/aria-sparse.yml").read_text().partition("  ember-32")[0]
    newer = text.replace(old, "5.0").replace("50-51", "7").replace(": long", ": longer")
    (data / "benchmarks/aria-newer.yml").write_text(newer)
    edit("recommendations.yml", "of: speedups/aria-sparse", "of: speedups/aria-newer")

    assert check(load(data)) == []
    guide = derive.guide(load(data))
    assert str(guide.figure("derived/recommendations/small-times/factor").value) == "2.00"
    assert [row.superseded_by for row in guide.rows.speedups] == [None, "aria-newer"]

    edit("recommendations.yml", "of: speedups/aria-newer", "of: speedups/aria-sparse")
    (problem,) = check(load(data))
    assert (problem.rule, problem.found) == ("operands", "speedups/aria-sparse")


def test_what_follows_from_an_approximate_figure_is_approximate(edit):
    guide = derive.guide(load(edit("benchmarks/aria-sparse.yml", "sparse: 4.0", "sparse: ~4.0")))

    assert guide.figure("derived/benchmarks/aria-sparse/speedup/ember-80/large-sparse").approximate
    assert guide.figure("derived/recommendations/small-times/factor").approximate

    guide = derive.guide(
        load(edit("requirements/aria-memory.yml", "large: 41.25", "large: ~41.25"))
    )
    for kind in ("headroom", "headroom-percent"):
        place = f"derived/gpus/ember-80/{kind}/aria-memory"
        assert guide.figure(f"{place}/aria-large").approximate
        assert not guide.figure(f"{place}/aria-small").approximate


def test_operands_of_sentences_are_taken_over_the_named_figures_only(guide):
    place = "derived/recommendations"

    assert guide.figure(f"{place}/small-floor/floor") == Figure(Decimal("20.50"), "GB")
    assert str(guide.figure(f"{place}/small-times/fastest").value) == "2.50"
    assert guide.figure(f"{place}/small-times/slowest") == Figure(Decimal("6.0"), "s", True)
    assert guide.figure(f"{place}/small-times/factor") == Figure(Decimal("2.50"), "×")


def test_speed_ups_can_be_chosen_by_size_class(edit):
    data = edit("recommendations.yml", "of: speedups/aria-sparse",
                "of: speedups/aria-sparse, size_class: Large")  # fmt: skip

    found = derive.guide(load(data)).figure("derived/recommendations/small-times/factor")
    assert str(found.value) == "2.50"


def test_a_stored_figure_is_found_through_the_guide(guide):
    assert guide.figure("gpus/ember-80/name") == Figure("Lumen Ember 80")
    with pytest.raises(KeyError):
        guide.figure("derived/gpus/ember/capacity")


def test_cards_and_models_are_rows_with_the_exact_values(guide):
    gpus = guide.gpus.set_index("gpu")
    models = guide.models.set_index("model")

    assert (gpus.loc["ember-32", "memory_gb"], gpus.loc["ember-32", "meter"]) == (32, "nominal")
    assert gpus.loc["ember", "one_of"] == ["ember-32", "ember-80"]
    assert models.loc["aria-small", "parameters"] == Decimal(1_200_000_000)
    assert models.loc["aria-small", "released_on"] == "2025-06-11"


def test_a_data_set_without_figures_makes_an_empty_guide(mini, tmp_path):
    shutil.copy(mini / "sources.yml", tmp_path)

    guide = derive.guide(load(tmp_path))

    assert guide.results.empty
    assert guide.derived == {}
