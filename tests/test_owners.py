"""Every figure of a finished site has an owner in the data, and shows what the owner says."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from macros import cli, copies, gate
from macros.derive import Guide
from macros.derive import guide as derive
from macros.load import load
from macros.owners import Owners
from macros.policy import sealed
from macros.rules import checked

ROOT = Path(__file__).parents[1]
CELL = '<data value="8.5" data-ref="benchmarks/aria-speech/results/ember-80/aria-large">8.5</data>'
OOM = '<data value="oom" data-ref="benchmarks/aria-speech/results/ember-32/aria-large">'
ABOUT = '<data value="6" data-ref="benchmarks/aria-speech/results/quill-48/aria-small">~6</data>'
HEAD = '<meta name="description" content="A guide to the made-up Aria family.">'
# In the chart, which stands below the tables.
CHARTED = 'data-ref="benchmarks/aria-speech/results/ember-80/aria-large">'
MARK = 'data-at="benchmarks/aria-speech/results/ember-80/aria-large"'
MOVED, FOR = "mark-misplaced: a mark at", " for benchmarks/aria-speech/results/ember-80/aria-large"
END = "</article>"
Findings = Callable[[str, str], list[str]]


@pytest.fixture(scope="module")
def house(mini_site: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the finished site, in which the tests plant one fault at a time."""
    return shutil.copytree(mini_site, tmp_path_factory.mktemp("owners") / "site")


@pytest.fixture(scope="module")
def findings(house: Path, guide: Guide) -> Findings:
    """Return what the gate says of a page that has one of CASES; all are planted at once."""
    page = (house / "index.html").read_text(encoding="utf-8")
    for number, (old, new) in enumerate(CASES):
        assert old in page
        (house / f"case-{number}.html").write_text(page.replace(old, new, 1), encoding="utf-8")
    found: dict[str, list[str]] = {}
    for problem in gate.verify(house, "/", Owners(guide)):
        found.setdefault(problem.file, []).append(f"{problem.rule}: {problem.found}")
    for number in range(len(CASES)):
        (house / f"case-{number}.html").unlink()
    return lambda old, new: found.get(f"case-{CASES.index((old, new))}.html", [])


def test_the_finished_site_passes_as_it_is(house, guide):
    assert gate.verify(house, "/", Owners(guide)) == []


# ---------------------------------------------------------------- a figure without an owner

TYPED = {
    "<p>Every card has 32 GB.</p>": "32 GB in: Every card has 32 GB.",
    "<h3>From 24 GB</h3>": "24 GB in: From 24 GB",
    "<ul><li>about ~5 s each</li></ul>": "~5 s in: about ~5 s each",
    "<table><tr><td>1,036.24 s</td></tr></table>": "1,036.24 s in: 1,036.24 s",
    "<figure><figcaption>2.5 ×</figcaption></figure>": "2.5 × in: 2.5 ×",
    "<details><summary>100 %</summary></details>": "100 % in: 100 %",
    "<dl><dt>16fps</dt></dl>": "16fps in: 16fps",
    "<p><b>32</b> GB</p>": "32 GB in: 32 GB",
    "<p>3<em>2</em><span> </span><strong>GB</strong></p>": "32 GB in: 32 GB",
    "<p>32&#8239;GB</p>": "32\N{NARROW NO-BREAK SPACE}GB in: 32 GB",
    "<p>32&nbsp;GiB</p>": "32\N{NO-BREAK SPACE}GiB in: 32 GiB",
    "<p>32\n   GB</p>": "32    GB in: 32 GB",
    "<p>32&#8201;GB</p>": "32\N{THIN SPACE}GB in: 32 GB",
    "<p>a 32-GB card</p>": "32-GB in: a 32-GB card",
    "<p>32&#71;B</p>": "32GB in: 32GB",
    "<p>32&#8209;GB</p>": "32\N{NON-BREAKING HYPHEN}GB in: 32\N{NON-BREAKING HYPHEN}GB",
    "<p>8.5&#8288;s</p>": "8.5\N{WORD JOINER}s in: 8.5\N{WORD JOINER}s",
    "<p>8.5 seconds</p>": "8.5 seconds in: 8.5 seconds",
    "<p>1 hour</p>": "1 hour in: 1 hour",
    "<p>32 gigabytes</p>": "32 gigabytes in: 32 gigabytes",
    "<p>20 per cent</p>": "20 per cent in: 20 per cent",
    "<p>700 watts</p>": "700 watts in: 700 watts",
    "<p>½ GB</p>": "½ GB in: ½ GB",
    "<p>7½ GB</p>": "7½ GB in: 7½ GB",
    "<p>32&shy; GB</p>": "32\N{SOFT HYPHEN} GB in: 32\N{SOFT HYPHEN} GB",
    "<p>32G is enough</p>": "32G in: 32G is enough",
    "<p>2.5X faster</p>": "2.5X in: 2.5X faster",
    "<p>2.5x faster</p>": "2.5x in: 2.5x faster",
    "<p>2 times faster</p>": "2 times faster in: 2 times faster",
    "<p>a 2-fold gain</p>": "2-fold in: a 2-fold gain",
    '<img src="assets/favicon.svg" alt="a 32 GB card">': "32 GB in: a 32 GB card",
    '<img src="assets/favicon.svg" alt="" title="takes 5 s">': "5 s in: takes 5 s",
    '<nav aria-label="cards of 80 GB"></nav>': "80 GB in: cards of 80 GB",
    '<p aria-description="80 GB">text</p>': "80 GB in: 80 GB",
    '<input placeholder="80\nGB">': "80 GB in: 80 GB",
    '<input value="80 GB">': "80 GB in: 80 GB",
    '<select><option label="80 GB"></option></select>': "80 GB in: 80 GB",
    "<svg><text x='1'>12 min</text></svg>": "12 min in: 12 min",
    "<svg><text><tspan>12</tspan> <tspan>min</tspan></text></svg>": "12 min in: 12 min",
    "<svg><title>350 W</title></svg>": "350 W in: 350 W",
    "<noscript>350 W</noscript>": "350 W in: 350 W",
    '<data value="9">9 s</data>': "9 s in: 9 s",
    f"<p>{CELL} GB</p>": "(figure) GB in: (figure) GB",
    f"<p>{CELL}x</p>": "(figure)x in: (figure)x",
    '<p><a href="gpus/ember-80/" data-ref="gpus/ember-80/name">Lumen Ember 80</a> GB</p>': (
        "(figure) GB in: (figure) GB"
    ),
    "<p>The Lumen Ember 80 has 80 GB.</p>": "80 GB in: The Lumen Ember 80 has 80 GB.",
    f"<p>{'long ' * 30}32 GB</p>": f"32 GB in: {('long ' * 20)[:97]}...",
}


@pytest.mark.parametrize("html", TYPED)
def test_a_typed_figure_is_refused_with_its_text(findings, html):
    assert findings(END, html + END) == [f"figure-without-owner: {TYPED[html]}"]


IN_HEAD = [
    (HEAD, HEAD.replace("A guide", "A 24 GB guide"), "24 GB in: A 24 GB guide to the made-up"),
    (HEAD, HEAD + '<meta property="og:title" content="in 5 s">', "5 s in: in 5 s"),
    ("<title>", "<title>32 GB ", "32 GB in: 32 GB "),
]


@pytest.mark.parametrize(("old", "new", "found"), IN_HEAD)
def test_a_figure_in_the_head_of_a_page_is_refused(findings, old, new, found):
    (finding,) = findings(old, new)
    assert finding.startswith(f"figure-without-owner: {found}")


@pytest.mark.parametrize(
    "page", ["404.html", "gpus/ember-80/index.html", "files/index.html",
             "derived/gpus/ember-80.html"],
)  # fmt: skip
def test_a_figure_is_refused_on_every_kind_of_page(house, guide, page):
    before = (house / page).read_text(encoding="utf-8")
    assert "</h1>" in before
    (house / page).write_text(before.replace("</h1>", "</h1><p>32 GB and 7 %</p>"))
    found = [f"{one.file}: {one.found}" for one in gate.verify(house, "/", Owners(guide))]
    (house / page).write_text(before, encoding="utf-8")
    assert found == [f"{page}: {figure} in: 32 GB and 7 %" for figure in ("32 GB", "7 %")]


# ---------------------------------------------------------------- what may stand in a page


NO_FIGURES = [
    "<p>two pages, issue 135, version 1.2, 4 cards, 2026-11-22, 10:30</p>",
    "<p>8xEmber, 3 sizes, 5 sets, 10 weeks</p>",
    "<p><code>--memory 32 GB</code></p>",
    "<pre>takes 5 s</pre>",
    "<p><code>a <b>32 GB</b></code></p>",
    "<script type=\"application/json\">['32 GB']</script>",
    "<!-- 32 GB -->",
    f"<p>{CELL}</p>",
    f"<p>{CELL.replace('<data', '<data class=x')}, {CELL.replace('8.5<', '<b>8.5</b><')}</p>",
    "<p>Aria-Small needs <b data-ref='requirements/aria-memory/results/aria-small'>20.50</b></p>",
    f"<p>{CELL.replace('8.5</data>', '8.5 s</data>')}, seconds</p>",
    "<table><tr><td>32</td><td>GB</td></tr></table>",
    '<p id="32-GB" class="w-5-s">text</p>',
]


@pytest.mark.parametrize("html", NO_FIGURES)
def test_what_is_no_figure_of_the_page_passes(findings, html):
    assert findings(END, html + END) == []


@pytest.mark.parametrize(
    ("name", "accepted"),
    [("Ember 32GB", True), ("Ember 32 GB", True), ("Ember 33GB", False), ("AEmber 32GB", False)],
)
def test_a_name_may_hold_a_number_with_a_unit_if_it_is_declared(house, edit, name, accepted):
    data = edit("gpus/ember-32.yml", "[Ember32]", "[Ember32, Ember 32GB, Ember 32 GB]")
    page = house / "named.html"
    html = f'<html><body><p title="the {name}">the {name} card</p></body></html>'
    page.write_text(sealed(html))
    try:
        found = gate.verify(house, "/", Owners(derive(load(data))))
    finally:
        page.unlink()
    assert [problem.file for problem in found] == ([] if accepted else ["named.html"] * 2)


# ---------------------------------------------------------------- a figure that differs


CHANGED = [
    (CELL, CELL.replace("8.5</data>", "8.6</data>"), "figure-differs: 8.6 (value 8.5)"),
    (CELL, CELL.replace("8.5</data>", "8.50</data>"), "figure-differs: 8.50 (value 8.5)"),
    (CELL, CELL.replace("8.5</data>", "~8.5</data>"), "figure-differs: ~8.5 (value 8.5)"),
    (CELL, CELL.replace("8.5</data>", "8.5 min</data>"), "figure-differs: 8.5 min (value 8.5)"),
    (CELL, CELL.replace("8.5</data>", "</data>"), "figure-differs:  (value 8.5)"),
    (CELL, CELL.replace("8.5</data>", "8.<b>6</b></data>"), "figure-differs: 8.6 (value 8.5)"),
    (CELL, CELL.replace('value="8.5"', 'value="8.50"'), "figure-differs: 8.5 (value 8.50)"),
    (CELL, CELL.replace('value="8.5" ', ""), "figure-differs: 8.5"),
    (CELL, CELL.replace("8.5", "2.50"), "figure-differs: 2.50 (value 2.50)"),
    (
        CELL,
        CELL.replace("<data", "<DATA class='x'").replace("8.5</data>", "9</DATA>"),
        "figure-differs: 9 (value 8.5)",
    ),
    (
        CELL,
        CELL.replace("ember-80/", "ember-32/"),
        "figure-differs: 8.5 (value 8.5)",
    ),
    (
        CELL,
        CELL.replace("ember-80/", "ember-8/"),
        "figure-owner: 8.5 with the reference benchmarks/aria-speech/results/ember-8/aria-large",
    ),
    (
        CELL,
        CELL.replace("benchmarks/aria-speech/results", "benchmarks/aria-speech"),
        "figure-owner: 8.5 with the reference benchmarks/aria-speech/ember-80/aria-large",
    ),
    (
        CELL,
        '<data value="8.5" data-ref="">8.5</data>',
        "figure-owner: 8.5 with the reference ",
    ),
    (
        CELL,
        '<data value="8.5" data-ref="derived/gpus/ember-80/none">8.5</data>',
        "figure-owner: 8.5 with the reference derived/gpus/ember-80/none",
    ),
    (
        f'{OOM}<span aria-hidden="true">&#10005;</span> out of memory',
        f'{OOM}<span aria-hidden="true">&#10005;</span> not supported',
        "figure-differs: ✕ not supported (value oom)",
    ),
    (
        f'{OOM}<span aria-hidden="true">&#10005;</span> out of memory',
        f"{OOM}9.9",
        "figure-differs: 9.9 (value oom)",
    ),
    (
        'data-ref="gpus/ember-32/name">Lumen Ember 32',
        'data-ref="gpus/ember-32/name">Lumen Ember 80',
        "figure-differs: Lumen Ember 80",
    ),
    (
        'data-ref="notes/large-unclear/text">The page does not say',
        'data-ref="notes/large-unclear/text">The page says',
        "figure-differs: The page says which Large model it means.",
    ),
    (
        ">The page recommends <a",
        ">It recommends <a",
        "figure-differs: It recommends (figure) for the Small models; Aria-Small needs (figure).",
    ),
    (f"{CHARTED}8.5</text>", f"{CHARTED}8.6</text>", "figure-differs: 8.6"),
    (f"{CHARTED}8.5</text>", f"{CHARTED}<tspan>9</tspan></text>", "figure-differs: 9"),
    (
        f"{CHARTED[:-1].replace('ember-80', 'ember-32')}>&#10005; out of memory",
        f"{CHARTED[:-1].replace('ember-80', 'ember-32')}>— not measured",
        "figure-differs: — not measured",
    ),
    (
        'data-ref="models/aria-large/name">Aria-Large-Speech</title>',
        'data-ref="models/aria-large/name">Aria-Small-Speech</title>',
        "figure-differs: Aria-Small-Speech",
    ),
    (">8.5 s</data> (", ">8.6 s</data> (", "figure-differs: 8.6 s (value 8.5)"),
    (f'cx="292.8" cy="14" r="4" {MARK}', f'cx="292.9" cy="14" r="4" {MARK}', f"{MOVED} 292.9{FOR}"),
    (f'cx="292.8" cy="14" r="4" {MARK}', f'cy="14" r="4" {MARK}', f"{MOVED} None{FOR}"),
    (MARK, MARK.replace("ember-80", "ember-32"), f"{MOVED} 292.8{FOR.replace('80', '32')}"),
    (MARK, 'data-at="gpus/none"', f"{MOVED} 292.8 for gpus/none"),
    (f'cx="292.8" cy="14" r="4" {MARK}', 'data-at="gpus/none"', f"{MOVED} None for gpus/none"),
    (ABOUT, ABOUT.replace("~6<", "6<"), "figure-differs: 6 (value 6)"),
]
AXIS = ' data-scale="log 2 10 140 310"'


@pytest.mark.parametrize("axis", ["", ' data-scale="log 2 20 140 310"', ' data-scale="log"'])
def test_an_axis_that_was_changed_after_rendering_is_refused(house, guide, axis):
    path = house / "index.html"
    before = path.read_text(encoding="utf-8")
    path.write_text(before.replace(AXIS, axis), encoding="utf-8")
    found = {(problem.rule, problem.key) for problem in gate.verify(house, "/", Owners(guide))}
    path.write_text(before, encoding="utf-8")
    assert found == {("mark-misplaced", "index.html")}


@pytest.mark.parametrize(("old", "new", "found"), CHANGED)
def test_a_figure_that_was_changed_after_rendering_is_refused(findings, old, new, found):
    *misplaced, last = findings(old, new)  # another reference belongs to another row, too
    assert last == found
    assert all(one.startswith("figure-misplaced: ") for one in misplaced)


def test_two_figures_of_one_sentence_that_change_places_are_refused(house, guide):
    """Both are right, and each says what the other should."""
    path = house / "index.html"
    before = path.read_text(encoding="utf-8")
    words = r">The page recommends (<a .*?</a>) for the Small models.*?needs (<a .*?</a>)\.?"
    found = re.search(words, before)
    assert found
    label, need = found.groups()
    sentence = found[0]
    swapped = sentence.replace(label, "@").replace(need, label).replace("@", need)
    path.write_text(before.replace(sentence, swapped), encoding="utf-8")
    (problem,) = gate.verify(house, "/", Owners(guide))
    path.write_text(before, encoding="utf-8")
    floor = "requirements/aria-memory/claims/floor-small/memory_gb"
    small = "requirements/aria-memory/results/aria-small"
    assert (problem.file, problem.rule) == ("index.html", "figure-misplaced")
    assert problem.found == f"the figures {small}, {floor} in recommendations/enough-small/text"
    assert problem.expected == f"{floor}, {small}, in this order"


def test_each_figure_of_a_derivation_without_footnotes_is_known_by_its_line(guide):
    known = Owners(guide).lines
    for page in copies.derivations(copies.Frame(guide, "", "", {})).values():
        lines = page.replace('href="../../', 'href="\0').encode().split(b"\n")
        assert [line for line in lines if b"<data" in line and line not in known
                and b"<sup>" not in line] == []  # fmt: skip


@pytest.mark.parametrize("shown", ["79.10 GiB</data>", "37.85 GiB</data>", "47.9%</data>"])
def test_a_changed_operand_or_result_of_a_derivation_is_refused(house, guide, shown):
    path = house / "derived/gpus/ember-80.html"
    before = path.read_text(encoding="utf-8")
    assert shown in before
    path.write_text(before.replace(shown, "1" + shown), encoding="utf-8")
    found = gate.verify(house, "/", Owners(guide))
    path.write_text(before, encoding="utf-8")
    assert {(one.file, one.rule) for one in found} == {
        (str(path.relative_to(house)), "figure-differs")
    }
    assert len(found) == before.count(shown)


PLACED = {
    "two cells of one column": (
        "index.html",
        r'<td><a[^>]*><data[^>]*speech/results/(ember-\w+)/aria-small">.*?</td>',
    ),
    "two cells of one row": (
        "index.html",
        r'<td>(?:<a[^>]*>)?<data[^>]*speech/results/ember-80/(aria-\w+)">.*?</td>',
    ),
    "two rows of different cards": (
        "models/aria-small/index.html",
        r"<td[^>]*><a[^>]*><data[^>]*/(\w+-\d+)/headroom/.*?</td>",
    ),
    "two operands": (
        "derived/benchmarks/aria-speech.html",
        r"<td><a[^>]*><data[^>]*/results/([\w-]+)/aria-small.*?</td>",
    ),
}


@pytest.mark.parametrize("which", PLACED)
def test_right_figures_that_change_places_are_refused(house, guide, which):
    """Each is right by its own reference, and says what the other should."""
    page, cells = PLACED[which]
    path = house / page
    before = path.read_text(encoding="utf-8")
    first, *others = re.finditer(cells, before)
    second = next(one for one in others if one[1] != first[1])
    path.write_text(
        before[: first.start()] + second[0] + before[first.end() : second.start()] + first[0]
        + before[second.end() :], encoding="utf-8",
    )  # fmt: skip
    found = gate.verify(house, "/", Owners(guide))
    path.write_text(before, encoding="utf-8")
    assert [(one.file, one.rule) for one in found] == [(page, "figure-misplaced")] * 2
    assert first[1] in found[0].found + found[1].found
    assert found[0].expected == "each figure in its own row and column"


CASES = [
    *((END, html + END) for html in (*TYPED, *NO_FIGURES)),
    *((old, new) for old, new, _ in (*IN_HEAD, *CHANGED)),
]


def test_a_changed_figure_is_told_with_what_the_data_say(house, guide):
    path = house / "index.html"
    before = path.read_text(encoding="utf-8")
    path.write_text(before.replace(CELL, CELL.replace("8.5<", "9<"), 1), encoding="utf-8")
    (problem,) = gate.verify(house, "/", Owners(guide))
    path.write_text(before, encoding="utf-8")
    assert problem.expected == (
        "8.5 or 8.5 s, as the data say at benchmarks/aria-speech/results/ember-80/aria-large"
    )


def test_a_site_that_was_made_from_other_data_is_refused_on_every_page_with_a_figure(house):
    problems = gate.verify(house, "/", Owners(derive(load(ROOT / "data"))))
    shown = {page for page in house.rglob("*.html") if "data-ref" in page.read_text()}
    found = {problem.file for problem in problems if problem.rule.startswith("figure-")}
    assert {page.relative_to(house).as_posix() for page in shown} <= found


# ---------------------------------------------------------------- the guide itself


def test_faults_in_the_site_of_the_guide_are_found_and_its_names_are_not(real_site, tmp_path):
    """Two faults and some names with a unit in them, each on a page of the real site."""
    site = shutil.copytree(real_site, tmp_path / "site")
    owners = Owners(derive(checked(ROOT / "data")))
    names = "the A100 80GB PCIe, the RTX PRO 6000 and Cosmos-Predict2-2B-Text2Image"
    for page, old, new in (
        ("index.html", "</article>", f"<p>{names}</p></article>"),
        ("index.html", "</article>", '<img src="assets/favicon.svg" alt="32.54 GB"></article>'),
        ("gpus/h200-sxm/index.html", ">9.02</data>", ">9.2</data>"),
    ):
        text = (site / page).read_text(encoding="utf-8")
        assert old in text
        (site / page).write_text(text.replace(old, new, 1), encoding="utf-8")
    found = [f"{one.file}: {one.found}" for one in gate.verify(site, "/", owners)]
    assert found == [
        "gpus/h200-sxm/index.html: 9.2 (value 9.02)",
        "index.html: 32.54 GB in: 32.54 GB",
    ]


def test_a_figure_typed_in_a_page_stops_the_build_and_the_earlier_site_stays(
    mini_site, mini, tmp_path, capsys
):
    docs = shutil.copytree(ROOT / "tests/docs", tmp_path / "docs")
    with (docs / "index.md").open("a", encoding="utf-8") as page:
        page.write("\n\nEvery card has at least **32** GB.\n")
    site = shutil.copytree(mini_site, tmp_path / "site")
    before = {path: path.read_bytes() for path in site.rglob("*") if path.is_file()}

    given = ["--data", mini, "--docs", docs, "--site", site, "--config", ROOT / "mkdocs.yml"]
    assert cli.main(["build", *map(str, given)]) == 1
    assert capsys.readouterr().out == (
        "index.html: index.html [figure-without-owner]\n"
        "  found:    32 GB in: Every card has at least 32 GB.\n"
        "  expected: a figure that a macro takes from the data\n"
        "  hint:     move the number to data/ and call a macro for it\n"
        "\n"
        "1 problem found.\n"
    )
    assert {path: path.read_bytes() for path in site.rglob("*") if path.is_file()} == before
    assert sorted(path.name for path in tmp_path.iterdir()) == [".site.lock", "docs", "site"]


# ---------------------------------------------------------------- lines that were seen before

_FIGURE = '<data value="8.5" data-ref="benchmarks/aria-speech/results/ember-80/aria-large">8.5'
_FIGURE += "</data>"


def twice(owners: Owners, line: str) -> list[bool]:
    """Return whether two pages in turn have to be looked at for this line."""
    pages = (f"<p>{number}</p>\n{line}\n<p></p>".encode() for number in (1, 2))
    cleared = [owners.without_right_figures("gpus/a.html", page) for page in pages]
    return [len(one.html.split(b"\n")) == 3 for one in cleared]


@pytest.mark.parametrize(
    "line",
    [
        f"<span>A time: {_FIGURE}.</span>",
        f'<a class="source" href="https://example.com/x">{_FIGURE}</a> and more',
        f'<a href="../files/data/benchmarks/aria-speech.yml.html">The file</a>: {_FIGURE}.',
    ],
)
def test_a_line_of_right_figures_is_looked_at_once(guide, line):
    assert twice(Owners(guide), line) == [True, False]


@pytest.mark.parametrize(
    "line",
    [
        f'<span id="x">A time: {_FIGURE}.</span>',  # each id once in a page
        f'<a href="#x">A time</a>: {_FIGURE}.',  # leads elsewhere from another page
        f'<a href="other.html">A time</a>: {_FIGURE}.',
        f"<span>A time: {_FIGURE}.",  # ends on another line
        f"<span>A time: {_FIGURE}, of 32 GB.</span>",
        f"GB, and a time: {_FIGURE}.",  # the number may stand on the line before
        f"A time: {_FIGURE} and 32",  # the unit may stand on the line behind
        f"A time: {_FIGURE}",
        f'<img src="x.png" alt="">{_FIGURE}.',
        f"<p>{_FIGURE} {{{{ typo }}}}</p>",
        f"<span>Macro Rendering Error: {_FIGURE}.</span>",
        _FIGURE.replace("8.5", "8.6") + ".",
    ],
)
def test_a_line_with_anything_else_is_looked_at_on_every_page(guide, line):
    assert twice(Owners(guide), line) == [True, True]


def test_a_known_line_still_says_where_it_leads(guide):
    owners = Owners(guide)
    line = f'<a href="../files/data/benchmarks/aria-speech.yml.html">The file</a>: {_FIGURE}.\n'
    first = owners.without_right_figures("gpus/a.html", line.encode())
    again = owners.without_right_figures("gpus/b.html", line.encode())
    assert b"href" in first.html
    assert again.html == b""
    assert again.from_root == {"files/data/benchmarks/aria-speech.yml.html"}


@pytest.mark.parametrize(
    "inside",
    [
        f'<span aria-hidden="true">&#51;&#50; GB</span>{_FIGURE}',
        f'<span aria-hidden="true">&#00051; GB</span>{_FIGURE}',
        f'<span aria-hidden="true">&#123;&#123;</span>{_FIGURE}',
        f'<span aria-hidden="true">&#8531;</span> hours, {_FIGURE}',
        f"{_FIGURE} hours",
        f"{_FIGURE}s",
    ],
)
def test_a_cell_that_may_spell_a_figure_is_looked_at(guide, inside):
    cell = f"<td>{inside}</td>"
    left = Owners(guide).without_right_figures("index.html", cell.encode()).html
    assert left.startswith(b"<td>")


def test_a_cell_of_symbols_words_and_right_figures_is_not_looked_at(guide):
    cell = f'<td><span aria-hidden="true">&#10005;</span> does not fit, {_FIGURE}</td>'
    assert Owners(guide).without_right_figures("index.html", cell.encode()).html == b""


# ---------------------------------------------------------------- frames that were seen before


def _named(name: str, frame: str) -> str:
    """Return a page with a frame that has its name."""
    title = f'<article><h1 id="x">{name}</h1></article>'
    return sealed(f"<html><head></head><body><p>{frame}</p>{title}</body></html>")


@pytest.mark.parametrize(
    ("name", "frame", "found"),
    [
        ("32", "<b>{}</b> GB", "32 GB"),
        ("GB", "32 <b>{}</b>", "32 GB"),
    ],
)
def test_a_name_that_makes_a_figure_with_the_frame_is_found_on_each_page(
    tmp_path, guide, name, frame, found
):
    for page, words in {"a": "Name", "b": name, "c": "Other"}.items():
        (tmp_path / f"{page}.html").write_text(_named(words, frame.format(words)))
    said = {one.found for one in gate.verify(tmp_path, "/", Owners(guide)) if one.file == "b.html"}
    assert said
    assert all(one.startswith(f"{found} in: ") for one in said)


def test_a_name_in_a_comment_hides_no_figure_of_the_frame(tmp_path, guide):
    page = _named("Name", "<b>32 GB</b>").replace("<article>", '<article><!--<h1 id="y">32 GB<-->')
    (tmp_path / "a.html").write_text(page)
    (problem,) = gate.verify(tmp_path, "/", Owners(guide))
    assert (problem.rule, problem.found) == ("figure-without-owner", "32 GB in: 32 GB")
