"""Which settings make a model fit, and what do they cost?

What tried settings took, by model, and which of them fit on a card. Imports ``grids``; ``tables``
offers these tables to pages.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from . import formats
from .cells import STATES, Pen
from .derive import Guide
from .fits import Fit
from .footnotes import Footnotes
from .footprints import KNOBS, Footprint, size
from .grids import cell, frame, head, row_head, th, title
from .index import fitting, index
from .runs import Settings
from .verdicts import memory_sources

_MUCH = Decimal("Infinity")
_TRIED = {True: "tried under a limit", False: "predicted from the peak"}
_TIME = (
    th("Steps of the run", "num")
    + th("Time of the run (s)", "num")
    + th("Beyond the fastest at this resolution (s)", "num")
)


# ---------------------------------------------------------------- one model


def model_settings(guide: Guide, base: str, model: str) -> str:
    """Return what each tried setting of a model takes, the least memory first, for each size."""
    pen = Pen(guide, base)
    tried = [one for one in guide.rows.footprints if one.model == model]
    if not tried:
        return "<p>This project has not tried settings of this model yet.</p>"
    groups: dict[tuple[str, Settings], list[Footprint]] = {}
    for one in tried:
        groups.setdefault((one.gpu, size(one)), []).append(one)
    tables = [_size(pen, f"model-settings--{model}--{i}", g) for i, g in enumerate(groups.values())]
    return "".join(tables)


def _size(pen: Pen, identity: str, group: list[Footprint]) -> str:
    """Return the table of the settings that make the same on one GPU."""
    notes, first = Footnotes(pen, identity), group[0]
    known = [one for one in group if one.run]
    if not known:
        return _uncounted(group)
    varied = [key for key in KNOBS if len({getattr(one.settings, key) for one in known}) > 1]
    shared = [key for key in Settings.model_fields if key not in (*varied, "steps")]
    run = known[0].run or ""
    name = pen.name("models", first.model)
    what = pen.figure(f"runs/{run}/workload/resolution") if first.settings.resolution else ""
    caption = (
        f"{title(notes, f'{name} {what}')}"
        f' <span class="what">Tried on {pen.name("gpus", first.gpu)}, the least memory first.'
        " A card must have what is in the column “on the card”, after the driver took its"
        f" part.{_scatter(pen, known)}</span>"
        ' <span class="workload">Settings of all:'
        f" {pen.words(run, first.settings, shared) or 'none stated'}.</span>"
    )
    opened = _opened(pen, known)
    rows = [
        row_head(pen.link(f"runs/{one.run}", pen.words(one.run or "", one.settings, varied)
                          or "as above") + pen.place(f"runs/{one.run}"))
        + cell(opened.get(one.run or "", '<span aria-hidden="true">—</span> no other'))
        + _peaks(pen, notes, one)
        + _time(pen, one)
        for one in known
    ]  # fmt: skip
    headings = head(
        th("Settings"), th("Cards for which this is the most that fits"),
        th("Allocated (GiB)", "num"), th("Reserved (GiB)", "num"), th("On the card (GiB)", "num"),
        _TIME,
    )  # fmt: skip
    return frame(notes, caption, headings, rows, _uncounted(group), kind="tried")


def _uncounted(group: Iterable[Footprint]) -> str:
    without = [one for one in group if not one.run]
    if not without:
        return ""
    return (
        f"<p>Settings without a peak that counts: {len(without)}. Their runs ran out of memory, or"
        " read no meter of the driver.</p>"
    )


def _opened(pen: Pen, known: Sequence[Footprint]) -> dict[str, str]:
    """Return by run the cards for which it is the most memory of a table that fits."""
    runs, found = {one.run for one in known}, index(pen.guide)
    most: dict[str, list[Fit]] = {}
    for gpu, record in pen.guide.dataset.gpus.items():
        there = found.fits.get((gpu, known[0].model), ())
        fits = [one for one in there if one.enough and one.footprint.run in runs]
        if fits and not record.one_of:
            last = max(fits, key=lambda one: one.footprint.need or 0)
            most.setdefault(last.footprint.run or "", []).append(last)
    return {run: _cards(pen, fits) for run, fits in most.items()}


def _cards(pen: Pen, fits: Iterable[Fit]) -> str:
    """Return cards by verdict, those without a doubt before the others, the smallest first."""
    groups: dict[str, list[str]] = {}
    for one in sorted(fits, key=lambda one: (_doubtful(one), one.room or 0)):
        groups.setdefault(_verdict(one), []).append(pen.name("gpus", one.gpu))
    return "; ".join(f"{words}: {', '.join(names)}" for words, names in groups.items())


def _doubtful(one: Fit) -> bool:
    return one.architecture not in (None, "supported")


def _verdict(one: Fit) -> str:
    verdict = formats.verdict(one.verdict, one.architecture).html()
    how = "run on it" if one.tried and one.footprint.gpu == one.gpu else _TRIED[one.tried]
    return f"{verdict}, {how}"


def _peaks(pen: Pen, notes: Footnotes, one: Footprint) -> str:
    place = f"derived/runs/{one.run}"
    html = ""
    for ref in (f"{place}/gib/allocated", f"{place}/gib/reserved", f"{place}/need"):
        if ref in pen.guide.derived:
            html += cell(pen.figure(ref, unit=False) + notes.of(ref), "num")
        else:
            html += cell('<span aria-hidden="true">—</span> not read', "num")
    return html


def _time(pen: Pen, one: Footprint) -> str:
    """Return the cells of a run's steps, of its time, and of what it is beyond the fastest."""
    if one.time_ref is None:
        return cell(STATES["not_measured"], "state not_measured") * 3
    run = f"runs/{one.time_ref.split('/')[1]}"
    time = cell(pen.figure(f"{run}/workload/steps"), "num")
    time += cell(pen.figure(one.time_ref, unit=False) + pen.place(one.time_ref), "num")
    if one.slower:
        more = pen.figure(f"derived/{run}/more-time", unit=False)
        return time + cell(more + pen.place(str(one.fastest_ref)), "num")
    return time + cell("not known" if one.slower is None else "no clear difference")


def _scatter(pen: Pen, known: Iterable[Footprint]) -> str:
    """Return by how much times of one setting differ; nothing where none ran twice."""
    apart = next((one.apart for one in known if one.apart), None)
    if not apart:
        return ""
    figure = pen.figure(f"derived/runs/{apart[0].split('/')[1]}/scatter")
    return (
        f" Two generations of one setting differ by up to {figure}, so no smaller difference"
        " between settings is shown."
    )


# ---------------------------------------------------------------- one card


def gpu_settings(guide: Guide, base: str, gpu: str) -> str:
    """Return what fits where a model does not as published, and all tried settings that fit."""
    pen, found = Pen(guide, base), index(guide)
    tried = {
        model: rows for model in guide.dataset.models if (rows := found.fits.get((gpu, model)))
    }
    if tried and all(one.room is None for rows in tried.values() for one in rows):
        members = ", ".join(pen.name("gpus", one) for one in guide.dataset.gpus[gpu].one_of)
        if members:
            return f"<p>The products differ in memory. See the settings of each: {members}.</p>"
        return "<p>Not known, because no source gives the memory of this card.</p>"
    least = sorted(
        tried, key=lambda model: min(one.footprint.need or _MUCH for one in tried[model])
    )
    html = [_model(pen, gpu, model, tried[model]) for model in least]
    return (
        _instead(pen, gpu)
        + _two_sizes(pen, gpu)
        + "".join(html)
        + memory_sources(pen, [gpu] * bool(html))
        or "<p>This project has not tried settings of any model yet.</p>"
    )


def _instead(pen: Pen, gpu: str) -> str:
    """Return a line for each need that a card lacks, with the best setting that fits instead.

    The model that lacks least stands first.
    """
    verdicts = index(pen.guide).verdicts.get(gpu, ())
    lines = "".join(
        f"<li>{pen.name('models', row.model)} does not fit as published: it needs"
        f" {pen.figure(str(row.need_ref))}, read as"
        f" {pen.guide.dataset.requirements[row.requirement].read_as}; this card has"
        f" {pen.figure(f'derived/gpus/{gpu}/capacity')}. {_best(pen, gpu, row.model)}</li>"
        for row in sorted(verdicts, key=lambda row: row.headroom_gib or 0, reverse=True)
        if row.verdict == "does_not_fit" and row.requirement
    )
    if not lines:
        return ""
    return (
        "<p>Needs are published, for the tool of the source. Settings were tried with this"
        f" project's own runner.</p><ul>{lines}</ul>"
    )


def _two_sizes(pen: Pen, gpu: str) -> str:
    """Return why a card has two sizes, where it has: a published need counts its reserve too."""
    whole, room = (
        pen.guide.derived.get(f"derived/gpus/{gpu}/{one}") for one in ("capacity", "room")
    )
    if not (whole and room) or whole.value == room.value:
        return ""
    return (
        f"<p>Two sizes of one card: the driver counts {pen.figure(whole.ref)} in all, which a"
        f" published need is held against. A tried setting is held against {pen.figure(room.ref)},"
        " because the driver may keep the rest for itself.</p>"
    )


def _best(pen: Pen, gpu: str, model: str) -> str:
    """Return the fastest setting that fits of the largest size that does, in one sentence."""
    rows = index(pen.guide).fits.get((gpu, model), ())
    if not rows:
        return "This project has not tried settings of it."
    best = next(iter(fitting(pen.guide, gpu, model)), None)
    if best is None:
        return "No tried setting fits."
    run, settings = best.footprint.run or "", best.footprint.settings
    keys = [key for key in _varied(rows, "resolution") if getattr(settings, key) != "no"]
    words = pen.link(f"runs/{run}", pen.words(run, settings, keys) or formats.UNSTATED)
    need = pen.figure(f"derived/runs/{run}/need")
    return f"With {words}, it takes {need}: {_verdict(best)}."


def _varied(rows: Iterable[Fit], *always: str) -> list[str]:
    """Return the settings in which some differ, the size before those that a user can change."""
    tried = [one.footprint.settings for one in rows]
    return [
        key
        for key in ("resolution", *KNOBS)
        if key in always or len({getattr(settings, key) for settings in tried}) > 1
    ]


def _model(pen: Pen, gpu: str, model: str, rows: Sequence[Fit]) -> str:
    """Return the settings of a model that fit on a card, folded under one line."""
    name, fits = pen.name("models", model), fitting(pen.guide, gpu, model)
    lacking = [one for one in rows if one.verdict == "does_not_fit"]
    seen = sum(one.tried for one in lacking)
    others = (
        (seen, STATES["oom"]), (len(lacking) - seen, STATES["oom_predicted"]),
        (len(rows) - len(fits) - len(lacking), STATES["not_measured"]),
    )  # fmt: skip
    rest = "; ".join(f"{words}: {count}" for count, words in others if count)
    if not fits:
        return f"<p>{name}: none of {len(rows)} tried settings fits. {rest}.</p>"
    notes = Footnotes(pen, f"gpu-settings--{gpu}--{model}")
    caption = (
        f'{title(notes, f"{name}: settings that fit")} <span class="what">The largest'
        " resolution stands first, and of each the fastest as tried, of equally fast ones the"
        " least memory, offload sequential last. Programs get"
        f" {pen.figure(f'derived/gpus/{gpu}/room')} of {pen.name('gpus', gpu)}."
        f" Needs and times were measured on {_measured_on(pen, fits)}.</span>"
    )
    varied = _varied(rows)
    body = [_fit(pen, notes, one, varied) for one in fits]
    headings = head(
        th("Settings"), th("Needed on the card (GiB)", "num"), th("Headroom (GiB)", "num"),
        th("Verdict"), _TIME,
    )  # fmt: skip
    rest = f"<p>The other settings: {rest}.</p>" if rest else ""
    return (
        f'<details class="settings"><summary>{pen.text(f"models/{model}/name")}: {len(fits)} of'
        f" {len(rows)} tried settings fit{_least(pen, fits)}</summary>"
        f"{frame(notes, caption, headings, body, rest, kind='tried')}</details>"
    )


def _least(pen: Pen, fits: Iterable[Fit]) -> str:
    """Return the least that settings need at each resolution, without links: a click opens them."""
    least: dict[object, Footprint] = {}
    for tried in (one.footprint for one in fits):
        size = tried.settings.resolution
        least[size] = min(tried, least.get(size, tried), key=lambda one: one.need or 0)
    return "".join(
        f"; the least{_at(pen, one)} needs {pen.bare(f'derived/runs/{one.run}/need')}"
        for one in least.values()
    )


def _at(pen: Pen, one: Footprint) -> str:
    if one.settings.resolution is None:
        return ""
    return f" at {pen.text(f'runs/{one.run}/workload/resolution')}"


def _measured_on(pen: Pen, fits: Iterable[Fit]) -> str:
    return ", ".join(pen.name("gpus", gpu) for gpu in sorted({one.footprint.gpu for one in fits}))


def _fit(pen: Pen, notes: Footnotes, one: Fit, varied: Sequence[str]) -> str:
    tried, run = one.footprint, one.footprint.run or ""
    kind = "doubtful" if _doubtful(one) else one.verdict
    spare = f"derived/gpus/{one.gpu}/spare/{run}"
    return (
        row_head(
            pen.link(f"runs/{run}", pen.words(run, tried.settings, varied) or "the only ones tried")
            + pen.place(f"runs/{run}")
        )
        + cell(pen.figure(f"derived/runs/{run}/need", unit=False), "num")
        + cell(pen.figure(spare, unit=False) + notes.of(spare), "num")
        + cell(_verdict(one), f"verdict {kind}")
        + _time(pen, tried)
    )
