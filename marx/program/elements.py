"""Lists of which each round of a loop reads and writes only the element of its own number: `xs[i] = f(xs[i])`.

This module owns what the text says of them: the loop counts its rounds by itself (`range`, `enumerate`), and its body
names the list only as `xs[i]` with that number. Which list it is, and that nothing else leads to it, the driver sees
when the loop is entered."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from marx.program.effects import names_of
from marx.program.flow import may_bind
from marx.program.nodes import walk
from marx.program.pieces import Found
from marx.program.places import Place
from marx.program.scopes import FUNCTIONS, bound_names, resolve
from marx.program.split import Splitter


@dataclass(frozen=True, slots=True)
class Elements:
    """The number's variable and the lists' own. `loaded`: the body reads elements, too. `updated`: all that it does is
    one in-place operation for a list. `in_step`: the loop goes over such a list itself."""

    counter: str
    names: frozenset[str]
    loaded: frozenset[str]
    updated: bool
    in_step: bool

    def hold(self, node: ast.expr) -> bool:
        """Whether a node is an element of the round's own."""
        match node:
            case ast.Subscript(value=ast.Name(id=name), slice=ast.Name(id=counter)):
                return name in self.names and counter == self.counter
            case _:
                return False


def elements_of(place: Place) -> Elements | None:
    """What of a loop is written so; None if nothing is."""
    node = place.node
    counter = _counter(place)
    if not isinstance(node, ast.For) or counter is None:
        return None
    parts = [part for statement in node.body for part in walk(statement)]
    stored = {p.id for p in parts if isinstance(p, ast.Name) and not isinstance(p.ctx, ast.Load)} | may_bind(node.body)
    if counter in stored:
        return None
    own = _numbered(parts, counter)
    deferred = {id(p) for part in parts for p in _deferred(part)}
    kept = {id(base) for base, part in own if id(base) not in deferred and not isinstance(part.ctx, ast.Del)}
    other = {p.id for p in parts if isinstance(p, ast.Name) and id(p) not in kept} | stored
    other |= set(bound_names(node.target))
    names = frozenset(base.id for base, part in own if isinstance(part.ctx, ast.Store)) - other
    if not names:
        return None
    updates = [p for p in parts if isinstance(p, ast.AugAssign)]
    used = [(base, part) for base, part in own if base.id in names]
    loaded = (b.id for b, p in used if isinstance(p.ctx, ast.Load) or any(p is u.target for u in updates))
    return Elements(
        counter, names, frozenset(loaded), _is_updated([p for _, p in used], updates), _in_step(node, names)
    )


def _counter(place: Place) -> str | None:
    """The variable that `for i in range(…)` or `for i, … in enumerate(…)` counts in, from 0 up where it is the
    latter."""
    match place.node:
        case ast.For(target=ast.Name(id=name), iter=ast.Call(func=ast.Name(id="range") as func, keywords=[])):
            pass
        case ast.For(
            target=ast.Tuple(elts=[ast.Name(id=name), *_]) as target,
            iter=ast.Call(func=ast.Name(id="enumerate") as func, args=[ast.expr() as given], keywords=[]),
        ) if not isinstance(given, ast.Starred) and list(bound_names(target)).count(name) == 1:
            pass
        case _:
            return None
    scope = place.function
    while scope is not None:
        if func.id in scope.local:
            return None
        scope = scope.parent
    return name if resolve(place.program, place.module, func) == f"lib:{func.id}" else None


def _numbered(parts: Sequence[ast.AST], counter: str) -> list[tuple[ast.Name, ast.Subscript]]:
    """The subscripts of variables by the number."""
    return [
        (base, part)
        for part in parts
        if isinstance(part, ast.Subscript)
        and isinstance(base := part.value, ast.Name)
        and isinstance(part.slice, ast.Name)
        and part.slice.id == counter
    ]


def _deferred(node: ast.AST) -> Sequence[ast.AST]:
    """The parts of a node that may run later than it stands."""
    if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
        return list(walk(node))
    if isinstance(node, ast.GeneratorExp):
        first = {id(p) for p in walk(node.generators[0].iter)}
        return [p for p in walk(node) if id(p) not in first]
    return ()


def _is_updated(used: Sequence[ast.Subscript], updates: Sequence[ast.AugAssign]) -> bool:
    """Whether the lists are met in one statement `xs[i] += …` only."""
    for statement in updates:
        if any(statement.target is p for p in used):
            inside = {id(p) for p in walk(statement)}
            return all(id(p) in inside for p in used)
    return False


def _in_step(node: ast.For, names: frozenset[str]) -> bool:
    """Whether it is `enumerate` of such a list itself."""
    match node:
        case ast.For(target=ast.Tuple(), iter=ast.Call(args=[ast.Name(id=name)])):
            return name in names
        case _:
            return False


def by_elements(splitter: Splitter, elements: Elements, otherwise: Found) -> Found:
    """The split that takes elements for each round's own, if that is right and more can move by it."""
    found = splitter.run()
    lists = splitter.lists
    more = elements.in_step or len(found.slots) > len(otherwise.slots) or not found.blockers
    if not more or not found.slots or len(lists) < len(elements.names) or not _is_sound(elements, found):
        return otherwise
    found.lists, found.in_step = lists, elements.in_step
    found.loaded = frozenset(name for name in lists if name.name in elements.loaded)
    return found


def _is_sound(elements: Elements, found: Found) -> bool:
    """Whether the fold changes the lists, and the number, in no other way, and nothing inside of an element but by an
    operator that meets numbers and texts only."""
    fold, mapped = found.fold, found.effects
    changed = {name.name for name in names_of({*fold.writes, *fold.binds, *mapped.binds})}
    if found.refusal is not None or fold.unknown is not None or changed & {elements.counter, *elements.names}:
        return False
    if any(r.is_item for r in fold.writes) or any(r.is_element for r in (*mapped.calls, *fold.calls)):
        return False
    return elements.updated or not any(r.is_element and r.depth for r in fold.writes)
