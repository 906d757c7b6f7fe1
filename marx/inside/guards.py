"""Names still mean what they meant to the analysis: builtins, functions, classes and libraries, seen as objects."""

from __future__ import annotations

import builtins
import functools
import sys
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any

from marx.inside.refusals import Refusal
from marx.inside.state import ProgramState, key_of, look_up, space_of
from marx.program.known import is_decorated
from marx.program.plan import FunctionKey, Guards, Name
from marx.program.scopes import ClassInfo

_METHODS = (FunctionType, BuiltinFunctionType, MethodType, staticmethod, classmethod, property, functools.partial,
            functools.partialmethod, functools.cached_property, functools._lru_cache_wrapper)  # fmt: skip
"""What a class may be given that runs under a name."""
_ORIGINAL_BUILTINS = dict(vars(builtins))


def check_guards(guards: Guards, program: ProgramState, local: dict[str, Any]) -> None:
    for builtin in guards.builtins:
        if builtin in _ORIGINAL_BUILTINS and vars(builtins).get(builtin) is not _ORIGINAL_BUILTINS[builtin]:
            raise Refusal("MX503", f"builtin `{builtin}` was replaced")
        if not builtin.startswith("__") and any(_hides(Name(own, builtin), program) for own in program.book.own):
            raise Refusal("MX503", f"a global `{builtin}` hides the builtin")
    for name, key in guards.functions:
        if not _is_function(look_up(name, program, local), key):
            raise Refusal("MX503", f"`{name.name}` is not the function that stands at line {key.line}")
    for name, method in guards.instances:
        if not _has_own_method(look_up(name, program, local), method, program):
            raise Refusal("MX001", f"`{name.name}` is no object of a class of the program with a method `{method}`")
    for name, dotted in guards.libraries:
        _check_library(name, dotted, program, local)
    for info in program.classes:
        cls = look_up(Name(info.module.name, info.name), program, {})
        if cls is not None:
            _check_class(cls, info)


def _hides(name: Name, program: ProgramState) -> bool:
    """Whether a module holds a name that the analysis took for a builtin's. What its own text binds it did not."""
    return name not in program.bound and name.name in space_of(name, program)


def _has_own_method(value: Any, method: str, program: ProgramState) -> bool:
    """Whether `value.method` is what a class of the program defines, unless the value is a class itself."""
    if isinstance(value, type) or method in getattr(value, "__dict__", ()):
        return False
    owner = next((cls for cls in type(value).__mro__ if method in vars(cls)), None)
    return owner is not None and owner.__module__ in program.book.own


def _is_function(value: Any, key: FunctionKey) -> bool:
    while isinstance(value, functools._lru_cache_wrapper):
        value = value.__wrapped__
    if isinstance(value, staticmethod | classmethod):
        value = value.__func__
    value = getattr(value, "__func__", value)
    return isinstance(value, FunctionType) and key_of(value) == key


def _check_library(name: Name, dotted: str, program: ProgramState, local: dict[str, Any]) -> None:
    value = look_up(name, program, local)
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
        if isinstance(held, property) or is_decorated(function):
            continue
        if isinstance(held, functools.cached_property):
            held = held.func
        if not _is_function(held, function.key) and "__isabstractmethod__" not in getattr(held, "__dict__", {}):
            raise Refusal("MX503", f"`{info.name}.{method}` was replaced")
    told = info.methods.keys() | info.mutable_attributes
    for name, held in vars(cls).items():
        if name not in told and not name.startswith("_") and isinstance(held, _METHODS):
            raise Refusal("MX503", f"`{info.name}.{name}` was made a method by more than the text of the class")
