"""The driver: the program itself, with its regions' map slices looked up instead of computed.

It runs as `__main__` in a fresh interpreter, with the arguments, paths and names that `python prog.py` would give it.
What goes wrong in analysis or rewriting is never the program's problem: then it runs as written."""

from __future__ import annotations

import ast
import contextlib
import gc
import importlib.machinery
import importlib.util
import os
import signal
import sys
import traceback
import types
import warnings
from dataclasses import dataclass
from typing import Any

import marx
import sandbox
from marx.inside import messages, modules, named, pools, processes
from marx.inside.codebook import CodeBook
from marx.inside.depth import set_limit
from marx.inside.link import Channel, Link
from marx.inside.local_modules import local_sources, module_name
from marx.inside.region import Site
from marx.inside.state import ProgramState
from marx.program.analysis import plan_in_order, plan_program
from marx.program.assemble import assemble, entry_name
from marx.program.collect import build
from marx.program.findings import hides_library
from marx.program.limits import SourceError, check_source
from marx.program.nodes import walk
from marx.program.plan import Finding, Name, Plan
from marx.program.reduction import NAMES, addition
from marx.program.rewrite import rewrite
from marx.program.scopes import Program

_OWN_FILES = tuple(os.path.dirname(os.path.abspath(one)) + os.sep for one in (marx.__file__, sandbox.__file__))


def run(channel: Channel, begin: messages.Begin) -> int:
    """Runs the program to its end and returns its exit status. An interruption waits until the program has begun."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    with open(begin.script, "rb") as file:
        raw = file.read()
    _settle(begin)
    try:
        original = compile(raw, begin.script, "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as fault:
        _print_exception(fault.with_traceback(None))
        return 1
    added = _addition(raw)
    if added:
        raw += added
        original = compile(raw, begin.script, "exec", dont_inherit=True)
    module = _main_module(begin.script)
    code, link = original, Link(channel, begin.slots, begin.parallel, begin.paranoid)
    hidden = modules.hidden(begin.script)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        code = _prepared(link, begin, raw, module, hidden) or original
    named.install(begin)
    processes.install()
    _hide_ourselves(module)
    modules.forget(hidden)
    status = _execute(code, module)
    link.tell()
    return status


def _addition(raw: bytes) -> bytes:
    """What a program that merely defines a reduction is completed with."""
    if not all(name.encode() in raw for name in NAMES):
        return b""
    added = addition(ast.parse(importlib.util.decode_source(raw)))
    return b"\n" + added.encode() if added else b""


def _settle(begin: messages.Begin) -> None:
    """Working folder, arguments and import path as Python sets them for a script."""
    os.chdir(begin.folder)
    sys.argv[:] = begin.argv
    sys.path.insert(0, os.path.dirname(begin.script))
    if begin.line_buffered:
        sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]


def _main_module(script: str) -> types.ModuleType:
    module = types.ModuleType("__main__")
    space = module.__dict__
    space["__loader__"] = importlib.machinery.SourceFileLoader("__main__", script)
    space["__annotations__"] = {}
    space["__builtins__"] = sys.modules["builtins"]
    space["__file__"] = script
    space["__cached__"] = None
    sys.modules["__main__"] = module
    return module


def _prepared(
    link: Link, begin: messages.Begin, raw: bytes, module: types.ModuleType, hidden: frozenset[str]
) -> types.CodeType | None:
    """The rewritten program, or None: a fault of ours is no reason not to run a program as written."""
    try:
        return _prepare(link, begin, raw, module, hidden)
    except Exception as fault:
        link.channel.send(messages.encode(messages.Planned([], [_wire_finding(_our_fault(fault))])))
        return None


def _our_fault(fault: Exception) -> Finding:
    place = traceback.extract_tb(fault.__traceback__)[-1]
    text = f"the analysis failed with {fault!r} at {os.path.basename(place.filename)}:{place.lineno}"
    return Finding("MX501", "sequential", 1, 0, text, fix="please report this")


def _plan(program: Program, begin: messages.Begin, hidden: frozenset[str]) -> Plan:
    """What to split; nothing where the program shall run in order, or where the analysis fails."""
    if begin.parallel:
        try:
            if hidden:
                return plan_in_order(program, begin.script, hides_library(min(hidden)))
            return plan_program(program, begin.script, speculate=begin.speculate)
        except RecursionError:
            pass
        except Exception as fault:
            return plan_in_order(program, begin.script, _our_fault(fault))
    return plan_in_order(program, begin.script)


def _prepare(
    link: Link, begin: messages.Begin, raw: bytes, module: types.ModuleType, hidden: frozenset[str]
) -> types.CodeType | None:
    """Analyses and rewrites the program; None where it has to run as written. Pools work either way."""
    try:
        text = importlib.util.decode_source(raw)
        others = _local_modules(begin.script)
        trees = {"__main__": check_source(text, begin.script)} | {o.name: o.tree for o in others}
        packages = frozenset(o.name for o in others if os.path.basename(o.path) == "__init__.py")
        program = build(trees, packages)
    except (SourceError, SyntaxError, RecursionError, UnicodeDecodeError):
        return None
    plan = _plan(program, begin, hidden)
    if begin.parallel:
        _report(link.channel, plan, {o.name: os.path.relpath(o.path, os.path.dirname(begin.script)) for o in others})
    book = CodeBook(trees["__main__"], begin.script, module.__dict__, {o.name: (o.path, o.tree) for o in others})
    classes = tuple(info for one in program.modules.values() for info in one.classes.values())
    bound = frozenset(Name(o.name, name) for o in others for name in program.modules[o.name].bindings)
    changed = _watch_files([begin.folder, begin.temporary])
    link.program = ProgramState(plan, book, module.__dict__, classes, bound, changed)
    pools.install(link, plan)
    if not plan.regions:
        return None
    link.sites = _sites(plan, link)
    entries = {
        entry_name(point, site.region.site): function
        for site in link.sites
        for point, function in site.entry_points().items()
    }
    try:
        code = assemble(rewrite(trees["__main__"], plan), begin.script, entries)
        with_regions = {region.module for region in plan.regions}
        rewritten = {
            o.path: modules.Rewritten(o.text, assemble(rewrite(o.tree, plan), o.path, entries))
            for o in others
            if o.name in with_regions
        }
    except (SyntaxError, ValueError, RecursionError):
        return None
    modules.install(rewritten)
    return code


def _sites(plan: Plan, link: Link) -> list[Site]:
    """The plan's regions, each with the lines of those inside of it."""
    sites = [Site(region, link) for region in plan.regions]
    lines = {id(region.node): region.line for region in plan.regions}
    for site in sites:
        within = (id(n) for n in walk(site.region.node) if n is not site.region.node)
        site.inner = tuple(sorted({lines[one] for one in within if one in lines}))
    return sites


@dataclass(frozen=True, slots=True)
class _Other:
    """A module beside the script that the program imports."""

    name: str
    path: str
    text: str
    tree: ast.Module


def _local_modules(script: str) -> list[_Other]:
    found = local_sources(script).items()
    return [_Other(module_name(script, path), path, text, check_source(text, path)) for path, text in found]


def _report(channel: Channel, plan: Plan, files: dict[str, str]) -> None:
    """Tells the plan. `files` are those of the other modules, by name."""
    sites = [messages.Site(r.site, r.line, r.shape, r.source[:200], files.get(r.module, "")) for r in plan.regions]
    sites += [messages.Site(p.site, p.line, "pool", p.source[:200], files.get(p.module, "")) for p in plan.pools]
    findings = [_wire_finding(f, files.get(f.module, "")) for f in plan.findings]
    channel.send(messages.encode(messages.Planned(sites, findings)))


def _wire_finding(finding: Finding, file: str = "") -> messages.Finding:
    return messages.Finding(finding.code, finding.line, finding.column, finding.message[:500], finding.fix, file)


def _watch_files(folders: list[str]) -> Any:
    """A function that tells whether these folders are still as they were: no chunk sees what the program does there. ""
    stands for a folder that there is not."""
    before = _listing(folders)
    return lambda: _listing(folders) != before


def _listing(folders: list[str]) -> dict[str, tuple[int, int]]:
    """Sizes and times of files; folders are merely there. Those of compiled modules are Python's own business."""
    found = {}
    for folder in folders:
        for base, inner, names in os.walk(folder):
            inner[:] = [name for name in inner if name != "__pycache__"]
            found.update({os.path.join(base, name): (0, 0) for name in inner})
            for name in names:
                path = os.path.join(base, name)
                with contextlib.suppress(OSError):
                    state = os.lstat(path)
                    found[path] = (state.st_size, state.st_mtime_ns)
    return found


_kept: list[types.ModuleType] = []
"""The program's main module, which has to outlive everything of ours: only a living module is emptied when the
interpreter ends, and with it go files that the program left open."""


def _hide_ourselves(module: types.ModuleType) -> None:
    """The program may have modules named like ours."""
    _kept.append(module)
    for name in [n for n in sys.modules if n.split(".")[0] in ("marx", "sandbox")]:
        del sys.modules[name]
    gc.freeze()


def _execute(code: types.CodeType, module: types.ModuleType) -> int:
    _lift_recursion_limit()
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:  # of whoever started the worker in the background
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        exec(code, module.__dict__)
    except SystemExit as fault:
        return _exit_status(fault)
    except BaseException as fault:
        _print_exception(fault)
        return 130 if isinstance(fault, KeyboardInterrupt) else 1
    return 0


def _lift_recursion_limit() -> None:
    """The frames of ours below the program's shall not count against its recursion limit, nor be seen in it."""
    below = 1  # `exec` itself is a call too
    frame: types.FrameType | None = sys._getframe(1)
    while frame is not None:
        below += 1
        frame = frame.f_back
    shown = sys.getrecursionlimit()
    set_limit(shown + below, shown)


def _exit_status(fault: SystemExit) -> int:
    if fault.code is None:
        return 0
    if isinstance(fault.code, int):
        return fault.code & 0xFF
    sys.stdout.flush()
    print(fault.code, file=sys.stderr)
    return 1


def _print_exception(fault: BaseException) -> None:
    """What Python prints for an exception that nobody caught, without our own frames."""
    _strip(fault, set())
    sys.stdout.flush()
    sys.excepthook(type(fault), fault, fault.__traceback__)


def _strip(fault: BaseException | None, seen: set[int]) -> None:
    """Takes our frames out of the tracebacks of an exception and of those that led to it."""
    while fault is not None and id(fault) not in seen:
        seen.add(id(fault))
        frames = []
        entry = fault.__traceback__
        while entry is not None:
            if not entry.tb_frame.f_code.co_filename.startswith(_OWN_FILES):
                frames.append(entry)
            entry = entry.tb_next
        rebuilt: types.TracebackType | None = None
        for kept in reversed(frames):
            rebuilt = types.TracebackType(rebuilt, kept.tb_frame, kept.tb_lasti, kept.tb_lineno)
        fault.__traceback__ = rebuilt
        if isinstance(fault, BaseExceptionGroup):
            for inner in fault.exceptions:
                _strip(inner, seen)
        _strip(fault.__cause__, seen)
        fault = fault.__context__
