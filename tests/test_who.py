"""A browser obeys the policy of a page, and says of a figure who says it, also on paper."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page

from macros.load import load
from tests.browsing import WIDE, search, served, watch

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parent.parent


# ---------------------------------------------------------------- what a policy allows


def test_search_palette_and_tabs_work_under_the_content_security_policy(mini_site, opened):
    """That no kind of page reports a violation is seen by the visits of another test."""
    faults = watch(page := opened())
    with served(mini_site) as address:
        page.goto(address)
        before = page.evaluate("document.body.dataset.mdColorScheme")
        for _ in range(3):
            page.locator("label[for^=__palette]:visible").click()
            if page.evaluate("document.body.dataset.mdColorScheme") != before:
                break
        assert page.evaluate("document.body.dataset.mdColorScheme") != before
        label = page.locator(".tabbed-labels label").last
        label.click()
        assert page.locator(".tabbed-block:visible").count() == 1
        search(page, "speech")
    assert faults == []


def test_a_script_in_the_content_of_a_page_does_not_run(real_site, tmp_path, opened):
    """Even one that no gate saw."""
    page_html = (real_site / "index.html").read_text(encoding="utf-8")
    site = shutil.copytree(real_site / "assets", tmp_path / "site/assets").parent
    planted_html = page_html.replace("</article>", "<script>window.ran = 1</script></article>")
    (site / "index.html").write_text(planted_html, encoding="utf-8")
    page = opened()
    with served(site) as address:
        page.goto(address)
        assert page.evaluate("window.ran") is None
        page.set_content("<script>window.ran = 1</script>")
        assert page.evaluate("window.ran") is None, "nor one that a script writes later"


@pytest.mark.parametrize("place", ["nowhere", "gpus/no/where/at/all/"])
def test_from_a_missing_page_at_any_depth_search_and_links_lead_on(real_site, opened, place):
    page = opened(360)
    with served(real_site) as address:
        page.goto(address + place)
        assert page.evaluate(WIDE) == [0, 360]
        loaded = "getComputedStyle(document.querySelector('.missing')).display"
        assert page.evaluate(loaded) == "flex", "the style sheets were found"
        page.locator("article").get_by_role("link", name="Method").click()
        assert page.url == f"{address}method/"
        page.goto(address + place)
        page.get_by_label("Search the guide").fill("h100")
        page.keyboard.press("Enter")
        page.locator(".md-search-result__item").first.wait_for()
        assert page.url == f"{address}?q=h100"


# ---------------------------------------------------------------- who says a figure


def cell_of(page: Page, ref: str) -> Locator:
    return page.locator(f'td a:has(data[data-ref="{ref}"])').first


def a_cell() -> str:
    """Return the reference of a cell with a waiver."""
    waivers = load(ROOT / "data").waivers.values()
    return next(one.record for one in waivers if "benchmarks/" in one.record)


@pytest.mark.parametrize("way", ["mouse", "touch", "keyboard"])
def test_a_figure_says_in_place_who_says_it(real, opened, way):
    ref = a_cell()
    page = opened(360, has_touch=True)
    faults = watch(page)
    page.goto(real)
    cell = cell_of(page, ref)
    if way == "mouse":
        cell.click()
    elif way == "touch":
        cell.tap()
    else:
        cell.focus()
        page.keyboard.press("Enter")
    box = page.get_by_role("dialog").and_(page.locator("#who"))
    box.wait_for()
    words = box.inner_text()
    assert cell.inner_text() in words
    assert "Source: " in words
    assert "read on 20" in words
    assert "Accepted contradiction" in words
    lasting = "--".join(ref.split("/")[2:])
    assert box.get_by_role("link", name="The line of the data").get_attribute("href") == (
        f"{real}files/data/{'/'.join(ref.split('/')[:2])}.yml.html#{lasting}"
    )
    assert page.url == real
    assert page.evaluate(WIDE)[1] == 360
    page.keyboard.press("Tab")
    assert box.get_by_role("link").first.evaluate("link => link === document.activeElement")
    page.keyboard.press("Escape")
    box.wait_for(state="hidden")
    assert page.evaluate(
        "ref => !!document.activeElement.querySelector(`[data-ref='${ref}']`)", ref
    )
    assert faults == []


def test_a_figure_that_was_computed_shows_its_formula_in_place(real, opened):
    """Of a table of many such figures, only its own row."""
    page = opened()
    page.goto(real)
    page.locator('td a:has(data[data-ref^="derived/gpus/"][data-ref*="/headroom/"])').first.click()
    page.locator("#who").get_by_text("capacity − need").first.wait_for()
    assert page.locator("#who").get_by_role("link", name="The whole derivation").count() == 1
    heads = page.locator("#who tr th:first-child").all_inner_texts()
    assert heads[:3] == ["Figure", "capacity", "need"]
    assert len(heads) == 5


def test_without_scripts_the_link_of_a_figure_leads_to_the_same_words(real, opened):
    ref = a_cell()
    page = opened(360, java_script_enabled=False)
    page.goto(real)
    cell_of(page, ref).click()
    said = page.locator(".lines > :target + .who")
    said.wait_for()
    assert "read on 20" in said.inner_text()
    value = page.locator(f'[id="{"--".join(ref.split("/")[2:])}"]')
    value.click()
    page.locator(".lines > :has(:target) + .who").wait_for()
    assert page.url.endswith(f"#{'--'.join(ref.split('/')[2:])}")


# ---------------------------------------------------------------- paper, stillness, own colours


def test_beside_a_line_of_data_only_paper_repeats_where_a_note_stands(real, opened):
    page = opened()
    page.goto(f"{real}files/data/requirements/predict2-performance.yml.html#L13")
    said = page.locator(".lines :target ~ .who").first.locator(".paper")
    assert said.count() > 0
    assert page.locator(".paper:visible").count() == 0
    page.emulate_media(media="print")
    assert said.first.is_visible()


def test_on_paper_footnotes_and_the_addresses_of_sources_are_there_and_no_chrome(real, opened):
    page = opened(718)
    page.goto(real)
    assert page.locator(".paper:visible").count() == 0
    page.emulate_media(media="print")
    lines = page.locator("caption .paper:visible").first.inner_text()
    assert re.search(r"data/\S+\.yml, lines \d+ to \d+", lines)
    assert page.locator("details.footnotes:not([open]) li:visible").count() > 0
    address = "getComputedStyle(document.querySelector('article a.source'), '::after').content"
    assert "https://github.com/" in page.evaluate(address) or "attr(href)" in page.evaluate(address)
    assert page.locator(":is(.md-header, .md-sidebar, .headerlink):visible").count() == 0
    day = "document.querySelector('article a.source').dataset.read"
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", page.evaluate(day))
    cut = """() => [...document.querySelectorAll(".scroll")].filter(e => e.checkVisibility())
        .filter(e => e.scrollWidth > document.documentElement.clientWidth).length"""
    assert page.evaluate(cut) == 0


def test_nothing_moves_for_a_reader_who_asks_for_stillness(real, opened):
    page = opened(reduced_motion="reduce")
    page.goto(real)
    moving = """() => [...document.querySelectorAll("*")].filter(e => {
        const style = getComputedStyle(e);
        return style.transitionDuration.split(", ").some(one => parseFloat(one))
            && style.transitionProperty !== "none" || style.animationName !== "none";
    }).length"""
    assert page.evaluate(moving) == 0


def test_the_first_column_stays_readable_in_colours_of_the_reader(real, opened):
    page = opened(360, forced_colors="active")
    page.goto(real)
    seen = "getComputedStyle(document.querySelector('table.data th[scope=row]'))"
    assert page.evaluate(f"{seen}.position") == "sticky"
    assert page.evaluate(f"{seen}.backgroundColor") != "rgba(0, 0, 0, 0)"
