"""What a jail costs: CPU-bound work inside against outside, a chunk's round trip, a start, memory.

    python bench/jail_prices.py [--rounds 15]

Inside and outside take turns, so that whatever else the machine does falls on both alike. The exit status is 1 if work
takes more than 1.03 times as long inside, or a chunk's round trip through worker and jail a millisecond or more.
"""

from __future__ import annotations

import argparse
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import psutil  # noqa: E402 - found by the line above

import sandbox  # noqa: E402
from bench.jailed import WORK  # noqa: E402
from bench.table import Table  # noqa: E402
from sandbox.channel import Channel  # noqa: E402

RATIO_MAX = 1.03
TRIP_MS_MAX = 1.0
TRIPS = 400
PATIENCE_S = 120.0
BESIDE = ("nothing", "scipy")
"""Work that is no measure of speed."""
SPEC = sandbox.JailSpec(entry="bench.jailed:main", read_only=(str(ROOT / "bench"),), path=(str(ROOT),), nice=False)

Ask = Callable[[str], str]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    table = Table()
    with loaded() as jail, outside() as ask_outside:
        ask_inside = asking(jail)
        for work in WORK:
            if work not in BESIDE:
                compare(table, work, ask_inside, ask_outside, options.rounds)
        answer = ask_inside("scipy")
        found = f"not tried: {answer}" if answer.startswith("ImportError") else answer.split(" ")[0]
        table.line("numpy and scipy are imported and compute inside", True, found)
        table.line("its memory, beyond what is shared", True, f"{own_bytes(jail.pid) / 2**20:.0f} MiB")
        trip_s = median_s(lambda: ask_inside("nothing"), TRIPS)
        table.line("one frame to a jail and back (median)", True, f"{trip_s * 1e3:.3f} ms")
    starts(table)
    trip_s = chunk_trip_s()
    table.line(
        f"a chunk through worker and jail (median), at most {TRIP_MS_MAX} ms",
        trip_s * 1e3 < TRIP_MS_MAX,
        f"{trip_s * 1e3:.3f} ms",
    )
    return int(table.failed)


def compare(table: Table, work: str, inside: Ask, beside: Ask, rounds: int) -> None:
    """Processor time, whose noise is that of caches and clocks only."""
    ratios = []
    if (answer := inside(work)).startswith("ImportError"):
        table.line(work, True, f"not measured: {answer}")
        return
    for number in range(rounds):
        first, second = (inside, beside) if number % 2 else (beside, inside)
        one, other = first(work).split(" "), second(work).split(" ")
        if one[0] != other[0]:
            raise SystemExit(f"{work} gives {one[0]} and {other[0]}")
        ratio = int(one[1]) / int(other[1])
        ratios.append(ratio if number % 2 else 1 / ratio)
    ratio = statistics.median(ratios)
    table.line(f"{work}: inside of outside, at most {RATIO_MAX}", ratio <= RATIO_MAX, f"{ratio:.3f}")


def median_s(deed: Callable[[], object], times: int) -> float:
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        deed()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


# --- inside and outside -----------------------------------------------------------------------------------------------


@contextmanager
def loaded() -> Iterator[sandbox.Jail]:
    with tempfile.TemporaryDirectory() as folder, sandbox.start(SPEC) as jail:
        jail.load(sandbox.Load(folder=f"{folder}/work"))
        yield jail


def asking(jail: sandbox.Jail) -> Ask:
    def ask(work: str) -> str:
        jail.send(work.encode(), PATIENCE_S)
        return (jail.receive(PATIENCE_S) or b"").decode()

    return ask


@contextmanager
def outside() -> Iterator[Ask]:
    """The same in a plain process, with the same settings of numeric libraries."""
    from sandbox.construction import THREAD_CAPS

    ours, theirs = socket.socketpair()
    command = [sys.executable, str(ROOT / "bench" / "jailed.py"), str(theirs.fileno())]
    environment = {"PYTHONHASHSEED": "0", **dict.fromkeys(THREAD_CAPS, "1")}
    process = subprocess.Popen(command, pass_fds=[theirs.fileno()], env=environment)
    theirs.close()
    channel = Channel(ours.fileno(), 1 << 20)

    def ask(work: str) -> str:
        channel.send(work.encode())
        return (channel.receive() or b"").decode()

    try:
        yield ask
    finally:
        ours.close()
        process.wait()


def own_bytes(pid: int) -> int:
    """The memory of all processes of a jail, without what they share with others."""
    processes = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    return sum(each.memory_info().rss - each.memory_info().shared for each in processes)


# --- starts and round trips -------------------------------------------------------------------------------------------


def starts(table: Table) -> None:
    cold, warm = [], []
    for _ in range(10):
        began = time.perf_counter()
        with tempfile.TemporaryDirectory() as folder, sandbox.start(SPEC) as jail:
            jail.ready()
            ready = time.perf_counter()
            jail.load(sandbox.Load(folder=f"{folder}/work"))
            asking(jail)("nothing")
            warm.append(time.perf_counter() - ready)
            cold.append(ready - began)
    bare = median_s(lambda: subprocess.run([sys.executable, "-c", ""], check=True), 10)
    table.line(
        "a jail until it is ready, in starts of a bare interpreter", True, f"{statistics.median(cold) / bare:.1f}"
    )
    table.line("a waiting jail to its first answer (median)", True, f"{statistics.median(warm) * 1e3:.1f} ms")


def chunk_trip_s() -> float:
    """From a lease in the worker's socket to the outcome out of it."""
    import gevent
    import zmq.green as zmq

    from marx.journal.blobs import BlobStore
    from marx.link.dealer import Dealer
    from marx.link.router import Router
    from marx.wire.messages import Acked, ChunkDone
    from marx.worker.daemon import Worker
    from marx.worker.settings import WorkerSettings
    from tests.worker.model import Model, chunk

    with tempfile.TemporaryDirectory() as folder, zmq.Context() as context:
        model = Model(Router.inproc(context, "inproc://prices"), Path(folder) / "model")
        settings = WorkerSettings(name="w", slots=1, warm=1, entry="tests.worker.jailed:main", embedded=True)
        dealer = Dealer(context, "inproc://prices", keys=None, server_key=None)
        blobs = BlobStore(Path(folder) / "worker", durable=False)
        worker = Worker(settings, dealer=dealer, blobs=blobs, log=lambda *_: None)
        working = gevent.spawn(worker.run)
        model.hellos.get()
        numbers = iter(range(1, TRIPS + 3))

        def trip(source: str = "") -> None:
            model.say(chunk(next(numbers), source))
            model.say(Acked(model.next(ChunkDone).lease.number))

        trip("def compute(run):\n    return b'done'\n")
        found = median_s(trip, TRIPS)
        worker.leave()
        working.join()
        dealer.close()
        model.close()
    return found


if __name__ == "__main__":
    sys.exit(main())
