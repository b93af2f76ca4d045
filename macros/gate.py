"""Is the finished site whole?

Reads the files of a folder and knows nothing of how they were made: no error text, no unrendered
braces, every internal link and anchor resolves, nothing is loaded from another host, ids are
unique, each page keeps its content security policy, every figure has an owner, and no file has
changed since it was made. Imports ``formats``, ``links``, ``owners`` and ``policy``; ``publish``
calls it before the swap.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from html import unescape
from pathlib import Path
from typing import NamedTuple, cast

from lxml import etree

from . import formats, policy
from .errors import Problem
from .links import broken_links
from .owners import FIGURE, Owners


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
# What is left of the cell of a derived figure.
_empty = re.compile(rb'<td id="([\w.-]+)">\n</td>\n')
# A parser passes over what stands behind the end of a page; a browser shows it.
_behind = re.compile(rb"</(?i:html)\b[^>]*>\s*(?=\S)")
# The name of a page at the head of its content, and what stands for it in a frame. The mark of the
# name begins with a unit and ends in a number: so a frame in which a name could be half a figure
# has a problem, and is not looked at for other pages.
_title = re.compile(rb'<h1 id="([\w.-]+)">([^<>]+)<')
_ANCHOR, _NAME = "\ue000".encode(), "s \ue001 1".encode()
# Where a page was cut: an element, unless it was cut inside a comment, a script or a tag.
_CUT = b"<cut></cut>"
_cuts = _find("//cut")
_inline = _find(
    "(//article | /html/body/main)//script[not(@src)][not(contains(@type, 'json'))]/text()"
)

_SUSPECT = [mark.encode() for mark in (*_BRACES, *_ERRORS)]
_css_loads = re.compile(
    r"""url\(\s*["']?([^"')\s]+)["']?\s*\)|@import\s+["']([^"']+)["']""", re.IGNORECASE
)
_elsewhere = re.compile(r"\s*(?:[a-z][a-z0-9+.-]*:)?//|\s*(?:https?|ftp|ws|wss):", re.IGNORECASE)


def verify(
    folder: Path,
    root: str = "/",
    owners: Owners | None = None,
    made: Mapping[str, int] | None = None,
) -> list[Problem]:
    """Return everything that is wrong with the site in ``folder``, by page.

    ``root`` is the path of the host under which the site will stand: absolute links are resolved
    against it. ``owners`` knows the figures; without it only the pages themselves are looked at.
    ``made`` has the digest of every file that comes from the data, by its path.
    """
    made = made or {}
    files = {
        (Path(place) / name).relative_to(folder).as_posix()
        for place, _, names in os.walk(folder)
        for name in names
    }
    problems = [
        Problem.of_file(name, "altered", "no such file", "a file made from the data")
        for name in sorted(made.keys() - files)
    ]
    pages: dict[str, _Part] = {}
    styles: dict[str, set[str]] = {}
    frames: _Frames = {}
    for name in sorted(files):
        if name not in made and not name.endswith((".html", ".css")):
            continue
        content = (folder / name).read_bytes()
        if name in made and digest(content) != made[name]:
            said = "another content", "what was made from the data"
            problems.append(Problem.of_file(name, "altered", *said))
        if name.endswith(".html"):
            pages[name] = _page(name, content, owners, frames)
        elif name.endswith(".css"):
            styles[name] = set(_from_css([content.decode()]))
    places = {name: set(page.ids) for name, page in pages.items()}
    # Most links are on many pages; from the root of the site they are the same for all of them.
    shared = set[str]().union(*(page.from_root for page in pages.values()))
    broken = dict(broken_links("index.html", shared, places, files, root))
    for name, page in pages.items():
        problems += page.problems
        up = "../" * name.count("/")
        lost = {up + link: broken[link] for link in broken.keys() & page.from_root}
        lost |= broken_links(name, page.links, places, files, root)
        problems += [Problem.of_file(name, "link", *one) for one in sorted(lost.items())]
    for name, loads in styles.items():
        problems += _third_party(name, loads)
        lost = dict(broken_links(name, loads, places, files, root))
        problems += [Problem.of_file(name, "link", *one) for one in sorted(lost.items())]
    return problems


class _Part(NamedTuple):
    """What a page or a part of it has: its ids, where it leads, and problems of its own.

    ``from_root`` has the links that go by the root of the site, as the front page writes them.
    """

    ids: list[str]
    links: set[str]
    from_root: set[str]
    problems: list[Problem]


_Frames = dict[tuple[int, bytes], _Part]
"""What stands around the content of pages, by their depth and their text without their names."""


def _page(name: str, html: bytes, owners: Owners | None, frames: _Frames) -> _Part:
    """Return what a page has: its content, and the frame around it.

    The frame of most pages is the same but for their name and its anchor, and is looked at once.
    """
    start, end = policy.content(html)
    cut = _CUT if start < end else b""
    content, frame = html[start:end], html[:start] + cut + html[end:]
    inside = _part(name, content, owners, cut)
    anchor, nameless = _nameless(content, frame)
    key = name.count("/"), nameless
    if key in frames:
        found = frames[key]
    else:
        found = _frame(name, nameless, owners)
        if found.problems:
            found, anchor = _frame(name, frame, owners), b""
        else:
            frames[key] = found
    own = {link.replace(_ANCHOR.decode(), anchor.decode()) for link in found.links}
    ids = found.ids + inside.ids
    twice = [
        Problem.of_file(name, "id", f"the id {value} {count} times", "each id once in a page")
        for value, count in (Counter(ids).items() if len(ids) > len(set(ids)) else ())
        if count > 1
    ]
    return _Part(
        ids, own | inside.links, found.from_root | inside.from_root,
        [*twice, *found.problems, *inside.problems],
    )  # fmt: skip


def _nameless(content: bytes, frame: bytes) -> tuple[bytes, bytes]:
    """Return the anchor of a page's name, and its frame with marks for the name and the anchor.

    What must be looked at wherever it stands is no name, and stays.
    """
    if not (title := _title.search(content)):
        return b"", frame
    anchor, words = title[1], formats.html(unescape(title[2].decode(errors="replace"))).strip()
    if not words or FIGURE.search(words) or any(mark in words for mark in (*_BRACES, *_ERRORS)):
        return b"", frame
    return anchor, _without(words.encode(), frame.replace(b'"#%b"' % anchor, b'"#%b"' % _ANCHOR))


def _without(words: bytes, html: bytes) -> bytes:
    """Return a frame with a mark for each text that is these words, or begins a title with them."""
    left, *more = html.split(words)
    for right in more:
        alone = left.rstrip().endswith(b">") and right.lstrip().startswith((b"<", b"- "))
        left = b"%b%b%b" % (left, _NAME if alone else words, right)
    return left


def _frame(name: str, html: bytes, owners: Owners | None) -> _Part:
    """Return what the frame of a page has."""
    found = _part(name, html, owners)
    if not policy.keeps(html):
        problem = Problem.of_file(name, "policy", "another content security policy", "its own")
        found.problems.append(problem)
    return found


def _part(name: str, text: bytes, owners: Owners | None, cut: bytes = b"") -> _Part:
    """Return what one pass over a part of a page finds; ``cut`` is put at its end."""
    values = list[bytes]()
    if b"<tbody>" not in text:  # as in a copy; a page with tables is searched without their rows
        text = _without_anchors(_value, text, values)
    links, from_root, problems = set[str](), set[str](), list[Problem]()
    if owners:
        text, links, from_root, problems = owners.without_right_figures(name, text)
        text = _without_anchors(_empty, text, values)
    text += cut
    tree = etree.fromstring(text or b"<p>", etree.HTMLParser(encoding="utf-8", huge_tree=True))
    loads = {load for word, find in _loads.items() if word in text for load in find(tree)}
    if b"srcset" in text:
        loads |= {one.split()[0] for value in _srcsets(tree) for one in value.split(",")}
    if b"<style" in text or b"style=" in text:
        loads |= set(_from_css(css for find in _styles for css in find(tree)))
    up = "../" * name.count("/")
    links |= {*_links(tree), *loads}
    own = {link for link in links if link[:1] in "#?" or not link.startswith(up)}
    from_root |= {link.removeprefix(up) for link in links - own}
    problems += _third_party(name, loads)
    problems += [
        Problem.of_file(name, "policy", _shown(script), "no script inside the content of a page")
        for script in (_inline(tree) if b"<script" in text else ())
    ]
    if b"data-macro" in text:
        problems += [
            Problem.of_file(name, "slot", f"a slot of {macro} that nothing filled", "its fragment")
            for macro in _slots(tree)
        ]
    if any(_outside_scripts(mark, text) for mark in _SUSPECT if mark[-1:] in text):
        problems += [
            Problem.of_file(
                name, "braces", _shown(value), "text without braces of a template",
                "a page with macros says render_macros: true in its front matter",
            )
            for value in _braces(tree)
        ]  # fmt: skip
        problems += [
            Problem.of_file(name, "error-text", _shown(value), "a page without an error message")
            for value in _error_text(tree)
        ]
    if len(_cuts(tree)) != text.count(_CUT):
        expected = "content that begins and ends outside comments, scripts and tags"
        problems.append(Problem.of_file(name, "content", "a cut inside one of them", expected))
    if behind := _behind.search(text):
        rest = _shown(text[behind.end() :].decode(errors="replace"))
        problems.append(Problem.of_file(name, "end", rest, "nothing behind the end of a page"))
    ids = [*map(bytes.decode, values), *_ids(tree)]
    if owners:
        problems += owners.problems(name, tree)  # empties the tree, so it comes last
    return _Part(ids, own, from_root, problems)


def _without_anchors(pattern: re.Pattern[bytes], html: bytes, ids: list[bytes]) -> bytes:
    """Return a page without what a pattern finds, and add the ids of it; a comment has none."""
    if b"<!--" in html:
        return html
    parts = pattern.split(html)
    ids += parts[1::2]
    return b"".join(parts[::2])


def _outside_scripts(mark: bytes, text: bytes) -> bool:
    """Return whether ``mark`` stands in a page otherwise than in a script."""
    place = text.find(mark)
    while place >= 0:
        if text.rfind(b"<script", 0, place) <= text.rfind(b"</script", 0, place):
            return True
        place = text.find(mark, place + 1)
    return False


def digest(content: bytes) -> int:
    """Return what tells a file with this content from any other, as long as this process lives.

    Nobody who alters a file knows the key of Python's hash, which is quicker than a lasting one.
    """
    return hash(content)


def _third_party(page: str, loads: Iterable[str]) -> list[Problem]:
    return [
        Problem.of_file(page, "third-party", load.strip(), "a file of the site itself")
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
