"""Is the finished site whole?

Reads the files of a folder and knows nothing of how they were made: no error text, no unrendered
braces, every internal link and anchor resolves, nothing is loaded from another host, ids are
unique, each page keeps its content security policy, every figure has an owner, and no file has
changed since it was made. Imports ``owners`` and ``policy``; ``publish`` calls it before the swap.
"""

from __future__ import annotations

import hashlib
import os
import posixpath
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import cast
from urllib.parse import unquote

from lxml import etree

from . import policy
from .errors import Problem
from .owners import Owners


def _find(path: str) -> Callable[[etree._Element], list[str]]:
    """Return a compiled XPath that finds texts or values of attributes."""
    return cast("Callable[[etree._Element], list[str]]", etree.XPath(path, smart_strings=False))


_ids = _find("//@id")
_links = _find("//@href | //form/@action")
# What a browser fetches by itself, by a word that a page must hold for it.
_loads = {
    word.encode(): _find(path)
    for word, path in {
        "src": "//@src",
        "poster": "//@poster",
        "<object": "//object/@data",
        "<use": "//use/@*[contains(name(), 'href')]",
        "<image": "//image/@*[contains(name(), 'href')]",
        "<link": "//link[not(contains('canonical alternate prev next license', @rel))]/@href",
        "http-equiv": "//meta[@http-equiv='refresh']/@content",
    }.items()
}
_srcsets = _find("//@srcset | //@imagesrcset")
_styles = (_find("//style/text()"), _find("//@style"))
# Text of the data may hold anything; it stands in an element that names its place in the data.
_OWN = "[not(ancestor-or-self::*[self::code or self::pre or self::script or self::style])]"
_OWN += "[not(ancestor-or-self::*[@data-ref])]"
_BRACES = ("{{", "}}", "{%", "%}", "{#", "#}")
_open = " or ".join(f"contains(., '{mark}')" for mark in _BRACES)
_braces = _find(f"(//text()[{_open}] | //@*[{_open}]){_OWN}")
_ERRORS = ("Macro Rendering Error", "Macro Syntax Error", "Traceback (most recent call last)")
_named = " or ".join(f"contains(., '{words}')" for words in _ERRORS)
_error_text = _find(f"//text()[{_named}]{_OWN}")
_slots = _find("//@data-macro")
# A value in the copy of a data file leads to itself; a large site has a hundred thousand.
_value = re.compile(rb'<a id="([\w.-]+)" href="#\1">[^<>]*</a>')
_inline = _find(
    "(//article | /html/body/main)//script[not(@src)][not(contains(@type, 'json'))]/text()"
)

_SUSPECT = [mark.encode() for mark in (*_BRACES, *_ERRORS)]
_css_loads = re.compile(
    r"""url\(\s*["']?([^"')\s]+)["']?\s*\)|@import\s+["']([^"']+)["']""", re.IGNORECASE
)
_elsewhere = re.compile(r"\s*(?:[a-z][a-z0-9+.-]*:)?//|\s*(?:https?|ftp|ws|wss):", re.IGNORECASE)
_scheme = re.compile(r"[a-z][a-z0-9+.-]*:|//", re.IGNORECASE)


def verify(folder: Path, root: str = "/", owners: Owners | None = None) -> list[Problem]:
    """Return everything that is wrong with the site in ``folder``, by page.

    ``root`` is the path of the host under which the site will stand: absolute links are resolved
    against it. ``owners`` knows the figures; without it only the pages themselves are looked at.
    """
    files = {
        (Path(place) / name).relative_to(folder).as_posix()
        for place, _, names in os.walk(folder)
        for name in names
    }
    html = [name for name in sorted(files) if name.endswith(".html")]
    pages = [_Page(folder, name, owners) for name in html]
    places = {page.name: page.ids for page in pages}
    # Most links are on many pages; from the root of the site they are the same for all of them.
    shared = set[str]().union(*(page.from_root for page in pages))
    broken = dict(_broken("index.html", shared, places, files, root))
    problems: list[Problem] = []
    for page in pages:
        problems += page.problems
        up = "../" * page.name.count("/")
        lost = {up + link: broken[link] for link in broken.keys() & page.from_root}
        lost |= _broken(page.name, page.links, places, files, root)
        problems += [_problem(page.name, "link", *one) for one in sorted(lost.items())]
    for name in sorted(files):
        if name.endswith(".css"):
            css = (folder / name).read_text(encoding="utf-8")
            loads = set(_from_css([css]))
            problems += _third_party(name, loads)
            lost = dict(_broken(name, loads, places, files, root))
            problems += [_problem(name, "link", *one) for one in sorted(lost.items())]
    return problems


class _Page:
    """What one pass over a page finds: its ids, its links, and problems of the page alone.

    ``from_root`` has the links that go by the root of the site, as the front page writes them.
    """

    def __init__(self, folder: Path, name: str, owners: Owners | None) -> None:
        text = (folder / name).read_bytes()
        links, self.from_root = set[str](), set[str]()
        kept = policy.keeps(text)
        between, values = (parts := _value.split(text))[::2], parts[1::2]
        if values:
            text = b"".join(between)
        misplaced: list[Problem] = []
        if owners:
            text, links, self.from_root, misplaced = owners.without_right_figures(name, text)
        tree = etree.fromstring(text, etree.HTMLParser(encoding="utf-8", huge_tree=True))
        self.name = name
        ids = [*map(bytes.decode, values), *_ids(tree)]
        self.ids = set(ids)
        loads = {load for word, find in _loads.items() if word in text for load in find(tree)}
        if b"srcset" in text:
            loads |= {one.split()[0] for value in _srcsets(tree) for one in value.split(",")}
        if b"<style" in text or b"style=" in text:
            loads |= set(_from_css(css for find in _styles for css in find(tree)))
        up = "../" * name.count("/")
        links |= {*_links(tree), *loads}
        self.links = {link for link in links if link[:1] in "#?" or not link.startswith(up)}
        self.from_root |= {link.removeprefix(up) for link in links - self.links}
        self.problems = [
            _problem(name, "id", f"the id {value} {count} times", "each id once in a page")
            for value, count in (Counter(ids).items() if len(ids) > len(self.ids) else ())
            if count > 1
        ]
        self.problems += misplaced + _third_party(name, loads)
        if not kept:
            self.problems += [
                _problem(name, "policy", "another content security policy", "its own")
            ]
        self.problems += [
            _problem(name, "policy", _shown(script), "no script inside the content of a page")
            for script in (_inline(tree) if b"<script" in text else ())
        ]
        if b"data-macro" in text:
            self.problems += [
                _problem(name, "slot", f"a slot of {macro} that nothing filled", "its fragment")
                for macro in _slots(tree)
            ]
        if any(_outside_scripts(mark, text) for mark in _SUSPECT):
            self.problems += [
                _problem(
                    name, "braces", _shown(value), "text without braces of a template",
                    "a page with macros says render_macros: true in its front matter",
                )
                for value in _braces(tree)
            ]  # fmt: skip
            self.problems += [
                _problem(name, "error-text", _shown(value), "a page without an error message")
                for value in _error_text(tree)
            ]
        if owners:
            self.problems += owners.problems(name, tree)  # empties the tree, so it comes last


def _outside_scripts(mark: bytes, text: bytes) -> bool:
    """Return whether ``mark`` stands in a page otherwise than in a script."""
    place = text.find(mark)
    while place >= 0:
        if text.rfind(b"<script", 0, place) <= text.rfind(b"</script", 0, place):
            return True
        place = text.find(mark, place + 1)
    return False


def digest(content: bytes) -> bytes:
    """Return what tells a file with this content from any other."""
    return hashlib.sha256(content).digest()


def altered(folder: Path, made: Mapping[str, bytes]) -> Iterator[Problem]:
    """Yield a problem for each file of ``folder`` that is not as it was made.

    ``made`` has the digest of every file that comes from the data, by its path.
    """
    for name, expected in made.items():
        path = folder / name
        if not path.is_file():
            yield _problem(name, "altered", "no such file", "a file made from the data")
        elif digest(path.read_bytes()) != expected:
            yield _problem(name, "altered", "another content", "what was made from the data")


def _broken(
    page: str,
    links: Iterable[str],
    places: Mapping[str, set[str]],
    files: Collection[str],
    root: str,
) -> Iterator[tuple[str, str]]:
    """Yield each internal link whose file or anchor is not there, and what it needs."""
    by_path: dict[str, set[str]] = {}
    for link in links:
        path, _, anchor = link.partition("#")
        by_path.setdefault(path, set()).add(anchor)
    for path, anchors in by_path.items():
        if _scheme.match(path):
            continue
        target = _target(page, path, files, root) if path else page
        if target not in files:
            for anchor in anchors:
                yield f"{path}#{anchor}" if anchor else path, "a page or file of the site"
        elif target in places:
            for anchor in anchors - places[target] - {""}:
                if unquote(anchor) not in places[target]:
                    yield f"{path}#{anchor}", f"an element with the id {anchor} in {target}"


def _target(page: str, path: str, files: Collection[str], root: str) -> str:
    """Return the file that a path means when it is followed from a page."""
    path = unquote(path.partition("?")[0])
    if path.startswith("/"):
        target = path.removeprefix(root)
    else:
        target = posixpath.normpath(posixpath.join(posixpath.dirname(page), path))
    if target in files and not path.endswith("/"):
        return target
    return posixpath.normpath(posixpath.join(target, "index.html"))


def _third_party(page: str, loads: Iterable[str]) -> list[Problem]:
    return [
        _problem(page, "third-party", load.strip(), "a file of the site itself")
        for load in sorted(loads)
        if _elsewhere.match(load)
    ]


def _from_css(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        for plain, imported in _css_loads.findall(text):
            yield plain or imported


def _shown(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= 100 else f"{words[:97]}..."


def _problem(page: str, rule: str, found: str, expected: str, hint: str = "") -> Problem:
    return Problem(page, 0, 0, page, rule, found, expected, hint)
