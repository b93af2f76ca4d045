"""How do MkDocs and Material make pages of a guide?

``Site`` handles MkDocs' events for one build: macros, added files, slots, the origin of each page.
Only this module, ``__init__``, ``host`` and ``preview`` know MkDocs. Imports ``publish``,
``generated``, ``copies``, ``tables``, ``prose``, ``export``, ``api`` and ``policy``.
"""

from __future__ import annotations

import inspect
import os
import re
import sys
import traceback
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from jinja2 import TemplateError, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.plugins import BasePlugin
from mkdocs.structure.files import File, Files, InclusionLevel
from mkdocs.structure.nav import Navigation, Section
from mkdocs.structure.pages import Page
from mkdocs.utils.templates import TemplateContext
from mkdocs.utils.yaml import yaml_load

from . import api, copies, dates, export, generated, policy, prose, publish, tables
from .derive import Guide
from .errors import CannotRun, DataError, Problem, nearest, report

if TYPE_CHECKING:
    from mkdocs_macros.plugin import MacrosPlugin

PLUGIN = "guide"
_CODE = re.compile("<pre(?=[ >])")
_TEXT = re.compile("<(?:pre|p|ul|ol|table)(?=[ >])")
# As many entries as the side of a screen shows at once.
MOST_IN_NAVIGATION = 30


def load_plugin() -> None:
    """Load the macros plugin without what takes it long and pages do not get.

    It would import a library to ask PyPI with, and ask git a dozen questions for its own macros.
    """
    unused = {"requests"} - sys.modules.keys()
    sys.modules.update({name: ModuleType(name) for name in unused})
    import mkdocs_macros.plugin

    vars(mkdocs_macros.plugin).update(define_env=lambda _: None)
    for name in unused:
        del sys.modules[name]


class Site(BasePlugin):  # type: ignore[no-untyped-call, type-arg]
    """MkDocs' events for one build of one guide; ``problems`` collects what is wrong with pages."""

    def __init__(self, guide: Guide, data: Path, config: MkDocsConfig) -> None:
        self.guide = guide
        self.problems: list[Problem] = []
        self.docs = Path(config.docs_dir)
        self.about = about(config)
        self.frame = copies.Frame(
            guide,
            config.site_name,
            config.copyright or "",
            _edit_addresses(config, data),
            config.extra.get("repository", "").rstrip("/"),
        )

    @classmethod
    def of(cls, config: MkDocsConfig) -> Site:
        """Return the site that a command gave to this build, or load the data beside the config."""
        if PLUGIN not in config.plugins:
            data = Path(config.config_file_path).parent / "data"
            try:
                config.plugins[PLUGIN] = cls(publish.checked(data), data, config)
            except (DataError, CannotRun) as error:
                raise PluginError(f"{error}") from error
        return cast("Site", config.plugins[PLUGIN])

    # ------------------------------------------------------------ macros

    def equip(self, env: MacrosPlugin) -> None:
        """Register the macros and close everything else to pages."""
        import mkdocs_macros.plugin

        # The date of the data, so that two builds are equal whenever they run.
        day = datetime.fromisoformat(self.guide.dataset.date or "1980-01-01").replace(tzinfo=UTC)
        os.environ["SOURCE_DATE_EPOCH"] = str(int(day.timestamp()))
        # The plugin has no option for either: its Jinja may run anything, its errors become pages.
        vars(mkdocs_macros.plugin).update(Environment=Sandbox, format_error=self._page_error)
        for given in (env.variables, env.macros, env.filters):
            given.clear()  # git's author, the clock, the paths of this machine
        slots = {name: self._macro(name, tables, publish.slot) for name in tables.BLOCKS}
        inline = {name: self._macro(name, prose, self._sentence) for name in prose.SENTENCES}
        env.macros.update(slots | inline)

    def _macro(self, name: str, home: Any, render: Callable[..., str]) -> Callable[..., str]:
        """Return a macro of the module ``home`` as pages call it."""

        def macro(*args: Any, **kwargs: Any) -> str:
            try:
                return render(name, home.check_arguments(self.guide, name, args, kwargs))
            except DataError as error:
                self._report(error.problems, name, _template_line(inspect.currentframe()))
                return ""

        macro.of_guide = True  # type: ignore[attr-defined]
        return macro

    def _sentence(self, name: str, arguments: dict[str, Any]) -> str:
        return prose.SENTENCES[name](self.guide, "../" * self.page.url.count("/"), **arguments)

    def _page_error(self, error: Exception, markdown: str, page: Page) -> str:
        """Note what Jinja refused; the page stays empty, and the build stops before it is written.

        Stands in for the plugin's own function, which writes the error into the page.
        """
        if isinstance(error, TemplateSyntaxError):
            line, found = error.lineno, error.message or "broken syntax"
        else:
            frames = traceback.extract_tb(error.__traceback__)
            if not isinstance(error, TemplateError) and any(map(_own_code, frames)):
                raise error
            lines = [frame.lineno for frame in frames if frame.filename == "<template>"]
            line, found = (lines or [0])[-1] or 0, str(error)
        word = re.match(r"'(\w+)' is undefined", found)
        hint = nearest(word[1], [*tables.BLOCKS, *prose.SENTENCES]) if word else ""
        problem = Problem("", 0, 0, "macros", "page", found, "calls of the guide's macros", hint)
        in_body = page.markdown and page.markdown.endswith(markdown)
        self._report([problem], word[1] if word else "", line if in_body else 0)
        return ""

    def _report(self, problems: Iterable[Problem], name: str, line: int = 0) -> None:
        """Note problems of the current page where it calls the macro ``name``.

        ``line`` counts from the end of the front matter; 0 if it is not known.
        """
        file, body = self.page.file, self.page.markdown or ""
        source = file.content_string
        lines = source.splitlines()
        if line:
            line += source[: len(source) - len(body)].count("\n")
        else:
            calls = [n for n, text in enumerate(lines, 1) if name and f"{name}(" in text]
            line = calls[0] if len(calls) == 1 else 0
        excerpt = lines[line - 1] if 0 < line <= len(lines) else ""
        column = max(0, excerpt.find(name)) + 1 if excerpt else 0
        self.problems += [
            replace(
                problem, file=self._path(file), line=line, column=column, excerpt=excerpt,
                key=problem.key or name, width=len(name) or 1,
            )
            for problem in problems
        ]  # fmt: skip

    def _path(self, file: File) -> str:
        """Return the path of a page as the user would type it."""
        if file.generated_by:
            return f"{file.src_uri} (made from the data)"
        return shown(self.docs / file.src_uri)

    # ------------------------------------------------------------ files and navigation

    def on_files(self, files: Files, *, config: MkDocsConfig) -> Files:
        """Add the generated pages, the copies of all sources, the derivations and the downloads.

        MkDocs knows them all, so it checks links to them and writes them. A page that stands in
        the docs folder already is left alone.
        """
        sources = {
            file.src_uri: file.content_bytes.decode("utf-8-sig", "replace")
            for file in files.documentation_pages()
        }
        made = {
            **generated.pages(self.guide),
            **copies.copies(sources, self.frame),
            **copies.derivations(self.frame),
            **export.files(self.guide),
            **api.files(self.guide, self.about),
        }
        unlisted = self._unlisted()
        for path, content in made.items():
            if files.get_file_from_path(path) is None:
                level = InclusionLevel.NOT_IN_NAV if path in unlisted else InclusionLevel.UNDEFINED
                files.append(File.generated(config, path, content=content, inclusion=level))
        for entry in config.nav or ():
            for listed in entry.values() if isinstance(entry, dict) else ():
                for kind in generated.SECTIONS:
                    if listed == [f"{kind}/index.md"]:
                        names = getattr(self.guide.dataset, kind)
                        pages = (f"{kind}/{name}.md" for name in names)
                        listed += [page for page in pages if page not in unlisted]
        return files

    def _unlisted(self) -> set[str]:
        """Return the generated pages that are found through the index of their section alone.

        Nobody finds a name in a list to scroll faster than in the index, which says more and sorts.
        """
        found: set[str] = set()
        for kind in generated.SECTIONS:
            names = getattr(self.guide.dataset, kind)
            if len(names) > MOST_IN_NAVIGATION:
                found |= {f"{kind}/{name}.md" for name in names}
        return found

    def on_nav(self, nav: Navigation, **_: Any) -> Navigation:
        """Name the sections of generated pages where MkDocs made the navigation itself."""
        for item in nav.items:
            if isinstance(item, Section) and item.title.lower() in generated.SECTIONS:
                item.title = generated.SECTIONS[item.title.lower()]
        return nav

    # ------------------------------------------------------------ pages

    def on_pre_page(self, page: Page, **_: Any) -> Page:
        """Remember which page is being read, for problems and for links."""
        self.page = page
        return page

    def on_page_content(self, html: str, *, page: Page, **_: Any) -> str:
        """Keep code out of the search index, which every page loads.

        Of a page that says ``search: {only: headings}`` nothing else is in it.
        """
        out = _TEXT if page.meta.get("search", {}).get("only") == "headings" else _CODE
        return out.sub(r'\g<0> data-search-exclude="true"', html)

    def on_env(self, env: Any, **_: Any) -> Any:
        """Stop before any page is written if one of them has a problem."""
        self._stop()
        return env

    def on_page_context(self, context: TemplateContext, *, page: Page, **_: Any) -> TemplateContext:
        """Tell the template where the page comes from."""
        path = _origin(page.file)
        listed = f"files/index.html#{path.strip('/').replace('/', '-')}"
        origin = {
            "path": path,
            "lines": listed if path.endswith("/") else f"files/{path}.html",
            "edit": self.frame.edit_address(path),
            "document": api.document(path),
        }
        context["origin"] = origin  # type: ignore[typeddict-unknown-key]
        if page.is_homepage:
            described = api.dataset(self.guide, self.about)
            context["described"] = described  # type: ignore[typeddict-unknown-key]
        return context

    def on_post_page(self, output: str, *, page: Page, **_: Any) -> str:
        """Fill the slots and date the finished page."""
        self.page = page
        try:
            output = publish.fill(output, page.url, self.guide)
        except DataError as error:
            for problem in error.problems:
                self._report([problem], problem.key)
        day = dates.newest(output, self.guide)
        date = f'<time datetime="{day}">{day}</time>' if day else "no date"
        return policy.sealed(output.replace(_DATE, date))

    def on_post_template(self, output: str, *, template_name: str, **_: Any) -> str:
        """Give the page for missing addresses its content security policy."""
        return policy.sealed(output) if template_name.endswith(".html") else output

    def on_post_build(self, **_: Any) -> None:
        """Stop if a slot could not be filled."""
        self._stop()

    def report(self) -> str:
        """Return all problems of the pages, as a plain build prints them."""
        return report(sorted(set(self.problems)))

    def _stop(self) -> None:
        if self.problems:
            raise PluginError(self.report())


class Sandbox(ImmutableSandboxedEnvironment):
    """Jinja as pages get it: they may call the guide's macros and nothing else."""

    def __init__(self, **options: Any) -> None:
        del options["loader"]  # no includes: a page can read no file
        super().__init__(**options)

    def is_safe_callable(self, obj: Any) -> bool:
        """Return whether ``obj`` is a macro of the guide."""
        return getattr(obj, "of_guide", False) is True


_DATE = "<time></time>"


def _own_code(frame: traceback.FrameSummary) -> bool:
    return Path(frame.filename).parent == Path(__file__).parent


def shown(path: Path) -> str:
    """Return a path as the user would type it: from the working directory where that holds it."""
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


def _template_line(frame: Any) -> int:
    """Return the line of the page from which a macro was called."""
    while "__jinja_template__" not in frame.f_globals:
        frame = frame.f_back
    line: int = frame.f_globals["__jinja_template__"].get_corresponding_lineno(frame.f_lineno)
    return line


def about(config: MkDocsConfig) -> api.About:
    """Return what the config, and CITATION.cff beside it, say of the site."""
    citation = Path(config.config_file_path).parent / "CITATION.cff"
    cited = yaml_load(citation.read_text(encoding="utf-8")) if citation.is_file() else {}
    pages = []
    for entry in config.nav or ():
        for title, page in entry.items() if isinstance(entry, dict) else ():
            first = page if isinstance(page, str) else page[0]
            if isinstance(first, str):
                pages.append((title, re.sub(r"(^|(?<=/))index\.md$|\.md$", "", first)))
    return api.About(
        config.site_name,
        config.site_description or "",
        f"{config.site_url.rstrip('/')}/" if config.site_url else "",
        config.extra.get("commit", ""),
        f"https://spdx.org/licenses/{cited['license']}.html" if "license" in cited else "",
        cited.get("authors", [{}])[0].get("name", ""),
        tuple((title, f"{page}/" if page and page[-1] != "/" else page) for title, page in pages),
    )


def _origin(file: File) -> str:
    """Return the file that a page is made from, as the copies name it."""
    section, _, name = file.src_uri.partition("/")
    if not file.generated_by:
        return f"docs/{file.src_uri}"
    return f"data/{section}/" if name == "index.md" else f"data/{section}/{name[:-3]}.yml"


def _edit_addresses(config: MkDocsConfig, data: Path) -> dict[str, str]:
    """Return where the files of the folders ``data`` and ``docs`` can be edited, if anywhere."""
    repository = config.extra.get("repository", "").rstrip("/")
    if not repository:
        return {}
    if urlsplit(repository).scheme != "https":
        raise CannotRun(f"extra.repository: {repository} is no https address")
    home = Path(config.config_file_path).resolve().parent
    branch = config.extra.get("branch", "main")
    return {
        name: f"{repository}/edit/{branch}/{folder.resolve().relative_to(home).as_posix()}"
        for name, folder in (("data", data), ("docs", Path(config.docs_dir)))
        if folder.resolve().is_relative_to(home)
    }
