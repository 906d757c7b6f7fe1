"""What a jail says about its end, made into an `Outcome`. Pure, total and distrustful: every byte may be a stranger's.

The host never opens a path that the jail names; it hands out names that are relative, plain and counted.
"""

from __future__ import annotations

import os
import signal

from sandbox import cgroup, frames
from sandbox.errors import BadFrame
from sandbox.spec import FileOut, Limits, Outcome, Verdict

_PATH_BYTES_MAX = 4096
_KILLED_ITSELF = signal.SIGSYS
"""What a program dies of that sends itself SIGKILL (seccomp.py)."""


class Report:
    """Takes the control frames that follow a program's end. `outcome` is there once `take` has said True."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._ended: list[int] | None = None
        self._failure: str | None = None
        self._files: dict[str, tuple[int, list[bytes]]] = {}
        self._removed: list[str] = []
        self._astray: list[str] = []
        self._bytes_left = limits.work_bytes
        self._current: list[bytes] | None = None

    def take(self, body: bytes) -> bool:
        """Whether that was the last frame. Raises BadFrame."""
        kind, fields = frames.unpack(body)
        match kind, fields:
            case frames.ENDED, [_, _, _, _, _] if self._ended is None:
                self._ended = [frames.number(field) for field in fields]
            case frames.FILE, [path, mode] if self._ended is not None:
                self._begin_file(path, frames.number(mode) & 0o777)
            case frames.PART, [data] if self._current is not None:
                self._count(len(data))
                self._current.append(data)
            case frames.REMOVED, [path] if self._ended is not None and len(self._removed) <= self._limits.work_files:
                self._removed.append(plain(path))
            case frames.ASTRAY, [path] if self._ended is not None and len(self._astray) < frames.ASTRAY_MAX:
                self._astray.append(path[:_PATH_BYTES_MAX].decode(errors="backslashreplace"))
            case frames.FAILED, [text]:
                self._failure = text[:_PATH_BYTES_MAX].decode(errors="replace")
                return True
            case frames.DONE, [] if self._ended is not None:
                return True
            case _:
                raise BadFrame(f"a control frame {kind[:20]!r} out of turn")
        return False

    def outcome(self, oom_kills: int, group_kills: int) -> Outcome:
        """How the program ended, given how often the kernel has killed for want of memory meanwhile: on the whole host,
        and in the jail's control group."""
        if self._ended is None:
            return Outcome(
                verdict=Verdict.SANDBOX_ERROR, reason=f"the jail could not start the program: {self._failure}"
            )
        code, wall_ns, cpu_ns, full, out_of_memory = self._ended
        verdict, reason = judge(code, cpu_ns, bool(full), bool(out_of_memory), oom_kills, group_kills, self._limits)
        if self._failure is not None:
            verdict, reason = Verdict.OUTPUT_TOO_LARGE, self._failure
        return Outcome(
            verdict=verdict,
            exit_code=max(code, 0),
            signal=signal.SIGKILL if code == -_KILLED_ITSELF else max(-code, 0),
            reason=reason,
            files=tuple(FileOut(path, b"".join(parts), mode) for path, (mode, parts) in self._files.items()),
            removed=tuple(self._removed),
            astray=tuple(self._astray),
            wall_ns=wall_ns,
            cpu_ns=cpu_ns,
        )

    def _begin_file(self, path: bytes, mode: int) -> None:
        name = plain(path)
        if name in self._files or len(self._files) > self._limits.work_files:
            raise BadFrame(f"file {name!r} is named twice, or is one too many")
        self._count(len(path))
        parts: list[bytes] = []
        self._files[name] = (mode, parts)
        self._current = None if name.endswith("/") else parts

    def _count(self, size: int) -> None:
        self._bytes_left -= size
        if self._bytes_left < -self._limits.work_files * _PATH_BYTES_MAX:
            raise BadFrame(f"more than the {self._limits.work_bytes} bytes of files that the jail may hold")


def judge(
    code: int, cpu_ns: int, full: bool, out_of_memory: bool, oom_kills: int, group_kills: int, limits: Limits
) -> tuple[Verdict, str]:
    """The verdict on a process that ended with `code` (negative: by that signal), and the reason where it is not
    plain."""
    if code < 0 and not (full and code == -signal.SIGKILL):
        return _judge_signal(-code, cpu_ns, oom_kills, group_kills, limits)
    if code and out_of_memory:
        return Verdict.MEMORY, f"the program needed more than its {limits.memory_bytes} bytes of memory"
    if code and full:
        return Verdict.DISK, f"the working folder was full: {limits.work_bytes} bytes, {limits.work_files} files"
    return Verdict.EXITED, ""


def _judge_signal(number: int, cpu_ns: int, oom_kills: int, group_kills: int, limits: Limits) -> tuple[Verdict, str]:
    # The kernel enforces the limit by counting ticks but reports exact time, so that on a busy machine the two differ
    # by much.
    spent = limits.cpu_s > 0 and cpu_ns >= limits.cpu_s * 500_000_000
    if spent and number in (signal.SIGXCPU, signal.SIGKILL):
        return Verdict.TIMEOUT_CPU, f"the program used its {limits.cpu_s} seconds of processor time"
    if number == signal.SIGKILL and group_kills:
        return Verdict.MEMORY, beyond_the_group(limits)
    if number == signal.SIGKILL and oom_kills:
        return Verdict.MEMORY, "the host ran out of memory and its kernel killed the program"
    if number == signal.SIGKILL:
        return Verdict.KILLED, "somebody killed the program (signal 9)"
    if number == _KILLED_ITSELF:
        return Verdict.SIGNAL, "the program killed itself (signal 9)"
    return Verdict.SIGNAL, f"the program was ended by signal {number}"


def beyond_the_group(limits: Limits) -> str:
    """Why the kernel killed something in a jail's control group."""
    cap = cgroup.cap_bytes(limits.memory_bytes, limits.work_bytes)
    return f"the program, with what the kernel keeps for it, needed more than the {cap} bytes allowed to its jail"


def plain(path: bytes) -> str:
    """A relative path without tricks; a trailing slash means a folder. Raises BadFrame."""
    parts = path.removesuffix(b"/").split(b"/")
    if len(path) > _PATH_BYTES_MAX or b"\0" in path or any(part in (b"", b".", b"..") for part in parts):
        raise BadFrame(f"{path[:100]!r} is not a plain relative path")
    return os.fsdecode(path)
