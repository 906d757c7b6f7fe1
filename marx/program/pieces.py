"""What each part of a loop's body may do, as part of the map slice and as part of the fold.

The lowest part of the splitter (split.py). The same node is looked at in two frames: one where every name starts anew
with each item (the map slice), and one where names keep what the items before have left in them (the fold)."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from marx.program.effects import ITEM, Cause, Effects, Root, names_of
from marx.program.fills import holds
from marx.program.flow import may_bind
from marx.program.interpret import Frame, Interpreter
from marx.program.nodes import children
from marx.program.places import Place
from marx.program.plan import Name, Slot
from marx.program.scopes import bound_names
from marx.program.seeded import drawn
from marx.program.unfold import Unfolded, replaced

if TYPE_CHECKING:
    from marx.program.elements import Elements


Headed = ast.For | ast.While | ast.If | ast.With | ast.Match
"""Compound statements of which the fold may have the head alone."""


@dataclass(slots=True)
class Found:
    """What splitting one body came to. Of `lists` each round has its own element only (elements.py), and reads it of
    those `loaded`; `in_step`: the loop goes over such a list."""

    slots: list[Slot] = field(default_factory=list)
    body: list[ast.stmt] = field(default_factory=list)
    loops: dict[ast.AST, int] = field(default_factory=dict)
    effects: Effects = field(default_factory=Effects)
    fold: Effects = field(default_factory=Effects)
    blockers: list[Cause] = field(default_factory=list)
    refusal: Cause | None = None
    bound: frozenset[str] = frozenset()
    shares: bool = False
    lists: frozenset[Name] = frozenset()
    loaded: frozenset[Name] = frozenset()
    in_step: bool = False


@dataclass(slots=True)
class Piece:
    """The effects of one node as part of the map slice (`mapped`) and as part of the fold (`folded`)."""

    mapped: Effects
    folded: Effects
    touched: set[Root]
    touched_in_fold: set[Root]
    value: set[Root]


@dataclass(frozen=True, slots=True)
class Where:
    """The position of a node's outermost statement in the body, and whether loops of the body repeat the node."""

    top: int
    looped: bool


class Pieces:
    """The body of one region: statements, or for comprehensions expression nodes wrapped in statements."""

    def __init__(
        self,
        interpreter: Interpreter,
        place: Place,
        loop: Unfolded,
        loads: Counter[str] | None = None,
        elements: Elements | None = None,
    ) -> None:
        """`loads` counts the reads of each name in the whole scope (None: every name may be looked at from
        anywhere); `elements` are taken for each round's own."""
        self.interpreter = interpreter
        self.body = list(loop.body)
        self.targets = set(bound_names(loop.target))
        self.bound = may_bind(loop.body) | self.targets
        self.module_level = place.function is None
        self.module = place.module
        self.node = place.node
        self._place = place
        self._loop = loop
        self._loads = loads
        self._consumer = loop.consumer
        self._elements = elements
        self.lists: frozenset[Name] = frozenset()
        self._mapped = self._frame(place, carried=False)
        self._folded = self._frame(place, carried=True)
        self._pieces: dict[ast.AST, Piece] = {}
        self._in_fold: dict[ast.AST, Cause] = {s: Cause("MX000", s.lineno, "stays in the driver") for s in loop.fold}
        self._heads: dict[ast.AST, ast.stmt] = {}
        self._order: list[ast.AST] = []
        self._places: dict[ast.AST, Where] = {}
        self._fold_bound: set[str] = may_bind([loop.consumer]) if loop.consumer is not None else set()
        self._found = Found()
        self._rests: list[ast.AST] = []
        self._read_apart: dict[ast.With, set[int]] = {}
        """Statements of the fold whose files the map slice opens for itself (reopened.py), and the nodes that do."""
        self._read_here: set[ast.With] = set()
        """Those for which that cannot be."""
        self._perhaps: set[ast.stmt] = set()
        """Statements that the map slice comes to where the fold may not."""
        self._may_draw = True
        """Whether parts that seed a shared generator for themselves may move."""

    def _frame(self, place: Place, carried: bool) -> Frame:
        module, function = place.module, place.function
        frame = Frame.of_region(self.interpreter, module, function, set(self.bound))
        frame.outer_targets = place.outer_targets
        frame.elements = self._elements
        for name in self._elements.names if self._elements is not None else ():
            self.lists |= names_of(frame.name(name, place.node))
        if carried:
            for name in self.bound - self.targets:
                frame.env[name] = {Root("var", name) if function is not None else Root("global", (module.name, name))}
        for _ in range(12):
            before = frame._size()
            frame.assign(self._loop.target, {ITEM})
            frame.statements(self.body)
            if frame._size() == before:
                break
        return frame

    def place(self, node: ast.AST) -> Where:
        """Where a node of the body stands."""
        if not self._places:
            for top, statement in enumerate(self.body):
                _note_places(statement, Where(top, False), self._places)
        return self._places.get(node, Where(len(self.body), True))

    def piece(self, node: ast.AST) -> Piece:
        if node not in self._pieces:
            mapped, touched, value = self._effects(self._mapped, node)
            folded, touched_in_fold, _ = self._effects(self._folded, node)
            self._pieces[node] = Piece(mapped, folded, touched, touched_in_fold, value)
        return self._pieces[node]

    @staticmethod
    def _effects(frame: Frame, node: ast.AST) -> tuple[Effects, set[Root], set[Root]]:
        """(effects, what is used, what the value or the names bound may reach) of a node."""
        frame.effects, frame.touched = Effects(), set()
        frame.seeded = frame.seeded_at.get(node, frozenset())
        if isinstance(node, ast.expr):
            value = frame.expr(node)
        else:
            assert isinstance(node, ast.stmt)
            frame.statement(node)
            value = set().union(*(frame.env.get(name, ()) for name in may_bind([node])))
        return frame.effects, frame.reachable(frame.touched), frame.reachable(value)

    def fold_pieces(self, node: ast.AST) -> list[Piece]:
        """What a node of the fold does itself; the statements inside a compound one answer for themselves."""
        return [self.piece(part) for part in self.fold_parts(node)]

    def fold_parts(self, node: ast.AST) -> list[ast.AST]:
        """The nodes that these pieces are of."""
        if isinstance(node, ast.Try):
            return [h.type for h in node.handlers if h.type is not None]
        if isinstance(node, Headed) and node is not self._consumer:
            return [self.head(node)]
        return [node]

    @property
    def seeds(self) -> bool:
        """Whether the body itself seeds a generator that others share."""
        return bool(self._mapped.seeded_at)

    def fold_draws(self, slots: Iterable[Slot]) -> bool:
        """Whether the fold draws from generators that others share, beside what these slots do. Where the body seeds
        them, a statement may have one such slot: its values are not evaluated in the order of its text."""
        drawing = [slot.nodes[0] for slot in slots if slot.is_expression and slot.generators]
        for part in (part for node in self._in_fold for part in self.fold_parts(node)):
            if drawn(self.piece(part).folded) is None:
                continue
            inside = [node for node in drawing if holds(part, node)]
            rest = part
            for node in inside:
                rest = replaced(rest, node, ast.copy_location(ast.Constant(None), node))
            self._rests.append(rest)  # objects made are known by the ids of nodes, so these must stay
            if not inside or (self.seeds and len(inside) > 1) or drawn(self._effects(self._folded, rest)[0]):
                return True
        return False

    def follow(self, statement: ast.AST, node: ast.AST) -> None:
        """An expression of a statement draws what follows from what was seeded before that."""
        for frame in (self._mapped, self._folded):
            if statement in frame.seeded_at:
                frame.seeded_at[node] = frame.seeded_at[statement]

    def head(self, node: Headed) -> ast.stmt:
        """`head_of` a node, always the same."""
        if node not in self._heads:
            self._heads[node] = head_of(node)
            self.follow(node, self._heads[node])
        return self._heads[node]


def _note_places(node: ast.AST, place: Where, places: dict[ast.AST, Where]) -> None:
    places.setdefault(node, place)
    repeated = Where(place.top, True)
    for child in children(node):
        loops = isinstance(node, ast.For | ast.While) and not (isinstance(node, ast.For) and child is node.iter)
        _note_places(child, repeated if loops else place, places)


def own_binds(node: ast.AST) -> set[str]:
    """Names that a statement of the fold binds itself; nested statements answer for themselves."""
    if isinstance(node, ast.For):
        return set(bound_names(node.target))
    if isinstance(node, ast.With):
        return {n for i in node.items if i.optional_vars is not None for n in bound_names(i.optional_vars)}
    if isinstance(node, ast.Try):
        return {h.name for h in node.handlers if h.name}
    if isinstance(node, ast.If | ast.While):
        return may_bind([node.test])
    if isinstance(node, ast.Match):
        return may_bind([head_of(node)])
    return may_bind([node])


def head_of(node: Headed) -> ast.stmt:
    """A compound statement with nothing inside: what remains is its test, its iteration, its entering and leaving."""
    nothing: list[ast.stmt] = [ast.copy_location(ast.Pass(), node)]
    match node:
        case ast.For():
            return ast.copy_location(ast.For(node.target, node.iter, nothing, [], None), node)
        case ast.With():
            return ast.copy_location(ast.With(node.items, nothing, None), node)
        case ast.Match():
            cases = [ast.match_case(case.pattern, case.guard, nothing) for case in node.cases]
            return ast.copy_location(ast.Match(node.subject, cases), node)
        case _:
            return ast.copy_location(type(node)(node.test, nothing, []), node)
