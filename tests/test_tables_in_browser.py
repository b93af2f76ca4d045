"""Can a reader sort and filter large tables, with every state last and nothing lost?"""

from __future__ import annotations

import hashlib
from decimal import Decimal
from math import log
from pathlib import Path

import pytest

from tests.browsing import watch

ROOT = Path(__file__).parent.parent

ASSETS = ROOT / "macros/theme/assets"
VENDORED = {
    "vendor/sortable-tablesort-4.1.7/sortable.min.js": (
        "a887cf42ad5b69673364c529afe8500b31dfbe3e78c2e623bee6430fc69b990f"
    ),
    "vendor/sortable-tablesort-4.1.7/LICENSE": (
        "88d9b4eb60579c191ec391ca04c16130572d7eedc4a86daa58bf28c6e14c9bcd"
    ),
}


def test_vendored_files_are_those_of_the_stated_version_and_bring_their_licence():
    """The sums are of the files in the package of that version, as its registry serves it."""
    found = {
        path.relative_to(ASSETS).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (ASSETS / "vendor").rglob("*")
        if path.is_file()
    }
    assert found == VENDORED


COLUMN = """(table, column) => [...table.tBodies[0].rows].map(row => {
    const data = row.cells[column].querySelector("data");
    return data ? data.value : row.cells[column].textContent;
})"""
ROWS = "table => [...table.tBodies[0].rows].map(row => row.cells[0].textContent)"


@pytest.fixture
def page(real, opened):
    """The first page of the guide."""
    found = opened()
    found.goto(real)
    return found


def column(table, number):
    return table.evaluate(f"table => ({COLUMN})(table, {number})")


def numbers(values):
    return [Decimal(value) for value in values if value.replace(".", "").isdigit()]


def test_times_are_sorted_as_numbers_with_states_last_in_both_directions(page):
    table = page.locator("figure.times table").first
    before = column(table, 2)
    assert "oom" in before
    button = table.get_by_role("button", name="Sort by Cosmos-Predict2-14B-Text2Image")

    button.press("Enter")
    table.locator("th[aria-sort='ascending']").wait_for()
    page.wait_for_function("table => !table.matches('.sortable')", arg=table.element_handle())
    rising = column(table, 2)
    button.press("Space")
    table.locator("th[aria-sort='descending']").wait_for()
    page.wait_for_function("table => !table.matches('.sortable')", arg=table.element_handle())
    falling = column(table, 2)

    assert rising == [*map(str, sorted(numbers(before))), "oom"]
    assert falling == [*map(str, sorted(numbers(before), reverse=True)), "oom"]
    assert page.evaluate("document.activeElement.matches('button.sort')")


def test_a_verdict_is_sorted_by_its_headroom(page):
    table = page.locator("figure.matrix table").first
    before = table.evaluate(ROWS)
    table.get_by_role("button", name="Sort by Cosmos-Predict2-2B-Video2World").click()
    page.wait_for_function("table => !table.matches('.sortable')", arg=table.element_handle())

    shown = column(table, 4)
    unknown = [value for value in shown if "unknown" in value]
    known = [Decimal(value) for value in shown if value not in unknown]
    assert shown[len(known) :] == unknown
    assert known == sorted(known)
    assert sorted(table.evaluate(ROWS)) == sorted(before), "no row is lost"


def sorted_by(table):
    """Return the column by which a table is sorted and which way, once it is."""
    table.locator("th[aria-sort]").wait_for()
    table.page.wait_for_function("table => !table.matches('.sortable')", arg=table.element_handle())
    heading = table.locator("th[aria-sort]")
    return heading.locator("button").get_attribute("aria-label"), heading.get_attribute("aria-sort")


def test_the_third_click_brings_back_the_first_order_and_all_is_said_aloud(page):
    table = page.locator("figure.times table").first
    before = table.evaluate(ROWS)
    button = table.get_by_role("button", name="Sort by GPU")
    said = page.locator("article > [role=status]")
    for way in ("ascending", "descending"):
        button.press("Enter")
        assert sorted_by(table) == ("Sort by GPU", way)
        assert said.inner_text() == f"Sorted by GPU, {way}"
        assert table.evaluate(ROWS) != before

    button.press("Enter")

    assert table.evaluate(ROWS) == before
    assert table.locator("[aria-sort]").count() == 0
    assert said.inner_text() == "In the first order again"
    assert page.evaluate("location.search") == ""


def arranged(page):
    """Return every row that a page shows, in its order."""
    return page.locator("article tbody tr:visible th").all_inner_texts()


def test_the_address_holds_how_each_table_is_sorted_and_filtered(page, opened):
    """Whoever gets the address sees the same; a jump within the page keeps it."""
    matrix, times = (page.locator(f"figure.{kind}").first for kind in ("matrix", "times"))
    matrix.get_by_label("Rows with").fill("rtx 50")
    matrix.get_by_role("button", name="Sort by GPU").click()
    for way in ("ascending", "descending"):
        times.get_by_role("button", name="Sort by Cosmos-Predict2-2B-Text2Image").click()
        assert sorted_by(times.locator("table"))[1] == way
    page.evaluate("location.hash = 'out-of-memory'")
    seen = arranged(page)

    other = opened()
    other.goto(page.url)

    assert sorted_by(other.locator("figure.matrix table").first) == ("Sort by GPU", "ascending")
    assert sorted_by(other.locator("figure.times table").first)[1] == "descending"
    assert arranged(other) == seen
    assert (
        other.locator("figure.matrix").first.get_by_role("status").inner_text().startswith("2 of")
    )
    other.get_by_label("Rows with").first.fill("")
    assert "rows." not in other.url
    assert other.url.endswith("#out-of-memory")


def test_an_address_that_names_no_table_or_column_changes_nothing(real, page, opened):
    before = arranged(page)
    faults = watch(other := opened())
    other.goto(
        f"{real}?sort.none=GPU&rows.none=x&sort.fit-matrix--predict2-performance=None&rows=4"
    )

    assert arranged(other) == before
    assert other.locator("[aria-sort]").count() == 0
    assert faults == []


def test_a_heading_over_two_columns_sorts_by_the_first_of_its_own(real, opened):
    page = opened()
    page.goto(f"{real}sparse-attention/")
    table = page.locator("figure.data table:has(th[colspan])").first
    table.locator("th[colspan] button").nth(1).click()
    sorted_by(table)

    values = numbers(column(table, 3))
    assert values == sorted(values)
    assert len(values) > 4
    assert values != numbers(column(table, 1))


def test_a_form_and_the_tables_below_it_share_the_address(real, opened):
    """Going back brings the earlier choice, and the address still tells how tables are sorted."""
    faults = watch(page := opened())
    page.goto(f"{real}compare/?base=h200-sxm")
    table = page.locator(".compare table").first
    table.get_by_role("button", name="Sort by GPU").click()
    assert sorted_by(table) == ("Sort by GPU", "ascending")
    page.get_by_role("checkbox", name="NVIDIA L40S").check()
    assert "gpus=l40s&base=h200-sxm&sort.comparison--" in page.url
    seen = arranged(page)

    page.goto(page.url)

    assert sorted_by(table) == ("Sort by GPU", "ascending")
    assert arranged(page) == seen
    page.get_by_role("checkbox", name="NVIDIA L40S").uncheck()
    page.go_back()
    assert "sort.comparison--" in page.url
    assert page.locator(".answer").inner_text().startswith("Cards shown: 1.")
    assert faults == []


def test_a_page_that_is_opened_as_a_file_keeps_its_tables_in_the_address_too(real_site, opened):
    page = opened()
    page.goto((real_site / "gpus/index.html").as_uri())
    page.get_by_label("Rows with").fill("blackwell")
    page.get_by_role("button", name="Sort by GPU").click()
    sorted_by(page.locator("figure.data table").first)
    seen = arranged(page)

    page.goto(page.url)

    sorted_by(page.locator("figure.data table").first)
    assert arranged(page) == seen


def test_a_link_in_a_heading_stays_a_link(page):
    table = page.locator("figure.times table").first
    before = table.evaluate(ROWS)
    table.locator("thead a").first.evaluate(
        "a => { a.addEventListener('click', event => event.preventDefault()); a.click(); }"
    )
    page.wait_for_timeout(50)

    assert table.evaluate(ROWS) == before
    assert table.locator("[aria-sort]").count() == 0


def test_the_first_column_and_the_footnotes_stay_in_a_sorted_table(page):
    page.set_viewport_size({"width": 360, "height": 800})
    figure = page.locator("figure.times").first
    marks = figure.locator("tbody sup a").evaluate_all("all => all.map(a => a.hash).sort()")
    figure.get_by_role("button", name="Sort by GPU").click()
    page.wait_for_function("table => !table.matches('.sortable')",
                           arg=figure.locator("table").element_handle())  # fmt: skip

    head = figure.locator("tbody th").first
    left = head.bounding_box()["x"]
    figure.locator(".scroll").evaluate("e => e.scrollBy(100, 0)")
    assert head.bounding_box()["x"] == left
    kept = figure.locator("tbody sup a").evaluate_all("all => all.map(a => a.hash).sort()")
    assert kept == marks


def test_a_filter_keeps_the_rows_that_have_all_words_and_says_how_many(page):
    figure = page.locator("figure.matrix").first
    every = figure.locator("tbody tr").count()

    figure.get_by_label("Rows with").fill("rtx 50")

    assert figure.locator("tbody tr:visible th").all_inner_texts() == [
        "NVIDIA GeForce RTX 5080", "NVIDIA GeForce RTX 5090",
    ]  # fmt: skip
    assert figure.get_by_role("status").inner_text() == f"2 of {every} rows"
    figure.get_by_label("Rows with").fill("")
    assert figure.locator("tbody tr:visible").count() == every
    assert figure.get_by_role("status").inner_text() == ""


def test_a_finger_sorts_and_filters_a_table_on_a_phone(real, opened):
    """What it needs is wide enough to hit, and what is said of the rows stays on one line."""
    page = opened(360, has_touch=True, is_mobile=True)
    page.goto(real)
    table = page.locator("figure.times table").first
    button = table.get_by_role("button", name="Sort by Cosmos-Predict2-2B-Text2Image")
    assert min(button.bounding_box()[side] for side in ("width", "height")) > 23
    button.tap()
    assert sorted_by(table)[1] == "ascending"
    assert numbers(column(table, 1)) == sorted(numbers(column(table, 1)))
    figure = page.locator("figure.matrix").first
    figure.get_by_label("Rows with").tap()
    page.keyboard.type("rtx 50")
    said = figure.get_by_role("status")
    assert said.inner_text().startswith("2 of ")
    assert said.evaluate("e => e.getClientRects().length") == 1
    assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_a_bar_is_as_long_as_the_logarithm_of_its_time(page):
    table = page.locator("figure.times table").first
    cells = table.evaluate("""table => [...table.tBodies[0].rows].map(({cells}) =>
        [cells[2].querySelector("data").value, cells[2].style.getPropertyValue("--heat")])""")

    logs = {value: log(float(value)) for value, _ in cells if value != "oom"}
    least, most = min(logs.values()), max(logs.values())
    for value, heat in cells:
        if value == "oom":
            assert heat == ""
        else:
            assert float(heat) == pytest.approx((logs[value] - least) / (most - least), abs=0.006)


def test_nothing_moves_when_the_scripts_add_their_part(real, opened):
    faults = watch(page := opened())
    page.add_init_script("""window.shift = 0; new PerformanceObserver(list => {
        for (const entry of list.getEntries()) shift += entry.value;
    }).observe({type: "layout-shift", buffered: true});""")
    for place in ("", "gpus/", "measured/", "sparse-attention/"):
        page.goto(real + place)
        page.wait_for_timeout(200)
        assert page.evaluate("shift") == 0, place
    assert faults == []
