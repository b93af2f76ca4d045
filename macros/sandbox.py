"""What may a page call, and where did it call?

Loads the macros plugin of MkDocs and closes it: pages get the macros of the guide and nothing
else. Imports nothing of this package; ``hooks`` confines pages, ``host`` loads the plugin.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from jinja2.sandbox import ImmutableSandboxedEnvironment


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


def confine(page_error: Callable[..., str]) -> None:
    """Let pages call the guide's macros alone; ``page_error`` is told what Jinja refused.

    The plugin has no option for either: its Jinja may run anything, its errors become pages.
    """
    import mkdocs_macros.plugin

    vars(mkdocs_macros.plugin).update(Environment=Sandbox, format_error=page_error)


class Sandbox(ImmutableSandboxedEnvironment):
    """Jinja as pages get it: they may call the guide's macros and nothing else."""

    def __init__(self, **options: Any) -> None:
        del options["loader"]  # no includes: a page can read no file
        super().__init__(**options)

    def is_safe_callable(self, obj: Any) -> bool:
        """Return whether ``obj`` is a macro of the guide."""
        return getattr(obj, "of_guide", False) is True


def own_code(frame: traceback.FrameSummary) -> bool:
    """Return whether a frame runs code of this package."""
    return Path(frame.filename).parent == Path(__file__).parent


def template_line(frame: Any) -> int:
    """Return the line of the page from which a macro was called."""
    while "__jinja_template__" not in frame.f_globals:
        frame = frame.f_back
    line: int = frame.f_globals["__jinja_template__"].get_corresponding_lineno(frame.f_lineno)
    return line
