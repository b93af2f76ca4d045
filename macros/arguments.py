"""Are the arguments of a macro call right?

Binds them to the macro's signature and looks ids up in the data. Imports ``derive`` and
``errors``; ``tables`` and ``prose`` import it.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cache
from typing import Any, Literal, get_args, get_origin, get_type_hints

from .derive import Guide
from .errors import DataError, Problem, nearest
from .schema import KINDS


def check(
    guide: Guide,
    name: str,
    macro: Callable[..., str],
    args: Sequence[Any],
    kwargs: Mapping[str, Any],
) -> dict[str, str]:
    """Return the arguments of a call by name.

    ``macro`` takes the guide and the base first, which the call leaves out. Raises DataError with
    a Problem for each wrong argument; it has no file, because only the caller knows the page.
    """
    signature, hints = _asked(macro)
    try:
        given = signature.bind(*args, **kwargs).arguments
    except TypeError as error:
        own = signature.parameters.values()
        names = [f"{one.name}=..." if isinstance(one.default, str) else one.name for one in own]
        raise DataError([_problem(name, str(error), f"{name}({', '.join(names)})")]) from None
    problems = [
        _problem(f"{name}({key})", repr(value), "a known value in quotes", hint)
        for key, value in given.items()
        if (hint := _wrong(guide, key, value, hints[key], given)) is not None
    ]
    if problems:
        raise DataError(problems)
    return given


@cache
def _asked(macro: Callable[..., str]) -> tuple[inspect.Signature, dict[str, Any]]:
    """Return what a call of a macro gives, and of which types that is."""
    signature = inspect.signature(macro)
    own = list(signature.parameters.values())[2:]
    return signature.replace(parameters=own), get_type_hints(macro)


def _wrong(
    guide: Guide, key: str, value: Any, annotation: Any, given: Mapping[str, Any]
) -> str | None:
    """Return a hint if an argument has a wrong value, else None."""
    if key == "ref":
        try:
            guide.figure(str(value))
        except KeyError:
            return _near_ref(guide, str(value))
        return None
    known = _known(guide, key, annotation, given)
    return None if isinstance(value, str) and value in known else nearest(value, known)


def _known(guide: Guide, key: str, annotation: Any, given: Mapping[str, Any]) -> Collection[str]:
    dataset = guide.dataset
    if get_origin(annotation) is Literal:
        words: tuple[str, ...] = get_args(annotation)
        return words
    if key == "kind":
        return KINDS
    if key == "by":
        benchmark = dataset.benchmarks.get(given.get("benchmark", ""))
        return benchmark.columns if benchmark else ()
    if key == "section":
        return {sentence.section for sentence in dataset.recommendations.values()}
    known: Collection[str] = getattr(dataset, f"{key}s")
    return known


def _near_ref(guide: Guide, ref: str) -> str:
    """Return a hint at the first part of a reference that leads nowhere."""
    kind, _, rest = ref.partition("/")
    if kind == "derived":
        return nearest(ref, guide.derived)
    if kind not in KINDS:
        return nearest(kind, [*KINDS, "derived"])
    record = rest.partition("/")[0]
    if record not in (records := getattr(guide.dataset, kind)):
        return nearest(record, records)
    document, start = guide.dataset.document(f"{kind}/{record}")
    paths = (key[len(start) :] for key in document.positions if key[: len(start)] == start)
    return nearest(ref, ["/".join(map(str, (kind, record, *path))) for path in paths])


def _problem(key: str, found: str, expected: str, hint: str = "") -> Problem:
    return Problem("", 0, 0, key, "macro", found, expected, hint)
