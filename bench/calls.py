"""Calls from Python on a lab of two one-slot workers over CURVE and TCP, beside `ProcessPoolExecutor(2)`.

    python bench/calls.py [--calls 50000]

Prints how many tiny calls a second both do, by `map` and by `submit`, how long one warm call takes, and whether a
reduction by key comes out right whose values together are larger than what one sandbox may have of memory. Exit code 1:
something came out wrong.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import marx
from tests.calls.lab import WORK, Lab

SINGLE = 200
MEMORY = "192M"
LARGE_BYTES = 200_000_000
VALUE_BYTES = 500_000
KEYS_OF_ITEM = 16
ITEMS = LARGE_BYTES // VALUE_BYTES // KEYS_OF_ITEM


def one_more(x: int) -> int:
    return x + 1


def pairs(item: int) -> Iterator[tuple[int, bytes]]:
    for number in range(KEYS_OF_ITEM):
        yield item * KEYS_OF_ITEM + number, bytes([item]) * VALUE_BYTES


def longer(one: bytes, other: bytes) -> bytes:
    return max(one, other, key=len)


def by_map(executor: Executor, calls: int) -> bool:
    return list(executor.map(one_more, range(calls))) == list(range(1, calls + 1))


def by_submit(executor: Executor, calls: int) -> bool:
    futures = [executor.submit(one_more, x) for x in range(calls)]
    return [future.result() for future in futures] == list(range(1, calls + 1))


def rate(way: Callable[[Executor, int], bool], executor: Executor, calls: int) -> float:
    began = time.perf_counter()
    if not way(executor, calls):
        raise SystemExit("a call gave a wrong value")
    return calls / (time.perf_counter() - began)


def single_ms(executor: Executor) -> float:
    taken = []
    for x in range(SINGLE):
        began = time.perf_counter()
        executor.submit(one_more, x).result()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken) * 1000


def measure(lab: Lab, calls: int) -> None:
    with marx.Executor(distributor=lab.address) as ours, ProcessPoolExecutor(2) as theirs:
        for executor in (ours, theirs):
            by_map(executor, 1000)
        for name, way in (("map", by_map), ("submit", by_submit)):
            one, other = rate(way, ours, calls), rate(way, theirs, calls)
            print(
                f"tiny calls a second by {name:7} marx {one:9,.0f}   processes {other:9,.0f}   ratio {one / other:.2f}"
            )
        one, other = single_ms(ours), single_ms(theirs)
        print(f"one warm call, median, ms     marx {one:9.2f}  processes {other:9.2f}  ratio {one / other:.2f}")


def reduce_much(lab: Lab) -> bool:
    with marx.Executor(distributor=lab.address) as executor:
        try:
            executor.submit(bytearray, LARGE_BYTES).result()
        except MemoryError:
            print(f"control: {LARGE_BYTES:,} bytes do not fit into one sandbox")
        else:
            print(f"control: {LARGE_BYTES:,} bytes fit into one sandbox")
            return False
        found = marx.mapreduce(pairs, range(ITEMS), longer, keyed=True, executor=executor)
    right = all(found.get(key) == bytes([key // KEYS_OF_ITEM]) * VALUE_BYTES for key in range(ITEMS * KEYS_OF_ITEM))
    print(f"reduced by key, {sum(map(len, found.values())):,} bytes: {'right' if right else 'WRONG'}")
    return right


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--calls", type=int, default=50_000)
    chosen = options.parse_args()
    WORK[:] = [*WORK, "--memory", MEMORY]
    with tempfile.TemporaryDirectory(prefix="marx-bench-") as folder:
        os.environ["XDG_CONFIG_HOME"] = f"{folder}/config"
        with Lab(Path(folder)) as lab:
            lab.work("one")
            lab.work("two")
            measure(lab, chosen.calls)
            return 0 if reduce_much(lab) else 1


if __name__ == "__main__":
    sys.exit(main())
