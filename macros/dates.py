"""How old are the data of a page?

Imports ``derive`` and ``origins``; ``copies`` and ``hooks`` date their pages with it, never with
the clock.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import unescape
from typing import Any

from .derive import Guide
from .origins import step

_refs = re.compile(r'data-ref="([^"]+)"')


def newest(html: str, guide: Guide) -> str:
    """Return the newest day on which a source behind the figures of a page was read.

    A page without figures has the date of the whole data set; "" without any source.
    """
    known: dict[str, str] = guide.memos.setdefault("dates", {})  # the day of each reference
    refs = (unescape(match[1]) for match in _refs.finditer(html))
    return _newest(guide, refs, known) or guide.dataset.date


def _newest(guide: Guide, refs: Iterable[str], known: dict[str, str]) -> str:
    """Return the newest day of the sources that stand nearest above some references."""
    newest = ""
    for ref in refs:
        place = ref.partition("/results/")[0]  # a table has one source
        if place not in known:
            if place in guide.derived:
                operands = (operand for _, operand in guide.derived[place].operands)
                known[place] = _newest(guide, operands, known)
            else:
                sources = guide.dataset.sources
                read = (sources[name].read_on.isoformat() for name in _sources(guide, place))
                known[place] = max(read, default="")
        newest = max(newest, known[place])
        if newest == guide.dataset.date:
            break  # nothing is newer, and a large page has a thousand more figures
    return newest


def _sources(guide: Guide, ref: str) -> set[str]:
    """Return the ids of the sources of a stored figure."""
    kind, record, *path = ref.split("/")
    if kind == "sources":
        return {record}
    value: Any = getattr(guide.dataset, kind, {}).get(record)
    found: set[str] = set()
    for part in (None, *path):
        if part is not None:
            value = step(value, part)
        cites = [getattr(value, "source", None), *(getattr(value, "sources", None) or ())]
        cites += getattr(value, "evidence", None) or ()
        found = {cite.id for cite in cites if cite} or found
    return found
