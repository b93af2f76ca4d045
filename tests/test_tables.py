"""Every table shows what the data say, and a person or a program can read it."""

from __future__ import annotations

import re

import pytest
import yaml

from macros import derive, tables
from macros.load import load
from tests import fragments

WAIVERS = """\
# yaml-language-server: $schema=../../data/schema/waivers.json
slow-start:
  rule: larger-model-is-not-faster
  record: benchmarks/aria-speech/results/ember-80/aria-small
  found: 3.5 s
  reason: The source confirms the figure.
  evidence: [{id: aria-performance, lines: 40}]
  review_on: 2027-01-01
"""
EDITS = {
    "8.5 to 8.7 in one cell": (
        "benchmarks/aria-speech.yml", "aria-large: 8.5", "aria-large: 8.7",
        {
            "benchmark_table aria-speech", "benchmark_table aria-speech fastest",
            "range_table aria-speech", "gpu_results ember-80", "model_results aria-large",
            "time_chart aria-speech", "picker", "comparison",
        },
    ),
    "the least time of the Small model": (
        "benchmarks/aria-speech.yml", "aria-small: 2.50", "aria-small: 2.51",
        {
            "benchmark_table aria-speech", "benchmark_table aria-speech fastest",
            "range_table aria-speech", "gpu_results ember-80", "model_results aria-small",
            "time_chart aria-speech", "model_chart aria-small",
            "time_replicas aria-speech", "gpu_replicas ember-80", "model_replicas aria-small",
            "picker", "comparison",
        },
    ),
    "a sparse time": (
        "benchmarks/aria-sparse.yml", "large-sparse: 4.0", "large-sparse: 4.5",
        {
            "benchmark_table aria-sparse", "benchmark_table aria-sparse fastest",
            "speedup_table aria-sparse", "range_table aria-sparse", "gpu_results ember-80",
            "model_results aria-large", "time_chart aria-sparse", "speedup_chart aria-sparse",
            "model_chart aria-large",
            "picker", "comparison",
        },
    ),
    "the need of the Large model": (
        "requirements/aria-memory.yml", "aria-large: 41.25", "aria-large: 78.50",
        {
            "requirement_table aria-memory", "oom_notes aria-speech", "model_index", "fit_matrix",
            "memory_chart aria-memory",
            "picker",
            "waiver_list",
            "gpu_verdicts ember-32", "gpu_verdicts ember-80", "gpu_verdicts ember",
            "gpu_verdicts quill-48", "gpu_verdicts quill-next", "model_verdicts aria-large",
            "gpu_settings ember-32", "gpu_settings quill-48",
        },
    ),
    "the memory of a card": (
        "gpus/ember-32.yml", "memory_gb: {value: 32", "memory_gb: {value: 48",
        {
            "gpu_index", "gpu_sheet ember-32", "gpu_verdicts ember-32", "oom_notes aria-speech",
            "model_verdicts aria-small", "model_verdicts aria-large", "fit_matrix", "waiver_list",
            "memory_chart aria-memory",
            "gpu_settings ember-32", "model_settings aria-small",
            "picker",
        },
    ),
}  # fmt: skip


@pytest.fixture
def waived(data):
    """The small data set with one waiver."""
    (data / "waivers.yml").write_text(WAIVERS)
    return derive.guide(load(data))


def rows(fragment):
    """Return the text of each body row of the first table, a list of cells per row."""
    table = fragments.parse(fragment).xpath("//table")[0]
    return [[fragments.text(cell) for cell in row] for row in table.xpath("./tbody/tr")]


@pytest.mark.parametrize("name", tables.BLOCKS)
def test_every_block_macro_renders_as_in_its_golden_file(guide, name):
    made = {call: html for call, html in fragments.blocks(guide).items() if call.split()[0] == name}

    shown = "\n".join(f"<!-- {call} -->\n{html}\n" for call, html in made.items())
    fragments.golden(name, shown)


def test_every_figure_in_every_table_is_owned(guide):
    for fragment in fragments.blocks(guide).values():
        fragments.assert_owned(guide, fragment)


def test_every_table_has_a_caption_scopes_and_a_name_for_screen_readers(guide):
    for fragment in fragments.blocks(guide).values():
        for figure in fragments.parse(fragment).xpath("//figure[not(@class='chart')]"):
            (region,) = figure.xpath("./div[@role='region' and @tabindex='0']")
            label = region.get("aria-labelledby")
            assert figure.xpath(f".//*[self::caption or self::figcaption]//*[@id='{label}']")
            assert all(cell.get("scope") for cell in figure.xpath(".//th"))
            assert all(row[0].tag == "th" for row in figure.xpath(".//tbody/tr"))


def test_all_rows_of_a_table_have_as_many_cells_as_it_has_columns(guide):
    for fragment in fragments.blocks(guide).values():
        for table in fragments.parse(fragment).xpath("//table"):
            top = table.xpath("./thead/tr")[0]
            columns = sum(int(cell.get("colspan", 1)) for cell in top)
            for row in table.xpath("./tbody/tr"):
                assert sum(int(cell.get("colspan", 1)) for cell in row) == columns


def test_ids_are_unique_over_all_fragments_and_links_between_them_resolve(guide):
    tree = fragments.parse("".join(fragments.blocks(guide).values()))
    ids = tree.xpath("//@id")

    assert len(ids) == len(set(ids))
    assert {href[1:] for href in tree.xpath("//@href[starts-with(., '#')]")} <= set(ids)


def test_links_lead_from_the_page_to_the_root_of_the_site(guide):
    fragment = tables.BLOCKS["gpu_verdicts"](guide, "../../", gpu="ember-80")

    hrefs = fragments.parse(fragment).xpath("//@href[not(starts-with(., '#'))]")
    assert {href[:6] for href in hrefs} == {"../../", "https:"}


def test_each_figure_links_to_its_line_or_its_derivation(guide):
    tree = fragments.parse(tables.BLOCKS["range_table"](guide, "", benchmark="aria-speech"))
    assert tree.xpath("//a[@href='derived/benchmarks/aria-speech.html#range--aria-small--min']")

    tree = fragments.parse(tables.BLOCKS["benchmark_table"](guide, "", benchmark="aria-speech"))
    (link,) = tree.xpath("//a[data[@value='8.5']]")
    file, line = link.get("href").split("#L")
    assert file == "files/data/benchmarks/aria-speech.yml.html"
    text = guide.dataset.documents["benchmarks/aria-speech.yml"].text
    assert "aria-large: 8.5" in text.splitlines()[int(line) - 1]


def test_a_benchmark_keeps_the_published_order_and_tells_each_state_in_words(guide):
    assert rows(tables.BLOCKS["benchmark_table"](guide, "", benchmark="aria-speech")) == [
        ["Lumen Ember 80", "2.50", "8.5[1]"],
        ["Lumen Ember 32", "4.20", "✕ out of memory[1]"],
        ["Quill 48", "~6", "⊗ out of memory (predicted)[1]"],
        ["Quill Next", "∅ not supported", "— not measured[1]"],
    ]


def test_the_fastest_card_stands_first_and_cards_without_a_time_last(edit):
    data = edit("benchmarks/aria-speech.yml", "aria-large: oom_predicted", "aria-large: 3.5")
    guide = derive.guide(load(data))
    block = tables.BLOCKS["benchmark_table"]

    by_first = rows(block(guide, "", benchmark="aria-speech", sort="fastest"))
    by_large = rows(block(guide, "", benchmark="aria-speech", sort="fastest", by="aria-large"))

    assert [row[0] for row in by_first] == [
        "Lumen Ember 80", "Lumen Ember 32", "Quill 48", "Quill Next",
    ]  # fmt: skip
    assert [row[0] for row in by_large] == [
        "Quill 48", "Lumen Ember 80", "Lumen Ember 32", "Quill Next",
    ]  # fmt: skip


def test_a_number_is_its_own_sort_key_and_a_cell_without_one_is_no_number(guide):
    tree = fragments.parse(tables.BLOCKS["benchmark_table"](guide, "", benchmark="aria-sparse"))

    keys = tree.xpath("//td//data/@value")
    assert keys == ["10.0", "4.0", "12.6", "not_measured"]
    assert tree.xpath("//td/@data-sort") == []


def test_the_caption_states_the_workload_and_links_the_source_once(guide):
    tree = fragments.parse(tables.BLOCKS["benchmark_table"](guide, "", benchmark="aria-speech"))
    (caption,) = tree.xpath("//caption")

    assert fragments.text(caption) == (
        "Speech generation time Time of one generation in s. Settings: task text2speech, "
        "resolution 48 kHz, attention dense, GPU count 1; not stated, default of the tool: steps "
        "20 (Aria performance page, line 25); not applicable: frame rate; not stated: frames, "
        "guidance, precision, offload, clock. Source: Aria performance page, lines 40-43."
    )
    (href,) = caption.xpath("./*[@class='upstream']/a/@href")
    assert href == (
        "https://github.com/example/aria/blob/0123456789abcdef0123456789abcdef01234567"
        "/docs/performance.md?plain=1#L40-L43"
    )


def test_settings_of_single_columns_stand_below_the_table(guide):
    fragment = tables.BLOCKS["benchmark_table"](guide, "", benchmark="aria-sparse")
    items = fragments.parse(fragment).xpath("//ul[@class='settings']/li")

    assert "differs by column: attention" in fragment
    assert [*map(fragments.text, items)] == [
        "Large dense: attention dense.", "Large sparse: attention sparse.",
    ]  # fmt: skip


def test_columns_with_equal_settings_share_one_line(edit):
    for model in ("aria-small", "aria-large"):
        old, new = f"{{model: {model}}}", f"{{model: {model}, workload: {{frames: 2}}}}"
        data = edit("benchmarks/aria-speech.yml", old, new)
    fragment = tables.BLOCKS["benchmark_table"](
        derive.guide(load(data)), "", benchmark="aria-speech"
    )

    (item,) = fragments.parse(fragment).xpath("//ul[@class='settings']/li")
    assert fragments.text(item) == "Aria-Small-Speech, Aria-Large-Speech: frames 2."


def test_a_note_is_a_numbered_footnote_with_its_evidence(guide):
    tree = fragments.parse(tables.BLOCKS["benchmark_table"](guide, "", benchmark="aria-speech"))
    (item,) = tree.xpath("//ol[@class='footnotes']/li")

    assert fragments.text(item) == (
        "Note: The page does not say which Large model it means. "
        "Evidence: Aria performance page, line 44."
    )
    assert tree.xpath("//sup/a/@aria-label") == ["note 1"] * 4


def test_a_waiver_is_a_footnote_of_exactly_its_figure(waived):
    tree = fragments.parse(tables.BLOCKS["benchmark_table"](waived, "", benchmark="aria-speech"))
    first, second = tree.xpath("//ol[@class='footnotes']/li")

    assert fragments.text(first).startswith(
        "Accepted contradiction of the rule “On one GPU under one workload, a larger model of the "
        "same task is not faster.”: The source confirms the figure."
    )
    assert tree.xpath(f"//td[.//@href='#{first.get('id')}']/a/data/@value") == ["2.50"]
    assert fragments.text(second).startswith("Note: The page does not say")


def test_a_note_on_a_table_a_row_or_a_setting_is_marked_there(edit):
    concerns = ("benchmarks/aria-speech", "benchmarks/aria-speech/workload/steps",
                "benchmarks/aria-speech/results/quill-48", "gpus/*/memory_gb/value")  # fmt: skip
    data = edit("notes.yml", "requirements/aria-memory/results/aria-large]",
                f"{', '.join(concerns)}]")  # fmt: skip
    guide = derive.guide(load(data))

    tree = fragments.parse(tables.BLOCKS["benchmark_table"](guide, "", benchmark="aria-speech"))
    assert len(tree.xpath("//caption//sup")) == 2
    assert len(tree.xpath("//tr[.//a[.='Quill 48']]//sup")) == 2
    tree = fragments.parse(tables.BLOCKS["gpu_sheet"](guide, "", gpu="ember-32"))
    assert tree.xpath("//tr[.//sup]/th/text()") == ["Nominal memory"]


def test_a_replaced_figure_names_the_newer_table(guide):
    tree = fragments.parse(
        tables.BLOCKS["benchmark_table"](guide, "", benchmark="aria-speech-2025")
    )

    assert tree.xpath("//td[.//sup]//data/@value") == ["7.25"]
    assert fragments.text(tree.xpath("//li")[0]) == (
        "Replaced by a newer figure: Speech generation time. "
        "Source: Aria performance page, lines 40-43."
    )


def test_a_speed_up_stands_beside_the_printed_one_and_says_if_they_agree(guide, edit):
    block = tables.BLOCKS["speedup_table"]
    assert rows(block(guide, "", benchmark="aria-sparse")) == [
        ["Lumen Ember 80", "2.50", "2.5 ✓ agrees"], ["Lumen Ember 32", "— not measured", "—"],
    ]  # fmt: skip

    data = edit("benchmarks/aria-sparse.yml", "{ember-80: 2.5}", "{ember-80: 2.6}")
    changed = derive.guide(load(data))
    assert rows(block(changed, "", benchmark="aria-sparse"))[0][2] == "2.6 ✕ differs"

    data = edit("benchmarks/aria-sparse.yml", "{ember-80: 2.6}", "{ember-32: 2.6}")
    without = derive.guide(load(data))
    assert rows(block(without, "", benchmark="aria-sparse"))[0][2] == "none"


def test_a_speed_up_carries_the_notes_on_both_of_its_times(edit):
    data = edit("notes.yml", "requirements/aria-memory/results/aria-large]",
                "benchmarks/aria-sparse/results/ember-80/large-dense]")  # fmt: skip

    fragment = tables.BLOCKS["speedup_table"](derive.guide(load(data)), "", benchmark="aria-sparse")

    assert rows(fragment)[0][1] == "2.50[1]"


def test_a_range_names_every_card_at_its_ends_and_counts_the_states(guide, edit):
    block = tables.BLOCKS["range_table"]
    assert rows(block(guide, "", benchmark="aria-speech")) == [
        ["Aria-Small-Speech", "2.50", "Lumen Ember 80", "~6", "Quill 48", "3", "0", "0", "0", "1"],
        ["Aria-Large-Speech", "8.5", "Lumen Ember 80[1]", "8.5", "Lumen Ember 80[1]",
         "1", "1", "1", "1", "0"],
    ]  # fmt: skip
    first = rows(block(guide, "", benchmark="aria-speech-2025"))[0]
    assert first[1:5] == ["5.0", "Lumen Ember"] * 2
    replaced = " A figure that a newer table replaces is at no end."
    assert replaced in block(guide, "", benchmark="aria-speech-2025")
    assert replaced not in block(guide, "", benchmark="aria-speech")

    data = edit("benchmarks/aria-speech.yml", "aria-large: 8.5", "aria-large: not_measured")
    guide = derive.guide(load(data))
    assert rows(block(guide, "", benchmark="aria-speech"))[1][1:5] == ["— not measured", "—"] * 2

    data = edit("benchmarks/aria-speech.yml", "aria-small: 4.20", "aria-small: 2.50")
    guide = derive.guide(load(data))
    assert rows(block(guide, "", benchmark="aria-speech"))[0][2] == "Lumen Ember 80, Lumen Ember 32"


def test_an_oom_note_says_what_ran_out_and_which_cards_have_a_time(guide):
    tree = fragments.parse(tables.BLOCKS["oom_notes"](guide, "", benchmark="aria-speech"))

    (item,) = tree.xpath("//li")
    assert fragments.text(item) == (
        "Aria-Large-Speech: Lumen Ember 32 is ✕ out of memory. Memory that the Aria models need: "
        "the model needs 41.25 GB, read as GiB; the card has 29.80 GiB (nominal: the label, read "
        "as decimal GB); headroom −11.45 GiB (−38.4%): ✕ does not fit. Quill 48 is ⊗ out of "
        "memory (predicted). Memory that the Aria models need: the model needs 41.25 GB, read as "
        "GiB; the card has 44.99 GiB (driver total, a small reserve included); headroom 3.74 GiB "
        "(8.3%): ! tight. Cards with a time in this column: Lumen Ember 80."
    )


def test_an_oom_note_says_what_is_not_known(edit):
    edit("requirements/aria-memory.yml", "aria-large: 41.25", "aria-large: not_measured")
    edit("benchmarks/aria-speech.yml", "aria-small: unsupported", "aria-small: oom")
    data = edit("benchmarks/aria-speech.yml", "aria-large: 8.5", "aria-large: oom")
    guide = derive.guide(load(data))

    small, large = fragments.parse(
        tables.BLOCKS["oom_notes"](guide, "", benchmark="aria-speech")
    ).xpath("//li")

    assert "no source gives one memory size for the card." in fragments.text(small)
    assert "the model needs — not measured, read as GiB; the card has 79.10" in fragments.text(
        large
    )
    assert fragments.text(large).endswith("Cards with a time in this column: none.")

    edit("requirements/aria-memory.yml", "  aria-large: not_measured\n", "")
    data = edit("requirements/aria-memory.yml", "30-31", "30")
    fragment = tables.BLOCKS["oom_notes"](derive.guide(load(data)), "", benchmark="aria-speech")
    assert "No source states what the model needs." in fragment


def test_a_card_shows_figures_under_an_ambiguous_name_and_says_what_is_not_measured(guide):
    fragment = tables.BLOCKS["gpu_results"](guide, "", gpu="ember-32")
    tables_of_card = fragments.parse(fragment).xpath("//table")

    headings = [fragments.text(table.xpath("./thead")[0]) for table in tables_of_card]
    assert headings == [
        "ModelLumen Ember 32 (min)",
        "ModelLumen Ember one of several products (s)",
        "ModelLumen Ember 32 (s)",
    ]
    assert fragments.text(fragments.parse(fragment).xpath("//p")[0]) == (
        "— not measured. No figure of this card in: Tuning time of one iteration."
    )


def test_a_model_shows_only_its_own_columns(guide):
    fragment = tables.BLOCKS["model_results"](guide, "", model="aria-large")

    assert "aria-small" not in fragment
    assert "No figure of this model in: Speech generation time, first edition" in (
        fragments.text(fragments.parse(fragment))
    )


def test_verdicts_of_a_card_come_with_headroom_and_what_published_runs_showed(guide):
    fragment = tables.BLOCKS["gpu_verdicts"](guide, "", gpu="ember-32")

    assert rows(fragment) == [
        ["Aria-Small-Speech", "✓ fits", "20.50", "9.30", "31.2", "● measured"],
        ["Aria-Large-Speech", "✕ does not fit", "41.25[1]", "−11.45", "−38.4",
         "● measured, ✕ out of memory[2]"],
    ]  # fmt: skip
    shown = fragments.text(fragments.parse(fragment))
    assert "Lumen Ember 32 has 29.80 GiB (nominal: the label, read as decimal GB)." in shown
    assert shown.endswith(
        "? unknown: no source states how much memory is needed: Aria-Tiny-Speech."
    )


def test_no_model_is_named_as_unknown_where_all_have_a_need(edit):
    data = edit("requirements/aria-memory.yml", "results:\n", "results:\n  aria-tiny: 9.00\n")

    fragment = tables.BLOCKS["gpu_verdicts"](derive.guide(load(data)), "", gpu="ember-32")

    assert "unknown" not in fragment


@pytest.mark.parametrize(
    ("gpu", "words"),
    [
        ("ember", "The products called Lumen Ember differ in memory: see the verdict of each."),
        ("quill-next", "No source gives the memory of Quill Next."),
    ],
)
def test_a_card_without_one_memory_size_has_no_verdict(guide, gpu, words):
    fragment = tables.BLOCKS["gpu_verdicts"](guide, "", gpu=gpu)

    assert words in fragments.text(fragments.parse(fragment))
    assert {row[1] for row in rows(fragment)} == {"? unknown"}


def test_verdicts_on_a_model_go_from_the_smallest_card_to_the_largest(guide):
    assert rows(tables.BLOCKS["model_verdicts"](guide, "", model="aria-large")) == [
        ["Lumen Ember 32", "✕ does not fit", "29.80", "label", "−11.45", "−38.4",
         "● measured, ✕ out of memory[2]"],
        ["Quill 48", "! tight", "44.99", "driver", "3.74", "8.3",
         "⊗ out of memory (predicted)"],
        ["Lumen Ember 80", "✓ fits", "79.10", "CUDA", "37.85", "47.9",
         "● measured"],
        ["Lumen Ember one of several products", "? unknown", "— not stated",
         "differs between the products", "? unknown", "? unknown", "— not measured"],
        ["Quill Next", "? unknown", "— not stated", "no source found", "? unknown", "? unknown",
         "— not measured"],
    ]  # fmt: skip


def test_a_model_without_a_stated_need_has_no_verdict(guide):
    fragment = tables.BLOCKS["model_verdicts"](guide, "", model="aria-tiny")

    assert fragments.text(fragments.parse(fragment)) == (
        "? unknown: no source states how much memory is needed."
    )


def test_a_sheet_shows_confidence_that_is_not_high_and_specs_without_a_source(guide):
    sheet = {row[0]: row[1:] for row in rows(tables.BLOCKS["gpu_sheet"](guide, "", gpu="quill-48"))}

    assert sheet["Power limit"] == [
        "350 W", "Quill data sheets low confidence From a reseller, not the maker.",
    ]  # fmt: skip
    assert sheet["Memory bandwidth"] == ["— no source found", ""]
    assert sheet["Memory that verdicts count"][0] == "44.99 GiB"


def test_a_group_names_its_products_and_what_they_share(guide):
    sheet = {row[0]: row[1] for row in rows(tables.BLOCKS["gpu_sheet"](guide, "", gpu="ember"))}

    assert sheet["One of"] == "Lumen Ember 32, Lumen Ember 80"
    assert sheet["Architecture"] == "Ember"
    assert sheet["Nominal memory"] == "— differs between the products"
    assert sheet["Note"] == "The page does not say which of the two was used."


def test_fields_are_told_with_meaning_type_and_need(guide):
    tree = fragments.parse(tables.BLOCKS["field_table"](guide, "", kind="gpus"))
    shown = [[fragments.text(cell) for cell in row] for row in tree.xpath("//tbody/tr")]

    assert ["name", "Full product name.", "text", "needed"] in shown
    assert ["one_of", "Only for an ambiguous published name: the ids of the products it may mean.",
            "list of id", "optional"] in shown  # fmt: skip
    assert ["lines", "Line or lines of the source, such as 29 or 29-39.", "text or whole number",
            "optional"] in shown  # fmt: skip
    memory = next(row for row in shown if row[0] == "memory_gb")
    assert memory[2] == "Fact with value: number"


@pytest.mark.parametrize("edit_name", EDITS)
def test_an_edit_changes_every_fragment_that_rests_on_it_and_no_other(guide, edit, edit_name):
    file, old, new, expected = EDITS[edit_name]
    before = fragments.blocks(guide)

    after = fragments.blocks(derive.guide(load(edit(file, old, new))))

    assert {call for call in before if before[call] != after[call]} == expected


HOSTILE = (
    """<script>alert(1)</script><img src=x onerror=alert(1)> </span></td></table> "quoted" 'so' """
    """& &lt; | **b** [l](javascript:alert(1)) `code` :smile: --- {: onclick=alert(1) } """
    """{{ 7*7 }} {% raw %}"""
)


@pytest.fixture
def hostile(data):
    """The small data set with hostile text in every field that takes any text."""
    path = data / "waivers.yml"
    path.write_text(WAIVERS)
    for path in data.rglob("*.yml"):
        modeline, _, body = path.read_text().partition("\n")
        record = _hostile(yaml.safe_load(body))
        path.write_text(f"{modeline}\n{yaml.safe_dump(record, sort_keys=False)}")
    return derive.guide(load(data))


def _hostile(value, key=""):
    if isinstance(value, dict):
        facts = {"form_factor", "nvlink", "text_encoder", "vae"}
        if "section" in value:  # braces in a sentence name its operands
            return {**value, "text": HOSTILE.partition("{")[0] + value["text"]}
        return {
            name: _hostile(part, "free" if name == "value" and key in facts else name)
            for name, part in value.items()
        }
    if isinstance(value, list):
        return [_hostile(part, key) for part in value]
    return HOSTILE if key in ("title", "text", "note", "reason", "free") else value


ALLOWED = {
    "main", "figure", "div", "table", "caption", "thead", "tbody", "tr", "th", "td", "span", "a",
    "data", "small", "sup", "ol", "ul", "li", "p", "code", "details", "summary", "dl", "dt", "dd",
    "figcaption", "svg", "title", "desc", "path", "circle", "line", "rect", "text", "tspan",
    "form", "label", "select", "option", "optgroup", "input", "button", "noscript",
    "template", "fieldset", "legend",
}  # fmt: skip


def test_hostile_text_in_any_field_is_shown_as_text(hostile):
    seen = set()
    for fragment in fragments.blocks(hostile).values():
        tree = fragments.parse(fragment)
        for script in tree.xpath("//script"):
            assert (script.get("src"), script.text) == ("assets/choose.js", None)
            script.drop_tree()
        for style in tree.xpath("//link"):
            assert style.attrib.pop("href") in {"assets/choose.css", "assets/chart.css"}
            assert dict(style.attrib) == {"rel": "stylesheet"}
            style.drop_tree()
        assert {element.tag for element in tree.iter()} <= ALLOWED
        assert not [name for name in tree.xpath("//@*") if name.attrname.startswith("on")]
        assert not [href for href in tree.xpath("//@href") if "javascript" in href]
        fragments.assert_owned(hostile, fragment)
        seen |= {
            re.sub(r"/\d+/", "/*/", element.get("data-ref")).split("/", 2)[-1]
            for element in tree.xpath("//*[@data-ref]")
            if "<script>" in element.text_content()
        }

    assert seen >= {"title", "text", "reason", "note", "form_factor/value", "nvlink/value",
                    "text_encoder/value", "vae/value", "usable_memory/*/note",
                    "memory_gb/note"}  # fmt: skip
