"""A figure in a sentence is owned, linked, and left alone by Markdown."""

from __future__ import annotations

import markdown  # type: ignore[import-untyped]
import pytest

from macros import derive, prose
from macros.load import load
from tests import fragments

EXTENSIONS = [
    "admonition", "attr_list", "md_in_html", "pymdownx.superfences", "pymdownx.tabbed", "tables",
    "smarty",
]  # fmt: skip
HOSTILE = (
    """<script>alert(1)</script> <img src=x onerror=alert(1)> "q" 'a' & &lt; | **b** _i_ ~~s~~ """
    """[l](javascript:alert(1)) ![i](x) `code` :smile: --- <http://x.y> # 1. ^s^ $x$ *[a]: b"""
)


def shown(markdown_text):
    """Return the text of Markdown as a reader sees it."""
    return fragments.text(fragments.parse(markdown.markdown(markdown_text, extensions=EXTENSIONS)))


@pytest.mark.parametrize("name", prose.SENTENCES)
def test_every_sentence_macro_writes_what_its_golden_file_holds(guide, name):
    made = {c: html for c, html in fragments.sentences(guide).items() if c.split()[0] == name}

    fragments.golden(name, "\n".join(f"<!-- {call} -->\n{html}\n" for call, html in made.items()))


def test_every_figure_in_every_sentence_is_owned(guide):
    for fragment in fragments.sentences(guide).values():
        fragments.assert_owned(guide, fragment)


def test_every_sentence_is_one_line_that_markdown_leaves_alone(guide):
    for html in fragments.sentences(guide).values():
        plain = fragments.text(fragments.parse(html))

        assert "\n" not in html
        assert not set("{}[]*_`|~") & set(fragments.text(fragments.parse(html)).replace("~", ""))
        for wrapped in (f"A {html} b.", f"- A {html} b.", f"!!! note\n\n    A {html} b.",
                        f'=== "A"\n\n    A {html} b.'):  # fmt: skip
            assert f"A {plain} b." in shown(wrapped)


def test_a_sentence_takes_its_numbers_from_the_data(guide):
    text = fragments.text(fragments.parse(prose.recommendations(guide, "", "memory")))

    assert text == (
        "A card with at least 20.50 GB runs the Small models; Aria-Small needs 20.50 GB. "
        "Aria performance page, line 33"
        "The page recommends 24 GB for the Small models; Aria-Small needs 20.50 GB. "
        "Aria performance page, line 33"
    )


def test_a_computed_number_links_to_its_derivation_and_a_stored_one_to_its_line(guide):
    tree = fragments.parse(prose.sentence(guide, "../", "small-floor"))

    hrefs = tree.xpath("//a[data]/@href")
    assert hrefs[0] == "../derived/recommendations/small-floor.html#floor"
    assert hrefs[1].startswith("../files/data/requirements/aria-memory.yml.html#L")


def test_a_section_lists_its_sentences_in_the_order_of_the_file(guide):
    items = fragments.parse(prose.recommendations(guide, "", "choose")).xpath("//ul/li")

    assert [fragments.text(item)[:13] for item in items] == [
        "Speech takes ", "Start with th", "Large models ",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("ref", "text"),
    [
        ("benchmarks/aria-speech/results/quill-48/aria-small", "~6 s"),
        ("benchmarks/aria-speech/results/ember-32/aria-large", "✕ out of memory"),
        ("benchmarks/aria-sparse/results/ember-32/large-sparse", "— not measured"),
        ("derived/gpus/ember-32/headroom-percent/aria-memory/aria-large", "−38.4%"),
        ("models/aria-small/released_on/value", "2025-06-11"),
    ],
)
def test_a_figure_stands_in_a_sentence_with_its_unit(guide, ref, text):
    assert shown(f"It is {prose.figure(guide, '', ref)}.") == f"It is {text}."


def test_a_name_links_to_its_page(guide):
    (link,) = fragments.parse(prose.gpu(guide, "../", "ember")).xpath("//a")
    assert (link.get("href"), link.text) == ("../gpus/ember/", "Lumen Ember")

    (link,) = fragments.parse(prose.model(guide, "", "aria-tiny")).xpath("//a")
    assert (link.get("href"), link.text) == ("models/aria-tiny/", "Aria-Tiny-Speech")


def test_the_date_is_that_of_the_newest_source(guide):
    assert shown(prose.data_date(guide, "")) == "2026-03-01"


def test_a_workload_reads_as_words_that_a_sentence_can_hold(guide):
    assert shown(f"Settings: {prose.workload_words(guide, '', 'aria-tuning')}.") == (
        "Settings: data set Chorus, method full tuning, context parallel 2, global batch 4; "
        "differs by column: GPU count; not stated: task, resolution, frames, frame rate, "
        "attention, precision, offload, clock."
    )


def test_hostile_text_in_a_sentence_stays_text(edit):
    data = edit("recommendations.yml", "text: Large models sound better.",
                f"text: >-\n    {HOSTILE}")  # fmt: skip
    title = "Aria performance page\n  repository"
    edit("sources.yml", f"title: {title}", f"title: >-\n    {HOSTILE}\n  repository")
    guide = derive.guide(load(data))

    for html in (
        prose.recommendations(guide, "", "choose"),
        prose.sentence(guide, "", "start-small"),
    ):
        for wrapped in (html, f"- A {html}", f"!!! note\n\n    A {html}", f'=== "A"\n\n    {html}'):
            tree = fragments.parse(markdown.markdown(wrapped, extensions=EXTENSIONS))
            assert HOSTILE in fragments.text(tree)
            assert not tree.xpath("//script | //img | //em | //strong | //code | //del | //abbr")
            assert not [href for href in tree.xpath("//@href") if "javascript" in href]


def test_an_edit_changes_every_sentence_that_rests_on_it_and_no_other(guide, edit):
    before = fragments.sentences(guide)
    data = edit("benchmarks/aria-speech.yml", "aria-small: 2.50", "aria-small: 2.51")

    after = fragments.sentences(derive.guide(load(data)))

    assert {call for call in before if before[call] != after[call]} == {
        "recommendations choose",
        "sentence small-times",
        "figure benchmarks/aria-speech/results/ember-80/aria-small",
        "figure derived/benchmarks/aria-speech/range/aria-small/min",
        "figure derived/recommendations/small-times/fastest",
    }
