"""What a class of the program got when its statement ran, beside its data: defaults of its methods, what its decorators
were given, values of an enumeration's members.

A chunk runs the statement anew, when names in it may mean something else than they did (`def step(self, n=N)`), and
its own list in the place of the driver's would not come back as that. So these things travel, and replace the new
ones. What cannot travel (`file=sys.stdout`) stays as the statement made it."""

from __future__ import annotations

import abc
import functools
import types
from collections.abc import Collection, Iterator
from typing import Any

from marx.inside.codebook import class_data
from marx.inside.world import ATOMS, is_plain, is_value_type, type_name

_CONTAINERS = frozenset({list, dict, set, frozenset, tuple})
_NAMED = (type, types.FunctionType, types.ModuleType)
_OF_MEMBERS = frozenset({"_value_", "_name_", "_sort_order_", "__objclass__"})
_SPECIAL = ("__match_args__",)
_FACTORY = "dataclasses._HAS_DEFAULT_FACTORY_CLASS"
Given = tuple[Any, ...]
"""(value,), or () for what stays as the statement made it."""
State = dict[str, Any]
"""`data` are attributes, `functions` parts of functions by the name of their attribute, `fields` defaults by the name
of the field, `members` those of an enumeration, `registered` what an abstract class counts as its own."""


def state_of(cls: type, own: Collection[str]) -> State | None:
    """What has to be put into the class again; None if nothing has. `own` names the program's modules."""
    functions = {name: [_parts(f, own) for f in _functions_in(value)] for name, value in cls.__dict__.items()}
    functions = {name: parts for name, parts in functions.items() if any(map(any, parts))}
    fields = {name: given for name, field in _fields(cls) if (given := _given(field.default, own))}
    fields |= {name: given for name, value in _tuple_defaults(cls).items() if (given := _given(value, own))}
    members = {name: _member(member, own) for name, member in getattr(cls, "__members__", {}).items()}
    data = (class_data(cls) or {}) | {name: cls.__dict__[name] for name in _SPECIAL if name in cls.__dict__}
    registered = _registered(cls)
    state = {"data": data, "functions": functions, "fields": fields, "members": members, "registered": registered}
    return {kind: held for kind, held in state.items() if held} or None


def restore(cls: type, state: State) -> None:
    """Puts it there. Raises ValueError if the statement made something else this time."""
    for name, value in state.get("data", {}).items():
        setattr(cls, name, value)
    for name, parts in state.get("functions", {}).items():
        for function, part in zip(_functions_in(cls.__dict__[name]), parts, strict=True):
            _fill(function, *part)
    for name, (value,) in state.get("fields", {}).items():
        if "_fields" in cls.__dict__:
            cls._field_defaults[name] = value  # type: ignore[attr-defined]
        else:
            cls.__dataclass_fields__[name].default = value  # type: ignore[attr-defined]
    for name, (given, more) in state.get("members", {}).items():
        _set_member(cls, cls.__members__[name], given, more)  # type: ignore[attr-defined]
    for other in state.get("registered", ()):
        cls.register(other)  # type: ignore[attr-defined]


def _functions_in(value: Any) -> Iterator[types.FunctionType]:
    """The functions that an attribute of a class is made of."""
    match value:
        case types.FunctionType():
            yield value
        case staticmethod() | classmethod() | functools._lru_cache_wrapper():
            yield from _functions_in(value.__wrapped__)
        case property():
            for part in (value.fget, value.fset, value.fdel):
                yield from _functions_in(part)
        case functools.cached_property():
            yield from _functions_in(value.func)


def _parts(function: types.FunctionType, own: Collection[str]) -> tuple[list[Given], dict[str, Given], list[Given]]:
    """(defaults, those of keywords, numbers and texts in the closure)."""
    defaults = [_given(value, own) for value in function.__defaults__ or ()]
    named = {name: _given(value, own) for name, value in (function.__kwdefaults__ or {}).items()}
    cells = [_cell(cell) for cell in function.__closure__ or ()]
    return (
        defaults if any(defaults) else [],
        {name: given for name, given in named.items() if given},
        cells if any(cells) else [],
    )


def _fill(function: types.FunctionType, defaults: list[Given], named: dict[str, Given], cells: list[Given]) -> None:
    if defaults:
        made = function.__defaults__ or ()
        function.__defaults__ = tuple(given[0] if given else new for given, new in zip(defaults, made, strict=True))
    for name, (value,) in named.items():
        if function.__kwdefaults__ is None or name not in function.__kwdefaults__:
            raise ValueError(f"{function.__qualname__} has no keyword {name}")
        function.__kwdefaults__[name] = value
    if cells:
        for cell, content in zip(function.__closure__ or (), cells, strict=True):
            if content:
                cell.cell_contents = content[0]


def _given(value: Any, own: Collection[str]) -> Given:
    kind = type(value)
    if type_name(kind) == _FACTORY or type_name(kind) == "dataclasses._MISSING_TYPE":
        return ()
    travels = kind in ATOMS or kind in _CONTAINERS or isinstance(value, _NAMED) or hasattr(kind, "__members__")
    return (value,) if travels or kind.__module__ in own or is_value_type(kind) else ()


def _cell(cell: types.CellType) -> Given:
    try:
        value = cell.cell_contents
    except ValueError:
        return ()
    return (value,) if is_plain(value) else ()


def _fields(cls: type) -> Iterator[tuple[str, Any]]:
    """The fields that a dataclass has itself; those of its bases are the bases'."""
    fields: dict[str, Any] = cls.__dict__.get("__dataclass_fields__", {})
    inherited = [getattr(base, "__dataclass_fields__", {}) for base in cls.__bases__]
    return ((name, field) for name, field in fields.items() if all(field is not held.get(name) for held in inherited))


def _registered(cls: type) -> list[type]:
    if not isinstance(cls, abc.ABCMeta):
        return []
    classes = (reference() for reference in abc._get_dump(cls)[0])  # type: ignore[attr-defined]
    return sorted((other for other in classes if other is not None), key=lambda other: other.__qualname__)


def _tuple_defaults(cls: type) -> dict[str, Any]:
    found: dict[str, Any] = cls.__dict__.get("_field_defaults", {})
    return found


def _member(member: Any, own: Collection[str]) -> tuple[Given, dict[str, Any]]:
    """The value of an enumeration's member, and what else it holds."""
    more = {k: v for k, v in vars(member).items() if k not in _OF_MEMBERS and _given(v, own)}
    return _given(member._value_, own), more


def _set_member(cls: Any, member: Any, given: Given, more: dict[str, Any]) -> None:
    vars(member).update(more)
    if not given or (is_plain(given[0]) and _is_same(member._value_, given[0])):
        return
    if cls._member_type_ is not object:
        raise ValueError(f"{member} has another value than in the program")
    cls._value2member_map_.pop(member._value_ if _is_key(member._value_) else None, None)
    member._value_ = given[0]
    if _is_key(given[0]):
        cls._value2member_map_[given[0]] = member


def _is_same(first: Any, second: Any) -> bool:
    return type(first) is type(second) and bool(first == second)


def _is_key(value: Any) -> bool:
    try:
        hash(value)
    except TypeError:
        return False
    return True
