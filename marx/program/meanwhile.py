"""Which code of a program may run while one of its loops does, by names alone.

A function runs if the loop, or what it runs, mentions its name. Where the text does not only call a function but hands
it on, or somebody else calls it (special methods, properties, generators that were begun before, code without a name),
nobody can tell when it runs."""

from __future__ import annotations

import ast
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from marx.program.nodes import walk

_NAMELESS = ast.Lambda | ast.GeneratorExp
_Function = ast.FunctionDef | ast.AsyncFunctionDef


def may_run(loop: ast.AST, trees: list[ast.Module]) -> list[ast.AST]:
    """The loop, and what of the program's functions may run meanwhile. Whoever takes what the loop yields may do
    anything in between."""
    if any(isinstance(node, ast.Yield) for node in walk(loop)):
        return [*trees]
    nodes = [node for tree in trees for node in walk(tree)]
    named: defaultdict[str, list[_Function]] = defaultdict(list)
    for node in nodes:
        if isinstance(node, _Function):
            named[node.name].append(node)
    only_called = _only_called(nodes)
    anytime = [f for name, found in named.items() for f in found if name not in only_called or _runs_by_itself(f)]
    running: dict[ast.AST, None] = dict.fromkeys(
        [loop, *anytime, *(node for node in nodes if isinstance(node, _NAMELESS))]
    )
    waiting = list(running)
    while waiting:
        for name in _mentioned(waiting.pop()):
            new = [function for function in named.get(name, ()) if function not in running]
            running.update(dict.fromkeys(new))
            waiting += new
    return list(running)


def _mentioned(tree: ast.AST) -> Iterator[str]:
    for node in walk(tree):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr


def _only_called(nodes: Iterable[ast.AST]) -> set[str]:
    """Names that are called wherever they stand. A text that is one may be used to look the function up."""
    mentions: Counter[str] = Counter()
    calls: Counter[str] = Counter()
    for node in nodes:
        match node:
            case (
                ast.Name(id=name)
                | ast.Attribute(attr=name)
                | ast.alias(name=name, asname=str())
                | ast.Constant(value=str(name))
            ):
                mentions[name] += 1
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
                calls[name] += 1
    return {name for name, count in calls.items() if count == mentions[name]}


def _runs_by_itself(function: _Function) -> bool:
    special = function.name.startswith("__") or isinstance(function, ast.AsyncFunctionDef) or function.decorator_list
    return bool(special) or any(isinstance(n, ast.Yield | ast.YieldFrom) for n in walk(function))
