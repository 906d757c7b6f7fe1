"""Syntax of the map slice: the expressions that may become slots, and the statements that fill them."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from marx.program.nodes import children, walk
from marx.program.plan import Slot
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
    for child in children(root):
        yield from candidates(child)


def is_conditional(root: ast.AST, node: ast.expr) -> bool:
    """Whether `root` may run without evaluating the sub-expression `node`."""
    while root is not node:
        child = next(c for c in children(root) if holds(c, node))
        match root:
            case ast.IfExp(test=first) | ast.BoolOp(values=[first, *_]) | ast.Assert(test=first):
                if child is not first:
                    return True
            case ast.Compare(left=left, comparators=[first, *_]):
                if child is not left and child is not first:
                    return True
            case ast.Lambda() | ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                return True
            case _:
                pass
        root = child
    return False


def holds(outer: ast.AST, inner: ast.AST) -> bool:
    return any(node is inner for node in walk(outer))


def counter_name(number: int) -> str:
    return f".i{number}"


def call_name(name: str, argument: ast.expr) -> ast.expr:
    return ast.Call(ast.Name(name, ast.Load()), [argument], [])


def unset(name: str, known: bool) -> ast.stmt:
    """What makes sure, before statements that may set a variable, that `if_set` tells afterwards whether they did. A
    value that is known before must stay, since they may read it."""
    if known:
        return ast.Assign([ast.Name(_earlier(name), ast.Store())], ast.Name(name, ast.Load()))
    both: list[ast.expr] = [ast.Name(name, ast.Store()), ast.Name(_earlier(name), ast.Store())]
    return ast.Assign(both, ast.Name(".m", ast.Load()))


def if_set(name: str) -> ast.expr:
    """The variable's value, or `.m` where it is what it was before. The driver has an object of its own by then, that
    it may have changed or kept elsewhere: the map slice's would take its place."""
    same = ast.Compare(ast.Name(name, ast.Load()), [ast.Is()], [ast.Name(_earlier(name), ast.Load())])
    return ast.IfExp(same, ast.Name(".m", ast.Load()), ast.Name(name, ast.Load()))


def held_name(number: int) -> str:
    """The map slice's variable for what a slot may get its twins from."""
    return f".h{number}"


def hold(number: int, names: Iterable[str]) -> ast.stmt:
    """What keeps the values of variables for `apart`, before a slot's statements give them others."""
    values: list[ast.expr] = [ast.Name(name, ast.Load()) for name in names]
    return ast.Assign([ast.Name(held_name(number), ast.Store())], ast.Tuple(values, ast.Load()))


def apart(number: int, value: ast.expr) -> ast.expr:
    """A slot's value, if the driver has none of its objects from what `hold` kept (inside/apart.py)."""
    return ast.Call(ast.Name(".apart", ast.Load()), [value, ast.Name(held_name(number), ast.Load())], [])


def _earlier(name: str) -> str:
    return f".o{name}"


def fill(slot: Slot, value: ast.expr, like: ast.AST) -> ast.stmt:
    """`.s[number] = value`, or inside inner loops `.s[number][counters] = value`."""
    place: ast.expr = ast.Subscript(ast.Name(".s", ast.Load()), ast.Constant(slot.number), ast.Store())
    if slot.loops:
        counters = ast.Tuple([ast.Name(counter_name(n), ast.Load()) for n in slot.loops], ast.Load())
        place = ast.Subscript(
            ast.Subscript(ast.Name(".s", ast.Load()), ast.Constant(slot.number), ast.Load()), counters, ast.Store()
        )
    node = ast.Assign([place], value)
    ast.copy_location(node, like)
    return ast.fix_missing_locations(node)
