"""How a chunk jail notices that a map slice changed something after all.

The analysis says that a map slice changes nothing that outlives its item. A jail works on copies, so a mistake there
would harm nobody and go unnoticed, and the driver would miss a change. Hence whatever a map slice could reach is summed
up before and after: each item, and once a chunk the captures and the interpreter's own state. What differs is computed
in place by the driver."""

from __future__ import annotations

import hashlib
import io
import os
import pickle
import sys
import types
import warnings
from collections.abc import Callable
from functools import _lru_cache_wrapper
from typing import Any

from marx.inside.codebook import class_data
from marx.inside.pickles import PROTOCOL


class _Sum:
    """A file that only keeps a hash of what is written to it."""

    def __init__(self) -> None:
        self.hash = hashlib.blake2b(digest_size=16)

    def write(self, data: bytes | memoryview) -> int:
        self.hash.update(data)
        return memoryview(data).nbytes  # of a large array comes a buffer that has no length


class _StatePickler(pickle.Pickler):
    """Writes the state of values; code is named, and of functions and classes only what they hold is written."""

    def __init__(self, file: _Sum, own: frozenset[str]) -> None:
        super().__init__(file, PROTOCOL)
        self._own = own

    def reducer_override(self, value: Any) -> Any:
        kind = type(value)
        if kind is types.FunctionType:
            cells = [_content(cell) for cell in value.__closure__ or ()]
            return str, (value.__qualname__,), (value.__defaults__, value.__kwdefaults__, value.__dict__, cells)
        if isinstance(value, type) and value.__module__ in self._own:
            return str, (value.__qualname__,), class_data(value)
        if kind is types.ModuleType:
            return str, (value.__name__,)
        if kind is _lru_cache_wrapper:
            return str, (), value.__wrapped__
        return NotImplemented


def _content(cell: types.CellType) -> Any:
    try:
        return (cell.cell_contents,)
    except ValueError:
        return ()


def digest(value: Any, own: frozenset[str] = frozenset({"__main__"})) -> bytes:
    """Equal for the same value as long as nothing in it is changed; b"" if it cannot be summed up. `own` names the
    program's modules, whose classes hold state."""
    made = _Sum()
    try:
        _StatePickler(made, own).dump(value)
    except Exception:
        return b""
    return made.hash.digest()


def sum_of(value: Any) -> bytes:
    """Equal for equal values, whichever of their parts are one object; b"" if it cannot be summed up."""
    made = _Sum()
    try:
        pickler = _StatePickler(made, frozenset())
        pickler.fast = True
        pickler.dump(value)
    except Exception:
        return b""
    return made.hash.digest()


def ambient_digests() -> dict[str, bytes]:
    """Sums up the interpreter's own state, as far as programs use it; a library's only once it is loaded."""
    own = [dict(os.environ), os.getcwd(), sys.getrecursionlimit(), sys.get_int_max_str_digits()]
    loaded = {name: of(sys.modules[name]) for name, of in _STATES.items() if name in sys.modules}
    return {"": digest(own)} | {name: digest(state) for name, state in loaded.items()}


def _of_decimal(module: Any) -> Any:
    context = module.getcontext()
    return repr(context), [signal.__name__ for signal, on in context.flags.items() if on]


_STATES: dict[str, Callable[[Any], Any]] = {
    "random": lambda module: module.getstate(),
    "decimal": _of_decimal,
    "locale": lambda module: module.setlocale(module.LC_ALL),
    "numpy": lambda module: repr(module.geterr()),
    "numpy.random": lambda module: module.get_state(),
}


_ON_FILES = frozenset(
    "os.remove os.rename os.mkdir os.rmdir os.link os.symlink os.truncate os.chmod os.chown os.utime shutil.rmtree"
    " tempfile.mkstemp tempfile.mkdtemp sqlite3.connect".split()
)
_DEEDS = _ON_FILES | frozenset(
    "os.putenv os.unsetenv os.chdir os.fork os.forkpty os.system os.exec os.posix_spawn os.kill subprocess.Popen"
    " socket.connect socket.bind socket.sendto builtins.input sys.settrace sys.setprofile signal.pthread_kill".split()
)
"""Audit events of what only the driver may do; those of files are not even for the processes of a pool."""


class Witness(io.TextIOBase):
    """Notes what the driver has to do itself: show a warning, print (where the plan knows of no print), write a file.

    It stands in for the standard streams while a map slice runs that should not print."""

    def __init__(self) -> None:
        self.deed = ""
        self.file_deed = ""
        """What was last done to a file, if anything, since `begin`."""
        self.at_work = False
        self.may_read = True
        self._streams = (sys.stdout, sys.stderr)
        sys.addaudithook(self._audit)

    def begin(self, filters: list[Any], may_print: bool, may_read: bool) -> None:
        """`filters` are the driver's, of warnings. Taking them forgets which were shown, as every chunk has to."""
        warnings.resetwarnings()
        warnings.filters[:] = filters  # type: ignore[index]
        warnings.showwarning = self._warn
        self._streams = (sys.stdout, sys.stderr)
        if not may_print:
            sys.stdout = sys.stderr = self
        self.may_read = may_read
        self.file_deed = ""
        self.at_work = True

    def end(self) -> None:
        self.at_work = False
        sys.stdout, sys.stderr = self._streams

    def take(self) -> str:
        """What was noted since the last call."""
        deed, self.deed = self.deed, ""
        return deed

    def write(self, text: str) -> int:
        self.deed = "it prints"
        return len(text)

    def _warn(self, *_: object, **__: object) -> None:
        self.deed = "it warns"

    def _audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.at_work:
            return
        if event in _DEEDS or (event == "open" and self._is_deed(*arguments)):
            self.deed = f"it does {event}"
            if event == "open" or event in _ON_FILES:
                self.file_deed = self.deed

    def _is_deed(self, path: object, mode: str | None, flags: int) -> bool:
        """Whether opening a file is more than reading what the plan says is read, or what an import reads."""
        writes = flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND)
        if path == os.devnull:
            return False
        return bool(writes) or not (self.may_read or str(path).endswith((".py", ".pyc", ".so")))
