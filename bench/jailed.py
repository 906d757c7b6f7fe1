"""The work that jail_prices.py has done inside and outside of a jail: answers each frame, a name, with what it took.

As an entry of a jail, or by `python bench/jailed.py FD` in a plain process.
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from sandbox.channel import Channel


def main(channel: Channel) -> int:
    """Answers "result cpu_ns wall_ns"; an ImportError where the work needs what is not there."""
    while (body := channel.receive()) is not None:
        cpu, wall = time.process_time_ns(), time.perf_counter_ns()
        try:
            result = WORK[body.decode()]()
        except ImportError as fault:
            channel.send(f"ImportError {fault}".encode())
            continue
        spent = time.process_time_ns() - cpu, time.perf_counter_ns() - wall
        channel.send(f"{result} {spent[0]} {spent[1]}".encode())
    return 0


def _nothing() -> str:
    return "0"


def _loop() -> str:
    total = 0
    for number in range(1_500_000):
        total += number * number % 7
    return str(total)


def _objects() -> str:
    counts: dict[str, list[int]] = {}
    for number in range(150_000):
        counts.setdefault(f"key{number % 997}", []).append(number)
    return str(sum(len(each) for each in counts.values()))


def _allocation() -> str:
    return str(sum(len(bytearray(1 << 20)) for _ in range(600)))


def _numpy_product() -> str:
    numpy = _numpy()
    square = numpy.arange(360_000.0).reshape(600, 600) % 7
    for _ in range(6):
        square = square @ square % 7
    return f"{square.sum():.0f}"


def _numpy_vectors() -> str:
    numpy = _numpy()
    row = numpy.arange(200_000.0)
    return f"{sum(float(numpy.sqrt(row + step).sum()) for step in range(60)):.3f}"


def _scipy() -> str:
    from scipy import integrate, linalg, optimize

    numpy = _numpy()
    root = optimize.brentq(lambda x: x**3 - 2, 0, 2)
    area, _ = integrate.quad(math.sin, 0, math.pi)
    solved = linalg.solve(numpy.eye(50) * 2, numpy.ones(50))
    return f"{root:.9f}/{area:.9f}/{solved.sum():.1f}"


def _numpy() -> Any:
    import numpy

    return numpy


WORK: dict[str, Callable[[], str]] = {
    "nothing": _nothing,
    "pure Python: a loop": _loop,
    "pure Python: objects": _objects,
    "memory taken and given back": _allocation,
    "numpy: products": _numpy_product,
    "numpy: vectors": _numpy_vectors,
    "scipy": _scipy,
}

if __name__ == "__main__":
    sys.exit(main(Channel(int(sys.argv[1]), 1 << 20)))
