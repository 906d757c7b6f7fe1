"""The nodes of a syntax tree, sooner than `ast` finds them: the passes look at each of them dozens of times."""

from __future__ import annotations

import ast
from collections.abc import Iterator

_LEAVES = {"ctx", "id", "attr", "arg", "asname", "module", "level", "kind", "type_comment"}
"""Fields that never hold a node, or one that says nothing more than its class."""


class _Fields(dict[type[ast.AST], tuple[str, ...]]):
    """By class of node, the fields that may hold nodes."""

    def __missing__(self, kind: type[ast.AST]) -> tuple[str, ...]:
        names = () if kind is ast.Constant else tuple(name for name in kind._fields if name not in _LEAVES)
        self[kind] = names
        return names


_FIELDS = _Fields()


def children(node: ast.AST) -> list[ast.AST]:
    """Like `ast.iter_child_nodes`, in the same order, without `ctx`."""
    found: list[ast.AST] = []
    _add_children(node, found)
    return found


def walk(root: ast.AST) -> Iterator[ast.AST]:
    """Like `ast.walk`, in the same order, without `ctx`."""
    found = [root]
    for node in found:  # which grows meanwhile
        _add_children(node, found)
        yield node


def _add_children(node: ast.AST, found: list[ast.AST]) -> None:
    names = _FIELDS[node.__class__]
    if not names:
        return
    fields = node.__dict__
    for name in names:
        value = fields.get(name)
        if value.__class__ is list:
            for part in value:
                if isinstance(part, ast.AST):
                    found.append(part)
        elif isinstance(value, ast.AST):
            found.append(value)
