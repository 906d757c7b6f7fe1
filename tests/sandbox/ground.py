"""What tests of jails share: jails, deeds done in them and outside, and a host that is made to lack something.

Standard library only, as ordinary users run parts of it with the system's interpreter.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import sandbox
from sandbox import FileIn, Jail, JailSpec, Limits, Load, Outcome

TOP = Path(__file__).resolve().parent.parent.parent
PATIENCE_S = 60.0
"""For what must come: only a failing test waits so long."""
NO_LIMITS = Limits()
EMPTY = Load(folder="/work-of-nobody", collect=True)


@dataclass(frozen=True, slots=True)
class Ground:
    """Where a check runs: a folder of its own, and the layers that this host is made to lack."""

    folder: Path
    waive: frozenset[str] = frozenset()

    @property
    def has_mounts(self) -> bool:
        return "namespaces" not in self.waive

    @property
    def work(self) -> str:
        return str(self.folder / "work")

    @contextmanager
    def jail(self, load: Load | None = None, *, limits: Limits = NO_LIMITS) -> Iterator[Jail]:
        spec = JailSpec(
            entry="tests.sandbox.deeds:perform",
            read_only=(str(TOP),),
            limits=limits,
            waive=self.waive,
            nice=False,
        )
        with sandbox.start(spec) as jail:
            jail.load(load or self.load())
            missing = {state.name for state in jail.missing} - sandbox.OPTIONAL
            assert missing == (set() if self.has_mounts else {"namespaces", "mounts"})
            yield jail

    def load(self, *files: FileIn, stdin: bytes | None = None) -> Load:
        return Load(folder=self.work, files=files, environment={"HELLO": "1"}, stdin=stdin, collect=True)


def ask(jail: Jail, line: str) -> str:
    """Has a deed done in the jail; "" where the program ended instead of answering."""
    jail.send(line.encode())
    body = jail.receive(PATIENCE_S)
    return "" if body is None else body.decode()


def outside(line: str) -> str:
    """The control: the same deed in a plain process of the same user."""
    command = [sys.executable, "-m", "tests.sandbox.deeds", *line.split(" ")]
    result = subprocess.run(command, cwd=TOP, env=_environment(), capture_output=True, text=True, close_fds=False)
    return result.stdout


def ends(ground: Ground, line: str, limits: Limits = NO_LIMITS) -> Outcome:
    """How a program ends that does this deed, and then sees the channel closed."""
    with ground.jail(limits=limits) as jail:
        jail.send(line.encode())
        return jail.wait(PATIENCE_S)


def _environment() -> dict[str, str]:
    """The interpreter's settings as in a jail; everything else as it is."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return {**plain, "PYTHONPATH": str(TOP), "PYTHONHASHSEED": "0", "LC_ALL": "C.UTF-8"}


@contextmanager
def victim() -> Iterator[subprocess.Popen[bytes]]:
    """A process of the same user that lets everybody trace it."""
    code = (
        "import ctypes, sys; ctypes.CDLL(None).prctl(0x59616D61, -1, 0, 0, 0); print(1, flush=True); sys.stdin.read()"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None and process.stdin is not None
    process.stdout.readline()
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()


def refuse_namespaces() -> None:
    """Makes this process and its children live as in Docker: a filter says no to unshare."""
    import errno

    from sandbox import libc, seccomp, syscalls

    number = {syscalls.X86_64: 272, syscalls.AARCH64: 97}[seccomp.architecture()]
    refuse = (0x06, 0, 0, 0x0005_0000 | errno.EPERM)
    libc.prctl(libc.PR_SET_NO_NEW_PRIVS, 1)
    seccomp.load([(0x20, 0, 0, 0), (0x15, 0, 1, number), refuse, (0x06, 0, 0, 0x7FFF_0000)])


def spec(entry: str, **others: object) -> JailSpec:
    """A jail for an entry of these tests."""
    return JailSpec(entry=entry, read_only=(str(TOP),), nice=False, **others)  # type: ignore[arg-type]


@contextmanager
def loaded(entry: str, load: Load = EMPTY, limits: Limits = NO_LIMITS) -> Iterator[Jail]:
    with sandbox.start(spec(entry, limits=limits)) as jail:
        jail.load(load)
        yield jail


def echo() -> JailSpec:
    return spec("tests.sandbox.entries:echo")
