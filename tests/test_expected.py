"""Whole tables that are right are taken out of a page, and one that is not stays as it is."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from macros.derive import Guide
from macros.derive import guide as derive
from macros.expected import Tables
from macros.formats import of_ascii
from macros.load import load
from macros.rules import checked
from macros.tables import BLOCKS
from tests.synthetic import make, write

CALLS: Mapping[str, dict[str, Any]] = {
    "benchmark_table": {"benchmark": "table-00"},
    "gpu_results": {"gpu": "gpu-001"},
    "model_results": {"model": "model-001"},
    "gpu_verdicts": {"gpu": "gpu-001"},
    "model_verdicts": {"model": "model-001"},
}
Shown = Callable[[str], bytes]


@pytest.fixture(scope="module")
def guide(tmp_path_factory: pytest.TempPathFactory) -> Guide:
    """A guide without notes, with a model that has its own words in one table."""
    folder = tmp_path_factory.mktemp("expected")
    write(make(4, 3, 2), folder)
    for path, old, new in (
        ("data/benchmarks/table-01.yml", "model-002: {model: model-002}",
         "model-002: {model: model-002, label: The third}"),
        ("data/benchmarks/table-01.yml", "metric: generation_time", "metric: iteration_time"),
        ("data/benchmarks/table-01.yml", "gpu-003: {model-000:", "gpu-003: {model-000: ~"),
    ):  # fmt: skip
        text = (folder / path).read_text()
        assert old in text
        (folder / path).write_text(text.replace(old, new, 1).replace("~ ", "~"))
    return derive(checked(folder / "data"))


@pytest.fixture
def shown(guide: Guide) -> Shown:
    """Return a fragment as a page two folders deep has it."""

    def fragment(name: str) -> bytes:
        return of_ascii(BLOCKS[name](guide, "../../", **CALLS[name])).encode()

    return fragment


@pytest.mark.parametrize("name", CALLS)
def test_the_rows_of_a_right_table_are_taken_out_with_their_links(guide, shown, name):
    html = shown(name)
    rest, links = Tables(guide).without_right_rows(html, b"../../")
    assert b'<th scope="row">' in html
    assert b'<th scope="row">' not in rest
    there, left = (
        set(re.findall(r'href="\.\./\.\./([^"]*)"', part.decode())) for part in (html, rest)
    )
    assert there - left
    assert there - left <= links


def test_the_rows_of_a_doubtful_card_are_known_in_each_table_of_needs(data, edit):
    """Its verdicts have other words and another colour; only those are taken out."""
    (data / "notes.yml").unlink()
    needs = (data / "requirements/aria-memory.yml").read_text()
    (data / "requirements/again.yml").write_text(needs.replace("41.25", "60.50"))
    edit("gpus/ember-80.yml", "{value: '9.0'", "{value: '8.0'")
    guide = derive(load(data))
    html = of_ascii(BLOCKS["gpu_verdicts"](guide, "../../", gpu="ember-80")).encode()
    assert html.count(b'class="verdict doubtful"') == html.count(b'<th scope="row">') == 4
    assert b'<th scope="row">' not in Tables(guide).without_right_rows(html, b"../../")[0]
    flattered = html.replace(b'class="verdict doubtful"', b'class="verdict fits"', 1)
    assert b'class="verdict fits"' in Tables(guide).without_right_rows(flattered, b"../../")[0]


@pytest.mark.parametrize("name", CALLS)
def test_the_rows_of_a_table_with_a_changed_cell_stay(guide, shown, name):
    html = shown(name)
    place = html.rindex(b"</data></a></td>")
    changed = html[:place] + b"0" + html[place:]
    rest, _ = Tables(guide).without_right_rows(changed, b"../../")
    assert b"0</data></a></td>" in rest


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("benchmark_table", b"Model-001</a> (s)", b"Model-002</a> (s)"),
        ("gpu_results", b"GPU-001</a> (s)", b"GPU-001</a> (ms)"),
        ("gpu_results", b"gpus/gpu-001/name", b"sources/invented/title"),
        ("model_results", b"table-00/title", b"table-09/title"),
        ("gpu_verdicts", b"Headroom (GiB)", b"Headroom (GB)"),
    ],
)
def test_the_rows_under_another_heading_stay(guide, shown, name, old, new):
    html = shown(name)
    assert old in html
    rest, _ = Tables(guide).without_right_rows(html.replace(old, new), b"../../")
    assert b'<th scope="row">' in rest
