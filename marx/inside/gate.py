"""The decision at region entry: with the concrete objects in hand, may this region's map slice run apart?

`prepare` checks what the plan took for granted (names still mean what they meant, objects are of known types, what
the fold changes cannot be reached from what the map slice reads) and packs the captures. It raises `Refusal` with the
first reason."""

from __future__ import annotations

import hashlib
import math
import struct
import sys
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from types import FrameType, FunctionType
from typing import Any

from marx.inside import caches
from marx.inside.ahead import check_bases, check_files
from marx.inside.called import Called, check_captured, functions_in
from marx.inside.changing import Changing, changing, check_apart, check_disjoint, check_items
from marx.inside.codebook import class_data
from marx.inside.depth import bounded
from marx.inside.elements import own_lists
from marx.inside.fixed import Bindings, is_fixed
from marx.inside.guards import check_guards
from marx.inside.libraries import check_touched, state_of
from marx.inside.modules import is_being_imported
from marx.inside.packing import bring_reads, captures, pack
from marx.inside.refusals import Refusal
from marx.inside.running import outlets, runs_code, writes_to_program
from marx.inside.sending import Sent
from marx.inside.state import ProgramState, look_up, space_of, summary_of, variables_around
from marx.inside.world import all_plain, holds_plain, is_plain
from marx.program.plan import Name, Region, Summary


@dataclass(slots=True)
class Shipment:
    """What goes to the chunks of one region: the captures, and the items if they are not a range."""

    sent: Sent
    changed: Changing
    region: Region
    bindings: Bindings
    offsets: bytes = b""
    data: bytes = b""
    digest: str = ""
    fold_unknown: bool = False

    @property
    def captures(self) -> bytes:
        return self.sent.data

    @bounded()
    def add_items(self, items: list[Any], ns_max: float = math.inf) -> None:
        """Packs the items, which nothing that the fold changes may reach, in `ns_max` at the most."""
        plain = all_plain(items)
        if not plain and (self.region.items_plain or self.fold_unknown):
            raise Refusal("MX107", "items that the ordered part could change")
        if not plain:
            check_items(self.region, self.changed, self.sent, items)
        data, offsets, inner = self.sent.items(items, ns_max)
        check_disjoint(self.changed, inner, "an item")
        self.bindings.watch_growing(inner.values())
        self.data = data
        self.offsets = struct.pack(f"<{len(offsets)}Q", *offsets)


@bounded()
def prepare(
    region: Region, program: ProgramState, frame: FrameType, iterable: Iterable[Any], bases: list[Any]
) -> Shipment:
    """The captures of a region, packed, or `Refusal`. `frame` is the one that holds the region's loop."""
    _check_program(region, program)
    local = frame.f_locals
    check_guards(region.guards, program, local)
    called = Called(region, program)
    for name in region.called:
        called.check_variable(name, look_up(name, program, local))
    functions = functions_in([*bases] or [iterable]) if region.calls_items else []
    called.check_all("the item", functions)
    captured_locals, captured_globals = captures(region, program, local)
    bring_reads(called.summaries, program, captured_globals)
    changed = changing(region, program, variables_around(frame))
    changed.lists = own_lists(region, changed, program, local, iterable)
    check_bases(region, iterable, bases, changed)
    check_files(region, [*bases, iterable], [look_up(name, program, local) for name in region.readers])
    _check_soft(region, captured_locals, captured_globals)
    touched = check_touched(_libraries(region, called.summaries), program.plan.touched)
    sent = pack(region, program, captured_locals, captured_globals, frame, changed.without, functions, touched)
    check_captured(called, sent)
    _check_caches(sent, program)
    check_apart(region, changed, sent, captured_locals, captured_globals)
    check_disjoint(changed, sent.holders(), "what chunks read")
    unknown = region.fold_unknown or not _is_fold_known(region, program, local)
    if region.guesses and (unknown or not all(known for _, known in state_of(region.guesses).values())):
        raise Refusal("MX505", f"`{min(region.guesses)}` may hold what is not the same everywhere")
    if unknown and region.reads_on:
        raise Refusal("MX210", "the ordered part calls what is not known, which could change the file that is read")
    if unknown:
        _check_unknown(program, captured_locals, captured_globals, frame, [*bases] or [iterable])
    bindings = _bindings(program, captured_globals, sent)
    digest = hashlib.blake2b(sent.data, digest_size=16).hexdigest()
    return Shipment(sent, changed, region, bindings, digest=digest, fold_unknown=unknown)


def _libraries(region: Region, summaries: Iterable[Summary]) -> set[str]:
    """The libraries that chunks of a region use."""
    used = [region.guards.libraries, *(summary.guards.libraries for summary in summaries)]
    return {dotted.partition(".")[0] for one in used for _, dotted in one} | region.guesses


def _check_program(region: Region, program: ProgramState) -> None:
    """What keeps a region in order whatever its objects are."""
    if program.plan.identity_visible:
        raise Refusal("MX403", "the program compares identities of values that would be copied")
    if is_being_imported(program.book.local):
        raise Refusal("MX504", "a module of the program is still being imported")
    if threading.active_count() > 1 or sys.gettrace() is not None or sys.getprofile() is not None:
        raise Refusal("MX502", "threads or a tracer are active")
    if region.reads_files and program.files_changed is not None and program.files_changed():
        raise Refusal("MX210", "chunks read files, and the program has changed files before")
    if any(writes_to_program(outlet, program.book.own) for outlet in outlets()):
        raise Refusal("MX503", "what is printed or logged goes to an object of the program")


def _is_fold_known(region: Region, program: ProgramState, local: dict[str, Any]) -> bool:
    """Whether the functions that the fold meets as values change nothing, and call nothing that they are given; and
    nothing of what it reads runs code of the program (an iterator, a dict that calls for its defaults)."""
    called = Called(region, program)
    try:
        for name in region.fold_called:
            called.check_variable(name, look_up(name, program, local))
    except Refusal:
        return False
    return not called.calls_arguments and not any(
        runs_code(look_up(name, program, local), program.book.own, called.is_quiet) for name in region.fold_reads
    )


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
    """A watch on every global, class attribute and growing dict that chunks were given."""
    made = Bindings()
    for name in globals_:
        made.add(space_of(name, program), [name.name])
    made.watch_growing(sent.objects.values())
    for thing in sent.objects.values():
        if isinstance(thing, type) and thing.__module__ in program.book.own:
            made.add(thing.__dict__, class_data(thing) or ())
    return made


def _check_soft(region: Region, captured_locals: dict[str, Any], captured_globals: dict[Name, Any]) -> None:
    for name, depth in region.soft:
        value = captured_globals.get(name) if name.module else captured_locals.get(name.name)
        if not (holds_plain(value) if depth else is_plain(value)):
            raise Refusal("MX101", f"an in-place operator may change what `{name.name}` holds")


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
                    summary_of(function, program),
                    program.plan.rebound,
                    lambda name: look_up(name, program, {}),
                    own,
                )
                if what:
                    raise Refusal("MX209", f"`{function.__name__}` may keep results of before {what} changed")
