"""The gate finds what is wrong with a finished site, and lets a whole site pass."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from macros import gate
from macros.gate import verify
from macros.policy import sealed


def page(body: str, head: str = "") -> str:
    return sealed(
        f"<!doctype html><html><head><title>T</title>{head}</head><body>{body}</body></html>"
    )


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A small whole site: two pages, a copy with anchors, a style sheet, a download."""
    (tmp_path / "gpus").mkdir()
    (tmp_path / "files").mkdir()
    style = '<link rel="stylesheet" href="{}guide.css">'
    links = (
        '<a href=".">home</a> <a href="#here">here</a> <a href="gpus/">GPUs</a>'
        ' <a href="gpus">GPUs</a> <a href="files/x.yml.html#L1">8.5</a> <a href="t.csv">CSV</a>'
        ' <a href="https://example.com/#x">out</a> <a href="mailto:a@example.com">mail</a>'
        ' <p id="here"><code>{{ x }}</code></p><img src="data:image/gif;base64,R0lGODlh" alt="">'
    )
    (tmp_path / "index.html").write_text(page(links, style.format("")))
    (tmp_path / "gpus/index.html").write_text(
        page(
            '<a href="../#here">home</a> <a href="../index.html?x=1">home</a>', style.format("../")
        )
    )
    (tmp_path / "files/x.yml.html").write_text(
        page('<pre><span id="L1"><a href="#L1">1</a> {% raw %} # {# note #}</span></pre>')
    )
    (tmp_path / "guide.css").write_text("a { background: url(dot.svg) } b { src: url('#x') }")
    (tmp_path / "dot.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    (tmp_path / "t.csv").write_text("a,b\n")
    return tmp_path


def findings(site: Path, body: str, head: str = "", root: str = "/") -> list[str]:
    """Return rule, found and expected of each problem that a page of the site then has."""
    (site / "gpus/new.html").write_text(page(body, head))
    problems = verify(site, root)
    assert {problem.file for problem in problems} <= {"gpus/new.html"}
    return [f"{problem.rule}: {problem.found}; {problem.expected}" for problem in problems]


def test_a_whole_site_passes(site):
    assert verify(site) == []


@pytest.mark.parametrize(
    ("body", "finding"),
    [
        ('<a href="../none/">x</a>', "link: ../none/; a page or file of the site"),
        ('<a href="../t.tsv">x</a>', "link: ../t.tsv; a page or file of the site"),
        ('<a href="../t.csv/">x</a>', "link: ../t.csv/; a page or file of the site"),
        ('<a href="../../index.html">x</a>', "link: ../../index.html; a page or file of the site"),
        ('<a href="#no">x</a>', "link: #no; an element with the id no in gpus/new.html"),
        (
            '<a href="../files/x.yml.html#L2">8.5</a>',
            "link: ../files/x.yml.html#L2; an element with the id L2 in files/x.yml.html",
        ),
        ('<img src="x.png" alt="">', "link: x.png; a page or file of the site"),
        ('<form action="../x/"></form>', "link: ../x/; a page or file of the site"),
        (
            '<p id="a"></p><p id="b"></p><p id="a"></p>',
            "id: the id a 2 times; each id once in a page",
        ),
        ("<p>{{ typo }}</p>", "braces: {{ typo }}; text without braces of a template"),
        ("<p>a %} b</p>", "braces: a %} b; text without braces of a template"),
        ('<p title="{# a #}"></p>', "braces: {# a #}; text without braces of a template"),
        (
            "<h1><em>Macro Rendering Error</em></h1>",
            "error-text: Macro Rendering Error; a page without an error message",
        ),
        (
            "<p>Traceback (most recent call last): x</p>",
            "error-text: Traceback (most recent call last): x; a page without an error message",
        ),
        (
            '<div class="slot" data-macro="chart" data-args=""></div>',
            "slot: a slot of chart that nothing filled; its fragment",
        ),
    ],
)
def test_a_fault_is_named_with_its_page_and_text(site, body, finding):
    assert findings(site, body) == [finding]


@pytest.mark.parametrize(
    "body",
    [
        '<script src="https://cdn.example/x.js"></script>',
        '<link rel="stylesheet" href="//cdn.example/x.css">',
        '<link rel="preconnect" href="https://cdn.example">',
        '<link rel="icon" href="https://cdn.example/x.png">',
        '<img src="HTTPS://cdn.example/x.png" alt="">',
        '<img srcset="../dot.svg 1x, https://cdn.example/x.png 2x" alt="">',
        '<iframe src="http://cdn.example/"></iframe>',
        '<video poster="https://cdn.example/x.png"></video>',
        '<object data="https://cdn.example/x.svg"></object>',
        '<svg><use href="https://cdn.example/x.svg#a"></use></svg>',
        '<svg><image xlink:href="https://cdn.example/x.png"></image></svg>',
        "<p style=\"background: url( 'https://cdn.example/x.png' )\"></p>",
        "<style>@import 'https://cdn.example/x.css';</style>",
        '<meta http-equiv="refresh" content="https://cdn.example">',
    ],
)
def test_nothing_may_be_loaded_from_another_host(site, body):
    (finding,) = findings(site, body)
    assert finding.lower().startswith("third-party: ")
    assert "cdn.example" in finding


@pytest.mark.parametrize("rel", ["canonical", "next", "license"])
def test_a_link_that_loads_nothing_may_lead_elsewhere(site, rel):
    assert findings(site, "", f'<link rel="{rel}" href="https://example.com/">') == []


def test_text_of_the_data_may_hold_anything(site):
    assert findings(site, '<p><span data-ref="notes/a/text">{{ x }} {% y %}</span></p>') == []


def framed(name: str, extra: str = "", title: str = "") -> str:
    """Return a page with a frame that is the same for every name."""
    anchor = name.lower()
    return page(
        f'<a href="#{anchor}" class="skip">Skip</a><header> {title or name} </header>{extra}'
        f'<article><h1 id="{anchor}">{name}<a href="#{anchor}">¶</a></h1></article>',
    )


@pytest.mark.parametrize("place", ["a", "m", "z"])  # before, between and behind the others
@pytest.mark.parametrize(
    ("extra", "finding"),
    [
        ('<a href="../none/">x</a>', "link: ../none/"),
        ('<a href="#card-a">x</a>', "link: #card-a"),
        ('<i id="card-x"></i>', "id: the id card-x 2 times"),
        ("<p>{{ typo }}</p>", "braces: {{ typo }}"),
        ("<script>1</script>", "policy: another content security policy"),
    ],
)
def test_a_fault_in_the_frame_of_one_page_is_found_among_pages_with_the_same_frame(
    site, place, extra, finding
):
    for other in "bcn":
        (site / f"gpus/{other}.html").write_text(framed(f"Card-{other}"))
    wrong = framed("Card-X").replace("</header>", f"</header>{extra}")
    (site / f"gpus/{place}.html").write_text(wrong)
    assert [f"{one.file} {one.rule}: {one.found}" for one in verify(site)] == [
        f"gpus/{place}.html {finding}"
    ]


def test_a_frame_that_pages_share_is_looked_at_once_for_each_depth(site, monkeypatch):
    looked, look = [], gate._frame

    def noted(name, *rest):
        looked.append(name)
        return look(name, *rest)

    monkeypatch.setattr(gate, "_frame", noted)
    for other in ("a", "b", "c", "deep/a", "deep/b"):
        path = site / f"gpus/{other}.html"
        path.parent.mkdir(exist_ok=True)
        path.write_text(framed(f"Card-{other[-1]}"))
    assert verify(site) == []
    assert {"gpus/a.html", "gpus/deep/a.html"} <= set(looked)
    assert not {"gpus/b.html", "gpus/c.html", "gpus/deep/b.html"} & set(looked)


def test_an_anchor_that_stands_in_the_same_frames_is_looked_for_in_each_page(site):
    (site / "gpus/a.html").write_text(framed("Card-A"))
    (site / "gpus/b.html").write_text(framed("Card-B").replace('<h1 id="card-b"', "<h1"))
    (site / "gpus/c.html").write_text(framed("Card-C"))
    assert {(one.file, one.found) for one in verify(site)} == {("gpus/b.html", "#card-b")}


@pytest.mark.parametrize(
    "begin",
    ["<!-- <article> -->", "<script>'<article>'</script>", "<p title='<article>'></p>"],
)
def test_a_page_that_is_cut_where_no_element_begins_is_refused(site, begin):
    """Else the frame would hide in a comment or a script what a reader sees behind the content."""
    behind = '<script src="https://cdn.example/x.js"></script>'
    found = findings(site, f"{begin}<p>x</p></article>{behind}")
    expected = "content that begins and ends outside comments, scripts and tags"
    assert f"content: a cut inside one of them; {expected}" in found


def test_a_page_whose_content_ends_in_a_comment_is_refused(site):
    (said,) = findings(site, "<article><p>x</p><!-- </article><p>y</p> -->")
    assert said.startswith("content: a cut inside one of them")


def test_a_name_that_only_a_comment_or_quoted_text_has_hides_nothing_in_the_frame(site):
    body = '<header>{{ x }}</header><article><pre><h1 id="x">{{ x }}</h1></pre></article>'
    assert findings(site, body) == [
        "braces: {{ x }}; text without braces of a template",
    ]


@pytest.mark.parametrize("title", [" ", "&#1;"])
def test_a_page_without_a_name_is_looked_at_as_it_is(site, title):
    assert findings(site, f'<b>x</b><article><h1 id="x">{title}</h1></article>') == []


def test_an_id_in_a_comment_is_no_anchor(site):
    inside = '<!-- <a id="lost" href="#lost">8.5</a> -->'
    (said,) = findings(site, f'<article><a href="#lost">x</a>{inside}</article>')
    assert said.startswith("link: #lost; ")


def test_an_empty_page_has_no_policy(site):
    (site / "gpus/new.html").write_text("")
    assert [(one.file, one.rule) for one in verify(site)] == [("gpus/new.html", "policy")]


def test_nothing_stands_behind_the_end_of_a_page(site):
    (site / "gpus/new.html").write_text(page("") + "\n<p>More</p>")
    (problem,) = verify(site)
    assert (problem.file, problem.rule, problem.found, problem.expected) == (
        "gpus/new.html", "end", "<p>More</p>", "nothing behind the end of a page",
    )  # fmt: skip


def test_a_style_sheet_may_load_nothing_from_another_host_either(site):
    (site / "guide.css").write_text('@import "https://cdn.example/x.css"; a { src: url(no.svg) }')
    assert [(p.file, p.rule, p.found) for p in verify(site)] == [
        ("guide.css", "third-party", "https://cdn.example/x.css"),
        ("guide.css", "link", "no.svg"),
    ]


def test_absolute_links_are_resolved_against_the_path_of_the_site(site):
    assert findings(site, '<a href="/guide/gpus/">x</a>', root="/guide/") == []
    assert findings(site, '<a href="/gpus/#x">x</a>') == [
        "link: /gpus/#x; an element with the id x in gpus/index.html"
    ]
    assert findings(site, '<a href="/gpus/">x</a>', root="/guide/") == [
        "link: /gpus/; a page or file of the site"
    ]


def test_an_anchor_may_be_written_in_another_way_than_its_id(site):
    assert findings(site, '<p id="a ü"></p><a href="#a%20%C3%BC">x</a>') == []


def test_a_script_may_hold_any_braces(site):
    assert findings(site, '<script>{"a": {"b": 1}}</script><p>text</p>') == []
    assert len(findings(site, '<script>{"a": {"b": 1}}</script><p>}}</p>')) == 1


def test_a_long_text_is_cut(site):
    (finding,) = findings(site, f"<p>{{{{ {'x' * 200} }}}}</p>")
    assert finding == f"braces: {{{{ {'x' * 94}...; text without braces of a template"


def test_a_page_without_its_policy_is_refused(site):
    (site / "gpus/new.html").write_text("<html><body>text</body></html>")
    assert [(one.file, one.rule) for one in verify(site)] == [("gpus/new.html", "policy")]


@pytest.mark.parametrize(
    "body",
    [
        "<article><script>a()</script></article>",
        "<article><script type=module>a()</script></article>",
        "<main><script>a()</script></main>",
    ],
)
def test_a_script_in_the_content_of_a_page_is_refused(site, body):
    assert findings(site, body) == ["policy: a(); no script inside the content of a page"]


def test_data_in_a_script_and_a_script_of_the_theme_pass(site):
    data = '<article><script type="application/json">{}</script></article><script>a()</script>'
    assert findings(site, data) == []


def test_a_value_that_leads_to_itself_is_an_anchor_like_any_other(site):
    value = '<pre class="lines"><a id="a--b" href="#a--b">8.5</a></pre>'
    assert findings(site, f'{value}<a href="#a--b">8.5</a>') == []
    assert findings(site, value * 2) == ["id: the id a--b 2 times; each id once in a page"]


# ---------------------------------------------------------------- files as they were made

# Each is right by the references that it has, or has none; so only the page as it was made tells.
EDITS = {
    "the words of a verdict": ("gpus/ember-32/index.html", "does not fit", "fits"),
    "a cell without an owner": ("gpus/ember-80/index.html", r"<td>(?=.)", "<td>9.99"),
    "two cells exchanged": ("index.html", r"(<td>.*?</td>)(\s+)(<td>.*?</td>)", r"\3\2\1"),
    "a removed footnote mark": ("index.html", r"<sup>.*?</sup>", ""),
    "the unit in a caption": ("index.html", "generation in s", "generation in ms"),
    "the line that a figure leads to": ("index.html", r"yml\.html#L(\d)", r"yml.html#L1\1"),
    "the key to sort by": ("will-it-run/index.html", 'data-sort="-', 'data-sort="'),
    "a formula": ("derived/gpus/ember-80.html", "capacity", "need"),
    "a line of data": ("files/data/benchmarks/aria-speech.yml.html", "unit: ", "unit: m"),
    "the date of a page": ("index.html", '<time datetime="20', '<time datetime="30'),
    "the description for search engines": ("index.html", '"@type": ?"Dataset"', '"@type":""'),
    "a download": ("downloads/results.csv", r"8\.5", "8.6"),
    "a document": ("api/v1/benchmarks/aria-speech.json", "8.5", "8.6"),
    "the page of a lost address": ("404.html", "<p>", "<p>Every card fits. "),
}


@pytest.mark.parametrize("what", EDITS)
def test_an_edit_of_what_was_made_from_the_data_is_refused(what, mini_site, mini_digests, tmp_path):
    name, old, new = EDITS[what]
    text, edits = re.subn(old, new, (mini_site / name).read_text(encoding="utf-8"), count=1)
    assert edits == 1
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_text(text, encoding="utf-8")
    found = verify(tmp_path, made={name: mini_digests[name]})
    (problem,) = [one for one in found if one.rule == "altered"]
    assert (problem.file, problem.rule, problem.found, problem.expected) == (
        name, "altered", "another content", "what was made from the data",
    )  # fmt: skip


def test_every_page_and_every_file_for_programs_has_its_digest(mini_site, mini_digests):
    found = {path.relative_to(mini_site).as_posix() for path in mini_site.rglob("*")}
    pages = {name for name in found if name.endswith((".html", ".txt", ".csv", "sitemap.xml"))}
    documents = {name for name in found if name.startswith(("api/", "downloads/")) and "." in name}
    assert len(pages) > 30
    assert len(documents) > 30
    assert (pages | documents) - mini_digests.keys() == set()
    assert [one for one in verify(mini_site, made=mini_digests) if one.rule == "altered"] == []
