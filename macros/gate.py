"""Is the finished site whole?

Reads the HTML and CSS files of a folder and knows nothing of how they were made: no error text, no
unrendered braces, every internal link and anchor resolves, nothing is loaded from another host,
ids are unique. Imports ``errors``; ``publish`` calls it before the swap.
"""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import cast
from urllib.parse import unquote

from lxml import etree

from .errors import Problem


def _find(path: str) -> Callable[[etree._Element], list[str]]:
    """Return a compiled XPath that finds texts or values of attributes."""
    return cast("Callable[[etree._Element], list[str]]", etree.XPath(path, smart_strings=False))


_ids = _find("//@id")
_links = _find("//@href")
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
        "http-equiv": "//meta/@content",
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

_suspect = re.compile("|".join(map(re.escape, (*_BRACES, *_ERRORS))).encode())
_css_loads = re.compile(
    r"""url\(\s*["']?([^"')\s]+)["']?\s*\)|@import\s+["']([^"']+)["']""", re.IGNORECASE
)
_elsewhere = re.compile(r"\s*(?:[a-z][a-z0-9+.-]*:)?//|\s*(?:https?|ftp|ws|wss):", re.IGNORECASE)
_scheme = re.compile(r"[a-z][a-z0-9+.-]*:|//", re.IGNORECASE)


def verify(folder: Path, root: str = "/") -> list[Problem]:
    """Return everything that is wrong with the site in ``folder``, by page.

    ``root`` is the path of the host under which the site will stand: absolute links are resolved
    against it.
    """
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    pages = {name: _Page(folder, name) for name in sorted(files) if name.endswith(".html")}
    places = {name: page.ids.keys() for name, page in pages.items()}
    problems: list[Problem] = []
    for page in pages.values():
        problems += page.problems
        problems += _broken(page.name, page.links, places, files, root)
    for name in sorted(files):
        if name.endswith(".css"):
            css = (folder / name).read_text(encoding="utf-8")
            loads = set(_from_css([css]))
            problems += _third_party(name, loads)
            problems += _broken(name, loads, places, files, root)
    return problems


class _Page:
    """What one pass over a page finds: its ids, its links, and problems of the page alone."""

    def __init__(self, folder: Path, name: str) -> None:
        text = (folder / name).read_bytes()
        tree = etree.fromstring(text, etree.HTMLParser(encoding="utf-8", huge_tree=True))
        self.name = name
        self.ids = Counter(_ids(tree))
        loads = {load for word, find in _loads.items() if word in text for load in find(tree)}
        if b"srcset" in text:
            loads |= {one.split()[0] for value in _srcsets(tree) for one in value.split(",")}
        if b"<style" in text or b"style=" in text:
            loads |= set(_from_css(css for find in _styles for css in find(tree)))
        self.links = {*_links(tree), *loads}
        self.problems = [
            _problem(name, "id", f"the id {value} {count} times", "each id once in a page")
            for value, count in self.ids.items()
            if count > 1
        ]
        self.problems += _third_party(name, loads)
        if b"data-macro" in text:
            self.problems += [
                _problem(name, "slot", f"a slot of {macro} that nothing filled", "its fragment")
                for macro in _slots(tree)
            ]
        if any(not _in_script(text, match.start()) for match in _suspect.finditer(text)):
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


def _in_script(text: bytes, place: int) -> bool:
    return text.rfind(b"<script", 0, place) > text.rfind(b"</script", 0, place)


def _broken(
    page: str,
    links: Iterable[str],
    places: Mapping[str, Collection[str]],
    files: Collection[str],
    root: str,
) -> Iterator[Problem]:
    """Yield a problem for each internal link whose file or anchor is not there."""
    targets = {"": page}
    for link in sorted(links):
        path, _, anchor = link.partition("#")
        if path not in targets:
            if _scheme.match(link):
                continue
            targets[path] = _target(page, path, files, root)
        target = targets[path]
        if target not in files:
            yield _problem(page, "link", link, "a page or file of the site")
        elif anchor and target in places and unquote(anchor) not in places[target]:
            yield _problem(page, "link", link, f"an element with the id {anchor} in {target}")


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
