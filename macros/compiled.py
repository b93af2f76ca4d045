"""Where are the theme's templates kept once they are compiled?

Jinja would compile the templates anew in every build, which takes as long as rendering the site of
a small guide. What it made is kept beside the compiled modules of this package, where Python keeps
those. ``host`` gives it to the theme. Imports nothing of this package.
"""

from __future__ import annotations

import contextlib
import sys
from importlib.util import cache_from_source
from pathlib import Path

import jinja2
from jinja2.bccache import Bucket, FileSystemBytecodeCache


class Compiled(FileSystemBytecodeCache):
    """Compiled templates, each with a checksum of its text, so that none is ever stale.

    Like Python with modules: ``PYTHONDONTWRITEBYTECODE`` and ``PYTHONPYCACHEPREFIX`` are heeded,
    and where nothing can be written, nothing is kept.
    """

    def __init__(self) -> None:
        modules = Path(cache_from_source(__file__)).parent
        super().__init__(str(modules / f"templates-{jinja2.__version__}"))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep one template for the next build, if it can be kept."""
        if not sys.dont_write_bytecode:
            with contextlib.suppress(OSError):
                Path(self.directory).mkdir(parents=True, exist_ok=True)
                super().dump_bytecode(bucket)
