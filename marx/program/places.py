"""Finds every loop of a program: `for` and `while`, comprehensions, calls of `map` and its like, key functions; and
what looks like a call of a process pool."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from marx.program import traits
from marx.program.flow import has_yield
from marx.program.nodes import children
from marx.program.plan import PoolCall, Shape
from marx.program.scopes import (
    COMPREHENSIONS,
    FUNCTIONS,
    FunctionInfo,
    ModuleInfo,
    Program,
    bound_names,
    keyed,
    resolve,
)

_SHAPES: dict[type[ast.AST], Shape] = {
    ast.ListComp: "list",
    ast.SetComp: "set",
    ast.DictComp: "dict",
    ast.GeneratorExp: "generator",
}
_POOL_METHODS = frozenset(
    "map starmap imap imap_unordered apply_async map_async starmap_async submit run_in_executor".split()
)
_OF_THREADS = frozenset(
    f"lib:{name}"
    for name in (
        "concurrent.futures.ThreadPoolExecutor",
        "concurrent.futures.thread.ThreadPoolExecutor",
        "multiprocessing.pool.ThreadPool",
        "multiprocessing.dummy.Pool",
    )
)
Consumer = ast.Call | ast.For | ast.ListComp | ast.SetComp | ast.DictComp
"""What may use up a generator or map: a call, a loop, a comprehension."""


@dataclass(frozen=True, slots=True)
class Place:
    """A loop of the source and the scope that it stands in. `parent` is what consumes a generator or map."""

    node: ast.AST
    program: Program
    module: ModuleInfo
    function: FunctionInfo | None
    outer_targets: frozenset[str]
    parent: Consumer | None


def places_in(
    nodes: Sequence[ast.AST],
    program: Program,
    module: ModuleInfo,
    function: FunctionInfo | None,
    outer: frozenset[str],
    parent: Consumer | None = None,
) -> Iterator[Place]:
    """Every loop of a module in source order, outermost first; not those in class bodies or asynchronous functions."""
    for node in nodes:
        inner = outer
        if isinstance(node, ast.AsyncFunctionDef):
            continue
        if isinstance(node, FUNCTIONS):
            yield from places_in(_outside(node), program, module, function, outer)
            body = [node.body] if isinstance(node, ast.Lambda) else node.body
            yield from places_in(
                body, program, module, module.by_node[node], outer if isinstance(node, ast.Lambda) else frozenset()
            )
            continue
        if isinstance(node, ast.ClassDef):
            for method in node.body:
                if isinstance(method, ast.FunctionDef):
                    yield from places_in([method], program, module, None, frozenset())
            continue
        if isinstance(node, (ast.For, ast.While, *COMPREHENSIONS)) or _mapper(node, program, module, function):
            yield Place(node, program, module, function, outer, parent)
        if isinstance(node, COMPREHENSIONS):
            inner = outer | {n for g in node.generators for n in bound_names(g.target)}
        for child in children(node):
            given = _consumer(node, child, parent, program, module, function)
            yield from places_in([child], program, module, function, inner, given)


def _outside(node: ast.AST) -> list[ast.AST]:
    """What of a function is evaluated where it is defined."""
    assert isinstance(node, FUNCTIONS)
    decorators = [] if isinstance(node, ast.Lambda) else node.decorator_list
    return [*decorators, *node.args.defaults, *[d for d in node.args.kw_defaults if d is not None]]


def _consumer(
    node: ast.AST,
    child: ast.AST,
    parent: Consumer | None,
    program: Program,
    module: ModuleInfo,
    function: FunctionInfo | None,
) -> Consumer | None:
    """What consumes a child of a node: the node, or its own consumer `parent` where the node only passes items on."""
    if isinstance(node, ast.For):
        return node if child is node.iter else None
    if isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp):
        return node if isinstance(child, ast.comprehension) else None
    if isinstance(node, ast.GeneratorExp):
        return parent if isinstance(child, ast.comprehension) else None
    if isinstance(node, ast.comprehension):
        return parent if child is node.iter else None
    if not isinstance(node, ast.Call) or child not in node.args:
        return None
    local = isinstance(node.func, ast.Name) and _is_local(node.func.id, function)
    meaning = None if local else resolve(program, module, node.func)
    passes = parent is not None and meaning is not None and meaning.removeprefix("lib:") in traits.PASSING_ITERABLES
    return parent if passes else node


def _mapper(node: ast.AST, program: Program, module: ModuleInfo, function: FunctionInfo | None) -> Shape | None:
    """Which of `map`, `filter` and `itertools.starmap` a node calls, or "key" for what orders by a key function."""
    if not isinstance(node, ast.Call) or any(isinstance(a, ast.Starred) for a in node.args):
        return None
    if isinstance(node.func, ast.Name) and _is_local(node.func.id, function):
        return None
    if keyed(node) is not None:
        return "key" if _orders(node, program, module) else None
    if node.keywords or len(node.args) < 2:
        return None
    meaning = resolve(program, module, node.func)
    if meaning == "lib:map":
        return "map"
    if len(node.args) == 2 and meaning == "lib:filter" and not isinstance(node.args[0], ast.Constant):
        return "filter"
    return "starmap" if len(node.args) == 2 and meaning == "lib:itertools.starmap" else None


def _orders(node: ast.Call, program: Program, module: ModuleInfo) -> bool:
    """Whether a call with a key function is one of those that call it once for each item, in order."""
    if isinstance(node.func, ast.Attribute) and node.func.attr == "sort":
        return not node.args and isinstance(node.func.value, ast.Name) and "sort" not in program.methods
    return len(node.args) == 1 and resolve(program, module, node.func) in ("lib:sorted", "lib:min", "lib:max")


def _is_local(name: str, function: FunctionInfo | None) -> bool:
    while function is not None:
        if name in function.local:
            return True
        function = function.parent
    return False


def shape_of(place: Place) -> Shape:
    if isinstance(place.node, ast.For | ast.While):
        return "for-loop" if isinstance(place.node, ast.For) else "while-loop"
    mapper = _mapper(place.node, place.program, place.module, place.function)
    return mapper or _SHAPES[type(place.node)]


def is_consumed(place: Place, program: Program) -> bool:
    """Whether a builtin or a loop uses the iterator up before anything else of the program runs."""
    call = place.parent
    if not isinstance(call, ast.Call):
        return call is not None and not (isinstance(call, ast.For) and has_yield(call.body))
    if isinstance(call.func, ast.Attribute) and call.func.attr in ("join", "extend", "update", "fromkeys"):
        return call.func.attr not in program.methods
    meaning = resolve(program, place.module, call.func)
    local = place.function is not None and isinstance(call.func, ast.Name) and call.func.id in place.function.local
    return meaning is not None and meaning.removeprefix("lib:") in traits.EAGER_CONSUMERS and not local


def dotted_of(place: Place, function: ast.expr) -> str:
    """The name of the library function that an expression names at a place; empty if it names none."""
    local = place.function is not None and isinstance(function, ast.Name) and function.id in place.function.local
    return "" if local else (resolve(place.program, place.module, function) or "").removeprefix("lib:")


def pool_calls(program: Program, first: int, imports: frozenset[str]) -> Iterator[PoolCall]:
    """Calls that look like those of a process pool, in a program that imports one. The driver sees by object what
    they are."""
    if not imports & {"multiprocessing", "concurrent"}:
        return
    calls = ((m, n) for m in program.modules.values() for n in m.nodes if isinstance(n, ast.Call))
    pooled = [
        (m, n, n.func.value) for m, n in calls if isinstance(n.func, ast.Attribute) and n.func.attr in _POOL_METHODS
    ]
    for number, (module, node, pool) in enumerate(pooled, first):
        last, source = node.end_lineno or node.lineno, ast.unparse(node)[:100]
        function = ast.unparse(node.args[0]) if node.args and isinstance(node.args[0], ast.Name) else ""
        threads = _is_of_threads(program, module, pool)
        yield PoolCall(number, node.lineno, last, node.col_offset, source, module.name, function, threads)


def _is_of_threads(program: Program, module: ModuleInfo, pool: ast.expr) -> bool:
    """Whether all that the module binds the variable of a pool to are pools of threads."""
    if not isinstance(pool, ast.Name):
        return False
    made: list[ast.expr] = []
    bound = 0
    for node in module.nodes:
        match node:
            case ast.withitem(context_expr=value, optional_vars=ast.Name(id=pool.id)):
                made.append(value)
            case ast.Assign(targets=[ast.Name(id=pool.id)], value=value):
                made.append(value)
            case ast.arg(arg=pool.id) | ast.Name(id=pool.id, ctx=ast.Store() | ast.Del()):
                bound += 1
    return bool(made) and bound == len(made) and all(resolve(program, module, m) in _OF_THREADS for m in made)
