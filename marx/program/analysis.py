"""The passes, in their order: model the program, find the loops, split each body, write the plan and its findings.

A loop becomes a region if its body has at least one slot: something heavy and pure that can be computed apart.
Everything else gets one finding that says what kept it sequential, the most telling reason first."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeGuard

from marx.program import tables
from marx.program.effects import Cause
from marx.program.flow import has_yield
from marx.program.interpret import Interpreter
from marx.program.limits import check_source
from marx.program.plan import Finding, FunctionKey, Name, Plan, PoolCall, Region, Severity, Shape, Summary
from marx.program.scopes import (
    COMPREHENSIONS,
    FUNCTIONS,
    Comprehension,
    FunctionInfo,
    ModuleInfo,
    Program,
    bound_names,
    build,
    keyed,
    own_nodes,
    resolve,
)
from marx.program.split import ITEM, LOGGABLE, Found, Splitter, guards_of, names_of

_PRIORITY = ("MX50", "MX30", "MX10", "MX20", "MX21", "MX40", "MX60")
_SHAPES: dict[type[ast.AST], Shape] = {
    ast.ListComp: "list",
    ast.SetComp: "set",
    ast.DictComp: "dict",
    ast.GeneratorExp: "generator",
}
_TITLES = {
    "for-loop": "for-loop",
    "list": "list comprehension",
    "set": "set comprehension",
    "dict": "dict comprehension",
    "generator": "generator expression",
    "map": "map call",
    "filter": "filter call",
    "starmap": "starmap call",
    "key": "key function",
    "pool": "pool call",
}


@dataclass(frozen=True, slots=True)
class _Place:
    """A loop of the source and the scope that it stands in. `parent` is the call that consumes a generator or map."""

    node: ast.AST
    program: Program
    module: ModuleInfo
    function: FunctionInfo | None
    outer_targets: frozenset[str]
    parent: ast.Call | ast.For | None


def analyse(source: str, filename: str, modules: Mapping[str, str] | None = None) -> Plan:
    """The plan of a program. `modules` are the sources of local modules by name. Raises `SourceError` for the
    script's own text."""
    trees = {"__main__": check_source(source, filename)}
    for name, text in (modules or {}).items():
        trees[name] = check_source(text, name)
    return plan_trees(trees, filename)


def plan_trees(trees: dict[str, ast.Module], filename: str) -> Plan:
    """The plan of parsed modules; region nodes are nodes of these very trees."""
    program = build(trees)
    interpreter = Interpreter(program)
    regions: list[Region] = []
    findings: list[Finding] = []
    introspects = _introspects(program)
    for place in _places_in(program.main.tree.body, program, program.main, None, frozenset()):
        region, finding = _judge(place, interpreter, len(regions), introspects)
        if region is not None:
            regions.append(region)
        if finding is not None:
            findings.append(finding)
    imports = frozenset(d.split(".")[0] for m in program.modules.values() for d in m.imports.values())
    pools = tuple(_pool_calls(program.main, len(regions), imports))
    findings += [_pool_finding(p) for p in pools]
    findings.sort(key=lambda f: (f.line, f.column))
    summaries = _summaries(interpreter)
    return Plan(
        filename, tuple(regions), tuple(findings), summaries, pools, _identity_visible(program), introspects, imports
    )


_POOL_METHODS = frozenset("map starmap imap imap_unordered apply_async map_async starmap_async submit".split())


def _pool_calls(module: ModuleInfo, first: int, imports: frozenset[str]) -> Iterator[PoolCall]:
    """Calls that look like those of a process pool, in a program that imports one. The driver sees by object what
    they are."""
    if not imports & {"multiprocessing", "concurrent"}:
        return
    number = first
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _POOL_METHODS:
            yield PoolCall(
                number, node.lineno, node.end_lineno or node.lineno, node.col_offset, ast.unparse(node)[:100]
            )
            number += 1


def _pool_finding(call: PoolCall) -> Finding:
    message = f"`{call.source}`: its calls run in chunks if it is a process pool's"
    return Finding("MX000", "parallel", call.line, call.column, message, _TITLES["pool"], call.line)


# --- finding loops --------------------------------------------------------------------------------------------------


def _places_in(
    nodes: Sequence[ast.AST],
    program: Program,
    module: ModuleInfo,
    function: FunctionInfo | None,
    outer: frozenset[str],
    parent: ast.Call | ast.For | None = None,
) -> Iterator[_Place]:
    """Every loop of a module in source order, outermost first; not those in class bodies or asynchronous functions."""
    for node in nodes:
        inner = outer
        if isinstance(node, ast.AsyncFunctionDef):
            continue
        if isinstance(node, FUNCTIONS):
            yield from _places_in(_outside(node), program, module, function, outer)
            body = [node.body] if isinstance(node, ast.Lambda) else node.body
            yield from _places_in(
                body, program, module, module.by_node[node], outer if isinstance(node, ast.Lambda) else frozenset()
            )
            continue
        if isinstance(node, ast.ClassDef):
            for method in node.body:
                if isinstance(method, ast.FunctionDef):
                    yield from _places_in([method], program, module, None, frozenset())
            continue
        if isinstance(node, (ast.For, ast.While, *COMPREHENSIONS)) or _mapper(node, program, module, function):
            yield _Place(node, program, module, function, outer, parent)
        if isinstance(node, COMPREHENSIONS):
            inner = outer | {n for g in node.generators for n in bound_names(g.target)}
        for child in ast.iter_child_nodes(node):
            given = node if _consumes(node, child) else None
            yield from _places_in([child], program, module, function, inner, given)


def _outside(node: ast.AST) -> list[ast.AST]:
    """What of a function is evaluated where it is defined."""
    assert isinstance(node, FUNCTIONS)
    decorators = [] if isinstance(node, ast.Lambda) else node.decorator_list
    return [*decorators, *node.args.defaults, *[d for d in node.args.kw_defaults if d is not None]]


def _consumes(node: ast.AST, child: ast.AST) -> TypeGuard[ast.Call | ast.For]:
    return (isinstance(node, ast.Call) and child in node.args) or (isinstance(node, ast.For) and child is node.iter)


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


# --- judging one loop -----------------------------------------------------------------------------------------------


def _judge(
    place: _Place, interpreter: Interpreter, site: int, introspects: bool
) -> tuple[Region | None, Finding | None]:
    node = place.node
    if isinstance(node, ast.While):
        return None, _finding(
            node, "while-loop", Cause("MX106", node.lineno, "the next iteration is decided by the one before")
        )
    shape = _shape(place)
    refusal = _refuse_outright(place, interpreter.program)
    if refusal is not None:
        return None, _finding(node, _TITLES[shape], refusal) if refusal.code != "MX600" else None
    found, target = _split(place, interpreter, introspects)
    if found.refusal is not None:
        return None, _finding(node, _TITLES[shape], found.refusal)
    if not found.slots:
        return None, _sequential(node, shape, found)
    if found.effects.memo and ("out" in found.effects.flags or _names_caches(interpreter.program)):
        text = "how often a cached function runs can be seen"
        return None, _finding(node, _TITLES[shape], Cause("MX209", node.lineno, text, "", "remove `cache_info()`"))  # type: ignore[attr-defined]
    return _region(place, shape, site, target, found), _parallel(node, shape, found)


def _shape(place: _Place) -> Shape:
    if isinstance(place.node, ast.For):
        return "for-loop"
    mapper = _mapper(place.node, place.program, place.module, place.function)
    return mapper or _SHAPES[type(place.node)]


def _refuse_outright(place: _Place, program: Program) -> Cause | None:
    node = place.node
    line = getattr(node, "lineno", 0)
    if isinstance(node, ast.For):
        if not all(
            isinstance(n, ast.Name | ast.Tuple | ast.List | ast.Starred | ast.expr_context)
            for n in ast.walk(node.target)
        ):
            return Cause("MX101", line, "the loop target is an attribute or an element")
        names = set(bound_names(node.target)) | {
            n.id for s in node.body for n in ast.walk(s) if isinstance(n, ast.Name)
        }
        scope = place.function
        if scope is not None and names & (scope.globals | scope.nonlocals) & _stored(node):
            name = min(names & (scope.globals | scope.nonlocals) & _stored(node))
            return Cause(
                "MX202", line, f"sets global or nonlocal `{name}`", name, f"use a local and set `{name}` after the loop"
            )
    if isinstance(node, COMPREHENSIONS) and any(g.is_async for g in node.generators):
        return Cause("MX304", line, "asynchronous comprehension")
    lazy = isinstance(node, ast.GeneratorExp) or (isinstance(node, ast.Call) and keyed(node) is None)
    if lazy and not _is_consumed(place, program):
        return Cause(
            "MX600" if isinstance(node, ast.GeneratorExp) else "MX303", line, "consumed lazily", "", "`list(…)` it here"
        )
    return None


def _stored(node: ast.For) -> set[str]:
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store | ast.Del)}


def _is_consumed(place: _Place, program: Program) -> bool:
    """Whether a builtin or a loop uses the iterator up before anything else of the program runs."""
    call = place.parent
    if call is None or isinstance(call, ast.For):
        return call is not None and not has_yield(call.body)
    if isinstance(call.func, ast.Attribute) and call.func.attr in ("join", "extend", "update", "fromkeys"):
        return call.func.attr not in program.methods
    meaning = resolve(program, place.module, call.func)
    local = place.function is not None and isinstance(call.func, ast.Name) and call.func.id in place.function.local
    return meaning is not None and meaning.removeprefix("lib:") in tables.EAGER_CONSUMERS and not local


def _split(place: _Place, interpreter: Interpreter, introspects: bool) -> tuple[Found, ast.expr | None]:
    node = place.node
    loads = None if introspects else _loads(place)
    target: ast.expr | None
    fold: list[ast.stmt]
    consumer: ast.stmt | None = None
    if isinstance(node, ast.For):
        target, body, fold = node.target, node.body, []
    elif isinstance(node, COMPREHENSIONS):
        target, body, fold = _unfold(node)
    else:
        assert isinstance(node, ast.Call)
        target, body, fold = _unfold_map(node, _shape(place) == "starmap" or len(node.args) > 2)
        if _shape(place) == "key":
            rest = [k for k in node.keywords if k.arg != "key"]
            consumer = ast.copy_location(ast.Expr(ast.copy_location(ast.Call(node.func, node.args, rest), node)), node)
    if place.parent is not None and isinstance(node, ast.GeneratorExp | ast.Call) and consumer is None:
        consumer = _consumer_without(place.parent, node)
    if consumer is not None:
        body, fold = [*body, consumer], [*fold, consumer]
    splitter = Splitter(
        interpreter, place.module, place.function, target, body, place.outer_targets, loads, fold, consumer
    )
    found = splitter.run()
    if isinstance(node, ast.For) and has_yield(node.body):
        _yields(node, found)
    return found, target


def _yields(node: ast.For, found: Found) -> None:
    """A loop that yields lets anybody's code run between two items. Look-ups must be over by then, since that code may
    enter the same loop again."""
    line = node.lineno
    found.fold.unknown = found.fold.unknown or Cause("MX304", line, "yields: whoever takes the values may do anything")
    ends = [_end(n) for s in node.body for n in own_nodes(s) if isinstance(n, ast.Yield | ast.YieldFrom | ast.Await)]
    if any(_end(slot.nodes[-1]) > min(ends) for slot in found.slots) or found.loops:
        found.refusal = Cause("MX304", line, "`yield` inside the loop", "", "compute first, `yield` last")


def _end(node: ast.AST) -> tuple[int, int]:
    return getattr(node, "end_lineno", 0) or 0, getattr(node, "end_col_offset", 0) or 0


def _unfold(node: Comprehension) -> tuple[ast.expr, list[ast.stmt], list[ast.stmt]]:
    """A comprehension's inside as statements that only stand for it: (target, body, all of them)."""
    elements = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
    body: list[ast.stmt] = [ast.copy_location(ast.Expr(e), e) for e in elements]
    made = list(body)
    for position in range(len(node.generators) - 1, -1, -1):
        generator = node.generators[position]
        for test in reversed(generator.ifs):
            body = [ast.copy_location(ast.If(test, body, []), test)]
            made += body
        if position:
            body = [ast.copy_location(ast.For(generator.target, generator.iter, body, [], None), generator.iter)]
            made += body
    return node.generators[0].target, body, made


def _unfold_map(node: ast.Call, spread: bool) -> tuple[ast.expr, list[ast.stmt], list[ast.stmt]]:
    """`map(f, xs)` as `f(item)` for each item; with several iterables (`spread`) the item is a tuple."""
    item: ast.expr = ast.Name(".item", ast.Load())
    argument = ast.Starred(item, ast.Load()) if spread else item
    call = ast.Expr(ast.Call(keyed(node) or node.args[0], [argument], []))
    for part in ast.walk(call):
        if not hasattr(part, "lineno") and isinstance(part, ast.expr | ast.stmt):
            ast.copy_location(part, node)
    return ast.copy_location(ast.Name(".item", ast.Store()), node), [call], [call]


def _consumer_without(call: ast.Call | ast.For, node: ast.AST) -> ast.stmt | None:
    """The consuming call or loop as a part of the fold, without what it consumes; None if it adds nothing."""
    if isinstance(call, ast.For):
        nothing = ast.copy_location(ast.Tuple([], ast.Load()), call)
        return ast.copy_location(ast.For(call.target, nothing, call.body, call.orelse, None), call)
    rest = [a for a in call.args if a is not node]
    if not rest and not call.keywords and not isinstance(call.func, ast.Attribute):
        return None
    if isinstance(call.func, ast.Attribute) and call.func.attr == "join" and isinstance(call.func.value, ast.Constant):
        return None
    return ast.copy_location(ast.Expr(ast.copy_location(ast.Call(call.func, rest, call.keywords), call)), call)


def _loads(place: _Place) -> Counter[str]:
    tree: ast.AST = place.module.tree if place.function is None else place.function.node
    return Counter(n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Store))


def _region(place: _Place, shape: Shape, site: int, target: ast.expr | None, found: Found) -> Region:
    node = place.node
    assert isinstance(node, ast.expr | ast.stmt)
    effects = found.effects
    scope = place.function.key.qualname if place.function is not None else "<module>"
    bases, fresh = _iterable(place, _iterated(node))
    may_stop = isinstance(node, ast.For) and any(
        isinstance(n, ast.Break | ast.Return) for s in node.body for n in ast.walk(s)
    )
    return Region(
        site=site,
        module=place.module.name,
        scope=scope,
        shape=shape,
        line=node.lineno,
        column=node.col_offset,
        source=ast.unparse(node).splitlines()[0],
        node=node,
        target=target,
        body=tuple(found.body),
        slots=tuple(found.slots),
        reads=names_of(effects.reads),
        writes=names_of(found.fold.writes),
        soft=frozenset((name, root.depth) for root in effects.soft for name in names_of([root])),
        guards=guards_of(effects),
        callees=frozenset(effects.callees),
        loops={id(loop): number for loop, number in found.loops.items()},
        bases=frozenset(id(b) for b in bases),
        fresh_iterator=fresh,
        fold_unknown=found.fold.unknown is not None or bool(found.fold.calls) or _hidden_writes(found),
        items_plain=any(r.inside == ITEM.inside for r in (*effects.soft, *found.fold.writes)),
        called=names_of(effects.calls),
        binds=_bound(place, found),
        prints="out" in effects.flags or bool(effects.calls),
        reads_files="file-read" in effects.flags,
        shares=found.shares,
        may_stop=may_stop,
    )


def _iterated(node: ast.AST) -> list[ast.expr]:
    if isinstance(node, ast.For):
        return [node.iter]
    if isinstance(node, COMPREHENSIONS):
        return [node.generators[0].iter]
    assert isinstance(node, ast.Call)
    return node.args[1:] if keyed(node) is None else []


def _iterable(place: _Place, iterated: list[ast.expr]) -> tuple[list[ast.expr], bool]:
    """The leaves of an iterable expression, and whether what is around them makes an iterator of its own.

    `zip(a, enumerate(b))` has the leaves `a` and `b`. Lists and the like may be read ahead as long as nobody changes
    them."""
    if len(iterated) != 1 or isinstance(iterated[0], ast.Starred):
        return list(iterated), True
    node = iterated[0]
    if not isinstance(node, ast.Call) or (
        node.keywords and not all(k.arg in ("repeat", "strict", "start", "fillvalue") for k in node.keywords)
    ):
        return [node], False
    local = place.function is not None and isinstance(node.func, ast.Name) and node.func.id in place.function.local
    meaning = "" if local else (resolve(place.program, place.module, node.func) or "")
    if meaning.removeprefix("lib:") not in tables.LAZY_ITERABLES:
        return [node], False
    leaves: list[ast.expr] = []
    for argument in node.args:
        if isinstance(argument, ast.Starred):
            return [node], False
        leaves += _iterable(place, [argument])[0]
    return leaves, True


def _bound(place: _Place, found: Found) -> frozenset[Name]:
    """The variables that one run of the loop binds, itself or through what it calls."""
    module = "" if place.function is not None else place.module.name
    return names_of(found.fold.binds) | {Name(module, name) for name in found.bound}


def _hidden_writes(found: Found) -> bool:
    """Whether the fold changes something that has no name to look it up by."""
    named = ("var", "global")
    return any(r.kind not in named and r.kind not in ("site", "class") for r in found.fold.writes)


# --- findings -------------------------------------------------------------------------------------------------------


def _finding(node: ast.AST, title: str, cause: Cause, severity: Severity = "sequential") -> Finding:
    line = getattr(node, "lineno", 0)
    return Finding(
        cause.code,
        severity,
        line,
        getattr(node, "col_offset", 0),
        cause.text,
        title,
        cause.line,
        cause.variable,
        cause.fix,
    )


def _sequential(node: ast.AST, shape: Shape, found: Found) -> Finding | None:
    blockers = sorted(
        found.blockers, key=lambda c: next((i for i, p in enumerate(_PRIORITY) if c.code.startswith(p)), len(_PRIORITY))
    )
    if blockers:
        return _finding(node, _TITLES[shape], blockers[0])
    if not isinstance(node, ast.For):
        return None
    return _finding(
        node,
        _TITLES[shape],
        Cause("MX601", node.lineno, "legal, not worth it: no call or loop in the body", "", "more work per item"),
    )


def _parallel(node: ast.AST, shape: Shape, found: Found) -> Finding:
    texts = ", ".join(f"`{s.text.splitlines()[0][:60]}`" for s in found.slots)
    names = sorted(n.name for n in names_of(found.fold.writes))
    folded = f"; {', '.join(f'`{n}`' for n in names)} folded in item order" if names else ""
    called = sorted(n.name for n in names_of(found.effects.calls))
    guards = sorted({n.name for n in names_of(found.effects.soft)})
    cause = Cause("MX000", getattr(node, "lineno", 0), f"{texts} runs in chunks{folded}")
    conditions = [f"{', '.join(f'`{g}`' for g in guards)} hold plain values"] if guards else []
    conditions += [f"{', '.join(f'`{c}`' for c in called)} is a pure function"] if called else []
    conditions += ["nothing that chunks read can change"] if found.fold.unknown is not None else []
    if conditions:
        cause = Cause("MX001", cause.line, f"{cause.text}, if at run time {' and '.join(conditions)}")
        return _finding(node, _TITLES[shape], cause, "guarded")
    return _finding(node, _TITLES[shape], cause, "parallel")


# --- facts about the whole program ----------------------------------------------------------------------------------


def _summaries(interpreter: Interpreter) -> dict[FunctionKey, Summary]:
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


def _introspects(program: Program) -> bool:
    """Whether some code may look at variables that it does not name."""
    words = {"globals", "locals", "vars", "dir", "eval", "exec"}
    return any(isinstance(n, ast.Name) and n.id in words for m in program.modules.values() for n in ast.walk(m.tree))


def _names_caches(program: Program) -> bool:
    """Whether some code asks a cache for its statistics."""
    nodes = (n for m in program.modules.values() for n in ast.walk(m.tree))
    return any(isinstance(n, ast.Attribute) and n.attr == "cache_info" for n in nodes)


def _identity_visible(program: Program) -> bool:
    """Whether `is` or `id` is used on values that could be numbers or texts, which a copy does not keep the identity
    of."""
    for module in program.modules.values():
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Compare) and any(isinstance(o, ast.Is | ast.IsNot) for o in node.ops):
                operands = [node.left, *node.comparators]
                for position, op in enumerate(node.ops):
                    pair = operands[position : position + 2]
                    if isinstance(op, ast.Is | ast.IsNot) and not any(_singleton(o, module, program) for o in pair):
                        return True
            elif isinstance(node, ast.Call) and any(_is_id(n) for n in [node.func, *node.args, *node.keywords]):
                return True
    return False


def _is_id(node: ast.AST) -> bool:
    value = node.value if isinstance(node, ast.keyword) else node
    return isinstance(value, ast.Name) and value.id == "id"


def _singleton(node: ast.expr, module: ModuleInfo, program: Program) -> bool:
    if isinstance(node, ast.Constant):
        return node.value is None or isinstance(node.value, bool) or node.value is Ellipsis
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id == "type"
    meaning = resolve(program, module, node)
    if meaning is not None and (meaning.startswith("cls:") or meaning.removeprefix("lib:") in tables.BUILTINS):
        return True
    if isinstance(node, ast.Attribute):
        base = resolve(program, module, node.value)
        return base is not None and base.startswith("cls:")
    if isinstance(node, ast.Name):
        bound = module.bindings.get(node.id, [])
        made = [s.value for s in module.tree.body if isinstance(s, ast.Assign) and any(t in bound for t in s.targets)]
        return (
            len(bound) == 1
            and len(made) == 1
            and isinstance(made[0], ast.Call)
            and resolve(program, module, made[0]) == "lib:object"
        )
    return False
