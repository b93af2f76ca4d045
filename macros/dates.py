"""How old are the data of a page?

Imports ``derive``; ``copies`` and ``hooks`` date their pages with it, never with the clock.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from html import unescape
from typing import Any
from weakref import WeakKeyDictionary

from .derive import Guide

# A table has one source, so that of a result what stands before is enough.
_refs = re.compile(r'data-ref="(benchmarks/[^"/]*(?=/results/)|[^"]+)')
# The day of each reference that was met, for as long as its guide lives.
_KNOWN: WeakKeyDictionary[Guide, dict[str, str]] = WeakKeyDictionary()


def newest(html: str, guide: Guide) -> str:
    """Return the newest day on which a source behind the figures of a page was read.

    A page without figures has the date of the whole data set; "" without any source.
    """
    known = _KNOWN.setdefault(guide, {})
    refs = set(map(unescape, _refs.findall(html)))
    return _newest(guide, refs, known) or guide.dataset.date


def _newest(guide: Guide, refs: Iterable[str], known: dict[str, str]) -> str:
    """Return the newest day of the sources that stand nearest above some references."""
    days = {""}
    for ref in {ref.partition("/results/")[0] for ref in refs}:
        if ref not in known:
            if ref in guide.derived:
                operands = (operand for _, operand in guide.derived[ref].operands)
                known[ref] = _newest(guide, operands, known)
            else:
                sources = guide.dataset.sources
                read = (sources[name].read_on.isoformat() for name in _sources(guide, ref))
                known[ref] = max(read, default="")
        days.add(known[ref])
    return max(days)


def _sources(guide: Guide, ref: str) -> set[str]:
    """Return the ids of the sources of a stored figure."""
    kind, record, *path = ref.split("/")
    if kind == "sources":
        return {record}
    value: Any = getattr(guide.dataset, kind, {}).get(record)
    found: set[str] = set()
    for part in (None, *path):
        if part is not None:
            value = _step(value, part)
        cites = [getattr(value, "source", None), *(getattr(value, "sources", None) or ())]
        cites += getattr(value, "evidence", None) or ()
        found = {cite.id for cite in cites if cite} or found
    return found


def _step(value: Any, part: str) -> Any:
    if isinstance(value, Mapping):
        return value.get(part)
    if isinstance(value, list):
        return value[int(part)]
    return getattr(value, part, None)
