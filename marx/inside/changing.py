"""What the fold of a region changes, on the concrete objects: the chunks must not read it.

Of an object of the program's classes the fold may change one attribute and the map slice read others. Then the chunks
get the object without that attribute (`parts`), which is only right if they cannot come to it by another way."""

from __future__ import annotations

import collections
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import FunctionType, MemberDescriptorType
from typing import Any

from marx.inside.codebook import class_data
from marx.inside.reach import OBJECTS_MAX, TooMuch, reachable
from marx.inside.refusals import Refusal
from marx.inside.sending import Sent
from marx.inside.state import ProgramState, look_up
from marx.inside.world import ATOMS, is_plain
from marx.program.plan import Name, Region

_CONTAINERS = frozenset({list, dict, set, collections.deque, collections.defaultdict, collections.Counter})
"""Types of which a change of the object is none of what it holds."""


@dataclass(frozen=True, slots=True)
class Part:
    """An object of which the fold changes some attributes, and the variables that it knows the object by."""

    value: Any
    attributes: frozenset[str]
    names: frozenset[Name]


@dataclass(slots=True)
class Changing:
    """`objects` are what the fold could change, by id; `parts` those of which it changes only some attributes, and
    `lists` those of which each round changes its own element (elements.py)."""

    objects: dict[int, Any]
    parts: dict[int, Part]
    lists: dict[int, Any] = field(default_factory=dict)

    @property
    def without(self) -> dict[int, frozenset[str]]:
        """The attributes that chunks do not get, by the object's id."""
        return {key: part.attributes for key, part in self.parts.items()}


def changing(region: Region, program: ProgramState, local: dict[str, Any]) -> Changing:
    roots: list[Any] = []
    own = [_value(name, program, local) for name in region.own_writes]
    for value in [*(_value(n, program, local) for n in region.writes), *(v for v in own if not _is_container(v))]:
        roots.append(value)
        if isinstance(value, type):
            roots += (class_data(value) or {}).values()
    parts: dict[int, Part] = {}
    for name, depth, attribute in region.parts:
        value = _value(name, program, local)
        if value is None:
            continue
        place = _place(value, attribute) if type(value).__module__ in program.book.own else _ELSEWHERE
        roots += [value] if place is _ELSEWHERE else [place] if depth else []
        known = parts.get(id(value), Part(value, frozenset(), frozenset()))
        parts[id(value)] = Part(value, known.attributes | {attribute}, known.names | {name})
    try:
        objects = reachable(r for r in roots if r is not None)
    except TooMuch:
        raise Refusal("MX401", "what the ordered part changes is too large to follow") from None
    return Changing(objects | {id(value): value for value in own if _is_container(value)}, parts)


def _is_container(value: Any) -> bool:
    return type(value) in _CONTAINERS


def _value(name: Name, program: ProgramState, local: dict[str, Any]) -> Any:
    return look_up(name, program, local) if name.module or name.name in local else None


_ELSEWHERE = object()


def _place(value: Any, attribute: str) -> Any:
    """What an object holds in an attribute that is a place of its own, None if nothing; `_ELSEWHERE` if reading it
    could run code, or read from the class."""
    held = getattr(value, "__dict__", {})
    if isinstance(value, type):
        return _ELSEWHERE
    for cls in type(value).__mro__:
        if attribute in vars(cls):
            found = vars(cls)[attribute]
            if type(found) is MemberDescriptorType:
                return getattr(value, attribute, None)
            return held[attribute] if attribute in held and not hasattr(type(found), "__get__") else _ELSEWHERE
    return held.get(attribute)


def check_apart(
    region: Region, changed: Changing, sent: Sent, local: Mapping[str, Any], globals_: Mapping[Name, Any]
) -> None:
    """Chunks come to an object that they get a part of by the variables that the fold knows it by, and not through
    what else they read; so to a list of which each round has its own element."""
    kept: list[Any] = [element for one in changed.lists.values() for element in one if not is_plain(element)]
    for name, value in [*((Name("", n), v) for n, v in local.items()), *globals_.items()]:
        part = changed.parts.get(id(value))
        if id(value) in changed.lists and name in region.elements:
            continue
        if part is None:
            kept.append(value)
        elif name not in part.names:
            raise Refusal("MX401", f"`{name.name}` and `{min(n.name for n in part.names)}` are one object")
    for part in changed.parts.values():
        kept += [v for name, v in _state(part.value).items() if name not in part.attributes]
    for function in sent.functions:
        kept += [*_cells(function), *(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()]
    for thing in sent.objects.values():
        kept += (class_data(thing) or {}).values() if isinstance(thing, type) else ()
    _check_not_reached(changed, kept, "what chunks read")


def _state(value: Any) -> dict[str, Any]:
    found = dict(getattr(value, "__dict__", {}))
    for cls in type(value).__mro__:
        for name, place in vars(cls).items():
            if type(place) is MemberDescriptorType and hasattr(value, name):
                found[name] = getattr(value, name)
    return found


def _cells(function: FunctionType) -> list[Any]:
    return [cell.cell_contents for cell in function.__closure__ or () if not _is_empty(cell)]


def _is_empty(cell: Any) -> bool:
    try:
        cell.cell_contents  # noqa: B018
    except ValueError:
        return True
    return False


def _check_not_reached(changed: Changing, roots: Iterable[Any], what: str) -> None:
    if not changed.parts and not changed.lists:
        return
    try:
        found = reachable(roots)
    except TooMuch:
        raise Refusal("MX401", f"{what} is too large to follow") from None
    if changed.lists.keys() & found.keys():
        raise Refusal("MX104", f"{what} reaches a list of which each round writes an element")
    for key, part in changed.parts.items():
        if key in found:
            names = ", ".join(f"`.{a}`" for a in sorted(part.attributes))
            kind = type(part.value).__name__
            raise Refusal("MX401", f"{what} reaches a {kind} of which the ordered part changes {names}")


def check_items(region: Region, changed: Changing, sent: Sent, items: list[Any]) -> None:
    """What the fold changes of one item belongs to that item alone: no other item, and nothing that chunks read, comes
    to it."""
    _check_not_reached(changed, items, "an item")
    owners = _owners(region, items)
    if owners.keys() & sent.holders().keys():
        raise Refusal("MX107", "the ordered part changes its items, and chunks read them by another way too")
    budget = OBJECTS_MAX
    for position, item in enumerate(items if owners else ()):
        try:
            found = reachable([item], budget)
        except TooMuch:
            raise Refusal("MX107", "the items that the ordered part changes are too large to follow") from None
        budget -= len(found)
        if any(owners.get(key, position) != position for key in found):
            raise Refusal("MX107", "the ordered part changes its items, and they share objects")


def _owners(region: Region, items: list[Any]) -> dict[int, int]:
    """The position of the item with which an object is changed, by the object's id."""
    owners: dict[int, int] = {}
    for depth, attribute in region.item_writes:
        for position, item in enumerate(items):
            if is_plain(item):
                continue
            place = _place(item, attribute) if attribute else item
            place = item if place is _ELSEWHERE else place
            for key, thing in reachable([place]).items() if depth else [(id(item), item)]:
                if type(thing) not in ATOMS and not is_plain(thing) and owners.setdefault(key, position) != position:
                    raise Refusal("MX107", "the ordered part changes its items, and two of them are one object")
    return owners


def check_disjoint(changed: Changing, read: dict[int, Any], what: str) -> None:
    """Nothing that chunks read is among what the fold changes."""
    objects = changed.objects
    small, large = (objects, read) if len(objects) < len(read) else (read, objects)
    for key in small:
        if key in large and type(small[key]) not in ATOMS and not is_plain(small[key]):
            raise Refusal(
                "MX401", f"{what} and what the ordered part changes reach the same {type(small[key]).__name__}"
            )
