"""What the driver knows of its program, and how its names are looked up."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from types import FrameType, FunctionType
from typing import Any

from marx.inside.codebook import CodeBook
from marx.inside.inherited import Inheritance
from marx.inside.refusals import Refusal
from marx.program.plan import FunctionKey, Name, Plan
from marx.program.scopes import ClassInfo

_COMPREHENSIONS = frozenset({"<genexpr>", "<listcomp>", "<setcomp>", "<dictcomp>"})


@dataclass(slots=True)
class ProgramState:
    """What the driver knows of its program: the plan, its code, the namespace it runs in, the classes at the top of
    its modules, and the globals that the texts of those beside the script bind."""

    plan: Plan
    book: CodeBook
    namespace: dict[str, Any]
    classes: tuple[ClassInfo, ...]
    bound: frozenset[Name] = frozenset()
    files_changed: Any = None
    """Tells whether files in the working folder or `/tmp` are others than when the program began."""
    inheritance: Inheritance = field(default_factory=Inheritance)


def space_of(name: Name, program: ProgramState) -> dict[str, Any]:
    """The namespace that a global stands in; an empty one if its module is not to be found."""
    return program.namespace if name.module == "__main__" else getattr(sys.modules.get(name.module), "__dict__", {})


def look_up(name: Name, program: ProgramState, local: dict[str, Any]) -> Any:
    """What a variable holds, None if nothing; of `Class.name` what the class itself has by that name."""
    owner, _, attribute = name.name.partition(".")
    if attribute:
        return vars(look_up(Name(name.module, owner), program, local) or object).get(attribute)
    if not name.module:
        return local.get(name.name)
    if name.module == "__main__":
        return program.namespace.get(name.name)
    module = sys.modules.get(name.module)
    return getattr(module, name.name, None)


def summary_of(function: FunctionType, program: ProgramState) -> Any:
    summary = program.plan.functions.get(key_of(function))
    if summary is None:
        raise Refusal("MX504", f"the source of `{function.__qualname__}` is not known")
    return summary


def key_of(function: FunctionType) -> FunctionKey:
    """Where a function stands, if it is one of the program."""
    code = function.__code__
    return FunctionKey(str(function.__globals__.get("__name__")), code.co_qualname, code.co_firstlineno)


def variables_around(frame: FrameType) -> dict[str, Any]:
    """The variables of a frame; of a comprehension's also those of the function that it stands in."""
    local = dict(frame.f_locals)
    namespace = frame.f_globals
    inner = frame.f_code.co_name in _COMPREHENSIONS
    while inner and frame.f_back is not None:
        frame = frame.f_back
        if frame.f_globals is namespace:
            local = {**frame.f_locals, **local}
            inner = frame.f_code.co_name in _COMPREHENSIONS
    return local


def module_of(frame: FrameType, program: ProgramState) -> str:
    """The module of the program whose code a frame runs, "" if none."""
    name = frame.f_globals.get("__name__")
    return name if name in program.book.own and frame.f_globals is space_of(Name(name, ""), program) else ""


def program_frame(module: str, program: ProgramState) -> FrameType:
    """The frame of one of the program's modules that a call of ours goes back to, also from within a library that asks
    for items."""
    namespace = space_of(Name(module, ""), program)
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_globals is not namespace:
        frame = frame.f_back
    if frame is None:
        raise Refusal("MX503", f"the module {module} was replaced")
    return frame
