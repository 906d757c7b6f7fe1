"""The captures of a region: which values the map slice reads, and the interpreter state that it depends on, packed."""

from __future__ import annotations

import ast
import marshal
import os
import sys
import warnings
from collections.abc import Callable, Iterable, Mapping
from types import FrameType, FunctionType
from typing import Any

from marx.inside import arithmetic, libraries
from marx.inside.depth import program_limit
from marx.inside.printed import spellings
from marx.inside.refusals import Refusal
from marx.inside.sending import Sent
from marx.inside.state import ProgramState, space_of, summary_of
from marx.program.functions import map_slice
from marx.program.nodes import walk
from marx.program.plan import Name, Region, Summary

_DRIVER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "driver.py")


def captures(region: Region, program: ProgramState, local: dict[str, Any]) -> tuple[dict[str, Any], dict[Name, Any]]:
    """Values of the names that the map slice reads: (locals of the frame, globals by name)."""
    wanted = set(region.reads) | {name for name, _ in region.guards.functions} | set(region.guards.classes)
    wanted |= {name for name, _ in region.guards.libraries}
    captured_locals: dict[str, Any] = {}
    captured_globals: dict[Name, Any] = {}
    for name in wanted:
        if name.module:
            space = space_of(name, program)
            if name.name in space:
                captured_globals[name] = space[name.name]
        elif name.name in local:
            captured_locals[name.name] = local[name.name]
        elif Name("", name.name) in region.reads and not _is_cell_only(name, region):
            raise Refusal("MX101", f"`{name.name}` has no value yet")
    return captured_locals, captured_globals


def _is_cell_only(name: Name, region: Region) -> bool:
    """A variable that only a called nested function reads travels in that function's closure."""
    return bool(region.callees) and name.name not in {n for s in region.slots for node in s.nodes for n in _names(node)}


def _names(node: Any) -> set[str]:
    return {n.id for n in walk(node) if isinstance(n, ast.Name)}


def pack(
    region: Region,
    program: ProgramState,
    local: dict[str, Any],
    globals_: dict[Name, Any],
    frame: FrameType,
    without: Mapping[int, frozenset[str]],
    functions: list[Any],
    touched: libraries.State,
) -> Sent:
    """The captures' pickle. Functions met as values bring the globals that they read, until nothing new is met.
    `without` are attributes that objects go without, by the objects' ids; `functions` are held by items; `touched`
    are libraries that the program may have changed."""
    parameters = tuple(sorted(local))
    content = {
        "code": marshal.dumps(map_slice(region, parameters)),
        "module": region.module,
        "locals": tuple(local[p] for p in parameters),
        "slots": [len(slot.loops) for slot in region.slots],
        "generators": sorted({name for slot in region.slots for name in slot.generators}),
        "prints": region.prints,
        "reads_files": region.reads_files,
        "own": sorted(program.book.own),
        "shares": region.shares,
        "headroom": _headroom(frame),
        "functions": functions,
        "libraries": libraries.state_of(region.guesses),
        "touched": touched,
    }

    def sent(content: dict[str, Any]) -> Sent:
        return Sent(program.book, content, without=without)

    return pack_all(content, globals_, program, sent, lambda sent: sent.functions)


def pack_all(
    content: dict[str, Any],
    globals_: dict[Name, Any],
    program: ProgramState,
    make: Callable[[dict[str, Any]], Sent],
    functions_of: Callable[[Sent], Iterable[FunctionType]],
) -> Sent:
    """What a chunk is begun with, and beside it the interpreter state and every global that its functions read."""
    state = {"ambient": ambient(), "recursion_limit": program_limit(), "settings": program.inheritance.changed()}
    content = {**content, **state}
    while True:
        spaces: dict[str, dict[str, Any]] = {}
        for name, value in globals_.items():
            spaces.setdefault(name.module, {})[name.name] = value
        sent = make({**content, "spaces": spaces})
        if not bring_globals(functions_of(sent), program, globals_):
            return sent


def bring_globals(functions: Iterable[FunctionType], program: ProgramState, globals_: dict[Name, Any]) -> bool:
    """Adds the globals that captured functions read; whether there were new ones."""
    return bring_reads((summary_of(function, program) for function in functions), program, globals_)


def bring_reads(summaries: Iterable[Summary], program: ProgramState, globals_: dict[Name, Any]) -> bool:
    """The same of what the plan says of functions and classes."""
    before = len(globals_)
    for summary in summaries:
        wanted = set(summary.reads) | {n for n, _ in summary.guards.functions} | set(summary.guards.classes)
        wanted |= {n for n, _ in summary.guards.libraries}
        for name in wanted:
            space = space_of(name, program) if name.module else {}
            if name.name in space:
                globals_.setdefault(name, space[name.name])
    return len(globals_) > before


def _headroom(frame: FrameType) -> int:
    """How many frames deep a call in this frame may go before the recursion limit, both as the program sees them."""
    depth = 0
    current: FrameType | None = frame
    while current is not None and current.f_code.co_filename != _DRIVER:
        depth += 1
        current = current.f_back
    return program_limit() - depth


def ambient() -> dict[str, Any]:
    """Interpreter state that a computation may depend on and that a chunk must share."""
    state: dict[str, Any] = {
        "argv": list(sys.argv),
        "digits": sys.get_int_max_str_digits(),
        "arithmetic": arithmetic.fingerprint(),
        "warnings": list(warnings.filters),
        "spellings": spellings(),
    }
    decimal = sys.modules.get("decimal")
    if decimal is not None:
        context = decimal.getcontext()
        traps = [signal.__name__ for signal, on in context.traps.items() if on]
        flags = [signal.__name__ for signal, on in context.flags.items() if on]
        state["decimal"] = (
            context.prec,
            context.rounding,
            context.Emin,
            context.Emax,
            context.capitals,
            context.clamp,
            traps,
            flags,
        )
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        state["numpy"] = numpy.geterr()
    return state
