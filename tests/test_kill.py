"""A build that is killed, or that the disk refuses, leaves a whole site; the next command mends."""

from __future__ import annotations

import itertools
import os
import random
import shutil
import signal
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from mkdocs.config.defaults import MkDocsConfig

from macros import cli, host, publish
from macros.derive import Guide
from macros.errors import DataError
from macros.policy import sealed

ROOT = Path(__file__).parents[1]
MINI = ROOT / "tests/data"
DOWNLOADS = {"downloads/results.csv": "ref,value\n"}
KILLS = 60


class Room(NamedTuple):
    """A folder with a published site, and two small sites of which a build puts in one."""

    site: Path
    sites: tuple[Path, Path]

    def beside(self) -> list[str]:
        """Return what stands in the folder, but for the lock."""
        return sorted(one.name for one in self.site.parent.iterdir() if one.name != ".site.lock")

    def which(self, name: str = "site") -> int:
        """Return which of the two sites a folder holds; fail if it holds less than a whole one."""
        return [content(one) for one in self.sites].index(content(self.site.with_name(name)))

    def arrange(self, **folders: int | None) -> None:
        """Leave just some folders, each with one of the two sites, or a part of it if None."""
        for path in self.site.parent.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        for name, which in folders.items():
            place = self.site.with_name("site" if name == "site" else f".site.{name}")
            shutil.copytree(self.sites[which or 0], place)
            if which is None:
                (place / "index.html").unlink()


def content(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two small whole sites, which differ in every page."""
    made = []
    for word in ("first", "second"):
        folder: Path = tmp_path_factory.mktemp(word)
        page = sealed(f"<html><body><p>{word}</p></body></html>")
        for name, text in {"index.html": page, "a/index.html": page, **DOWNLOADS}.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text(text)
        made.append(folder)
    return made[0], made[1]


@pytest.fixture
def room(sites: tuple[Path, Path], tmp_path: Path) -> Room:
    """A room in which the first of the two sites is published."""
    (tmp_path / "room").mkdir()
    one = Room(tmp_path / "room/site", sites)
    one.arrange(site=0)
    return one


@pytest.fixture(autouse=True)
def _small(guide: Guide, monkeypatch: pytest.MonkeyPatch) -> None:
    """Spend the time on the disk: the data are read before, and there is one download."""
    monkeypatch.setattr(publish, "checked", lambda _: guide)


def build(room: Room, which: int) -> None:
    """Build one of the two sites, with a copy in place of MkDocs."""

    def render(_guide: Guide, fresh: Path) -> dict[str, int]:
        shutil.copytree(room.sites[which], fresh, dirs_exist_ok=True)
        return {}

    publish.build(MINI, room.site, render)


def failing_build(room: Room) -> None:
    """Run a build that finds a problem in its pages."""

    def render(_guide: Guide, fresh: Path) -> dict[str, int]:
        (fresh / "index.html").write_text("<html><body>{{ typo }}</body></html>")
        return {}

    with pytest.raises(DataError):
        publish.build(MINI, room.site, render)


def child(work: Callable[[], object]) -> int:
    """Do some work in a process of its own and return its id."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of a fork beside other threads
        process = os.fork()
    if process:
        return process
    try:
        work()
    except BaseException:  # noqa: BLE001 - no child may run on into the tests of its parent
        os._exit(1)
    os._exit(0)


def ending(process: int) -> int:
    """Wait for the end of a process and return its exit status, less than 0 if it was killed."""
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


# ---------------------------------------------------------------- killed


def killed_before(step: int, work: Callable[[], object]) -> None:
    """Do some work until it is about to change the disk for the time ``step``, and be killed."""
    left = step

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal left
        changes = event in ("os.mkdir", "os.rename", "os.remove", "os.rmdir")
        if changes or (event == "open" and arguments[1] in ("w", "wb")):
            left -= 1
            if left < 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)
    work()


# What stands in the folder when a build begins: a site, and what earlier kills can have left.
BEGINNINGS = {
    "a site": {"site": 0},
    "no site": {},
    "half a new site": {"site": 0, "new": None},
    "an old and a new site": {"old": 0, "new": 1},
    "a new site and the old one": {"site": 0, "old": 1},
    "a new site and half the old one": {"site": 0, "old": None},
}


@pytest.mark.parametrize("beginning", BEGINNINGS)
def test_a_build_that_is_killed_at_any_step_leaves_a_whole_site(room, beginning):
    for step in itertools.count():
        room.arrange(**BEGINNINGS[beginning])
        end = ending(child(lambda step=step: killed_before(step, lambda: build(room, 1))))
        if end == 0:
            break
        assert end == -signal.SIGKILL
        if room.site.exists():
            assert room.which() in (0, 1)
        elif beginning != "no site":
            assert room.which(".site.old") == 0, "between the two renames"
            assert room.which(".site.new") == 1
        published = room.site.exists() and room.which()
        failing_build(room)
        assert room.beside() == (["site"] if room.site.exists() else [])
        if beginning != "no site":
            assert room.which() == (published or 0)
        build(room, 1)
        assert (room.beside(), room.which()) == (["site"], 1)
    assert step > 9, "each file, folder and rename of the build is a step"
    assert (room.beside(), room.which()) == (["site"], 1)


@pytest.mark.parametrize("next_one", [0, 1, None])
def test_a_kill_right_between_the_two_renames_is_mended_by_the_next_command(
    room, monkeypatch, next_one
):
    rename: Callable[[Path, Path], Path] = Path.rename

    def die(path: Path, target: Path) -> Path:
        if path.name == ".site.new":
            os.kill(os.getpid(), signal.SIGKILL)
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", die)
    assert ending(child(lambda: build(room, 1))) == -signal.SIGKILL
    monkeypatch.undo()
    assert room.beside() == [".site.new", ".site.old"]
    assert (room.which(".site.old"), room.which(".site.new")) == (0, 1)

    failing_build(room) if next_one is None else build(room, next_one)
    assert (room.beside(), room.which()) == (["site"], next_one or 0)


def test_builds_that_are_killed_at_many_moments_leave_a_whole_site(room):
    """One builder after another is killed wherever it is, and the next finds a whole site."""

    def build_on() -> None:
        for which in itertools.cycle((1, 0)):
            build(room, which)

    moment = random.Random(3)  # noqa: S311 - no secret, the same moments each time
    for number in range(KILLS):
        process = child(build_on)
        time.sleep(moment.uniform(0.002, 0.06))
        os.kill(process, signal.SIGKILL)
        assert ending(process) == -signal.SIGKILL
        if room.site.exists():
            assert room.which() in (0, 1)
        else:
            assert {room.which(".site.old"), room.which(".site.new")} == {0, 1}
        if number % 2:
            failing_build(room)
            assert room.beside() == ["site"]
            assert room.which() in (0, 1)


def test_a_build_that_is_interrupted_tidies_up(room):
    def render(_guide: Guide, fresh: Path) -> dict[str, int]:
        (fresh / "index.html").write_text("half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        publish.build(MINI, room.site, render)
    assert (room.beside(), room.which()) == (["site"], 0)


# ---------------------------------------------------------------- what the command says


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """Run the command ``build`` with another renderer in place of MkDocs; return its status."""

    def run(site: Path, render: Callable[[Path], object]) -> int:
        def rendered(_guide: Guide, _data: Path, config: MkDocsConfig) -> dict[str, int]:
            render(Path(config.site_dir))
            return {}

        monkeypatch.setattr(host, "render", rendered)
        docs, config = ROOT / "tests/docs", ROOT / "mkdocs.yml"
        folders = {"data": MINI, "docs": docs, "site": site, "config": config}
        return cli.main(["build", *(f"--{name}={path}" for name, path in folders.items())])

    return run


def second(room: Room) -> Callable[[Path], object]:
    return lambda fresh: shutil.copytree(room.sites[1], fresh, dirs_exist_ok=True)


def test_the_command_puts_the_second_site_in_the_place_of_the_first(room, command, capsys):
    assert command(room.site, second(room)) == 0
    assert (room.beside(), room.which()) == (["site"], 1)
    assert "is ready" in capsys.readouterr().out


def test_of_two_builds_at_once_the_later_one_is_told_and_the_first_one_ends(room, command, capsys):
    reading, writing = os.pipe()

    def slow(_guide: Guide, fresh: Path) -> dict[str, int]:
        os.read(reading, 1)
        shutil.copytree(room.sites[1], fresh, dirs_exist_ok=True)
        return {}

    process = child(lambda: publish.build(MINI, room.site, slow))
    for _ in range(5000):
        if ".site.new" in room.beside():
            break
        time.sleep(0.001)
    try:
        assert command(room.site, second(room)) == 2
        assert capsys.readouterr() == (
            "", f"cannot run: {room.site}: another build of this site is running\n",
        )  # fmt: skip
        assert (room.beside(), room.which()) == ([".site.new", "site"], 0)
    finally:  # else the first one would wait on for ever
        os.write(writing, b"!")
        first = ending(process)
        os.close(reading)
        os.close(writing)
    assert first == 0
    assert (room.beside(), room.which()) == (["site"], 1)


@pytest.fixture
def disk(room: Room) -> Iterator[Path]:
    """A small disk of its own in the room's place, with the first site; needs root."""
    path = room.site.parent
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(path)]
    if os.geteuid() or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("only root may mount a disk")
    shutil.copytree(room.sites[0], room.site)
    yield path
    subprocess.run(["umount", path], check=True)


def test_a_full_disk_is_told_and_the_earlier_site_stays(room, disk, command, capsys):
    def large(fresh: Path) -> None:
        (fresh / "index.html").write_bytes(b"x" * 300_000)

    assert command(room.site, large) == 2
    assert capsys.readouterr() == ("", f"cannot run: {disk}: no space left on the disk\n")
    assert (room.beside(), room.which()) == (["site"], 0)
    assert command(room.site, second(room)) == 0, "there is room for a small one"


def test_a_device_that_is_full_is_told_and_the_earlier_site_stays(room, command, capsys):
    """The same without root: every write to this device says that the disk is full."""

    def full(fresh: Path) -> None:
        (fresh / "index.html").symlink_to("/dev/full")
        (fresh / "index.html").write_text("x")

    assert command(room.site, full) == 2
    said = f"cannot run: {room.site.parent}: no space left on the disk\n"
    assert capsys.readouterr() == ("", said)
    assert (room.beside(), room.which()) == (["site"], 0)


def test_a_read_only_disk_is_told_and_the_earlier_site_stays(room, disk, command, capsys):
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)

    assert command(room.site, second(room)) == 2
    assert capsys.readouterr() == ("", f"cannot run: {disk}/.site.lock: not writable\n")
    assert (room.beside(), room.which()) == (["site"], 0)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write into every folder")
def test_a_read_only_folder_is_told_and_the_earlier_site_stays(room, command, capsys):
    folder = room.site.parent
    folder.chmod(0o555)

    assert command(room.site, second(room)) == 2
    folder.chmod(0o755)
    assert capsys.readouterr() == ("", f"cannot run: {folder}/.site.lock: not writable\n")
    assert (room.beside(), room.which()) == (["site"], 0)
