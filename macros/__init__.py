"""What does the macros plugin of MkDocs see?

``define_env`` is called once for each build. Importing the package itself loads nothing, so that
``check`` and ``measure`` stay quick.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mkdocs_macros.plugin import MacrosPlugin


def define_env(env: MacrosPlugin) -> None:
    """Give pages the guide's macros, and only these; load the data unless a command has done so."""
    try:
        from .hooks import Site
    except ImportError as error:
        # The plugin would take this for a missing module and hide what is really missing.
        raise RuntimeError(f"macros cannot be loaded: {error}") from error
    Site.of(env.conf).equip(env)
