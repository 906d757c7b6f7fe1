"""`python -m sandbox prog.py [args]`: runs one program in a jail, and passes on what it prints, its exit code and its
files.

The script, the Python files beside it and what `--file` names are loaded; what the program leaves in its working
folder is written to the current one.
"""

from __future__ import annotations

import argparse
import os
import socket
import sys
import threading
from pathlib import Path
from typing import BinaryIO

from sandbox import FileIn, Jail, JailSpec, Limits, Load, Outcome, SandboxError, Verdict, start
from sandbox.frames import pack

_EXITS = {
    Verdict.TIMEOUT_WALL: 124,
    Verdict.TIMEOUT_CPU: 124,
    Verdict.KILLED: 137,
    Verdict.MEMORY: 137,
    Verdict.DISK: 1,
}
"""Where the program has no exit code of its own to pass on."""


def main() -> int:
    options = _options()
    script = Path(options.script).resolve()
    limits = Limits(memory_bytes=options.memory << 20, work_bytes=options.disk << 20)
    spec = JailSpec(entry="sandbox.script:main", limits=limits, waive=frozenset(options.waive), nice=False)
    try:
        with start(spec) as jail:
            return _run(jail, script, options)
    except (SandboxError, OSError) as fault:
        print(f"sandbox: {fault}", file=sys.stderr)
        return 71


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="Run a Python program in a jail.")
    parser.add_argument("--file", action="append", default=[], metavar="PATH", help="a data file to load as well")
    parser.add_argument("--waive", action="append", default=[], metavar="LAYER", help="a layer that may be missing")
    parser.add_argument("--memory", type=int, default=4096, metavar="MB", help="address space of the program")
    parser.add_argument("--disk", type=int, default=512, metavar="MB", help="size of the working folder")
    parser.add_argument("--timeout", type=float, metavar="SECONDS", help="wall-clock time of the program")
    parser.add_argument("script")
    parser.add_argument("arguments", nargs=argparse.REMAINDER)
    return parser.parse_args()


def _run(jail: Jail, script: Path, options: argparse.Namespace) -> int:
    wanted = {script, *script.parent.glob("*.py"), *(Path(name).resolve() for name in options.file)}
    files = tuple(FileIn(str(path), path, path.stat().st_mode & 0o777) for path in sorted(wanted))
    stdin = None if sys.stdin.isatty() else sys.stdin.buffer.read()
    jail.load(Load(folder=os.getcwd(), files=files, environment=dict(os.environ), stdin=stdin, collect=True))
    pumps = [
        threading.Thread(target=_pump, args=(end, stream), daemon=True)
        for end, stream in ((jail.stdout, sys.stdout.buffer), (jail.stderr, sys.stderr.buffer))
    ]
    for pump in pumps:
        pump.start()
    jail.send(pack(os.fsencode(jail.place(str(script))), *map(os.fsencode, options.arguments)))
    outcome = jail.wait(options.timeout)
    for pump in pumps:
        pump.join()
    _keep_files(outcome)
    return _exit_code(outcome)


def _pump(end: socket.socket, stream: BinaryIO) -> None:
    end.settimeout(None)
    while data := end.recv(1 << 16):
        stream.write(data)
        stream.flush()


def _keep_files(outcome: Outcome) -> None:
    """Into the current folder, through no link that is there."""
    for file in outcome.files:
        if file.path.endswith("/"):
            os.makedirs(file.path, exist_ok=True)
            continue
        os.makedirs(os.path.dirname(file.path) or ".", exist_ok=True)
        fd = os.open(file.path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, file.mode)
        with open(fd, "wb") as target:
            target.write(file.content)
    for path in outcome.removed:
        os.unlink(path)


def _exit_code(outcome: Outcome) -> int:
    if outcome.verdict is Verdict.EXITED:
        return outcome.exit_code
    print(f"sandbox: {outcome.reason}", file=sys.stderr)
    if outcome.verdict is Verdict.SIGNAL:
        return 128 + outcome.signal
    return outcome.exit_code or _EXITS.get(outcome.verdict, 71)


if __name__ == "__main__":
    sys.exit(main())
