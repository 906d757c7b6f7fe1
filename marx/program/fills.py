"""Syntax of the map slice: the expressions that may become slots, and the statements that fill them."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from marx.program.scopes import COMPREHENSIONS, FUNCTIONS


def candidates(root: ast.AST) -> Iterable[ast.expr]:
    """Sub-expressions that are evaluated at most once when `root` runs, outermost first."""
    if isinstance(root, FUNCTIONS) or (isinstance(root, ast.stmt) and isinstance(root, ast.FunctionDef | ast.ClassDef)):
        return
    if (
        isinstance(root, ast.expr)
        and isinstance(getattr(root, "ctx", ast.Load()), ast.Load)
        and not isinstance(root, ast.Starred)
    ):
        yield root
    if isinstance(root, COMPREHENSIONS):
        yield from candidates(root.generators[0].iter)
        return
    for child in ast.iter_child_nodes(root):
        yield from candidates(child)


def holds(outer: ast.AST, inner: ast.AST) -> bool:
    return any(node is inner for node in ast.walk(outer))


def counter_name(number: int) -> str:
    return f".i{number}"


def call_name(name: str, argument: ast.expr) -> ast.expr:
    return ast.Call(ast.Name(name, ast.Load()), [argument], [])


def fill(number: int, loops: tuple[int, ...], value: ast.expr, like: ast.AST) -> ast.stmt:
    """`.s[number] = value`, or inside inner loops `.s[number][counters] = value`."""
    place: ast.expr = ast.Subscript(ast.Name(".s", ast.Load()), ast.Constant(number), ast.Store())
    if loops:
        counters = ast.Tuple([ast.Name(counter_name(n), ast.Load()) for n in loops], ast.Load())
        place = ast.Subscript(
            ast.Subscript(ast.Name(".s", ast.Load()), ast.Constant(number), ast.Load()), counters, ast.Store()
        )
    node = ast.Assign([place], value)
    ast.copy_location(node, like)
    return ast.fix_missing_locations(node)
