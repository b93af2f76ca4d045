"""How do the main pages of the built site look: on a desktop, on a phone, in the dark, on paper?

make pictures                   into .pictures/, and the picture of the README
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from tests import browsing

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / ".pictures"
WAYS: dict[str, dict[str, Any]] = {
    "desktop": {"width": 1280},
    "phone": {"width": 360, "device_scale_factor": 2, "is_mobile": True},
    "dark": {"width": 1280, "color_scheme": "dark"},
    "print": {"width": 794},  # A4 between its edges
}
MOST = 4000  # pixels of height: the rest of a long page is more of the same


def main() -> None:
    """Take all pictures anew."""
    site = ROOT / "site"
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    with browsing.served(site) as address, browsing.chromium() as browser:
        for place in browsing.one_of_each(site):
            name = place.strip("/").replace("/", "-") or "index"
            for way, options in WAYS.items():
                with browsing.a_page(browser, **options) as page:
                    page.goto(address + place)
                    page.evaluate(browsing.LAID_OUT)
                    if way == "print":
                        page.emulate_media(media="print")
                    height = page.evaluate("document.documentElement.scrollHeight")
                    part = {"x": 0, "y": 0, "width": options["width"], "height": min(height, MOST)}
                    path = FOLDER / f"{name}-{way}.png"
                    page.screenshot(path=path, full_page=True, clip=part)  # type: ignore[arg-type]
        with browsing.a_page(browser) as page:
            page.goto(f"{address}#inference-performance", wait_until="networkidle")
            page.screenshot(path=ROOT / "docs/assets/guide.png")


if __name__ == "__main__":
    main()
