"""How do MkDocs and Material make pages of a guide?

``Site`` handles MkDocs' events for one build: macros, added files, slots, the origin of each page.
Only this module, ``about``, ``sandbox``, ``stencils``, ``__init__``, ``host`` and ``preview`` know
MkDocs. Imports ``about``, ``addresses``, ``sandbox``, ``stencils``, ``generated``, ``publish``,
``tables``, ``prose``, ``copies``, ``export``, ``api``, ``dates``, ``gate`` and ``policy``.
"""

from __future__ import annotations

import inspect
import os
import re
import traceback
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from jinja2 import TemplateError, TemplateSyntaxError, pass_context
from jinja2.runtime import Context
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.plugins import BasePlugin
from mkdocs.structure.files import File, Files, InclusionLevel
from mkdocs.structure.nav import Navigation, Section
from mkdocs.structure.pages import Page
from mkdocs.utils.templates import TemplateContext

from . import addresses, api, copies, dates, export, gate, generated, policy, prose, publish, tables
from .about import about, edit_addresses, origin
from .derive import Guide
from .errors import CannotRun, DataError, Problem, nearest, report
from .sandbox import confine, own_code, template_line
from .stencils import MARKS, Copied, Pattern

if TYPE_CHECKING:
    from mkdocs_macros.plugin import MacrosPlugin

PLUGIN = "guide"
_CODE = re.compile("<pre(?=[ >])")
_TEXT = re.compile("<(?:pre|p|ul|ol|table)(?=[ >])")
# As many entries as the side of a screen shows at once.
MOST_IN_NAVIGATION = 30


class Site(BasePlugin):  # type: ignore[no-untyped-call, type-arg]
    """MkDocs' events for one build of one guide.

    ``problems`` collects what is wrong with pages, ``made`` the digest of each file by its path.
    """

    def __init__(self, guide: Guide, data: Path, config: MkDocsConfig) -> None:
        self.guide = guide
        self.problems: list[Problem] = []
        self.made: dict[str, int] = {}
        self.docs = Path(config.docs_dir)
        self.about = about(config)
        self.frame = copies.Frame(
            guide,
            config.site_name,
            config.copyright or "",
            edit_addresses(config, data),
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
        # The date of the data, so that two builds are equal whenever they run.
        day = datetime.fromisoformat(self.guide.dataset.date or "1980-01-01").replace(tzinfo=UTC)
        os.environ["SOURCE_DATE_EPOCH"] = str(int(day.timestamp()))
        confine(self._page_error)
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
                self._report(error.problems, name, template_line(inspect.currentframe()))
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
            if not isinstance(error, TemplateError) and any(map(own_code, frames)):
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

        MkDocs knows them all, so it checks links to them and writes them. A page of a GPU or model
        that stands in the docs folder already is left alone.
        """
        out = (InclusionLevel.EXCLUDED, InclusionLevel.DRAFT)
        found = [(self._path(f), f.dest_uri) for f in files if f.inclusion not in out]
        sources = {
            file.src_uri: file.content_bytes.decode("utf-8-sig", "replace")
            for file in files.documentation_pages()
        }
        for section in generated.SECTIONS:
            self._add_section(section, files, config)
        taken = [(self._path(f), f.dest_uri) for f in files if f.generated_by]
        made = {
            **copies.copies(sources, self.frame),
            **copies.derivations(self.frame),
            **export.files(self.guide),
            **api.files(self.guide, self.about),
        }
        for path, content in made.items():
            written = content.encode()
            _added(files, config, path, written)
            self.made[path] = gate.digest(written)
            taken.append((f"{path} (made from the data)", path))
        taken += [(f"{path} (made by the theme)", path) for path in config.theme.static_templates]
        self.problems += addresses.shared(found, taken)
        return files

    def _add_section(self, section: str, files: Files, config: MkDocsConfig) -> None:
        """Add the pages of all records of a section, and their index.

        Of a long section the index alone is in the navigation: nobody finds a name in a list to
        scroll faster than in the index, which says more and sorts.
        """
        _added(files, config, f"{section}/index.md", generated.index(section))
        pattern = Pattern(section, generated.page(self.guide, section, MARKS), config)
        every = generated.words(self.guide, section)
        listed = len(every) <= MOST_IN_NAVIGATION
        level = InclusionLevel.UNDEFINED if listed else InclusionLevel.NOT_IN_NAV
        for words in every:
            if file := _added(files, config, f"{section}/{words.id}.md", "", level):
                Copied(file, pattern, words, config)
        for entry in config.nav or () if listed else ():
            for pages in entry.values() if isinstance(entry, dict) else ():
                if pages == [f"{section}/index.md"]:
                    pages += [f"{section}/{words.id}.md" for words in every]

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
        env.globals["copied"] = self._copied
        return env

    @pass_context
    def _copied(self, context: Context) -> str:
        """Return the page of a record; the theme calls it."""
        page: Copied = context["page"]
        return page.framed(context, self.on_page_context)

    def on_page_context(self, context: TemplateContext, *, page: Page, **_: Any) -> TemplateContext:
        """Tell the template where the page comes from, once the search has seen its words."""
        if isinstance(page, Copied):
            page.complete()
        path = origin(page.file)
        listed = f"files/index.html#{path.strip('/').replace('/', '-')}"
        context["origin"] = {  # type: ignore[typeddict-unknown-key]
            "path": path,
            "lines": listed if path.endswith("/") else f"files/{path}.html",
            "edit": self.frame.edit_address(path),
            "document": api.document(path),
        }
        if page.is_homepage:
            described = api.dataset(self.guide, self.about)
            context["described"] = described  # type: ignore[typeddict-unknown-key]
        return context

    def on_post_page(self, output: str, *, page: Page, **_: Any) -> str:
        """Fill the slots and date the finished page."""
        self.page = page
        # Sealed first, for slots add to the content alone, which gets no leave. The date stands
        # below all slots, so a large page need not be searched for its place.
        above, dated, below = policy.sealed(output.strip()).rpartition(_DATE)
        filled = above if dated else below
        try:
            filled = publish.fill(filled, page.url, self.guide)
        except DataError as error:
            for problem in error.problems:
                self._report([problem], problem.key)
        if dated:
            day = dates.newest(filled, self.guide)
            filled += (f'<time datetime="{day}">{day}</time>' if day else "no date") + below
        self._note(page.file.dest_uri, filled)
        return filled

    def on_post_template(self, output: str, *, template_name: str, **_: Any) -> str:
        """Give the page for missing addresses its content security policy."""
        output = policy.sealed(output) if template_name.endswith(".html") else output
        self._note(template_name, output)
        return output

    def _note(self, path: str, content: str) -> None:
        """Keep the digest of a file of the site as MkDocs will write it."""
        self.made[path] = gate.digest(content.encode(errors="xmlcharrefreplace"))

    def on_post_build(self, **_: Any) -> None:
        """Stop if a slot could not be filled."""
        self._stop()

    def report(self) -> str:
        """Return all problems of the pages, as a plain build prints them."""
        return report(sorted(set(self.problems)))

    def _stop(self) -> None:
        if self.problems:
            raise PluginError(self.report())


_DATE = "<time></time>"


def _added(
    files: Files,
    config: MkDocsConfig,
    path: str,
    content: str | bytes,
    level: InclusionLevel = InclusionLevel.UNDEFINED,
) -> File | None:
    """Add a file to those of the site, unless one stands there already."""
    if files.get_file_from_path(path) is not None:
        return None
    file = File.generated(config, path, content=content, inclusion=level)
    files.append(file)
    return file


def shown(path: Path) -> str:
    """Return a path as the user would type it: from the working directory where that holds it."""
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)
