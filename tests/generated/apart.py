"""A program as a script and a module beside it: what it defines stands in the module, and so does what it does, in a
function that the script calls."""

from __future__ import annotations

import ast

MODULE = "body"
SCRIPT = f"import {MODULE}\n\n{MODULE}.main()\n"
_DEFINING = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef)


def module_of(source: str) -> str:
    """The text of the module. What stands before the first loop or call of the program is done when it is imported."""
    kept: list[ast.stmt] = []
    done: list[ast.stmt] = []
    for statement in ast.parse(source).body:
        if isinstance(statement, _DEFINING) or (isinstance(statement, ast.Assign) and not done):
            kept.append(statement)
        elif isinstance(statement, ast.If) and "__name__" in _names(statement.test):
            done += statement.body
        else:
            done.append(statement)
    shared = sorted(_bound(done) & {name for statement in kept for name in _names(statement)})
    declared: list[ast.stmt] = [ast.Global(shared)] if shared else []
    arguments = ast.arguments([], [], None, [], [], None, [])
    main = ast.FunctionDef("main", arguments, [*declared, *done] or [ast.Pass()], [], None, None)
    return ast.unparse(ast.fix_missing_locations(ast.Module([*kept, main], []))) + "\n"


def _names(tree: ast.AST) -> set[str]:
    names = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
    return names | {name for n in ast.walk(tree) if isinstance(n, ast.Global) for name in n.names}


def _bound(statements: list[ast.stmt]) -> set[str]:
    nodes = [n for statement in statements for n in ast.walk(statement)]
    return {n.id for n in nodes if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Load)}
