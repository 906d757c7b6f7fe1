"""Result files on a disk that takes two names for one: a real one, where this machine can make it.

The drivers of NTFS for Linux can be told to ignore case; as root such a disk is made in a file and mounted.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from marx.tasker.spelling import Spellings
from marx.tasker.writing import SameName, write_files
from tests.tasker.test_writing import everything_in, fetch, file

CANNOT = "needs root, /dev/fuse, mkntfs and lowntfs-3g (Debian: apt-get install ntfs-3g)"


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One that ignores case, and lists every name in small letters."""
    tools = all(shutil.which(tool) for tool in ("mkntfs", "lowntfs-3g", "umount"))
    if os.geteuid() != 0 or not os.path.exists("/dev/fuse") or not tools:
        pytest.skip(CANNOT)
    top = tmp_path_factory.mktemp("disk")
    with open(top / "image", "wb") as image:
        image.truncate(8 << 20)
    subprocess.run(["mkntfs", "-q", "-F", "-f", top / "image"], check=True, capture_output=True)
    place = top / "mounted"
    place.mkdir()
    mounted = subprocess.run(["lowntfs-3g", top / "image", place, "-o", "ignore_case"], capture_output=True, text=True)
    if mounted.returncode:
        pytest.skip(f"{CANNOT}: {mounted.stderr}")
    yield place
    subprocess.run(["umount", place], check=True)


@pytest.fixture
def folder(disk: Path, request: pytest.FixtureRequest) -> Path:
    place = disk / str(abs(hash(request.node.name)))
    place.mkdir()
    return place


def test_the_second_of_two_names_is_refused_and_the_first_kept(folder: Path) -> None:
    failures = write_files(folder, [file("OUT", "first"), file("out", "second"), file("x", "third")], [], fetch)
    assert [type(fault) for fault in failures] == [SameName]
    assert str(failures[0]) == f"'out' in {folder} was not written, since this disk takes it for 'OUT', which is there"
    assert "marx results JOB -o DIR" in failures[0].fix
    assert everything_in(folder) == {"out": "first", "x": "third"}


def test_below_folders_that_are_one(folder: Path) -> None:
    failures = write_files(folder, [file("A/x", "first"), file("a/x", "second"), file("a/y", "third")], [], fetch)
    assert [type(fault) for fault in failures] == [SameName]
    assert everything_in(folder) == {"a/x": "first", "a/y": "third"}


def test_a_file_of_the_user_s_that_is_spelled_otherwise_stays(folder: Path) -> None:
    (folder / "notes").write_text("precious")
    assert [type(fault) for fault in write_files(folder, [file("NOTES")], [], fetch)] == [SameName]
    assert everything_in(folder) == {"notes": "precious"}


def test_the_same_name_is_written_again(folder: Path) -> None:
    (folder / "notes").write_text("old")
    assert not write_files(folder, [file("notes", "new")], [], fetch)
    assert everything_in(folder) == {"notes": "new"}


def test_a_name_that_changes_its_case_takes_the_place_of_the_removed_one(folder: Path) -> None:
    (folder / "notes").write_text("old")
    assert not write_files(folder, [file("NOTES", "new")], ["notes"], fetch)
    assert everything_in(folder) == {"notes": "new"}


# --- disks that tell all names apart ----------------------------------------------------------------------------------


def test_elsewhere_every_spelling_is_a_file(tmp_path: Path) -> None:
    names = ["A", "a", "caf\u00e9", "cafe\u0301", "\u212b", "\u00c5", "stra\u00dfe", "STRASSE"]
    for _ in range(2):
        assert not write_files(tmp_path, [file(name, name) for name in names], [], fetch)
        assert everything_in(tmp_path) == {name: name for name in sorted(names)}


def test_links_of_the_user_s_own_are_no_spellings(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("")
    (tmp_path / "soft").symlink_to("real")
    (tmp_path / "one").write_text("")
    (tmp_path / "two").hardlink_to(tmp_path / "one")
    files = [file(name, name) for name in ("one", "real", "soft", "two")]
    assert not write_files(tmp_path, files, [], fetch)
    assert everything_in(tmp_path) == {"one": "two", "two": "two", "real": "soft", "soft": "soft"}


def test_a_disk_that_composes_accents_gives_two_results_one_file(tmp_path: Path) -> None:
    """No disk of Linux does; to one that did, the second name would lead to the file of the first."""
    (tmp_path / "cafe\u0301").write_text("first")
    place = os.open(tmp_path, os.O_RDONLY)
    try:
        spellings = Spellings()
        spellings.written(place, "cafe\u0301", "cafe\u0301")
        present = os.stat("cafe\u0301", dir_fd=place)
        assert spellings.other(place, "caf\u00e9", "caf\u00e9", present) == "cafe\u0301"
        assert spellings.other(place, "cafe\u0301", "cafe\u0301", present) == ""
    finally:
        os.close(place)
