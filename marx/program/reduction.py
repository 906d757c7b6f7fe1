"""A program that merely defines `ITEMS`, `mapper` and `reducer`: what it leaves to be done is added at its end.

`python` does nothing with such a program. What is added is an ordinary loop in the program's own language, so the
analysis, chunks and the fold are those of any other program. A generator as mapper yields pairs (key, value): then the
values of each key are reduced.
"""

from __future__ import annotations

import ast

from marx.program.nodes import children

NAMES = frozenset({"ITEMS", "mapper", "reducer"})

_PLAIN = """
print(__import__("functools").reduce(reducer, [mapper(item) for item in ITEMS]))
"""
_KEYED = """
def _reduced():
    values = {}
    for pairs in [list(mapper(item)) for item in ITEMS]:
        for key, value in pairs:
            values[key] = reducer(values[key], value) if key in values else value
    return values
for key, value in _reduced().items():
    print(key, value, sep="\\t")
"""


def addition(tree: ast.Module) -> str:
    """What to add to a program so that it prints its reduction: nothing if it does not merely define one."""
    if not merely_defines(tree):
        return ""
    mapper = next((s for s in tree.body if isinstance(s, ast.FunctionDef) and s.name == "mapper"), None)
    return _KEYED if mapper is not None and _yields(mapper) else _PLAIN


def merely_defines(tree: ast.Module) -> bool:
    """Whether a module has the three names and, on its outermost level, definitions and imports only."""
    defined: set[str] = set()
    for place, statement in enumerate(tree.body):
        match statement:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                defined.add(name)
            case ast.Assign(targets=targets):
                defined.update(target.id for target in targets if isinstance(target, ast.Name))
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr()):
                defined.add(name)
            case ast.Import() | ast.ImportFrom():
                defined.update((alias.asname or alias.name).split(".")[0] for alias in statement.names)
            case ast.Expr(value=ast.Constant(value=str())) if place == 0:
                pass
            case _:
                return False
    return defined >= NAMES


def _yields(function: ast.FunctionDef) -> bool:
    """Whether it is a generator: a `yield` of its own, not of a function inside."""
    pending: list[ast.AST] = list(function.body)
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Yield | ast.YieldFrom):
            return True
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            pending.extend(children(node))
    return False
