"""How does an editor see a change at once?

``serve`` builds into a temporary folder on every save and shows the newest whole site. When a
build fails, the last good pages stay, with a panel of the problems on top. Imports ``host`` late,
so that a fault in the guide's own code is shown in the panel too.
"""

from __future__ import annotations

import html
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from mkdocs.livereload import LiveReloadServer

from .errors import CannotRun, DataError
from .policy import sealed

_CODE = Path(__file__).parent
_PANEL = """\
<div id="problems" role="alert" style="position:sticky;top:0;z-index:9;max-height:50vh;\
overflow:auto;padding:1em;background:#fff3f3;color:#5f0000;border-bottom:3px solid #b00020">\
<strong>{title}</strong><pre style="white-space:pre-wrap;margin:0">{report}</pre></div>"""
_FIRST = b"""\
<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Preview</title></head>\
<body></body></html>"""
_BODY = re.compile(rb"<body[^>]*>")
# Names the kept pages to the changed code that runs in place of this process, and to no other.
_KEPT = f"GUIDE_PREVIEW_{os.getpid()}"
# What the changed code must be able to do, or nobody could answer any more.
_TRIAL = f"from {__package__} import cli, host, preview; cli.main(['serve', '--help'])"


def serve(data: Path, docs: Path, config: Path, address: str, say: Callable[[str], None]) -> None:
    """Show the site at ``address`` (host:port) and rebuild it on every save, until interrupted.

    ``say`` is told the address, and the problems of each build. Raises CannotRun if a folder is
    missing or the address cannot be used.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # tidy up also when terminated
    sys.dont_write_bytecode = True  # a new .pyc file would look like a save
    host, _, port = address.rpartition(":")
    if not (host and re.fullmatch("[0-9]{1,5}", port) and int(port) < 2**16):
        raise CannotRun(f"{address}: expected a host and a port, such as 127.0.0.1:8000")
    for path in (data, docs, config):
        if not path.exists():
            raise CannotRun(f"{path}: no such file or folder")
    with ExitStack() as end:
        room = os.environ.pop(_KEPT, "") or tempfile.mkdtemp(prefix="guide-")
        end.callback(shutil.rmtree, room, ignore_errors=True)
        preview = Preview(data, docs, config, Path(room), (host, int(port)), say)
        end.callback(preview.shutdown)
        try:
            preview.rebuild()
            preview.serve()  # type: ignore[no-untyped-call]
        except OSError as error:
            raise CannotRun(f"{address}: {error.strerror}") from error
        except KeyboardInterrupt:
            pass


class Preview(LiveReloadServer):
    """MkDocs' server, but it shows whole sites only, with a panel on top while there are problems.

    The pages of each build stand in a folder of their own under ``room``, and ``room/site`` is a
    link to the newest whole one: a request that waited for a build finds the new pages there.
    """

    def __init__(
        self,
        data: Path,
        docs: Path,
        config: Path,
        room: Path,
        address: tuple[str, int],
        say: Callable[[str], None],
    ) -> None:
        super().__init__(self.rebuild, *address, root=str(room / "site"))
        self.data, self.docs, self.config, self.room, self.say = data, docs, config, room, say
        self.error_handler = self._missing
        self.panel = b""
        self.code = _stamps()
        for path in (data, docs, config, _CODE):
            self.watch(str(path))

    def server_activate(self) -> None:
        """Begin to answer, and say so."""
        super().server_activate()
        self.say(f"Serving on {self.url} (stop with Ctrl+C)")

    def rebuild(self) -> None:
        """Build the site; whatever fails, keep the last good one and say what is wrong."""
        try:
            if _stamps() != self.code:
                self._start_anew()
            self._build()
        except (DataError, CannotRun) as error:
            self._complain("The last good pages are shown below.", str(error))
        except (Exception, SystemExit):  # noqa: BLE001 - a preview lives on, whatever is saved
            self._complain("The guide's own code failed.", traceback.format_exc())

    def _build(self) -> None:
        from . import host, publish

        fresh = Path(tempfile.mkdtemp(dir=self.room))
        settings = host.settings(self.config, self.docs, fresh, strict=False)
        settings.site_url = self.url
        host.render(publish.checked(self.data), self.data, settings)
        (self.room / "next").symlink_to(fresh)
        (self.room / "next").replace(self.root)
        self.panel = b""
        for old in self.room.iterdir():
            if old not in (fresh, Path(self.root)):
                shutil.rmtree(old, ignore_errors=True)

    def _start_anew(self) -> None:
        """Run the changed code in place of this process; CannotRun if it would not start."""
        trial = [sys.executable, "-B", "-c", _TRIAL]
        done = subprocess.run(trial, capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode:
            raise CannotRun(f"The guide's own code does not start.\n{done.stderr}")
        os.environ[_KEPT] = str(self.room)
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606

    def _complain(self, title: str, words: str) -> None:
        self.say(words)
        self.panel = _PANEL.format(title=title, report=html.escape(words)).encode()

    def _missing(self, code: int) -> bytes:  # noqa: ARG002
        page = self.room / "site" / "404.html"
        content = page.read_bytes() if page.exists() else _FIRST
        return self._inject_js_into_html(content, self._visible_epoch)

    def _inject_js_into_html(self, content: bytes, epoch: int) -> bytes:
        start = _BODY.search(content)
        place = start.end() if start else 0
        page = content[:place] + self.panel + content[place:]
        injected: bytes = super()._inject_js_into_html(page, epoch)  # type: ignore[no-untyped-call]
        return sealed(injected.decode()).encode()  # else the policy refuses the script that reloads


def _stamps() -> dict[Path, int]:
    """Return when each file of the package was saved."""
    return {path: path.stat().st_mtime_ns for path in sorted(_CODE.rglob("*.py"))}
