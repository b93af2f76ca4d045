"""Does every verdict stay on the safe side, and say what speaks against it?"""

from __future__ import annotations

import csv
import io

import pytest
from lxml import html

from macros import derive, export, formats, tables
from macros.load import load
from tests import fragments
from tests.test_tables import rows

NEW = "compute_capability: {value: '9.0', source: {id: aria-performance, lines: 3}}"
OLD = NEW.replace("9.0", "8.0")
FLOOR = (
    "  oldest: {kind: architecture_floor, architecture: Quill, gpus: [quill-48],"
    " source: {id: aria-performance, lines: 35}}\n"
)
OLDER = "! enough memory, but older than the source recommends"


@pytest.fixture
def old(edit):
    """The small data set in which one card is older than the source recommends."""
    return derive.guide(load(edit("gpus/ember-32.yml", NEW, OLD)))


def text(fragment):
    return fragments.text(fragments.parse(fragment))


def test_the_matrix_has_every_product_and_every_need_and_says_what_a_run_contradicts(guide):
    fragment = tables.BLOCKS["fit_matrix"](guide, "")

    assert rows(fragment) == [
        ["Lumen Ember 32", "29.80 GiBlabel", "✓ fits9.30 GiB", "✕ does not fit[2]−11.45 GiB"],
        ["Quill 48", "44.99 GiBdriver", "✓ fits24.49 GiB", "! tight3.74 GiB"],
        ["Lumen Ember 80", "79.10 GiBCUDA", "✓ fits58.60 GiB", "✓ fits37.85 GiB"],
        ["Quill Next", "— not stated", "? unknown", "? unknown"],
    ]  # fmt: skip
    tree = fragments.parse(fragment)
    assert tree.xpath("//td[data or .//data[. = '9.30 GiB']]//a/@href") == [
        "derived/gpus/ember-32.html#headroom--aria-memory--aria-small"
    ]
    assert fragments.text(tree.xpath("//thead")[0]).endswith("Aria-Large-Speechneeds 41.25 GB[1]")
    assert "The page does not say what was moved off the card in this run." in fragment


def test_without_any_need_the_matrix_says_so(data):
    (data / "requirements/aria-memory.yml").unlink()
    (data / "recommendations.yml").unlink()

    fragment = tables.BLOCKS["fit_matrix"](derive.guide(load(data)), "")

    assert text(fragment) == "? unknown: no source states how much memory is needed."


@pytest.fixture
def waived(edit):
    """Change the one waiver of the small data set: another rule, another figure."""

    def change(rule, record):
        edit("waivers.yml", "time-although-it-does-not-fit", rule)
        edit("waivers.yml", "benchmarks/aria-sparse/results/ember-32/large-dense",
             f"benchmarks/aria-speech/results/{record}")  # fmt: skip

    return change


def test_an_oom_on_a_card_that_fits_is_marked_where_its_waiver_is(edit, waived):
    waived("oom-although-it-fits", "ember-80/aria-small")
    data = edit("benchmarks/aria-speech.yml", "{aria-small: 2.50", "{aria-small: oom")
    guide = derive.guide(load(data))

    assert rows(tables.BLOCKS["gpu_verdicts"](guide, "", gpu="ember-80"))[0][5] == (
        "✕ out of memory[1]"
    )
    assert rows(tables.BLOCKS["fit_matrix"](guide, ""))[2][2] == "✓ fits[2]58.60 GiB"


def test_an_oom_on_a_card_that_just_fits_is_marked_too(edit, waived):
    waived("oom-although-it-fits", "quill-48/aria-large")
    data = edit("benchmarks/aria-speech.yml", "aria-large: oom_predicted", "aria-large: oom")

    matrix = tables.BLOCKS["fit_matrix"](derive.guide(load(data)), "")
    assert rows(matrix)[1][3] == "! tight[2]3.74 GiB"


def test_a_waiver_that_says_nothing_against_a_verdict_marks_none(data, waived):
    waived("larger-model-is-not-faster", "ember-80/aria-small")

    matrix = tables.BLOCKS["fit_matrix"](derive.guide(load(data)), "")
    assert rows(matrix)[2][2] == "✓ fits58.60 GiB"


def test_a_card_that_is_older_than_recommended_never_just_fits(old):
    of_card = tables.BLOCKS["gpu_verdicts"](old, "", gpu="ember-32")
    of_model = tables.BLOCKS["model_verdicts"](old, "", model="aria-small")
    matrix = tables.BLOCKS["fit_matrix"](old, "")

    assert [row[1] for row in rows(of_card)] == [OLDER, "✕ does not fit"]
    assert rows(of_model)[0][1] == OLDER
    assert rows(matrix)[0][2] == f"{OLDER}9.30 GiB"
    for fragment in (of_card, of_model, matrix):
        fragments.assert_owned(old, fragment)
        row = fragments.parse(fragment).xpath("//tr[contains(., 'Ember 32')]")
        assert not [cell for one in row for cell in one.xpath("./td[contains(@class, ' fits')]")]


def test_the_page_of_an_old_card_says_by_what_it_is_told(old):
    words = "It is older than the source recommends: compute capability 8.0; Quill begins with 8.9."
    assert words in text(tables.BLOCKS["gpu_verdicts"](old, "", gpu="ember-32"))


def test_a_group_of_old_and_new_cards_is_neither(old):
    fragment = tables.BLOCKS["gpu_verdicts"](old, "", gpu="ember")

    assert "Whether it is new enough is not known. The source recommends Quill or newer." in (
        text(fragment)
    )
    assert {row[1] for row in rows(fragment)} == {"? unknown"}


def test_a_group_of_old_cards_is_old_even_if_its_memory_is_unknown(edit):
    edit("gpus/ember-80.yml", NEW.replace("3}}", "4}}"), OLD.replace("3}}", "4}}"))
    guide = derive.guide(load(edit("gpus/ember-32.yml", NEW, OLD)))

    fragment = tables.BLOCKS["gpu_verdicts"](guide, "", gpu="ember")

    assert {row[1] for row in rows(fragment)} == {"! unknown, but older than the source recommends"}


def test_old_cards_that_differ_in_age_have_no_common_compute_capability(edit):
    edit(
        "gpus/ember-80.yml",
        NEW.replace("3}}", "4}}"),
        OLD.replace("8.0", "7.5").replace("3}}", "4}}"),
    )
    guide = derive.guide(load(edit("gpus/ember-32.yml", NEW, OLD)))

    fragment = tables.BLOCKS["gpu_verdicts"](guide, "", gpu="ember")

    assert "It is older than the source recommends; Quill begins with 8.9." in text(fragment)


def test_a_card_of_which_nobody_states_the_age_does_not_just_fit(edit):
    edit("gpus/ember-32.yml", f"{NEW}\n", "")
    named = "architecture: {value: Ember, source: {id: aria-performance, lines: 3}}\n"
    guide = derive.guide(load(edit("gpus/ember-32.yml", named, "")))

    fragment = tables.BLOCKS["gpu_verdicts"](guide, "", gpu="ember-32")

    assert rows(fragment)[0][1] == "? enough memory, but its architecture is not stated"


def test_a_floor_without_any_known_compute_capability_tells_no_age(edit):
    capability = "compute_capability: {value: '8.9', source: {id: quill-datasheet}}\n"
    guide = derive.guide(load(edit("gpus/quill-48.yml", capability, "")))

    ages = guide.verdicts.groupby("gpu")["architecture"].first().to_dict()

    assert ages["ember-80"] == "unknown"
    assert ages["quill-48"] == "supported", "it has that very architecture"


def test_nothing_is_said_of_the_architecture_where_no_source_sets_a_floor(edit):
    edit("gpus/ember-32.yml", NEW, OLD)
    guide = derive.guide(load(edit("requirements/aria-memory.yml", FLOOR, "")))

    assert rows(tables.BLOCKS["fit_matrix"](guide, ""))[0][2] == "✓ fits9.30 GiB"
    assert "recommends" not in tables.BLOCKS["gpu_verdicts"](guide, "", gpu="ember-32")


def test_the_download_of_verdicts_says_what_the_architecture_is(old):
    lines = csv.DictReader(io.StringIO(export.files(old)["downloads/verdicts.csv"], newline=""))

    ages = {(row["gpu"], row["model"]): row["architecture"] for row in lines}

    assert ages["ember-32", "aria-small"] == "older_than_recommended"
    assert ages["ember-80", "aria-small"] == "supported"
    assert ages["ember", "aria-small"] == "unknown"
    assert ages["ember-32", "aria-tiny"] == "", "no need is stated, and so no floor"


@pytest.mark.parametrize("memory", formats.VERDICTS)
@pytest.mark.parametrize("age", ["older_than_recommended", "unknown"])
def test_no_words_of_a_doubtful_card_begin_with_fits(memory, age):
    words, symbol = formats.verdict(memory, age)

    assert not words.startswith(("fits", "tight"))
    assert symbol != "✓"


def test_the_first_page_leads_in_two_clicks_to_what_a_card_lacks(real_site):
    """A card of which the label only just reaches the recommended memory."""
    first = html.parse(str(real_site / "index.html")).getroot()
    matrix = first.xpath("//figure[contains(@class, 'matrix')]")[0]
    assert matrix.xpath("preceding::h2")[-1].get("id") == "will-it-fit", "it comes first"
    (row,) = matrix.xpath(".//tr[th//a[. = 'NVIDIA GeForce RTX 5090']]")
    assert row.xpath("./th/a/@href") == ["gpus/rtx-5090/"]

    page = html.parse(str(real_site / "gpus/rtx-5090/index.html")).getroot()
    figure = page.xpath("//figure[not(ancestor::details)]")[0]
    assert "has 31.84 GiB" in fragments.text(figure.xpath(".//caption")[0])
    (video,) = figure.xpath(".//tr[th[contains(., '2B-Video2World')]]")
    verdict, need, headroom, *_ = video.xpath("./td")
    assert fragments.text(verdict) == "✕ does not fit"
    assert need.xpath(".//data/@value") == ["32.54"]
    address = "headroom--predict2-performance--predict2-2b-video2world"
    assert headroom.xpath("./a/@href") == [f"../../derived/gpus/rtx-5090.html#{address}"]


def test_no_two_tables_of_a_page_have_the_same_name(real_site):
    """Screen readers list the tables of a page by these names."""
    for path in sorted(real_site.rglob("index.html")):
        tree = html.parse(str(path)).getroot()
        ids = tree.xpath("//div[@role='region']/@aria-labelledby")
        names = [fragments.text(tree.get_element_by_id(one)) for one in ids]
        assert len(names) == len(set(names)), path
