"""On paper nothing opens: what stands behind a figure on a screen is printed with its table."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from macros import derive
from macros.cells import Pen
from macros.derive import Guide
from macros.load import load
from tests import fragments

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module", params=["data", "tests/data"])
def guide(request: pytest.FixtureRequest) -> Guide:
    """The guide's own data, and those of the made-up family."""
    return derive.guide(load(ROOT / request.param))


@pytest.fixture(scope="module")
def blocks(guide: Guide) -> dict[str, str]:
    return {call: html for call, html in fragments.blocks(guide).items() if "<table" in html}


def stored(guide: Guide, ref: str) -> Iterator[str]:
    """Yield the stored figures on which a figure rests."""
    if ref in guide.derived:
        for _, operand in guide.derived[ref].operands:
            yield from stored(guide, operand)
    else:
        yield ref


def test_every_file_behind_the_cells_of_a_table_is_printed_with_it(guide, blocks):
    missing = set()
    for call, html in blocks.items():
        tree = fragments.parse(html)
        printed = set(tree.xpath("//*[@class='paper']//code/text()"))
        for ref in tree.xpath("//*[self::td or self::th]//a/data/@data-ref"):
            for one in stored(guide, ref):
                try:
                    file, _ = guide.dataset.position(one)
                except KeyError:  # a cell that the table leaves out
                    continue
                if f"data/{file}" not in printed:
                    missing.add((call, file))
    assert missing == set()


def test_the_lines_that_are_printed_for_a_table_hold_all_of_its_rows(guide, blocks):
    seen = 0
    for html in blocks.values():
        for said in fragments.parse(html).xpath("//caption/span[@class='paper']"):
            file, first, last = re.findall(r"data/(\S+\.yml), lines (\d+) to (\d+)",
                                           said.text_content())[0]  # fmt: skip
            kind, _, name = file.removesuffix(".yml").partition("/")
            rows = getattr(guide.dataset, kind)[name].results
            lines = [guide.dataset.documents[file].positions["results", row].line for row in rows]
            assert (int(first), int(last)) == (min(lines), max(lines))
            seen += 1
    assert seen > 10


def test_the_line_of_a_single_figure_is_that_of_its_link(guide):
    pen = Pen(guide, "")
    for gpu in guide.dataset.gpus:
        ref = f"gpus/{gpu}/name"
        said = fragments.parse(pen.place(ref)).text_content().split()
        assert pen.href(ref) == f"files/{said[0][:-1]}.html#L{said[2]}"


def test_every_source_is_printed_with_the_day_on_which_it_was_read(guide, blocks):
    titles = {source.title: source.read_on.isoformat() for source in guide.dataset.sources.values()}
    seen = 0
    for call, html in blocks.items():
        if call == "source_list":  # has a column for it
            continue
        for link in fragments.parse(html).find_class("source"):
            assert link.get("data-read") == titles[link[0].text]
            seen += 1
    assert seen > 20
