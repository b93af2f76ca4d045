"""A figure under a heading of something else is refused, however right it is by itself."""

from __future__ import annotations

import pytest

from macros.placed import Places

SPARSE = "benchmarks/aria-sparse"
SPEECH = "benchmarks/aria-speech"
NEED = "requirements/aria-memory"


@pytest.fixture(scope="module")
def places(guide):
    return Places(guide)


def named(*refs: str) -> str:
    return " ".join(f'<a data-ref="{ref}">name</a>' for ref in refs if ref)


def table(caption: str, column: str, row: str, *cells: str) -> bytes:
    """Return a table of one row, each heading by the reference that it names."""
    figures = "".join(f'<td><data data-ref="{ref}">8.5</data></td>\n' for ref in cells)
    return (
        f"<table><caption>{named(caption)}</caption>"
        f"<thead><tr><th>Of</th><th>{named(column)}</th></tr></thead><tbody>"
        f"<tr><th>{named(row)}</th>\n{figures}</tr></tbody></table>"
    ).encode()


def found(places: Places, html: bytes) -> list[str]:
    return [problem.found for problem in places.problems("page", html)]


# The table, the column, the row; a figure that belongs there; others of which each says
# something else, and what of.
CELLS = [
    ((f"{SPARSE}/title", "models/aria-large/name", "gpus/ember-80/name"),
     f"{SPARSE}/results/ember-80/large-dense",
     {
         f"{SPARSE}/results/ember-32/large-dense": "gpus/ember-80",
         f"{SPEECH}/results/ember-80/aria-large": "benchmarks/aria-sparse",
         f"{SPEECH}/results/ember-80/aria-small": "benchmarks/aria-sparse models/aria-large",
     }),
    ((f"{SPARSE}/title", "", "gpus/ember-80/name"),
     f"derived/{SPARSE}/speedup/ember-80/large-sparse",
     {
         f"derived/{SPARSE}/speedup/ember-32/large-sparse": "gpus/ember-80",
         f"derived/{SPARSE}/per-hour/ember-32/large-sparse": "gpus/ember-80",
         f"{SPARSE}/claims/printed-speedup/factors/ember-32": "gpus/ember-80",
     }),
    ((f"{SPARSE}/title", f"{SPARSE}/columns/large-sparse/label", "gpus/ember-80/name"),
     f"{SPARSE}/results/ember-80/large-sparse",
     {f"{SPARSE}/results/ember-80/large-dense": "columns/large-sparse"}),
    ((f"{SPEECH}/title", "", "models/aria-small/name"),
     f"derived/{SPEECH}/range/aria-small/min",
     {f"derived/{SPEECH}/range/aria-large/min": "models/aria-small"}),
    ((f"{NEED}/title", "", "models/aria-small/name"),
     f"{NEED}/results/aria-small",
     {
         f"{NEED}/results/aria-large": "models/aria-small",
         "derived/gpus/ember-80/headroom/aria-memory/aria-large": "models/aria-small",
         "derived/gpus/ember-80/headroom-percent/aria-memory/aria-large": "models/aria-small",
         "derived/gpus/ember-80/headroom/another/aria-small": "requirements/aria-memory",
     }),
    ((f"{NEED}/title", "models/aria-small/name", "gpus/ember-80/name"),
     "derived/gpus/ember-80/headroom/aria-memory/aria-small",
     {
         "derived/gpus/ember-32/capacity": "gpus/ember-80",
         "gpus/ember-32/memory_gb/value": "gpus/ember-80",
     }),
]  # fmt: skip


@pytest.mark.parametrize(("headings", "right", "wrong"), CELLS, ids=lambda part: str(part)[:60])
def test_a_figure_stands_under_the_names_of_what_it_is_about(places, headings, right, wrong):
    assert found(places, table(*headings, right)) == []
    for ref, of in wrong.items():
        expected = [f"{ref} under a heading of {one}" for one in of.split()]
        assert sorted(found(places, table(*headings, ref))) == sorted(expected)


def test_a_name_may_stand_in_any_cell(places):
    headings = (f"{SPARSE}/title", "", "gpus/ember-80/name")
    for name in ("gpus/ember-32/name", f"{SPEECH}/title", "models/aria-small/name"):
        assert found(places, table(*headings, name)) == []


@pytest.mark.parametrize(
    ("card", "of", "accepted"),
    [
        ("ember", "ember-80", True),
        ("ember-80", "ember", True),
        ("ember-80", "ember-32", False),
        ("quill-48", "ember", False),
    ],
)
def test_a_group_and_its_products_share_their_figures(places, card, of, accepted):
    html = table(f"{SPEECH}/title", "", f"gpus/{card}/name", f"{SPEECH}/results/{of}/aria-small")
    assert (found(places, html) == []) is accepted


def test_the_second_cell_of_a_row_belongs_to_the_second_column(places):
    one, other = (f"{SPEECH}/results/ember-80/aria-{size}" for size in ("small", "large"))
    titles = "".join(f"<th>{named(f'models/aria-{size}/name')}</th>" for size in ("small", "large"))
    for first, second, count in ((one, other, 0), (other, one, 2)):
        html = table(f"{SPEECH}/title", "", "gpus/ember-80/name", first, second)
        html = html.replace(b"<th></th>", titles.encode())
        assert len(found(places, html)) == count


def test_a_heading_over_several_columns_and_one_that_names_two_say_nothing(places):
    ref = f"{SPEECH}/results/ember-80/aria-large"
    html = table(f"{SPEECH}/title", "models/aria-small/name", "gpus/ember-80/name", ref)
    assert len(found(places, html)) == 1
    assert found(places, html.replace(b"<th>Of</th>", b'<th colspan="2">Of</th>')) == []
    row = named("gpus/ember-80/name").encode()
    both = row + named("gpus/ember-32/name").encode()
    other = table(f"{SPEECH}/title", "", "gpus/ember-80/name", f"{SPEECH}/results/quill-48/x")
    assert len(found(places, other)) == 1
    assert found(places, other.replace(row, both)) == []
