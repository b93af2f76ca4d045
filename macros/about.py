"""What does mkdocs.yml say of the site, and where is a file of it edited?

Reads the config and CITATION.cff for the API, and names the file that a page is made from. Knows
MkDocs. Imports ``api``; ``hooks`` asks.
"""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File
from mkdocs.utils.yaml import yaml_load

from . import api
from .errors import CannotRun


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


def origin(file: File) -> str:
    """Return the file that a page is made from, as the copies name it."""
    section, _, name = file.src_uri.partition("/")
    if not file.generated_by:
        return f"docs/{file.src_uri}"
    return f"data/{section}/" if name == "index.md" else f"data/{section}/{name[:-3]}.yml"


def edit_addresses(config: MkDocsConfig, data: Path) -> dict[str, str]:
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
