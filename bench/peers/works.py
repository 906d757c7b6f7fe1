"""The work that all peers do: plain functions, and what each workload asks of a peer.

A peer (peer.py) offers a few ways to run a function; a workload picks one, checks the answer, and says how long it
took. Start-up is not in the figures: every peer is warm, with two slots, before a clock is read.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

MEBIBYTE = 1 << 20


class Peer(Protocol):
    """What peer.py's subclasses offer: each in the way that its own documentation recommends."""

    def calls(self, function: Callable[[Any], Any], items: Sequence[Any]) -> list[Any]:
        """One separate submission an item; all results, in order."""

    def map(self, function: Callable[[Any], Any], items: Sequence[Any]) -> list[Any]:
        """All items at once, in whatever blocks the peer likes."""

    def captured(self, function: Callable[[Any, Any], Any], value: Any, items: Sequence[Any]) -> list[Any]:
        """`function(value, item)` of each item, `value` shared."""


# --- what is computed ------------------------------------------------------------------------------------------------


def tiny(n: int) -> int:
    return n + 1


def cheap(n: int) -> int:
    return n * n % 7


def ten_microseconds(n: int) -> int:
    """About ten microseconds of arithmetic."""
    total = n
    for step in range(130):
        total = (total * 31 + step) % 65521
    return total


def uneven(scaled: tuple[int, int]) -> int:
    """Item 0 costs one unit, item 63 a hundred of them, in no order that would help."""
    k, scale = scaled
    x, total = k + 1, 0
    for _ in range((k * 37 % 100 + 1) * scale):
        x = (x * 48271 + 11) % 2147483647
        total ^= x
    return total


def look(value: bytes, position: int) -> int:
    return value[position * 4096]


def large(mebibytes: int) -> bytes:
    return bytes(mebibytes * MEBIBYTE)


# --- workloads -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Figure:
    """What a workload measured, and whether more of it is better."""

    value: float
    unit: str
    more_is_better: bool = True


def tiny_calls(peer: Peer, scale: float) -> Figure:
    count = max(100, int(10_000 * scale))
    taken, results = _timed(lambda: peer.calls(tiny, range(count)))
    _expect(results, [n + 1 for n in range(count)])
    return Figure(count / taken, "calls/s")


def cheap_items(peer: Peer, scale: float) -> Figure:
    count = max(1000, int(1_000_000 * scale))
    taken, results = _timed(lambda: peer.map(cheap, range(count)))
    _expect(results, [n * n % 7 for n in range(count)])
    return Figure(count / taken, "items/s")


def ten_microsecond_items(peer: Peer, scale: float) -> Figure:
    count = max(1000, int(1_000_000 * scale))
    taken, results = _timed(lambda: peer.map(ten_microseconds, range(count)))
    _expect(results[:100], [ten_microseconds(n) for n in range(100)])
    return Figure(count / taken, "items/s")


def unequal_items(peer: Peer, scale: float) -> Figure:
    unit = max(20, int(40_000 * scale))
    items = [(k, unit) for k in range(100)]
    alone, expected = _timed(lambda: [uneven(item) for item in items])
    taken, results = _timed(lambda: peer.calls(uneven, items))
    _expect(results, expected)
    return Figure(alone / taken, "times one core")


def latency(peer: Peer, scale: float) -> Figure:
    """The median of single calls on an idle cluster that is warm."""
    times = sorted(_timed(lambda: peer.calls(tiny, [1]))[0] for _ in range(max(20, int(300 * scale))))
    return Figure(times[len(times) // 2] * 1e3, "ms, median", more_is_better=False)


def latency_tail(peer: Peer, scale: float) -> Figure:
    times = sorted(_timed(lambda: peer.calls(tiny, [1]))[0] for _ in range(max(20, int(300 * scale))))
    return Figure(times[len(times) * 99 // 100] * 1e3, "ms, p99", more_is_better=False)


def captured_bytes(peer: Peer, scale: float) -> Figure:
    value = bytes(max(1, int(100 * scale)) * MEBIBYTE)
    taken, results = _timed(lambda: peer.captured(look, value, range(20)))
    _expect(results, [0] * 20)
    return Figure(taken, "s", more_is_better=False)


def large_results(peer: Peer, scale: float) -> Figure:
    size = max(1, int(10 * scale))
    taken, results = _timed(lambda: peer.calls(large, [size] * 20))
    _expect([len(result) for result in results], [size * MEBIBYTE] * 20)
    return Figure(20 * size / taken, "MiB/s")


WORKS: dict[str, Callable[[Peer, float], Figure]] = {
    "tiny": tiny_calls,
    "cheap": cheap_items,
    "ten-us": ten_microsecond_items,
    "unequal": unequal_items,
    "latency": latency,
    "latency-tail": latency_tail,
    "captured": captured_bytes,
    "results": large_results,
}


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    started = time.perf_counter()
    result = work()
    return time.perf_counter() - started, result


def _expect(got: Sequence[Any], wanted: Sequence[Any]) -> None:
    if list(got) != list(wanted):
        raise SystemExit(f"a wrong answer: {list(got)[:5]!r} instead of {list(wanted)[:5]!r}")
