"""Facts about a whole program that the driver goes by: summaries of its functions, and what its code can see."""

from __future__ import annotations

import ast

from marx.program.effects import LOGGABLE, guards_of, names_of
from marx.program.flow import may_bind
from marx.program.interpret import Interpreter
from marx.program.plan import FunctionKey, Name, Summary
from marx.program.scopes import Program

_STEADY = (ast.Assign, ast.AnnAssign, ast.FunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)


def summaries(interpreter: Interpreter) -> dict[FunctionKey, Summary]:
    """What the driver must know of functions that it meets as values."""
    found: dict[FunctionKey, Summary] = {}
    for key, info in interpreter.program.functions.items():
        effects = interpreter.summary(info)
        reason = ""
        if effects.unknown is not None:
            reason = effects.unknown.text
        elif set(effects.flags) - LOGGABLE - {"file-touch"}:
            reason = next(c.text for f, c in effects.flags.items() if f not in LOGGABLE)
        elif effects.writes or effects.binds or effects.calls or effects.soft:
            reason = next(
                iter(
                    [*effects.writes.values(), *effects.binds.values(), *effects.calls.values(), *effects.soft.values()]
                )
            ).text
        elif effects.memo and effects.recursive:
            reason = "recursion through a cache"
        fresh = all(r.kind == "param" for r in effects.returns | effects.returns_inside)
        found[key] = Summary(names_of(effects.reads), guards_of(effects), not reason, fresh, reason)
    return found


def introspects(program: Program) -> bool:
    """Whether some code may look at variables that it does not name."""
    words = {"globals", "locals", "vars", "dir", "eval", "exec"}
    return any(isinstance(n, ast.Name) and n.id in words for m in program.modules.values() for n in ast.walk(m.tree))


def rebound(program: Program) -> frozenset[Name]:
    """Globals that are bound more than once, or by more than one plain statement at the top of their module."""
    found: set[Name] = set()
    for module in program.modules.values():
        steady = {name for s in module.tree.body if isinstance(s, _STEADY) for name in may_bind([s])}
        found |= {Name(module.name, n) for n, nodes in module.bindings.items() if len(nodes) > 1 or n not in steady}
    return frozenset(found)


def asks_cache(program: Program) -> int:
    """The first line that asks a cache for its statistics, or 0."""
    nodes = (n for m in program.modules.values() for n in ast.walk(m.tree))
    return min((n.lineno for n in nodes if isinstance(n, ast.Attribute) and n.attr == "cache_info"), default=0)
