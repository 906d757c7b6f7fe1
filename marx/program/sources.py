"""What a loop goes over: the objects in its head that the driver has to look at before it reads any of them ahead."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from marx.program import traits
from marx.program.places import Place
from marx.program.readers import reader_of
from marx.program.scopes import COMPREHENSIONS, keyed, resolve


@dataclass(frozen=True, slots=True)
class Sources:
    """The leaves of a loop's iterable, and whether what is around them makes an iterator of its own (`fresh`).

    `reads_on`: they are a file, or what reads one, that nobody looks at afterwards; `readers` are the variables that
    hold it."""

    leaves: tuple[ast.expr, ...]
    fresh: bool
    reads_on: bool = False
    readers: frozenset[str] = frozenset()


def sources_of(place: Place) -> Sources:
    iterated = _iterated(place.node)
    reader = reader_of(place, iterated)
    if reader is not None:
        return Sources(reader.leaves, True, True, reader.names)
    leaves, fresh = _leaves(place, iterated)
    return Sources(tuple(leaves), fresh)


def _iterated(node: ast.AST) -> list[ast.expr]:
    if isinstance(node, ast.For | ast.While):
        return [node.iter] if isinstance(node, ast.For) else []
    if isinstance(node, COMPREHENSIONS):
        return [node.generators[0].iter]
    assert isinstance(node, ast.Call)
    return node.args[1:] if keyed(node) is None else []


def _leaves(place: Place, iterated: list[ast.expr]) -> tuple[list[ast.expr], bool]:
    """The leaves of an iterable expression, and whether it is `fresh`.

    `zip(a, enumerate(b))` has the leaves `a` and `b`. Lists and the like may be read ahead as long as nobody changes
    them."""
    if len(iterated) != 1 or isinstance(iterated[0], ast.Starred):
        return list(iterated), True
    node = iterated[0]
    if not isinstance(node, ast.Call) or (
        node.keywords and not all(k.arg in ("repeat", "strict", "start", "fillvalue") for k in node.keywords)
    ):
        return [node], False
    local = place.function is not None and isinstance(node.func, ast.Name) and node.func.id in place.function.local
    meaning = "" if local else (resolve(place.program, place.module, node.func) or "")
    if meaning.removeprefix("lib:") not in traits.LAZY_ITERABLES:
        return [node], False
    leaves: list[ast.expr] = []
    for argument in node.args:
        if isinstance(argument, ast.Starred):
            return [node], False
        leaves += _leaves(place, [argument])[0]
    return leaves, True
