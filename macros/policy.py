"""Which scripts may a page run?

Gives each finished page a content security policy: files of the site itself, and the scripts that
the theme writes into the page, each by its hash. A script inside the content gets no hash, so
text of the data could not run even if it were not escaped. Imports nothing of this package;
``hooks``, ``copies`` and ``preview`` seal pages, ``gate`` looks at the seal.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import AnyStr

# Only what a browser would run: data blocks such as JSON need no leave.
_SCRIPT = re.compile(
    r"<script(?![^>]*\s(?:src=|type=[\"']?application/(?:ld\+)?json))[^>]*>(.*?)</script>",
    re.DOTALL | re.IGNORECASE,
)
_META = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')
_CHARSET = re.compile(r'<meta charset="utf-8"\s*/?>', re.IGNORECASE)
# Inline styles are allowed: the theme and the highlighting of code write some.
_SEAL = (
    '<meta http-equiv="Content-Security-Policy" content="default-src \'self\'; script-src {};'
    " style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; base-uri 'none';"
    " form-action 'self'\">"
)


def sealed(html: str) -> str:
    """Return a page with its policy, in place of an earlier one; before anything that it rules."""
    start, end = _content(html, _CONTENT)
    head = _META.sub("", html[:start], count=1)
    charset = _CHARSET.search(head)
    place = charset.end() if charset else 0
    seal = _seal(head + html[end:])
    return f"{head[:place]}{seal}{head[place:]}{html[start:]}"


def keeps(page: bytes) -> bool:
    """Return whether a finished page has the policy that its scripts demand."""
    start, end = content(page)
    outside = (page[:start] + page[end:]).decode()
    return sealed(outside) == outside


def content(page: bytes) -> tuple[int, int]:
    """Return where the part of a finished page begins and ends that data and writers made."""
    return _content(page, [(begin.encode(), end.encode()) for begin, end in _CONTENT])


def _seal(theme: str) -> str:
    hashes = dict.fromkeys(_hash(script[1]) for script in _SCRIPT.finditer(theme))
    return _SEAL.format(" ".join(("'self'", *hashes)))


_CONTENT = (("<article", "</article>"), ("<main>", "</main>"))


def _content(html: AnyStr, marks: Iterable[tuple[AnyStr, AnyStr]]) -> tuple[int, int]:
    for begin, finish in marks:
        start, end = html.find(begin), html.rfind(finish)
        if 0 <= start < end:
            return start, end
    return len(html), len(html)


@lru_cache(maxsize=64)  # most pages have the same few
def _hash(script: str) -> str:
    # A browser reads every end of line as one newline.
    text = script.replace("\r\n", "\n").replace("\r", "\n").encode()
    return f"'sha256-{base64.b64encode(hashlib.sha256(text).digest()).decode()}'"
