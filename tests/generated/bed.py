"""Runs one program as `python` does and as a driver with chunks does, and tells what differs.

Both runs are forks of this process, which has everything imported, so that a program costs milliseconds. What the
chunks meet is drawn from a seed (lab.py)."""

from __future__ import annotations

import ast
import atexit
import contextlib
import ctypes
import gc
import os
import random
import re
import resource
import shutil
import signal
import sys
import tempfile
import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.generated import graph
from tests.generated.apart import MODULE, SCRIPT, module_of
from tests.generated.forks import fork, wait
from tests.generated.lab import Lab, Opening

ENDLESS_S = 0.4
"""What `python` does not end in so much time of the processor is a loop that feeds itself: nothing to compare. Others
take some thousandths of it."""
MEMORY_MAX = 2 << 30
_SCRIPT = "prog.py"
_ADDRESS = re.compile(rb" at 0x[0-9a-f]+")
"""Addresses are chance in `python` too."""


@dataclass(frozen=True, slots=True)
class Run:
    """What can be seen of a finished program."""

    stdout: bytes
    stderr: bytes
    status: int
    files: dict[str, bytes]
    graph: bytes


@dataclass(frozen=True, slots=True)
class Comparison:
    """Both runs of a program. `difference` is "" if nobody can tell them apart."""

    difference: str
    plain: Run
    marx: Run
    openings: list[Opening]
    endless: bool = False

    @property
    def is_split(self) -> bool:
        """Whether values of at least two chunks of one region were used."""
        return any(o.chunks >= 2 and o.used >= 2 for o in self.openings)


def compare(
    source: str,
    seed: int,
    *,
    objects: bool = True,
    beside: Sequence[Path] = (),
    seconds: float = ENDLESS_S,
    apart: bool = False,
) -> Comparison:
    """Runs the program both ways in a folder of its own, with copies of the files `beside` it. `objects`: what its
    variables hold at the end is compared too. `apart`: all of it stands in a module that the script imports."""
    with tempfile.TemporaryDirectory(prefix="generated-") as made:
        folder = Path(os.path.realpath(made))
        texts = {_SCRIPT: SCRIPT, f"{MODULE}.py": module_of(source)} if apart else {_SCRIPT: source}
        plain = _watched(_filled(folder, texts, beside), _plain_child(folder / _SCRIPT, seconds), lambda: None)
        if plain.status in (128 + signal.SIGPROF, 137) or b"MemoryError" in plain.stderr:
            return Comparison("", plain, plain, [], endless=True)
        lab = Lab(folder / _SCRIPT, random.Random(seed))
        marx = _watched(_filled(folder, texts, beside), lab.driver_child, lab.serve)
        lab.close()
    found = _difference(plain, marx, texts[_SCRIPT], objects) or lab.trouble
    return Comparison(found, plain, marx, lab.openings)


def _filled(folder: Path, texts: Mapping[str, str], beside: Sequence[Path]) -> Path:
    """A folder as the program expects it."""
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    for path in beside:
        shutil.copy(path, folder / path.name)
    return folder


def _shown(source: str) -> set[str]:
    """The variables that the program itself shows at its top level."""
    calls = [s for s in ast.parse(source).body if isinstance(s, ast.Expr)]
    return {n.id for call in calls for n in ast.walk(call) if isinstance(n, ast.Name)}


def _difference(plain: Run, marx: Run, source: str, objects: bool) -> str:
    for name in ("stdout", "stderr", "status", "files"):
        one, two = getattr(plain, name), getattr(marx, name)
        if one != two and (name in ("status", "files") or _ADDRESS.sub(b"", one) != _ADDRESS.sub(b"", two)):
            return f"{name} differs"
    if objects and plain.graph and marx.graph:
        found = graph.differing(plain.graph, marx.graph, _shown(source))
        return f"objects differ: {found}" if found else ""
    return "" if not objects or plain.graph == marx.graph else "only one run came to its end"


# --- the two ways of running a program ------------------------------------------------------------------------------


def _watched(folder: Path, body: Callable[[int], int], meanwhile: Callable[[], object]) -> Run:
    """Runs a program's child to its end, with its streams caught. `meanwhile` serves it; the folder is then cleared."""
    out, err, left = (os.memfd_create(name) for name in ("stdout", "stderr", "graph"))

    def child() -> int:
        os.setpgid(0, 0)
        os.dup2(out, 1)
        os.dup2(err, 2)
        os.chdir(folder)
        return body(left)

    pid = fork(child)
    meanwhile()
    status = wait(pid)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)  # what a pool of the program left
    texts = []
    for stream in (out, err, left):
        os.lseek(stream, 0, os.SEEK_SET)
        with open(stream, "rb") as file:
            texts.append(file.read())
    return Run(texts[0], texts[1], status, _take_files(folder), texts[2])


def _take_files(folder: Path) -> dict[str, bytes]:
    """The files that a program left; they are gone for the next run."""
    found = {}
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        else:
            found[path.name] = path.read_bytes()
            path.unlink()
    return found


def _plain_child(script: Path, seconds: float) -> Callable[[int], int]:
    """`python prog.py`, by the very function that the interpreter runs scripts with."""

    def body(left: int) -> int:
        signal.setitimer(signal.ITIMER_PROF, seconds)
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_MAX, MEMORY_MAX))
        sys.setrecursionlimit(sys.getrecursionlimit() + _depth() + 1)
        module = types.ModuleType("__main__")
        module.__dict__["__builtins__"] = sys.modules["builtins"]
        sys.modules["__main__"] = module
        sys.argv[:] = [str(script)]
        sys.path.insert(0, str(script.parent))
        atexit._clear()
        atexit.register(lambda: os.write(left, graph.write_down(module.__dict__)))
        libc = ctypes.CDLL(None)
        libc.fopen.restype = ctypes.c_void_p
        file = libc.fopen(os.fsencode(script), b"rb")
        run = ctypes.pythonapi.PyRun_SimpleFileExFlags
        run.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int, ctypes.c_void_p]
        status = run(file, os.fsencode(script), 1, None)
        atexit._run_exitfuncs()
        return 1 if status else 0

    return body


def _depth() -> int:
    """How many frames there are below the program's, which shall not count against its recursion limit."""
    count = 0
    frame: types.FrameType | None = sys._getframe(1)
    while frame is not None:
        count, frame = count + 1, frame.f_back
    return count


def warm_up() -> None:
    """Imports what programs import, and keeps the collector from touching what forks share."""
    for name in ("collections", "copy", "dataclasses", "decimal", "fractions", "functools", "heapq", "itertools"):
        __import__(name)
    for name in ("numpy", "warnings"):
        __import__(name)
    for name in ("enum", "json", "math", "operator", "re", "statistics", "string", "traceback", "textwrap"):
        __import__(name)
    gc.collect()
    gc.freeze()
