"""Plain pages show where a figure stands or how it was computed, and run nothing."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from urllib.parse import urljoin

import pytest
from lxml import etree

from macros import dates
from macros.copies import Frame, copies, derivations
from macros.derive import Guide
from macros.derive import guide as derive
from macros.figures import Derived
from macros.footnotes import remarks
from macros.index import index
from macros.load import load

EDIT = {"data": "https://github.com/o/n/edit/main/data"}


@pytest.fixture(scope="module")
def frame(guide: Guide) -> Frame:
    return Frame(guide, "Aria <Guide>", "Not the maker's.", EDIT)


def with_document(guide: Guide, file: str, text: str) -> Guide:
    documents = dict(guide.dataset.documents)
    documents[file] = replace(documents[file], text=text, positions={})
    return replace(guide, dataset=replace(guide.dataset, documents=documents))


def test_every_line_of_a_data_file_has_an_anchor_and_its_text(guide, frame):
    page = copies({}, frame)["files/data/benchmarks/aria-speech.yml.html"]
    text = guide.dataset.documents["benchmarks/aria-speech.yml"].text
    tree = etree.HTML(page)
    assert tree is not None
    spans = (span for span in tree.iter("span") if span.get("id"))
    lines = {span.get("id"): "".join(span.itertext()) for span in spans}
    expected = {f"L{n}": f"{n} {line}" for n, line in enumerate(text.splitlines(), start=1)}
    assert lines == expected


def test_lines_are_counted_as_yaml_counts_them(guide, frame):
    odd = with_document(guide, "components.yml", "a: 1\r\nb: 2\x85c: 3\u2028\nd: 4\x0c")
    page = copies({}, frame._replace(guide=odd))["files/data/components.yml.html"]
    assert re.findall(r'<span id="(L\d+)"><a href="#L\d+">\d+</a> (.*?)</span>', page) == [
        ("L1", "a: 1"), ("L2", "b: 2"), ("L3", "c: 3"), ("L4", ""), ("L5", r"d: 4\x0c"),
    ]  # fmt: skip


def test_hostile_text_is_shown_and_does_nothing(frame):
    hostile = "a: <script>alert(1)</script> & {{ x }} \u202e]"
    page = copies({"x y/a.md": hostile}, frame)["files/docs/x y/a.md.html"]
    assert "<script" not in page
    assert r"a: &lt;script&gt;alert(1)&lt;/script&gt; &amp; {{ x }} \u202e]" in page


def test_a_copy_says_its_name_its_date_who_made_it_and_where_to_edit_it(frame):
    page = copies({"index.md": "# A"}, frame)["files/data/gpus/ember-80.yml.html"]
    assert "<title>data/gpus/ember-80.yml - Aria &lt;Guide&gt;</title>" in page
    assert '<a href="../../../index.html">Aria &lt;Guide&gt;</a>' in page
    assert '<time datetime="2026-03-01">2026-03-01</time>' in page
    assert '(<a href="https://github.com/o/n/edit/main/data/gpus/ember-80.yml">edit</a>)' in page
    assert "Not the maker's." in page


def test_a_folder_without_a_repository_has_no_edit_links(frame):
    page = copies({"index.md": "# A"}, frame)["files/docs/index.md.html"]
    assert "edit" not in page


def test_the_list_of_files_leads_to_every_copy(frame):
    pages = copies({"index.md": "# A", "a b.md": "# B"}, frame)
    links = re.findall(r'<li><a href="([^"]+)"', pages["files/index.html"])
    targets = {f"files/{link}".replace("%20", " ") for link in links}
    assert targets == set(pages) - {"files/index.html"}
    assert '<h2 id="data-gpus">data/gpus/</h2>' in pages["files/index.html"]


def test_a_derivation_shows_formula_operands_and_result(frame):
    page = derivations(frame)["derived/gpus/ember-80.html"]
    tree = etree.HTML(page)
    assert tree is not None
    (row,) = tree.xpath("//tr[td/@id='headroom--aria-memory--aria-large']")
    heads = row.xpath("ancestor::table/thead/tr/th")
    texts = ["".join(cell.itertext()).strip() for cell in row]
    assert list(zip((head.text for head in heads), texts, strict=True)) == [
        ("Figure", "Headroom of Aria-Large-Speech on Lumen Ember 80"),
        ("capacity", "79.10 GiB"),
        ("need", "41.25 GB[1]"),
        ("capacity − need, the need read as GiB", "37.85 GiB"),
        ("(capacity − need) ÷ capacity, the need read as GiB", "47.9%"),
    ]
    assert [urljoin("derived/gpus/ember-80.html", link) for link in row.xpath(".//@href")] == [
        "derived/gpus/ember-80.html#capacity",
        "files/data/requirements/aria-memory.yml.html#L9",
        "derived/gpus/ember-80.html#note-gpus--ember-80-1",
        "derived/gpus/ember-80.html#headroom--aria-memory--aria-large",
        "derived/gpus/ember-80.html#headroom-percent--aria-memory--aria-large",
    ]
    assert 'Made from <a href="../../files/data/gpus/ember-80.yml.html">' in page


@pytest.mark.parametrize(
    ("place", "noted"),
    [("gpus/ember-80", "The page does not say which Large"),
     ("benchmarks/aria-speech", "The page does not say which Large"),
     ("benchmarks/aria-sparse", "The page does not say what was moved off")],
)  # fmt: skip
def test_a_derivation_has_the_footnotes_of_its_operands(frame, place, noted):
    page = derivations(frame)[f"derived/{place}.html"]
    note = f"note-{place.replace('/', '--')}-1"
    assert f'<sup><a href="#{note}" aria-label="note 1">[1]</a></sup></td>' in page
    assert noted in page.partition(f'<li id="{note}">')[2].partition("</li>")[0]


def test_figures_by_one_formula_are_one_table_and_one_by_its_own_stands_alone(frame):
    page = derivations(frame)["derived/gpus/ember-80.html"]
    section = next(part for part in page.split("<section>") if 'id="headroom--' in part)
    assert page.count("capacity − need, the need read as GiB</th>") == 1
    assert section.count('<td id="headroom--') == page.count('id="headroom--') > 1
    alone = next(part for part in page.split("<section>") if 'id="capacity"' in part)
    assert re.sub("<[^>]+>", "", alone).split("\n")[1:4] == [
        "Memory of Lumen Ember 80", "reported total, in GiB =", "79.10 GiB",
    ]  # fmt: skip


def test_the_ends_of_a_range_stand_alone_with_what_they_equal(frame):
    page = derivations(frame)["derived/benchmarks/aria-speech.html"]
    ends = re.findall('<p id="(range--[^"]*)">', page)
    assert ends == re.findall('id="(range--[^"]*)"', page)
    assert len(ends) == 2 * len(re.findall("<section>\n<h2>The least value", page))


def test_every_derived_figure_has_its_place(guide, frame):
    pages = derivations(frame)
    for ref in guide.derived:
        _, kind, record, *rest = ref.split("/")
        assert f' id="{"--".join(rest)}">' in pages[f"derived/{kind}/{record}.html"]


# ---------------------------------------------------------------- dates


@pytest.mark.parametrize(
    ("refs", "day"),
    [
        (["benchmarks/aria-speech-2025/results/ember/aria-small"], "2026-02-27"),
        (["gpus/quill-48/memory_gb/value"], "2026-02-28"),
        (["gpus/quill-48/usable_memory/0/total_mib"], "2026-02-28"),
        (["gpus/quill-48/memory_gb/value", "benchmarks/aria-speech/title"], "2026-03-01"),
        (["derived/gpus/quill-48/capacity"], "2026-02-28"),
        (["derived/gpus/quill-48/headroom/aria-memory/aria-small"], "2026-03-01"),
        (["sources/aria-performance-2025/title"], "2026-02-27"),
        (["notes/large-unclear/text"], "2026-03-01"),
        (["recommendations/start-small/text"], "2026-03-01"),
        (["recommendations/plain-words/text"], "2026-03-01"),
        ([], "2026-03-01"),
    ],
)
def test_a_page_is_as_old_as_the_newest_source_behind_its_figures(guide, refs, day):
    assert dates.newest("".join(f'<b data-ref="{ref}"></b>' for ref in refs), guide) == day


def test_a_figure_derived_from_derived_figures_is_dated_by_their_sources(guide):
    old = "benchmarks/aria-speech-2025/results/ember/aria-small"
    one = Derived("derived/a/b/c", "", Decimal(1), "s", "", (("x", old),))
    two = Derived("derived/a/b/d", "", Decimal(1), "s", "", (("y", one.ref),))
    nested = replace(guide, derived={one.ref: one, two.ref: two})
    assert dates.newest(f'<b data-ref="{two.ref}"></b>', nested) == "2026-02-27"


def test_data_without_sources_have_no_date(guide):
    bare = replace(guide, dataset=replace(guide.dataset, sources={}))
    assert dates.newest("", bare) == ""
    assert "<time" not in Frame(bare, "A", "", {}).page("files/index.html", "Files", "")


def test_each_line_of_data_and_each_derivation_can_be_reported_where_an_address_is_known(guide):
    address = "https://github.com/owner/name"
    frame = Frame(guide, "A", "", {}, address)

    copy = copies({}, frame)["files/data/benchmarks/aria-speech.yml.html"]
    derived = derivations(frame)["derived/gpus/ember-80.html"]
    assert (
        f'href="{address}/issues/new?template=figure.yml&amp;figure=benchmarks%2Faria-speech'
        in copy
    )
    assert (
        "figure=derived%2Fgpus%2Fember-80%2Fcapacity&amp;page=derived%2Fgpus%2Fember-80" in derived
    )
    assert "issues/new" not in copies({}, Frame(guide, "A", "", {}))["files/index.html"]


# ---------------------------------------------------------------- who says it


def copy(guide: Guide, frame: Frame, file: str) -> str:
    return copies({}, frame._replace(guide=guide))[f"files/data/{file}.html"]


def said(page: str, anchor: str) -> str:
    """Return what stands below the line of a value, as text."""
    line = next(one for one in page.split("\n") if f' id="{anchor}"' in one)
    return re.sub("<[^>]+>", "", line.partition('<span class="who">')[2])


def test_each_value_has_an_address_that_names_its_path_and_no_line(guide, frame):
    page = copy(guide, frame, "benchmarks/aria-speech.yml")
    anchor = "results--ember-80--aria-small"
    assert f'<a id="{anchor}" href="#{anchor}">2.50</a>' in page
    page = copy(guide, frame, "gpus/quill-48.yml")
    assert '<a id="usable_memory--0--total_mib" href="#usable_memory--0--total_mib">' in page


def test_the_address_of_a_value_outlives_a_new_order_of_the_rows(edit, guide, frame):
    before = copy(guide, frame, "benchmarks/aria-speech.yml")
    data = edit("benchmarks/aria-speech.yml", "results:\n", "# moved\nresults:\n")
    after = copy(derive(load(data)), frame, "benchmarks/aria-speech.yml")
    ids = [set(re.findall(' id="([^L][^"]*)"', page)) for page in (before, after)]
    assert ids[0] == ids[1]
    assert before != after


def test_below_a_line_stands_its_line_of_the_source_and_the_day_it_was_read(guide, frame):
    page = copy(guide, frame, "benchmarks/aria-speech.yml")
    words = said(page, "results--ember-32--aria-small")
    assert words.startswith("Source: Aria performance page, line 41, read on 2026-")
    assert "#L41" in page


def test_a_note_on_some_figures_of_a_line_says_on_which(guide, frame):
    noted = {
        (table, gpu, column): [one.partition("/")[2] for one in cells]
        for table, record in guide.dataset.benchmarks.items()
        for gpu, row in record.results.items()
        for column in row
        if (cells := remarks(index(guide).at(f"benchmarks/{table}/results/{gpu}/{column}")))
    }
    assert noted
    for (table, gpu, column), names in noted.items():
        page = copy(guide, frame, f"benchmarks/{table}.yml")
        line = next(one for one in page.split("\n") if f' id="results--{gpu}--{column}"' in one)
        for part in re.findall('<span data-of="([^"]*)">(.*?)</span>(?=<span|</span>)', line):
            concerned = part[0].split()
            alone = len(guide.dataset.benchmarks[table].results[gpu]) == len(concerned)
            assert alone or '<span class="of">' in part[1]
        assert sum(f"results--{gpu}--{column}" in one for one in
                   re.findall('data-of="([^"]*)"', line)) == len(set(names))  # fmt: skip


def test_a_run_says_when_this_project_measured_it(guide, frame):
    page = copy(guide, frame, "runs/ember-32-aria-small.yml")
    line = next(key for key in re.findall(' id="(times_s[^"]*)"', page))
    assert "Measured by this project on 2026-" in said(page, line)
    assert said(page, "command") == ""


def test_the_report_of_a_wrong_figure_stands_with_what_is_said_of_it(guide):
    frame = Frame(guide, "A", "", {}, "https://github.com/owner/name")
    page = copy(guide, frame, "benchmarks/aria-speech.yml")
    assert said(page, "results--ember-32--aria-small").endswith("This figure looks wrong")


def test_a_value_of_low_confidence_and_its_own_note_are_told_beside_it(guide, frame):
    known = guide.dataset.gpus["quill-48"]
    assert known.tdp_w is not None
    assert known.tdp_w.confidence == "low"
    assert "Confidence: low" in said(copy(guide, frame, "gpus/quill-48.yml"), "tdp_w--value")
    noted = [
        (name, key, fact.note)
        for name, card in guide.dataset.gpus.items()
        for key, fact in card
        if getattr(fact, "note", None)
    ]
    for name, key, note in noted:
        assert f"Note: {note}" in said(copy(guide, frame, f"gpus/{name}.yml"), f"{key}--value")
