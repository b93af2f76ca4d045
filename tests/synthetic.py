"""Make a data set of any size in the project's own schema, with the pages that show it.

    python -m tests.synthetic GPUS MODELS WORKLOADS FOLDER

Writes FOLDER/data and FOLDER/docs for ``python -m macros build``, and FOLDER/baseline, the same
tables as ready Markdown for plain MkDocs. The same numbers give the same bytes.
"""

from __future__ import annotations

import random
import sys
from pathlib import Path
from typing import NamedTuple

SIZES = {"S": (32, 28, 3), "M": (50, 40, 5), "L": (125, 80, 10)}

_BASELINE = """\
site_name: Synthetic guide
site_url: http://127.0.0.1/
theme:
  name: material
markdown_extensions: [tables, toc]
plugins: [search]
"""


class Synthetic(NamedTuple):
    """Invented cards, models and times; needs and capacities agree, so every check passes."""

    memory_gb: dict[str, int]
    need_gib: dict[str, str]
    tables: dict[str, dict[str, dict[str, str]]]


def make(gpus: int, models: int, workloads: int) -> Synthetic:
    """Invent one table per workload with a result for every GPU and model."""
    draw = random.Random(gpus * models * workloads)
    memory = {f"gpu-{i:03d}": draw.choice([24, 32, 48, 80, 141, 192, 288]) for i in range(gpus)}
    # Larger models come later in the list, need more and take longer, as the rules expect.
    need = {f"model-{i:03d}": f"{4 + i * 150 / models:.2f}" for i in range(models)}
    tables: dict[str, dict[str, dict[str, str]]] = {}
    for number in range(workloads):
        rows = tables[f"table-{number:02d}"] = {}
        for gpu, size in memory.items():
            speed = draw.uniform(1, 12)
            rows[gpu] = {
                model: f"{(i + 1 + draw.random() / 2) * (number + 1) * 40 / speed:.2f}"
                if float(need[model]) < size * 1e9 / 2**30
                else "oom"
                for i, model in enumerate(need)
            }
    return Synthetic(memory, need, tables)


def write(made: Synthetic, folder: Path) -> None:
    """Write the data set, its pages and the baseline under ``folder``."""
    for kind in ("gpus", "models", "benchmarks", "requirements"):
        (folder / "data" / kind).mkdir(parents=True, exist_ok=True)
    _write_data(made, folder / "data")
    _write_docs(made, folder / "docs")
    _write_baseline(made, folder / "baseline")


def _line(schema: str) -> str:
    return f"# yaml-language-server: $schema={schema}\n"


def _write_data(made: Synthetic, data: Path) -> None:
    source = "{id: invented}"
    (data / "sources.yml").write_text(
        _line("schema/sources.json")
        + "invented:\n  title: Invented figures\n  url: https://example.com/figures\n"
        + "  read_on: 2026-01-01\n"
    )
    for gpu, size in made.memory_gb.items():
        (data / f"gpus/{gpu}.yml").write_text(
            _line("../schema/gpus.json")
            + f"name: {gpu.upper()}\nmemory_gb: {{value: {size}, source: {source}}}\n"
        )
    for model in made.need_gib:
        (data / f"models/{model}.yml").write_text(
            _line("../schema/models.json")
            + f"name: {model.capitalize()}\nfamily: Synthetic\ntask: text2image\n"
            + "size_class: any\n"
        )
    needs = "".join(f"  {model}: {need}\n" for model, need in made.need_gib.items())
    (data / "requirements/memory.yml").write_text(
        _line("../schema/requirements.json")
        + f"title: Memory\nunit: GiB\nread_as: GiB\nsource: {source}\nresults:\n{needs}"
    )
    columns = "".join(f"  {model}: {{model: {model}}}\n" for model in made.need_gib)
    for name, rows in made.tables.items():
        results = "".join(
            f"  {gpu}: {{{', '.join(f'{model}: {value}' for model, value in cells.items())}}}\n"
            for gpu, cells in rows.items()
        )
        (data / f"benchmarks/{name}.yml").write_text(
            _line("../schema/benchmarks.json")
            + f"title: {name.capitalize()}\nmetric: generation_time\nunit: s\nsource: {source}\n"
            + f"workload: {{dataset: {name}}}\ncolumns:\n{columns}results:\n{results}"
        )


def _write_docs(made: Synthetic, docs: Path) -> None:
    docs.mkdir(parents=True, exist_ok=True)
    calls = "\n\n".join(f'## {name}\n\n{{{{ benchmark_table("{name}") }}}}' for name in made.tables)
    (docs / "index.md").write_text(
        "---\nrender_macros: true\n---\n# Synthetic guide\n\n"
        f'{{{{ requirement_table("memory") }}}}\n\n{calls}\n'
    )


def _write_baseline(made: Synthetic, folder: Path) -> None:
    docs = folder / "docs"
    for kind in ("gpus", "models"):
        (docs / kind).mkdir(parents=True, exist_ok=True)
    (folder / "mkdocs.yml").write_text(_BASELINE)
    models = list(made.need_gib)
    index = ["# Synthetic guide", _pipe(["Model", "GiB"], list(map(list, made.need_gib.items())))]
    for name, rows in made.tables.items():
        body = [[gpu, *cells.values()] for gpu, cells in rows.items()]
        index += [f"## {name}", _pipe(["GPU", *models], body)]
    (docs / "index.md").write_text("\n\n".join(index) + "\n")
    for gpu in made.memory_gb:
        body = [[model, *(made.tables[t][gpu][model] for t in made.tables)] for model in models]
        table = _pipe(["Model", *made.tables], body)
        (docs / f"gpus/{gpu}.md").write_text(f"# {gpu}\n\n{table}\n")
    for model in models:
        body = [[gpu, *(made.tables[t][gpu][model] for t in made.tables)] for gpu in made.memory_gb]
        table = _pipe(["GPU", *made.tables], body)
        (docs / f"models/{model}.md").write_text(f"# {model}\n\n{table}\n")


def _pipe(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    *numbers, target = sys.argv[1:]
    write(make(*map(int, numbers)), Path(target))
