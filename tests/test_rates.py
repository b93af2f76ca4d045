"""Does an hourly rate follow from its time, frames and frame rate, and from nothing else?"""

from __future__ import annotations

from decimal import Decimal

import pytest

from macros import derive, formats
from macros.load import load

NO_FPS = "  fps: not_applicable\n"
PLACE = "derived/benchmarks/aria-speech/per-hour"


@pytest.fixture
def made(edit):
    """Derive the small data set with other settings of one table."""
    return lambda settings: (
        derive.guide(load(edit("benchmarks/aria-speech.yml", NO_FPS, settings))).derived
    )


def test_an_image_counts_as_one(made):
    derived = made(NO_FPS + "  frames: 1\n")

    rate = derived[f"{PLACE}/ember-80/aria-small"]
    assert (rate.value, rate.unit) == (Decimal("1440.00"), "images/h")
    assert rate.formula == "frames × an hour ÷ time"
    assert rate.operands == (
        ("time", "benchmarks/aria-speech/results/ember-80/aria-small"),
        ("frames", "benchmarks/aria-speech/workload/frames"),
    )


def test_a_video_counts_by_its_frames_and_frame_rate(made):
    cite = "{id: aria-performance, lines: 25}"
    derived = made(f"  fps: 16\n  frames: {{default: 93, source: {cite}}}\n")

    rate = derived[f"{PLACE}/ember-80/aria-large"]
    assert (rate.value, rate.unit) == (Decimal("2461.76"), "s/h")  # 93 / 16 * 3600 / 8.5
    assert derived[f"{PLACE}/quill-48/aria-small"].approximate
    assert f"{PLACE}/ember-32/aria-large" not in derived, "it ran out of memory"


@pytest.mark.parametrize("settings", [
    NO_FPS, "  frames: 93\n", "  fps: 16\n", "  frames: 93\n  fps: not_stated\n",
    "  frames: not_applicable\n  fps: 16\n", "  frames: 93\n  fps: 16\n  views: 3\n",
])  # fmt: skip
def test_nothing_is_said_where_frames_or_frame_rate_or_views_leave_it_open(made, settings):
    assert not [ref for ref in made(settings) if ref.startswith(PLACE)]


def test_a_rate_of_minutes_is_by_the_hour_too(edit):
    old = "workload: {task: text2speech, resolution: long}"
    data = edit("benchmarks/aria-sparse.yml", old, old.replace("long", "long, frames: 1"))

    rate = derive.guide(load(data)).derived["derived/benchmarks/aria-sparse/per-hour/ember-80/"
                                            "large-dense"]  # fmt: skip
    assert formats.quantity(rate.value, rate.unit) == "6.00 images/h"
