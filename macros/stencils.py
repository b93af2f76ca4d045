"""How does one page serve all GPUs, and one all models?

The pages of a kind differ in a few words. So Markdown and the theme render one page of each kind,
the pattern, with marks in place of these words, and each page is a copy of it with its own words.
A mark is made up anew for each run, so no text of the data or the config can hold one, and what is
put in is never searched for marks. Knows MkDocs. Imports ``generated``; ``hooks`` adds the pages.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from copy import copy
from typing import Any

from jinja2.runtime import Context
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files, InclusionLevel
from mkdocs.structure.pages import Page
from mkdocs.structure.toc import TableOfContents

from .generated import Words

_SECRET = f"x{secrets.token_hex(16)}"
MARKS = Words(*(f"{_SECRET}{field}x" for field in Words._fields))
_CONTENT = f"<h1>{_SECRET}contentx"  # the theme looks whether the content has a heading
_MARK = re.compile(f"(?:<h1>)?{_SECRET}({'|'.join((*Words._fields, 'content'))})x")


class Stencil:
    """A rendered text with marks."""

    def __init__(self, text: str) -> None:
        self.parts = _MARK.split(text)  # every second part names a mark

    def filled(self, words: Words, content: str = "") -> str:
        """Return the text with ``words`` and ``content`` in place of the marks."""
        put = words._asdict() | {"content": content}
        parts = self.parts.copy()
        parts[1::2] = [put[name] for name in parts[1::2]]
        return "".join(parts)


class Pattern(Page):
    """The page of no record, made from Markdown with marks. It is never written."""

    def __init__(self, section: str, markdown: str, config: MkDocsConfig) -> None:
        path = f"{section}/{MARKS.id}.md"
        super().__init__(None, File.generated(config, path, content=markdown), config)
        self.body: Stencil | None = None
        self.frame: Stencil | None = None

    def filled(self, words: Words, config: MkDocsConfig, files: Files) -> str:
        """Return the content of the page of one record; the first call renders the Markdown."""
        if self.body is None:
            self.read_source(config)
            self.render(config, files)
            self.body = Stencil(self.content or "")
            self.content = _CONTENT  # that of each page may still change before it meets the theme
        return self.body.filled(words)


class Copied(Page):
    """The page of a record. MkDocs lists, links and writes it like any other."""

    def __init__(self, file: File, pattern: Pattern, words: Words, config: MkDocsConfig) -> None:
        super().__init__(None, file, config)
        self.pattern, self.words = pattern, words

    def read_source(self, config: MkDocsConfig) -> None:  # noqa: ARG002
        """Give the title; there is no Markdown to read."""
        self.markdown = ""
        self.meta = {"title": self.words.title}
        if self.file.inclusion is InclusionLevel.NOT_IN_NAV:  # else it stands out in the navigation
            self.meta["template"] = "copied.html"

    def render(self, config: MkDocsConfig, files: Files) -> None:
        """Copy words and headings from the pattern."""
        self.content, *self.slots = self.pattern.filled(self.words, config, files).partition("<h2")
        self.present_anchor_ids = {
            Stencil(one).filled(self.words) for one in self.pattern.present_anchor_ids or ()
        }
        first, *others = map(copy, self.pattern.toc)
        first.title, first.id = self.words.name, self.words.anchor
        self.toc = TableOfContents([first, *others])

    def complete(self) -> None:
        """Add the headings and slots, in which the search would find nothing."""
        self.content = "".join((self.content or "", *self.slots))

    def framed(self, context: Context, tell: Callable[..., Any]) -> str:
        """Return the page as the theme's template would render it.

        ``tell`` gives a template's context what this guide says of a page.
        """
        if self.pattern.frame is None:
            given = tell({**context.get_all(), "page": self.pattern}, page=self.pattern)
            whole = context.environment.get_template("main.html").render(given)
            self.pattern.frame = Stencil(whole)
        return self.pattern.frame.filled(self.words, self.content or "")
