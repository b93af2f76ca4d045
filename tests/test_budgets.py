"""Every page keeps within its budget: nothing that axe objects to, few bytes, nothing moves."""

from __future__ import annotations

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

from macros.load import load
from tests import browsing

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[1]
AXE = Axe()
TARGETS = {"target-size": {"enabled": True}}  # off in axe, but Lighthouse asks for it
QUICK = {"resultTypes": ["violations"], "elementRef": False}
PHONE = {**TARGETS, "color-contrast": {"enabled": False}}
WAYS = [
    (1280, "light", {"rules": TARGETS}),  # every rule that axe has on, its best practices included
    # In the dark nothing but colours is different.
    (1280, "dark", {"runOnly": ["color-contrast", "link-in-text-block"]}),
    # Contrast is most of axe's work, and leaves open what a narrow table hides: on a phone
    # `test_all_text_stands_out_from_its_background` looks at all text, in both schemes.
    (360, "dark", {"rules": PHONE}),
]
# Of the many cards of the picker it looks at those that hold a kind of answer which none before
# holds. The kind of an answer is what stands in a cell or in an item of its list, with its colour
# and its footnotes, when each name and each figure, being a link, is left out, and what only paper
# shows, as axe does.
ALIKE = """() => {
    const seen = new Set();
    const kind = part => {
        const copy = part.cloneNode(true);
        copy.querySelectorAll("li, .paper, [hidden]").forEach(other => other.remove());
        for (const link of copy.querySelectorAll("a")) {
            const state = /[a-z]/.test(link.querySelector("data")?.value ?? "");
            link.replaceWith(state ? link.textContent : "\u2026");
        }
        const words = copy.innerHTML.replace(/(<sup>.*?<.sup>)+/g, "*");
        return `${part.tagName} ${part.className} ${words.replace(/\u2026(, \u2026)+/g, "\u2026")}`;
    };
    for (const card of document.querySelectorAll(".card")) {
        const before = seen.size;
        seen.add(card.dataset.tight ? "not listed" : "listed");
        card.querySelectorAll("caption, tbody th, td, li").forEach(part => seen.add(kind(part)));
        card.toggleAttribute("data-alike", seen.size === before);
    }
    return [...seen];
}"""
LOOKED_AT = {"exclude": [[".card[data-alike]"]]}


def test_of_the_cards_of_the_picker_axe_sees_some_with_every_kind_of_answer(real, opened):
    page = opened()
    page.goto(f"{real}will-it-run/")
    kinds = page.evaluate(ALIKE)
    for words in (
        "does_not_fit", "verdict fits", "doubtful", "verdict unknown", "> tight<", "nothing",
        "enough memory", "the card: settings", "its run on", "This fits", "not measured",
        "out of memory", "published", "measured by this project", "older than the source",
        "no source gives its memory", "not listed",
    ):  # fmt: skip
        assert any(words in kind for kind in kinds), words
    every = page.locator(".card").count()
    page.evaluate("for (const one of document.querySelectorAll('[data-alike]')) one.remove()")

    assert page.evaluate(ALIKE) == kinds
    assert page.locator(".card").count() < every / 2


def test_axe_objects_to_no_kind_of_page(chromium, real, real_site):
    """All copies of data files are made alike too, so it looks at one of them."""
    group = next(name for name, gpu in load(ROOT / "data").gpus.items() if gpu.one_of)
    more = (f"gpus/{group}/", "will-it-run/?gpu=other&gib=24", "compare/?base=h200-sxm")
    found = {}
    with browsing.a_page(chromium) as page:
        for place in (*browsing.one_of_each(real_site), *more):
            if place.startswith("files/data/") and "/benchmarks/" not in place:
                continue
            page.goto(real + place)
            page.evaluate(ALIKE)
            for width, scheme, rules in WAYS:
                page.set_viewport_size({"width": width, "height": 800})
                browsing.choose(page, scheme)
                seen = AXE.run(page, LOOKED_AT, {**rules, **QUICK})
                if seen.violations_count:
                    found[place, width, scheme] = seen.generate_report()
    assert found == {}


def test_a_card_out_of_sight_does_not_seem_to_lie_on_the_foot_of_the_page(chromium, real):
    """Lighthouse looks at a page as it loads, when cards out of sight have a height by guess."""
    with browsing.a_page(chromium, 412) as page:
        page.goto(f"{real}will-it-run/")
        last = {"include": [[".card:last-child"]]}
        seen = AXE.run(page, last, {"runOnly": ["color-contrast"], **QUICK})
        assert seen.violations_count == 0, seen.generate_report()


def test_the_first_page_is_light_with_all_that_a_browser_loads_with_it(chromium, real):
    found = browsing.weight(chromium, real)
    assert f"{real}search/search_index.json" in found
    assert [address for address in found if not address.startswith(real)] == []
    assert len(found) <= browsing.MOST_REQUESTS, found
    assert sum(found.values()) <= browsing.MOST_BYTES, found


@pytest.mark.parametrize("width", [1280, 360])
def test_nothing_moves_while_the_first_page_loads_over_a_slow_line(chromium, real, width):
    assert browsing.shifted(chromium, real, width) == 0
