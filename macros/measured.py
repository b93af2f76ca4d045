"""What did this project measure itself, with what, and on which machine?

Tables of the runs, of the machines they ran on, and of the parts that the runner builds. A run is
a raw record: every time and every peak is shown, and no mean. Imports ``grids``; ``tables`` offers
them to pages.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import get_args

from . import formats
from .cells import STATES, Pen, arguments, capitalized, label
from .derive import Guide
from .footnotes import Footnotes
from .footprints import superseded
from .grids import cell, frame, head, row_head, th, title
from .runs import Environment, Meter, Outcome, Run, Settings

OUTCOMES: dict[Outcome, str] = {
    "measured": STATES["measured"],
    "oom": STATES["oom"],
    "failed": f"{STATES['not_measured']}: the command failed",
    "timeout": f"{STATES['not_measured']}: the command took too long",
}
"""How a run ended, in words and as a symbol."""

METERS: tuple[Meter, ...] = get_args(Meter)


def run_table(guide: Guide, base: str, model: str = "") -> str:
    """Return every run of a model; without a model, the runs of commands that run none.

    Settings that all of them share, and their card, stand in the caption, once. Figures that stand
    together in the file share one link.
    """
    pen = Pen(guide, base)
    runs = {name: run for name, run in guide.dataset.runs.items() if (run.model or "") == model}
    if not runs:
        return "<p>This project has not measured this model yet.</p>"
    notes = Footnotes(pen, f"run-table--{model or 'other'}")
    first = next(iter(runs))
    shared = _shared([run.workload for run in runs.values()])
    whose = pen.name("models", model) if model else "commands that run no model"
    many = "1 run" if len(runs) == 1 else f"{len(runs)} runs"
    cards = {run.gpu for run in runs.values()}
    on = f" Made on {pen.name('gpus', *cards)}." if len(cards) == 1 else ""
    caption = (
        f"{title(notes, f'Runs of {whose}')}"
        f' <span class="what">{many}: {_counted(runs.values())}.{on}'
        " Peak memory by meter in MiB; times in s, every one.</span>"
    )
    if shared:
        words = _settings(pen, notes, first, runs[first].workload, shared)
        caption += f' <span class="workload">Settings of all of them: {words}.</span>'
    headings = head(
        th("Run"), th("Outcome"), th("Settings"), th("Peaks (MiB)"), th("Times (s)"), th("Remarks")
    )
    later = superseded(guide.dataset)
    rows = [
        _run(pen, notes, name, run, shared, later.get(name, ""), len(cards) > 1)
        for name, run in runs.items()
    ]
    return frame(notes, caption, headings, rows, kind="runs")


def _counted(runs: Collection[Run]) -> str:
    """Return how many runs ended in which way."""
    counts = Counter(run.outcome for run in runs)
    return "; ".join(f"{OUTCOMES[key]}: {counts[key]}" for key in OUTCOMES if counts[key])


def run_counts(guide: Guide, base: str) -> str:
    """Return how many runs each model has, and how they ended."""
    pen = Pen(guide, base)
    notes = Footnotes(pen, "run-counts")
    groups: dict[str, list[Run]] = {name: [] for name in guide.dataset.models}
    for run in guide.dataset.runs.values():
        groups.setdefault(run.model or "", []).append(run)
    rows = [
        row_head(pen.name("models", model) if model else "without a model")
        + cell(str(len(runs)), "num")
        + "".join(cell(str(sum(run.outcome == key for run in runs)), "num") for key in OUTCOMES)
        for model, runs in groups.items()
        if runs
    ]
    headings = head(
        th("Model"), th("Runs", "num"), *(th(words, "num") for words in OUTCOMES.values())
    )
    return frame(notes, title(notes, "Runs, and how they ended"), headings, rows)


def _shared(given: Sequence[Settings]) -> list[str]:
    """Return the settings that are stated alike in all workloads."""
    return [
        key
        for key in Settings.model_fields
        if getattr(given[0], key) is not None
        and all(getattr(one, key) == getattr(given[0], key) for one in given)
    ]


def _settings(pen: Pen, notes: Footnotes, run: str, given: Settings, keys: Collection[str]) -> str:
    """Return some settings of a run in words; one that is not stated is passed over."""
    others = (key for key in Settings.model_fields if key not in keys)
    some = given.model_copy(update=dict.fromkeys(others))
    return pen.workload(f"runs/{run}/workload", some, Settings.model_fields, mark=notes.of)


def _own(pen: Pen, notes: Footnotes, run: str, given: Settings, shared: Collection[str]) -> str:
    """Return the settings of a run that not all share; those with a value as one link."""
    place = f"runs/{run}/workload"
    own = [key for key in Settings.model_fields if key not in shared]
    stated = {
        f"{pen.escape(label(key))} ": [f"{place}/{key}"]
        for key in own
        if isinstance(value := getattr(given, key), str | int | Decimal)
        and value not in formats.SETTINGS
    }
    words = _group(pen, notes, stated, unit=True)
    others = [key for key in own if f"{pen.escape(label(key))} " not in stated]
    said = "; ".join(filter(None, (words, _settings(pen, notes, run, given, others))))
    return said or ("as above" if shared else "none stated")


def _run(
    pen: Pen,
    notes: Footnotes,
    name: str,
    run: Run,
    shared: Collection[str],
    successor: str,
    card: bool,
) -> str:
    ref = f"runs/{name}"
    outcome = pen.link(f"{ref}/outcome", OUTCOMES[run.outcome]) + notes.of(f"{ref}/outcome")
    return "".join(
        (
            row_head(
                pen.link(ref, f"<code>{pen.escape(name)}</code>")
                + notes.of(ref)
                + pen.place(ref)
                + f" {pen.name('gpus', run.gpu)}" * card
            ),
            cell(outcome),
            cell(_own(pen, notes, name, run.workload, shared), "words"),
            cell(_peaks(pen, notes, ref, run) or "— not read"),
            cell(_times(pen, notes, ref, run) or "— none", "words"),
            cell(" ".join(_remarks(pen, ref, run, successor)), "words"),
        )
    )


def _peaks(pen: Pen, notes: Footnotes, ref: str, run: Run) -> str:
    """Return the peaks of a run by meter, and the limit under which it ran, if any."""
    read = [meter for meter in METERS if meter in run.peak_mib]
    said = [_group(pen, notes, {f"{label(one)} ": [f"{ref}/peak_mib/{one}"] for one in read})]
    if run.cap_mib:
        said.append(_group(pen, notes, {"under a limit of ": [f"{ref}/cap_mib"]}))
    return ", ".join(filter(None, said))


def _times(pen: Pen, notes: Footnotes, ref: str, run: Run) -> str:
    """Return every time of a run by scope, those of warm-ups last."""
    said = [
        _group(pen, notes, {
            f"{words}{pen.escape(label(scope))} ": [
                f"{ref}/{key}/{scope}/{i}" for i in range(len(values))
            ]
            for scope, values in getattr(run, key).items()
        }, "; ")
        for key, words in (("times_s", ""), ("warmup_times_s", "warm-up, "))
    ]  # fmt: skip
    return "; ".join(filter(None, said))


def _remarks(pen: Pen, ref: str, run: Run, successor: str) -> Iterator[str]:
    """Yield what else a run's record holds, the command that repeats it included."""
    yield f"Measured on {pen.figure(f'{ref}/measured_on')}."
    if successor:
        place = f"runs/{successor}/supersedes"
        yield f"Superseded by {pen.link(place, f'<code>{pen.escape(successor)}</code>')}."
    if run.supersedes:
        earlier = f"<code>{pen.escape(run.supersedes)}</code>"
        yield f"Supersedes {pen.link(f'{ref}/supersedes', earlier)}."
    if run.note:
        yield pen.text(f"{ref}/note")
    if run.shared_process:
        yield pen.link(f"{ref}/shared_process", "In one process with earlier runs.")
    cost = ", ".join(
        f"{label(key)} {pen.bare(f'{ref}/overhead/{key}')}"
        for key in type(run.overhead).model_fields
    )
    said = "".join(
        f"<p><code>{pen.text(f'{ref}/last_lines/{i}')}</code></p>"
        for i in range(len(run.last_lines))
    )
    yield (
        f"<details><summary>Command</summary><p><code>{pen.text(f'{ref}/command')}</code></p>"
        f"<p>{pen.link(f'{ref}/overhead', f'Cost of the measuring: {cost}')}.</p>"
        f"{'<p>Last lines:</p>' * bool(said)}{said}</details>"
    )


def _group(
    pen: Pen,
    notes: Footnotes,
    refs: Mapping[str, Sequence[str]],
    between: str = ", ",
    unit: bool = False,
) -> str:
    """Return figures behind their words, as one link to the first; nothing for none."""
    if not (every := [ref for some in refs.values() for ref in some]):
        return ""
    said = (words + ", ".join(pen.bare(ref, unit) for ref in some) for words, some in refs.items())
    return pen.link(every[0], between.join(said)) + notes.of(*every)


def run_environments(guide: Guide, base: str) -> str:
    """Return each machine with its software on which something was measured, equal ones once."""
    pen = Pen(guide, base)
    notes = Footnotes(pen, "run-environments")
    groups: list[tuple[Environment, list[str]]] = []
    for name, run in guide.dataset.runs.items():
        for environment, names in groups:
            if environment == run.environment:
                names.append(name)
                break
        else:
            groups.append((run.environment, [name]))
    keys = [key for key in Environment.model_fields if key not in ("libraries", "modified")]
    rows = []
    for environment, names in groups:
        place = f"runs/{names[0]}/environment"
        values = [
            _not_stated(getattr(environment, key), pen, notes, f"{place}/{key}") for key in keys
        ]
        if environment.modified:
            values[keys.index("commit")] += " " + pen.link(f"{place}/modified", "with changes")
        libraries = ", ".join(
            f"{pen.escape(library)} {pen.figure(f'{place}/libraries/{library}')}"
            for library in environment.libraries
        )
        rows.append(
            row_head(values[0] + pen.place(place))
            + cell(str(len(names)), "num")
            + "".join(map(cell, (*values[1:], libraries or "not stated")))
        )
    headings = head(
        th("GPU as the driver reports it"), th("Runs", "num"),
        *(th(capitalized(_HEADINGS.get(key, key))) for key in keys[1:]), th("Libraries"),
    )  # fmt: skip
    caption = title(notes, "Machines and software of the runs")
    return frame(notes, caption, headings, rows)


_HEADINGS = {
    "memory_total_mib": "memory in all",
    "memory_reserved_mib": "kept by the driver",
    "cuda": "newest CUDA of the driver",
    "power_limit_w": "power limit",
    "commit": "commit of the measured code",
}


def _not_stated(value: object, pen: Pen, notes: Footnotes, ref: str) -> str:
    return "not stated" if value is None else pen.figure(ref) + notes.of(ref)


def component_table(guide: Guide, base: str) -> str:
    """Return the parts that several models share, with what the runner makes them of."""
    pen = Pen(guide, base)
    notes = Footnotes(pen, "component-table")
    rows = []
    for name, part in guide.dataset.components.items():
        ref = f"components/{name}"
        source = pen.cite(part.source) + (f" {pen.text(f'{ref}/note')}" if part.note else "")
        rows.append(
            row_head(
                pen.link(ref, f"<code>{pen.escape(name)}</code>") + notes.of(ref) + pen.place(ref)
            )
            + cell(pen.figure(f"{ref}/class_name"))
            + cell(_not_stated(part.precision, pen, notes, f"{ref}/precision"))
            + cell(arguments(pen, f"{ref}/arguments", part.arguments) or "none")
            + cell(source)
        )
    headings = head(th("Part"), th("Class"), th("Precision"), th("Made with"), th("Source"))
    caption = title(notes, "Parts that several models share")
    return frame(notes, caption, headings, rows)
