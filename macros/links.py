"""Does each link of the finished site lead to something?

Follows internal links as a browser does, by the files of the site and the ids of its pages.
Imports nothing of this package; ``gate`` calls it.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from urllib.parse import unquote

_scheme = re.compile(r"[a-z][a-z0-9+.-]*:|//", re.IGNORECASE)


def broken_links(
    page: str,
    links: Iterable[str],
    places: Mapping[str, set[str]],
    files: Collection[str],
    root: str,
) -> Iterator[tuple[str, str]]:
    """Yield each internal link of a page whose file or anchor is not there, and what it needs.

    ``places`` has the ids of each page, ``files`` every path of the site; ``root`` is the path of
    the host under which the site will stand.
    """
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
