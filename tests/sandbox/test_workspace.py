"""What the zygote makes of a working folder that a hostile program has left. Here the folder is on disk, and without
a jail."""

from __future__ import annotations

import os
import shutil
import socket
from pathlib import Path

import pytest

from sandbox.construction import Construction
from sandbox.workspace import DoesNotFit, Workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    limits = {"memory_bytes": 1, "work_bytes": 10_000, "work_files": 100, "cpu_s": 0, "message_bytes": 1}
    fields = [b"entry", b"a:b"]
    for name, value in limits.items():
        fields += [name.encode(), str(value).encode()]
    construction = Construction(fields)
    os.close(construction.proc)
    construction.scratch = str(tmp_path)
    (tmp_path / "work").mkdir()
    workspace = Workspace(construction, "/the/folder", collect=True)
    for name in ("kept", "lost", "changed"):
        workspace.begin_file(f"/the/folder/{name}", 0o644, 10**18)
        workspace.write(b"content")
    workspace.open()
    return workspace


def contents(workspace: Workspace) -> dict[str, bytes | None]:
    found = {}
    for path, _, fd in workspace.changes():
        found[path] = None if fd is None else os.read(fd, 10_000)
    return found


def test_no_link_is_followed(workspace: Workspace, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("the secret")
    work = tmp_path / "work"
    (work / "to_file").symlink_to(secret)
    (work / "to_folder").symlink_to(tmp_path)
    (work / "changed").unlink()
    (work / "changed").symlink_to(secret)
    assert contents(workspace) == {}
    assert workspace.removed() == ["changed"]


def test_odd_files_are_passed_over(workspace: Workspace, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "work" / "fifo")
    with socket.socket(socket.AF_UNIX) as end:
        end.bind(str(tmp_path / "work" / "socket"))
    assert contents(workspace) == {}


def test_changes_are_told_by_content_and_mode(workspace: Workspace, tmp_path: Path) -> None:
    work = tmp_path / "work"
    (work / "kept").write_bytes(b"content")
    (work / "changed").write_bytes(b"CONTENT")
    (work / "lost").unlink()
    (work / "a" / "b").mkdir(parents=True)
    (work / "c").mkdir()
    (work / "c" / "new").write_bytes(b"new")
    assert contents(workspace) == {"changed": b"CONTENT", "a/b/": None, "c/new": b"new"}
    assert workspace.removed() == ["lost"]


def test_folders_that_are_gone_are_told(workspace: Workspace, tmp_path: Path) -> None:
    for name in ("", "full/", "full/of/", "empty/"):
        workspace.begin_file(f"/the/folder/{name}", 0o755, 0)
    shutil.rmtree(tmp_path / "work" / "full")
    assert contents(workspace) == {"empty/": None}
    assert workspace.removed() == ["full/", "full/of/"]


def test_a_loaded_file_has_its_time(workspace: Workspace, tmp_path: Path) -> None:
    assert {(tmp_path / "work" / name).stat().st_mtime_ns for name in ("kept", "lost")} == {10**18}


def test_a_file_without_rights_is_read_all_the_same(workspace: Workspace, tmp_path: Path) -> None:
    locked = tmp_path / "work" / "locked"
    locked.mkdir()
    (locked / "file").write_bytes(b"x")
    (locked / "file").chmod(0)
    locked.chmod(0)
    assert contents(workspace) == {"locked/file": b"x"}


def test_names_that_are_no_text_come_back(workspace: Workspace, tmp_path: Path) -> None:
    name = b"\xff\n\x01"
    (tmp_path / "work" / os.fsdecode(name)).write_bytes(b"x")
    assert contents(workspace) == {os.fsdecode(name): b"x"}


def test_more_bytes_than_allowed_are_refused(workspace: Workspace, tmp_path: Path) -> None:
    with open(tmp_path / "work" / "sparse", "wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(DoesNotFit, match="10000 bytes"):
        contents(workspace)


def test_more_files_than_allowed_are_refused(workspace: Workspace, tmp_path: Path) -> None:
    for number in range(101):
        (tmp_path / "work" / str(number)).touch()
    with pytest.raises(DoesNotFit, match="more than the 100 allowed"):
        contents(workspace)


def test_a_path_too_long_to_name_is_refused(workspace: Workspace, tmp_path: Path) -> None:
    here = os.open(tmp_path / "work", os.O_RDONLY)
    for _ in range(30):
        os.mkdir("d" * 200, dir_fd=here)
        inner = os.open("d" * 200, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = inner
    os.close(here)
    with pytest.raises(OSError, match="too long"):
        contents(workspace)


def test_what_lies_beside_the_working_folder_is_told_and_not_handed_out(workspace: Workspace, tmp_path: Path) -> None:
    """As in a jail without mounts, where the program may write in all of its one folder on the host."""
    for name in ("result.txt", "x/deeper.txt", "tmpab12cd34", ".cache/x", "work/inside", "outside/tmp/temporary"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    assert list(contents(workspace)) == ["inside"]
    assert workspace.strays() == ["../result.txt", "../x/deeper.txt"]
