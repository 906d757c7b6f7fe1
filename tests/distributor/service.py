"""`serve` as a process of its own, for tests that end it from outside."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
BODY = """
import sys
from pathlib import Path
from marx.distributor import serve
serve(Path(sys.argv[1]), "127.0.0.1", int(sys.argv[2]))
"""


@dataclass(frozen=True, slots=True)
class Service:
    """`line` is the address that it printed."""

    process: subprocess.Popen[str]
    line: str

    def end(self) -> int:
        """Its exit code, when it has ended."""
        assert self.process.stdout is not None
        code = self.process.wait(timeout=30)
        self.process.stdout.close()
        return code


def start_service(folder: Path, port: int) -> Service:
    process = subprocess.Popen(
        [sys.executable, "-c", BODY, str(folder), str(port)],
        cwd=TOP,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    return Service(process, process.stdout.readline())
