"""The host's side: starts a jail, loads it, talks to it, waits for its outcome, kills it.

Everything but the spawn goes through socket objects of the caller's class, so that with gevent's class every call is
cooperative; the way to wait is to read a socket with a time limit. The jail is five socket pairs and one child process:

    control   host ↔ launcher, then zygote: spec, files; how it ended, files
    channel   host ↔ runner: frames of the program's entry
    stdout, stderr   of the program
    life      carries no byte: when the host's end closes, the launcher kills the jail; its own closes when all is dead
"""

from __future__ import annotations

import socket
import subprocess
import sys
from contextlib import suppress
from itertools import count
from pathlib import Path
from types import TracebackType

from sandbox import cgroup, control, frames
from sandbox.construction import THREAD_CAPS
from sandbox.errors import BadFrame, JailDied, LayerMissing, LoadRefused, SandboxError, Timeout
from sandbox.mounts import is_below
from sandbox.removal import remove
from sandbox.report import Report, beyond_the_group
from sandbox.spec import JailSpec, LayerState, Load, Outcome, Verdict
from sandbox.starved import Starved
from sandbox.store import shown
from sandbox.stream import Deadline, Stream, as_class

_LAUNCH = str(Path(__file__).with_name("launch.py").resolve())
_numbers = count()
"""One for each jail of this process."""
_PAIRS = ("control", "channel", "life", "stdout", "stderr")
_START_S = 60.0
"""A jail that is not ready by then never will be; the time is for a machine that is busy with its owner's work."""
_DYING_S = 10.0
"""How long the launcher may take to kill all; then it is killed itself, and the kernel takes the jail with it."""


def start(spec: JailSpec, socket_class: type[socket.socket] = socket.socket) -> Jail:
    """Returns at once; the zygote boots meanwhile. Raises SandboxError if the interpreter cannot be started."""
    pairs = {name: socket.socketpair() for name in _PAIRS}
    try:
        process = _spawn(spec, {name: theirs for name, (_, theirs) in pairs.items()})
    except OSError as fault:
        for ours, _ in pairs.values():
            ours.close()
        missing = "" if fault.filename in (None, spec.python) else f"{fault.filename}: "
        raise SandboxError(f"cannot start the jail's interpreter {spec.python}: {missing}{fault.strerror}") from fault
    finally:
        for _, theirs in pairs.values():
            theirs.close()
    ends = {name: as_class(end, socket_class) for name, (end, _) in pairs.items()}
    return Jail(spec, process, ends)


def _spawn(spec: JailSpec, theirs: dict[str, socket.socket]) -> subprocess.Popen[bytes]:
    descriptors = [theirs[name].fileno() for name in ("control", "channel", "life")]
    return subprocess.Popen(
        [spec.python, _LAUNCH, *map(str, descriptors)],
        stdin=subprocess.DEVNULL,
        stdout=theirs["stdout"].fileno(),
        stderr=theirs["stderr"].fileno(),
        pass_fds=descriptors,
        cwd="/",
        env={"PYTHONHASHSEED": spec.hash_seed, "LC_CTYPE": "C.UTF-8", **dict.fromkeys(THREAD_CAPS, str(spec.threads))},
        start_new_session=True,  # Ctrl-C at the host's terminal is the host's to handle
    )


class Jail:
    """One jail, for one load. `stdout` and `stderr` belong to the caller, who reads them to their end and closes them.

    One thread or greenlet may receive, one send, one wait, and any kill. As a context manager it kills and closes all.
    """

    def __init__(self, spec: JailSpec, process: subprocess.Popen[bytes], ends: dict[str, socket.socket]) -> None:
        self.spec = spec
        self.pid = process.pid
        self.stdout = ends["stdout"]
        self.stderr = ends["stderr"]
        self.missing: tuple[LayerState, ...] = ()
        """Layers that this jail does without, as the owner allowed; known once it is ready."""
        self._process = process
        self._life = ends["life"]
        self._control = Stream(ends["control"], frames.CONTROL_BYTES_MAX)
        self._channel = Stream(ends["channel"], spec.limits.message_bytes)
        self._ready = False
        self._loaded = False
        self._killed = False
        self._outcome: Outcome | None = None
        self._folder = ""
        self._scratch = ""
        """The host's folder with all that the jail writes, where it has no mounts; else ""."""
        self._group = cgroup.name_for(next(_numbers))
        self._starved = Starved(self._group)
        with suppress(JailDied):  # an interpreter that ends at once; `ready` tells what it said
            self._control.send(control.spec_frame(spec, self._group), Deadline(_START_S))

    def __enter__(self) -> Jail:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, where: TracebackType | None
    ) -> None:
        self.close()

    def switch(self, socket_class: type[socket.socket]) -> None:
        """Waits by sockets of this class from now on. For a caller who starts the jail first and imports gevent while
        it boots; to be called before anything else."""
        self._control.switch(socket_class)
        self._channel.switch(socket_class)
        self._life = as_class(self._life, socket_class)
        self.stdout = as_class(self.stdout, socket_class)
        self.stderr = as_class(self.stderr, socket_class)

    def fileno(self) -> int:
        """The channel's descriptor, for `select` and its like."""
        return self._channel.fileno()

    def ready(self, timeout_s: float | None = _START_S) -> None:
        """Waits until the zygote stands idle behind its layers. Raises LayerMissing, SandboxError, Timeout,
        JailDied."""
        if self._ready:
            return
        kind, fields = self._answer(Deadline(timeout_s))
        if kind != frames.READY:
            raise BadFrame(f"the jail answered {kind[:20]!r} where it should say that it is ready")
        self._scratch = fields[0].decode()
        self.missing = control.layer_states(fields[1:])
        self._ready = True

    def load(self, load: Load, timeout_s: float | None = _START_S) -> None:
        """Puts the program's files in place and starts the entry. Once only. Raises LoadRefused and what `ready`
        raises."""
        if self._loaded:
            raise SandboxError("this jail has been loaded before: start another one")
        deadline = Deadline(timeout_s)
        self.ready(timeout_s)
        self._loaded = True
        self._folder = load.folder
        self._starved = Starved(self._group)
        try:
            in_store = {} if "mounts" in {state.name for state in self.missing} else shown(load, self.spec)
            for body in control.load_frames(load, in_store):
                self._control.send(body, deadline)
        except JailDied:
            pass  # it hung up in the middle; its answer says why
        kind, _ = self._answer(deadline)
        if kind != frames.LOADED:
            raise BadFrame(f"the jail answered {kind[:20]!r} where it should say that it has loaded")

    def send(self, body: bytes, timeout_s: float | None = None) -> None:
        """One frame to the entry's channel. Raises JailDied, Timeout, and BadFrame if it is too long."""
        if len(body) > self.spec.limits.message_bytes:
            raise BadFrame(f"a frame of {len(body)} bytes where at most {self.spec.limits.message_bytes} are allowed")
        self._channel.send(body, Deadline(timeout_s))

    def receive(self, timeout_s: float | None = None) -> bytes | None:
        """One frame from the entry's channel; None when its end is closed. Raises BadFrame, Timeout, JailDied."""
        return self._channel.receive(Deadline(timeout_s))

    def wait(self, timeout_s: float | None = None) -> Outcome:
        """How the program ended. When the time has passed it ends now, as TIMEOUT_WALL. The jail is gone afterwards."""
        if self._outcome is None:
            if not self._loaded:
                raise SandboxError("nothing was loaded into this jail, so there is nothing to wait for")
            self._outcome = self._watch(Deadline(timeout_s), timeout_s)
        self.kill()
        return self._outcome

    def interrupt(self) -> None:
        """SIGINT for the program, as Ctrl-C at a terminal would send; what it makes of that is its own affair. For
        after `load`, and of no effect once it has ended."""
        with suppress(JailDied):
            self._control.send(frames.pack(frames.INTERRUPT), Deadline(_START_S))

    def kill(self) -> None:
        """SIGKILL for everything inside; returns when nothing of it is left. May be called at any time, and again."""
        if self._killed:
            return
        self._killed = True
        self._control.hang_up()
        with suppress(OSError):
            self._life.shutdown(socket.SHUT_WR)
        try:
            self._life.settimeout(_DYING_S)
            self._life.recv(1)
        except (TimeoutError, OSError):
            self._process.kill()
        self._process.wait()
        self._life.close()
        self._control.close()
        self._channel.close()
        cgroup.remove(self._group)
        if self._scratch:
            remove(self._scratch)

    def close(self) -> None:
        """Kills, and closes `stdout` and `stderr` as well."""
        self.kill()
        self.stdout.close()
        self.stderr.close()

    def place(self, path: str) -> str:
        """Where a path of the load is inside the jail: the path itself, unless "mounts" is missing. For after
        `load`."""
        if not self._scratch:
            return path
        if is_below(path, self._folder):
            return f"{self._scratch}/work{path[len(self._folder) :]}"
        return f"{self._scratch}/outside{path}"

    def _watch(self, deadline: Deadline, timeout_s: float | None) -> Outcome:
        report = Report(self.spec.limits)
        try:
            while (body := self._control.receive(deadline)) is not None:
                if report.take(body):
                    return report.outcome(self._starved.on_the_host(), self._starved.in_the_group())
        except Timeout:
            return Outcome(verdict=Verdict.TIMEOUT_WALL, reason=f"the program did not end within {timeout_s:g} seconds")
        except BadFrame as fault:
            return Outcome(verdict=Verdict.SANDBOX_ERROR, reason=f"the jail did not report properly: {fault}")
        except JailDied:
            pass
        if self._killed:
            return Outcome(verdict=Verdict.KILLED, reason="the host killed the jail")
        if self._starved.in_the_group():
            return Outcome(verdict=Verdict.MEMORY, reason=beyond_the_group(self.spec.limits))
        if self._starved.on_the_host():
            return Outcome(verdict=Verdict.MEMORY, reason="the host ran out of memory and its kernel killed the jail")
        return Outcome(verdict=Verdict.SANDBOX_ERROR, reason="the jail died without a report")

    def _answer(self, deadline: Deadline) -> tuple[bytes, list[bytes]]:
        """The next control frame, if it is no refusal."""
        try:
            body = self._control.receive(deadline)
        except Timeout:
            raise Timeout("the jail was not ready in the time allowed") from None
        if body is None:
            raise JailDied(f"the jail ended while it started; its interpreter said: {self._last_words()}")
        kind, fields = frames.unpack(body)
        if kind == frames.MISSING:
            states = control.layer_states(fields)
            story = "; ".join(f"{state.name}: {state.why} - {state.fix}" for state in states)
            raise LayerMissing(tuple(state.name for state in states), story)
        if kind == frames.FAILED:
            error = LoadRefused if self._loaded else SandboxError
            raise error(b"".join(fields).decode(errors="replace").strip())
        return kind, fields

    def _last_words(self) -> str:
        """What an interpreter that could not even start wrote to its standard error."""
        self.stderr.settimeout(1.0)
        with suppress(OSError):
            return self.stderr.recv(2000).decode(errors="replace").strip() or "nothing"
        return "nothing"


def layers(python: str = sys.executable) -> list[LayerState]:
    """What this host can raise, found out by raising it: a real jail that may do without whatever is missing."""
    from sandbox.order import LAYERS

    names = [layer.name for layer in LAYERS]
    spec = JailSpec(entry="sandbox.channel:Channel", python=python, waive=frozenset(names))
    with start(spec) as jail:
        jail.ready()
    missing = {state.name: state for state in jail.missing}
    return [missing.get(name, LayerState(name, raised=True)) for name in names]
