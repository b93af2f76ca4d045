"""Does a reader find every doubt about the data, with what it concerns and why?"""

from __future__ import annotations

import inspect
import json
import re
from html import unescape
from pathlib import Path

import pytest
from lxml import html

from macros import derive, footnotes, memory, order, rules, tables
from macros.cells import Pen
from macros.index import index
from macros.load import load
from macros.places import place
from tests import fragments

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def real():
    """The guide itself."""
    return derive.guide(rules.checked(ROOT / "data"))


def parts(item):
    """Return what a remark says, by its terms."""
    terms = zip(item.xpath("./dl/dt"), item.xpath("./dl/dd"), strict=True)
    return {fragments.text(term): fragments.text(said) for term, said in terms}


# ---------------------------------------------------------------- the two lists


def test_a_waiver_names_its_figure_its_rule_and_what_it_was_compared_with(guide):
    (item,) = fragments.parse(tables.BLOCKS["waiver_list"](guide, "")).xpath("//li")

    assert parts(item) == {
        "Figure": "Lumen Ember 32, Large dense: 12.6 min, in Dense and sparse attention",
        "Rule that it breaks": (
            "A model that has a time on a card fits into its memory. "
            "(time-although-it-does-not-fit)"
        ),
        "Compared with": (
            "Need of Aria-Large-Speech: 41.25 GB; Memory of Lumen Ember 32: 29.80 GiB; "
            "Headroom of Aria-Large-Speech on Lumen Ember 32: −11.45 GiB"
        ),
        "Why it stays": "The page does not say what was moved off the card in this run.",
        "Evidence": "Aria performance page, line 45",
        "Looked at again on": "2027-01-01",
    }


def test_a_note_names_what_it_concerns_in_each_table(guide):
    (record,) = fragments.parse(tables.BLOCKS["note_list"](guide, "")).xpath("/main/ul/li")

    assert fragments.text(record.xpath("./a")[0]) == "Speech generation time"
    assert parts(record.xpath("./ul/li")[0]) == {
        "Note": "The page does not say which Large model it means.",
        "Concerns": (
            "Column Aria-Large-Speech; Need of Aria-Large-Speech, in Memory that the Aria models "
            "need"
        ),
        "Evidence": "Aria performance page, line 44",
    }


def test_few_footnotes_stand_open_and_many_can_be_opened(real):
    """Also without scripts, and the words are in the page either way."""
    few = fragments.parse(tables.BLOCKS["benchmark_table"](real, "", benchmark="predict2-agibot"))
    assert [element.tag for element in few.xpath("//ol[@class='footnotes']/..")] == ["figure"]

    many = fragments.parse(tables.BLOCKS["benchmark_table"](real, "", benchmark="predict2-480p"))
    (box,) = many.xpath("//details[@class='footnotes' and not(@open)]")
    items = box.xpath("./ol/li")
    waivers = [one for one in items if fragments.text(one).startswith("Accepted contradiction of")]
    notes = [one for one in items if fragments.text(one).startswith("Note: ")]
    assert len(waivers) + len(notes) == len(items) > footnotes.FEW
    assert fragments.text(box.xpath("./summary")[0]) == (
        f"{len(items)} footnotes on these figures; "
        f"accepted contradictions among them: {len(waivers)}"
    )


def test_the_lists_say_if_there_is_nothing_in_them(data):
    (data / "notes.yml").unlink()
    (data / "waivers.yml").unlink()
    guide = derive.guide(load(data))

    assert tables.BLOCKS["note_list"](guide, "") == "<p>There are no notes.</p>"
    assert tables.BLOCKS["waiver_list"](guide, "") == "<p>No contradiction is accepted.</p>"


def test_a_note_on_all_records_of_a_kind_leads_to_their_list(edit):
    old = (
        "[benchmarks/aria-speech/results/*/aria-large, requirements/aria-memory/results/aria-large]"
    )
    concerns = "[gpus/*/memory_gb/value, benchmarks/*/title]"
    guide = derive.guide(load(edit("notes.yml", old, concerns)))

    tree = fragments.parse(tables.BLOCKS["note_list"](guide, "../"))

    assert tree.xpath("/main/ul/li/a/@href") == ["../gpus/"]
    assert fragments.text(tree.xpath("//dd")[1]) == (
        "Nominal memory, of all GPUs; Title, of all benchmarks, in All benchmarks"
    )
    assert tree.xpath("//dd[2]/a/@href") == ["../files/index.html"]


def test_a_sentence_that_does_not_hold_can_be_waived_and_is_listed(data, edit):
    edit("recommendations.yml", "{lesser: need, greater: label}", "{lesser: label, greater: need}")
    edit("waivers.yml", "time-although-it-does-not-fit", "sentences-hold")
    edit("waivers.yml", "benchmarks/aria-sparse/results/ember-32/large-dense",
         "recommendations/enough-small/holds/0")  # fmt: skip
    guide = derive.guide(load(data))

    item = fragments.parse(tables.BLOCKS["waiver_list"](guide, "")).xpath("//li")[0]

    assert parts(item)["Figure"] == "enough-small: Holds, 0, in enough-small"
    assert parts(item)["Compared with"] == (
        "Recommended memory for size class Small: 24 GB; Need of Aria-Small-Speech: 20.50 GB"
    )


def test_a_waiver_whose_rule_finds_nothing_is_listed_without_a_comparison(edit):
    guide = derive.guide(load(edit("requirements/aria-memory.yml", "aria-large: 41.25",
                                   "aria-large: 21.25")))  # fmt: skip

    (item,) = fragments.parse(tables.BLOCKS["waiver_list"](guide, "")).xpath("//li")

    assert "Compared with" not in parts(item)


def test_only_what_a_waiver_names_is_accepted(edit):
    """Another card breaks the same rule, and no waiver speaks of it."""
    dataset = load(edit("benchmarks/aria-speech.yml", "aria-large: oom}", "aria-large: 9.5}"))

    rule = memory.time_although_it_does_not_fit
    assert len(list(rule(dataset))) == 2
    assert list(rules.accepted(dataset)) == ["large-on-ember-32"]


@pytest.mark.parametrize(
    ("ref", "words"),
    [
        ("benchmarks/aria-speech", "The whole table"),
        ("benchmarks/aria-speech/results/*", "Every figure"),
        ("benchmarks/aria-speech/results/ember-80", "Row Lumen Ember 80"),
        ("benchmarks/aria-speech/results/ember-80/*", "Row Lumen Ember 80"),
        ("benchmarks/aria-speech/results/*/aria-small", "Column Aria-Small-Speech"),
        ("benchmarks/aria-sparse/results/ember-80/large-sparse", "Lumen Ember 80, Large sparse"),
        ("benchmarks/aria-speech/workload/steps", "Workload, steps"),
        ("benchmarks/aria-sparse/claims/printed-speedup/factors/ember-80",
         "Printed speed-up of Large sparse on Lumen Ember 80"),
        ("benchmarks/aria-sparse/claims/up-to/factor", "Printed limit of the speed-ups (at most)"),
        ("benchmarks/aria-sparse/claims/up-to", "Claim up-to"),
        ("benchmarks/aria-speech-2025/claims/every-card/column",
         "Claim that every GPU has a value in Aria-Small-Speech"),
        ("requirements/aria-memory/results/*", "Every need"),
        ("requirements/aria-memory/results/aria-small", "Need of Aria-Small-Speech"),
        ("requirements/aria-memory/claims/floor-small/memory_gb",
         "Recommended memory for size class Small"),
        ("requirements/aria-memory/claims/range-large/low_gb",
         "Lower end of the printed range for size class Large"),
        ("requirements/aria-memory/claims/range-large/high_gb",
         "Upper end of the printed range for size class Large"),
        ("requirements/aria-memory/claims/oldest/gpus/0",
         "Quill 48 as an example of the oldest architecture"),
        ("gpus/ember-80", "Lumen Ember 80"),
        ("gpus/ember-80/memory_gb/value", "Lumen Ember 80: Nominal memory"),
        ("sources/aria-performance/read_on", "Aria performance page: Read on"),
        ("models/*/parameters", "Parameters, of all models"),
        ("derived/gpus/ember-80/capacity", "Memory of Lumen Ember 80"),
    ],
)  # fmt: skip
def test_a_reference_reads_as_words(guide, ref, words):
    tree = fragments.parse(place(Pen(guide, ""), ref))

    assert fragments.text(tree) == words
    assert bool(tree.xpath(".//a[@href]")) == (not ref.startswith("models/*"))


# ---------------------------------------------------------------- rules


def test_every_rule_is_told_in_the_words_of_its_code(guide):
    tree = fragments.parse(tables.BLOCKS["rule_list"](guide, ""))

    cells = [list(map(fragments.text, row)) for row in tree.xpath("//tbody/tr")]
    told = {name: said for name, *said in cells}
    everyone = (*rules.CONTRADICTIONS, *rules.RULES, *rules.RULES_OF_WHOLE_DATA)
    assert list(told) == [rules.name_of(rule) for rule in everyone]
    for rule in everyone:
        demand, _, reason = (inspect.getdoc(rule) or "").partition("\n\n")
        share = f"{order.MARGIN * 100:.0f} in a hundred"
        wanted = [" ".join(words.replace("MARGIN", share).split()) for words in (demand, reason)]
        assert told[rules.name_of(rule)] == wanted


def test_the_tolerance_of_a_rule_is_stated_from_the_code(guide, monkeypatch):
    assert "up to 3 in a hundred" in tables.BLOCKS["rule_list"](guide, "")

    monkeypatch.setattr(order, "MARGIN", order.MARGIN * 2)

    assert "up to 6 in a hundred" in tables.BLOCKS["rule_list"](guide, "")


# ---------------------------------------------------------------- the finished site


def test_each_doubt_stands_below_every_table_that_shows_its_cell(real_site, real):
    """Each cell that a note or waiver concerns has its footnote in the same table."""
    found = index(real)
    shown = set()
    for path in sorted(real_site.rglob("index.html")):
        tree = html.parse(str(path)).getroot()
        for figure in tree.xpath("//figure[contains(@class, 'data')]"):
            below = set(figure.xpath(".//ol[@class='footnotes']//@data-ref"))
            for ref in figure.xpath(".//tbody//data/@data-ref"):
                for node in found.at(ref):
                    for remark in node.remarks:
                        text = "text" if remark.startswith("notes/") else "reason"
                        place = f"{path.relative_to(real_site)}: {ref}"
                        if not remark.startswith("benchmarks/"):
                            assert f"{remark}/{text}" in below, place
                            shown.add(remark)
            for ref in below:
                shown.add(ref.rpartition("/")[0])
    dataset = real.dataset
    assert shown >= {f"waivers/{name}" for name in dataset.waivers}
    assert shown >= {f"notes/{name}" for name in dataset.notes}


# What is doubtful in the published data and no rule can see: figure or table, words of its notes.
DOUBTFUL = {
    "requirements/predict2-performance/results/predict2-2b-text2image": [
        "almost surely means GiB", "without the guardrail",
    ],
    "requirements/predict2-performance": ["for which resolution, length or flags"],
    "benchmarks/predict2-480p": ["the number of GPUs nor the driver", "nothing was offloaded"],
    "benchmarks/predict2-480p/results/h200-sxm/predict2-2b-text2image": ["starting it from"],
    "benchmarks/predict2-480p/results/h100-nvl/predict2-14b-video2world": ["probably too long"],
}  # fmt: skip


@pytest.mark.parametrize("ref", DOUBTFUL)
def test_what_no_rule_can_see_in_the_published_data_is_noted_where_it_stands(real, ref):
    noted = {
        one.partition("/")[2] for node in index(real).at(ref) for one in node.remarks
        if one.startswith("notes/")
    }  # fmt: skip
    texts = " ".join(real.dataset.notes[name].text for name in noted)
    assert [words for words in DOUBTFUL[ref] if words not in texts] == []


def test_the_page_of_contradictions_lists_every_waiver_and_note(real_site, real):
    tree = html.parse(str(real_site / "known-contradictions/index.html")).getroot()

    ids = set(tree.xpath("//@id"))
    assert {f"waiver--{name}" for name in real.dataset.waivers} <= ids
    assert {f"note--{name}" for name in real.dataset.notes} <= ids
    assert len(tree.xpath("//dt[. = 'Compared with']")) == len(real.dataset.waivers)
    for link in tree.xpath("//dt[. = 'Evidence']/following-sibling::dd[1]//a/@href"):
        assert link.startswith("https://")


def test_a_reader_finds_the_page_by_words(real_site):
    index_file = (real_site / "search/search_index.json").read_text(encoding="utf-8")
    pages = {entry["location"] for entry in json.loads(index_file)["docs"]
             if "contradiction" in unescape(entry["title"] + entry["text"]).lower()}  # fmt: skip
    assert any(re.match(r"known-contradictions/", page) for page in pages)
