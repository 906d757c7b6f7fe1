"""What a worker's verdict means to the scheduler: one table, and what is not in it is the attempt's own failure."""

from __future__ import annotations

from marx.core.events import Verdict

_VERDICTS: dict[str, Verdict] = {
    "done": "done",
    "exited": "done",
    "signal": "done",
    "failed": "failed",
    "timeout": "timeout",
    "timeout_wall": "timeout",
    "timeout_cpu": "timeout",
    "memory": "memory",
    "killed": "killed",
    "sandbox": "sandbox",
    "sandbox_error": "sandbox",
    "returned": "returned",
}
"""A driver that ended by a signal ran to its end: `python` would have died of it too, and its exit code says so."""

_NOT_FOR_CHUNKS = frozenset({"exited", "signal"})


def of_driver(word: str) -> Verdict:
    return _VERDICTS.get(word, "failed")


def of_chunk(word: str) -> Verdict:
    """A chunk's jail does not exit by itself: if it did, it is gone, like a killed one."""
    return "killed" if word in _NOT_FOR_CHUNKS else _VERDICTS.get(word, "failed")
