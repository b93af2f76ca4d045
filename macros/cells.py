"""How does one figure look, and where does it lead?

Writes HTML for single values: figures, names, texts, sources, settings. Every figure is one link
to its line in the data or to its derivation. Imports ``derive``; all modules that write HTML for
readers import it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from . import formats
from .derive import Guide
from .figures import Capacity
from .rows import Verdict
from .values import Cite, Default, Workload

LABELS = {
    "bf16_dense_tflop_s": "peak dense BF16 rate",
    "dataset": "data set",
    "fps": "frame rate",
    "gpu_count": "GPU count",
    "head_dim": "width of one head",
    "memory_bandwidth_gb_s": "memory bandwidth",
    "memory_gb": "nominal memory",
    "nvlink": "NVLink",
    "pixels": "size in pixels",
    "rope_scale": "scale of the rotary embedding (time, height, width)",
    "tdp_w": "power limit",
    "vae": "VAE",
    "vae_precision": "VAE precision",
    "vae_tiling": "VAE tiling",
}
"""Keys whose name does not read as a label by itself."""

METERS = {
    "cuda": "as CUDA reports it to programs",
    "opencl": "as OpenCL reports it to programs",
    "driver": "driver total, a small reserve included",
    "nominal": "nominal: the label, read as decimal GB",
}
METRICS = {
    "generation_time": "Time of one generation",
    "iteration_time": "Time of one training iteration",
}
STATES = {state: words.html() for state, words in formats.STATES.items()}
VERDICTS = {verdict: words.html() for verdict, words in formats.VERDICTS.items()}
REPLICAS = {replica: words.html() for replica, words in formats.REPLICAS.items()}
METERS_IN_SHORT = {"cuda": "CUDA", "opencl": "OpenCL", "driver": "driver", "nominal": "label"}


def verdict(row: Verdict) -> str:
    """Return a verdict in symbol and words, with what the architecture of the card adds."""
    return _verdict(row.verdict, row.architecture)


@lru_cache(maxsize=64)
def _verdict(memory: str, architecture: str | None) -> str:
    return formats.verdict(memory, architecture).html()


def label(key: str) -> str:
    """Return the words for a key of the data, lower case unless they are a name."""
    return LABELS.get(key, key.replace("_", " "))


def capitalized(key: str) -> str:
    """Return the words for a key as the start of a row."""
    words = label(key)
    return words[0].upper() + words[1:]


class Pen(NamedTuple):
    """Writes the HTML of single values for one page.

    ``base`` leads from the page to the root of the site. ``escape`` makes text harmless where
    the HTML goes: ``formats.html`` in a finished page, ``formats.inert`` inside Markdown.
    """

    guide: Guide
    base: str
    escape: Callable[[str], str] = formats.html

    def href(self, ref: str) -> str:
        """Return the address of a figure: its line in the data, or its derivation."""
        if ref.startswith("derived/"):
            _, kind, record, rest = ref.split("/", 3)
            return f"{self.base}derived/{kind}/{record}.html#{rest.replace('/', '--')}"
        file, line = self.guide.dataset.position(ref)
        return f"{self.base}files/data/{file}.html#L{line}"

    def figure(self, ref: str, unit: bool = True) -> str:
        """Return the value at ``ref`` as a link; without unit where a heading names it.

        Raises KeyError if there is no such value.
        """
        return _figure(self, ref, unit)

    def bare(self, ref: str, unit: bool = True) -> str:
        """Return the value at ``ref`` without a link, for a place that is one itself.

        Raises KeyError if there is no such value.
        """
        return _bare(self, ref, unit)

    def text(self, ref: str) -> str:
        """Return the text that stands at ``ref``, marked as such."""
        shown = self.escape(str(self.guide.figure(ref).value))
        return f'<span data-ref="{self.escape(ref)}">{shown}</span>'

    def link(self, ref: str, html: str) -> str:
        """Return ``html`` as a link to the place of ``ref``."""
        return f'<a href="{self.escape(self.href(ref))}">{html}</a>'

    def name(self, kind: str, record: str) -> str:
        """Return the name of a GPU or model as a link to its page."""
        words = getattr(self.guide.dataset, kind)[record].name
        return _name(self.escape, f"{self.base}{kind}/{record}/", f"{kind}/{record}/name", words)

    def cite(self, cite: Cite) -> str:
        """Return a link to the pinned document, at its lines; the day of reading is for paper."""
        source = self.guide.dataset.sources[cite.id]
        lines = ""
        if cite.lines:
            many = len(cite.numbers()) > 1
            lines = self.escape(f", {'lines' if many else 'line'} {cite.lines}")
        href = self.escape(source.href(cite.lines))
        words = f"{self.text(f'sources/{cite.id}/title')}{lines}"
        return f'<a class="source" href="{href}" data-read="{source.read_on}">{words}</a>'

    def place(self, ref: str) -> str:
        """Return file and line of a stored value, for paper: on a screen its link leads there."""
        file, line = self.guide.dataset.position(ref)
        said = f"<code>data/{self.escape(file)}</code>, line {line}"
        return f'<small class="paper"> {said}</small>'

    def capacity(self, gpu: str, found: Capacity) -> str:
        """Return the memory that a card offers and who says so."""
        figure = self.figure(f"derived/gpus/{gpu}/capacity")
        return f"{figure} ({self.escape(METERS[found.meter])})"

    def words(self, run: str, settings: Workload, keys: Collection[str]) -> str:
        """Return some settings of a run in words, without links, for they stand inside one."""
        return ", ".join(
            f"{self.escape(label(key))} {self.text(f'runs/{run}/workload/{key}')}"
            for key in keys
            if getattr(settings, key) is not None
        )

    def settings(self, place: str, given: Workload) -> tuple[Setting, ...]:
        """Return every setting of the workload that stands at ``place``, in words."""
        return _settings(self, place, given)

    def workload(
        self,
        place: str,
        given: Workload,
        silent: Collection[str],
        by_column: Collection[str] = (),
        mark: Callable[[str], str] = lambda _ref: "",
    ) -> str:
        """Return the settings at ``place`` in words: stated, tool defaults, not stated.

        A setting in ``silent`` is passed over where it is not given. ``mark`` returns the
        footnote marks that a reference has.
        """
        kinds: dict[str, list[str]] = {}
        for setting in self.settings(place, given):
            if getattr(given, setting.key) is None and setting.key in silent:
                continue
            kind = "by_column" if setting.key in by_column else setting.kind
            words = self.escape(label(setting.key)) if kind == "by_column" else setting.html
            kinds.setdefault(kind, []).append(words + mark(setting.ref))
        return "; ".join(
            lead + ", ".join(kinds[kind]) for kind, lead in _KINDS.items() if kind in kinds
        )


def arguments(pen: Pen, place: str, given: Mapping[str, Any]) -> str:
    """Return the arguments of a class that stand at ``place``, each a link to its line."""
    return ", ".join(
        pen.link(f"{place}/{key}", f"<code>{pen.escape(f'{key}={_plain(value)}')}</code>")
        for key, value in given.items()
    )


def _plain(value: object) -> str:
    """Return an argument as the data write it."""
    if isinstance(value, list):
        return f"[{', '.join(map(_plain, value))}]"
    if value is None or isinstance(value, bool):
        return str(value).lower()
    return str(value)


@lru_cache(maxsize=4096)  # a need stands beside every card, a capacity beside every model
def _figure(pen: Pen, ref: str, unit: bool) -> str:
    data = _bare(pen, ref, unit)
    try:
        return pen.link(ref, data)
    except KeyError:  # a cell that the table leaves out has no line to lead to
        return data


def _bare(pen: Pen, ref: str, unit: bool) -> str:
    value, unit_text, approximate = pen.guide.figure(ref)
    if not isinstance(value, Decimal):
        if ref.split("/")[2] != "results":
            return pen.text(ref)
        plain, shown = value, STATES[value]
    else:
        plain = f"{value:f}"
        shown = pen.escape(
            formats.quantity(value, unit_text, approximate)
            if unit
            else formats.number(value, approximate)
        )
    return f'<data value="{pen.escape(plain)}" data-ref="{pen.escape(ref)}">{shown}</data>'


@lru_cache(maxsize=4096)
def _name(escape: Callable[[str], str], href: str, ref: str, words: str) -> str:
    return f'<a href="{escape(href)}" data-ref="{escape(ref)}">{escape(words)}</a>'


@lru_cache(maxsize=4096)  # the settings of a table stand on the page of each card and model
def _settings(pen: Pen, place: str, given: Workload) -> tuple[Setting, ...]:
    found: list[Setting] = []
    for key in type(given).model_fields:
        value = getattr(given, key)
        ref, words = f"{place}/{key}", pen.escape(label(key))
        kind = "not_stated" if value is None else str(value)
        if kind in formats.SETTINGS:
            found.append(Setting(key, ref, kind, words))
            continue
        words += f" {pen.figure(ref)}"
        if isinstance(value, Default):
            words += f" ({pen.cite(value.source)})"
            found.append(Setting(key, ref, "default", words))
        else:
            found.append(Setting(key, ref, "stated", words))
    return tuple(found)


class Setting(NamedTuple):
    """One setting of a workload: its key, reference, how it is known, and its HTML."""

    key: str
    ref: str
    kind: str
    html: str


_TRAINING = {"dataset", "method", "context_parallel", "global_batch"}
SILENT = {
    "generation_time": {"views", "pixels", "memory_meter", *_TRAINING},
    "iteration_time": {"views", "pixels", "memory_meter", "steps", "guidance"},
    "memory": {"views", "pixels", "clock", *_TRAINING},
}
"""Settings that mean nothing for a metric, so that their absence is not worth a word."""

_KINDS = {
    "stated": "",
    "by_column": "differs by column: ",
    "default": "not stated, default of the tool: ",
    "not_applicable": "not applicable: ",
    "not_stated": "not stated: ",
}
