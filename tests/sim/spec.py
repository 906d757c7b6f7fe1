"""What a job must yield: the specification, beside everything that is simulated.

A program is a list of regions that it goes through one after the other. `answer` runs it as plain Python would, item by
item, without chunks, workers or time. Whatever happens in the lab, the tasker must be given these bytes and no others.
"""

from __future__ import annotations

from dataclasses import dataclass
from zlib import crc32

FASTEST = 1.7
"""The speed of the fastest worker; ordinary ones have 1."""
SPREAD = (0.8, 1.3)
"""What a chunk takes, of what its items cost together."""


@dataclass(frozen=True, slots=True)
class RegionSpec:
    """A loop over `count` items. The driver does the `first` ones itself, prints after every `every`-th item, and
    leaves before item `stop` (`count`: it does not). Every try at one of the `deadly` items kills its jail."""

    count: int
    first: int
    stop: int
    every: int
    item_ms: float
    value_bytes: int
    listed: bool
    deadly: frozenset[int]

    @property
    def least_ms(self) -> float:
        """What an item takes at least, on any worker."""
        return self.item_ms * SPREAD[0] / FASTEST


@dataclass(frozen=True, slots=True)
class JobSpec:
    """One program of one user. `files_bytes`: what it leaves as a file; 0 is nothing."""

    ticket: str
    regions: tuple[RegionSpec, ...]
    exit_code: int
    script_bytes: int
    files_bytes: int


@dataclass(frozen=True, slots=True)
class FunctionSpec:
    """A function of a session that is called `count` times; the `deadly` calls of it kill every jail. It and every
    other call's arguments have `argument_bytes` at least."""

    count: int
    item_ms: float
    argument_bytes: int
    value_bytes: int
    deadly: frozenset[int]


@dataclass(frozen=True, slots=True)
class SessionSpec:
    """What one executor is to have called."""

    ticket: str
    functions: tuple[FunctionSpec, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    stdout: bytes
    exit_code: int
    file: bytes


def item(job: JobSpec | SessionSpec, region: int, number: int) -> bytes:
    """What a region iterates over, where its items travel as bytes; the arguments of a call."""
    text = f"<{job.ticket}/{region}/{number}>".encode()
    large = isinstance(job, SessionSpec) and number % 2 == 0
    return text.ljust(job.functions[region].argument_bytes, b" ") if large else text


def call_of(one: bytes) -> tuple[int, int]:
    """Which function is called by these arguments, and which call of it that is."""
    _, number, at = one.strip(b"<> ").split(b"/")
    return int(number), int(at)


def call_value(session: SessionSpec, one: bytes) -> bytes:
    """What a call gives: made of its arguments alone."""
    return b"of ".ljust(session.functions[call_of(one)[0]].value_bytes, b".") + one.strip()


def captures_of(session: SessionSpec, number: int) -> bytes:
    """What a function is packed to."""
    return f"function {number} of {session.ticket}".encode().ljust(session.functions[number].argument_bytes, b"_")


def value(job: JobSpec, region: int, number: int) -> bytes:
    """What the map slice makes of an item."""
    text = f"{job.ticket}:{region}:{number};".encode()
    return text.ljust(job.regions[region].value_bytes, b".")


def fold(total: int, one: bytes) -> int:
    """The reduce step: it sees every value, and their order."""
    return (total * 31 + crc32(one)) & 0xFFFFFFFF


def answer(job: JobSpec) -> Answer:
    """The program, run as `python` would."""
    lines = [b"begin\n"]
    for number, region in enumerate(job.regions):
        total = 0
        for at in range(region.stop):
            total = fold(total, value(job, number, at))
            if at % region.every == 0:
                lines.append(line(number, at, total))
        lines.append(line(number, region.stop, total))
    return Answer(b"".join(lines), job.exit_code, file_of(job))


def line(region: int, at: int, total: int) -> bytes:
    return f"{region}.{at} {total:08x}\n".encode()


def file_of(job: JobSpec) -> bytes:
    return f"file of {job.ticket}".encode().ljust(job.files_bytes, b"#") if job.files_bytes else b""


def script_of(job: JobSpec) -> bytes:
    return f"# {job.ticket}\n".encode().ljust(job.script_bytes, b"#")
