"""How do cards and models compare?

Every published time of one generation beside what it makes in an hour, and the form by which a
script shows some cards and models and adds ratios to one of them. Imports ``choices`` and
``grids``; ``tables`` offers the comparison to pages.
"""

from __future__ import annotations

from .cells import Pen
from .choices import SCRIPT, STYLE, options, select
from .derive import Guide
from .footnotes import Footnotes
from .grids import (
    cell,
    column,
    column_settings,
    frame,
    gpu_head,
    head,
    published,
    row_head,
    says,
    th,
)  # fmt: skip
from .index import index


def comparison(guide: Guide, base: str) -> str:
    """Return each table of generation times with its hourly rates, and the form before them."""
    pen = Pen(guide, base)
    tables = [
        name
        for name, record in guide.dataset.benchmarks.items()
        if record.metric == "generation_time"
    ]
    listed = "".join(_table(pen, name) for name in tables)
    return (
        f'<link rel="stylesheet" href="{base}{STYLE}">{_form(pen, tables)}{listed}'
        f'<script src="{base}{SCRIPT}" defer></script>'
    )


def _form(pen: Pen, tables: list[str]) -> str:
    records = [pen.guide.dataset.benchmarks[name] for name in tables]
    gpus = list(dict.fromkeys(gpu for record in records for gpu in record.results))
    models = list(dict.fromkeys(c.model for record in records for c in record.columns.values()))
    bases = (
        f'<optgroup label="{label}">{options(pen, {name: f"{kind}/{name}/name" for name in names})}'
        "</optgroup>"
        for label, kind, names in (("GPUs", "gpus", gpus), ("Models", "models", models))
    )
    return (
        '<form class="compare" method="get" aria-label="Compare" autocomplete="off">'
        f"{_boxes(pen, 'GPUs', 'gpus', gpus)}{_boxes(pen, 'Models', 'models', models)}"
        f"{select('Ratios to', 'base', 'none', ''.join(bases))}"
        '<button type="button" class="md-button">Show everything</button></form>'
        '<p class="answer" role="status">Everything is shown: every card and every model.</p>'
        "<noscript><p>Without scripts every card and every model is shown, without ratios.</p>"
        f'</noscript><template class="untimed">{_untimed(pen, "gpus", gpus)}'
        f"{_untimed(pen, 'models', models)}</template>"
    )


def _untimed(pen: Pen, kind: str, timed: list[str]) -> str:
    """Return the names that no table of times has, for an address that asks for one of them."""
    return "".join(
        f'<span data-name="{name}">{pen.text(f"{kind}/{name}/name")}</span>'
        for name in getattr(pen.guide.dataset, kind)
        if name not in timed
    )


def _boxes(pen: Pen, legend: str, kind: str, names: list[str]) -> str:
    boxes = "".join(
        f'<label><input type="checkbox" name="{kind}" value="{name}"> '
        f"{pen.text(f'{kind}/{name}/name')}</label>"
        for name in names
    )
    return f"<fieldset><legend>{legend}</legend>{boxes}</fieldset>"


def _table(pen: Pen, benchmark: str) -> str:
    """Return one published table; each cell holds the model, and each row the card, in its head."""
    record = pen.guide.dataset.benchmarks[benchmark]
    notes = Footnotes(pen, f"comparison--{benchmark}")
    columns = list(record.columns)
    what = f"{says(record)} Below a time: images, or seconds of video, in an hour."
    caption = published(pen, notes, "benchmarks", benchmark, what, lead="Compared")
    headings = [
        th(
            f"{column(pen, benchmark, name)} ({record.unit})",
            f"num for-{record.columns[name].model}",
        )
        for name in columns
    ]
    body = [
        row_head(gpu_head(pen, gpu))
        + "".join(_cell(pen, notes, benchmark, gpu, name) for name in columns)
        for gpu in index(pen.guide).cells[benchmark]
    ]
    own = column_settings(pen, notes, benchmark, columns)
    return frame(notes, caption, head(th("GPU"), *headings), body, own, kind="times compare")


def _cell(pen: Pen, notes: Footnotes, benchmark: str, gpu: str, name: str) -> str:
    ref = f"benchmarks/{benchmark}/results/{gpu}/{name}"
    html = pen.figure(ref, unit=False) + notes.of(ref)
    rate = f"derived/benchmarks/{benchmark}/per-hour/{gpu}/{name}"
    if rate in pen.guide.derived:
        html += f"<small>{pen.figure(rate)}</small>"
    return cell(html)
