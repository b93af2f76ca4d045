"""How do slots become finished pages, and a build the published site?

A block macro leaves a slot in a page; ``fill`` puts the fragment into the page after the host has
rendered it, so no cell ever meets a Markdown parser. ``build`` renders beside the site, verifies,
and swaps. Knows no MkDocs. Imports ``rules``, ``derive``, ``tables`` and ``gate``.
"""

from __future__ import annotations

import errno
import fcntl
import json
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from typing import Any

from . import derive, gate, rules, tables
from .derive import Guide
from .errors import CannotRun, DataError, Problem
from .formats import inert, of_ascii
from .owners import Owners

Render = Callable[[Guide, Path], Mapping[str, int]]

_SLOT = r'<div class="slot" data-macro="(\w+)" data-args="([^"<>]*)"></div>'
_slots = re.compile(_SLOT)
_paragraphs = re.compile(rf"<p>\s*((?:{_SLOT}\s*)+)</p>")
# Markdown wraps a list of sentences too where it stands in a box or a list.
_lists = re.compile(r'<p>\s*(<ul class="recommendations">(?:(?!</ul>).)*</ul>)\s*</p>', re.DOTALL)
_tag_before = re.compile(r"<(/?)([a-z][a-z0-9]*)[^<>]*>\s*\Z")
_tag_after = re.compile(r"\s*<(/?)([a-z][a-z0-9]*)")
_SENTENCE = frozenset(
    ("a", "abbr", "b", "br", "cite", "code", "data", "del", "em", "i", "img", "ins", "kbd", "mark",
     "q", "s", "small", "span", "strong", "sub", "sup", "time", "u", "var")
)  # fmt: skip
_BLOCK_OF_TEXT = frozenset(("p", "dt", "summary", "figcaption", "h1", "h2", "h3", "h4", "h5", "h6"))


def checked(data: Path) -> Guide:
    """Read, check and compute the data set; DataError with every problem of every file."""
    return derive.guide(rules.checked(data))


# ---------------------------------------------------------------- slots


def slot(name: str, arguments: Mapping[str, Any]) -> str:
    """Return the place where the fragment of a block macro will stand: one line, inert."""
    given = inert(json.dumps(arguments))
    return f'<div class="slot" data-macro="{name}" data-args="{given}"></div>'


def fill(html: str, page_url: str, guide: Guide) -> str:
    """Return a rendered page with every slot replaced by its fragment.

    ``page_url`` is the address of the page in the site, such as ``gpus/h100-pcie/``. Raises
    DataError with a Problem for each slot inside a sentence and each that names no block macro.
    """
    base = "../" * page_url.count("/")
    html = _lists.sub(r"\1", _paragraphs.sub(lambda match: match[1].rstrip(), html))
    parts: list[str] = []
    problems: list[Problem] = []
    end = 0
    for match in _slots.finditer(html):
        parts.append(html[end : match.start()])
        end = match.end()
        name, arguments = match[1], json.loads(unescape(match[2]))
        try:
            if _in_sentence(html, match.start(), end):
                raise _problem(
                    name, f"{name} inside a sentence", "a line of its own",
                    "a table cannot stand between words; leave an empty line before and after",
                )  # fmt: skip
            if name not in tables.BLOCKS:
                raise _problem(name, f"a slot for {name}", "a call of a block macro")
            arguments = tables.check_arguments(guide, name, (), arguments)
            parts.append(of_ascii(tables.BLOCKS[name](guide, base, **arguments)))
        except DataError as error:
            problems.extend(error.problems)
    if problems:
        raise DataError(problems)
    parts.append(html[end:])
    return "".join(parts)


def _in_sentence(html: str, start: int, end: int) -> bool:
    """Return whether text or a tag of running text stands right before or after a slot."""
    before = _tag_before.match(html, max(0, html.rfind("<", 0, start)), start)
    after = _tag_after.match(html, end)
    if not before or not after:
        return True
    return (
        before[2] in _SENTENCE
        or after[2] in _SENTENCE
        or (before[2] in _BLOCK_OF_TEXT and not before[1])
        or (after[2] in _BLOCK_OF_TEXT and bool(after[1]))
    )


def _problem(name: str, found: str, expected: str, hint: str = "") -> DataError:
    return DataError([Problem("", 0, 0, name, "slot", found, expected, hint)])


# ---------------------------------------------------------------- build aside, verify, swap


def build(data: Path, site: Path, render: Render, root: str = "/") -> Guide:
    """Check the data, render the site into a folder beside ``site``, verify it, and swap it in.

    ``render`` writes the site of a guide into a folder and returns the digest of each file that it
    made from the data; ``root`` is the path under which the site will be served. Until the swap,
    the earlier site stays as it is, byte for byte. Raises DataError for problems in data or pages
    and CannotRun if the command cannot do its work.
    """
    site = site.resolve()
    if data.resolve().is_relative_to(site):
        raise CannotRun(f"{data}: inside {site}, which a build replaces as a whole")
    with _room_beside(site) as fresh:
        guide = checked(data)
        made = render(guide, fresh)
        if problems := gate.verify(fresh, root, Owners(guide), made):
            raise DataError(problems)
        if site.exists():
            site.rename(_beside(site, "old"))
        fresh.rename(site)
    return guide


@contextmanager
def _room_beside(site: Path) -> Iterator[Path]:
    """Hold the lock of a site and yield the path of a fresh folder; mend what a kill left."""
    fresh = _beside(site, "new")
    try:
        site.parent.mkdir(parents=True, exist_ok=True)
        with _beside(site, "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise CannotRun(f"{site}: another build of this site is running") from error
            _mend(site)
            if site.exists() and not _is_site(site):
                raise CannotRun(f"{site}: not a built site; name an empty folder or a new one")
            fresh.mkdir()
            try:
                yield fresh
            finally:
                _mend(site)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise CannotRun(f"{site.parent}: no space left on the disk") from error
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise CannotRun(f"{error.filename or site.parent}: not writable") from error
        raise CannotRun(f"{error.filename or site}: {error.strerror or error}") from error


def _mend(site: Path) -> None:
    """Bring back a site that a kill left between the two renames; remove what is left over."""
    old, fresh = _beside(site, "old"), _beside(site, "new")
    if old.exists() and not site.exists():
        old.rename(site)
    for leftover in (old, fresh):
        if leftover.exists():
            shutil.rmtree(leftover)


def _beside(site: Path, what: str) -> Path:
    return site.with_name(f".{site.name}.{what}")


def _is_site(folder: Path) -> bool:
    """Return whether a folder is empty or was built by this guide: any other is not replaced."""
    if not folder.is_dir():
        return False
    built = (folder / "index.html").is_file() and (folder / "downloads").is_dir()
    return built or not any(folder.iterdir())
