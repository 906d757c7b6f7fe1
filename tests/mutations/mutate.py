"""Puts one effect into one loop of a program, and remembers which lines it added.

There are four ways: at the *start* of a `for` loop's body, where the item then depends on what the effect carries
along; at the *end* of it, where nothing does; into the *element* of a comprehension; and into a *function* that a loop
calls."""

from __future__ import annotations

import ast
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from tests.mutations.effects import Effect

Way = Literal["start", "end", "element", "function"]
_POOLS = re.compile(r"\b(multiprocessing|concurrent\.futures|threading)\b")
"""What a function changes in a process of a pool is chance in `python` too."""
_ELEMENTS = (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)


@dataclass(frozen=True, slots=True)
class Mutation:
    """A program with an effect in it. `added` are the lines of the effect, `loop` the line of the loop or function it
    went into; both count in the new `source`."""

    effect: str
    way: Way
    loop: int
    source: str
    added: frozenset[int]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an effect may go: before line `line` (from 0), or around the element that spans `element`."""

    way: Way
    loop: int
    line: int
    indent: str
    name: str = ""
    nested: bool = False
    element: ast.expr | None = None


def mutate(source: str, effect: Effect, chance: random.Random) -> Mutation | None:
    """The program with the effect in one of its places, or None if it has none for it."""
    places = [p for p in _places(source) if not (effect.ends_loop and p.way not in ("start", "end"))]
    chance.shuffle(places)
    ways = {p.way: p for p in places}
    for way in chance.sample(sorted(ways), len(ways)):
        made = _written(source, effect, ways[way])
        if made is not None:
            return made
    return None


def _written(source: str, effect: Effect, place: _Place) -> Mutation | None:
    lines = source.splitlines()
    inserted = _inner_lines(effect, place)
    head = effect.before.splitlines()
    if place.element is not None:
        wrapped = _wrap(lines, place.element, effect.wrong)
        if wrapped is None:
            return None
        lines = wrapped
        head += ["def mx_touch():", *_indented(_with_global(effect)), "    return mx"]
        inserted = []
    top = _top(ast.parse(source))
    tail = [f"print('effect', {effect.after})"]
    made = [*lines[:top], *head, *lines[top : place.line], *inserted, *lines[place.line :], *tail]
    added = {*range(top + 1, top + len(head) + 1), len(made)}
    first = place.line + len(head) + 1
    added |= {*range(first, first + len(inserted))}
    text = "\n".join(made) + "\n"
    try:
        compile(text, "prog.py", "exec")
    except (SyntaxError, ValueError):
        return None
    return Mutation(effect.name, place.way, place.loop + len(head), text, frozenset(added))


def _inner_lines(effect: Effect, place: _Place) -> list[str]:
    lines = _with_global(effect) if place.nested else effect.line.splitlines()
    if place.way == "function":
        lines += [f"if {effect.wrong}: return None"]
    elif effect.ends_loop:
        lines += [f"if {effect.wrong}: break"]
    elif place.way == "start":
        lines += [f"if {effect.wrong}: {place.name} = None"]
    return [place.indent + line for line in lines]


def _with_global(effect: Effect) -> list[str]:
    heads = [f"global {', '.join(effect.shared.split())}"] if effect.shared else []
    return [*heads, *effect.line.splitlines()]


def _indented(lines: list[str]) -> list[str]:
    return ["    " + line for line in lines]


def _wrap(lines: list[str], element: ast.expr, wrong: str) -> list[str] | None:
    """`E` becomes `(E if not wrong else None)`, where `mx` is what `mx_touch()` returns."""
    if element.lineno != element.end_lineno or element.end_col_offset is None:
        return None
    row = element.lineno - 1
    text = lines[row].encode()
    test = wrong.replace("mx", "mx_touch()")
    middle = text[element.col_offset : element.end_col_offset]
    changed = b"%s((%s) if not (%s) else None)%s" % (
        text[: element.col_offset],
        middle,
        test.encode(),
        text[element.end_col_offset :],
    )
    return [*lines[:row], changed.decode(), *lines[row + 1 :]]


def _top(tree: ast.Module) -> int:
    """The line (from 0) before which the program's own statements begin: behind its docstring and future imports."""
    last = 0
    for position, node in enumerate(tree.body):
        is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and position == 0
        is_future = isinstance(node, ast.ImportFrom) and node.module == "__future__"
        if not (is_text or is_future):
            break
        last = node.end_lineno or node.lineno
    return last


# --- places ---------------------------------------------------------------------------------------------------------


def _places(source: str) -> list[_Place]:
    tree = ast.parse(source)
    lines = source.splitlines()
    functions = {n.name: n for n in tree.body if isinstance(n, ast.FunctionDef)}
    found = [*_loops(tree, lines, nested=False)]
    if not _POOLS.search(source):
        called = {name for p in _all_loops(tree) for name in _called(p) if name in functions}
        found += [_in_function(functions[name], lines) for name in sorted(called)]
    return [p for p in found if p is not None]


def _loops(node: ast.AST, lines: list[str], nested: bool) -> Iterator[_Place | None]:
    """`for` loops that call something or hold loops, and elements of comprehensions that do."""
    for child in ast.iter_child_nodes(node):
        inner = nested or isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        if isinstance(child, ast.ClassDef | ast.AsyncFunctionDef) and not nested:
            inner = isinstance(child, ast.AsyncFunctionDef)
        if isinstance(child, ast.For) and _is_work(child.body):
            yield _before(child, child.body[0], lines, nested, "start")
            yield _behind(child, lines, nested)
        if isinstance(child, _ELEMENTS):
            element = child.value if isinstance(child, ast.DictComp) else child.elt
            if _is_work([element]):
                yield _Place("element", child.lineno, len(lines), "", element=element)
        yield from _loops(child, lines, inner)


def _before(loop: ast.For, first: ast.stmt, lines: list[str], nested: bool, way: Way) -> _Place | None:
    names = [n.id for n in ast.walk(loop.target) if isinstance(n, ast.Name)]
    row = first.lineno - 1
    if first.lineno == loop.lineno or not names or lines[row][: first.col_offset].strip():
        return None
    return _Place(way, loop.lineno, row, lines[row][: first.col_offset], names[0], nested)


def _behind(loop: ast.For, lines: list[str], nested: bool) -> _Place | None:
    place = _before(loop, loop.body[0], lines, nested, "end")
    end = loop.body[-1].end_lineno
    if place is None or end is None:
        return None
    return _Place("end", place.loop, end, place.indent, place.name, nested)


def _in_function(function: ast.FunctionDef, lines: list[str]) -> _Place | None:
    body = function.body
    is_text = isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant)
    first = body[1] if is_text and len(body) > 1 else body[0]
    row = first.lineno - 1
    if first.lineno == function.lineno or (first is body[0] and is_text) or isinstance(first, ast.FunctionDef):
        return None
    return _Place("function", function.lineno, row, lines[row][: first.col_offset], nested=True)


def _all_loops(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        if isinstance(node, (ast.For, *_ELEMENTS)) or _maps(node):
            yield node


def _maps(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("map", "starmap")


def _called(loop: ast.AST) -> set[str]:
    """Names of functions that a loop calls, or hands to `map`."""
    calls = [n for n in ast.walk(loop) if isinstance(n, ast.Call)]
    named = {n.func.id for n in calls if isinstance(n.func, ast.Name)}
    given = {
        a.id
        for n in calls
        if getattr(n.func, "id", "") in ("map", "starmap")
        for a in n.args
        if isinstance(a, ast.Name)
    }
    return named | given


def _is_work(nodes: list[ast.stmt] | list[ast.expr]) -> bool:
    return any(isinstance(n, ast.Call | ast.For | ast.While | _ELEMENTS[0]) for top in nodes for n in ast.walk(top))
