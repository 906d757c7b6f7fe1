"""Programs with process pools, unchanged, on a lab of three workers, each in a network of its own. Linux, root, `ip`.

    python bench/pools.py [--scale 20000] [--keep]

Each program is run by `python` and by `marx run` from a machine that has no slots: output, errors and exit code must be
the same, and several workers must have computed calls. Exit code 1: not as promised.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from laboratory import Lab
from network import network
from table import Table

WORKERS = ("work1", "work2", "work3")
WORK = """
import sys
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import Pool


def orbit(k):
    x = k + 1
    for _ in range((k * 37 % 60 + 20) * int(sys.argv[1])):
        x = (x * 48271 + 11) % 2147483647
    return x


def begin(number):
    global OFFSET
    OFFSET = number


def shifted(k):
    return orbit(k) + OFFSET


def fails(k):
    return orbit(k) // (k - 21)


if __name__ == "__main__":
"""
PROGRAMS = {
    "Pool: map, imap, callbacks": """
    with Pool(3) as pool:
        print(sum(pool.map(orbit, range(40), chunksize=5)))
        for value in pool.imap(orbit, range(5)):
            print(value)
        seen = []
        results = [pool.apply_async(orbit, (k,), callback=seen.append) for k in range(12)]
        print(sorted(result.get() for result in results) == sorted(seen))
""",
    "Pool with an initializer, and an error": """
    with Pool(2, begin, (7,)) as pool:
        print(pool.map(shifted, range(24)))
    with Pool(2) as pool:
        pool.map(fails, range(24), chunksize=1)
""",
    "ProcessPoolExecutor: submit, map, as_completed": """
    with ProcessPoolExecutor(max_workers=3) as executor:
        futures = {executor.submit(orbit, k): k for k in range(30)}
        print(sorted((futures[future], future.result()) for future in as_completed(futures)))
        print(list(executor.map(orbit, range(30), chunksize=4)))
""",
}


def compare(name: str, lab: Lab, table: Table, scale: int) -> None:
    """Runs one program by both."""
    program = lab.home("task") / "program.py"
    program.write_text(WORK + PROGRAMS[name], encoding="utf-8")
    command = [sys.executable, str(program), str(scale)]
    expected = subprocess.run(command, cwd=program.parent, capture_output=True, check=False)
    before = chunks_done(lab)
    seen = lab.call("run", str(program), str(scale))
    same = (seen.returncode, seen.stdout, seen.stderr) == (expected.returncode, expected.stdout, expected.stderr)
    table.line(name, same, f"exit code {seen.returncode}")
    if not same:
        print(seen.stdout.decode()[-300:], seen.stderr.decode()[-600:])
    took_part = sum(after > before.get(worker, 0) for worker, after in chunks_done(lab).items())
    table.line("  several workers took part", took_part >= 2, str(chunks_done(lab)))


def chunks_done(lab: Lab) -> dict[str, int]:
    return {str(row["name"]): int(str(row["chunks_done"])) for row in lab.rows("workers")}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", type=int, default=20_000, help="how long a call takes")
    parser.add_argument("--keep", action="store_true", help="leave the folder with all logs")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="marx-pools-"))
    table = Table()
    try:
        with network(["serve", *WORKERS, "task"]) as hosts:
            lab = Lab(folder, hosts, WORKERS)
            try:
                lab.serve()
                lab.lend_all()
                for name in PROGRAMS:
                    compare(name, lab, table, options.scale)
            finally:
                lab.stop()
    finally:
        if options.keep:
            print(f"\nlogs are in {folder}")
        else:
            shutil.rmtree(folder)
    print("\nFAILED" if table.failed else "\nall as promised")
    sys.exit(1 if table.failed else 0)


if __name__ == "__main__":
    main()
