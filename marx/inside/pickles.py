"""What all pickles between driver and chunks have in common: references, and what would not survive the way.

A copied set may iterate in another order, and `in` finds a NaN by identity. Where one of these is met, the copy is
refused."""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable, Iterable
from typing import Any

from marx.inside.depth import bounded
from marx.inside.refusals import Unsendable
from marx.inside.world import ATOMS

PROTOCOL = 5
_SET_MARKS = (b"\x8f", b"\x91")
_NAN_MARKS = (b"G\x7f\xf8", b"G\xff\xf8")


def dump(pickler: pickle.Pickler, value: Any) -> None:
    try:
        with bounded():
            pickler.dump(value)
    except Unsendable:
        raise
    except Exception as fault:
        raise Unsendable("MX402", f"{type(fault).__name__}: {fault}") from None


def refuse_unfaithful(data: bytes, objects: Callable[[], Iterable[Any]]) -> None:
    """Refuses sets whose order a copy does not keep and containers with NaN. `objects` are those that the pickle
    holds."""
    if any(mark in data for mark in _NAN_MARKS) and _has_nan(data):
        raise Unsendable("MX403", "NaN, which a copy does not equal and `in` finds by identity")
    if any(mark in data for mark in _SET_MARKS):
        for value in list(objects()):
            if type(value) in (set, frozenset) and not keeps_order(value):
                raise Unsendable("MX405", "a set that would iterate in another order")


def _has_nan(data: bytes) -> bool:
    """Whether a NaN is really there: the marks may stand in an array's bytes by chance. Pickles may follow one
    another."""
    import pickletools

    file = io.BytesIO(data)
    while file.tell() < len(data):
        if any(op.name == "BINFLOAT" and argument != argument for op, argument, _ in pickletools.genops(file)):
            return True
    return False


def keeps_order(value: set[Any] | frozenset[Any]) -> bool:
    """Whether a pickled copy of the set iterates in the same order."""
    if not all(type(v) in ATOMS or type(v) is tuple for v in value):
        return False
    try:
        return list(pickle.loads(pickle.dumps(value, PROTOCOL))) == list(value)
    except Exception:
        return False


class ReferringUnpickler(pickle.Unpickler):
    """Reads a pickle whose references `find` resolves."""

    find: Callable[[tuple[Any, ...]], Any]

    def persistent_load(self, reference: Any) -> Any:
        return self.find(reference)
