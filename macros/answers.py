"""How fast is it on my card?

Every figure of one card or one model. Imports ``grids``; ``tables`` offers them to pages.
"""

from __future__ import annotations

from .cells import STATES, Pen
from .derive import Guide
from .footnotes import Footnotes
from .grids import (
    body,
    cells,
    column,
    column_cells,
    column_rows,
    column_settings,
    frame,
    gpu_head,
    gpu_rows,
    head,
    published,
    says,
    th,
)  # fmt: skip
from .index import index


def gpu_results(guide: Guide, base: str, gpu: str) -> str:
    """Return every figure of a card, also those under an ambiguous name that may mean it."""
    pen, found = Pen(guide, base), index(guide)
    names = [gpu, *found.groups.get(gpu, ())]
    html: list[str] = []
    absent: list[str] = []
    for benchmark, table in found.cells.items():
        record = guide.dataset.benchmarks[benchmark]
        cards = [name for name in names if name in table]
        if not cards:
            absent.append(pen.text(f"benchmarks/{benchmark}/title"))
            continue
        notes = Footnotes(pen, f"gpu-results--{gpu}--{benchmark}")
        caption = published(pen, notes, "benchmarks", benchmark, says(record))
        columns = list(record.columns)
        sides = cells(pen, notes, benchmark, cards, columns)
        rows = body(pen, column_rows(pen, benchmark), *sides)
        headings = [th(f"{gpu_head(pen, name)} ({record.unit})", "num") for name in cards]
        own = column_settings(pen, notes, benchmark, columns)
        html.append(frame(notes, caption, head(th("Model"), *headings), rows, own, kind="times"))
    return "".join(html) + _absent("No figure of this card in", absent)


def model_results(guide: Guide, base: str, model: str) -> str:
    """Return every figure of a model: a row for each card of each table that has the model."""
    pen, found = Pen(guide, base), index(guide)
    html: list[str] = []
    absent: list[str] = []
    for benchmark in found.cells:
        columns = found.columns.get(model, {}).get(benchmark)
        if not columns:
            absent.append(pen.text(f"benchmarks/{benchmark}/title"))
            continue
        record = guide.dataset.benchmarks[benchmark]
        notes = Footnotes(pen, f"model-results--{model}--{benchmark}")
        caption = published(pen, notes, "benchmarks", benchmark, says(record))
        headings = [
            th(f"{column(pen, benchmark, name)} ({record.unit})", "num") for name in columns
        ]
        sides = column_cells(pen, notes, benchmark, columns)
        rows = body(pen, gpu_rows(pen, benchmark), *sides)
        own = column_settings(pen, notes, benchmark, columns)
        html.append(frame(notes, caption, head(th("GPU"), *headings), rows, own, kind="times"))
    return "".join(html) + _absent("No figure of this model in", absent)


def _absent(words: str, titles: list[str]) -> str:
    if not titles:
        return ""
    return f"<p>{STATES['not_measured']}. {words}: {'; '.join(titles)}.</p>"
