"""`while` loops whose next round can be foretold: variables that only simple statements of the body change.

    while i < n:            the control is `i`, its test `i < n`, its step `i += 2`:
        total += work(i)    run by themselves, test and steps give the values of `i`
        i += 2              for all rounds ahead

The driver still runs the loop as it stands and compares: a foretold value that is not the real one is worth nothing,
and nothing is lost by it. So the control has to be likely, free of effects and light, but need not be certain."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from marx.program.effects import Cause, Effects
from marx.program.flow import has_yield, may_bind, must_bind
from marx.program.nodes import children, walk
from marx.program.pieces import own_binds
from marx.program.plan import Control
from marx.program.scopes import FUNCTIONS, FunctionInfo, ModuleInfo

_SIMPLE = (
    ast.Name,
    ast.Constant,
    ast.BinOp,
    ast.UnaryOp,
    ast.BoolOp,
    ast.Compare,
    ast.Subscript,
    ast.Attribute,
    ast.Call,
    ast.Tuple,
    ast.operator,
    ast.unaryop,
    ast.boolop,
    ast.cmpop,
    ast.expr_context,
)
_LIGHT = frozenset({"len", "min", "max", "abs", "int", "float", "round", "divmod"})


def control_of(node: ast.While, module: ModuleInfo, function: FunctionInfo | None) -> Control | Cause:
    """The control of a loop, or why it has none."""
    if has_yield(node.body):
        return Cause("MX304", node.lineno, "`yield` inside a while loop", "", "use `for … in range(…)`")
    steps = [s for s in node.body if _is_step(s)]
    names = _stepped(node, steps)
    decided = sorted({n for n in _names(node.test) if n in may_bind(node.body)} - names)
    if not names:
        return _undecided(node, decided)
    unsure = names - _bound_before(node, module, function)
    if unsure or (function is not None and names & (function.globals | function.nonlocals)):
        name = min(unsure or names)
        return Cause("MX106", node.lineno, f"`{name}` may have no value before the loop", name, _FIX)
    test = node.test if not decided and _is_simple(node.test) else ast.copy_location(ast.Constant(True), node.test)
    used = [s for s in steps if may_bind([s]) <= names and (may_bind([s]) or _names(s) <= names | _outside(node))]
    if any(_continues(s) for s in node.body[: node.body.index(used[-1])]):
        return Cause("MX106", node.lineno, "`continue` may leave out a step of the loop", "", _FIX)
    return Control(tuple(sorted(names)), test, tuple(used))


def is_silent(effects: Effects) -> bool:
    """Whether a part of the control may be run once more, ahead of its time, and nobody can tell."""
    return is_repeatable(effects) and not effects.heavy


def is_repeatable(effects: Effects) -> bool:
    """Whether something may be evaluated twice, as the test is where the foretold rounds end, and nobody can tell but
    by the clock."""
    noticed = effects.unknown or effects.flags or effects.calls or effects.binds
    return not noticed and all(root.kind == "site" for root in effects.writes)


def _undecided(node: ast.While, decided: list[str]) -> Cause:
    """Why no variable tells how many rounds there will be: the body computes the tested one, or changes its object."""
    text = "the next iteration is decided by "
    if decided:
        name = decided[0]
        lines = [s.lineno for s in walk(node) if isinstance(s, ast.stmt) and s is not node and name in own_binds(s)]
        text += f"`{name}`, which line {min(lines, default=node.lineno)} computes"
        return Cause("MX106", node.lineno, text, name, _FIX)
    called = {n.func.id for n in walk(node.test) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)}
    tested = _names(node.test) - called
    names = (n for s in node.body for n in walk(s) if isinstance(n, ast.Name) and n.id in tested)
    first = min(names, key=lambda n: (n.lineno, n.col_offset), default=None)
    if first is None:
        return Cause("MX106", node.lineno, f"{text}what the body does", min(tested | called, default=""), _FIX)
    fix = f"take all that waits in `{first.id}` at once, and go over that with `for`"
    return Cause("MX106", node.lineno, f"{text}`{first.id}`, which line {first.lineno} may change", first.id, fix)


_FIX = "use `for … in range(…)` when the bound is known"


def _stepped(node: ast.While, steps: list[ast.stmt]) -> set[str]:
    """The largest set of variables that steps change from one another, and nothing else of the body changes."""
    bound = may_bind(node.body)
    others = may_bind([s for s in node.body if s not in steps])
    names = {n for s in steps for n in may_bind([s])} - others
    while True:
        wrong = {n for s in steps for n in may_bind([s]) if _names(s) & bound - names}
        if not wrong & names:
            return names
        names -= wrong


def _is_step(node: ast.stmt) -> bool:
    """A simple assignment, a choice between such, or an end of the loop by a simple test."""
    match node:
        case ast.AugAssign(target=ast.Name(), value=value):
            return _is_simple(value)
        case ast.Assign(targets=[ast.Name()], value=value):
            return _is_simple(value)
        case ast.Assign(targets=[ast.Tuple(elts=elts)], value=ast.Tuple() as value):
            return all(isinstance(e, ast.Name) for e in elts) and _is_simple(value)
        case ast.If(test=test, body=[ast.Break()], orelse=[]):
            return _is_simple(test)
        case ast.If(test=test, body=body, orelse=orelse):
            return _is_simple(test) and all(not isinstance(s, ast.If) and _is_step(s) for s in (*body, *orelse))
        case _:
            return False


def _is_simple(node: ast.expr) -> bool:
    for part in walk(node):
        if not isinstance(part, _SIMPLE) or isinstance(part, ast.Pow):
            return False
        if isinstance(part, ast.Call) and not (isinstance(part.func, ast.Name) and part.func.id in _LIGHT):
            return False
    return True


def _names(node: ast.AST) -> set[str]:
    """Names that are read."""
    found = {n.id for n in walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    return found | (
        {node.target.id} if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name) else set()
    )


def _outside(node: ast.While) -> set[str]:
    """Names that the body reads and does not bind."""
    return {n for s in node.body for n in _names(s)} - may_bind(node.body)


def _bound_before(node: ast.While, module: ModuleInfo, function: FunctionInfo | None) -> set[str]:
    """Names that have a value when the loop is entered."""
    parts = list(walk(node.test))
    found = set() if any(isinstance(p, ast.Or | ast.IfExp) for p in parts) else _names(node.test)
    found |= set(function.parameters) if function is not None else set()
    tree: ast.AST = module.tree if function is None else function.node
    for block in _blocks(tree):
        if node in block:
            found |= must_bind(block[: block.index(node)])
    return found


def _blocks(tree: ast.AST) -> Iterator[list[ast.stmt]]:
    for below in walk(tree):
        for name in ("body", "orelse", "finalbody"):
            block = getattr(below, name, None)
            if isinstance(block, list):
                yield block


def _continues(node: ast.AST) -> bool:
    """Whether a statement may go on to the loop's next round by `continue`."""
    if isinstance(node, ast.Continue):
        return True
    if isinstance(node, (*FUNCTIONS, ast.ClassDef, ast.For, ast.While)):
        return False
    return any(_continues(child) for child in children(node))
