"""Do the hand-written pages keep their promises: valid examples, known macros, no typed figure?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import jinja2
import pytest
from jinja2 import nodes
from mkdocs.utils.yaml import yaml_load

from macros import (
    figures,
    fits,
    formats,
    generated,
    prose,
    replicas,
    rules,
    schema,
    tables,
)
from macros.derive import guide
from macros.errors import DataError, report
from macros.load import Dataset
from tests import fragments

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
CONTRIBUTING = (DOCS / "contributing.md").read_text(encoding="utf-8")
INDEX = (DOCS / "index.md").read_text(encoding="utf-8")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CONFIG = yaml_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
LINK = re.compile(r"\]\(([^)\s]+)\)")


def fences(language: str) -> list[str]:
    """Return the code blocks of the Contributing page in one language."""
    return [body for name, body in FENCE.findall(CONTRIBUTING) if name == language]


def calls(text: str) -> Iterator[tuple[str, list[object]]]:
    """Yield each macro call of a page with its constant arguments."""
    for call in jinja2.Environment(autoescape=True).parse(text).find_all(nodes.Call):
        assert isinstance(call.node, nodes.Name), "a page only calls macros, by their names"
        yield call.node.name, [argument.as_const() for argument in call.args]


def entries(nav: Any) -> Iterator[str]:
    """Yield the pages that a navigation names, at any depth."""
    if isinstance(nav, str):
        yield nav
    else:
        for child in nav.values() if isinstance(nav, dict) else nav:
            yield from entries(child)


def without_code(text: str) -> str:
    """Return a page without code, macro calls and link targets."""
    text = re.sub(FENCE, "", text)
    return re.sub(r"`[^`\n]*`|\{\{.*?\}\}|(?<=\])\([^)\s]*\)", "", text)


@pytest.fixture
def examples(tmp_path: Path) -> Path:
    """The examples of the Contributing page, written as the data set that they form."""
    for fence in fences("yaml"):
        name, text = fence.split("\n", 1)
        assert name.startswith("# data/"), f"an example without the name of its file: {name}"
        path = tmp_path / name.removeprefix("# ")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path / "data"


@pytest.fixture(scope="module")
def real() -> Dataset:
    """The data of the guide itself."""
    return rules.checked(ROOT / "data")


def page_id(page: Path) -> str:
    return page.relative_to(DOCS).as_posix()


every_page = pytest.mark.parametrize("page", PAGES, ids=page_id)


# ---------------------------------------------------------------- Contributing


def test_the_examples_together_form_a_valid_data_set(examples):
    assert rules.checked(examples).benchmarks


def test_every_kind_of_record_has_an_example(examples):
    assert {path.relative_to(examples).parts[0].removesuffix(".yml") for path in
            examples.rglob("*.yml")} == set(schema.KINDS)  # fmt: skip


def test_the_error_on_the_page_is_the_real_one(examples, monkeypatch):
    monkeypatch.chdir(examples.parent)
    path = examples / "gpus/example-gpu.yml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("memory_gb:", "memory_bg:", 1), encoding="utf-8")
    with pytest.raises(DataError) as caught:
        rules.checked(Path("data"))
    assert report(caught.value.problems) + "\n" in fences("text")


# ---------------------------------------------------------------- every page


@every_page
def test_a_page_says_in_its_front_matter_what_it_is(page):
    meta = yaml_load(page.read_text(encoding="utf-8").split("---\n")[1])
    assert meta["render_macros"] is True
    assert 40 <= len(meta["description"]) <= 160


@every_page
def test_a_page_types_no_figure_with_a_unit(page):
    units = "|".join(re.escape(unit) for unit in sorted(formats.UNITS, key=len, reverse=True))
    figure = re.compile(rf"\d\s?(?:{units})(?![A-Za-z0-9])")
    assert figure.findall(without_code(page.read_text(encoding="utf-8"))) == []


@every_page
def test_a_page_calls_only_known_macros(page):
    called = {name for name, _ in calls(page.read_text(encoding="utf-8"))}
    assert called <= set(tables.BLOCKS) | set(prose.SENTENCES)


@every_page
def test_a_block_macro_stands_alone_on_its_line(page):
    for line in re.sub(FENCE, "", page.read_text(encoding="utf-8")).splitlines():
        if any(f"{{{{ {name}(" in line for name in tables.BLOCKS):
            assert re.fullmatch(r" *\{\{ \w+\([^{}]*\) \}\}", line)


@every_page
def test_a_page_is_in_the_navigation(page):
    assert page_id(page) in set(entries(CONFIG["nav"]))


def test_the_navigation_has_no_page_that_is_neither_written_nor_made():
    made = {f"{section}/index.md" for section in generated.SECTIONS}
    assert set(entries(CONFIG["nav"])) <= {page_id(page) for page in PAGES} | made


def test_every_macro_is_used_by_a_page(real):
    written = [page.read_text(encoding="utf-8") for page in PAGES]
    made = "".join(fragments.pages(guide(real)).values())
    called = {name for text in written for name, _ in calls(text)}
    called |= set(re.findall(r'data-macro="(\w+)"', made))
    assert called == set(tables.BLOCKS) | set(prose.SENTENCES)


def test_every_macro_is_explained_to_contributors():
    rows = re.findall(r"^\| (`\w+\(.*?) \|", CONTRIBUTING, re.MULTILINE)
    explained = re.findall(r"`(\w+)\(", "\n".join(rows))
    assert sorted(explained) == sorted({*tables.BLOCKS, *prose.SENTENCES})


def test_the_links_of_the_readme_lead_somewhere():
    links = LINK.findall((ROOT / "README.md").read_text(encoding="utf-8"))
    here = [link.partition("#")[0] for link in links if not link.startswith("https://")]
    assert here
    assert [link for link in here if not (ROOT / link).exists()] == []


# ---------------------------------------------------------------- the words of the Method page


def test_the_method_page_explains_every_state_verdict_and_result_in_its_own_words():
    text = (DOCS / "method.md").read_text(encoding="utf-8")
    for words, symbol in (
        *formats.STATES.values(), *formats.VERDICTS.values(), *formats.REPLICAS.values(),
    ):  # fmt: skip
        assert f"\n| {words} | {symbol} | " in text


@pytest.mark.parametrize("architecture", ["older_than_recommended", "unknown"])
def test_the_method_page_tells_what_the_architecture_adds_to_a_verdict(architecture):
    text = (DOCS / "method.md").read_text(encoding="utf-8")
    assert f'"{formats.verdict("fits", architecture).words}"' in text
    assert f"`{architecture}`" in text


def test_the_method_page_tells_the_rules_that_the_code_follows():
    text = (DOCS / "method.md").read_text(encoding="utf-8")
    assert Decimal("0.1") == figures.TIGHT
    assert "a tenth of the capacity or more" in text
    assert Decimal("0.05") == replicas.TOLERANCE
    assert "within a twentieth of the published one" in text
    assert Decimal(5) / 8 == fits.DRIVER_RESERVE_GIB
    assert "five eighths of a GiB are taken off" in text
    assert Decimal("0.01") == fits.SAME
    assert "within a hundredth of a card's memory" in text
    order = [text.index(word) for word in ("CUDA reports", "OpenCL reports", "driver prints",
                                           "label of the card")]  # fmt: skip
    assert order == sorted(order)
    assert figures.METERS == ("cuda", "opencl", "driver", "nominal")


def test_the_data_page_explains_every_kind_of_record():
    text = (DOCS / "data.md").read_text(encoding="utf-8")
    kinds = [arguments for name, arguments in calls(text) if name == "field_table"]
    assert sorted(kinds) == sorted([kind] for kind in schema.KINDS)


# ---------------------------------------------------------------- the page that the guide replaces

# Each statement of the replaced page, as words that the guide uses for it.
SEED = {
    "models differ in size, variant, hardware and speed": ["sizes and variants", "hardware"],
    "the GPU memory that each model needs": ["GPU memory (VRAM)"],
    "the oldest architecture, with examples": ["Ampere", "RTX 30", "A100"],
    "memory for the 2B models": ["For the 2B models", "at least {floor}"],
    "memory for the 14B models": ["For the 14B models", "at least {floor}"],
    "what out of memory means": ["too large to run on that GPU"],
    "videos were run in 480p at 16 frames per second": ["videos of this table are in 480p"],
    "post-training has an example with times": ["AgiBot-Fisheye on different GPUs"],
    "2B: less time and latency": ["short waiting times"],
    "2B: limited memory": ["GPU memory is limited", "{least} to {most}"],
    "2B: simple scenes": ["scenes and compositions are simple"],
    "2B: prototypes and tests": ["prototyping or testing"],
    "2B: many images or videos": ["batches of images or videos"],
    "14B: quality and detail": ["higher quality and more detail"],
    "14B: enough memory": ["GPU has the memory", "{least} to {most}"],
    "14B: complex scenes": ["scenes are complex and full of fine detail"],
    "14B: quality before speed": ["Quality counts for more than generation time"],
    "14B: final assets": ["final assets for production"],
    "14B: fidelity, coherence and cost": ["higher fidelity", "coherence and detail", "cost more"],
    "2B: balance of quality and speed": ["balance quality and speed", "fewer resources"],
    "start with 2B": ["Start with a 2B model for most development and testing"],
    "scale up to 14B": ["Move up to a 14B model", "hardware allows it"],
}


def reachable(real: Dataset) -> str:
    """Return the words of the first page and of the sentences that it takes from the data."""
    sections = [arguments[0] for name, arguments in calls(INDEX) if name == "recommendations"]
    sentences = [one.text for one in real.recommendations.values() if one.section in sections]
    return " ".join(" ".join([INDEX, *sentences]).split())


@pytest.mark.parametrize("fact", SEED)
def test_the_first_page_states_each_fact_of_the_page_that_it_replaces(fact, real):
    text = reachable(real)
    assert [words for words in SEED[fact] if words not in text] == []


def test_the_first_page_shows_each_table_of_the_page_that_it_replaces(real):
    shown = list(calls(INDEX))
    needs = [real.requirements[str(arguments[0])] for name, arguments in shown
             if name == "requirement_table"]  # fmt: skip
    times = [real.benchmarks[str(arguments[0])] for name, arguments in shown
             if name == "benchmark_table"]  # fmt: skip
    assert [len(table.results) for table in needs] == [4]
    assert [(len(table.results), len(table.columns)) for table in times] == [(11, 4)]
