"""How much do the pages of the built site weigh, and what does Lighthouse say of them?

    make budgets                    after a build; `make bench` calls it too

Prints each figure with its limit and fails if one is passed. Lighthouse comes from npm, where
that is at hand, and is kept nowhere.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests import browsing

SITE = Path(__file__).parent.parent / "site"
LIGHTHOUSE = "lighthouse@12.8.2"  # the newest that runs on Node 18
LIMITS = {"performance": 95, "accessibility": 100, "best-practices": 100, "seo": 100}
KINDS = {"phone": [], "desktop": ["--preset=desktop"]}
ROUNDS = 3  # the best counts: other work on the machine can only slow a page down


def weights(address: str) -> list[str]:
    """Print what the first page weighs and how far it moves; return what is over its limit."""
    with browsing.chromium() as browser:
        found = browsing.weight(browser, address)
        moved = [browsing.shifted(browser, address, width) for width in (360, 1280)]
    total = sum(found.values())
    print(
        f"first page: {total:,} bytes compressed (at most {browsing.MOST_BYTES:,}), "
        f"{len(found)} requests (at most {browsing.MOST_REQUESTS}), "
        f"layout shift {max(moved):g} (none allowed)"
    )
    for url, size in sorted(found.items(), key=lambda one: -one[1]):
        print(f"  {size:>7,}  {url.removeprefix(address) or 'the page itself'}")
    over = total > browsing.MOST_BYTES or len(found) > browsing.MOST_REQUESTS or any(moved)
    return ["the first page"] if over else []


def lighthouse(address: str, kind: str) -> dict[str, int]:
    """Return the scores of a page, of 100 each, and print what costs points."""
    with TemporaryDirectory() as folder:
        output = Path(folder) / "report.json"
        flags = "--headless=new" + (" --no-sandbox" if os.geteuid() == 0 else "")
        command = [
            "npx", "--yes", LIGHTHOUSE, address, "--quiet", "--output=json",
            f"--output-path={output}", f"--chrome-flags={flags}",
            f"--only-categories={','.join(LIMITS)}", *KINDS[kind],
        ]  # fmt: skip
        environment = {**os.environ, "CHROME_PATH": os.environ.get("CHROMIUM", "")}
        subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
        report = json.loads(output.read_text(encoding="utf-8"))
    scores = {name: round(100 * report["categories"][name]["score"]) for name in LIMITS}
    for name, least in LIMITS.items():
        if scores[name] < least:
            for part in report["categories"][name]["auditRefs"]:
                audit = report["audits"][part["id"]]
                if part["weight"] and audit["score"] not in (None, 1):
                    print(f"    {name}: {audit['title']} ({audit.get('displayValue', 'failed')})")
    return scores


def scored(address: str) -> list[str]:
    """Print the scores of the main pages; return the pages under their limits."""
    under = []
    gpu, runs = (
        max((p for p in browsing.places(SITE) if p.startswith(section)), key=_size)
        for section in ("gpus/", "measured/")
    )
    for place in ("", gpu, "will-it-run/", "measured/", runs, "known-contradictions/"):
        for kind in KINDS:
            best: dict[str, int] = dict.fromkeys(LIMITS, 0)
            for _ in range(ROUNDS):
                scores = lighthouse(address + place, kind)
                best = {name: max(score, scores[name]) for name, score in best.items()}
                if all(best[name] >= least for name, least in LIMITS.items()):
                    break
            else:
                under.append(f"{place or 'the first page'} on a {kind}")
            shown = ", ".join(f"{name} {score}" for name, score in best.items())
            print(f"  {place or 'the first page'} on a {kind}: {shown}", flush=True)
    return under


def _size(place: str) -> int:
    return (SITE / place / "index.html").stat().st_size


def main() -> None:
    """Print the report; exit with 1 if a page is over its budget."""
    with browsing.served(SITE) as address:
        failed = weights(address)
        if shutil.which("npx"):
            least = ", ".join(f"{name} {least}" for name, least in LIMITS.items())
            print(f"{LIGHTHOUSE} (at least {least}):", flush=True)
            failed += scored(address)
        else:
            print("Lighthouse was left out: npm is not installed here")
    if failed:
        sys.exit(f"over the budget: {'; '.join(failed)}")


if __name__ == "__main__":
    main()
