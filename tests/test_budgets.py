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
# Of the many cards that the picker lists some are enough: they are made alike.
LOOKED_AT = {"exclude": [[".card:not(:nth-child(5n + 1))"]]}


def test_axe_objects_to_no_kind_of_page(chromium, real, real_site):
    """All copies of data files are made alike too, so it looks at one of them."""
    group = next(name for name, gpu in load(ROOT / "data").gpus.items() if gpu.one_of)
    found = {}
    with browsing.a_page(chromium) as page:
        for place in (*browsing.one_of_each(real_site), f"gpus/{group}/"):
            if place.startswith("files/data/") and "/benchmarks/" not in place:
                continue
            page.goto(real + place)
            for width, scheme, rules in WAYS:
                page.set_viewport_size({"width": width, "height": 800})
                browsing.choose(page, scheme)
                seen = AXE.run(page, LOOKED_AT, {**rules, **QUICK})
                if seen.violations_count:
                    found[place, width, scheme] = seen.generate_report()
    assert found == {}


def test_the_first_page_is_light_with_all_that_a_browser_loads_with_it(chromium, real):
    found = browsing.weight(chromium, real)
    assert f"{real}search/search_index.json" in found
    assert [address for address in found if not address.startswith(real)] == []
    assert len(found) <= browsing.MOST_REQUESTS, found
    assert sum(found.values()) <= browsing.MOST_BYTES, found


@pytest.mark.parametrize("width", [1280, 360])
def test_nothing_moves_while_the_first_page_loads_over_a_slow_line(chromium, real, width):
    assert browsing.shifted(chromium, real, width) == 0
