"""Which tables can a page ask for?

The registry of all block macros: each takes the guide, the path from the page to the root of the
site, and its arguments, and returns HTML for the finished page. Imports the modules that make
the tables; ``publish`` and ``hooks`` import it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from . import (
    answers,
    arguments,
    charts,
    choices,
    compared,
    fitting,
    lists,
    measured,
    picker,
    published,
    remarks,
    sheets,
    side_by_side,
    verdicts,
)
from .derive import Guide

BLOCKS: dict[str, Callable[..., str]] = {
    block.__name__: block
    for block in (
        published.requirement_table,
        published.requirement_claims,
        published.benchmark_table,
        published.speedup_table,
        published.range_table,
        published.oom_notes,
        published.claims,
        sheets.gpu_index,
        sheets.gpu_sheet,
        sheets.model_index,
        sheets.model_sheet,
        answers.gpu_results,
        answers.model_results,
        charts.time_chart,
        charts.model_chart,
        charts.speedup_chart,
        charts.memory_chart,
        charts.time_replica_chart,
        charts.need_replica_chart,
        verdicts.fit_matrix,
        verdicts.gpu_verdicts,
        verdicts.model_verdicts,
        compared.need_replicas,
        compared.time_replicas,
        compared.gpu_replicas,
        compared.model_replicas,
        compared.reading_table,
        fitting.model_settings,
        fitting.gpu_settings,
        choices.find_card,
        picker.picker,
        side_by_side.comparison,
        measured.run_table,
        measured.run_counts,
        measured.run_environments,
        measured.component_table,
        lists.data_files,
        lists.downloads,
        lists.source_list,
        lists.field_table,
        remarks.waiver_list,
        remarks.note_list,
        remarks.rule_list,
    )
}


def check_arguments(
    guide: Guide, name: str, args: Sequence[Any], kwargs: Mapping[str, Any]
) -> dict[str, str]:
    """Return the arguments of a block macro by name; DataError with each that is wrong."""
    return arguments.check(guide, name, BLOCKS[name], args, kwargs)
