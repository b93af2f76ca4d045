"""Imports flow one way, each outside library has one home, and each module answers a question."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "macros"
# A module imports only from lines above its own, never from a neighbour.
LAYERS = (
    {"errors", "formats", "jsontext", "syntax", "compiled", "sandbox", "policy", "links"},
    {"values", "documents", "scales", "addresses"},
    {"runs", "catalog"},
    {"schema", "shapes"},
    {"editors"},
    {"load"},
    {"figures"},
    {"references", "frames", "origins", "footprints", "rates"},
    {"replicas", "fits"},
    {"readings"},
    {"bounds", "claims", "memory", "names", "order", "sentences", "sourcing"},
    {"measurements"},
    {"rules"},
    {"rows"},
    {"derive"},
    {"index", "cells", "dates", "placed"},
    {"footnotes", "arguments", "expected"},
    {"owners"},
    {"grids", "places", "drawings"},
    {
        "published",
        "answers",
        "verdicts",
        "sheets",
        "measured",
        "lists",
        "remarks",
        "records",
        "sayings",
    },
    {"charts", "compared", "fitting", "comparisons"},
    {"choices"},
    {"picker", "side_by_side"},
    {"tables", "prose", "export", "api", "copies", "gate"},
    {"publish"},
    {"generated", "about"},
    {"stencils"},
    {"hooks"},
    {"host", "__init__"},
    {"preview"},
    {"measure"},
    {"cli"},
    {"__main__"},
)
HOMES = {
    "yaml": {"documents", "measure"},
    "pydantic": {"values", "runs", "catalog", "schema", "editors", "load"},
    "pydantic_core": {"values", "runs", "catalog", "schema", "editors", "load"},
    "pandas": {"derive", "frames"},
    "lxml": {"gate", "owners"},
    "mkdocs": {"__init__", "about", "stencils", "hooks", "host", "preview"},
    "mkdocs_macros": {"__init__", "sandbox", "hooks"},
    "jinja2": {"compiled", "sandbox", "stencils", "hooks"},
    "argparse": {"cli", "measure"},
    "pynvml": {"measure"},
    "torch": {"measure"},
    "diffusers": {"measure"},
    "transformers": {"measure"},
}
# Inside the measuring command the same holds.
MEASURE = (
    {"channel", "nvml", "cards", "options", "pipeline_clock"},
    {"child", "environment", "pipeline_parts"},
    {"journal", "record", "pipeline_run"},
    {"command", "pipeline"},
    {"campaign"},
)
RANK = {module: rank for rank, layer in enumerate(LAYERS) for module in layer}
MODULES = sorted([*(path.stem for path in PACKAGE.glob("*.py")), "measure"])


def files(module: str) -> list[Path]:
    """Return the files of a module; measuring has a folder of them."""
    return sorted((PACKAGE / module).glob("*.py")) or [PACKAGE / f"{module}.py"]


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imports(module: str) -> tuple[set[str], set[str]]:
    """Return the modules of the package and the outside libraries that a module imports."""
    own, outside = set(), set()
    for node in (node for path in files(module) for node in ast.walk(parsed(path))):
        if isinstance(node, ast.Import):
            outside |= {name.name.partition(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            outside.add((node.module or "").partition(".")[0])
        elif isinstance(node, ast.ImportFrom) and (module != "measure" or node.level == 2):
            whole = (node.module or "").partition(".")[0]
            own |= {whole} if whole else {name.name for name in node.names}
    return own, outside


def test_every_module_has_its_layer():
    assert sorted(RANK) == MODULES


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_only_from_layers_above_its_own(module):
    own, _ = imports(module)
    assert {name for name in own if RANK[name] >= RANK[module]} == set()


@pytest.mark.parametrize("module", MODULES)
def test_a_library_is_imported_only_at_home(module):
    _, outside = imports(module)
    assert {name for name in outside if module not in HOMES.get(name, {module})} == set()


def test_the_modules_of_measuring_import_in_one_direction():
    rank = {module: i for i, layer in enumerate(MEASURE) for module in layer}
    found = {path.stem: path for path in files("measure") if path.stem != "__init__"}
    assert found.keys() == rank.keys()
    for module, path in found.items():
        nodes = [n for n in ast.walk(parsed(path)) if isinstance(n, ast.ImportFrom)]
        near = [node for node in nodes if node.level == 1]
        own = {node.module or name.name for node in near for name in node.names}
        assert {name for name in own if rank[name] >= rank[module]} == set()


@pytest.mark.parametrize("module", MODULES)
def test_a_module_says_which_question_it_answers(module):
    for path in files(module):
        assert (ast.get_docstring(parsed(path)) or "").partition("\n")[0].endswith("?")


def test_check_loads_neither_pandas_nor_mkdocs():
    code = (
        "import sys; from macros.cli import main; main(['check', '--data', 'tests/data']);"
        "print(sorted({'pandas', 'mkdocs', 'lxml', 'jinja2'} & set(sys.modules)))"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=PACKAGE.parent, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
