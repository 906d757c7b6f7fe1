"""What a pool's calls need: their functions, the initializer, and the globals that these read."""

from __future__ import annotations

import ast
import marshal
import sys
from collections.abc import Callable, Iterator
from types import CodeType, FunctionType
from typing import Any

from marx.inside.packing import ambient, bring_globals
from marx.inside.pools.alone import Start
from marx.inside.sending import Sent
from marx.inside.state import ProgramState
from marx.program.plan import Guards, Name, Region


def _slice_code() -> CodeType:
    """The map slice of every pool: the initializer once a jail, then the call."""
    text = (
        "def map_slice(functions, start, started, item, slots, missing, counted):\n"
        "    if start is not None and not started:\n"
        "        started.append(True)\n"
        "        start[0](*start[1])\n"
        "    which, args, named = item\n"
        "    slots[0] = functions[which](*args, **named)\n"
    )
    code = compile(text, "<pool>", "exec", dont_inherit=True)
    return next(c for c in code.co_consts if isinstance(c, CodeType))


def pack(program: ProgramState, functions: list[Callable[..., Any]], start: Start | None) -> Sent:
    globals_: dict[Name, Any] = {}
    code = marshal.dumps(_slice_code())
    while True:
        spaces: dict[str, dict[str, Any]] = {}
        for name, value in globals_.items():
            spaces.setdefault(name.module, {})[name.name] = value
        content = {
            "code": code,
            "locals": (tuple(functions), start, []),
            "spaces": spaces,
            "slots": [0],
            "prints": True,
            "reads_files": True,
            "shares": False,
            "headroom": sys.getrecursionlimit() - 12,
            "ambient": ambient(),
            "copies": True,
        }
        sent = Sent(program.book, content, strict=False)
        if not bring_globals([*sent.functions, *_methods(sent, program)], program, globals_):
            return sent


def _methods(sent: Sent, program: ProgramState) -> Iterator[FunctionType]:
    """The functions in classes that a pool was given: nothing says which of them its calls use."""
    written = {(key.qualname, key.line) for key in program.plan.functions}
    for cls in [thing for thing in sent.objects.values() if isinstance(thing, type)]:
        for held in vars(cls).values():
            function = getattr(held, "fget", None) or getattr(held, "__func__", held)
            code = getattr(function, "__code__", None)
            if code is not None and (code.co_qualname, code.co_firstlineno) in written:
                yield function


def region_of(site: int, line: int) -> Region:
    """A pool's calls as a region: there is nothing in it that the analysis would have to say."""
    none: frozenset[Any] = frozenset()
    return Region(site, "__main__", "", "pool", line, 0, "", ast.Pass(), None, (), (), none, none, none, Guards())
