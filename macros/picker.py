"""Will it run on my card?

A table for each card with every model: verdict, headroom, what to change, and times, published or
measured by this project, below the form by which a script filters them. The script computes
nothing but the verdicts of a card that is not listed, from figures that stand here. Imports
``choices`` and ``verdicts``; ``tables`` offers the picker to pages.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from . import formats
from .cells import METERS_IN_SHORT, REPLICAS, STATES, VERDICTS, Pen, label
from .choices import KNOBS, SCRIPT, STYLE, form, products, setting, sizes
from .derive import Guide
from .figures import BYTES, TIGHT, floors
from .fits import DRIVER_RESERVE_GIB, Fit
from .footnotes import Footnotes
from .footprints import Footprint, from_largest
from .grids import cell, gpu_head, head, published, row_head, th
from .index import fitting, index
from .replicas import Replica, place_of
from .rows import Need, Result, Verdict
from .verdicts import age_words, doubts, floor_words, memory_sources, shade, verdict_cell

_SETTINGS = ("resolution", "fps", "attention")
_OWN = ("steps", "offload", "text_encoder_precision")
_ENOUGH = '<span class="enough" hidden>nothing in its settings</span>'
_CHANGES = ("offload", "text_encoder_precision", "vae_precision", "vae_tiling")


def picker(guide: Guide, base: str) -> str:
    """Return the verdict, headroom and times of every product with every model, and the form."""
    pen, found = Pen(guide, base), index(guide)
    listed = "".join(_tables(pen, requirement) for requirement in guide.dataset.requirements)
    known = {need.model for needs in found.needs.values() for need in needs}
    without = [pen.name("models", name) for name in guide.dataset.models if name not in known]
    if without:
        listed += (
            f"<p>{VERDICTS['unknown']} on every card, because no source states how much memory is"
            f" needed: {', '.join(without)}.</p>"
        )
    return (
        f'<link rel="stylesheet" href="{base}{STYLE}">{form(pen)}{listed}'
        f'<script src="{base}{SCRIPT}" defer></script>'
    )


# ---------------------------------------------------------------- the tables


def _tables(pen: Pen, requirement: str) -> str:
    """Return a table for each card: a browser lays out only those that are looked at."""
    guide, found = pen.guide, index(pen.guide)
    record = guide.dataset.requirements[requirement]
    notes = Footnotes(pen, f"picker--{requirement}")
    what = (
        "Below a verdict: the memory that is left over, or lacking. Changes stand from the largest"
        " resolution to the smallest, and of each the fastest as tried, offload sequential last: it"
        " adds its time in every step. They were tried with this project's own runner, not with"
        " the tool of the source. A card whose memory the driver counts leaves them less than that,"
        " because the driver may keep a reserve. A time is published, or measured by this project;"
        " it holds for the settings beside it."
        f" Needs as published, read as {record.read_as}."
        f"{floor_words(pen, requirement)}"
    )
    caption = published(pen, notes, "requirements", requirement, what, lead="What runs where")
    cards = [
        _listed_card(
            pen, notes, gpu, [row for row in found.verdicts[gpu] if row.requirement == requirement]
        )
        for gpu in products(guide)
    ]
    floor = "unknown" if floors(guide.dataset, requirement) else ""
    age = " On an architecture that is older than recommended, or unknown, enough is no promise."
    cards.append(
        _card(
            f'data-names="other" data-tight="{TIGHT}" data-bytes="{BYTES[record.read_as]}"'
            f' data-age="{floor}"',
            "A card that is not listed <small>A model does not fit where the card has less memory"
            f" than is needed.{age * bool(floor)}</small>",
            (_row_of_other(pen, notes, need) for need in found.needs[requirement]),
        )
    )
    return (
        f'<figure class="data picker"><figcaption>{caption}</figcaption><div class="scroll"'
        f' tabindex="0" role="region" aria-labelledby="title-{notes.identity}">{"".join(cards)}'
        f"</div>{memory_sources(pen, products(guide))}{notes.html()}</figure>"
    )


def _listed_card(pen: Pen, notes: Footnotes, gpu: str, rows: list[Verdict]) -> str:
    """Return the table of a card; what speaks against its architecture is told once, above it."""
    requirement, age = str(rows[0].requirement), rows[0].architecture
    names = " ".join((gpu, *index(pen.guide).groups.get(gpu, ())))
    doubt = formats.doubt("fits", age)
    return _card(
        f'data-names="{names}"' + f' data-doubt="{doubt}"' * bool(doubt),
        gpu_head(pen, gpu) + _capacity(pen, rows[0]) + _age(pen, gpu, requirement),
        (_row(pen, notes, row) for row in rows),
    )


def _age(pen: Pen, gpu: str, requirement: str) -> str:
    words = age_words(pen, gpu, requirement).strip()
    return f" <small>{words}</small>" * bool(words)


def _card(attributes: str, name: str, rows: Iterable[str]) -> str:
    headings = head(
        th("Model, and what it needs"), th("Verdict"), th("What to change"),
        th("Time of one generation"),
    )  # fmt: skip
    body = "".join(rows)
    # Until it is laid out, a card takes as much room as it may need: none may lie on the next one.
    high = 12 * (1 + body.count("<tr")) + 6 * body.count("<li")
    return (
        f'<div class="card" style="--high:{high}rem" {attributes}>'
        f'<table class="data"><caption>{name}</caption>'
        f"<thead>{headings}</thead><tbody>{body}</tbody></table></div>"
    )


def _capacity(pen: Pen, row: Verdict) -> str:
    if row.meter is None:
        return " <small>no source gives its memory</small>"
    figure = pen.figure(f"derived/gpus/{row.gpu}/capacity")
    return f" <small>{figure}, {METERS_IN_SHORT[row.meter]}</small>"


def _row(pen: Pen, notes: Footnotes, row: Verdict) -> str:
    below = doubts(pen, notes, row)
    if row.headroom_gib is not None:
        tail = f"{row.requirement}/{row.model}"
        gib, percent = (
            pen.figure(f"derived/gpus/{row.gpu}/{what}/{tail}")
            for what in ("headroom", "headroom-percent")
        )
        below += f"<small>{gib}, {percent}</small>"
    return (
        _head_of_row(pen, notes, row.model, str(row.need_ref))
        + verdict_cell(row, below)
        + cell(_change(pen, row))
        + cell(_times(pen, notes, row.gpu, row.model))
        + "</tr>\n"
    )


def _row_of_other(pen: Pen, notes: Footnotes, need: Need) -> str:
    known = [one for one in pen.guide.rows.footprints if one.model == need.model and one.need]
    tried = sorted(known, key=from_largest)
    changes = "".join(_tried(pen, one, VERDICTS["unknown"]) for one in tried)
    return (
        _head_of_row(pen, notes, need.model, need.ref)
        + cell(VERDICTS["unknown"], "verdict unknown")
        + cell(_listed(changes, "with other settings") + _ENOUGH)
        + cell(_listed("", ""))
        + "</tr>\n"
    )


def _head_of_row(pen: Pen, notes: Footnotes, model: str, need: str) -> str:
    task = pen.escape(pen.guide.dataset.models[model].task)
    words = f"<small>needs {pen.figure(need)}{notes.of(need)}</small>"
    return row_head(pen.name("models", model) + words, f'data-task="{task}"')


def _listed(items: str, what: str) -> str:
    """Return a list, and behind it what is said where the script hides all of it."""
    hidden = " hidden" * bool(items)
    words = f"{STATES['not_measured']} {what}".rstrip()
    return f"<ul>{items}</ul>" * bool(items) + f'<span class="none"{hidden}>{words}</span>'


# ---------------------------------------------------------------- times


def _times(pen: Pen, notes: Footnotes, gpu: str, model: str) -> str:
    """Return what generations of a model took on a card: published, and our own behind each."""
    found = index(pen.guide)
    items = [
        _time(pen, notes, result, gpu)
        + "".join(_own_time(pen, notes, one) for one in found.again.get(result.ref, ()))
        for name in (gpu, *found.groups.get(gpu, ()))
        for result in found.seen.get((name, model), ())
    ]
    return _listed("".join(items), "with these settings" if items else "")


def _time(pen: Pen, notes: Footnotes, result: Result, gpu: str) -> str:
    settings = [
        (key, *one)
        for key in _SETTINGS
        for one in setting(pen.guide, result.benchmark, result.column, key)
    ]
    words = ["published"]
    words += [pen.figure(ref) for _, value, ref in settings if value not in formats.SETTINGS]
    if result.gpu != gpu:
        words.append(f"as {pen.name('gpus', result.gpu)}")
    figure = pen.figure(result.ref) + notes.of(result.ref)
    given = _given(pen, ((key, value) for key, value, _ in settings))
    return f"<li{given}>{figure} <small>{', '.join(words)}</small>{pen.place(result.ref)}</li>"


def _own_time(pen: Pen, notes: Footnotes, one: Replica) -> str:
    """Return our own time of published work, with how it compares and the run that it is from."""
    run, workload = f"runs/{one.run}", pen.guide.dataset.runs[one.run].workload
    stated = {key: str(value) for key in (*_SETTINGS, *_OWN) if (value := getattr(workload, key))}
    words = ["measured by this project"]
    words += [
        f"{label(key)} " * (key in _OWN) + pen.figure(f"{run}/workload/{key}")
        for key, value in stated.items()
        if value not in formats.SETTINGS
    ]
    figure = pen.figure(f"{place_of(one)}/ours") + notes.of(run, f"{run}/workload/weights")
    link = f'<a href="{pen.escape(pen.href(run))}" aria-label="run {pen.escape(one.run)}">run</a>'
    published = {  # what does not apply to the work, a run of it need not say
        key: value
        for key in _SETTINGS
        for value, _ in setting(pen.guide, one.benchmark, one.column, key)
        if value == "not_applicable"
    }
    own = {key: value for key, value in stated.items() if key in _SETTINGS}
    given = _given(pen, {**published, **own}.items())
    return (
        f"<li{given}>{figure} <small>{', '.join(words)}; {link}: {REPLICAS[one.word]}</small>"
        f"{pen.place(run)}</li>"
    )


def _given(pen: Pen, settings: Iterable[tuple[str, str]]) -> str:
    """Return the attributes by which a script chooses among times; a star is alike to all."""
    names = {**sizes(pen.guide), "not_applicable": "*"}
    return "".join(
        f' data-{key}="{pen.escape(names.get(value, value))}"'
        for key, value in settings
        if value != "not_stated"
    )


# ---------------------------------------------------------------- what to change


def _change(pen: Pen, row: Verdict) -> str:
    """Return what helps where a model does not just fit: settings, or another model."""
    if row.verdict == "fits":
        plain = shade(row.verdict, row.architecture) == "fits"
        return "nothing" if plain else "the card: settings only change the memory that is needed"
    tried: dict[tuple[object, ...], Fit] = {}
    for one in fitting(pen.guide, row.gpu, row.model):
        settings = one.footprint.settings
        tried.setdefault((settings.resolution, *(getattr(settings, k) for k in _CHANGES[:2])), one)
    items = "".join(
        _tried(pen, one.footprint, _words(one, row.architecture), one) for one in tried.values()
    )
    models = pen.guide.dataset.models
    others = [
        pen.name("models", other.model)
        for other in index(pen.guide).verdicts[row.gpu]
        if other.requirement == row.requirement
        and shade(other.verdict, other.architecture) == "fits"
        and models[other.model].task == models[row.model].task
    ]
    words = f"<p>This fits: {', '.join(others)}.</p>" if others else ""
    return _listed(items, "with other settings that fit") + words


def _words(one: Fit, told: str | None) -> str:
    """Return a verdict on tried settings, without the doubt that is told above the table."""
    of = formats.of_memory if one.architecture == told else formats.verdict
    words, symbol = of(one.verdict, one.architecture)
    return f'<span aria-hidden="true">{symbol}</span> {words}'


def _tried(pen: Pen, footprint: Footprint, verdict: str, on: Fit | None = None) -> str:
    """Return one tried setting with its verdict, its need and its time beyond the fastest."""
    run, settings = footprint.run, footprint.settings
    size = str(settings.resolution or "")
    given: dict[str, object] = {"resolution": sizes(pen.guide).get(size, size)}
    given |= {name: getattr(settings, key) for name, key in KNOBS.items()}
    attributes = "".join(
        f' data-{name}="{pen.escape(str(value))}"' for name, value in given.items() if value
    )
    words = ", ".join(
        f"{label(key)} {pen.text(f'runs/{run}/workload/{key}')}"
        for key in ("resolution", *_CHANGES)
        if getattr(settings, key) not in (None, "no")
    )
    numbers = [f"takes {pen.figure(f'derived/runs/{run}/need')}"]
    if on:
        numbers.append(f"leaves {pen.figure(f'derived/gpus/{on.gpu}/spare/{run}')}")
    if footprint.time_ref and footprint.slower:
        timed = footprint.time_ref.split("/")[1]
        more = pen.figure(f"derived/runs/{timed}/more-time")
        more += pen.place(footprint.time_ref) + pen.place(str(footprint.fastest_ref))
        took = f"its run on {pen.name('gpus', footprint.gpu)} took {more} more"
        if footprint.steps:
            took += f" (steps: {pen.figure(f'runs/{timed}/workload/steps')})"
        numbers.append(took)
    if not on:
        # The reader gives the driver's total, of which the driver may keep a part.
        attributes += f' data-need="{(footprint.need or Decimal()) + DRIVER_RESERVE_GIB}"'
    link = pen.link(f"runs/{run}", words or formats.UNSTATED)
    return (
        f'<li{attributes}><span class="said">{verdict}</span> with {link}:'
        f" {', '.join(numbers)}{pen.place(f'runs/{run}')}</li>"
    )
