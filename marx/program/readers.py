"""Loops over the lines of a file or the rows of a table: may they be read ahead?

A file remembers how far it was read. So its lines may be taken before their time only if nobody can look at it after
the loop, nor while it runs: the file is made in the loop's head (`for line in open(path)`), or the variable that holds
it is named there for the last time."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from marx.program.meanwhile import may_run
from marx.program.nodes import children, walk
from marx.program.places import Place, dotted_of
from marx.program.tables import OPENING

READING = frozenset({"csv.reader", "csv.DictReader"})
_STEPS = frozenset({"next", "csv.reader", "csv.DictReader"})
_WRITERS = frozenset(
    "write_text write_bytes rename replace truncate touch remove unlink copy copyfile move system run Popen".split()
)


@dataclass(frozen=True, slots=True)
class Reader:
    """What a loop reads: the leaves of its head that hold the file, or the variables that do."""

    leaves: tuple[ast.expr, ...]
    names: frozenset[str]


def reader_of(place: Place, iterated: list[ast.expr]) -> Reader | None:
    """The file that a loop reads, if nobody can tell when it is read; None where that cannot be said."""
    if len(iterated) != 1 or not isinstance(place.node, ast.For | ast.ListComp):
        return None
    head = iterated[0]
    if isinstance(head, ast.Call) and dotted_of(place, head.func) == "enumerate" and head.args:
        head = head.args[0]
    if _is_standard_input(place, head):
        return Reader((head,), frozenset())
    if not _is_reader(place, head) or _may_write(place):
        return None
    leaf = head.args[0] if isinstance(head, ast.Call) and dotted_of(place, head.func) in READING else head
    if isinstance(leaf, ast.Call):
        return Reader((leaf,), frozenset())
    names = {n.id for n in walk(head) if isinstance(n, ast.Name)} - {"csv"}
    held = {source for name in names for source in _sources(place, name)}
    return Reader((leaf,), frozenset(held))


def _is_standard_input(place: Place, head: ast.expr) -> bool:
    """Whether the loop, which runs once, is the only one to read standard input."""
    path = _path(place.module.tree, head) if place.function is None else None
    if path is None or not isinstance(head, ast.Attribute) or dotted_of(place, head) != "sys.stdin":
        return False
    around = [n for n in path[1:] if isinstance(n, ast.For | ast.While) and n is not place.node]
    nodes = [n for module in place.program.modules.values() for n in module.nodes]
    named = [getattr(n, "attr", getattr(n, "id", "")) for n in nodes if isinstance(n, ast.Name | ast.Attribute)]
    imported = {a.name for n in nodes if isinstance(n, ast.Import | ast.ImportFrom) for a in n.names}
    return not around and named.count("stdin") == 1 and "input" not in named and not imported & {"stdin", "fileinput"}


def _is_reader(place: Place, node: ast.expr) -> bool:
    if isinstance(node, ast.Name):
        return _is_last_named(place, node)
    if not isinstance(node, ast.Call) or not node.args:
        return False
    meaning = dotted_of(place, node.func)
    return meaning in OPENING or (meaning in READING and _is_reader(place, node.args[0]))


def _is_last_named(place: Place, node: ast.Name) -> bool:
    """Whether the variable holds a file or reader of its own, and the loop's head is where it is named for the last
    time. Before that it may only have been stepped forward (`next(rows)`) or wrapped in a reader."""
    scope = place.module.tree if place.function is None else place.function.node
    home = _home(scope, node)
    if home is None or not _source(place, home, node.id):
        return False
    if place.function is None and _is_named_in_functions(place, node.id):
        return False
    inside = {id(n) for n in walk(home)}
    others = [n for n in walk(scope) if isinstance(n, ast.Name) and n.id == node.id and n is not node]
    return all(_is_harmless(place, home, n, node) if id(n) in inside else _is_another(scope, home, n) for n in others)


def _is_harmless(place: Place, home: ast.AST, other: ast.Name, node: ast.Name) -> bool:
    """Whether another mention of the file comes before the loop and leaves no second way to it."""
    if isinstance(other.ctx, ast.Store):
        return other.lineno < node.lineno and len(_stores(home, node.id)) == 1
    call = _call_around(home, other)
    scope = place.module.tree if place.function is None else place.function.node
    stepped = call is not None and dotted_of(place, call.func) in _STEPS
    return other.lineno < node.lineno and stepped and _home(scope, other) is home


def _is_another(scope: ast.AST, home: ast.AST, other: ast.Name) -> bool:
    """Whether a mention elsewhere is of another file, opened under the same name in a block of its own."""
    if not isinstance(home, ast.With):
        return False
    return isinstance(other.ctx, ast.Store) or isinstance(_home(scope, other), ast.With)


def _stores(home: ast.AST, name: str) -> list[ast.Name]:
    return [n for n in walk(home) if isinstance(n, ast.Name) and n.id == name and isinstance(n.ctx, ast.Store)]


def _call_around(home: ast.AST, name: ast.Name) -> ast.Call | None:
    return next((n for n in walk(home) if isinstance(n, ast.Call) and name in n.args[:1]), None)


def _home(scope: ast.AST, node: ast.Name) -> ast.AST | None:
    """The innermost `with … as NAME` around a mention, or the scope; None if a loop or function stands between."""
    home: ast.AST | None = scope
    path = _path(scope, node)
    if path is None:
        return None
    for step in path[1:]:
        if isinstance(step, ast.With) and any(_binds(item, node.id) for item in step.items):
            home = step
        elif isinstance(step, ast.While | ast.FunctionDef | ast.Lambda | ast.ClassDef | ast.GeneratorExp) or (
            isinstance(step, ast.For | ast.ListComp) and not _is_in_head(step, node)
        ):
            home = None
    return home


def _is_in_head(loop: ast.For | ast.ListComp, node: ast.Name) -> bool:
    head = loop.iter if isinstance(loop, ast.For) else loop.generators[0].iter
    return any(n is node for n in walk(head))


def _binds(item: ast.withitem, name: str) -> bool:
    return isinstance(item.optional_vars, ast.Name) and item.optional_vars.id == name


def _path(scope: ast.AST, node: ast.AST) -> list[ast.AST] | None:
    """The nodes from the scope down to a node."""
    if scope is node:
        return [scope]
    for child in children(scope):
        found = _path(child, node)
        if found is not None:
            return [scope, *found]
    return None


def _source(place: Place, home: ast.AST, name: str) -> ast.expr | None:
    """The call that makes what a variable holds, if that is the only thing it ever holds there."""
    if isinstance(home, ast.With):
        made = next(item.context_expr for item in home.items if _binds(item, name))
        return made if isinstance(made, ast.Call) and dotted_of(place, made.func) in OPENING else None
    made_by = [
        statement.value
        for statement in walk(home)
        if isinstance(statement, ast.Assign) and [ast.dump(t) for t in statement.targets] == [_name_stored(name)]
    ]
    if len(_stores(home, name)) != 1 or len(made_by) != 1 or not isinstance(made_by[0], ast.Call):
        return None
    meaning = dotted_of(place, made_by[0].func)
    first = made_by[0].args[0] if made_by[0].args else None
    wraps = meaning in READING and isinstance(first, ast.Name) and _is_last_named(place, first)
    return made_by[0] if meaning in OPENING or wraps else None


def _name_stored(name: str) -> str:
    return ast.dump(ast.Name(name, ast.Store()))


def _sources(place: Place, name: str) -> Iterator[str]:
    """The variables that hold the file itself: of a reader the one that it was made of."""
    scope = place.module.tree if place.function is None else place.function.node
    for statement in walk(scope):
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Call):
            target = statement.targets[0]
            if isinstance(target, ast.Name) and target.id == name and dotted_of(place, statement.value.func) in READING:
                yield from (n.id for n in statement.value.args[:1] if isinstance(n, ast.Name))
                return
    yield name


def _is_named_in_functions(place: Place, name: str) -> bool:
    functions = [n for n in place.module.nodes if isinstance(n, ast.FunctionDef | ast.Lambda | ast.ClassDef)]
    return any(isinstance(n, ast.Name) and n.id == name for function in functions for n in walk(function))


def _may_write(place: Place) -> bool:
    """Whether the loop, or a function of the program that may run meanwhile, may open or replace a file: it could be
    this one."""
    trees = [module.tree for module in place.program.modules.values()]
    return any(_writes(n) for part in may_run(place.node, trees) for n in walk(part) if isinstance(n, ast.Call))


def _writes(call: ast.Call) -> bool:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name != "open":
        return name in _WRITERS
    first = 0 if isinstance(call.func, ast.Attribute) else 1  # a path has the mode first, `io.open` the path
    modes = [*call.args[first:2], *(k.value for k in call.keywords if k.arg == "mode")]
    return any(not isinstance(m, ast.Constant) or set(str(m.value)) & set("wax+") for m in modes)
