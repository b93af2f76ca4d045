"""Does each file of the docs folder have an address of its own?

Of two files at one address MkDocs writes both, and the later one would stand there alone. Imports
``errors``; ``hooks`` asks before any page is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from .errors import Problem


def shared(docs: Iterable[tuple[str, str]], made: Iterable[tuple[str, str]]) -> Iterator[Problem]:
    """Yield each file of the docs folder at, or below, the address of another file.

    Each file is its name, as its author knows it, and the path at which it will be written.
    ``made`` are the files of the guide itself, which no author can rename.
    """
    own = {place: name for name, place in made}
    taken: dict[str, str] = {}
    for name, place in sorted(docs):
        way = (place, *map(str, PurePosixPath(place).parents))
        step = next((step for step in way if step in own or step in taken), "")
        if step:
            below = f", below {step}, that of" if step != place else ", which is that of"
            found = f"the address {place}{below} {own.get(step) or taken[step]}"
            yield Problem(
                name, 0, 0, "", "address", found, "an address of its own",
                "rename this file" if step in own else "rename one of the two",
            )  # fmt: skip
        taken.setdefault(place, name)
