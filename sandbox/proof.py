"""Which tier of isolation this host really gives, by trying to break out of a real jail (probes.py).

A layer that was raised without an error is a claim; that every deed of the list failed inside, and succeeded outside
where it may be tried there, is the proof. The tier's name is what owners demand and schedulers compare.

    isolated+   all layers: nothing of the host can be seen, not even that it exists
    isolated    without namespaces: names and sizes of the host's files, and its host name, can be asked for
    guarded     none, but guards of the language held when a program tried to pass them (guarded.py): not given here
    none        a wall is missing or did not hold

Never imported inside a jail.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from sandbox import frames
from sandbox.errors import LayerMissing, SandboxError
from sandbox.host import start
from sandbox.probes import CONTROLLED, DEEDS, SEES_HOST, WHOLE
from sandbox.spec import JailSpec, LayerState, Load

NAMESPACES = frozenset({"namespaces", "mounts"})
"""Layers without which the others still hold all that a program does."""
OF_THE_OWNER = frozenset({"priority"})
"""Layers that protect the owner's comfort only."""
OPTIONAL = frozenset({"cgroup"})
"""Layers that others stand in for."""
_PATIENCE_S = 30.0
_PREFIX = "jail-proof-"
_OLD_S = 600.0
"""A trial takes moments; what is left after this time was left by one that was killed."""
_WORK = "/proof/work"
"""Apart from the aims, which would be taken for the jail's own folders else."""
_CONTROL = "import sys; sys.path.append(sys.argv.pop(1)); from sandbox.probes import control; control()"


class Tier(StrEnum):
    """Weakest first."""

    NONE = "none"
    GUARDED = "guarded"
    ISOLATED = "isolated"
    ISOLATED_PLUS = "isolated+"


def rank(tier: str) -> int:
    """For comparisons; a word that is no tier is none."""
    names = [each.value for each in Tier]
    return names.index(tier) if tier in names else 0


@dataclass(frozen=True, slots=True)
class Proof:
    """What was proven. `broken` says which deeds a jail could do, or what went wrong with the trial."""

    tier: Tier
    broken: tuple[str, ...] = ()
    missing: tuple[LayerState, ...] = ()

    def story(self) -> str:
        """Why it is not more, in one line; "" if there is nothing more to be had."""
        if self.broken:
            return "; ".join(self.broken)
        return "; ".join(
            f"{state.name}: {state.why} - {state.fix}" for state in self.missing if state.name not in OPTIONAL
        )


def prove(spec: JailSpec, socket_class: type[socket.socket] = socket.socket) -> Proof:
    """Tries all deeds in a jail of these limits. Raises SandboxError if there is no jail at all."""
    try:
        _take_away_old()
        with ExitStack() as opened:
            return _tried(spec, socket_class, opened)
    except OSError as fault:
        raise SandboxError(f"the trial could not be made: {fault.strerror or fault}") from fault


def _tried(spec: JailSpec, socket_class: type[socket.socket], opened: ExitStack) -> Proof:
    folder = opened.enter_context(tempfile.TemporaryDirectory(prefix=_PREFIX))
    aims = _aims(spec, folder, opened)
    jail = opened.enter_context(start(replace(spec, entry="sandbox.probes:main", preload=()), socket_class))
    lame = [name for name in CONTROLLED if name not in _control(spec.python, aims)]
    (Path(folder) / "mark").unlink(missing_ok=True)
    try:
        jail.load(Load(folder=_WORK), _PATIENCE_S)
        jail.send(frames.pack(b"aims", *aims), _PATIENCE_S)
        body = jail.receive(_PATIENCE_S)
        if body is None:
            return Proof(Tier.NONE, (f"the trial's program ended: {jail.wait(_PATIENCE_S).reason}",), jail.missing)
        done = frozenset(frames.unpack(body)[1])
    except LayerMissing:
        raise
    except SandboxError as fault:
        return Proof(Tier.NONE, (f"the trial could not be made: {fault}",), jail.missing)
    written = (Path(folder) / "mark").exists()
    return judge(done, lame, written, jail.missing)


def _take_away_old() -> None:
    for left in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with suppress(OSError):
            facts = left.lstat()
            if facts.st_uid == os.geteuid() and time.time() - facts.st_mtime > _OLD_S:
                shutil.rmtree(left)


def judge(done: frozenset[bytes], lame: list[str], written: bool, missing: tuple[LayerState, ...]) -> Proof:
    """From what a jail could do, what even the control could not, and which layers it did without."""
    broken = [f"a jail could {name}" for name in DEEDS if name.encode() in done]
    broken += [f"nothing outside could {name}, so that the trial shows nothing" for name in lame]
    if written and not broken:
        broken.append("a jail left a file beside it")
    if WHOLE not in done:
        broken.append("an ordinary program does not get along in a jail")
    walls = {state.name for state in missing} - NAMESPACES - OF_THE_OWNER - OPTIONAL
    broken += [f"{name} is missing" for name in sorted(walls)]
    if broken:
        return Proof(Tier.NONE, tuple(broken), missing)
    whole = SEES_HOST not in done and not {state.name for state in missing} & NAMESPACES
    return Proof(Tier.ISOLATED_PLUS if whole else Tier.ISOLATED, (), missing)


def _aims(spec: JailSpec, folder: str, opened: ExitStack) -> tuple[bytes, ...]:
    """A secret, two listeners and this process; they live as long as `opened`."""
    os.chmod(folder, 0o755)
    (Path(folder) / "secret").write_text("secret")
    tcp = opened.enter_context(socket.create_server(("127.0.0.1", 0)))
    abstract = opened.enter_context(socket.socket(socket.AF_UNIX))
    name = os.path.basename(folder)
    abstract.bind(f"\0{name}")
    abstract.listen()
    numbers = (tcp.getsockname()[1], os.getpid(), spec.limits.memory_bytes, spec.limits.work_bytes)
    return (os.fsencode(folder), name.encode(), *(str(number).encode() for number in numbers))


def _control(python: str, aims: tuple[bytes, ...]) -> frozenset[str]:
    """The deeds that a plain process of this user can do."""
    home = str(Path(__file__).resolve().parent.parent)
    with tempfile.TemporaryDirectory(prefix=_PREFIX) as folder:
        said = subprocess.run(
            [python, "-c", _CONTROL, home, *map(os.fsdecode, aims)], cwd=folder, capture_output=True, text=True
        ).stdout
    return frozenset(name for name in CONTROLLED if name in said)


if __name__ == "__main__":
    found = prove(JailSpec(entry="", waive=NAMESPACES))
    print(found.tier, found.story())
    sys.exit(0 if found.tier is not Tier.NONE else 1)
