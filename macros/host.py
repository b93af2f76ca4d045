"""How is MkDocs run for one guide?

Reads mkdocs.yml, renders a guide into a folder, and builds the published site. Imports ``hooks``,
``compiled``, ``sandbox`` and ``publish``; the commands call it.
"""

from __future__ import annotations

import logging
import os
import re
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from mkdocs.commands.build import build
from mkdocs.config import load_config
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import Abort, ConfigurationError
from mkdocs.theme import Theme

from . import publish
from .compiled import Compiled
from .derive import Guide
from .errors import CannotRun, DataError, Problem, nearest
from .hooks import PLUGIN, Site, shown
from .sandbox import load_plugin


def settings(config: Path, docs: Path, site: Path, strict: bool = True) -> MkDocsConfig:
    """Read mkdocs.yml for a build of ``docs`` into ``site``.

    A docs folder of another guide gets the navigation that MkDocs makes from its files. Raises
    DataError with every value that MkDocs refuses, and CannotRun if there is nothing to read.
    """
    if not docs.is_dir():
        raise CannotRun(f"{docs}: no such docs folder")
    load_plugin()
    os.environ.setdefault("NO_MKDOCS_2_WARNING", "1")
    with _messages(config, docs) as said:
        try:
            found = load_config(str(config), site_dir=str(site), strict=strict)
            vars(found.theme).update(get_env=partial(_templates, found.theme))
            if docs.resolve() != Path(found.docs_dir).resolve():
                found.docs_dir = str(docs.resolve())
                found.nav = None
        except Abort as error:
            raise DataError(_refused(config, problem.found) for problem in said) from error
        except ConfigurationError as error:
            broken: Any = error.__context__
            if not (place := getattr(broken, "problem_mark", None)):
                raise CannotRun(f"{config}: {error}") from error
            problem = _refused(config, broken.problem, place.line + 1, place.column + 1)
            raise DataError([problem]) from error
    return found


def render(guide: Guide, data: Path, config: MkDocsConfig) -> dict[str, int]:
    """Write every page of a guide into the site folder of ``config``.

    Returns the digest of each file that was made from the data. Raises DataError with all problems
    of the pages, MkDocs' warnings among them where the config is strict, or with the fault of a
    template.
    """
    site = Site(guide, data, config)
    config.plugins[PLUGIN] = site
    with _messages(Path(config.config_file_path), site.docs) as said:
        try:
            build(config)
        except (Abort, UnicodeDecodeError) as error:
            own = site.report()  # MkDocs logs this too
            problems = [*site.problems, *(one for one in said if one.found != own)]
            # The macros plugin alone objects: it does not load this package.
            lost = [_refused(Path(config.config_file_path), f"Config value 'plugins': {error}")]
            raise DataError(problems or lost) from error
        except Exception as error:
            if problem := _of_template(error):
                raise DataError([problem]) from error
            raise
    return site.made


def make(data: Path, docs: Path, site: Path, config: Path) -> Guide:
    """Check the data, build the site beside ``site``, verify it, and swap it in.

    Raises DataError and CannotRun. What is wrong with a finished page is told at the line of the
    docs folder that has the words, if it is one line.
    """
    found = settings(config, docs, site)

    def into(guide: Guide, folder: Path) -> dict[str, int]:
        found.site_dir = str(folder)
        return render(guide, data, found)

    root = urlsplit(found.site_url or "/").path or "/"
    try:
        return publish.build(data, site, into, root)
    except DataError as error:
        raise DataError(_in_docs(one, Path(found.docs_dir)) for one in error.problems) from error


def _in_docs(problem: Problem, docs: Path) -> Problem:
    """Return a problem of a finished page at its place in the Markdown, if the words stand there.

    Words that come from the data stand in no page of the docs folder.
    """
    of_page = problem.key == problem.file and problem.file.endswith("index.html")
    if not of_page or problem.rule == "altered":
        return problem
    folder = problem.file.removesuffix("index.html").rstrip("/")
    words = problem.found.removesuffix("...").partition(" in: ")[0]
    for name in (f"{folder}.md", f"{folder}/index.md".lstrip("/")):
        if (docs / name).is_file():
            return _at(replace(problem, file=shown(docs / name)), docs / name, words, problem)
    return problem


def _templates(theme: Theme) -> Any:
    """Return the templates of a theme; the icons that MkDocs drops by thousands are not listed."""
    env = Theme.get_env(theme)
    env.bytecode_cache = Compiled()

    def listed(filter_func: Callable[[str], bool]) -> list[str]:
        names = set[str]()
        for folder in theme.dirs:
            for place, folders, files in os.walk(folder):
                folders[:] = (one for one in folders if not one.startswith("."))
                names |= {os.path.relpath(f"{place}/{file}", folder) for file in files}
        return sorted(filter(filter_func, names))

    vars(env).update(list_templates=listed)
    return env


def _of_template(error: Exception) -> Problem | None:
    """Return what is wrong with the theme's template that raised an exception, if one did."""
    frames = traceback.extract_tb(error.__traceback__)
    *_, last = (one for one in frames if Path(one.filename).parent.name != "jinja2")
    if last.filename.endswith(".py") or last.filename.startswith("<frozen "):
        return None
    return Problem(
        shown(Path(last.filename)), last.lineno or 0, 1, "", "template",
        f"{type(error).__name__}: {error}", "a template that Jinja can render",
        excerpt=last.line or "", width=len(last.line or ""),
    )  # fmt: skip


def _refused(config: Path, words: str, line: int = 0, column: int = 1) -> Problem:
    """Return a problem of mkdocs.yml; without a line, it stands at the key that ``words`` names."""
    lines = config.read_text(encoding="utf-8").splitlines()
    named = re.match("Config value '(.+?)'", words)
    key = named[1] if named else ""
    line = line or next((n for n, text in enumerate(lines, 1) if text.startswith(f"{key}:")), 0)
    hint = nearest(key, MkDocsConfig()) if key and key not in MkDocsConfig() else ""
    excerpt = lines[line - 1] if 0 < line <= len(lines) else ""
    return Problem(
        str(config), line, column, key, "config", words, "settings that MkDocs accepts",
        hint, excerpt, len(key) or 1,
    )  # fmt: skip


@contextmanager
def _messages(config: Path, docs: Path) -> Iterator[list[Problem]]:
    """Collect what MkDocs logs as warnings and errors, instead of printing it."""
    logger = logging.getLogger("mkdocs")
    collector = _Collector(config, docs)
    logger.addHandler(collector)
    propagate, logger.propagate = logger.propagate, False
    try:
        yield collector.problems
    finally:
        logger.removeHandler(collector)
        logger.propagate = propagate


class _Collector(logging.Handler):
    """Keeps messages as problems of the page that they name, else of the config."""

    def __init__(self, config: Path, docs: Path) -> None:
        super().__init__(logging.WARNING)
        self.config, self.docs = config, docs
        self.problems: list[Problem] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one message; the macros plugin only repeats what the site has noted."""
        if "mkdocs_macros" in record.name:
            return
        words = record.getMessage()
        page = re.search(r"'([^']+\.md)'|(\S+\.md)\b", words)
        path = self.docs / (page[1] or page[2]) if page else self.config
        hint = next((hint for part, hint in _HINTS.items() if part in words), "")
        problem = Problem(shown(path), 0, 0, "MkDocs", "page", words, "no warning", hint)
        if link := re.search(r"link '([^']+)'", words):
            problem = _at(problem, path, link[1], problem)
        self.problems.append(problem)


def _at(problem: Problem, path: Path, words: str, otherwise: Problem) -> Problem:
    """Return a problem at the place of some words in a file; ``otherwise`` unless it is one."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    places = [(n, text) for n, text in enumerate(lines, 1) if words in text]
    if len(places) != 1:
        return otherwise
    line, text = places[0]
    column = text.index(words) + 1
    return replace(problem, line=line, column=column, excerpt=text, width=len(words))


# What mends the warnings that a page most often gets.
_HINTS = {
    'not included in the "nav"': "add a line for the page to nav in mkdocs.yml",
    "contains a link": "a link names the file, from the folder of the page: ../method.md#rules",
}
