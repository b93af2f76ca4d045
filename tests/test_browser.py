"""A real browser shows every figure of the guide to every reader: scripts, colours, keyboard."""

from __future__ import annotations

import itertools
import re
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser

from macros import derive, formats
from macros.load import load
from tests import browsing
from tests.browsing import LIVE, SCHEMES, TEXTS, WIDE, Scheme, a_page

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[1]

# Text whose colours are too close to read: the accepted least contrast of WCAG 2 (AA). Axe leaves
# symbols and what is scrolled out of a table undecided; this looks at them too.
FAINT = """() => {
    const channels = colour => colour.match(/[\\d.]+/g).map(Number);
    const mixed = (over, under) => {
        const [r, g, b, alpha = 1] = channels(over);
        return [r, g, b].map((value, n) => value * alpha + under[n] * (1 - alpha));
    };
    const light = colour => colour.map(value => value / 255).map(
        value => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
    ).reduce((sum, value, n) => sum + value * [0.2126, 0.7152, 0.0722][n], 0);
    const known = new Map([[null, [255, 255, 255]]]);
    const behind = element => {
        if (!known.has(element)) known.set(element,
            mixed(getComputedStyle(element).backgroundColor, behind(element.parentElement)));
        return known.get(element);
    };
    const found = new Set();
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
        const element = texts.currentNode.parentElement;
        const seen = {opacityProperty: true, visibilityProperty: true};
        if (!texts.currentNode.data.trim() || !element.checkVisibility(seen)) continue;
        const style = getComputedStyle(element), under = behind(element);
        const both = [light(mixed(style.color, under)), light(under)].sort((a, b) => b - a);
        const size = parseFloat(style.fontSize), bold = style.fontWeight >= 700;
        const least = size >= 24 || (bold && size >= 18.66) ? 3 : 4.5;
        const ratio = (both[0] + 0.05) / (both[1] + 0.05);
        if (ratio < least) found.add(`${ratio.toFixed(1)}: ${element.outerHTML.slice(0, 200)}`);
    }
    return [...found];
}"""


class Visit(NamedTuple):
    """What was seen of one page on a narrow phone."""

    faults: list[str]
    live: list[str]
    wide: list[int]
    faint: dict[Scheme, list[str]]


@pytest.fixture(scope="module")
def visits(chromium: Browser, real: str, real_site: Path) -> dict[str, Visit]:
    """Each kind of page of the guide, seen once at 360 pixels, in both colour schemes."""
    seen = {}
    with a_page(chromium, 360) as page:
        faults = browsing.watch(page)
        for place in browsing.one_of_each(real_site):
            page.goto(real + place)
            faint: dict[Scheme, list[str]] = {}
            for scheme in SCHEMES:
                browsing.choose(page, scheme)
                faint[scheme] = page.evaluate(FAINT)
            wide, live = page.evaluate(WIDE), page.evaluate(LIVE)
            seen[place] = Visit(faults[:], live, wide, faint)
            faults.clear()
    return seen


def test_no_page_of_the_guide_asks_another_host_or_reports_an_error(visits):
    assert [fault for visit in visits.values() for fault in visit.faults + visit.live] == []


def test_no_page_scrolls_sideways_on_a_narrow_phone(visits):
    assert [place for place, visit in visits.items() if visit.wide != [0, 360]] == []


@pytest.mark.parametrize("scheme", SCHEMES)
def test_all_text_stands_out_from_its_background(visits, scheme):
    assert [faint for visit in visits.values() for faint in visit.faint[scheme]] == []


# On a phone a stylesheet may put headings before each cell instead, and leave them to be heard.
HIDDEN = """table => [...table.querySelectorAll("th, td")].filter(cell => {
    if (getComputedStyle(cell.closest("thead") ?? cell).clipPath !== "none") return false;
    const range = document.createRange();
    range.selectNodeContents(cell);
    const middle = () => {
        const box = range.getBoundingClientRect();
        return [box.x + box.width / 2, box.y + box.height / 2];
    };
    cell.scrollIntoView({block: "center", inline: "center"});
    const [x, y] = middle(); // in a wide or tall cell, off the middle of the cell
    cell.closest(".scroll").scrollBy(x - innerWidth / 2, 0);
    scrollBy(0, y - innerHeight / 2);
    const top = document.elementFromPoint(...middle());
    return cell.textContent.trim() && (!cell.innerText.trim() || top?.closest("th, td") !== cell);
}).map(cell => cell.outerHTML)"""


@pytest.mark.parametrize("width", [1280, 360])
def test_every_cell_of_every_table_can_be_read_without_scripts(real, real_site, opened, width):
    """Scrolled to, in a table that a reader opened, it is not empty, and nothing lies on it."""
    page = opened(width, java_script_enabled=False)
    for place in browsing.one_of_each(real_site):
        page.goto(real + place)
        page.evaluate("for (const box of document.querySelectorAll('details')) box.open = true")
        for table in page.locator("article table.data").all():
            assert table.evaluate(HIDDEN) == [], place


def test_without_scripts_the_pages_show_every_result_as_the_data_have_it(real, real_site, opened):
    guide = derive.guide(load(ROOT / "data"))
    expected = {}
    for kind in ("benchmarks", "requirements"):
        for name, table in getattr(guide.dataset, kind).items():
            rows = table.results
            if kind == "benchmarks":  # a column left out is a cell too
                rows = map("/".join, itertools.product(table.results, table.columns))
            for row in rows:
                ref = f"{kind}/{name}/results/{row}"
                value, _, approximate = guide.figure(ref)
                states = isinstance(value, str) and formats.STATES[value].words
                expected[ref] = states or formats.number(value, approximate)
    shown = set()
    page = opened(java_script_enabled=False)
    for place in browsing.places(real_site):
        if not place.startswith(("derived/", "files/")):
            page.goto(real + place)
            for ref, text in page.evaluate(TEXTS):
                if ref in expected:
                    assert re.search(rf"(^|\s){re.escape(expected[ref])}(\s|$)", text), (place, ref)
                    shown.add(ref)
    assert set(expected) - shown == set()


# Titles whose first mark of a footnote stands elsewhere than behind the last word.
STRAY = """() => [...document.querySelectorAll(".title:has(> sup)")].filter(title => {
    const mark = title.querySelector("sup"), words = title.firstElementChild;
    if (!title.checkVisibility()) return false;
    const last = [...words.getClientRects()].at(-1), first = mark.getClientRects()[0];
    const behind = Math.abs(first.left - last.right) < 4 && Math.abs(first.top - last.top) < 12;
    const start = title.getBoundingClientRect().left; // where there was no room behind it
    return !behind && !(first.left - start < 4 && first.top >= last.bottom - 12);
}).map(title => title.outerHTML)"""


@pytest.mark.parametrize("width", [1280, 360])
def test_the_marks_of_footnotes_follow_the_last_word_of_a_title(real, opened, width):
    page = opened(width)
    for place in ("", "will-it-run/", "gpus/h200-sxm/", "models/predict2-2b-video2world/"):
        page.goto(real + place)
        assert page.locator(".title > sup").count() > 0
        assert page.evaluate(STRAY) == [], place


LISTEN = """() => {
    window.missing = new Set([...document.querySelectorAll("article a[href], article .scroll")]
        .filter(e => e.checkVisibility({visibilityProperty: true}))
        .filter(e => e.matches("a") || e.scrollWidth > e.clientWidth));
    addEventListener("focusin", event => missing.delete(event.target));
    return [...missing].filter(e => e.matches(".scroll")).length;
}"""


def test_every_link_and_every_table_that_scrolls_is_reached_by_keyboard(real, opened):
    """The first stop leads past the navigation."""
    page = opened(360)
    page.goto(f"{real}post-training/")
    assert page.evaluate(LISTEN) > 0
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.matches('.md-skip')")
    page.keyboard.press("Enter")
    for _ in range(20):
        if page.evaluate("missing.size"):
            for _ in range(20):
                page.keyboard.press("Tab")
    assert page.evaluate("[...missing].map(e => e.outerHTML)") == []


# Whether some part of what has the focus lies on top; nothing outside of the page's own text.
COVERED = """() => {
    const one = document.activeElement;
    if (!one.closest("article")) return null;
    const parts = [...one.getClientRects()].map(box => document.elementFromPoint(
        box.x + box.width / 2, Math.min(box.y + box.height / 2, innerHeight - 5)));
    return parts.some(top => one.contains(top)) ? "" : one.outerHTML;
}"""


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("place", ["", "will-it-run/?gpu=h200-sxm", "compare/?gpus=l40s"])
def test_what_has_the_focus_hides_under_no_header(real, opened, place, width):
    """On the way down and on the way back, in tables whose heads and first columns stay."""
    page = opened(width)
    page.goto(real + place)
    page.evaluate("document.querySelector('article a').focus()")
    for key in ("Tab", "Shift+Tab"):
        seen = []
        for _ in range(110):
            page.keyboard.press(key)
            seen.append(page.evaluate(COVERED))
        assert [html for html in seen if html] == []
        assert seen.count("") > 50


def test_a_table_that_scrolls_does_so_by_keyboard(real, opened):
    page = opened(360)
    page.goto(real)
    region = page.locator("article .scroll:visible").first
    region.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("e => e.scrollLeft > 0", arg=region.element_handle())


def test_search_finds_a_card_by_a_name_that_only_its_aliases_hold(real, opened):
    gpus = load(ROOT / "data").gpus.items()
    known = " ".join(f"{name} {gpu.name}" for name, gpu in gpus).casefold()
    name, alias = next(
        (name, alias) for name, gpu in gpus for alias in gpu.aliases
        if alias.casefold() not in known
    )  # fmt: skip
    page = opened()
    page.goto(real)
    links = browsing.search(page, alias).locator("a.md-search-result__link")
    assert f"{real}gpus/{name}/" in [
        link.get_property("href").json_value() for link in links.element_handles()
    ]


@pytest.mark.parametrize(
    ("words", "page"),
    [("oom", "."), ("vram", "."), ("offload", "make-it-fit/"),
     ("contradictions", "known-contradictions/")],
)  # fmt: skip
def test_search_finds_what_readers_call_it_and_pages_that_have_only_headings_in_it(
    real, opened, words, page
):
    tab = opened()
    tab.goto(real)
    found = browsing.search(tab, words).locator("a.md-search-result__link").evaluate_all(
        "links => links.map(link => link.href.split(/[?#]/)[0])"
    )  # fmt: skip
    assert real + page.removeprefix(".") in found


UNTIDY = """() => [...document.querySelectorAll(".chart svg")].flatMap(svg => {
    const texts = [...svg.querySelectorAll("text")].map(text => [text.textContent, text.getBBox()]);
    const {width, height} = svg.viewBox.baseVal, slack = 2;
    const outside = texts.filter(([_, box]) => box.x < -slack || box.y < -slack ||
        box.x + box.width > width + slack || box.y + box.height > height + slack);
    const touching = texts.flatMap(([one, a], n) => texts.slice(n + 1).filter(([_, b]) =>
        Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x) > slack &&
        Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y) > slack
    ).map(([other]) => `${one} on ${other}`));
    const small = svg.getScreenCTM().a * 12 < 11.5 ? ["text below 11.5 pixels"] : [];
    return [...outside.map(([text]) => `${text} outside`), ...touching, ...small];
})"""


@pytest.mark.parametrize("width", [1280, 360])
def test_no_text_of_a_chart_lies_on_another_or_leaves_the_drawing(real, real_site, opened, width):
    page = opened(width, java_script_enabled=False)
    found = [path for path in sorted(real_site.rglob("index.html")) if 'class="chart"' in
             path.read_text(encoding="utf-8")]  # fmt: skip
    assert len(found) > 2
    for path in found:
        page.goto(real + path.relative_to(real_site).as_posix())
        assert page.evaluate(UNTIDY) == [], path
