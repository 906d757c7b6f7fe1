"""What a loop iterates over: may its items be asked for before their time?"""

from __future__ import annotations

import fcntl
import gc
import os
import stat
from collections.abc import Iterator
from typing import Any

from marx.inside.changing import Changing
from marx.inside.reach import with_buffers
from marx.inside.refusals import Refusal
from marx.inside.world import is_plain, type_name
from marx.program.plan import Region

_REITERABLE: tuple[type, ...] = (
    list,
    tuple,
    dict,
    set,
    frozenset,
    str,
    bytes,
    bytearray,
    range,
    type({}.keys()),
    type({}.values()),
    type({}.items()),
)
_ITERS = [kind.__iter__ for kind in _REITERABLE]  # type: ignore[attr-defined]
_VIEWS = _REITERABLE[-3:]
_NAMED_REITERABLE = frozenset(
    {"collections.deque", "collections.Counter", "collections.OrderedDict", "array.array", "numpy.ndarray"}
)

_FILES = frozenset({"_io.TextIOWrapper", "_io.BufferedReader"})
_READERS = _FILES | {"_csv.reader", "csv.DictReader"}
FILE_BYTES_MAX = 64 << 20
"""A file that is read ahead is held in memory, line by line."""
DESCRIPTORS = 256
"""So many are looked at for somebody who writes the file that is read."""


def not_readable_ahead(region: Region, iterable: Any, bases: list[Any]) -> str:
    """The name of a type in the loop's head of which items may not be asked for before their time; "" if there is
    none."""
    for leaf in _leaves(iterable, bases, region.fresh_iterator):
        kind = type(leaf)
        if region.reads_on and type_name(kind) in _READERS:
            continue
        if type_name(kind) not in _NAMED_REITERABLE and getattr(kind, "__iter__", None) not in _ITERS:
            return kind.__name__
    return ""


def _leaves(iterable: Any, bases: list[Any], fresh: bool) -> list[Any]:
    """The objects that items come from. Numbers beside them are counts: `combinations(xs, 2)`."""
    return [b for b in bases if type(b) is not int] if fresh and bases else [*bases, iterable]


def check_bases(region: Region, iterable: Any, bases: list[Any], changed: Changing) -> None:
    """The iterable may be read ahead: its leaves are containers that the fold does not change, but for each round's
    own element where it goes over them in step."""
    for leaf in _leaves(iterable, bases, region.fresh_iterator):
        kind = type(leaf)
        held = gc.get_referents(leaf) if kind in _VIEWS else []
        for thing in with_buffers([leaf, *held]).values():
            own = id(thing) in changed.lists and not (region.in_step and thing is leaf)
            if own or (id(thing) in changed.objects and not is_plain(thing)):
                raise Refusal("MX301", "the loop iterates over what its body changes")


def check_files(region: Region, bases: list[Any], held: list[Any]) -> None:
    """What is read ahead lies still: a file on disk, not too large, that nobody has open to write. `held` are the
    objects in the region's `readers`."""
    if not region.reads_on:
        return
    files = [thing for thing in (*bases, *held) if type_name(type(thing)) in _FILES]
    if not files:
        raise Refusal("MX307", "the file behind the rows is not to be found")
    for file in files:
        about = os.fstat(file.fileno())
        if not stat.S_ISREG(about.st_mode) or about.st_size > FILE_BYTES_MAX:
            raise Refusal("MX307", "what is read is no file on disk, or too large to be read ahead")
        if any(_writes(number, about) for number in range(DESCRIPTORS)):
            raise Refusal("MX210", "the file that is read is open to be written")


def _writes(number: int, about: os.stat_result) -> bool:
    try:
        found = os.fstat(number)
        same = (found.st_dev, found.st_ino) == (about.st_dev, about.st_ino)
        return same and fcntl.fcntl(number, fcntl.F_GETFL) & os.O_ACCMODE != os.O_RDONLY
    except OSError:
        return False


def read_ahead(source: Iterator[Any]) -> tuple[list[Any], Exception | None]:
    """The items that are left, and what ended them if that was no end."""
    items: list[Any] = []
    try:
        items.extend(source)
    except Exception as fault:
        return items, fault
    return items, None


def raising(fault: Exception) -> Iterator[Any]:
    """An iterator that goes wrong where the program's own would have."""
    raise fault.with_traceback(None)
    yield
