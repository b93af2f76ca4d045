"""The live preview shows each save, tells what is broken above the last pages, and lives on."""

from __future__ import annotations

import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from mkdocs.config.defaults import MkDocsConfig

from macros import host, preview, publish
from macros.errors import CannotRun
from macros.policy import sealed

ROOT = Path(__file__).parents[1]
PANEL = '<div id="problems" role="alert"'
SPEECH = "data/benchmarks/aria-speech.yml"
COUNT = """\
from pathlib import Path
def on_config(config):
    with Path(__file__).with_name("builds").open("a") as builds:
        builds.write("one\\n")
"""


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def get(url: str) -> str:
    """Return a page, also one that stands for a missing page; "" while nobody answers."""
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310
            text: str = answer.read().decode()
            return text
    except urllib.error.HTTPError as error:
        return error.read().decode()
    except OSError:
        return ""


class Served:
    """A running preview of a copy of the house, at first with a fault in its data."""

    def __init__(self, house: Path) -> None:
        self.house = house
        self.save(SPEECH, "2.50", "two")
        self.url = f"http://127.0.0.1:{free_port()}/"
        address = self.url.removeprefix("http://").rstrip("/")
        command = [sys.executable, "-m", "macros", "serve", "--data", "data", "--docs", "docs"]
        self.process = subprocess.Popen(
            [*command, "--address", address], cwd=house, stdout=subprocess.PIPE, text=True
        )

    def wait(self, *words: str, without: str = "\0", path: str = "") -> str:
        """Return a page as soon as it has some words and not others."""
        end = time.monotonic() + 60
        page = ""
        while time.monotonic() < end:
            page = get(self.url + path)
            if page and without not in page and all(word in page for word in words):
                return page
            time.sleep(0.1)
        raise AssertionError(f"no {words} without {without!r} in:\n{page}")

    def save(self, file: str, old: str, new: str) -> None:
        """Replace text in a file of the house."""
        path = self.house / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture
def served(tmp_path: Path, mini: Path, builds: list[str]) -> Iterator[Served]:
    """The preview of a house of the made-up family, which counts its own builds."""
    house = tmp_path / "house"
    shutil.copytree(mini, house / "data")
    shutil.copytree(ROOT / "tests/docs", house / "docs")
    shutil.copytree(ROOT / "macros", house / "macros", ignore=shutil.ignore_patterns("__pycache__"))
    config = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    config = re.sub(r"(?ms)^nav:.*?^$", "hooks: [count.py]\n", config)
    (house / "mkdocs.yml").write_text(config, encoding="utf-8")
    (house / "count.py").write_text(COUNT)
    one = Served(house)
    yield one
    one.process.kill()
    one.process.communicate()
    builds += ["the preview"] * (house / "builds").read_text().count("one")


def test_the_preview_follows_every_save_and_survives_every_fault(served):
    """One server from a broken start through data, pages, config, template and code to its end."""
    page = served.wait(PANEL, "aria-speech.yml:18", "two", "hint:")
    assert "Aria guide" not in page
    assert "livereload(" in page
    assert PANEL in get(served.url + "gpus/ember-80/"), "a missing page has the panel too"

    served.save(SPEECH, "two", "2.50")
    served.wait("Aria guide", ">2.50<", without=PANEL)

    # Each fault stands before those that are there already, so it is the one that is told.
    served.save("docs/index.md", "## Times", '{{ gpu("none") }}\n\n## Times')
    served.wait(PANEL, "index.md:16", ">2.50<")
    served.save(SPEECH, "2.50", "three")
    served.wait(PANEL, "aria-speech.yml:18", ">2.50<")
    served.save("mkdocs.yml", "name: material", "name: materiel")
    page = served.wait(PANEL, "mkdocs.yml:", "Unrecognised theme name", ">2.50<")
    assert "Traceback" not in page
    for module, fault in ("cli", "import nothing"), ("preview", "def ("), ("errors", "1 / 0"):
        served.save(f"macros/{module}.py", "from pathlib", f"{fault}\nfrom pathlib")
        served.wait(PANEL, "own code does not start", fault, ">2.50<")
        served.save(f"macros/{module}.py", f"{fault}\n", "")

    # Code first: what is saved while the new process starts is there when it builds.
    served.save("macros/derive.py", "def guide(", "def guide(*_):\n    1 / 0\ndef _guide(")
    served.save("mkdocs.yml", "name: materiel", "name: material")
    served.save(SPEECH, "three", "2.75")
    served.wait(PANEL, "own code failed", "ZeroDivisionError", ">2.50<")
    time.sleep(0.5)  # until the new process has looked at all files once

    served.save("macros/derive.py", "def guide(*_):\n    1 / 0\ndef _guide(", "def guide(")
    served.save("macros/generated.py", "Also written as", "Also known as")
    served.save("macros/theme/main.html", "Data as of", "Data read by")
    served.save("docs/index.md", '{{ gpu("none") }}', "[dead](none.md)")
    served.wait(">2.75<", 'href="none.md"', "Data read by", without=PANEL)
    assert "Also known as" in get(served.url + "gpus/ember-32/")
    missing = get(served.url + "none/")
    assert "There is no page at this address" in missing
    assert sealed(missing) == missing, "the policy lets the script run that reloads"

    served.process.send_signal(signal.SIGTERM)
    out, _ = served.process.communicate(timeout=20)
    assert served.process.returncode == 0
    assert out.startswith("data/benchmarks/aria-speech.yml:18")
    assert f"Serving on {served.url} (stop with Ctrl+C)" in out


# ---------------------------------------------------------------- without a server


@pytest.fixture
def serve(mini: Path) -> Callable[..., None]:
    """Call serve with what a test changes."""

    def call(**changed: Path | str) -> None:
        given = {
            "data": mini,
            "docs": ROOT / "tests/docs",
            "config": ROOT / "mkdocs.yml",
            "address": "127.0.0.1:0",
            **changed,
        }
        preview.serve(**given, say=lambda _: None)  # type: ignore[arg-type]

    return call


@pytest.fixture
def _signals() -> Iterator[None]:
    """Leave signals and byte code as they were."""
    before = signal.getsignal(signal.SIGTERM), sys.dont_write_bytecode
    yield
    signal.signal(signal.SIGTERM, before[0])
    sys.dont_write_bytecode = before[1]


@pytest.mark.usefixtures("_signals")
@pytest.mark.parametrize(
    "address", ["8000", ":8000", "localhost:", "localhost:http", "localhost:70000"]
)
def test_an_address_is_a_host_and_a_port(serve, address):
    with pytest.raises(CannotRun, match="expected a host and a port"):
        serve(address=address)


@pytest.mark.usefixtures("_signals")
@pytest.mark.parametrize("what", ["data", "docs", "config"])
def test_a_missing_folder_is_told_at_once(serve, tmp_path, what):
    with pytest.raises(CannotRun, match="none: no such file or folder"):
        serve(**{what: tmp_path / "none"})


@pytest.mark.usefixtures("_signals")
def test_an_address_in_use_is_told(serve, monkeypatch):
    monkeypatch.setattr(host, "render", lambda *_: None)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        address = f"127.0.0.1:{other.getsockname()[1]}"
        with pytest.raises(CannotRun, match=f"{address}: Address already in use"):
            serve(address=address)


@pytest.mark.usefixtures("_signals")
def test_a_fault_of_the_own_code_is_shown_and_survived(tmp_path, mini, monkeypatch):
    def broken(*_: object) -> None:
        raise KeyError("ours")

    said: list[str] = []
    monkeypatch.setattr(host, "render", broken)
    docs, config = ROOT / "tests/docs", ROOT / "mkdocs.yml"
    one = preview.Preview(mini, docs, config, tmp_path, ("127.0.0.1", 0), said.append)
    one.rebuild()
    assert said[0].endswith("KeyError: 'ours'\n")
    assert b"own code failed" in one.panel
    one.server_close()


def test_a_save_of_every_kind_is_followed(tmp_path, monkeypatch):
    """Data, a page, the config and a template; MkDocs itself is left out."""
    saved = ("data/a.yml", "docs/index.md", "mkdocs.yml", "macros/theme/main.html")
    for name in saved:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("site_name: A\n")
    (tmp_path / "room").mkdir()

    def written(_guide: object, _data: object, config: MkDocsConfig) -> None:
        texts = [(tmp_path / name).read_text() for name in saved]
        (Path(config.site_dir) / "index.html").write_text("".join(texts))

    monkeypatch.setattr(publish, "checked", lambda _: None)
    monkeypatch.setattr(host, "render", written)
    monkeypatch.setattr(preview, "_CODE", tmp_path / "macros")
    folders = (tmp_path / name for name in ("data", "docs", "mkdocs.yml", "room"))
    one = preview.Preview(*folders, ("127.0.0.1", free_port()), lambda _: None)
    one.rebuild()
    serving = threading.Thread(target=one.serve)
    serving.start()
    try:
        for name in saved:
            end = time.monotonic() + 20
            while f"saved {name}" not in (page := get(one.url)) and time.monotonic() < end:
                (tmp_path / name).write_text(f"site_name: saved {name}\n")
                time.sleep(0.3)
            assert f"saved {name}" in page
        assert len(list((tmp_path / "room").iterdir())) == 2, "one site and the link to it"
    finally:
        one.shutdown(wait=True)
        serving.join()
