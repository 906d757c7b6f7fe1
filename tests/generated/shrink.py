"""Makes a program smaller as long as its two runs still differ: drops statements one by one, and unwraps what holds
statements."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

ROUNDS_MAX = 6


def shrink(source: str, differs: Callable[[str], bool]) -> str:
    """The smallest program that dropping statements leads to; `differs` tells whether one still shows the fault."""
    for _ in range(ROUNDS_MAX):
        smaller = _round(source, differs)
        if smaller == source:
            break
        source = smaller
    return source


def _round(source: str, differs: Callable[[str], bool]) -> str:
    """Each statement is left out once, the last ones first, so that nothing is dropped that a later one needs."""
    position = _count(source) - 1
    while position >= 0:
        for without in _without(source, position):
            if differs(without):
                source = without
                break
        position -= 1
    return source


def _lists(tree: ast.AST) -> Iterator[list[ast.stmt]]:
    for node in ast.walk(tree):
        for name in ("body", "orelse", "finalbody"):
            held = getattr(node, name, None)
            if isinstance(held, list) and held:
                yield held


def _count(source: str) -> int:
    return sum(len(held) for held in _lists(ast.parse(source)))


def _without(source: str, position: int) -> Iterator[str]:
    """The program without its `position`-th statement, and with what that statement holds in its place."""
    for unwrap in (False, True):
        tree = ast.parse(source)
        held, at = _place(tree, position)
        if held is None:
            return
        inner = getattr(held[at], "body", []) if unwrap else []
        if unwrap and (not inner or isinstance(held[at], ast.FunctionDef | ast.ClassDef)):
            return
        held[at : at + 1] = inner
        if not held and held is not getattr(tree, "body", None):
            held.append(ast.Pass())
        text = _text(tree)
        if text and text != source:
            yield text


def _place(tree: ast.AST, position: int) -> tuple[list[ast.stmt] | None, int]:
    for held in _lists(tree):
        if position < len(held):
            return held, position
        position -= len(held)
    return None, 0


def _text(tree: ast.AST) -> str:
    """The program's text, or "" if a statement left out makes it none."""
    try:
        text = ast.unparse(tree) + "\n"
        compile(text, "prog.py", "exec")
    except (SyntaxError, ValueError):
        return ""
    return text
