"""What is known about one card or one model, and which are there?

Specs with their sources for the generated pages, and the lists of all cards and models. Imports
``grids``; ``tables`` offers them to pages.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from .catalog import Fact, Model, Pipeline, UsableMemory
from .cells import METERS, Pen, arguments, capitalized
from .derive import Guide
from .figures import SPECS, capacity, specs
from .footnotes import Footnotes
from .grids import cell, frame, gpu_head, head, row_head, th, title
from .index import index


def gpu_sheet(guide: Guide, base: str, gpu: str) -> str:
    """Return the specs of a card with their sources; of a group, what its members share."""
    pen, record = Pen(guide, base), guide.dataset.gpus[gpu]
    notes = Footnotes(pen, f"gpu-sheet--{gpu}")
    found = specs(guide.dataset, gpu)
    absent = "differs between the products" if record.one_of else "no source found"
    rows = [*_aliases(pen, "gpus", gpu)]
    if record.driver_names:
        refs = [f"gpus/{gpu}/driver_names/{i}" for i in range(len(record.driver_names))]
        names = ", ".join(pen.link(ref, pen.text(ref)) for ref in refs)
        rows.append(_row("Name that the driver reports", names))
    if record.one_of:
        members = ", ".join(pen.name("gpus", member) for member in record.one_of)
        rows.append(_row("One of", members, "The name alone does not tell which."))
    for key in SPECS:
        if key not in found:
            rows.append(_row(capitalized(key), f'<span aria-hidden="true">—</span> {absent}'))
            continue
        ref = found[key].removesuffix("/value")
        owner = guide.dataset.gpus[ref.split("/")[1]]
        rows.append(_fact(pen, notes, capitalized(key), f"{ref}/value", getattr(owner, key)))
    for i, seen in enumerate(record.usable_memory):
        ref = f"gpus/{gpu}/usable_memory/{i}/total_mib"
        rows.append(_fact(pen, notes, f"Memory, {METERS[seen.meter]}", ref, seen))
    if offer := capacity(guide.dataset, gpu):
        ref = f"derived/gpus/{gpu}/capacity"
        value = pen.figure(ref) + notes.of(ref)
        rows.append(_row("Memory that verdicts count", value, METERS[offer.meter]))
    return _sheet(pen, notes, "gpus", gpu, rows)


def model_sheet(guide: Guide, base: str, model: str) -> str:
    """Return what is known about a model, each value with its source."""
    pen, record = Pen(guide, base), guide.dataset.models[model]
    notes = Footnotes(pen, f"model-sheet--{model}")
    rows = [*_aliases(pen, "models", model)]
    for key in Model.model_fields:
        value, ref = getattr(record, key), f"models/{model}/{key}"
        if key in ("name", "aliases", "note") or value is None:
            continue
        if isinstance(value, str):
            rows.append(_row(capitalized(key), pen.figure(ref) + notes.of(ref)))
        elif isinstance(value, Fact):
            rows.append(_fact(pen, notes, capitalized(key), f"{ref}/value", value))
        elif isinstance(value, Pipeline):
            rows.extend(_pipeline(pen, ref, value))
        else:
            rows.extend(_parts(pen, notes, capitalized(key), ref, value))
    return _sheet(pen, notes, "models", model, rows)


def _sheet(pen: Pen, notes: Footnotes, kind: str, name: str, rows: list[str]) -> str:
    ref = f"{kind}/{name}"
    if getattr(pen.guide.dataset, kind)[name].note:
        rows.append(_row("Note", pen.link(f"{ref}/note", pen.text(f"{ref}/note"))))
    marks = notes.of(ref) + pen.place(ref)
    caption = title(notes, f"What is known about {pen.name(kind, name)}", marks)
    return frame(notes, caption, head(th("Property"), th("Value"), th("Source")), rows)


def _row(what: str, value: str, source: str = "") -> str:
    return row_head(what) + cell(value) + cell(source)


def _aliases(pen: Pen, kind: str, name: str) -> Iterator[str]:
    if words := _also(pen, kind, name):
        yield _row("Also called", words)


def _also(pen: Pen, kind: str, name: str) -> str:
    aliases = getattr(pen.guide.dataset, kind)[name].aliases
    return ", ".join(pen.text(f"{kind}/{name}/aliases/{i}") for i in range(len(aliases)))


def _fact(pen: Pen, notes: Footnotes, what: str, ref: str, fact: Fact[Any] | UsableMemory) -> str:
    """Return the row of one sourced value; confidence is shown where it is not high."""
    source = pen.cite(fact.source)
    if fact.confidence != "high":
        source += f' <span class="confidence">{fact.confidence} confidence</span>'
    if fact.note:
        source += f" {pen.text(ref.rpartition('/')[0] + '/note')}"
    return _row(what, pen.figure(ref) + notes.of(ref) + pen.place(ref), source)


def _parts(pen: Pen, notes: Footnotes, what: str, ref: str, value: Any) -> Iterator[str]:
    """Yield a row for each value of a record that has one source for all of them."""
    source = pen.cite(value.source)
    for key in type(value).model_fields:
        part = getattr(value, key)
        if key == "source" or not part:
            continue
        place = f"{ref}/{key}"
        refs = [f"{place}/{i}" for i in range(len(part))] if isinstance(part, list) else [place]
        figures = ", ".join(pen.figure(one) + notes.of(one) for one in refs)
        marks = notes.of(place) if isinstance(part, list) else ""
        yield _row(f"{what}: {capitalized(key).lower()}", figures + marks, source)


def _pipeline(pen: Pen, ref: str, pipeline: Pipeline) -> Iterator[str]:
    """Yield the rows on how the library diffusers runs a model."""
    source, parts = pen.cite(pipeline.source), pipeline.transformer
    yield _row("Pipeline of diffusers", pen.figure(f"{ref}/class_name"), source)
    made = f"{ref}/transformer"
    yield _row("Pipeline: transformer", pen.figure(f"{made}/class_name"), source)
    with_what = arguments(pen, f"{made}/arguments", parts.arguments)
    yield _row("Pipeline: made with", with_what or "the sizes above alone", source)
    for name in pipeline.components:
        part = pen.figure(f"{ref}/components/{name}")
        yield _row(f"Pipeline: {pen.escape(name.replace('_', ' '))}", part, source)
    tokens = str(pipeline.prompt_tokens)
    if "prompt_tokens" in pipeline.model_fields_set:
        tokens = pen.figure(f"{ref}/prompt_tokens")
    yield _row("Pipeline: tokens of every prompt", tokens, source)


# ---------------------------------------------------------------- lists of all


def gpu_index(guide: Guide, base: str) -> str:
    """Return the list of all cards."""
    pen = Pen(guide, base)
    notes = Footnotes(pen, "gpu-index")
    figures = Counter(one.gpu for one in guide.rows.results if one.value is not None)
    rows = []
    for name in guide.dataset.gpus:
        shared = specs(guide.dataset, name)
        offer = capacity(guide.dataset, name)
        rows.append(
            row_head(gpu_head(pen, name) + pen.place(f"gpus/{name}"))
            + cell(_also(pen, "gpus", name))
            + _spec(pen, notes, shared.get("architecture"))
            + _spec(pen, notes, shared.get("compute_capability"))
            + _spec(pen, notes, shared.get("memory_gb"), "num")
            + (
                _spec(pen, notes, f"derived/gpus/{name}/capacity", "num")
                + cell(METERS[offer.meter])
                if offer
                else cell("") * 2
            )
            + cell(str(figures[name]), "num")
        )
    headings = head(
        th("GPU"), th("Also called"), th("Architecture"), th("Compute capability"),
        th("Nominal memory (GB)", "num"), th("Memory that verdicts count (GiB)", "num"),
        th("Who says so"), th("Measured figures", "num"),
    )  # fmt: skip
    caption = title(notes, "All GPUs") + " An empty cell has no source, or differs in a group."
    return frame(notes, caption, headings, rows)


def _spec(pen: Pen, notes: Footnotes, ref: str | None, kind: str = "") -> str:
    if not ref:
        return cell("", kind)
    return cell(pen.figure(ref, unit=False) + notes.of(ref), kind)


def model_index(guide: Guide, base: str) -> str:
    """Return the list of all models."""
    pen, found = Pen(guide, base), index(guide)
    notes = Footnotes(pen, "model-index")
    needs: dict[str, list[str]] = {}
    for need in (need for table in found.needs.values() for need in table):
        figure = pen.figure(need.ref) + notes.of(need.ref) + pen.place(need.ref)
        needs.setdefault(need.model, []).append(figure)
    figures = Counter(one.model for one in guide.rows.results if one.value is not None)
    rows = [
        row_head(pen.name("models", name) + pen.place(f"models/{name}"))
        + cell(_also(pen, "models", name))
        + "".join(cell(pen.text(f"models/{name}/{key}")) for key in _ABOUT)
        + (cell(", ".join(needs[name])) if name in needs else cell(_NOT_STATED, "state"))
        + cell(str(figures[name]), "num")
        for name in guide.dataset.models
    ]
    headings = head(
        th("Model"), th("Also called"), *(th(capitalized(key)) for key in _ABOUT),
        th("Memory needed"), th("Measured figures", "num"),
    )  # fmt: skip
    return frame(notes, title(notes, "All models"), headings, rows)


_NOT_STATED = '<span aria-hidden="true">—</span> not stated'
_ABOUT = ("family", "task", "size_class")
