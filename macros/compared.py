"""Do the published figures agree with what this project measured?

Tables of published times and needs beside our own, and of the readings of a table of needs. Imports
``grids``; ``tables`` offers them to pages.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from . import readings
from .cells import REPLICAS, STATES, Pen, label
from .derive import Guide
from .footnotes import Footnotes
from .grids import cell, column, frame, gpu_head, head, published, row_head, says, th, title
from .index import index
from .readings import SET, NeedReplica, Reading, nearest, neighbours
from .replicas import Comparison, Replica, place_of
from .runs import Settings

_LEAD = "Measured again by this project"
_NONE = "This project has not measured these figures again."
_RESULT = th("Ours ÷ published (×)", "num") + th("Result")
# What tells runs of one published figure apart, for no source states it.
_OPEN = ("text_encoder_precision", "vae_precision", "vae_tiling", "offload")


# ---------------------------------------------------------------- times


def time_replicas(guide: Guide, base: str, benchmark: str) -> str:
    """Return our times beside the published ones of a table."""
    rows = [one for one in guide.rows.replicas if one.benchmark == benchmark]
    return _tables(Pen(guide, base), rows, "time-replicas") or f"<p>{_NONE}</p>"


def gpu_replicas(guide: Guide, base: str, gpu: str) -> str:
    """Return our times on a card beside the published ones of all tables."""
    rows = [one for one in guide.rows.replicas if one.gpu == gpu]
    return _tables(Pen(guide, base), rows, f"gpu-replicas--{gpu}") or f"<p>{_NONE}</p>"


def model_replicas(guide: Guide, base: str, model: str) -> str:
    """Return our times and peaks of a model beside the published ones of all tables."""
    pen = Pen(guide, base)
    rows = [one for one in guide.rows.replicas if one.model == model]
    needs = [one for one in readings.need_replicas(guide.rows.readings) if one.model == model]
    html = [_needs(pen, table, needs, f"model-replicas--{model}") for table in _tables_of(needs)]
    return "".join(html) + _tables(pen, rows, f"model-replicas--{model}") or f"<p>{_NONE}</p>"


def _tables(pen: Pen, rows: Sequence[Replica], identity: str) -> str:
    return "".join(
        _times(pen, name, [one for one in rows if one.benchmark == name], identity)
        for name in dict.fromkeys(one.benchmark for one in rows)
    )


def _times(pen: Pen, benchmark: str, rows: Sequence[Replica], identity: str) -> str:
    record = pen.guide.dataset.benchmarks[benchmark]
    notes = Footnotes(pen, f"{identity}--{benchmark}")
    caption = published(pen, notes, "benchmarks", benchmark, says(record), _LEAD, noted=False)
    settings = {one.run: pen.guide.dataset.runs[one.run].workload for one in rows}
    varied = [key for key in _OPEN if len({getattr(one, key) for one in settings.values()}) > 1]
    words = {run: pen.words(run, given, varied) for run, given in settings.items()}
    body = [
        row_head(gpu_head(pen, one.gpu))
        + cell(column(pen, benchmark, one.column))
        + cell(pen.figure(one.ref, unit=False) + notes.of(one.ref), "num")
        + _ours(pen, notes, f"{place_of(one)}/ours", one.run)
        + _result(pen, f"{place_of(one)}/ratio", one.word)
        + (cell(words[one.run]) if varied else "")
        for one in rows
    ]
    headings = head(
        th("GPU"), th("Model"), th(f"Published ({record.unit})", "num"),
        th(f"Ours ({record.unit})", "num"), _RESULT, *[th("Settings of our run")] * bool(varied),
    )  # fmt: skip
    return frame(notes, caption, headings, body, _differences(pen, rows))


def _ours(pen: Pen, notes: Footnotes, ref: str, run: str) -> str:
    """Return the cell of our figure, with a link to its run below it."""
    href = pen.escape(pen.href(f"runs/{run}"))
    link = f'<small><a href="{href}" aria-label="run {pen.escape(run)}">run</a></small>'
    mark = notes.of(f"runs/{run}/workload/weights")
    return cell(pen.figure(ref, unit=False) + mark + link + pen.place(f"runs/{run}"), "num")


def _result(pen: Pen, ratio: str, word: str) -> str:
    figure = cell(pen.figure(ratio, unit=False), "num")
    return figure + cell(REPLICAS[word], f"verdict {word}")


def _differences(pen: Pen, rows: Sequence[Replica]) -> str:
    """Return which settings are not known to be the same, equal lists once."""
    groups: dict[Comparison, list[str]] = {}
    for one in rows:
        names = groups.setdefault(one.settings, [])
        if (name := column(pen, one.benchmark, one.column)) not in names:
            names.append(name)
    items = []
    for settings, names in groups.items():
        lists = (
            ("stated otherwise by the source", settings.differing),
            ("not stated by the source", settings.unstated),
            ("the same if the tool's defaults were kept", settings.defaults),
            ("the same", settings.alike),
        )
        words = "; ".join(f"{what}: {_labels(pen, keys)}" for what, keys in lists if keys)
        items.append(f"<li>{', '.join(names)}: {words}.</li>")
    return f'<ul class="settings">{"".join(items)}</ul>'


def _labels(pen: Pen, keys: Iterable[str]) -> str:
    return ", ".join(pen.escape(label(key)) for key in keys)


# ---------------------------------------------------------------- needs


def need_replicas(guide: Guide, base: str, requirement: str) -> str:
    """Return our peaks beside the published needs of a table, under the nearest reading."""
    needs = readings.need_replicas(guide.rows.readings)
    return _needs(Pen(guide, base), requirement, needs, "need-replicas")


def _tables_of(needs: Iterable[NeedReplica]) -> list[str]:
    return list(dict.fromkeys(one.requirement for one in needs))


def _needs(pen: Pen, requirement: str, needs: Iterable[NeedReplica], identity: str) -> str:
    rows = [one for one in needs if one.requirement == requirement]
    if not rows:
        return f"<p>{_NONE}</p>"
    best = pen.guide.rows.readings[requirement][0]
    notes = Footnotes(pen, f"{identity}--{requirement}")
    record = pen.guide.dataset.requirements[requirement]
    what = (
        "Our peaks, with the settings and the meter that come nearest to all needs of this table:"
        f" {_words(pen, best)}. The source states none of them."
    )
    caption = published(pen, notes, "requirements", requirement, what, _LEAD, noted=False)
    place = f"derived/requirements/{requirement}/{best.slug}"
    body = [
        row_head(pen.name("models", one.model))
        + cell(pen.figure(one.ref, unit=False) + notes.of(one.ref), "num")
        + _ours(pen, notes, f"{place}/ours/{one.model}", one.run)
        + _result(pen, f"{place}/ratio/{one.model}", one.word)
        for one in rows
    ]
    headings = head(
        th("Model"), th(f"Published ({record.unit})", "num"), th(f"Ours ({best.unit})", "num"),
        _RESULT,
    )  # fmt: skip
    return frame(notes, caption, headings, body)


def _words(pen: Pen, one: Reading) -> str:
    """Return a reading in words: its unit, meter, size and settings."""
    settings = pen.workload(_settings(one), one.settings, Settings.model_fields)
    return f"{one.unit}, {label(one.meter)}, {_size(pen, one)}, {settings}"


def _size(pen: Pen, one: Reading) -> str:
    return pen.escape(one.resolution or "default size of the model")


def _settings(one: Reading) -> str:
    """Return the place of the settings of a run that was made so."""
    return f"runs/{next(iter(one.measured.values()))[0]}/workload"


def reading_table(guide: Guide, base: str, requirement: str) -> str:
    """Return the nearest reading of a table of needs, and those that differ in one thing from it.

    Below it stands the nearest reading of each model by itself.
    """
    pen, every = Pen(guide, base), guide.rows.readings[requirement]
    shown = neighbours(every)
    if not shown:
        return f"<p>{_NONE}</p>"
    notes = Footnotes(pen, f"reading-table--{requirement}")
    needs = [need for need in index(guide).needs[requirement] if need.model in shown[0].measured]
    rows = [
        row_head("the nearest" if one is shown[0] else _change(pen, one, shown[0]))
        + "".join(_ratio(pen, notes, one, need.model) for need in needs)
        + _off(pen, one)
        for one in shown
    ]
    name = pen.text(f"requirements/{requirement}/title")
    caption = (
        f"{title(notes, f'Readings of: {name}')}"
        ' <span class="what">Our peak divided by the published need, for each model. Of'
        f" {len(every)} readings this is the nearest: {_words(pen, shown[0])}. Each of the others"
        " here differs from it in one thing.</span>"
    )
    models = [
        th(f"{pen.name('models', need.model)} <small>{pen.figure(need.ref)}</small>", "num")
        for need in needs
    ]
    headings = head(th("Reading"), *models, th("Farthest off (%)", "num"))
    runs = dict.fromkeys(run for one in shown for run, *_ in one.measured.values())
    places = ",".join(
        pen.place(ref) for ref in (*(one.ref for one in needs), *(f"runs/{run}" for run in runs))
    )
    below = f'<p class="paper">Data:{places}.</p>{_alone(pen, requirement, every)}'
    return frame(notes, caption, headings, rows, below, kind="tried")


def _change(pen: Pen, one: Reading, best: Reading) -> str:
    """Return in words the one thing in which a reading differs from the nearest."""
    if one.unit != best.unit:
        return f"but in {one.unit}"
    if one.meter != best.meter:
        return f"but {label(one.meter)}"
    if one.resolution != best.resolution:
        return f"but {_size(pen, one)}"
    key = next(key for key in SET if getattr(one.settings, key) != getattr(best.settings, key))
    stated = getattr(one.settings, key) is not None
    value = pen.text(f"{_settings(one)}/{key}") if stated else "not stated"
    return f"but {pen.escape(label(key))} {value}"


def _ratio(pen: Pen, notes: Footnotes, one: Reading, model: str) -> str:
    if model not in one.measured:
        return cell(STATES["not_measured"], "state not_measured")
    ref = f"derived/requirements/{one.requirement}/{one.slug}/ratio/{model}"
    return cell(pen.figure(ref, unit=False) + notes.of(ref), "num")


def _off(pen: Pen, one: Reading) -> str:
    if one.off is None:
        return cell(STATES["not_measured"], "state not_measured")
    return cell(pen.figure(f"derived/requirements/{one.requirement}/{one.slug}/off", False), "num")


def _alone(pen: Pen, requirement: str, every: list[Reading]) -> str:
    """Return the reading that comes nearest to each need by itself, others not looked at."""
    items = "".join(
        f"<li>{pen.name('models', model)}: {_words(pen, one)}; "
        f"{pen.figure(f'derived/requirements/{requirement}/{one.slug}/ratio/{model}')}</li>"
        for model, one in nearest(every).items()
    )
    lead = "The nearest reading of each need by itself. Among so many, some agree by chance"
    return f"<details><summary>{lead}</summary><ul>{items}</ul></details>"
