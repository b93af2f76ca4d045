"""A chart shows what its table says: every figure, in its place, with words for what has none."""

from __future__ import annotations

import re
from decimal import Decimal
from itertools import pairwise
from math import log10
from pathlib import Path

import pytest
from lxml.html import HtmlElement

from macros import derive, scales, tables
from macros.charts import MOST
from macros.derive import Guide
from macros.load import load
from macros.readings import need_replicas
from macros.replicas import place_of
from tests import fragments, synthetic

ROOT = Path(__file__).parents[1]
CHARTS = (
    "time_chart", "model_chart", "speedup_chart", "memory_chart", "time_replica_chart",
    "need_replica_chart",
)  # fmt: skip


@pytest.fixture(scope="module", params=["data", "tests/data"])
def guide(request: pytest.FixtureRequest) -> Guide:
    """The guide's own data, and those of the made-up family."""
    return derive.guide(load(ROOT / request.param))


def charts(guide: Guide) -> dict[str, HtmlElement]:
    """Return every chart that the data allow, by its call."""
    return {
        call: fragments.parse(html)
        for call, html in fragments.blocks(guide).items()
        if call.split()[0] in CHARTS and "<svg" in html
    }


def drawn(tree: HtmlElement, what: str) -> list[HtmlElement]:
    """Return the elements of a class."""
    found: list[HtmlElement] = tree.find_class(what)
    return found


def test_every_kind_of_chart_is_drawn(guide):
    assert {call.split()[0] for call in charts(guide)} >= set(CHARTS[:4])


def test_every_chart_brings_its_style_sheet_which_other_pages_do_not_load(guide):
    for call, html in fragments.blocks(guide).items():
        sheets = fragments.parse(html).xpath("//link[@href = 'assets/chart.css']/@rel")
        assert bool(sheets) == ('class="chart"' in html), call
        assert set(sheets) <= {"stylesheet"}


def test_each_figure_that_was_measured_again_and_can_be_compared_is_drawn():
    guide = derive.guide(load(ROOT / "data"))
    (benchmark,) = {one.benchmark for one in guide.rows.replicas}
    html = tables.BLOCKS["time_replica_chart"](guide, "", benchmark=benchmark)
    again = [f"{place_of(one)}/ratio" for one in guide.rows.replicas]
    assert fragments.parse(html).xpath("//line/@data-at") == again
    (requirement,) = guide.rows.readings
    html = tables.BLOCKS["need_replica_chart"](guide, "", requirement=requirement)
    needs = need_replicas(guide.rows.readings)
    assert len(fragments.parse(html).xpath("//line/@data-at")) == len(needs)


def test_what_cannot_be_compared_is_not_drawn(mini):
    assert {one.word for one in mini.rows.replicas} == {"not_comparable"}
    html = tables.BLOCKS["time_replica_chart"](mini, "", benchmark="aria-speech")
    assert "<svg" not in html


def test_every_drawing_has_a_name_a_description_and_a_heading(guide):
    for tree in charts(guide).values():
        for svg in tree.xpath("//svg"):
            assert svg.get("role") == "img"
            named = svg.get("aria-labelledby").split()
            assert len(named) == 2
            said = [fragments.text(tree.get_element_by_id(one)) for one in named]
            (description,) = svg.xpath("./desc")
            assert description.get("id") == svg.get("aria-describedby")
            assert all([*said, fragments.text(description)])
            assert fragments.text(svg.getparent()[0]) == said[1]


def test_a_drawing_has_nothing_that_a_keyboard_would_have_to_reach(guide):
    for tree in charts(guide).values():
        assert tree.xpath("//svg//a | //svg//*[@href or @tabindex] | //svg//script") == []


def test_the_table_that_a_chart_links_to_holds_every_figure_of_the_chart(guide):
    blocks = fragments.parse("".join(fragments.blocks(guide).values()))
    for call, tree in charts(guide).items():
        (link,) = tree.xpath("//figcaption//a/@href")
        table = blocks.get_element_by_id(link[1:]).xpath("ancestor::table")[0]
        refs = tree.xpath("//@data-ref")
        figures = {ref for ref in refs if isinstance(_value(guide, ref), Decimal)}
        assert figures, call
        assert figures <= set(table.xpath(".//@data-ref")), call


def _value(guide: Guide, ref: str) -> object:
    return guide.figure(ref).value


def test_each_figure_of_a_table_of_times_has_a_mark_or_the_words_of_its_state(guide):
    for name, table in guide.dataset.benchmarks.items():
        tree = fragments.parse(tables.BLOCKS["time_chart"](guide, "", benchmark=name))
        shown = tree.xpath("//svg/text/@data-ref[starts-with(., 'benchmarks')]")
        refs = [f"benchmarks/{name}/results/{gpu}/{column}"
                for column in table.columns for gpu in table.results]  # fmt: skip
        assert sorted(shown) == sorted(refs)
        timed = [ref for ref in refs if isinstance(_value(guide, ref), Decimal)]
        assert sorted(tree.xpath("//circle/@data-at")) == sorted(timed)


def test_the_rows_of_a_drawing_stand_as_in_the_table(guide):
    for name in guide.dataset.benchmarks:
        chart = fragments.parse(tables.BLOCKS["time_chart"](guide, "", benchmark=name))
        table = fragments.parse(tables.BLOCKS["benchmark_table"](guide, "", benchmark=name))
        rows = table.xpath("//tbody//th/a/@data-ref")
        for svg in chart.xpath("//svg"):
            assert svg.xpath("./text/@data-ref[starts-with(., 'gpus/')]") == rows
            tops = [float(one) for one in svg.xpath("./text[tspan]/tspan[1]/@y")]
            assert tops == sorted(tops)


def test_each_mark_stands_where_its_value_belongs(guide):
    for tree in charts(guide).values():
        for mark in drawn(tree, "mark"):
            kind, *numbers = mark.xpath("string(ancestor::svg/@data-scale)").split()
            low, high, start, end = map(float, numbers)
            value = float(_value(guide, mark.get("data-at")))
            if kind == "log":
                low, high, value = log10(low), log10(high), log10(value)
            place = start + (value - low) / (high - low) * (end - start)
            assert abs(float(mark.get("cx", mark.get("x2"))) - place) <= 0.0501


def test_all_drawings_of_a_chart_have_one_axis(guide):
    for tree in charts(guide).values():
        assert len(set(tree.xpath("//svg/@data-scale"))) == 1


def test_bars_and_lines_tell_the_verdict_of_each_card_and_model(guide):
    """Before the line, in the shade behind it, or beyond: as far as a tenth of a unit can tell."""
    seen = set()
    for requirement in guide.dataset.requirements:
        html = tables.BLOCKS["memory_chart"](guide, "", requirement=requirement)
        verdicts = {(row.gpu, row.model): row.verdict for row in guide.rows.verdicts
                    if row.requirement == requirement}  # fmt: skip
        for svg in fragments.parse(html).xpath("//svg"):
            shades = {shade.get("x"): shade for shade in drawn(svg, "tight") if shade.tag == "rect"}
            for need in svg.xpath("./line[@class='need']"):
                line = float(need.get("x2"))
                beyond = line + float(shades[need.get("x2")].get("width"))
                for bar in svg.xpath("./line[@class='mark']"):
                    end = float(bar.get("x2"))
                    key = bar.get("data-at").split("/")[2], need.get("data-at").split("/")[3]
                    if min(abs(end - line), abs(end - beyond)) > 0.1:
                        read = "does_not_fit" if end < line else "tight"
                        read = "fits" if end > beyond else read
                        assert read == verdicts[key]
                        seen.add(read)
    assert {"fits", "does_not_fit"} <= seen


def test_each_bar_says_between_which_needs_it_ends_in_the_symbols_of_the_table(guide):
    """A need that is a little above a memory cannot be told from it by eye."""
    said = 0
    for requirement in guide.dataset.requirements:
        chart, table = (
            fragments.parse(tables.BLOCKS[macro](guide, "", **given))
            for macro, given in (("memory_chart", {"requirement": requirement}), ("fit_matrix", {}))
        )
        needs = sorted(
            (one.need_gib, one.model) for one in guide.rows.requirements
            if one.requirement == requirement and one.need_gib is not None
        )  # fmt: skip
        cells = {}
        for row in table.xpath("//tbody/tr"):
            gpu = row.xpath("string(th/a/@data-ref)")
            symbols = row.xpath("td[contains(@class, 'verdict')]/span[@aria-hidden]")
            columns = [ref.split("/")[1] for ref in table.xpath("//thead//a[not(data)]/@data-ref")]
            if len(symbols) == len(columns):
                cells |= {(gpu, m): one.text for m, one in zip(columns, symbols, strict=True)}
        for text in drawn(chart, "value"):
            capacity, *others = text.xpath("./tspan[@data-ref]/@data-ref")
            gpu = f"gpus/{capacity.split('/')[2]}/name"
            read = [cells[gpu, model] for _, model in needs]
            shown = {
                mark.text: ref.rpartition("/")[2]
                for mark, ref in zip(text.xpath("./tspan[@class]"), others, strict=True)
            }
            assert set(shown) == set(read), gpu
            for symbol, model in shown.items():
                at = [model for _, model in needs].index(model)
                # The least that does not fit; of any other verdict the greatest.
                least = symbol == "✕"
                edge = read.index(symbol) if least else len(read) - 1 - read[::-1].index(symbol)
                assert at == edge, gpu
                said += 1
    assert said > 2


def test_each_product_is_a_bar_or_is_named_below_the_chart(guide):
    products = {f"gpus/{gpu}/name" for gpu, card in guide.dataset.gpus.items() if not card.one_of}
    for requirement in guide.dataset.requirements:
        html = tables.BLOCKS["memory_chart"](guide, "", requirement=requirement)
        tree = fragments.parse(html)
        bars = tree.xpath("//svg/text/@data-ref[starts-with(., 'gpus/')]")
        below = tree.xpath("//figure/p/a/@data-ref")
        assert sorted([*bars, *below]) == sorted(products)


# ---------------------------------------------------------------- the made-up family


@pytest.fixture(scope="module")
def mini(dataset):
    return derive.guide(dataset)


def texts(html: str, what: str) -> list[str]:
    return [fragments.text(one) for one in drawn(fragments.parse(html), what)]


def test_every_state_is_told_by_symbol_and_words(mini):
    html = tables.BLOCKS["time_chart"](mini, "", benchmark="aria-speech")
    assert texts(html, "state") == [
        "∅ not supported", "✕ out of memory", "⊗ out of memory (predicted)", "— not measured",
    ]  # fmt: skip
    assert texts(html, "value") + texts(html, "before") == ["2.50", "4.20", "~6", "8.5"]


def test_a_description_tells_both_ends_and_what_has_no_time(mini):
    tree = fragments.parse(tables.BLOCKS["time_chart"](mini, "", benchmark="aria-speech"))
    small, large = map(fragments.text, tree.xpath("//desc"))
    assert small == (
        "GPUs: 4. Least: 2.50 s (Lumen Ember 80). Greatest: ~6 s (Quill 48). "
        "Not supported: Quill Next."
    )
    assert large == (
        "GPUs: 4. One figure: 8.5 s (Lumen Ember 80). Out of memory: Lumen Ember 32. "
        "Out of memory (predicted): Quill 48. Not measured: Quill Next."
    )


def test_a_description_of_memories_counts_the_verdicts(mini):
    tree = fragments.parse(tables.BLOCKS["memory_chart"](mini, "", requirement="aria-memory"))
    (said,) = map(fragments.text, tree.xpath("//desc"))
    assert said == (
        "GPUs: 2. Least: 29.80 GiB (Lumen Ember 32). Greatest: 44.99 GiB (Quill 48). "
        "Aria-Small-Speech, which needs 20.50 GB: fits on 2. Aria-Large-Speech, which needs "
        "41.25 GB: tight on 1, does not fit on 1. Lumen Ember 32, 29.80 GiB; fits: 20.50 GB; "
        "does not fit: 41.25 GB. Quill 48, 44.99 GiB; fits: 20.50 GB; tight: 41.25 GB."
    )


def test_a_need_that_is_read_in_another_unit_stands_where_that_unit_has_it(edit):
    data = edit("requirements/aria-memory.yml", "read_as: GiB", "read_as: GB")
    html = tables.BLOCKS["memory_chart"](derive.guide(load(data)), "", requirement="aria-memory")
    small, large = sorted(
        fragments.parse(html).xpath("//line[@class='need']"), key=lambda one: float(one.get("x2"))
    )
    svg = small.getparent().get("data-scale")
    for line, need in ((small, "20.50"), (large, "41.25")):
        gib = Decimal(need) * 10**9 / 2**30
        assert line.get("x2") == scales.read(svg).at(gib)
        assert line.get("x2") == scales.read(line.get("data-scale")).at(Decimal(need))


def test_a_chart_without_a_figure_says_so(edit):
    nothing = "<p>No value of this table can be drawn.</p>"
    for old in ("aria-small: 5.0", "aria-small: {value: 7.25, superseded_by: aria-speech}"):
        data = edit("benchmarks/aria-speech-2025.yml", old, "aria-small: not_measured")
    for old in ("aria-small: 20.50", "aria-large: 41.25"):
        data = edit("requirements/aria-memory.yml", old, old.partition(":")[0] + ": not_measured")
    (data / "recommendations.yml").unlink()  # sentences need a number
    guide = derive.guide(load(data))
    assert tables.BLOCKS["time_chart"](guide, "", benchmark="aria-speech-2025") == nothing
    assert tables.BLOCKS["memory_chart"](guide, "", requirement="aria-memory") == nothing
    assert tables.BLOCKS["speedup_chart"](guide, "", benchmark="aria-speech") == nothing


def test_a_column_without_a_speed_up_says_so(edit):
    more = "\n  small-dense: {model: aria-small, workload: {attention: dense}}"
    more += "\n  small-sparse: {model: aria-small, workload: {attention: sparse}}\nresults:"
    data = edit("benchmarks/aria-sparse.yml", "\nresults:", more)
    html = tables.BLOCKS["speedup_chart"](derive.guide(load(data)), "", benchmark="aria-sparse")
    small = fragments.parse(html).xpath("//svg")[1]
    assert fragments.text(small.xpath("./desc")[0]) == "No figure."
    assert [*map(fragments.text, drawn(small, "state"))] == ["— not measured"] * 2


def test_a_line_shows_where_there_is_no_gain_also_where_all_lose(edit):
    data = edit("benchmarks/aria-sparse.yml", "large-sparse: 4.0", "large-sparse: 40.0")
    html = tables.BLOCKS["speedup_chart"](derive.guide(load(data)), "", benchmark="aria-sparse")
    (svg,) = fragments.parse(html).xpath("//svg")
    (line,) = drawn(svg, "even")
    assert line.get("d").startswith(f"M{scales.read(svg.get('data-scale')).at(Decimal(1))} ")
    assert [mark.get("x2") for mark in drawn(svg, "mark")] == ["176.2"]


def test_the_page_of_a_model_draws_the_table_that_has_it_on_most_gpus(mini):
    html = tables.BLOCKS["model_chart"](mini, "", model="aria-small")
    assert "#title-model-results--aria-small--aria-speech" in html
    assert "aria-large" not in html
    assert tables.BLOCKS["model_chart"](mini, "", model="aria-tiny") == ""


def test_of_more_cards_than_a_drawing_has_room_for_it_shows_the_fastest_and_says_so(tmp_path):
    """As many as have a time, and of the others so many that the drawing is full."""
    synthetic.write(synthetic.make(MOST + 10, 8, 1), tmp_path)
    guide = derive.guide(load(tmp_path / "data"))
    table = fragments.parse(tables.BLOCKS["benchmark_table"](guide, "", benchmark="table-00"))
    in_table = [ref.split("/")[1] for ref in table.xpath("//tbody//th/a/@data-ref")]
    full = fragments.parse(tables.BLOCKS["time_chart"](guide, "", benchmark="table-00"))
    drawings = full.xpath("//svg")
    for model, svg in zip(guide.dataset.models, drawings, strict=True):
        shown = [
            ref.split("/")[1] for ref in svg.xpath("./text/@data-ref[starts-with(., 'gpus/')]")
        ]
        assert len(shown) == MOST
        assert shown == [gpu for gpu in in_table if gpu in shown]
        times = {
            gpu: _value(guide, f"benchmarks/table-00/results/{gpu}/{model}") for gpu in in_table
        }
        worst = max(time for gpu in shown if isinstance(time := times[gpu], Decimal))
        timed = {gpu for gpu, time in times.items() if isinstance(time, Decimal)}
        assert len(timed & set(shown)) == min(len(timed), MOST)
        assert all(times[gpu] >= worst for gpu in timed - set(shown))
        said = fragments.text(svg.xpath("./desc")[0])
        assert said.startswith(f"GPUs: the first {MOST} of {MOST + 10} by time; the table has all.")
        assert f"Greatest: {worst} s (" in said
    assert f"which has {MOST + 10}; here are the first {MOST} by time." in fragments.text(full)


def test_long_names_take_several_lines_and_a_long_word_is_pressed_into_one(edit):
    name = "Lumen Ember 32 Extended Workstation Edition Supercalifragilisticexpialidocious"
    data = edit("gpus/ember-32.yml", "name: Lumen Ember 32", f"name: {name}")
    html = tables.BLOCKS["time_chart"](derive.guide(load(data)), "", benchmark="aria-speech")
    label = fragments.parse(html).xpath("//text[@data-ref='gpus/ember-32/name']")[0]
    assert fragments.text(label) == name
    assert [line.get("textlength") for line in label] == [None, None, None, "131"]
    ys = [int(line.get("y")) for line in label]
    assert all(below - above == 14 for above, below in pairwise(ys))


def test_a_model_is_called_by_its_longest_name_that_has_room(edit):
    data = edit("models/aria-large.yml", "name: Aria-Large-Speech", "name: Aria-Large-Speech-Model")
    guide = derive.guide(load(data))
    html = tables.BLOCKS["memory_chart"](guide, "", requirement="aria-memory")
    assert 'data-ref="models/aria-large/aliases/0">Large-Speech<' in html

    aliases = "[Large-Speech-of-the-Aria-Family]"
    edit("models/aria-large.yml", "[Large-Speech]", aliases)
    guide = derive.guide(load(data))
    html = tables.BLOCKS["memory_chart"](guide, "", requirement="aria-memory")
    assert 'data-ref="models/aria-large/name">Aria-Large-Speech-Model<' in html


# ---------------------------------------------------------------- colours


def _light(colour: str) -> float:
    channels = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(share * c for share, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


LIGHT, DARK = "#ffffff", "#1e2129"


def test_marks_stand_out_from_every_background():
    """In light and dark; that of paper is always light."""
    css = (ROOT / "macros/theme/assets/guide.css").read_text(encoding="utf-8")
    rules = re.findall(r"--guide-dot: (#[0-9a-f]{6}); --guide-bar: (#[0-9a-f]{6});", css)
    for colours, background in zip(rules, (LIGHT, DARK), strict=True):
        for colour in colours:
            darker, lighter = sorted((_light(colour), _light(background)))
            assert (lighter + 0.05) / (darker + 0.05) >= 3
