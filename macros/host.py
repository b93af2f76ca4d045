"""How is MkDocs run for one guide?

Reads mkdocs.yml, renders a guide into a folder, and builds the published site. Imports ``hooks``
and ``publish``; the commands call it.
"""

from __future__ import annotations

import logging
import os
import re
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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
from .derive import Guide
from .errors import CannotRun, DataError, Problem, nearest
from .hooks import PLUGIN, Site, about, load_plugin, shown


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
            vars(found.theme).update(get_env=partial(_list_files, found.theme))
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


def render(guide: Guide, data: Path, config: MkDocsConfig) -> None:
    """Write every page of a guide into the site folder of ``config``.

    Raises DataError with all problems of the pages, MkDocs' warnings among them where the config
    is strict, or with the fault of a template.
    """
    site = Site(guide, data, config)
    config.plugins[PLUGIN] = site
    with _messages(Path(config.config_file_path), site.docs) as said:
        try:
            build(config)
        except (Abort, UnicodeDecodeError) as error:
            own = site.report()  # MkDocs logs this too
            raise DataError([*site.problems, *(one for one in said if one.found != own)]) from error
        except Exception as error:
            if problem := _of_template(error):
                raise DataError([problem]) from error
            raise


def make(data: Path, docs: Path, site: Path, config: Path) -> Guide:
    """Check the data, build the site beside ``site``, verify it, and swap it in.

    Raises DataError and CannotRun.
    """
    found = settings(config, docs, site)

    def into(guide: Guide, folder: Path) -> None:
        found.site_dir = str(folder)
        render(guide, data, found)

    root = urlsplit(found.site_url or "/").path or "/"
    return publish.build(data, site, into, root, about(found))


def _list_files(theme: Theme) -> Any:
    """Return the templates of a theme; the icons that MkDocs drops by thousands are not listed."""
    env = Theme.get_env(theme)

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
    if last.filename.endswith(".py"):
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
        file = shown(self.docs / (page[1] or page[2]) if page else self.config)
        self.problems.append(Problem(file, 0, 0, "MkDocs", "page", words, "no warning"))
