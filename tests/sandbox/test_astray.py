"""Files that a program writes where nothing is collected are told, temporary ones and caches are not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sandbox import FileIn, Load, frames
from sandbox.astray import Place, named, of_the_user
from tests.sandbox.ground import PATIENCE_S, ask, loaded


@pytest.mark.parametrize(
    ("folder", "home", "places"),
    [
        ("/home/ann/work", "/home/ann", []),
        ("/tmp", "", []),
        ("/tmp/work", "/home/ann", []),
        ("/tmp/ann/deep/work", "/tmp/ann", ["/tmp/ann"]),
        ("/tmp/ann/work", "/tmp/home", ["/tmp/ann", "/tmp/home"]),
        ("/home/ann/work", "/tmp/home/", ["/tmp/home"]),
        ("/home/ann/work", "/tmp/../etc", []),
        ("/tmp/ann/work", "/tmp/ann/work/home", ["/tmp/ann"]),
    ],
)
def test_only_what_is_the_users_in_tmp_is_looked_at(folder: str, home: str, places: list[str]) -> None:
    assert of_the_user(folder, home) == places


def test_new_files_are_named_and_caches_are_not(tmp_path: Path) -> None:
    (tmp_path / "before").write_text("x")
    (tmp_path / "work").mkdir()
    place = Place(str(tmp_path), "/tmp/ann", frozenset({"work"}))
    passing = [".cache/matplotlib/fonts", ".config/a", "lib/__pycache__/a.pyc", "tmpab12cd34", "tmpx/inner", "work/in"]
    for name in (*passing, "before", "result.txt", "deep/er/result.txt", "odd\udcff"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    (tmp_path / "link").symlink_to(tmp_path / "result.txt")
    (tmp_path / "empty").mkdir()
    assert named(place.new(), "/tmp/ann/work") == ["../deep/er/result.txt", "../odd\udcff", "../result.txt"]
    assert named(place.new(), "/tmp/ann/deeper/work")[0] == "/tmp/ann/deep/er/result.txt"


def test_no_more_are_named_than_the_host_takes(tmp_path: Path) -> None:
    place = Place(str(tmp_path), "/tmp/ann")
    for number in range(frames.ASTRAY_MAX + 5):
        (tmp_path / f"{number:03}").touch()
    told = named(place.new(), "/home/ann/work")
    assert (len(told), told[0], told[-1]) == (frames.ASTRAY_MAX, "/tmp/ann/000", f"/tmp/ann/{frames.ASTRAY_MAX - 1:03}")


def strays(folder: str, home: str, *deeds: str) -> list[str]:
    """What a real jail tells after these deeds."""
    files = (FileIn(f"{folder}/prog.py", b"x"), FileIn(f"{os.path.dirname(folder)}/given.txt", b"x"))
    load = Load(folder=folder, files=files, environment={"HOME": home}, collect=True)
    with loaded("tests.sandbox.deeds:perform", load) as jail:
        for deed in deeds:
            assert ask(jail, deed).startswith("done"), deed
        jail.send(b"leave 0")
        return list(jail.wait(PATIENCE_S).astray)


def test_a_jail_tells_what_was_written_beside_its_folder() -> None:
    deeds = ("write here", "write ../result.txt", "write /tmp/other.txt", "write ../tmpab12cd34")
    assert strays("/tmp/ann/w", "/home/ann", *deeds) == ["../result.txt"]
    assert strays("/tmp/w", "/home/ann", *deeds) == []
    assert strays("/home/ann/w", "/home/ann", "write here", "write /tmp/other.txt") == []
