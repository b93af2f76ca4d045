"""A real browser shows hostile text in every field of the data as text, and runs none of it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import pytest
import yaml
from pydantic import TypeAdapter, ValidationError

from macros import derive, host, schema
from macros.load import load
from macros.values import Record
from tests import fragments
from tests.browsing import LIVE, TEXTS, places, search, served, watch

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[1]

HOSTILE = """\
<script>hostile=1</script><img src=//a.example/x onerror=hostile=1><svg onload=hostile=1>
</script></textarea></td></table></div> --> ]]> <a href="javascript:hostile=1">a</a> &lt;b&gt; &amp;

# Heading
{{ 7*7 }} and {% raw %} {{ gpu("none") }} ${hostile=1} | pipe || `code` ~~~ ``` **b** __i__ ~~s~~
[link](javascript:hostile=1) ![image](//a.example/x) <javascript:hostile=1> //a.example :smile:
{ onclick=hostile=1 } {: onclick=hostile=1 } " onmouseover="hostile=1" x=' onfocus='hostile=1' \\
=== "Tab"
    !!! note "Box" """
ADDRESS = """https://a.example/"onmouseover="hostile=1"'<script>hostile=1</script>|`[a](b)`"""


def accepts(annotation: Any, text: str) -> bool:
    try:
        TypeAdapter(annotation).validate_python(text)
    except ValidationError:
        return False
    return True


def fields(record: type[Record]) -> Iterator[tuple[str, Any]]:
    for name, field in record.model_fields.items():
        yield name, field.rebuild_annotation()


def parts(annotation: Any) -> Iterator[Any]:
    """Yield what an annotation may stand for, without the layers around it."""
    if get_origin(annotation) is Annotated:
        yield from parts(get_args(annotation)[0])
    elif get_origin(annotation) in (Union, UnionType):
        for part in get_args(annotation):
            yield from parts(part)
    elif annotation is not NoneType:
        yield annotation


def free_fields(annotation: Any, path: str) -> set[str]:
    """Return every place of a record that accepts any text; * stands for any one part."""
    if accepts(annotation, HOSTILE):
        return {path}
    found: set[str] = set()
    for part in parts(annotation):
        if get_origin(part) in (list, dict):
            found |= free_fields(get_args(part)[-1], f"{path}/*")
        elif isinstance(part, type) and issubclass(part, Record):
            for name, inner in fields(part):
                found |= free_fields(inner, f"{path}/{name}")
    return found


def planted(value: Any, annotation: Any, ref: str, texts: dict[str, str]) -> Any:
    """Return a value of a data file with hostile text wherever the schema accepts it.

    A field for any text is filled in also where the file does not have it. ``texts`` notes what
    was planted, by its reference.
    """
    if accepts(annotation, HOSTILE):
        texts[ref] = f"{ref.replace('/', ' ')} {HOSTILE}"
        return texts[ref]
    if isinstance(value, str) and accepts(annotation, ADDRESS):
        return ADDRESS
    for part in parts(annotation):
        if get_origin(part) is list and isinstance(value, list):
            inner = get_args(part)[0]
            value = [planted(one, inner, f"{ref}/{n}", texts) for n, one in enumerate(value)]
        elif get_origin(part) is dict and isinstance(value, dict):
            inner = get_args(part)[1]
            value = {key: planted(one, inner, f"{ref}/{key}", texts) for key, one in value.items()}
        elif isinstance(part, type) and issubclass(part, Record) and isinstance(value, dict):
            filled = {
                name: planted(value.get(name), inner, f"{ref}/{name}", texts)
                for name, inner in fields(part)
                if name in value or accepts(inner, HOSTILE)
            }
            if part is schema.Recommendation:  # braces in its text name operands
                filled["text"] = re.sub("[{}]", "", filled["text"]) + value["text"]
                texts[f"{ref}/text"] = filled["text"]
            value = filled
    return value


@pytest.fixture(scope="module")
def hostile(mini: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A site of the made-up family whose every free field is hostile, and what was planted."""
    room = tmp_path_factory.mktemp("hostile")
    data = shutil.copytree(mini, room / "data")
    texts: dict[str, str] = {}
    for path in data.rglob("*.yml"):
        kind, name = path.relative_to(data).with_suffix("").as_posix().partition("/")[::2]
        record = schema.KINDS[kind]
        head, _, body = path.read_text(encoding="utf-8").partition("\n")
        found = yaml.safe_load(body)
        if name:
            found = planted(found, record, f"{kind}/{name}", texts)
        else:
            found = planted(found, dict[str, record], kind, texts)  # type: ignore[valid-type]
        path.write_text(f"{head}\n{yaml.safe_dump(found, sort_keys=False)}", encoding="utf-8")
    docs = shutil.copytree(ROOT / "tests/docs", room / "docs")
    guide = derive.guide(load(data))
    calls = [(name, tuple(given.values())) for name, given in fragments.calls(guide)]
    calls += [("sentence", (name,)) for name in guide.dataset.recommendations]
    every = "\n\n".join(f"{{{{ {name}{given} }}}}" for name, given in calls)
    (docs / "every.md").write_text(f"---\nrender_macros: true\n---\n# Every macro\n\n{every}\n")
    host.make(data, docs, room / "site", ROOT / "mkdocs.yml")
    return room / "site", texts


def test_every_record_of_the_small_data_set_has_a_place_for_every_free_field(hostile):
    """A new free field is planted, or the small data set must first get a record that has it."""
    planted_in = {re.sub(r"(?<=/)(\d+)(?=/)", "*", ref) for ref in hostile[1]}
    for kind, record in schema.KINDS.items():
        for field in free_fields(record, kind):
            pattern = re.escape(field).replace(r"\*", "[^/]+").replace(kind, f"{kind}/[^/]+", 1)
            assert any(re.fullmatch(pattern, ref) for ref in planted_in), field


def test_hostile_text_is_shown_on_every_page_as_it_is_and_nothing_of_it_runs(hostile, opened):
    site, texts = hostile
    faults = watch(page := opened())
    shown: set[str] = set()
    with served(site) as address:
        for place in places(site):
            page.goto(address + place)
            assert page.evaluate(LIVE) == [], place
            assert faults == [], place
            for ref, text in page.evaluate(TEXTS):
                if ref in texts:
                    want, found = " ".join(texts[ref].split()), " ".join(text.split())
                    if ref.startswith("recommendations/"):  # numbers stand in its braces
                        want, found = want[: want.find(" {")], found[: want.find(" {")]
                    assert found == want, (place, ref)
                    shown.add(ref)
    assert sorted(set(texts) - shown) == []


def test_search_shows_hostile_text_as_text(hostile, opened):
    """Sentences stand in the search index; the theme writes what it finds as HTML."""
    faults = watch(page := opened())
    with served(hostile[0]) as address:
        page.goto(address)
        results = search(page, "recommendations start-small hostile pipe")
        assert "<script>hostile=1</script>" in results.inner_text()
        assert page.evaluate(LIVE) == []
        assert faults == []
