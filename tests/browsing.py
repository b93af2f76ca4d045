"""How is a finished site served and looked at?

Serves it as a static host does and opens its pages in a Chromium. The browser tests, ``budgets``
and ``pictures`` import it.
"""

from __future__ import annotations

import gzip
import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

from playwright.sync_api import Browser, Locator, Page, Response, sync_playwright

# What the Performance Guide page may take, everything that a browser loads with it included.
MOST_BYTES = 120_000
MOST_REQUESTS = 12

Scheme = Literal["light", "dark"]
SCHEMES: dict[Scheme, str] = {"light": "default", "dark": "slate"}  # what the theme calls them
# What is out of sight gets no place and keeps its old colours until a reader scrolls there.
LAID_OUT = """() => {
    for (const card of document.querySelectorAll(".card")) card.style.contentVisibility = "visible";
}"""
_CHOSEN = "name => (document.body.dataset.mdColorScheme ?? name) === name"


class _Host(SimpleHTTPRequestHandler):
    """A static host: everything is compressed, and what is missing is the site's own 404 page."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = Path(self.directory, unquote(urlsplit(self.path).path).lstrip("/"))
        path = path / "index.html" if path.is_dir() else path
        status = 200 if path.is_file() else 404
        path = path if path.is_file() else Path(self.directory, "404.html")
        kind = self.guess_type(path)
        body = gzip.compress(path.read_bytes(), 6)
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8" if "text/" in kind else kind)
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "max-age=600")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def served(site: Path) -> Iterator[str]:
    """Serve a site from a thread; yields its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Host, directory=str(site)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the Chromium that `make` found; else the one that playwright installs."""
    with sync_playwright() as tools:
        browser = tools.chromium.launch(executable_path=os.environ.get("CHROMIUM"))
        yield browser
        browser.close()


@contextmanager
def a_page(browser: Browser, width: int = 1280, **options: Any) -> Iterator[Page]:
    """Open a page in a browser context of its own, with options of that context."""
    context = browser.new_context(viewport={"width": width, "height": 800}, **options)
    yield context.new_page()
    context.close()


def choose(page: Page, scheme: Scheme) -> None:
    """Let the reader's system prefer a colour scheme, and wait until all of the page follows."""
    page.evaluate(LAID_OUT)
    page.emulate_media(color_scheme=scheme)
    page.wait_for_function(_CHOSEN, arg=SCHEMES[scheme])
    page.evaluate("for (const change of document.getAnimations()) change.finish()")


def places(site: Path) -> list[str]:
    """Return the address of every page of a site."""
    found = (path.relative_to(site).as_posix() for path in sorted(site.rglob("*.html")))
    return [place.removesuffix("index.html") for place in found]


def one_of_each(site: Path) -> list[str]:
    """Return each page that someone wrote, and one of each kind of generated page."""
    kinds = {re.sub("(?<=/)[^/]+$", "*", place.rstrip("/")): place for place in places(site)}
    return list(kinds.values())


WATCH = """\
Object.defineProperty(window, "hostile", {set() { console.error("hostile text ran"); }});
"""
LIVE = """() => [...document.querySelectorAll("*")].flatMap(e => [...e.attributes].filter(a =>
    a.name.startsWith("on") || /^\\s*javascript:/i.test(a.value)).map(a => e.outerHTML))"""
# How far a page scrolls sideways, and how wide it is.
WIDE = "() => { scrollTo(9999, 0); return [scrollX, document.documentElement.scrollWidth]; }"
TEXTS = """() => [...document.querySelectorAll("[data-ref]")].map(
    e => [e.dataset.ref, e.textContent])"""


def watch(page: Page) -> list[str]:
    """Note what a page must not do: run a planted script, report an error, ask another host."""
    faults: list[str] = []

    def asked(url: str) -> None:
        if not url.startswith("http://127.0.0.1:"):
            faults.append(url)

    page.add_init_script(WATCH)
    page.on("console", lambda said: faults.append(said.text) if said.type != "log" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("dialog", lambda dialog: faults.append(dialog.message))
    page.on("request", lambda request: asked(request.url))
    return faults


def search(page: Page, words: str) -> Locator:
    """Type words into the search and return the results that it shows."""
    page.keyboard.press("/")
    page.keyboard.type(words)
    page.locator(".md-search-result__item").first.wait_for()
    return page.locator(".md-search-result__list")


def weight(browser: Browser, address: str) -> dict[str, int]:
    """Return the bytes of every file that a browser loads with a page, compressed, by address."""
    with a_page(browser) as page:
        found: dict[str, int] = {}

        def noted(response: Response) -> None:
            found[response.url] = int(response.headers["content-length"])

        page.on("response", noted)
        page.goto(address, wait_until="networkidle")
        return found


_SHIFTS = """() => new Promise(done => {
    const sum = list => list.getEntries().reduce((all, shift) => all + shift.value, 0);
    const seen = {type: "layout-shift", buffered: true};
    new PerformanceObserver(list => done(sum(list))).observe(seen);
    setTimeout(() => done(0), 200);
})"""
_SLOW = {"offline": False, "latency": 150, "downloadThroughput": 2e5, "uploadThroughput": 9e4}


def shifted(browser: Browser, address: str, width: int) -> float:
    """Return the layout shift of a page that loads over a slow mobile line; 0 if nothing moves."""
    with a_page(browser, width) as page:
        page.context.new_cdp_session(page).send("Network.emulateNetworkConditions", _SLOW)
        page.goto(address, wait_until="networkidle")
        return float(page.evaluate(_SHIFTS))
