"""Whether the copy of an object is like it, by what its class has to say in how it is pickled.

A pickle may leave out what `__getstate__` leaves out, and makes some objects by calling their class again: a `__new__`
that computes would compute with its own result. A program that never pickles shows nothing of it. This module names the
classes and objects of which a copy may differ; who asks refuses them."""

from __future__ import annotations

import collections
from collections.abc import Collection

from marx.inside.refusals import Unsendable

_HAS_A_SAY = ("__reduce__", "__reduce_ex__", "__getstate__", "__setstate__", "__getnewargs__", "__getnewargs_ex__",
              "__new__", "__del__")  # fmt: skip
_CONTAINERS = (list, dict, set, frozenset, bytearray, collections.deque)
_FILLS = ("append", "extend", "add", "update", "__setitem__", "__iter__", "items", "keys")
"""Methods by which containers are taken apart and filled again."""
_CALLED = (set, frozenset, bytearray, collections.deque, collections.OrderedDict, collections.Counter,
           collections.defaultdict, BaseException)  # fmt: skip
"""Kinds of objects of which a copy is made by calling the class."""


def check_class(kind: type, own: Collection[str]) -> None:
    """Raises `Unsendable` where a copy of a class's object may differ from it. `own` names the program's modules; what
    a library says of its own objects is taken to be right."""
    asked = list(_HAS_A_SAY)
    asked += _FILLS if issubclass(kind, _CONTAINERS) else ()
    asked += ["__init__"] if issubclass(kind, _CALLED) else []
    asked += ["__setattr__"] if _sets_slots(kind) else []
    for cls in kind.__mro__:
        for name in asked if cls.__module__ in own else ():
            if name in cls.__dict__ and not _is_made_for(cls, name):
                raise Unsendable("MX402", f"class {kind.__qualname__} has a {name} of its own")


def _sets_slots(kind: type) -> bool:
    """Whether attributes are set one by one in a copy, instead of all at once."""
    return any(cls.__dict__.get("__slots__") for cls in kind.__mro__) and not hasattr(kind, "__setstate__")


def _is_made_for(cls: type, name: str) -> bool:
    """Whether a library has put the method there: for an enumeration, a named tuple or a dataclass."""
    if hasattr(cls, "__members__"):
        return name in ("__reduce__", "__reduce_ex__", "__new__")
    if "_fields" in cls.__dict__ and issubclass(cls, tuple):
        return name in ("__new__", "__getnewargs__")
    return getattr(cls.__dict__[name], "__module__", "") == "dataclasses"


def check_exception(fault: BaseException) -> None:
    """Raises `Unsendable` where a copy of an exception would have lost something: where it was raised, what it came
    from, or what it is about."""
    lost = fault.__traceback__ or fault.__cause__ or fault.__context__
    if lost is not None or (isinstance(fault, AttributeError | NameError) and fault.name is not None):
        raise Unsendable("MX404", f"a {type(fault).__name__} that knows where it comes from")
