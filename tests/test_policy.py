"""A page may run what the theme wrote into it, and nothing that came with its content."""

from __future__ import annotations

import base64
import hashlib
import re

import pytest

from macros.policy import keeps, sealed

PAGE = '<html><head><meta charset="utf-8">{}</head><body>{}</body></html>'


def hashes(html: str) -> list[str]:
    """Return the hashes of scripts that the policy of a page lets run."""
    found = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', html)
    assert found
    return re.findall(r"'sha256-([^']+)'", found[1])


def digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def test_each_script_of_the_theme_has_its_hash_once():
    html = PAGE.format("<script>a()</script>", "<script>b()\n</script><script>a()</script>")
    assert hashes(sealed(html)) == [digest("a()"), digest("b()\n")]


def test_the_policy_stands_before_all_that_it_rules():
    html = sealed(PAGE.format("<script>a()</script>", ""))
    assert html.index("Content-Security-Policy") < html.index("<script")
    assert html.index('charset="utf-8"') < html.index("Content-Security-Policy")


@pytest.mark.parametrize(
    "script",
    [
        '<script src="a.js"></script>',
        '<script type="application/json">{"a": 1}</script>',
        '<script type="application/ld+json">{"a": 1}</script>',
        '<script id="x" type="application/json">{}</script>',
    ],
)
def test_files_and_blocks_of_data_need_no_hash(script):
    assert hashes(sealed(PAGE.format(script, ""))) == []


@pytest.mark.parametrize(
    "body",
    ["<article><p><script>a()</script></p></article>", "<main>\n<script>a()</script></main>"],
)
def test_a_script_in_the_content_gets_no_hash(body):
    assert hashes(sealed(PAGE.format("", body))) == []


def test_a_script_of_the_theme_around_the_content_has_one():
    body = '<main class="x"><article></article><script>a()</script></main>'
    assert hashes(sealed(PAGE.format("", body))) == [digest("a()")]


def test_sealing_again_after_a_change_replaces_the_policy():
    html = sealed(PAGE.format("<script>a()</script>", ""))
    assert sealed(html) == html
    more = html.replace("</body>", "<script>b()</script></body>")
    assert not keeps(more.encode())
    assert hashes(sealed(more)) == [digest("a()"), digest("b()")]
    assert sealed(more).count("Content-Security-Policy") == 1


def test_a_browser_reads_each_end_of_line_as_one_newline():
    html = sealed(PAGE.format("<script>a()\r\nb()\rc()</script>", ""))
    assert hashes(html) == [digest("a()\nb()\nc()")]


def test_a_page_keeps_its_policy_or_does_not():
    html = sealed(PAGE.format("<script>a()</script>", "<article>ü</article>"))
    assert keeps(html.encode())
    assert not keeps(html.replace("a()", "b()").encode())
    assert not keeps(PAGE.format("", "").encode())
