"""How do figures stand in a sentence?

The sentence macros write inline HTML into the Markdown of a page: one line, every text inert, so
that it survives lists, tabs and admonitions. Imports ``cells``; ``hooks`` imports it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from . import arguments
from .cells import SILENT, Pen
from .derive import Guide
from .figures import operand_ref
from .formats import inert
from .grids import by_column


def recommendations(guide: Guide, base: str, section: str) -> str:
    """Return the sentences of one section as a list, their numbers taken from the data."""
    items = "".join(
        f"<li>{sentence(guide, base, name)}</li>"
        for name, record in guide.dataset.recommendations.items()
        if record.section == section
    )
    return f'<ul class="recommendations">{items}</ul>'


def sentence(guide: Guide, base: str, recommendation: str) -> str:
    """Return one sentence with its numbers as links and a small link to each source."""
    pen = Pen(guide, base, inert)
    record = guide.dataset.recommendations[recommendation]
    ref = f"recommendations/{recommendation}"
    words = []
    for i, part in enumerate(re.split(r"\{([^{}]*)\}", record.text)):
        if i % 2 == 0:
            words.append(_inert(part))
            continue
        words.append(pen.figure(operand_ref(recommendation, part, record.operands[part])))
    text = f'<span data-ref="{inert(f"{ref}/text")}">{"".join(words)}</span>'
    sources = " ".join(f"<small>{pen.cite(source)}</small>" for source in record.sources)
    return f"{text} {sources}".rstrip()


def _inert(part: str) -> str:
    """Return a piece of a sentence inert, with the blanks at its ends that part it from figures."""
    start, end = part[: len(part) - len(part.lstrip())], part[len(part.rstrip()) :]
    return f"{' ' * bool(start)}{inert(part)}{' ' * bool(end and part.strip())}"


def figure(guide: Guide, base: str, ref: str) -> str:
    """Return one figure with its unit as a link."""
    return Pen(guide, base, inert).figure(ref)


def gpu(guide: Guide, base: str, gpu: str) -> str:
    """Return the name of a GPU as a link to its page."""
    return Pen(guide, base, inert).name("gpus", gpu)


def model(guide: Guide, base: str, model: str) -> str:
    """Return the name of a model as a link to its page."""
    return Pen(guide, base, inert).name("models", model)


def data_date(guide: Guide, base: str) -> str:  # noqa: ARG001 - all macros are called alike
    """Return the newest day on which a source of the data was read."""
    return inert(guide.dataset.date)


def workload_words(guide: Guide, base: str, benchmark: str) -> str:
    """Return the settings of a benchmark in words: stated, tool defaults, not stated."""
    pen, record = Pen(guide, base, inert), guide.dataset.benchmarks[benchmark]
    place = f"benchmarks/{benchmark}/workload"
    return pen.workload(place, record.workload, SILENT[record.metric], by_column(record))


SENTENCES: dict[str, Callable[..., str]] = {
    macro.__name__: macro
    for macro in (recommendations, sentence, figure, gpu, model, data_date, workload_words)
}


def check_arguments(
    guide: Guide, name: str, args: Sequence[Any], kwargs: Mapping[str, Any]
) -> dict[str, str]:
    """Return the arguments of a sentence macro by name; DataError with each that is wrong."""
    return arguments.check(guide, name, SENTENCES[name], args, kwargs)
