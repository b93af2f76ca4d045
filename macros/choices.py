"""How does a reader choose a card and settings?

The forms by which a script filters a page, and the way from the first page to the picker. Every
option is a value of the data. Without scripts the forms are hidden and everything is shown.
Imports ``verdicts``; ``picker`` puts these forms before its tables, and ``tables`` offers
``find_card`` to pages.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from . import formats
from .cells import Pen
from .derive import Guide
from .figures import ARCHITECTURES, setting_ref, stored, workload
from .index import index
from .verdicts import from_smallest, shade

PAGE = "will-it-run/"
"""The page on which the picker stands."""
SCRIPT = "assets/choose.js"
STYLE = "assets/choose.css"
KNOBS = {"offload": "offload", "encoder": "text_encoder_precision"}
"""Settings that a reader can change, by the name that form and script give them."""
_UNLISTED = '<option value="other">my card is not listed</option>'
_AGES = {
    "unknown": "I do not know",
    "supported": "as new as recommended, or newer",
    "older_than_recommended": "older than recommended",
}


def find_card(guide: Guide, base: str) -> str:
    """Return the way from the first page to the answer: a form, and a link for each card."""
    pen = Pen(guide, base)
    links = "".join(f"<li>{pen.name('gpus', gpu)}</li>" for gpu in products(guide))
    return (
        f'<form class="find" action="{base}{PAGE}" method="get">'
        '<label for="find-card">Your card</label> <select id="find-card" name="gpu">'
        f'<option value="">all cards</option>{_cards(pen)}{_UNLISTED}</select>'
        ' <button type="submit" class="md-button md-button--primary">Will it run?</button></form>'
        "<p>Each card has its page; the smallest memory stands first:</p>"
        f'<ul class="cards">{links}</ul>'
    )


def form(pen: Pen) -> str:
    """Return the form of the picker, with the words of every verdict for its script."""
    models, choices = pen.guide.dataset.models, _choices(pen.guide)
    tasks = {model.task: f"models/{name}/task" for name, model in models.items()}
    gib = (
        '<label class="other" hidden>Its memory in GiB <input name="gib" type="text"'
        ' inputmode="decimal" pattern="(?=.*[1-9])[0-9]{1,6}([.,][0-9]{1,6})?" size="8"></label>'
    )
    ages = "".join(f'<option value="{age}">{said}</option>' for age, said in _AGES.items())
    words = "".join(
        f'<span class="{shade(memory, age)}" data-verdict="{memory}" data-age="{age or ""}">'
        f"{formats.of_memory(memory, age).html()}"
        f'<span class="doubt">{formats.doubt(memory, age)}</span></span>'
        for memory in formats.VERDICTS
        for age in (None, *ARCHITECTURES)
    )
    asked = (
        select("GPU", "gpu", "all cards", _cards(pen) + _UNLISTED),
        gib,
        f'<label class="other" hidden>Its architecture <select name="age">{ages}</select></label>',
        select("Task", "task", "all tasks", options(pen, tasks)),
        select("Resolution", "resolution", "any",
               options(pen, choices["resolution"], sizes(pen.guide))),
        select("Frames per second", "fps", "any", options(pen, choices["fps"])),
        select("Offload", "offload", "any", options(pen, choices["offload"])),
        select("Text encoder", "encoder", "any precision",
               options(pen, choices["text_encoder_precision"])),
    )  # fmt: skip
    return (
        '<form class="picker" method="get" aria-label="Will it run?" autocomplete="off">'
        f'{"".join(asked)}<button type="button" class="md-button">Show everything</button></form>'
        '<p class="answer" role="status">Everything is shown: every card with every model.</p>'
        "<noscript><p>Without scripts the form has no effect: everything is shown, and each card"
        " has its own page.</p></noscript>"
        f'<template class="verdicts">{words}</template>'
    )


def _choices(guide: Guide) -> dict[str, dict[str, str]]:
    """Return by setting each value of it with a reference that shows it."""
    found: dict[str, dict[str, str]] = {}
    for key in ("resolution", "fps", *KNOBS.values()):
        found[key] = {}
        for value, ref in _given(guide, key):
            named = key == "resolution" and value in sizes(guide)
            if value not in formats.SETTINGS and not named:
                found[key].setdefault(value, ref)
    return found


def _given(guide: Guide, key: str) -> Iterator[tuple[str, str]]:
    for name, table in guide.dataset.benchmarks.items():
        if table.metric == "generation_time" and key not in KNOBS.values():
            for column in table.columns:
                yield from setting(guide, name, column, key)
    for run in (one.run for one in guide.rows.footprints):
        if run and key != "fps" and getattr(guide.dataset.runs[run].workload, key) is not None:
            ref = f"runs/{run}/workload/{key}"
            yield str(stored(guide.dataset, ref).value), ref


def setting(guide: Guide, benchmark: str, column: str, key: str) -> Iterator[tuple[str, str]]:
    """Yield the value of one setting of a column and its reference, if it is given."""
    if getattr(workload(guide.dataset.benchmarks[benchmark], column), key) is not None:
        ref = setting_ref(guide.dataset, benchmark, column, key)
        yield str(stored(guide.dataset, ref).value), ref


def sizes(guide: Guide) -> dict[str, str]:
    """Return by width x height in pixels the name that a source prints for it, as 480p.

    One choice covers both: sources name their sizes, and our runs state them in pixels.
    """
    found: dict[str, str] | None = guide.memos.get("sizes")
    if found is None:
        found = guide.memos["sizes"] = {}
        for name, table in guide.dataset.benchmarks.items():
            for column in table.columns if table.metric == "generation_time" else ():
                for printed, _ in setting(guide, name, column, "resolution"):
                    for pixels, _ in setting(guide, name, column, "pixels"):
                        if pixels != printed and printed not in formats.SETTINGS:
                            found.setdefault(pixels, printed)
    return found


def products(guide: Guide) -> list[str]:
    """Return all cards but the ambiguous names, the one with the least memory first."""
    rows = (rows[0] for rows in index(guide).verdicts.values())
    return [
        row.gpu for row in sorted(rows, key=from_smallest) if not guide.dataset.gpus[row.gpu].one_of
    ]


def select(label: str, name: str, anything: str, given: str) -> str:
    """Return a labelled choice among options; the first one chooses nothing."""
    return (
        f'<label>{label} <select name="{name}"><option value="">{anything}</option>'
        f"{given}</select></label>"
    )


def options(pen: Pen, values: Mapping[str, str], same: Mapping[str, str] | None = None) -> str:
    """Return an option for each value; ``values`` maps it to a reference that shows it.

    ``same`` maps other words to the value that they mean; an option shows them behind its own,
    and an address may hold them.
    """
    html = ""
    for value, ref in values.items():
        shown = pen.escape(str(pen.guide.figure(ref).value))
        also = [pen.escape(word) for word, meant in (same or {}).items() if meant == value]
        more = f' data-also="{" ".join(also)}" label="{shown} ({", ".join(also)})"' if also else ""
        html += f'<option value="{pen.escape(value)}" data-ref="{pen.escape(ref)}"{more}>'
        html += f"{shown}</option>"
    return html


def _cards(pen: Pen) -> str:
    """Return the options for all cards by name, with ambiguous names apart."""
    gpus = pen.guide.dataset.gpus
    by_name = sorted(gpus, key=lambda gpu: gpus[gpu].name.casefold())
    groups = _names(gpu for gpu in by_name if gpus[gpu].one_of)
    html = options(pen, _names(gpu for gpu in by_name if not gpus[gpu].one_of))
    if groups:
        html += f'<optgroup label="Names of several products">{options(pen, groups)}</optgroup>'
    return html


def _names(gpus: Iterable[str]) -> dict[str, str]:
    return {gpu: f"gpus/{gpu}/name" for gpu in gpus}
