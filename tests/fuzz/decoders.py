"""Every place where bytes of somebody else become values, with honest bytes to begin from and the one error that each
may raise."""

from __future__ import annotations

import contextlib
import traceback
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import PurePosixPath
from uuid import UUID

import numpy

from marx.calls.exceptions import rebuild
from marx.inside import messages as inside
from marx.inside.faults import failure_of
from marx.wire import address, failures, plain, where
from marx.wire.codec import BadMessage, pack, unpack
from marx.wire.failures import BadFailure, Failure
from marx.worker.hearing import Nonsense, hear
from sandbox import frames
from sandbox.errors import BadFrame
from sandbox.report import Report
from sandbox.spec import Limits, Outcome
from tests.wire.examples import EXAMPLES

LIMITS = Limits(work_bytes=1 << 16, work_files=16, message_bytes=1 << 16)


@dataclass(frozen=True, slots=True)
class Decoder:
    """`read` takes any bytes; it returns, or raises `error` and nothing else."""

    name: str
    read: Callable[[bytes], object]
    error: type[Exception]
    seeds: tuple[bytes, ...]


def _channel(data: bytes) -> None:
    """What a jail sends: bytes cut into frames, each a message."""
    buffer = frames.FrameBuffer(LIMITS.message_bytes)
    for at in range(0, len(data), 997):
        buffer.feed(data[at : at + 997])
        while (body := buffer.take()) is not None:
            with contextlib.suppress(Nonsense):
                hear(body)
    buffer.finish()


def _control(data: bytes) -> Outcome:
    """How a jail says that it ended."""
    report = Report(LIMITS)
    buffer = frames.FrameBuffer(LIMITS.message_bytes)
    buffer.feed(data)
    while (body := buffer.take()) is not None:
        if report.take(body):
            break
    return report.outcome(oom_kills=0, group_kills=0)


def _batch(data: bytes) -> None:
    """What a worker or tasker sends: every message is then one that could be sent on."""
    for message in unpack([data]):
        pack([message])


def _failure(data: bytes) -> None:
    """What a call ended with, as the program that made the call gets it and shows it."""
    fault = rebuild(failures.decode(data), chunk=0, item=0, worker="")
    traceback.format_exception(fault)


def _failures() -> list[Failure]:
    group = ExceptionGroup("g", [FileNotFoundError(2, "no", "f"), ImportError("i", name="n"), KeyError("k")])
    decoding = UnicodeDecodeError("utf-8", b"abc", 0, 1, "no")
    return [*map(failure_of, (group, decoding, SyntaxError("s", ("f", 1, 2, "x", 1, 3)), SystemExit(3)))]


def _plain(data: bytes) -> None:
    value = plain.decode(data)
    plain.encode(value)


def _condition(data: bytes) -> None:
    facts: dict[str, where.Fact] = dict.fromkeys(where.FACTS, "isolated") | {"cores": 8, "memory": 1 << 34}
    where.condition(data.decode("utf-8", "surrogateescape"))(facts)


def _address(data: bytes) -> None:
    address.parse(data.decode("utf-8", "surrogateescape"))


def _framed(*bodies: bytes) -> bytes:
    return b"".join(frames.header(body) + body for body in bodies)


FROM_JAILS: tuple[inside.FromJail, ...] = (
    inside.Planned([inside.Site(0, 3, "for", "for x in xs:")], [inside.Finding("MX1", 1, 0, "why", "so")]),
    inside.Opened(
        0, "0.1", 0, 3, 1, 3, "d", b"captures", 5, 0, 1, bytes(8) + b"\1" + bytes(7) + b"\2" + bytes(15), b"ab"
    ),
    inside.Closed(0, 5, 2),
    inside.Ran(0, 0, 9, b"values", 100, 90, 1, "why"),
    inside.Declined(["a reason"]),
)
ENDS = (
    _framed(
        frames.pack(frames.ENDED, b"0", b"1000", b"900", b"0", b"0"),
        frames.pack(frames.FILE, b"folder/file", b"420"),
        frames.pack(frames.PART, b"content"),
        frames.pack(frames.FILE, b"empty/", b"493"),
        frames.pack(frames.REMOVED, b"gone"),
        frames.pack(frames.DONE),
    ),
    _framed(frames.pack(frames.ENDED, b"-9", b"1", b"1", b"1", b"1"), frames.pack(frames.FAILED, b"why")),
)
VALUES = (
    [1, 2.5, "text", None, True],
    {"key": [(1, 2j), {3, 4}, frozenset([b"x"])], 2**70: "\ud800"},
    numpy.arange(6.0).reshape(2, 3),
    [datetime(2026, 3, 1, tzinfo=UTC), timedelta(1), Decimal("1.50"), Fraction(1, 3), UUID(int=7), PurePosixPath("/a")],
    (Counter("ab"), deque([1], 2)),
    (numpy.array(["a", "bc"]), numpy.datetime64("2020-01-01"), numpy.array([True])),
)

DECODERS = (
    Decoder("jail's message", hear, Nonsense, tuple(map(inside.encode, FROM_JAILS))),
    Decoder("jail's channel", _channel, BadFrame, (_framed(*map(inside.encode, FROM_JAILS)),)),
    Decoder("jail's end", _control, BadFrame, ENDS),
    Decoder(
        "batch", _batch, BadMessage, tuple(pack([message])[0] for message in EXAMPLES if len(pack([message])) == 1)
    ),
    Decoder("failure", _failure, BadFailure, tuple(map(failures.encode, _failures()))),
    Decoder("plain data", _plain, plain.BadPlain, tuple(map(plain.encode, VALUES))),
    Decoder(
        "condition",
        _condition,
        where.BadCondition,
        (
            b"cores >= 8 and memory >= 16G and name != 'old-*'",
            b"(python == '3.11.*' or sandbox == isolated) and not load > 2",
        ),
    ),
    Decoder(
        "address",
        _address,
        address.BadAddress,
        (b"marx://host:7331/" + b"0a" * 32 + b"/code-1234", b"marx://[::1]:1/x"),
    ),
)
