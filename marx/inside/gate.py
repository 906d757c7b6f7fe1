"""The decision at region entry: with the concrete objects in hand, may this region's map slice run apart?

`prepare` checks what the plan took for granted (names still mean what they meant, objects are of known types, what
the fold changes cannot be reached from what the map slice reads) and packs the captures. It raises `Refusal` with the
first reason."""

from __future__ import annotations

import builtins
import functools
import gc
import hashlib
import marshal
import os
import struct
import sys
import threading
import warnings
from collections.abc import Iterable
from dataclasses import dataclass, field
from types import FrameType, FunctionType, ModuleType
from typing import Any

from marx.inside import caches
from marx.inside.fixed import Bindings, is_fixed
from marx.inside.reach import TooMuch, reachable
from marx.inside.transport import CodeBook, Sent, class_data
from marx.inside.world import ATOMS, all_plain, holds_plain, is_plain, type_name
from marx.program.known import library_effect
from marx.program.plan import FunctionKey, Guards, Name, Plan, Region
from marx.program.rewrite import map_slice
from marx.program.scopes import ClassInfo

_REITERABLE: tuple[type, ...] = (
    list,
    tuple,
    dict,
    set,
    frozenset,
    str,
    bytes,
    bytearray,
    range,
    type({}.keys()),
    type({}.values()),
    type({}.items()),
)
_ITERS = [kind.__iter__ for kind in _REITERABLE]  # type: ignore[attr-defined]
_VIEWS = _REITERABLE[-3:]
_NAMED_REITERABLE = frozenset(
    {"collections.deque", "collections.Counter", "collections.OrderedDict", "array.array", "numpy.ndarray"}
)
_DRIVER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "driver.py")
_COMPREHENSIONS = frozenset({"<genexpr>", "<listcomp>", "<setcomp>", "<dictcomp>"})
_ORIGINAL_BUILTINS = dict(vars(builtins))


class Refusal(Exception):
    """A region stays sequential for this entry. `code` is of the catalogue."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


@dataclass(slots=True)
class ProgramState:
    """What the driver knows of its program: the plan, its code, and the namespace it runs in."""

    plan: Plan
    book: CodeBook
    namespace: dict[str, Any]
    classes: dict[str, ClassInfo]
    codes: dict[FunctionKey, tuple[str, int]] = field(default_factory=dict)
    files_changed: Any = None


@dataclass(slots=True)
class Shipment:
    """What goes to the chunks of one region: the captures, and the items if they are not a range."""

    sent: Sent
    written: dict[int, Any]
    region: Region
    bindings: Bindings
    offsets: bytes = b""
    data: bytes = b""
    digest: str = ""

    def add_items(self, items: list[Any]) -> None:
        """Packs the items, which nothing that the fold changes may reach."""
        plain = all_plain(items)
        if not plain and (self.region.items_plain or self.region.fold_unknown):
            raise Refusal("MX107", "items that the ordered part could change")
        data, offsets, inner = self.sent.items(items)
        _disjoint(self.written, inner, "an item")
        self.data = data
        self.offsets = struct.pack(f"<{len(offsets)}Q", *offsets)


def prepare(
    region: Region, program: ProgramState, frame: FrameType, iterable: Iterable[Any], bases: list[Any]
) -> Shipment:
    """The captures of a region, packed, or `Refusal`. `frame` is the one that holds the region's loop."""
    if program.plan.identity_visible:
        raise Refusal("MX403", "the program compares identities of values that would be copied")
    if threading.active_count() > 1 or sys.gettrace() is not None:
        raise Refusal("MX502", "threads or a tracer are active")
    if region.reads_files and program.files_changed is not None and program.files_changed():
        raise Refusal("MX210", "chunks read files, and the program has changed files before")
    local = frame.f_locals
    _check_guards(region.guards, program, local)
    for name in region.called:
        _check_called(name, _look_up(name, program, local), region, program)
    captured_locals, captured_globals = _captures(region, program, local)
    written = _written(region, program, _around(frame, program))
    _check_bases(region, iterable, bases, written)
    _check_soft(region, captured_locals, captured_globals)
    sent = _pack(region, program, captured_locals, captured_globals, frame)
    _check_caches(sent, program)
    holders = sent.holders()
    _disjoint(written, holders, "what chunks read")
    if region.fold_unknown:
        _check_unknown(program, captured_locals, captured_globals, frame, [*bases] or [iterable])
    bindings = _bindings(program, captured_globals, sent)
    return Shipment(sent, written, region, bindings, digest=hashlib.blake2b(sent.data, digest_size=16).hexdigest())


def _check_unknown(
    program: ProgramState, local: dict[str, Any], globals_: dict[Name, Any], frame: FrameType, bases: list[Any]
) -> None:
    """The fold may call anything. Then chunks may read only what nobody can change, and names that are watched."""
    shared = {*frame.f_code.co_cellvars, *frame.f_code.co_freevars}
    for name, value in [*local.items(), *((n.name, v) for n, v in globals_.items())]:
        if not is_fixed(value, program.book.own) or (name in local and name in shared and not callable(value)):
            raise Refusal("MX505", f"the ordered part calls what is not known, which could change `{name}`")
    if not all(is_plain(b) for b in bases):
        raise Refusal("MX505", "the ordered part calls what the analysis does not know, and it could change the items")


def _bindings(program: ProgramState, globals_: dict[Name, Any], sent: Sent) -> Bindings:
    """A watch on every global and class attribute that chunks were given."""
    made = Bindings()
    for name in globals_:
        made.add(_space(name, program), [name.name])
    for thing in sent.objects.values():
        if isinstance(thing, type) and thing.__module__ in program.book.own:
            made.add(thing.__dict__, class_data(thing) or ())
    return made


def _space(name: Name, program: ProgramState) -> dict[str, Any]:
    """The namespace that a global stands in."""
    return program.namespace if name.module == "__main__" else vars(sys.modules.get(name.module, object))


# --- names still mean what they meant -------------------------------------------------------------------------------


def _check_guards(guards: Guards, program: ProgramState, local: dict[str, Any]) -> None:
    for builtin in guards.builtins:
        if builtin in _ORIGINAL_BUILTINS and vars(builtins).get(builtin) is not _ORIGINAL_BUILTINS[builtin]:
            raise Refusal("MX503", f"builtin `{builtin}` was replaced")
        if builtin in program.namespace and not builtin.startswith("__"):
            raise Refusal("MX503", f"a global `{builtin}` hides the builtin")
    for name, key in guards.functions:
        if not _is_function(_look_up(name, program, local), key):
            raise Refusal("MX503", f"`{name.name}` is not the function that stands at line {key.line}")
    for name, dotted in guards.libraries:
        _check_library(name, dotted, program, local)
    for info in program.classes.values():
        cls = program.namespace.get(info.name)
        if cls is not None:
            _check_class(cls, info)


def _check_called(name: Name, value: Any, region: Region, program: ProgramState) -> None:
    """A variable that the map slice calls holds a pure function, and one that reads nothing of what the loop binds."""
    while isinstance(value, functools.partial):
        value = value.func
    if isinstance(value, FunctionType) and value.__globals__ is program.namespace:
        summary = _summary(value, program)
        if not summary.pure:
            raise Refusal("MX202", f"`{name.name}` is not pure: {summary.reason}")
        if not summary.fresh:
            raise Refusal("MX202", f"`{name.name}` returns something that is not its own")
        shared = summary.reads & region.binds
        if shared:
            raise Refusal("MX202", f"`{name.name}` reads `{min(n.name for n in shared)}`, which the loop binds")
        _check_guards(summary.guards, program, {})
        return
    module, own = getattr(value, "__module__", None), getattr(value, "__name__", "")
    dotted = own if module == "builtins" else f"{module}.{own}"
    effect = library_effect(dotted) if isinstance(module, str) else None
    known = getattr(sys.modules.get(str(module)), own, None) is value
    if not known or effect is None or effect.writes or effect.flags or isinstance(value, type):
        raise Refusal("MX505", f"`{name.name}` holds a {type(value).__name__} that the analysis does not know")


def _look_up(name: Name, program: ProgramState, local: dict[str, Any]) -> Any:
    if not name.module:
        return local.get(name.name)
    if name.module == "__main__":
        return program.namespace.get(name.name)
    module = sys.modules.get(name.module)
    return getattr(module, name.name, None)


def _is_function(value: Any, key: FunctionKey) -> bool:
    while isinstance(value, functools._lru_cache_wrapper):
        value = value.__wrapped__
    if isinstance(value, staticmethod | classmethod):
        value = value.__func__
    value = getattr(value, "__func__", value)
    if not isinstance(value, FunctionType):
        return False
    code = value.__code__
    return code.co_qualname == key.qualname and code.co_firstlineno == key.line


def _check_library(name: Name, dotted: str, program: ProgramState, local: dict[str, Any]) -> None:
    value = _look_up(name, program, local)
    if isinstance(value, ModuleType):
        if value.__name__.split(".")[0] != dotted.removeprefix("mod:").split(".")[0] and value.__name__ not in (
            "posixpath",
            "ntpath",
        ):
            raise Refusal("MX503", f"`{name.name}` is not the module {dotted}")
        return
    module, _, last = dotted.rpartition(".")
    owner = sys.modules.get(module)
    if owner is not None and getattr(owner, last, value) is not value:
        raise Refusal("MX503", f"`{name.name}` is not {dotted}")


def _check_class(cls: Any, info: ClassInfo) -> None:
    if not isinstance(cls, type):
        raise Refusal("MX503", f"`{info.name}` is not a class any more")
    for method, function in info.methods.items():
        held = cls.__dict__.get(method)
        if isinstance(held, property):
            continue
        if isinstance(held, functools.cached_property):
            held = held.func
        if not _is_function(held, function.key) and "__isabstractmethod__" not in getattr(held, "__dict__", {}):
            raise Refusal("MX503", f"`{info.name}.{method}` was replaced")


# --- what goes, and what may change meanwhile -----------------------------------------------------------------------


def _captures(region: Region, program: ProgramState, local: dict[str, Any]) -> tuple[dict[str, Any], dict[Name, Any]]:
    """Values of the names that the map slice reads: (locals of the frame, globals by name)."""
    wanted = set(region.reads) | {name for name, _ in region.guards.functions} | set(region.guards.classes)
    wanted |= {name for name, _ in region.guards.libraries}
    captured_locals: dict[str, Any] = {}
    captured_globals: dict[Name, Any] = {}
    for name in wanted:
        if name.module:
            space = _space(name, program)
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
    import ast

    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}


def _around(frame: FrameType, program: ProgramState) -> dict[str, Any]:
    """The variables of a frame; of a comprehension's also those of the function that it stands in."""
    local = dict(frame.f_locals)
    inner = frame.f_code.co_name in _COMPREHENSIONS
    while inner and frame.f_back is not None:
        frame = frame.f_back
        if frame.f_globals is program.namespace:
            local = {**frame.f_locals, **local}
            inner = frame.f_code.co_name in _COMPREHENSIONS
    return local


def _written(region: Region, program: ProgramState, local: dict[str, Any]) -> dict[int, Any]:
    """Everything that the fold could change, by id."""
    roots = []
    for name in region.writes:
        if not name.module and name.name not in local:
            continue
        value = _look_up(name, program, local)
        if value is not None:
            roots.append(value)
        if isinstance(value, type):
            roots += (class_data(value) or {}).values()
    try:
        return reachable(roots)
    except TooMuch:
        raise Refusal("MX401", "what the ordered part changes is too large to follow") from None


def _disjoint(written: dict[int, Any], read: dict[int, Any], what: str) -> None:
    small, large = (written, read) if len(written) < len(read) else (read, written)
    for key in small:
        if key in large and type(small[key]) not in ATOMS and not is_plain(small[key]):
            raise Refusal(
                "MX401", f"{what} and what the ordered part changes reach the same {type(small[key]).__name__}"
            )


def not_readable_ahead(region: Region, iterable: Any, bases: list[Any]) -> str:
    """The name of a type in the loop's head of which items may not be asked for before their time; "" if there is
    none."""
    for leaf in _leaves(iterable, bases, region.fresh_iterator):
        kind = type(leaf)
        if type_name(kind) not in _NAMED_REITERABLE and getattr(kind, "__iter__", None) not in _ITERS:
            return kind.__name__
    return ""


def _leaves(iterable: Any, bases: list[Any], fresh: bool) -> list[Any]:
    """The objects that items come from. Numbers beside them are counts: `combinations(xs, 2)`."""
    return [b for b in bases if type(b) is not int] if fresh and bases else [*bases, iterable]


def _check_bases(region: Region, iterable: Any, bases: list[Any], written: dict[int, Any]) -> None:
    """The iterable may be read ahead: its leaves are containers that the fold does not change."""
    for leaf in _leaves(iterable, bases, region.fresh_iterator):
        kind = type(leaf)
        held = gc.get_referents(leaf) if kind in _VIEWS else []
        for thing in (leaf, *held):
            if id(thing) in written and not is_plain(thing):
                raise Refusal("MX301", "the loop iterates over what its body changes")


def _check_soft(region: Region, captured_locals: dict[str, Any], captured_globals: dict[Name, Any]) -> None:
    for name, depth in region.soft:
        value = captured_globals.get(name) if name.module else captured_locals.get(name.name)
        if not (holds_plain(value) if depth else is_plain(value)):
            raise Refusal("MX101", f"an in-place operator may change what `{name.name}` holds")


# --- packing --------------------------------------------------------------------------------------------------------


def _pack(
    region: Region, program: ProgramState, local: dict[str, Any], globals_: dict[Name, Any], frame: FrameType
) -> Sent:
    """The captures' pickle. Functions met as values bring the globals that they read, until nothing new is met."""
    book = program.book
    parameters = tuple(sorted(local))
    code = marshal.dumps(map_slice(region, parameters))
    while True:
        spaces: dict[str, dict[str, Any]] = {}
        for name, value in globals_.items():
            spaces.setdefault(name.module, {})[name.name] = value
        content = {
            "code": code,
            "locals": tuple(local[p] for p in parameters),
            "spaces": spaces,
            "slots": [len(slot.loops) for slot in region.slots],
            "prints": region.prints,
            "reads_files": region.reads_files,
            "own": sorted(program.book.own),
            "shares": region.shares,
            "headroom": _headroom(frame),
            "ambient": ambient(),
        }
        sent = Sent(book, content)
        if not bring_globals(sent.functions, program, globals_):
            return sent


def bring_globals(functions: Iterable[FunctionType], program: ProgramState, globals_: dict[Name, Any]) -> bool:
    """Adds the globals that captured functions read; whether there were new ones. Functions with effects are
    refused."""
    before = len(globals_)
    for function in functions:
        summary = _summary(function, program)
        wanted = set(summary.reads) | {n for n, _ in summary.guards.functions} | set(summary.guards.classes)
        wanted |= {n for n, _ in summary.guards.libraries}
        for name in wanted:
            space = _space(name, program) if name.module else {}
            if name.name in space:
                globals_.setdefault(name, space[name.name])
    return len(globals_) > before


def _summary(function: FunctionType, program: ProgramState) -> Any:
    for key, summary in program.plan.functions.items():
        if key.qualname == function.__code__.co_qualname and key.line == function.__code__.co_firstlineno:
            return summary
    raise Refusal("MX504", f"the source of `{function.__qualname__}` is not known")


def _check_caches(sent: Sent, program: ProgramState) -> None:
    """A cache that is asked in chunks must not hold what was true before."""
    own = program.book.own
    for thing in sent.objects.values():
        for cache in caches.of(thing, own):
            function = caches.function_of(cache)
            if isinstance(thing, type) or not isinstance(function, FunctionType):
                raise Refusal("MX209", f"`{getattr(function, '__name__', '')}` keeps results of what may have changed")
            if function.__module__ in own:
                what = caches.changing(
                    cache,
                    _summary(function, program),
                    program.plan.rebound,
                    lambda name: _look_up(name, program, {}),
                    own,
                )
                if what:
                    raise Refusal("MX209", f"`{function.__name__}` may keep results of before {what} changed")


def _headroom(frame: FrameType) -> int:
    """How many frames deep a call in this frame may go before the recursion limit, both as the program sees them."""
    depth = 0
    current: FrameType | None = frame
    while current is not None and current.f_code.co_filename != _DRIVER:
        depth += 1
        current = current.f_back
    return sys.getrecursionlimit() - depth


def ambient() -> dict[str, Any]:
    """Interpreter state that a computation may depend on and that a chunk must share."""
    state: dict[str, Any] = {
        "argv": list(sys.argv),
        "digits": sys.get_int_max_str_digits(),
        "warnings": list(warnings.filters),
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
