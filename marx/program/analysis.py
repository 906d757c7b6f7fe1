"""The passes, in their order: model the program, find the loops, split each body, write the plan and its findings.

A loop becomes a region if its body has at least one slot: something heavy and pure that can be computed apart.
Everything else gets one finding that says what kept it sequential, the most telling reason first."""

from __future__ import annotations

import ast
import sys
from collections import Counter
from collections.abc import Collection, Iterator, Mapping

from marx.program.collect import build
from marx.program.counted import control_of, is_repeatable, is_silent
from marx.program.effects import Cause
from marx.program.elements import by_elements, elements_of
from marx.program.facts import asks_cache, class_summaries, imported, introspects, rebound, summaries
from marx.program.findings import TITLES, finding, hides_library, parallel, placed, pool_finding, sequential
from marx.program.flow import has_yield
from marx.program.foreseen import foreseen
from marx.program.identity import identity_visible
from marx.program.interpret import Interpreter
from marx.program.known import text_of
from marx.program.limits import check_source
from marx.program.nodes import walk
from marx.program.pieces import Found
from marx.program.places import Place, is_consumed, places_in, pool_calls, shape_of
from marx.program.plan import Control, Finding, Plan, PoolCall, Region, Shape
from marx.program.regions import region_of
from marx.program.scopes import COMPREHENSIONS, Program, keyed, own_nodes
from marx.program.split import Splitter
from marx.program.touched import touched
from marx.program.traced import traced
from marx.program.unfold import unfold


def analyse(source: str, filename: str, modules: Mapping[str, str] | None = None) -> Plan:
    """The plan of a program. `modules` are the sources of local modules by name. Raises `SourceError` for the
    script's own text."""
    trees = {"__main__": check_source(source, filename)}
    for name, text in (modules or {}).items():
        trees[name] = check_source(text, name)
    return plan_trees(trees, filename)


def plan_trees(
    trees: dict[str, ast.Module], filename: str, *, speculate: bool = False, packages: Collection[str] = ()
) -> Plan:
    """The plan of parsed modules; region nodes are nodes of these very trees. `speculate`: also regions that call
    libraries of which nothing is known. `packages`: the modules that are an `__init__.py`."""
    return plan_program(build(trees, packages), filename, speculate=speculate)


def plan_program(program: Program, filename: str, *, speculate: bool = False) -> Plan:
    """The plan of a program that has been modelled; otherwise like `plan_trees`."""
    hiding = {name.partition(".")[0] for name in program.modules} & sys.stdlib_module_names
    if hiding:
        return plan_in_order(program, filename, hides_library(min(hiding)))
    watched = traced(program)
    if watched is not None:
        return plan_in_order(program, filename, watched)
    interpreter = Interpreter(program, speculate=speculate)
    looks, seen = introspects(program), identity_visible(program)
    regions, findings = _judge_all(program, interpreter, looks, seen)
    imports = imported(program)
    pools = tuple(pool_calls(program, len(regions), imports))
    findings += [pool_finding(p, _writing(interpreter, p)) for p in pools]
    findings.sort(key=lambda f: (f.module != "__main__", f.module, f.line, f.column))
    return Plan(
        filename,
        tuple(regions),
        tuple(findings),
        summaries(interpreter),
        class_summaries(interpreter),
        pools,
        seen is not None,
        looks,
        imports,
        rebound(program),
        touched(program),
    )


def _writing(interpreter: Interpreter, call: PoolCall) -> Cause | None:
    """Where what a pool call calls writes a file, if its text shows that."""
    own = (f for f in interpreter.program.functions.values() if f.module.name == call.module)
    called = [f for f in own if f.name == call.function]
    return interpreter.summary(called[-1]).flags.get("file-write") if called else None


def plan_in_order(program: Program, filename: str, *findings: Finding) -> Plan:
    """The plan of a program of which nothing shall be split, or can be, for what `findings` say."""
    return Plan(filename, (), findings, imports=imported(program))


def _places(program: Program) -> Iterator[Place]:
    """The loops of the script, and those in functions of its other modules: what stands at the top of a module runs
    again wherever that is imported, in chunks too."""
    for module in sorted(program.modules.values(), key=lambda module: module is not program.main):
        for place in places_in(module.tree.body, program, module, None, frozenset()):
            if module is program.main or place.function is not None:
                yield place


def _judge_all(
    program: Program, interpreter: Interpreter, looks: bool, seen: Cause | None
) -> tuple[list[Region], list[Finding]]:
    """The regions, and what is told of all places. `looks`: some code may look at variables that it does not name;
    `seen`: a comparison that could see a copy."""
    regions: list[Region] = []
    told: list[tuple[ast.AST, Finding]] = []
    consumers: set[ast.AST] = set()
    for place in _places(program):
        region, found = _judge(place, interpreter, len(regions), looks)
        if region is not None and seen is not None:
            found, region = finding(place.node, TITLES[region.shape], seen), None
        if region is not None:
            regions.append(region)
            consumers |= {place.parent} if place.parent is not None else set()
        if found is not None:
            told.append((place.node, placed(found, place.module.name)))
    return regions, [f for node, f in told if f.code != "MX601" or node not in consumers]


def _judge(
    place: Place, interpreter: Interpreter, site: int, introspects: bool
) -> tuple[Region | None, Finding | None]:
    node = place.node
    shape = shape_of(place)
    try:
        return _judged(place, shape, interpreter, site, introspects)
    except RecursionError:
        deep = Cause("MX501", getattr(node, "lineno", 0), "nested too deep to analyse", "", "say it in smaller steps")
        return None, finding(node, TITLES[shape], deep)


def _judged(
    place: Place, shape: Shape, interpreter: Interpreter, site: int, introspects: bool
) -> tuple[Region | None, Finding | None]:
    node = place.node
    refusal = _refuse_outright(place, interpreter.program)
    if refusal is not None:
        return None, finding(node, TITLES[shape], refusal) if refusal.code != "MX600" else None
    control = control_of(node, place.module, place.function) if isinstance(node, ast.While) else None
    if isinstance(control, Cause):
        return None, finding(node, TITLES[shape], control)
    found, target = _split(place, interpreter, introspects, control)
    if found.refusal is not None:
        return None, finding(node, TITLES[shape], found.refusal)
    if not found.slots:
        return None, sequential(node, shape, found)
    asked = asks_cache(interpreter.program)
    if found.effects.memo and ("out" in found.effects.flags or asked is not None):
        return None, finding(node, TITLES[shape], asked or _cache_prints(getattr(node, "lineno", 0)))
    region, refused = region_of(place, shape, site, target, found, control), foreseen(place, found)
    if refused is not None:
        return region, finding(node, TITLES[shape], refused, "sequential", found)
    return region, parallel(node, shape, found)


def _cache_prints(line: int) -> Cause:
    text = "prints what comes out of a cached function, which may itself print only the first time"
    return Cause("MX209", line, text, "", "collect the values, and print them after the loop")


def _refuse_outright(place: Place, program: Program) -> Cause | None:
    node = place.node
    line = getattr(node, "lineno", 0)
    if isinstance(node, ast.For):
        if not all(isinstance(n, ast.Name | ast.Tuple | ast.List | ast.Starred) for n in walk(node.target)):
            return Cause("MX101", line, "the loop target is an attribute or an element")
        scope = place.function
        outer = scope.globals | scope.nonlocals if scope is not None else set()
        stores = [n for n in _stores(node) if n.id in outer]
        if stores:
            first = min(stores, key=lambda n: (n.lineno, n.col_offset))
            text = f"sets global or nonlocal `{first.id}`"
            return Cause("MX202", first.lineno, text, first.id, f"use a local and set `{first.id}` after the loop")
    if isinstance(node, COMPREHENSIONS) and any(g.is_async for g in node.generators):
        return Cause("MX304", line, "asynchronous comprehension")
    lazy = isinstance(node, ast.GeneratorExp) or (isinstance(node, ast.Call) and keyed(node) is None)
    if lazy and not is_consumed(place, program):
        code, source = "MX600" if isinstance(node, ast.GeneratorExp) else "MX303", text_of(node)
        text = f"the calls of `{source}` are made later, one by one, as values are asked for"
        return Cause(code, line, text, source, f"`list({source})` here")
    return None


def _stores(node: ast.For) -> Iterator[ast.Name]:
    return (n for n in walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store | ast.Del))


def _split(
    place: Place, interpreter: Interpreter, introspects: bool, control: Control | None
) -> tuple[Found, ast.expr]:
    node = place.node
    loads = None if introspects else _loads(place)
    loop = unfold(place, control)
    splitter = Splitter(interpreter, place, loop, loads)
    found = splitter.run()
    elements = elements_of(place)
    if elements is not None and (found.blockers or not found.slots or elements.in_step):
        found = by_elements(Splitter(interpreter, place, loop, loads, elements), elements, found)
    if isinstance(node, ast.While) and control is not None and not _is_foretellable(node, control, splitter):
        found.refusal = Cause("MX106", node.lineno, "what decides the next iteration has effects")
    if isinstance(node, ast.For) and has_yield(node.body):
        _yields(node, found)
    return found, loop.target


def _is_foretellable(node: ast.While, control: Control, splitter: Splitter) -> bool:
    """Whether nobody can tell that what decides a loop's next round is evaluated ahead of its time, and once more."""
    if any(isinstance(n, ast.NamedExpr) for n in walk(node.test)):
        return False
    ahead = all(is_silent(splitter.piece(n).mapped) for n in (control.test, *control.steps))
    return ahead and is_repeatable(splitter.piece(node.test).mapped)


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


def _loads(place: Place) -> Counter[str]:
    nodes = place.module.nodes if place.function is None else walk(place.function.node)
    return Counter(n.id for n in nodes if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Store))
