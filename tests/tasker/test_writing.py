"""Result files land in the folder, and nowhere else."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from marx.tasker.changed import Sent
from marx.tasker.errors import NoAnswer
from marx.tasker.writing import ChangedMeanwhile, differing, write_files
from marx.wire.codec import content
from marx.wire.messages import Content, File


def fetch(described: Content) -> Iterator[bytes]:
    yield described.data or b""


def file(path: str, text: str = "new", mode: int = 0o644) -> File:
    return File(path, content(text.encode()), mode)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "work").mkdir()
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "precious").write_text("precious")
    return tmp_path / "work"


def everything_in(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in sorted(folder.rglob("*")) if path.is_file()}


ODD = "a\x1b[2J\u202e\rb.txt"
"""A name that a terminal would obey."""


def test_odd_names_are_kept_and_what_is_said_of_them_is_printable(folder: Path) -> None:
    assert not write_files(folder, [file(ODD), file(f"{ODD}.d/inner")], [], fetch)
    assert sorted(os.listdir(folder)) == [ODD, f"{ODD}.d"]
    os.symlink(folder.parent / "outside", folder / f"link{ODD}")
    wrong = [file(f"{ODD}/x"), file(f"../{ODD}"), file(f"link{ODD}/x"), file(f"link{ODD}"), file(f"{ODD}.d")]
    failures = write_files(folder, wrong, [f"../{ODD}"], fetch)
    assert len(failures) == 6
    assert all(str(failure).isprintable() and failure.fix.isprintable() for failure in failures)
    assert r"\x1b[2J\u202e\rb.txt" in str(failures[0])


def test_files_and_folders_are_written(folder: Path) -> None:
    (folder / "old.txt").write_text("old, and longer than the new one")
    assert not write_files(folder, [file("old.txt"), file("a/b/c.txt"), file("empty/")], [], fetch)
    assert everything_in(folder) == {"old.txt": "new", "a/b/c.txt": "new"}
    assert (folder / "empty").is_dir()


def test_removed_files_and_folders_go(folder: Path) -> None:
    (folder / "gone").mkdir()
    (folder / "gone" / "x").write_text("")
    (folder / "kept").mkdir()
    (folder / "kept" / "y").write_text("")
    assert not write_files(folder, [], ["gone/", "gone/x", "kept/", "never/there", "nor/"], fetch)
    assert everything_in(folder) == {"kept/y": ""}
    assert not (folder / "gone").exists()


def test_a_file_may_become_a_folder_and_the_other_way_round(folder: Path) -> None:
    (folder / "one").write_text("")
    (folder / "two").mkdir()
    (folder / "two" / "x").write_text("")
    assert not write_files(folder, [file("one/x"), file("two")], ["one", "two/", "two/x"], fetch)
    assert everything_in(folder) == {"one/x": "new", "two": "new"}


@pytest.mark.parametrize(
    "path", ["../precious", "/etc/passwd", "a/../../x", "", ".", "a//b", "a/./b", "..", "x\0y", "../outside/"]
)
def test_paths_that_lead_out_are_refused(folder: Path, path: str) -> None:
    refused = write_files(folder, [file(path), file("good.txt")], [path], fetch)
    assert len(refused) == 2
    assert repr(path) in str(refused[0])
    assert everything_in(folder) == {"good.txt": "new"}
    assert everything_in(folder.parent / "outside") == {"precious": "precious"}


def test_a_folder_link_is_not_followed(folder: Path) -> None:
    (folder / "link").symlink_to(folder.parent / "outside")
    refused = write_files(folder, [file("link/precious")], ["link/precious"], fetch)
    assert [str(fault) for fault in refused] == [
        f"'link' in {folder} is a link or a file, so nothing was written below it"
    ] * 2
    assert everything_in(folder.parent / "outside") == {"precious": "precious"}


def test_a_link_that_leads_out_is_not_written(folder: Path) -> None:
    (folder / "link").symlink_to(folder.parent / "outside" / "precious")
    [refused] = write_files(folder, [file("link")], [], fetch)
    assert "is a link that leads out of the folder" in str(refused)
    assert everything_in(folder.parent / "outside") == {"precious": "precious"}


def test_a_link_inside_the_folder_stays_one(folder: Path) -> None:
    (folder / "real.txt").write_text("old")
    (folder / "link").symlink_to("real.txt")
    assert not write_files(folder, [file("link")], [], fetch)
    assert (folder / "link").is_symlink()
    assert (folder / "real.txt").read_text() == "new"


def test_a_fifo_is_not_opened(folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    [refused] = write_files(folder, [file("pipe")], [], fetch)
    assert "is not a regular file" in str(refused)


def test_hard_links_stay_together(folder: Path) -> None:
    (folder / "one").write_text("old and long")
    os.link(folder / "one", folder / "two")
    assert not write_files(folder, [file("one")], [], fetch)
    assert everything_in(folder) == {"one": "new", "two": "new"}


def test_permissions_are_those_that_python_would_leave(folder: Path) -> None:
    (folder / "kept").write_text("")
    (folder / "kept").chmod(0o640)
    before = os.umask(0o027)
    try:
        assert not write_files(folder, [file("kept"), file("fresh"), file("tool", mode=0o755)], [], fetch)
    finally:
        os.umask(before)
    modes = {name: stat.S_IMODE((folder / name).stat().st_mode) for name in ("kept", "fresh", "tool")}
    assert modes == {"kept": 0o640, "fresh": 0o640, "tool": 0o750}


@pytest.mark.parametrize(
    ("umask", "before", "given", "left"),
    [
        (0o022, None, 0o600, 0o600),  # what the program made private stays private
        (0o022, None, 0o664, 0o664),  # only a chmod gives group write in a jail
        (0o002, None, 0o644, 0o664),  # a plain open, under this user's umask
        (0o002, None, 0o755, 0o755),
        (0o077, None, 0o640, 0o600),
        (0o022, None, 0o6755, 0o755),  # a stranger's machine gives nobody's rights
        (0o022, 0o644, 0o600, 0o600),
        (0o022, 0o600, 0o644, 0o600),  # written without a word of permissions
        (0o077, 0o755, 0o755, 0o755),
    ],
)
@pytest.mark.parametrize("links", [1, 2])
def test_permissions_that_the_program_chose_are_kept(
    folder: Path, umask: int, before: int | None, given: int, left: int, links: int
) -> None:
    if before is not None:
        (folder / "x").write_text("old")
        (folder / "x").chmod(before)
        for link in range(1, links):
            os.link(folder / "x", folder / f"link{link}")
    was = os.umask(umask)
    try:
        assert not write_files(folder, [file("x", mode=given)], [], fetch)
    finally:
        os.umask(was)
    assert oct(stat.S_IMODE((folder / "x").stat().st_mode)) == oct(left)


def test_a_content_that_breaks_off_leaves_the_old_file(folder: Path) -> None:
    (folder / "x").write_text("old")

    def broken(described: Content) -> Iterator[bytes]:
        yield b"ne"
        raise NoAnswer("the line is gone")

    with pytest.raises(NoAnswer):
        write_files(folder, [file("x"), file("y")], [], broken)
    assert everything_in(folder) == {"x": "old"}


def test_what_the_system_refuses_is_told(folder: Path) -> None:
    (folder / "x").mkdir()
    [failure] = write_files(folder, [file("good.txt")], ["x"], fetch)
    assert str(failure) == f"'x' in {folder} could not be written: Is a directory"
    assert everything_in(folder) == {"good.txt": "new"}


def test_what_would_be_lost_is_told_and_nothing_is_written(folder: Path) -> None:
    for name, text in (("same", "new"), ("size", "longer"), ("bytes", "old"), ("behind", "old"), ("sub", "a file")):
        (folder / name).write_text(text)
    os.symlink("behind", folder / "link")
    os.symlink("nowhere", folder / "broken")
    os.symlink(folder.parent / "outside", folder / "away")
    os.mkdir(folder / "dir")
    os.mkfifo(folder / "fifo")
    asked = ["same", "size", "bytes", "link", "broken", "away/x", "sub/x", "dir", "fifo", "new", "deep/new", "size/"]
    before = everything_in(folder)
    assert differing(folder, [file(path) for path in asked]) == ["size", "bytes", "link"]
    assert everything_in(folder) == before


# --- what somebody else did meanwhile -------------------------------------------------------------------------------


def sent(folder: Path, **texts: str) -> Sent:
    """What was sent of a folder in which these files lay."""
    for name, text in texts.items():
        (folder / name).write_text(text)
    return Sent({name: file(name, text) for name, text in texts.items()}, at_ns=time.time_ns() - 3600 * 10**9)


def test_what_both_appended_is_joined(folder: Path) -> None:
    before = sent(folder, log="begin\n")
    with (folder / "log").open("a") as log:
        log.write("theirs\n")
    assert not write_files(folder, [file("log", "begin\nours\n")], [], fetch, before)
    assert everything_in(folder) == {"log": "begin\ntheirs\nours\n"}


@pytest.mark.parametrize("ours", ["other", "begin, and more"])
def test_of_two_that_changed_a_file_neither_is_lost(folder: Path, ours: str) -> None:
    before = sent(folder, log="begin")
    (folder / "log").write_text("theirs")
    failures = write_files(folder, [file("log", ours)], [], fetch, before)
    kept = next(name for name in os.listdir(folder) if name.startswith("log.marx-"))
    assert everything_in(folder) == {"log": "theirs", kept: ours}
    assert [type(failure) for failure in failures] == [ChangedMeanwhile]
    assert kept in str(failures[0]) and f"diff log {kept}" in failures[0].fix


def test_a_file_that_appeared_meanwhile_stays(folder: Path) -> None:
    before = sent(folder)
    (folder / "new").write_text("theirs")
    (folder / "same").write_text("ours")
    failures = write_files(folder, [file("new", "ours"), file("same", "ours")], [], fetch, before)
    assert (folder / "new").read_text() == "theirs" and len(failures) == 1


def test_a_file_that_was_there_and_was_not_sent_is_written_over(folder: Path) -> None:
    (folder / "old").write_text("old")
    os.utime(folder / "old", (1, 1))
    assert not write_files(folder, [file("old")], [], fetch, sent(folder))
    assert everything_in(folder) == {"old": "new"}


def test_a_changed_file_is_not_removed(folder: Path) -> None:
    before = sent(folder, one="1", two="2")
    (folder / "two").write_text("theirs")
    failures = write_files(folder, [], ["one", "two"], fetch, before)
    assert everything_in(folder) == {"two": "theirs"}
    assert [type(failure) for failure in failures] == [ChangedMeanwhile]


def test_a_file_that_was_only_touched_is_not_changed(folder: Path) -> None:
    before = sent(folder, log="begin")
    os.utime(folder / "log", (1, 1))
    assert not write_files(folder, [file("log", "other")], [], fetch, before)
    assert everything_in(folder) == {"log": "other"}
