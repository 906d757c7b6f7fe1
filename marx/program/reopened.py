"""Files that the fold opens, and the map slice a second time.

    with open(path) as file:                       with open(path) as file:
        total.update(count(file.read()))    ──►        .s[0] = count(file.read())

The fold has to keep such a `with`, for what stands in it. But opening a file for reading changes nothing, and if one
slot is all that uses it, nobody can tell that the driver's own has not been read."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Set

from marx.program.nodes import children, walk
from marx.program.places import Place, dotted_of
from marx.program.plan import Slot
from marx.program.tables import OPENING


def files_of(node: ast.With, place: Place) -> frozenset[str]:
    """The variables of a `with` that opens files and does nothing else, if only what stands in it uses them; none if
    that cannot be said."""
    names = set()
    for item in node.items:
        call, name = item.context_expr, item.optional_vars
        if not isinstance(call, ast.Call) or not isinstance(name, ast.Name) or not _opens(call, place):
            return frozenset()
        names.add(name.id)
    return frozenset(() if _is_used_elsewhere(names, place) else names)


def used_by_one(files: Set[str], body: Iterable[ast.stmt], slots: list[Slot], loops: tuple[int, ...]) -> bool:
    """Whether one of the slots, once for each time that the files are opened, is all of a body that mentions them."""
    users = [slot for slot in slots if mentions(files, slot.nodes)]
    if len(users) != 1 or users[0].loops != loops:
        return False
    return mentions(files, body) == mentions(files, users[0].nodes)


def _opens(call: ast.Call, place: Place) -> bool:
    """Whether a call opens a file: by a function of that kind, or as `path.open()`."""
    if isinstance(call.func, ast.Name):
        return dotted_of(place, call.func) in OPENING
    return isinstance(call.func, ast.Attribute) and call.func.attr == "open" and not place.program.methods.get("open")


def _is_used_elsewhere(names: Set[str], place: Place) -> bool:
    """Whether variables are read outside of the `with` statements that bind them: a file still knows, once it is
    closed, what was read of it."""
    scope: ast.AST = place.module.tree if place.function is None else place.function.node
    waiting = [scope]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Name) and node.id in names and isinstance(node.ctx, ast.Load):
            return True
        own = place.module.by_node.get(node)
        if own is not None and node is not scope and own.local.issuperset(names):
            continue
        if isinstance(node, ast.With) and {v.id for v in _variables(node)} >= names:
            waiting += [item.context_expr for item in node.items]
        else:
            waiting += children(node)
    return False


def _variables(node: ast.With) -> list[ast.Name]:
    return [item.optional_vars for item in node.items if isinstance(item.optional_vars, ast.Name)]


def mentions(names: Set[str], trees: Iterable[ast.AST]) -> int:
    """How often trees name one of these variables."""
    return sum(isinstance(n, ast.Name) and n.id in names for tree in trees for n in walk(tree))
