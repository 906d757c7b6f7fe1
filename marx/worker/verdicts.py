"""From how a jail ended to the verdict that the wire carries. Two tables, one for chunks, one for drivers. Pure.

A chunk's jail must not end by itself, so any end is a loss. A driver's jail is the program: that it ended, by exit
or by a signal of its own doing, is its result.
"""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass

from sandbox import LoadRefused, Outcome, SandboxError, Verdict

NAMES_BYTES_MAX = 4 << 20
"""All names stand in one message, whose limit is 16 MiB."""

REASON_LENGTH_MAX = 4096
"""The longest reason of a jail, in characters: it stands in one message with everything else."""

_LOSS: dict[Verdict, str] = {
    Verdict.EXITED: "killed",
    Verdict.SIGNAL: "killed",
    Verdict.TIMEOUT_WALL: "timeout",
    Verdict.TIMEOUT_CPU: "timeout",
    Verdict.MEMORY: "memory",
    Verdict.OUTPUT_TOO_LARGE: "failed",
    Verdict.DISK: "failed",
    Verdict.SANDBOX_ERROR: "sandbox",
    Verdict.KILLED: "killed",
}

_BY_ITSELF = frozenset({Verdict.EXITED, Verdict.SIGNAL, Verdict.MEMORY, Verdict.DISK})
"""Verdicts with an exit code or signal of the process, and with all the files that it left."""


@dataclass(frozen=True, slots=True)
class Ending:
    """A verdict for the wire, the exit code where it is "exited", and the reason where there is one to tell."""

    verdict: str
    exit_code: int = 0
    reason: str = ""


def of_chunk(outcome: Outcome) -> Ending:
    """A chunk's jail ended while it should have computed."""
    return Ending(_LOSS[outcome.verdict], reason=outcome.reason or _end(outcome))


def of_driver(outcome: Outcome) -> Ending:
    """A driver's jail ended: with the program's exit code (128 + n for signal n), or because something ended it.

    A program that ran into a limit of memory or disk and reported that itself has exited, as it would have under
    `ulimit`; the reason says so beside its exit code. One that was killed there has not. Files whose names cannot be
    sent are a failure.
    """
    killed = outcome.signal == signal.SIGKILL and outcome.verdict is not Verdict.SIGNAL
    if killed or outcome.verdict not in _BY_ITSELF:
        return Ending(_LOSS[outcome.verdict], reason=outcome.reason or _end(outcome))
    if fault := _names_fault([*(file.path for file in outcome.files), *outcome.removed]):
        return Ending("failed", reason=fault)
    return Ending("exited", 128 + outcome.signal if outcome.signal else outcome.exit_code, outcome.reason)


def of_no_jail(fault: SandboxError | OSError) -> Ending:
    """No jail runs the program: the host's fault, but for files that fit into none."""
    if isinstance(fault, LoadRefused):
        return Ending("failed", reason=f"the program's files do not fit into a jail: {fault}")
    return Ending("sandbox", reason=f"no jail could be had: {fault}")


def _names_fault(paths: list[str]) -> str:
    """Why these names cannot stand in one message; "" if they can."""
    for path in paths:
        if not _is_text(path):
            return f"the program left a file whose name is not UTF-8: {os.fsencode(path)!r}"
    size = sum(len(path.encode()) for path in paths)
    if size > NAMES_BYTES_MAX:
        return f"the program left files whose names take {size} bytes; the limit is {NAMES_BYTES_MAX}"
    return ""


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _end(outcome: Outcome) -> str:
    if outcome.verdict is Verdict.SIGNAL:
        return f"its process was ended by signal {outcome.signal}"
    if outcome.verdict is Verdict.EXITED:
        return f"its process ended with exit code {outcome.exit_code}"
    return f"its jail ended: {outcome.verdict.value}"
