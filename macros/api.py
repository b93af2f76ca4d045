"""What does a program read?

Writes the static API: one JSON document for each record, the verdicts, an index of all, and the
JSON Schemas of these documents; ``llms.txt``; and the description for search engines of data.
Imports ``records`` and ``shapes``; ``hooks`` adds the files to the site.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from . import editors, schema
from .derive import Guide
from .index import FRAMES
from .jsontext import Written, written_json
from .records import KINDS, claims, tried, verdict
from .shapes import DOCUMENTS, VERSION

ROOT = "api/v1"
"""Where the documents stand in the site."""


class About(NamedTuple):
    """What only the host knows of a site; a part that it does not know is empty.

    ``site`` is the address of its root and ends in a slash.
    """

    name: str = ""
    description: str = ""
    site: str = ""
    commit: str = ""
    license: str = ""
    creator: str = ""
    pages: tuple[tuple[str, str], ...] = ()
    """Title and address of the main pages, from the root of the site."""


NOBODY = About()


def files(guide: Guide, about: About = NOBODY) -> Mapping[str, str]:
    """Return the content of each file by its path in the site."""
    verdicts = [(row, verdict(guide, row)) for row in guide.rows.verdicts]
    found: dict[str, dict[str, Any]] = {}
    for kind, make in KINDS.items():
        for name in getattr(guide.dataset, kind):
            found[f"{kind}/{name}"] = make(guide, name)
    for row, written in verdicts:
        found[f"gpus/{row.gpu}"]["verdicts"].append(written)
        found[f"models/{row.model}"]["verdicts"].append(written)
    found |= claims(guide)
    found["index"] = _index(found, about)
    found["verdicts"] = {
        "verdicts": [written for _, written in verdicts],
        "tried": [Written(written_json(one)) for one in tried(guide)],
    }
    made = {}
    for ref, document in found.items():
        begin = {"schema_version": VERSION, "data_date": guide.dataset.date, "ref": ref}
        made[f"{ROOT}/{ref}.json"] = written_json(begin | document, 2) + "\n"
    for kind in DOCUMENTS:
        made[f"{ROOT}/schema/{kind}.json"] = editors.kept(f"api/{kind}.json")
    return made | {"llms.txt": _llms(about)}


def document(file: str) -> str:
    """Return the address of the document on the record of ``data/gpus/<id>.yml``, or nothing."""
    folder, _, ref = file.removesuffix(".yml").partition("/")
    known = folder == "data" and ref.partition("/")[0] in KINDS and file.endswith(".yml")
    return f"{ROOT}/{ref}.json" if known else ""


# ---------------------------------------------------------------- what there is


def _index(found: Mapping[str, Mapping[str, Any]], about: About) -> dict[str, Any]:
    records: dict[str, list[dict[str, str]]] = {kind: [] for kind in (*KINDS, "claims")}
    for ref, document in found.items():
        kind, _, *claim = ref.split("/")
        name = document.get("name") or claim[-1]
        entry = {"ref": ref, "name": name, "href": f"{ROOT}/{ref}.json"}
        records["claims" if claim else kind].append(entry)
    return {
        "site": about.site,
        "commit": about.commit or None,
        "license": about.license or None,
        "records": records,
        "verdicts": f"{ROOT}/verdicts.json",
        "schemas": {kind: f"{ROOT}/schema/{kind}.json" for kind in DOCUMENTS},
        "data_schemas": {kind: f"schema/{kind}.json" for kind in schema.KINDS},
        "tables": {
            name: {end: f"downloads/{name}.{end}" for end in ("csv", "json")} for name in FRAMES
        },
    }


def _llms(about: About) -> str:
    """Return the page that tells language models where to read."""
    pages = "\n".join(f"- [{title}]({about.site + place or './'})" for title, place in about.pages)
    return (
        f"# {about.name}\n\n> {about.description}\n\n"
        "Every figure names its source, pinned to a commit and a line where the host allows it."
        " Cite that source.\nA state such as oom or not_measured is no number, and never a zero."
        " A verdict holds for the settings\nof the table of needs that it names.\n\n"
        "## Data\n\n"
        f"- [Index of the API]({about.site}{ROOT}/index.json): every record, and the JSON Schemas\n"
        f"- [Verdicts]({about.site}{ROOT}/verdicts.json): each model on each card; tried settings\n"
        f"- [Results]({about.site}downloads/results.csv): each cell of each table, as CSV\n"
        f"- [Needs]({about.site}downloads/requirements.csv): the memory that models need, as CSV\n"
        f"\n## Pages\n\n{pages}\n"
    )


def dataset(guide: Guide, about: About) -> str:
    """Return the site as a schema.org Dataset in JSON-LD, harmless inside a script element."""
    metrics = {record.metric for record in guide.dataset.benchmarks.values()}
    described = {
        "@context": "https://schema.org",
        "@type": "Dataset",
        "name": about.name,
        "description": about.description,
        "url": about.site,
        "license": about.license,
        "creator": about.creator and {"@type": "Organization", "name": about.creator},
        "dateModified": guide.dataset.date,
        "isAccessibleForFree": True,
        "variableMeasured": sorted(metrics),
        "distribution": [
            {
                "@type": "DataDownload",
                "name": f"{name}: {what}",
                "encodingFormat": kind,
                "contentUrl": f"{about.site}{place}",
            }
            for name, what, kind, place in (
                ("api", "an index of all records", "application/json", f"{ROOT}/index.json"),
                *((name, what, "text/csv", f"downloads/{name}.csv")
                  for name, what in FRAMES.items()),
            )
        ],
    }  # fmt: skip
    text = written_json({key: value for key, value in described.items() if value})
    return text.replace("<", "\\u003c")  # else </script> in a text would end the element
