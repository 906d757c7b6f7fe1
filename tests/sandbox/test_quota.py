"""Watching a folder on the host's disk: what counts, what is too much, and that the one who wrote it is killed."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.channel import Channel
from sandbox.quota import lying_in, nameless_bytes, watch
from sandbox.removal import remove
from sandbox.running import Running

LARGE = 1 << 20


def test_bytes_and_files_count(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(bytes(200_000))
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "b").write_bytes(bytes(200_000))
    assert lying_in(str(tmp_path), LARGE, 3) is not None
    assert lying_in(str(tmp_path), 300_000, 3) is None
    assert lying_in(str(tmp_path), LARGE, 2) is None


def test_what_has_no_blocks_takes_no_room(tmp_path: Path) -> None:
    with open(tmp_path / "sparse", "wb") as file:
        file.truncate(1 << 30)
    assert lying_in(str(tmp_path), LARGE, 10) is not None


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    (tmp_path / "beside").write_bytes(bytes(2 * LARGE))
    (tmp_path / "work" / "link").symlink_to("../beside")
    (tmp_path / "work" / "round").symlink_to("..")
    assert lying_in(str(tmp_path / "work"), LARGE, 10) is not None


def test_a_tree_too_deep_to_be_named_is_too_much(tmp_path: Path) -> None:
    folder = os.open(tmp_path, os.O_RDONLY)
    for _ in range(50):
        os.mkdir("d" * 200, dir_fd=folder)
        inner = os.open("d" * 200, os.O_RDONLY, dir_fd=folder)
        os.close(folder)
        folder = inner
    os.close(folder)
    assert lying_in(str(tmp_path), LARGE, 1000) is None
    subprocess.run(["rm", "-rf", str(tmp_path / ("d" * 200))], check=True)


def test_folders_within_folders_have_an_end(tmp_path: Path) -> None:
    """Each makes a look longer, so that a program could see to it that nobody looks."""
    (tmp_path / "/".join("d" * 100)).mkdir(parents=True)
    assert lying_in(str(tmp_path), LARGE, 1000) is not None
    (tmp_path / "/".join("d" * 200)).mkdir(parents=True)
    assert lying_in(str(tmp_path), LARGE, 1000) is None


def test_a_folder_that_becomes_a_file_while_one_looks_is_nothing_special(tmp_path: Path) -> None:
    (tmp_path / "was a folder").touch()
    assert lying_in(str(tmp_path / "was a folder"), LARGE, 10) == (0, 0)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may list every folder")
def test_a_folder_that_may_not_be_listed_counts(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir()
    (tmp_path / "closed" / "file").write_bytes(bytes(2 * LARGE))
    (tmp_path / "closed").chmod(0o300)
    assert lying_in(str(tmp_path), LARGE, 10) is None


@pytest.mark.parametrize(
    ("deed", "held"),
    [
        ("", "less"),
        ("os.unlink('file')", "its size"),
        ("os.unlink('file'); kept = mmap.mmap(file, 4096); os.close(file)", "its size"),
        ("os.unlink('file'); libc.mmap(None, size(4096), 1, 1, file, ctypes.c_long(0)); os.close(file)", "more"),
        ("os.unlink('file'); os.close(file)", "less"),
    ],
)
def test_what_has_lost_its_name_counts_while_it_is_held(deed: str, held: str, tmp_path: Path) -> None:
    code = (
        "import ctypes, mmap, os, sys; libc, size = ctypes.CDLL(None), ctypes.c_size_t\n"
        "file = os.open('file', os.O_CREAT | os.O_RDWR); os.write(file, bytes(200_000)); os.fsync(file)\n"
        f"{deed}\nprint('', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as writer:
        assert writer.stdout is not None
        writer.stdout.readline()
        found = nameless_bytes(writer.pid, str(tmp_path), LARGE)
        writer.communicate(b"")
    assert ("less" if found < 200_000 else "its size" if found <= LARGE else "more") == held
    assert nameless_bytes(writer.pid, str(tmp_path), LARGE) == 0, "it has ended"


DEEP = "import os, sys\nfor _ in range(45): os.mkdir('d' * 100); os.chdir('d' * 100)\n"


def test_a_file_held_too_deep_to_be_named_is_too_much(tmp_path: Path) -> None:
    code = f"{DEEP}f = os.open('x', os.O_CREAT | os.O_RDWR); os.unlink('x')\nprint('', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as writer:
        assert writer.stdout is not None
        writer.stdout.readline()
        assert nameless_bytes(writer.pid, str(tmp_path), LARGE) > LARGE
        writer.communicate(b"")
    remove(str(tmp_path / ("d" * 100)))


def test_who_makes_looks_long_is_looked_at_when_the_disk_fills(tmp_path: Path) -> None:
    """3000 names far down: the next look would come when this program has long ended."""
    code = """if True:
        import os, time
        for _ in range(120): os.mkdir('d'); os.chdir('d')
        for n in range(3000): os.close(os.open(str(n), os.O_CREAT))
        print('', flush=True)
        time.sleep(0.3)
        file = os.open('x', os.O_CREAT | os.O_WRONLY)
        for n in range(60): os.write(file, bytes(1 << 20)); time.sleep(0.01)
    """
    writer = subprocess.Popen([sys.executable, "-c", code], cwd=tmp_path, stdout=subprocess.PIPE)
    assert writer.stdout is not None
    with writer.stdout:
        writer.stdout.readline()
    ours, theirs = socket.socketpair()
    with ours, theirs:
        program = Running(writer.pid, Channel(theirs.fileno(), LARGE))
        assert watch(program, str(tmp_path), 16 * LARGE, 6000)
    assert writer.wait() == -signal.SIGKILL


@pytest.mark.parametrize(("deed", "killed"), [("bytes(2 << 20)", True), ("b'x'", False)])
def test_who_takes_too_much_is_killed(deed: str, killed: bool, tmp_path: Path) -> None:
    stay = "import time; time.sleep(60)" if killed else ""
    code = f"import sys; open('file', 'wb').write({deed}); {stay}"
    writer = subprocess.Popen([sys.executable, "-c", code], cwd=tmp_path)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        program = Running(writer.pid, Channel(theirs.fileno(), LARGE))
        assert watch(program, str(tmp_path), LARGE, 10) is killed
    assert writer.wait() == (-signal.SIGKILL if killed else 0)
