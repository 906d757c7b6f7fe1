"""Copies of trees: the ground on which everything that is written into a program stands.

Original nodes are never changed, since the plan names them by identity; a copy has its original's position."""

from __future__ import annotations

import ast

from marx.program.nodes import walk


class Copier:
    """Copies a tree. Subclasses write something else where they find what they look for."""

    def node(self, node: ast.AST) -> ast.AST:
        fields = {name: self._field(value) for name, value in ast.iter_fields(node)}
        return ast.copy_location(type(node)(**fields), node)

    def body(self, statements: list[ast.stmt]) -> list[ast.stmt]:
        return [self.node(s) for s in statements]  # type: ignore[misc]

    def expr(self, node: ast.expr) -> ast.expr:
        made = self.node(node)
        assert isinstance(made, ast.expr)
        return made

    def _field(self, value: object) -> object:
        if isinstance(value, ast.AST):
            return self.node(value)
        if isinstance(value, list):
            if value and isinstance(value[0], ast.stmt):
                return self.body(value)
            return [self.node(v) if isinstance(v, ast.AST) else v for v in value]
        return value


def place(tree: ast.AST, like: ast.AST) -> None:
    """Gives what has no position of its own in a tree that of `like`."""
    for part in walk(tree):
        if isinstance(part, ast.stmt | ast.expr | ast.arg) and not hasattr(part, "lineno"):
            ast.copy_location(part, like)
