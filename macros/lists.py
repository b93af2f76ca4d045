"""What can a reader open, download or look up?

The data files, the downloads, the sources, and the fields of each kind of record. Imports
``cells`` and ``index``; ``tables`` offers them to pages.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from . import editors, schema
from .cells import Pen
from .derive import Guide
from .footnotes import Footnotes
from .formats import html as escape
from .grids import cell, frame, head, row_head, th, title
from .index import FRAMES
from .values import ID


def data_files(guide: Guide, base: str) -> str:
    """Return the list of all data files, each a link to its copy in the site."""
    items = "".join(
        f'<li><a href="{base}files/data/{escape(file)}.html"><code>{escape(file)}</code></a></li>'
        for file in guide.dataset.documents
    )
    return f'<ul class="files">{items}</ul>'


def downloads(guide: Guide, base: str) -> str:
    """Return the list of all frames as CSV and JSON, and of the JSON Schemas."""
    items = "".join(
        f"<li><code>{name}</code>: {what}"
        f' (<a href="{base}downloads/{name}.csv">CSV</a>,'
        f' <a href="{base}downloads/{name}.json">JSON</a>,'
        f" {len(getattr(guide, name))} rows)</li>"
        for name, what in FRAMES.items()
    )
    schemas = ", ".join(
        f'<a href="{base}schema/{kind}.json"><code>{kind}</code></a>' for kind in schema.KINDS
    )
    return f'<ul class="downloads">{items}<li>JSON Schemas of the data files: {schemas}</li></ul>'


def source_list(guide: Guide, base: str) -> str:
    """Return every document that figures were read from, with its place and its two dates."""
    pen = Pen(guide, base)
    notes = Footnotes(pen, "sources")
    rows = []
    for name, source in guide.dataset.sources.items():
        ref = f"sources/{name}"
        document = (
            f'<a class="source" href="{escape(source.href())}">{pen.text(f"{ref}/title")}</a>'
        )
        home = pen.text(f"{ref}/repository") if source.repository else _host(source.href())
        dated = pen.figure(f"{ref}/dated") if source.dated else "not stated"
        read = pen.figure(f"{ref}/read_on")
        document += pen.place(ref)
        rows.append(row_head(document) + cell(home) + cell(dated, "num") + cell(read, "num"))
    dates = th("Date it bears", "num") + th("Read on", "num")
    headings = head(th("Document"), th("Repository or site"), dates)
    return frame(notes, title(notes, "Sources"), headings, rows)


def _host(address: str) -> str:
    return escape(address.split("/")[2])


# ---------------------------------------------------------------- fields of a record


def field_table(guide: Guide, base: str, kind: str) -> str:
    """Return the keys of one kind of record with meaning and type, and those of its parts."""
    pen = Pen(guide, base)
    whole = editors.json_schema(kind)
    definitions = whole.get("$defs", {})
    record = definitions.get(schema.KINDS[kind].__name__, whole)
    html = []
    for part in _parts(record, definitions):
        notes = Footnotes(pen, f"field-table--{kind}--{part['title'].lower()}")
        needed = part.get("required", ())
        rows = [
            row_head(f"<code>{name}</code>")
            + cell(escape(field.get("description", "")))
            + cell(" or ".join(_variants(part, name, definitions)))
            + cell("needed" if name in needed else "optional")
            for name, field in part["properties"].items()
        ]
        about = escape(part.get("description", "").partition("\n")[0])
        keys_of = f"Keys of <code>{part['title']}</code>"
        if part is not record:  # several kinds have such parts
            keys_of += f" in <code>{kind}</code>"
        caption = f"{title(notes, keys_of)} {about}"
        headings = head(th("Key"), th("Meaning"), th("Type"), th("Needed"))
        html.append(frame(notes, caption, headings, rows))
    return "".join(html)


def _parts(record: Any, definitions: Any) -> Iterator[Any]:
    """Yield a record's schema and those of its parts, each title once."""
    waiting, seen = [record], {record["title"]}
    while waiting:
        part = waiting.pop(0)
        yield part
        for name in re.findall(r"'\$ref': '#/\$defs/([^']+)'", str(part["properties"])):
            if definitions[name]["title"] not in seen:
                seen.add(definitions[name]["title"])
                waiting.append(definitions[name])


def _type(node: Any, definitions: Any) -> str:
    """Return in words what a JSON Schema accepts."""
    if "$ref" in node:
        part = definitions[node["$ref"].rpartition("/")[2]]
        html = f"<code>{part['title']}</code>"
        for name, field in part["properties"].items():
            if len(_variants(part, name, definitions)) > 1:
                html += f" with <code>{name}</code>: {_type(field, definitions)}"
        return html
    if "anyOf" in node:
        choices = [_type(one, definitions) for one in node["anyOf"] if one.get("type") != "null"]
        return " or ".join(dict.fromkeys(choices))
    if "enum" in node:
        return ", ".join(f"<code>{word}</code>" for word in node["enum"])
    if "items" in node:
        return f"list of {_type(node['items'], definitions)}"
    for values in (*node.get("patternProperties", {}).values(), node.get("additionalProperties")):
        if values:
            return f"{_type(values, definitions)} by id"
    if node.get("pattern") == ID:
        return "id"
    kinds = node.get("type", "string")
    names = [kinds] if isinstance(kinds, str) else kinds
    return " or ".join(_WORDS.get(node.get("format", name), name) for name in names)


def _variants(part: Any, name: str, definitions: Any) -> list[str]:
    """Return the types of one key in all parts of the same title, such as facts of any kind."""
    alike = [one for one in definitions.values() if one["title"] == part["title"]] or [part]
    return list(dict.fromkeys(_type(one["properties"][name], definitions) for one in alike))


_WORDS = {"string": "text", "integer": "whole number", "object": "keys and values"}
