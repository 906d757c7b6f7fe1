"""Each wall alone stops its own list: in a process that has nothing else around it.

In a jail several layers stop the same deed, so a hole in one would not show there.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox import libc
from tests.sandbox.ground import TOP

PRELUDE = """
import os, sys, fcntl, mmap, signal, socket, errno, ctypes, tempfile, threading
from sandbox import frames, libc, landlock, seccomp, rlimits, capabilities
from sandbox.construction import Construction
limits = dict(memory_bytes=1 << 30, work_bytes=1 << 20, work_files=10, cpu_s=0, message_bytes=1)
fields = [b"entry", b"a:b", b"nice", b"0"]
for name, value in limits.items():
    fields += [name.encode(), str(value).encode()]
construction = Construction(fields)
construction.writable = [os.getcwd()]
libc.prctl(libc.PR_SET_NO_NEW_PRIVS, 1)
def refused(call, *arguments):
    try:
        call(*arguments)
    except OSError as fault:
        print(errno.errorcode[fault.errno])
    else:
        print("allowed")
"""


def behind(layer: str, folder: Path, deeds: str) -> list[str]:
    """The answers of the deeds in a process that has raised this one layer."""
    code = f"{PRELUDE}\n{layer}.raise_(construction)\n{deeds}"
    result = subprocess.run([sys.executable, "-c", code], cwd=folder, env={"PYTHONPATH": str(TOP)}, capture_output=True)
    assert result.returncode == 0, result.stderr.decode()
    return result.stdout.decode().split()


def test_seccomp(tmp_path: Path) -> None:
    other = os.getpid()
    refusals = {
        "socket.socket": "EPERM",
        "os.fork": "EPERM",
        "os.execv, '/bin/true', ['true']": "EPERM",
        "os.posix_spawn, '/bin/true', ['true'], {}": "EPERM",
        f"os.kill, {other}, 0": "EPERM",
        "os.kill, -1, 0": "EPERM",
        "os.symlink, 'a', 'b'": "EPERM",
        "os.link, sys.executable, 'b'": "EPERM",
        "os.mkfifo, 'b'": "EPERM",
        "os.chmod, '.', 0o700": "EPERM",
        "os.truncate, 'b', 0": "EPERM",
        "os.chown, '.', -1, -1": "EPERM",
        "os.utime, '.'": "EPERM",
        "os.memfd_create, 'b'": "EPERM",
        "os.pidfd_open, os.getpid()": "ENOSYS",
        "os.setsid": "EPERM",
        f"fcntl.fcntl, 0, fcntl.F_SETOWN, {other}": "EPERM",
        "libc.unshare, libc.CLONE_NEWUSER": "EPERM",
        "libc.mount, 'none', '/', 'tmpfs', 0": "EPERM",
        "libc.prctl, libc.PR_SET_DUMPABLE, 1": "EPERM",
        "socket.socketpair, socket.AF_UNIX, socket.SOCK_DGRAM": "EPERM",
        "os.getxattr, '.', 'user.a'": "ENOTSUP",
        "os.open, '.', os.O_TMPFILE | os.O_RDWR": "ENOTSUP",
        "socket.socketpair()[0].send, b'x', socket.MSG_OOB": "EPERM",
        "libc.syscall, 'close_range', 436, 2000, 3000, 2": "EPERM",
        "os.open, 'd', os.O_CREAT | os.O_WRONLY | os.O_SYNC": "ENOTSUP",
        "os.preadv, 0, [bytearray(1)], 0, os.RWF_NOWAIT": "ENOTSUP",
        "mmap.mmap, -1, 1 << 21, 0x40022": "EPERM",
        "mmap.mmap(-1, 4096).madvise, mmap.MADV_MERGEABLE": "EPERM",
        "fcntl.fcntl, 0, 37, bytes(32)": "EPERM",
        "os.getpriority, os.PRIO_USER, 0": "EPERM",
    }
    permitted = ["os.getpid", "os.listdir, '.'", "os.kill, os.getpid(), 0", "socket.socketpair", "os.pipe"]
    permitted += [
        "lambda pair: pair[0].send(b'x'), socket.socketpair()",
        "tempfile.TemporaryFile",
        "threading.Thread(target=int).start",
        "os.fsync, os.open('.', os.O_RDONLY)",
        "fcntl.lockf, os.open('l', os.O_CREAT | os.O_RDWR), fcntl.LOCK_EX, 1, 5",
        "mmap.mmap(-1, 4096).flush",
        "mmap.mmap(-1, 4096).madvise, mmap.MADV_HUGEPAGE",
        "os.preadv, os.open(os.__file__, os.O_RDONLY), [bytearray(1)], 0",
        "os.closerange, 2000, 3000",
        "os.getpriority, os.PRIO_PROCESS, 0",
    ]
    deeds = "\n".join(f"refused({deed})" for deed in [*refusals, *permitted])
    answers = [answer.replace("EOPNOTSUPP", "ENOTSUP") for answer in behind("seccomp", tmp_path, deeds)]
    expected = [*refusals.values(), *["allowed"] * len(permitted)]
    assert dict(zip([*refusals, *permitted], answers, strict=True)) == dict(
        zip([*refusals, *permitted], expected, strict=True)
    )


def test_seccomp_kills_the_calls_of_another_architecture(tmp_path: Path) -> None:
    """Number 0x40000000 and above are those of x32, and of nothing else."""
    code = f"{PRELUDE}\nseccomp.raise_(construction)\nctypes.CDLL(None).syscall(0x40000000 + 39)"
    result = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env={"PYTHONPATH": str(TOP)})
    assert result.returncode == -31, "SIGSYS"


@pytest.mark.parametrize("call", ["os.kill(os.getpid(), {})", "signal.raise_signal({})"])
def test_seccomp_tells_who_kills_itself_from_who_is_killed(call: str, tmp_path: Path) -> None:
    """Every other signal is as ever."""
    for number, end in ((9, -31), (15, -15)):
        code = f"{PRELUDE}\nimport signal\nseccomp.raise_(construction)\n{call.format(number)}"
        result = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env={"PYTHONPATH": str(TOP)})
        assert result.returncode == end


def test_landlock(tmp_path: Path) -> None:
    secret, inside = tmp_path / "secret", tmp_path / "inside"
    secret.write_text("the secret")
    inside.mkdir()
    deeds = (
        f"refused(open, {str(secret)!r})\n"
        f"refused(open, {str(tmp_path / 'new')!r}, 'w')\n"
        f"refused(os.mkdir, {str(tmp_path / 'new')!r})\n"
        f"refused(os.unlink, {str(secret)!r})\n"
        "refused(open, '/etc/passwd')\n"
        "refused(os.listdir, '/proc')\n"
        "refused(os.symlink, 'a', 'b')\n"
        "refused(open, 'mine', 'w')\n"
        "refused(os.mkdir, 'folder')\n"
        "refused(os.rename, 'mine', 'folder/mine')\n"
        "refused(open, os.__file__)\n"
    )
    assert behind("landlock", inside, deeds) == ["EACCES"] * 7 + ["allowed"] * 4
    assert secret.read_text() == "the secret"


def landlock_version() -> int:
    return libc.syscall("landlock_create_ruleset", 444, None, 0, 1)


def test_landlock_stops_tcp(tmp_path: Path) -> None:
    if landlock_version() < 4:
        pytest.skip("this kernel's Landlock knows nothing of TCP")
    deeds = "end = socket.socket()\nrefused(end.connect, ('127.0.0.1', 1))\nrefused(end.bind, ('127.0.0.1', 0))\n"
    assert behind("landlock", tmp_path, deeds) == ["EACCES", "EACCES"]


def test_rlimits(tmp_path: Path) -> None:
    deeds = (
        "def allocate():\n"
        "    try: bytearray(2 << 30)\n"
        "    except MemoryError: raise OSError(errno.ENOMEM, '')\n"
        "refused(allocate)\n"
        "file = open('big', 'wb', buffering=0)\n"
        "refused(file.truncate, 2 << 20)\n"
        "refused(file.truncate, 1 << 19)\n"
        "def open_many():\n"
        "    kept = [os.open('/dev/null', os.O_RDONLY) for _ in range(2000)]\n"
        "refused(open_many)\n"
        "signal.pthread_sigmask(signal.SIG_BLOCK, {40})\n"
        "for _ in range(1000): os.kill(os.getpid(), 40)\n"
        "print(sum(1 for _ in iter(lambda: signal.sigtimedwait({40}, 0), None)) < 500)\n"
    )
    assert behind("rlimits", tmp_path, deeds) == ["ENOMEM", "EFBIG", "allowed", "EMFILE", "True"]


@pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user has no capabilities to lose")
def test_capabilities(tmp_path: Path) -> None:
    deeds = "refused(os.chown, '.', 1, 1)\nrefused(libc.sethostname, b'x')\n"
    assert behind("capabilities", tmp_path, deeds) == ["EPERM", "EPERM"]
