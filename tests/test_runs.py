"""Runs that are accepted, and runs that are refused."""

from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from macros.runs import Run

RUN: dict[str, Any] = {
    "gpu": "ember-32",
    "command": "python -m macros measure -- ./render",
    "outcome": "measured",
    "times_s": {"command": [Decimal("1.5"), 2]},
    "peak_mib": {"process": 900, "device_idle": 0},
    "measured_on": "2026-11-22",
    "environment": {
        "gpu_name": "Lumen Ember 32",
        "memory_total_mib": 32607,
        "compute_capability": "9.0",
        "driver": "580.159.04",
        "cuda": "13.0",
        "system": "Linux x86_64",
    },
    "overhead": {"samples": 60, "interval_ms": 20, "cpu_s": Decimal("0.035")},
}


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"model": "aria-small", "workload": {"steps": 35, "vae_precision": "bfloat16"}},
        {"outcome": "oom", "times_s": {}, "last_lines": ["CUDA out of memory"]},
        {"outcome": "timeout", "times_s": {"generation": [1]}},
        {"cap_mib": 16000, "shared_process": True, "note": "A test."},
    ],
)
def test_a_run_that_can_be_is_accepted(change):
    Run.model_validate(RUN | change)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"times_s": {}}, "at least one time in a measured run"),
        ({"outcome": "oom"}, "no time of the command in a run that broke off"),
        ({"outcome": "fine"}, "Input should be 'measured', 'oom', 'failed' or 'timeout'"),
        ({"times_s": {"command": [-1]}}, "greater than or equal to 0"),
        ({"times_s": {"The Command": [1]}}, "String should match pattern"),
        ({"peak_mib": {"nvidia-smi": 3}}, "Input should be 'allocated'"),
        ({"peak_mib": {"device": "900"}}, "a number such as 8.5"),
        ({"workload": {"speed": "high"}}, "Extra inputs"),
        ({"measured_on": "yesterday"}, "a date such as"),
        ({"last_lines": ["\u202eevil"]}, "text without control or direction marks"),
        ({"cap_mib": 0}, "greater than 0"),
    ],
)
def test_a_run_that_cannot_be_is_refused_with_what_was_expected(change, expected):
    with pytest.raises(ValidationError, match=expected):
        Run.model_validate(RUN | change)
