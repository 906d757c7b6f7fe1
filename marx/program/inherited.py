"""Which methods of a program's classes the methods call that they inherit from libraries: `Counter.update` sets items
by `__setitem__`, whoever defines it.

This module owns the table alone. What the calls do is the interpreter's (library.py)."""

from __future__ import annotations

from collections.abc import Iterator

from marx.program.scopes import FunctionInfo, Program

_ITEMS = ("__getitem__", "__setitem__", "__delitem__", "__missing__", "__contains__", "__iter__", "__len__")
_CALLED: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(
        "update subtract setdefault pop popitem clear get items values keys move_to_end most_common elements total"
        " remove index count reverse isdisjoint".split(),
        (*_ITEMS, "discard", "items", "keys"),
    ),
    "append": ("insert",),
    "extend": ("append", "insert"),
}


def called_by_inherited(program: Program, attr: str) -> Iterator[FunctionInfo]:
    """The methods of classes with a base out of the program that an inherited method of that name may call."""
    for name in _CALLED.get(attr, ()):
        for method in program.methods.get(name, ()):
            if name != attr and method.cls is not None and program.lineage(method.cls) is None:
                yield method
