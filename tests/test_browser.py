"""A real browser shows what the files hold: hostile data as text, every figure, to every reader."""

from __future__ import annotations

import itertools
import os
import re
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

import pytest
import yaml
from playwright.sync_api import Browser, Locator, Page, sync_playwright
from pydantic import TypeAdapter, ValidationError

from macros import derive, formats, host, schema
from macros.load import load
from macros.values import Record
from tests import fragments

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[1]


# ---------------------------------------------------------------- a browser and sites to show it


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The Chromium that `make test` found; else the one that playwright installs."""
    with sync_playwright() as tools:
        browser = tools.chromium.launch(executable_path=os.environ.get("CHROMIUM"))
        yield browser
        browser.close()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def served(site: Path) -> Iterator[str]:
    """Serve a site from a thread; yields its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(site)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture(scope="module")
def real(real_site: Path) -> Iterator[str]:
    """The address of the guide itself."""
    with served(real_site) as address:
        yield address


@contextmanager
def a_page(chromium: Browser, width: int = 1280, **options: Any) -> Iterator[Page]:
    """Open a page in a browser context of its own, with options of that context."""
    context = chromium.new_context(viewport={"width": width, "height": 800}, **options)
    yield context.new_page()
    context.close()


@pytest.fixture
def opened(chromium: Browser) -> Iterator[Callable[..., Page]]:
    """Open pages as ``a_page`` does, until the end of a test."""
    with ExitStack() as end:
        yield lambda *given, **options: end.enter_context(a_page(chromium, *given, **options))


def places(site: Path) -> list[str]:
    """Return the address of every page of a site."""
    found = (path.relative_to(site).as_posix() for path in sorted(site.rglob("*.html")))
    return [place.removesuffix("index.html") for place in found]


def one_of_each(site: Path) -> list[str]:
    """Return each page that someone wrote, and one of each kind of generated page."""
    kinds = {re.sub("(?<=/).+", "*", place.rstrip("/")): place for place in places(site)}
    return list(kinds.values())


# ---------------------------------------------------------------- hostile text in every field

HOSTILE = """\
<script>hostile=1</script><img src=//a.example/x onerror=hostile=1><svg onload=hostile=1>
</script></textarea></td></table></div> --> ]]> <a href="javascript:hostile=1">a</a> &lt;b&gt; &amp;

# Heading
{{ 7*7 }} and {% raw %} {{ gpu("none") }} ${hostile=1} | pipe || `code` ~~~ ``` **b** __i__ ~~s~~
[link](javascript:hostile=1) ![image](//a.example/x) <javascript:hostile=1> //a.example :smile:
{ onclick=hostile=1 } {: onclick=hostile=1 } " onmouseover="hostile=1" x=' onfocus='hostile=1' \\
=== "Tab"
    !!! note "Box" """
ADDRESS = """https://a.example/"onmouseover="hostile=1"'<script>hostile=1</script>|`[a](b)`"""


def accepts(annotation: Any, text: str) -> bool:
    try:
        TypeAdapter(annotation).validate_python(text)
    except ValidationError:
        return False
    return True


def fields(record: type[Record]) -> Iterator[tuple[str, Any]]:
    for name, field in record.model_fields.items():
        yield name, field.rebuild_annotation()


def parts(annotation: Any) -> Iterator[Any]:
    """Yield what an annotation may stand for, without the layers around it."""
    if get_origin(annotation) is Annotated:
        yield from parts(get_args(annotation)[0])
    elif get_origin(annotation) in (Union, UnionType):
        for part in get_args(annotation):
            yield from parts(part)
    elif annotation is not NoneType:
        yield annotation


def free_fields(annotation: Any, path: str) -> set[str]:
    """Return every place of a record that accepts any text; * stands for any one part."""
    if accepts(annotation, HOSTILE):
        return {path}
    found: set[str] = set()
    for part in parts(annotation):
        if get_origin(part) in (list, dict):
            found |= free_fields(get_args(part)[-1], f"{path}/*")
        elif isinstance(part, type) and issubclass(part, Record):
            for name, inner in fields(part):
                found |= free_fields(inner, f"{path}/{name}")
    return found


def planted(value: Any, annotation: Any, ref: str, texts: dict[str, str]) -> Any:
    """Return a value of a data file with hostile text wherever the schema accepts it.

    A field for any text is filled in also where the file does not have it. ``texts`` notes what
    was planted, by its reference.
    """
    if accepts(annotation, HOSTILE):
        texts[ref] = f"{ref.replace('/', ' ')} {HOSTILE}"
        return texts[ref]
    if isinstance(value, str) and accepts(annotation, ADDRESS):
        return ADDRESS
    for part in parts(annotation):
        if get_origin(part) is list and isinstance(value, list):
            inner = get_args(part)[0]
            value = [planted(one, inner, f"{ref}/{n}", texts) for n, one in enumerate(value)]
        elif get_origin(part) is dict and isinstance(value, dict):
            inner = get_args(part)[1]
            value = {key: planted(one, inner, f"{ref}/{key}", texts) for key, one in value.items()}
        elif isinstance(part, type) and issubclass(part, Record) and isinstance(value, dict):
            filled = {
                name: planted(value.get(name), inner, f"{ref}/{name}", texts)
                for name, inner in fields(part)
                if name in value or accepts(inner, HOSTILE)
            }
            if part is schema.Recommendation:  # braces in its text name operands
                filled["text"] = re.sub("[{}]", "", filled["text"]) + value["text"]
                texts[f"{ref}/text"] = filled["text"]
            value = filled
    return value


@pytest.fixture(scope="module")
def hostile(mini: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A site of the made-up family whose every free field is hostile, and what was planted."""
    room = tmp_path_factory.mktemp("hostile")
    data = shutil.copytree(mini, room / "data")
    texts: dict[str, str] = {}
    for path in data.rglob("*.yml"):
        kind, name = path.relative_to(data).with_suffix("").as_posix().partition("/")[::2]
        record = schema.KINDS[kind]
        head, _, body = path.read_text(encoding="utf-8").partition("\n")
        found = yaml.safe_load(body)
        if name:
            found = planted(found, record, f"{kind}/{name}", texts)
        else:
            found = planted(found, dict[str, record], kind, texts)  # type: ignore[valid-type]
        path.write_text(f"{head}\n{yaml.safe_dump(found, sort_keys=False)}", encoding="utf-8")
    docs = shutil.copytree(ROOT / "tests/docs", room / "docs")
    guide = derive.guide(load(data))
    calls = [(name, tuple(given.values())) for name, given in fragments.calls(guide)]
    calls += [("sentence", (name,)) for name in guide.dataset.recommendations]
    every = "\n\n".join(f"{{{{ {name}{given} }}}}" for name, given in calls)
    (docs / "every.md").write_text(f"---\nrender_macros: true\n---\n# Every macro\n\n{every}\n")
    host.make(data, docs, room / "site", ROOT / "mkdocs.yml")
    return room / "site", texts


WATCH = """\
Object.defineProperty(window, "hostile", {set() { console.error("hostile text ran"); }});
"""
LIVE = """() => [...document.querySelectorAll("*")].flatMap(e => [...e.attributes].filter(a =>
    a.name.startsWith("on") || /^\\s*javascript:/i.test(a.value)).map(a => e.outerHTML))"""
TEXTS = """() => [...document.querySelectorAll("[data-ref]")].map(
    e => [e.dataset.ref, e.textContent])"""


def test_every_record_of_the_small_data_set_has_a_place_for_every_free_field(hostile):
    """A new free field is planted, or the small data set must first get a record that has it."""
    planted_in = {re.sub(r"(?<=/)(\d+)(?=/)", "*", ref) for ref in hostile[1]}
    for kind, record in schema.KINDS.items():
        for field in free_fields(record, kind):
            pattern = re.escape(field).replace(r"\*", "[^/]+").replace(kind, f"{kind}/[^/]+", 1)
            assert any(re.fullmatch(pattern, ref) for ref in planted_in), field


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


def test_hostile_text_is_shown_on_every_page_as_it_is_and_nothing_of_it_runs(hostile, opened):
    site, texts = hostile
    faults = watch(page := opened())
    shown: set[str] = set()
    with served(site) as address:
        for place in places(site):
            page.goto(address + place)
            assert page.evaluate(LIVE) == [], place
            assert faults == [], place
            for ref, text in page.evaluate(TEXTS):
                if ref in texts:
                    want, found = " ".join(texts[ref].split()), " ".join(text.split())
                    if ref.startswith("recommendations/"):  # numbers stand in its braces
                        want, found = want[: want.find(" {")], found[: want.find(" {")]
                    assert found == want, (place, ref)
                    shown.add(ref)
    assert sorted(set(texts) - shown) == []


def test_search_shows_hostile_text_as_text(hostile, opened):
    """Sentences stand in the search index; the theme writes what it finds as HTML."""
    faults = watch(page := opened())
    with served(hostile[0]) as address:
        page.goto(address)
        results = search(page, "recommendations start-small hostile pipe")
        assert "<script>hostile=1</script>" in results.inner_text()
        assert page.evaluate(LIVE) == []
        assert faults == []


# ---------------------------------------------------------------- the guide as readers meet it


def search(page: Page, words: str) -> Locator:
    """Type words into the search and return the results that it shows."""
    page.keyboard.press("/")
    page.keyboard.type(words)
    page.locator(".md-search-result__item").first.wait_for()
    return page.locator(".md-search-result__list")


# Text whose colours are too close to read: the accepted least contrast of WCAG 2 (AA).
FAINT = """() => {
    for (const change of document.getAnimations()) change.finish();
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
Scheme = Literal["light", "dark"]
SCHEMES: dict[Scheme, str] = {"light": "default", "dark": "slate"}  # what the theme calls them
CHOSEN = "name => (document.body.dataset.mdColorScheme ?? name) === name"
WIDE = "() => { scrollTo(9999, 0); return [scrollX, document.documentElement.scrollWidth]; }"


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
        faults = watch(page)
        for place in one_of_each(real_site):
            page.goto(real + place)
            faint: dict[Scheme, list[str]] = {}
            for scheme, name in SCHEMES.items():
                page.emulate_media(color_scheme=scheme)
                page.wait_for_function(CHOSEN, arg=name)
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


HIDDEN = """table => [...table.querySelectorAll("th, td")].filter(cell => {
    cell.scrollIntoView({block: "center", inline: "center"});
    const range = document.createRange();
    range.selectNodeContents(cell);
    const box = range.getBoundingClientRect();
    const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
    return !cell.innerText.trim() || !box.width || !top || top.closest("th, td") !== cell;
}).map(cell => cell.outerHTML)"""


@pytest.mark.parametrize("width", [1280, 360])
def test_every_cell_of_every_table_can_be_read_without_scripts(real, opened, width):
    """Scrolled to, it is not empty, and nothing lies on it."""
    page = opened(width, java_script_enabled=False)
    page.goto(real)
    for table in page.locator("article table.data:visible").all():
        assert table.evaluate(HIDDEN) == []
    shown = dict(page.evaluate(TEXTS))
    guide = derive.guide(load(ROOT / "data"))
    name, table = max(guide.dataset.benchmarks.items(), key=lambda one: len(one[1].results))
    for gpu, column in itertools.product(table.results, table.columns):
        ref = f"benchmarks/{name}/results/{gpu}/{column}"
        value, _, approximate = guide.figure(ref)
        if isinstance(value, str):
            assert formats.STATES[value].words in shown[ref]
        else:
            assert formats.number(value, approximate) == shown[ref]


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
    links = search(page, alias).locator("a.md-search-result__link")
    assert f"{real}gpus/{name}/" in [
        link.get_property("href").json_value() for link in links.element_handles()
    ]
