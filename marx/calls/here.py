"""A lab on this machine for an executor without a distributor: the parent's end of the child process (local_lab.py).

The child prints its address, and ends when its standard input does. A process of its own keeps the caller's free of
gevent, of forks and of work that would hold the interpreter's lock. It ends with its parent, however that ends: the
pipe closes.
"""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import IO

from marx.wire.address import Address, parse

ENDING_S = 10.0
"""How long the child may take to end once its standard input is closed."""
_CHILD = "import sys; sys.path.append(sys.argv[1]); from marx.calls.local_lab import main; main(int(sys.argv[2]))"
"""This Marx is found also where only its parent's `sys.path` leads to it."""


class Here:
    """The child process, from its start to its end."""

    def __init__(self, slots: int) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", _CHILD, str(Path(__file__).parents[2]), str(slots)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self._closing = Lock()

    def address(self) -> Address:
        """Waits until it serves. Raises OSError where it cannot."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise OSError("the lab of this machine could not be started; try: marx doctor")
        return parse(line)

    def close(self) -> None:
        """Ends it; what runs there ends with it."""
        with self._closing:
            for stream in (self._process.stdin, self._process.stdout):
                _close(stream)
            try:
                self._process.wait(ENDING_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()


def _close(stream: IO[str] | None) -> None:
    if stream is not None:
        with suppress(OSError):
            stream.close()
