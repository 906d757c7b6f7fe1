"""May the calls of a pool run in chunks? Whoever wrote the pool says that they are independent; but a process of the
pool would see the files and the libraries as the program has left them, and a chunk may not."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from types import FunctionType, MethodType
from typing import Any

from marx.inside.called import check_library
from marx.inside.libraries import State, check_touched
from marx.inside.refusals import WRITES_FILES, Refusal
from marx.inside.state import ProgramState, summary_of

_WITHOUT_FILES = frozenset(
    "out random numpy-random seeded numpy-seeded entropy clock identity environment ambient".split()
)
"""What a function may do and still look at no file."""


def check_apart(functions: Iterable[Callable[..., Any]], program: ProgramState) -> State:
    """The libraries whose state a chunk has to compare with its own. Raises `Refusal`."""
    seen = [_seen(function, program) for function in functions]
    if any("file-write" in flags for flags, _ in seen):
        raise Refusal("MX210", WRITES_FILES)
    if not all(flags <= _WITHOUT_FILES for flags, _ in seen) and program.files_changed():
        raise Refusal("MX210", "its calls may look at files, and the program has changed some before")
    uses = [used for _, used in seen]
    known = [used for used in uses if used is not None]
    return check_touched(frozenset[str]().union(*known) if len(known) == len(uses) else None, program.plan.touched)


_UNKNOWN = (frozenset({"unknown"}), None)


def _seen(function: Callable[..., Any], program: ProgramState) -> tuple[frozenset[str], frozenset[str] | None]:
    """What a function may look at: the flags of its summary, and the libraries that it uses; None if any."""
    if isinstance(function, partial):
        return _seen(function.func, program)
    if isinstance(function, MethodType):
        return _seen(function.__func__, program)
    try:
        if not isinstance(function, FunctionType):
            check_library("", function)
            return frozenset(), frozenset({str(getattr(function, "__module__", None)).partition(".")[0]})
        summary = summary_of(function, program)
    except Refusal:
        return _UNKNOWN
    if not summary.knows_calls:
        return summary.flags | {"unknown"}, None
    heads = {dotted.partition(".")[0] for _, dotted in summary.guards.libraries}
    return summary.flags, frozenset(heads | ({"logging"} if "log" in summary.flags else set()))
