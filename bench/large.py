"""A file far larger than memory may be, to two workers: cut twice on its way, resumed, verified, in bounded memory.

    python bench/large.py [--gib 10] [--keep]

Tasker, distributor and two workers have networks of their own (Linux, root, `ip`). The tasker's cable is pulled during
the upload, a worker's during the download, each for longer than a lease. The program digests the file in chunks, and
its output must be python's. Needs three times the file's size on disk (the file itself is mostly holes).
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from laboratory import Lab, marx
from network import Host, network
from table import Table

GIB, MIB = 1 << 30, 1 << 20
WORKERS = ("work1", "work2")
CUT_S = 15.0
"""Longer than a lease, so that the line is given up and made anew."""
CUT_AT = 0.3
"""The part of the file that is on its way when the line is cut."""
MEMORY_MAX = 200 * MIB
REPEATED_MAX = 0.1
"""The part of the file that may be sent twice because of the cut, with everything that a protocol adds."""
PATIENCE_S = 3600.0
SPACING = 64 * MIB
PROGRAM = """
import hashlib
import sys

path, count, step = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])


def digest(number):
    seen = hashlib.blake2b(digest_size=16)
    with open(path, "rb") as file:
        file.seek(number * step)
        left = step
        while left:
            data = file.read(min(left, 1 << 20))
            if not data:
                break
            seen.update(data)
            left -= len(data)
    return seen.hexdigest()


for number in range(count):
    print(number, digest(number))
"""


@dataclass(slots=True)
class Memory:
    """The most resident memory that any process of the lab had, by its host."""

    lab: Lab
    most: dict[str, int] = field(default_factory=dict)
    stopped: threading.Event = field(default_factory=threading.Event)

    def watch(self) -> None:
        while not self.stopped.wait(0.2):
            for host, process in list(self.lab.running.items()):
                with contextlib.suppress(psutil.Error):
                    top = psutil.Process(process.pid)
                    for one in [top, *top.children(recursive=True)]:
                        with contextlib.suppress(psutil.Error):
                            self.most[host] = max(self.most.get(host, 0), one.memory_info().rss)


@contextlib.contextmanager
def watched(lab: Lab) -> Iterator[Memory]:
    memory = Memory(lab)
    thread = threading.Thread(target=memory.watch)
    thread.start()
    try:
        yield memory
    finally:
        memory.stopped.set()
        thread.join()


def make_file(path: Path, size: int) -> None:
    """Random bytes here and there, holes between: it takes hardly any disk here, and all of it elsewhere."""
    with open(path, "wb") as file:
        file.truncate(size)
        for offset in range(0, size, SPACING):
            file.seek(offset)
            file.write(os.urandom(min(MIB, size - offset)))


def large(lab: Lab, size: int) -> Table:
    table = Table()
    lab.serve()
    lab.lend_all()
    data, program = lab.home("task") / "data.bin", lab.home("task") / "digests.py"
    make_file(data, size)
    program.write_text(PROGRAM)
    step = 32 * MIB
    arguments = [str(program), str(data), str(-(-size // step)), str(step)]
    expected = subprocess.run([sys.executable, *arguments], capture_output=True, check=True)
    with watched(lab) as memory, open(lab.folder / "run.out", "wb") as out:
        before = {name: received(host) for name, host in lab.hosts.items()}
        tasker = subprocess.Popen(
            lab.hosts["task"].inside(marx("run", *arguments)),
            cwd=lab.home("task"),
            env=lab.environment("task"),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
        )
        lab.running["task"] = tasker
        cut(lab, table, "task", lab.serve_folder(), size, "the upload")
        cut_a_download(lab, table, size)
        code = tasker.wait(PATIENCE_S)
        lab.running.pop("task")
        # Once more, from the tasker's copy that the distributor has: now the worker that was cut off goes on.
        again = lab.call("run", *arguments, seconds=PATIENCE_S)
        table.line("a second run gives it too", again.stdout == expected.stdout, again.stderr.decode()[-200:])
        both_have_it(lab, size)
        sent = {name: received(host) - before[name] for name, host in lab.hosts.items()}
    answer = (lab.folder / "run.out").read_bytes()
    table.line("the answer is python's", (code, answer) == (0, expected.stdout), answer[-200:].decode() if code else "")
    for name in ("serve", *WORKERS):
        extra = sent[name] / size - 1
        table.line(f"{name} received the file once", extra < REPEATED_MAX, f"{extra:+.1%} beyond its size")
    holders = [name for name in WORKERS if blobs_bytes(lab.home(name)) >= size]
    table.line("both workers have it, verified", len(holders) == len(WORKERS), ", ".join(holders))
    for host, most in sorted(memory.most.items()):
        table.line(f"memory of every process on {host}", most < MEMORY_MAX, f"at most {most / MIB:.0f} MiB")
    return table


def both_have_it(lab: Lab, size: int) -> None:
    """Waits for downloads that are still under way."""
    deadline = time.monotonic() + PATIENCE_S
    while min(blobs_bytes(lab.home(name)) for name in WORKERS) < size and time.monotonic() < deadline:
        time.sleep(0.5)


def cut_a_download(lab: Lab, table: Table, size: int) -> None:
    """The first worker that has a good part of it loses its cable for a while."""
    folders = {name: lab.home(name) / ".local" / "share" / "marx" / "worker" / "cache" for name in WORKERS}
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        for name, folder in folders.items():
            if partial_bytes(folder) >= CUT_AT * size:
                cut(lab, table, name, folder, size, f"the download of {name}")
                return
        time.sleep(0.05)
    raise SystemExit("no worker fetched the file")


def cut(lab: Lab, table: Table, host: str, folder: Path, size: int, what: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while partial_bytes(folder) < CUT_AT * size:
        if time.monotonic() > deadline:
            raise SystemExit(f"{what} did not come so far")
        time.sleep(0.05)
    lab.hosts[host].pull_cable()
    time.sleep(CUT_S)
    there = partial_bytes(folder)
    lab.hosts[host].plug_in()
    table.line(f"{what} is cut", there < size, f"at {there / size:.0%}")


def partial_bytes(folder: Path) -> int:
    """How much has come of what is on its way into the store in `folder`."""
    sizes = [0]
    for path in (folder / "partial").glob("*"):
        with contextlib.suppress(FileNotFoundError):
            sizes.append(path.stat().st_size)
    return max(sizes)


def blobs_bytes(home: Path) -> int:
    return sum(path.stat().st_size for path in home.glob(".local/share/marx/worker/cache/blobs/??/??/*"))


def received(host: Host) -> int:
    """Bytes that came by the host's cable."""
    command = host.inside(["cat", "/proc/net/dev"])
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return next(int(line.split()[1]) for line in text.splitlines() if line.strip().startswith("eth0:"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gib", type=float, default=10.0)
    parser.add_argument("--keep", action="store_true", help="leave the folder with all logs, and the data")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    folder = Path(tempfile.mkdtemp(prefix="marx-large-"))
    try:
        with network(["serve", *WORKERS, "task"]) as hosts, contextlib.ExitStack() as stack:
            lab = Lab(folder, hosts, WORKERS)
            stack.callback(lab.stop)
            failed = large(lab, int(options.gib * GIB)).failed
    finally:
        if not options.keep:
            shutil.rmtree(folder)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
