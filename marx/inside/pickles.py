"""What all pickles between driver and chunks have in common: references, and what would not survive the way.

A copied set may iterate in another order, and `in` finds a NaN by identity. Where one of these is met, the copy is
refused, but for a set of which can be said how to make one that is just like it (orders.py): a second pickle behind the
first, with the same memo, says so."""

from __future__ import annotations

import io
import pickle
import sys
from collections.abc import Callable
from typing import Any

from marx.inside import orders
from marx.inside.depth import bounded
from marx.inside.refusals import Unsendable
from marx.inside.world import ATOMS

PROTOCOL = 5
_SET_MARKS = (b"\x8f", b"\x91")
_BY_ADDRESS = {type(...), type(NotImplemented)} | ({type(None)} if sys.version_info < (3, 12) else set())
_BY_ELEMENTS: object = tuple.__hash__
_ANOTHER = "a set that would iterate in another order"
_NAN_MARKS = (b"G\x7f\xf8", b"G\xff\xf8")


def dump(pickler: pickle.Pickler, value: Any) -> None:
    try:
        with bounded():
            pickler.dump(value)
    except Unsendable:
        raise
    except Exception as fault:
        raise Unsendable("MX402", f"{type(fault).__name__}: {fault}") from None


def dump_faithfully(
    pickler: pickle.Pickler,
    file: io.BytesIO,
    value: Any,
    recipes: dict[int, orders.Recipe] | None = None,
    *,
    grows: bool = False,
) -> None:
    """Writes a value into the pickler's empty file and, where its sets need it, what they are made of. Refuses sets of
    which that cannot be said, and containers with NaN. `recipes` are known ones, by the sets' ids; `grows`: the copies
    may get more elements, so their tables have to be alike, too."""
    dump(pickler, value)
    data = file.getvalue()
    refuse_nan(data)
    if any(mark in data for mark in _SET_MARKS):
        known = {} if recipes is None else recipes
        held = [thing for _, thing in pickler.memo.copy().values()]
        made = [(thing, _recipe(thing, known)) for thing in held if _loses_order(thing, grows)]
        if made:
            dump(pickler, made)


def refuse_nan(data: bytes) -> None:
    """Raises `Unsendable` if there is a NaN in what was pickled."""
    if any(mark in data for mark in _NAN_MARKS) and _has_nan(data):
        raise Unsendable("MX403", "NaN, which a copy does not equal and `in` finds by identity")


def _loses_order(value: Any, grows: bool) -> bool:
    """Whether a value is a set of which a plain copy would be another one."""
    if type(value) not in (set, frozenset):
        return False
    if not all(map(_hashes_alike, value)):
        raise Unsendable("MX405", _ANOTHER)
    return not keeps_order(value, grows)


def _hashes_alike(value: Any) -> bool:
    """Whether an element has one hash in all processes of a job: not if that is an address."""
    kind = type(value)
    if kind in ATOMS:
        return kind not in _BY_ADDRESS
    values = kind is frozenset or (isinstance(value, tuple) and kind.__hash__ is _BY_ELEMENTS)
    return values and all(map(_hashes_alike, value))


def _recipe(value: Any, recipes: dict[int, orders.Recipe]) -> orders.Recipe:
    found = recipes.get(id(value)) or (orders.recipe(value) if type(value) is set else None)
    if found is None:
        raise Unsendable("MX405", _ANOTHER)
    recipes[id(value)] = found
    return found


def load_faithfully(unpickler: pickle.Unpickler, file: io.BytesIO) -> tuple[Any, dict[int, Any]]:
    """The value that `dump_faithfully` wrote, and its objects by their numbers in the memo."""
    value = unpickler.load()
    objects = dict(unpickler.memo.copy())
    _make_alike(unpickler, file)
    return value, objects


def load_value(unpickler: pickle.Unpickler, file: io.BytesIO) -> Any:
    """The value alone."""
    value = unpickler.load()
    _make_alike(unpickler, file)
    return value


def _make_alike(unpickler: pickle.Unpickler, file: io.BytesIO) -> None:
    """Does with a value's sets what is said behind it, if anything is."""
    if file.tell() < file.getbuffer().nbytes:
        for held, found in unpickler.load():
            held.clear()
            held.update(found)


def _has_nan(data: bytes) -> bool:
    """Whether a NaN is really there: the marks may stand in an array's bytes by chance."""
    import pickletools

    return any(op.name == "BINFLOAT" and argument != argument for op, argument, _ in pickletools.genops(data))


def keeps_order(value: set[Any] | frozenset[Any], grows: bool = False) -> bool:
    """Whether a pickled copy of the set iterates in the same order and, if it `grows`, will do so."""
    try:
        copy = pickle.loads(pickle.dumps(value, PROTOCOL))
    except Exception:
        return False
    return orders.is_like(copy, value) if grows and type(value) is set else list(copy) == list(value)


class ReferringUnpickler(pickle.Unpickler):
    """Reads a pickle whose references `find` resolves."""

    find: Callable[[tuple[Any, ...]], Any]

    def persistent_load(self, reference: Any) -> Any:
        return self.find(reference)
