"""The code of functions that are made of a region's parts: its map slice, and the rounds of a `while` loop foretold.

Their parameters are named by what no program can name (`.item`, `.s`), and what they read beside these is found in the
namespace that they are bound to."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from types import CodeType

from marx.program.assemble import compile_quietly
from marx.program.copier import Copier, place
from marx.program.plan import Region


def map_slice(region: Region, parameters: tuple[str, ...]) -> CodeType:
    """The code of a function `(parameters…, .item, .s, .m, .enumerate, .states, .apart)` that fills `.s` with the
    values of one item.

    `.m` is the mark of a value that its path has not set; inside/generators.py and inside/apart.py have the last two.
    """
    start: list[ast.stmt] = []
    target = region.target
    if target is not None and not (isinstance(target, ast.Name) and target.id == ".item"):
        start.append(ast.Assign([Copier().expr(target)], ast.Name(".item", ast.Load())))
    names = [*parameters, ".item", ".s", ".m", ".enumerate", ".states", ".apart"]
    return _code("map_slice", names, [*start, *region.body] or [ast.Pass()], region)


def control_code(region: Region) -> CodeType:
    """The code of a generator function `(the control's variables, …)` that gives their values round after round. Other
    local variables of the region's scope are globals of it. It changes no object."""
    control = region.control
    assert control is not None
    values: list[ast.expr] = [ast.Name(name, ast.Load()) for name in control.names]
    told = values[0] if len(values) == 1 else ast.Tuple(values, ast.Load())
    copier = _Foreteller()
    loop = ast.While(copier.expr(control.test), [ast.Expr(ast.Yield(told)), *copier.body(list(control.steps))], [])
    return _code("control", control.names, [loop], region)


def _code(name: str, parameters: Iterable[str], body: list[ast.stmt], region: Region) -> CodeType:
    arguments = ast.arguments([], [ast.arg(parameter) for parameter in parameters], None, [], [], None, [])
    function = ast.FunctionDef(name, arguments, body, [], None, None)
    place(function, region.node)
    module = compile_quietly(ast.Module([ast.fix_missing_locations(function)], []), f"<{name.replace('_', ' ')}>")
    return next(constant for constant in module.co_consts if isinstance(constant, CodeType))


class _Foreteller(Copier):
    """Copies the steps of a control. `a += b` would change what `a` holds if that is a list: it becomes `a = a + b`."""

    def node(self, node: ast.AST) -> ast.AST:
        if not isinstance(node, ast.AugAssign) or not isinstance(node.target, ast.Name):
            return super().node(node)
        before = ast.copy_location(ast.Name(node.target.id, ast.Load()), node.target)
        value = ast.copy_location(ast.BinOp(before, node.op, self.expr(node.value)), node)
        return ast.copy_location(ast.Assign([super().node(node.target)], value), node)  # type: ignore[list-item]
