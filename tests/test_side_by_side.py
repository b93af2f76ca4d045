"""Does the comparison hold every time, and are the ratios of its script right?"""

from __future__ import annotations

from pathlib import Path

import pytest

from macros import derive, formats, tables
from macros.load import load
from tests import fragments
from tests.browsing import watch
from tests.test_tables import rows

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def guide():
    """The guide itself."""
    return derive.guide(load(ROOT / "data"))


def test_each_time_stands_with_what_it_makes_in_an_hour(guide):
    fragment = tables.BLOCKS["comparison"](guide, "")
    fragments.assert_owned(guide, fragment)

    first = rows(fragment)[0]
    assert first[0] == "NVIDIA GB200"
    assert first[1].startswith("3.39")
    assert first[1].endswith("1061.95 images/h")
    assert first[3].endswith("817.06 s/h")  # 93 / 16 * 3600 / 25.61


def test_tables_of_training_are_not_compared(dataset):
    fragment = tables.BLOCKS["comparison"](derive.guide(dataset), "")

    assert "aria-speech" in fragment
    assert "aria-tuning" not in fragment


SEEN = """() => Object.fromEntries([...document.querySelectorAll(".compare td")].map(cell => [
    cell.querySelector("data").dataset.ref, cell.querySelector(".ratio")?.textContent ?? null]))"""


def expected(guide, base):
    """Return the ratio that each time must show, by its reference."""
    found = {}
    results = [row for row in guide.rows.results if row.metric == "generation_time"]
    for row in results:
        other = next(
            (
                one
                for one in results
                if one.benchmark == row.benchmark
                and (
                    (one.gpu, one.column) == (base, row.column)
                    or (one.gpu == row.gpu and one.model == base)
                )
            ),
            None,
        )
        found[row.ref] = None
        if row.value and other and other.value:
            value = formats.rounded(row.value / other.value, 2)
            found[row.ref] = formats.quantity(value, "×", row.approximate or other.approximate)
    return found


@pytest.mark.parametrize("base", ["h200-sxm", "l40s", "dgx-spark", "predict2-2b-video2world"])
def test_the_ratios_are_those_that_python_computes(real, opened, guide, base):
    faults = watch(page := opened())
    page.goto(f"{real}compare/?base={base}")

    assert page.evaluate(SEEN) == expected(guide, base)
    assert faults == []


def test_chosen_cards_and_models_stand_alone_and_the_address_holds_them(real, opened):
    page = opened(360)
    page.goto(f"{real}compare/")
    page.get_by_role("checkbox", name="NVIDIA H200 SXM").check()
    page.get_by_role("checkbox", name="NVIDIA L40S").press("Space")
    page.get_by_role("checkbox", name="Cosmos-Predict2-14B-Video2World").check()
    page.get_by_role("combobox", name="Ratios to").select_option("h200-sxm")

    asked = "gpus=h200-sxm&gpus=l40s&models=predict2-14b-video2world&base=h200-sxm"
    assert page.url == f"{real}compare/?{asked}"
    table = page.locator(".compare table").first
    names = table.locator("tbody tr:visible th").all_inner_texts()
    assert names == ["NVIDIA H200 SXM", "NVIDIA L40S"]
    cells = [text.split("\n") for text in table.locator("tbody td:visible").all_inner_texts()]
    assert [(cell[0][:6], cell[-1]) for cell in cells] == [("176.19", "1.00×"), ("1036.2", "5.88×")]
    assert (
        page.locator(".answer[role='status']")
        .inner_text()
        .startswith("Cards shown: 2. Models shown: 1.")
    )
    page.go_back()
    assert page.locator(".ratio").count() == 0


@pytest.mark.parametrize(("asked", "shown"), [
    ("gpus=rtx-5090", "Everything is shown: every card and every model."),
    ("base=rtx-5090", "Everything is shown: every card and every model."),
    ("gpus=rtx-5090&gpus=h200-sxm", "Cards shown: 1. Models shown: all."),
])  # fmt: skip
def test_a_card_without_a_published_time_is_known_and_said_to_have_none(real, opened, asked, shown):
    faults = watch(page := opened())
    page.goto(f"{real}compare/?{asked}")

    said = page.locator(".answer").inner_text()
    assert said == f"There is no published time under the name NVIDIA GeForce RTX 5090. {shown}"
    assert faults == []


@pytest.mark.parametrize("asked", ["base=none", "gpus=h200-sxm&gpus=x", "gpu=h200-sxm"])
def test_an_address_that_nobody_knows_shows_every_card_and_says_so(real, opened, asked):
    page = opened()
    page.goto(f"{real}compare/?{asked}")

    assert page.locator(".compare :is(tr, td, th)[hidden]").count() == 0
    assert page.locator(".answer").inner_text().endswith("So everything is shown.")


def test_without_scripts_the_comparison_is_whole(real, opened, guide):
    page = opened(360, java_script_enabled=False)
    page.goto(f"{real}compare/?gpus=h200-sxm")

    times = [row for row in guide.rows.results if row.metric == "generation_time"]
    assert page.locator(".compare td:visible").count() == len(times)
    assert not page.locator("form.compare").is_visible()
