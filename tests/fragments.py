"""What do the tests of all HTML fragments share: every call, golden files, and one reading."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from copy import deepcopy
from decimal import Decimal
from pathlib import Path

from lxml import html

from macros import formats, generated, prose, schema, tables
from macros.derive import Guide

GOLDEN = Path(__file__).parent / "golden"


def calls(guide: Guide) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield each block macro with each argument that the data set allows."""
    dataset = guide.dataset
    for name in (
        "gpu_index",
        "model_index",
        "data_files",
        "downloads",
        "source_list",
        "fit_matrix",
        "find_card",
        "picker",
        "comparison",
        "waiver_list",
        "note_list",
        "rule_list",
        "run_table",
        "run_counts",
        "run_environments",
        "component_table",
    ):
        yield name, {}
    for benchmark in dataset.benchmarks:
        for name in (
            "benchmark_table",
            "speedup_table",
            "range_table",
            "oom_notes",
            "claims",
            "time_replicas",
        ):
            yield name, {"benchmark": benchmark}
        for name in ("time_chart", "speedup_chart", "time_replica_chart"):
            yield name, {"benchmark": benchmark}
        yield "benchmark_table", {"benchmark": benchmark, "sort": "fastest"}
    for requirement in dataset.requirements:
        yield "requirement_table", {"requirement": requirement}
        yield "requirement_claims", {"requirement": requirement}
        yield "memory_chart", {"requirement": requirement}
        yield "need_replica_chart", {"requirement": requirement}
        yield "need_replicas", {"requirement": requirement}
        yield "reading_table", {"requirement": requirement}
    for gpu in dataset.gpus:
        for name in ("gpu_sheet", "gpu_results", "gpu_verdicts", "gpu_replicas", "gpu_settings"):
            yield name, {"gpu": gpu}
    for model in dataset.models:
        for name in (
            "model_sheet",
            "model_results",
            "model_chart",
            "model_verdicts",
            "run_table",
            "model_replicas",
            "model_settings",
        ):
            yield name, {"model": model}
    for kind in schema.KINDS:
        yield "field_table", {"kind": kind}


def blocks(guide: Guide, base: str = "") -> dict[str, str]:
    """Return every fragment that the data set allows, by its call."""
    return {
        " ".join((name, *arguments.values())): tables.BLOCKS[name](guide, base, **arguments)
        for name, arguments in calls(guide)
    }


def sentences(guide: Guide, base: str = "") -> dict[str, str]:
    """Return every text that sentence macros can write, by its call."""
    dataset = guide.dataset
    asked: list[tuple[str, tuple[str, ...]]] = [("data_date", ())]
    asked += [("recommendations", (r.section,)) for r in dataset.recommendations.values()]
    asked += [("sentence", (name,)) for name in dataset.recommendations]
    asked += [("workload_words", (name,)) for name in dataset.benchmarks]
    asked += [("gpu", (name,)) for name in dataset.gpus]
    asked += [("model", (name,)) for name in dataset.models]
    asked += [("figure", (ref,)) for ref in (*guide.results["ref"], *guide.derived)]
    return {
        " ".join((name, *words)): prose.SENTENCES[name](guide, base, *words)
        for name, words in asked
    }


def parse(fragment: str) -> html.HtmlElement:
    return html.fragment_fromstring(fragment, create_parent="main")


def text(element: html.HtmlElement) -> str:
    """Return what a screen shows of an element; some words are for paper alone."""
    if len(element.find_class("paper")) > ("paper" in element.classes):
        element = deepcopy(element)
        for one in element.xpath(".//*[@class='paper']"):
            one.drop_tree()
    return " ".join(element.text_content().split())


def golden(name: str, fragment: str) -> None:
    """Compare a fragment with its file; UPDATE_GOLDEN=1 writes the file instead."""
    path = GOLDEN / f"{name}.html"
    shown = re.sub(
        r"(</(?:caption|thead|tr|li|p|figure|figcaption|desc|text|svg)>|<tbody>)", r"\1\n", fragment
    )
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.mkdir(exist_ok=True)
        path.write_text(shown, encoding="utf-8")
    assert shown == path.read_text(encoding="utf-8"), f"{path}: UPDATE_GOLDEN=1 if this is meant"


def assert_owned(guide: Guide, fragment: str) -> None:
    """Every reference resolves to what is shown, and no number with a unit stands elsewhere."""
    tree = parse(fragment)
    for element in tree.xpath("//*[@data-ref]"):
        ref = element.get("data-ref")
        value, unit, approximate = guide.figure(ref)
        plain = f"{value:f}" if isinstance(value, Decimal) else value
        if isinstance(value, Decimal):
            assert text(element) in (
                formats.number(value, approximate),
                formats.quantity(value, unit, approximate),
            )
        elif value in formats.STATES:
            words, symbol = formats.STATES[value]
            assert text(element) == f"{symbol} {words}"
        elif not re.fullmatch(r"recommendations/[^/]+/text", ref):
            assert text(element) == " ".join(value.split())
        assert element.tag != "data" or element.get("value") == plain
    for element in tree.xpath("//*[@data-ref] | //code"):
        element.drop_tree()
    units = "|".join(map(re.escape, formats.UNITS))
    shown = [*tree.itertext(), *tree.xpath("//@title | //@alt | //@aria-label")]
    assert re.findall(rf"\d\s?(?:{units})(?!\w)", " ".join(shown)) == []


def pages(guide: Guide) -> dict[str, str]:
    """Return the Markdown of every page that is made from the data, by its path."""
    found = {}
    for section in generated.SECTIONS:
        found[f"{section}/index.md"] = generated.index(section)
        for words in generated.words(guide, section):
            found[f"{section}/{words.id}.md"] = generated.page(guide, section, words)
    return found
