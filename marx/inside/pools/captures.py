"""What a pool's calls need: their functions, the initializer, and the globals that these read."""

from __future__ import annotations

import ast
import marshal
from collections.abc import Callable, Iterator
from types import CodeType, FunctionType
from typing import Any

from marx.inside.depth import program_limit
from marx.inside.libraries import State
from marx.inside.packing import pack_all
from marx.inside.pools.alone import Start
from marx.inside.sending import Sent
from marx.inside.state import ProgramState, key_of
from marx.program.plan import Guards, Region


def _slice_code() -> CodeType:
    """The map slice of every pool: the initializer once a jail, then the call."""
    text = (
        "def map_slice(functions, start, started, item, slots, missing, counted, states, apart):\n"
        "    if start is not None and not started:\n"
        "        started.append(True)\n"
        "        start[0](*start[1])\n"
        "    which, args, named = item\n"
        "    slots[0] = functions[which](*args, **named)\n"
    )
    code = compile(text, "<pool>", "exec", dont_inherit=True)
    return next(c for c in code.co_consts if isinstance(c, CodeType))


def pack(
    program: ProgramState,
    functions: list[Callable[..., Any]],
    start: Start | None,
    touched: State,
    child: tuple[str, bool],
) -> Sent:
    """What the chunks of a pool are begun with. `touched` are libraries that have to be there as here; `child` is the
    process (name, daemon) that runs the calls."""
    content = {
        "code": marshal.dumps(_slice_code()),
        "locals": (tuple(functions), start, []),
        "slots": [0],
        "generators": [],
        "prints": True,
        "reads_files": True,
        "shares": False,
        "headroom": program_limit() - 12,
        "copies": True,
        "touched": touched,
        "child": child,
    }

    def sent(content: dict[str, Any]) -> Sent:
        return Sent(program.book, content, strict=False)

    return pack_all(content, {}, program, sent, lambda sent: [*sent.functions, *_methods(sent, program)])


def _methods(sent: Sent, program: ProgramState) -> Iterator[FunctionType]:
    """The functions in classes that a pool was given: nothing says which of them its calls use."""
    for cls in [thing for thing in sent.objects.values() if isinstance(thing, type)]:
        for held in vars(cls).values():
            function = getattr(held, "fget", None) or getattr(held, "__func__", held)
            if isinstance(function, FunctionType) and key_of(function) in program.plan.functions:
                yield function


def region_of(site: int, line: int) -> Region:
    """A pool's calls as a region: there is nothing in it that the analysis would have to say."""
    none: frozenset[Any] = frozenset()
    return Region(site, "__main__", "", "pool", line, 0, "", ast.Pass(), None, (), (), none, none, none, Guards())
