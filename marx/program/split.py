"""Splits the body of one region into its map slice (moves to chunks) and its ordered fold (stays in the driver).

A *piece* is one statement of the body. Every piece starts as part of the map slice and is moved to the fold as soon
as there is a reason: an effect that others could see, a name or an object that the fold changes, control flow that
leaves the iteration. Pieces that stay give statement slots; from the others, heavy pure sub-expressions give
expression slots. Moving a piece to the fold may move further ones, so this repeats until nothing moves."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Sequence

from marx.program.effects import SHARED_KINDS, Cause, Effects, is_memo
from marx.program.fills import (
    apart,
    call_name,
    candidates,
    counter_name,
    fill,
    hold,
    holds,
    if_set,
    is_conditional,
    unset,
)
from marx.program.flow import leaves_loop, may_bind, must_bind
from marx.program.nodes import children, walk
from marx.program.pieces import Found, own_binds
from marx.program.plan import Slot
from marx.program.reopened import files_of, mentions, used_by_one
from marx.program.scopes import bound_names
from marx.program.seeded import drawn, generators
from marx.program.telling import telling
from marx.program.twins import Twins

FOLD_REFUSALS = ("dynamic", "ambient")
"""Effects in the fold that could change what the map slice computes in ways that cannot be followed."""


class Splitter(Twins):
    """Splits one loop body."""

    def run(self) -> Found:
        """Repeats the walk until no further piece moves to the fold, then builds the slots."""
        self._order = [n for s in self.body for n in walk(s) if isinstance(n, ast.stmt)]
        while True:
            before = len(self._in_fold), len(self._read_here), len(self._perhaps)
            self._found = Found()
            self._blocked: dict[ast.AST, Cause] = {}
            self._found.body = self._walk(self.body, frozenset(self.targets), (), True)
            if (len(self._in_fold), len(self._read_here), len(self._perhaps)) != before:
                continue
            if not any(slot.generators for slot in self._found.slots) or not self.fold_draws(self._found.slots):
                break
            self._may_draw = False
        self._finish()
        return self._found

    def _to_fold(self, node: ast.stmt, cause: Cause) -> None:
        if node not in self._in_fold:
            self._in_fold[node] = cause
            self._fold_bound |= own_binds(node)

    def _walk(
        self, body: Sequence[ast.stmt], known: frozenset[str], loops: tuple[int, ...], groups: bool
    ) -> list[ast.stmt]:
        """The map slice of a statement list. `groups`: whether whole statements may move here, or only expressions."""
        if not groups:
            self._perhaps.update(body)
        made: list[ast.stmt] = []
        group: list[ast.stmt] = []
        before = known
        for node in body:
            reason = self._in_fold.get(node)
            if reason is None:
                reason = (
                    self.reason(node, known)
                    if groups
                    else Cause("MX308", node.lineno, "runs only under a condition of the fold")
                )
                reason = reason or self._changes_older(node, group)
            if reason is None:
                group.append(node)
                known = known | must_bind([node])
                continue
            self._to_fold(node, reason)
            made += self._close_group(group, loops, before)
            group = []
            made += self._fold_piece(node, known, loops, groups)
            before = known = known - self._binds_of_fold(node)
        return made + self._close_group(group, loops, before)

    def _changes_older(self, node: ast.stmt, group: list[ast.stmt]) -> Cause | None:
        """A statement that changes an object made before its slot cannot move: the driver has an object of its own by
        then."""
        own = {id(n) for s in (*group, node) for n in walk(s)}.union(*self._read_apart.values())
        for root, cause in self.piece(node).mapped.writes.items():
            if root.kind == "site" and root.maker not in own:
                return cause
        return None

    def _binds_of_fold(self, node: ast.stmt) -> set[str]:
        """The names of which the map slice may not know the value after a statement: what the fold sets, and what the
        map slice sets where the fold may not come to."""
        statements = [n for n in walk(node) if isinstance(n, ast.stmt)]
        names = {name for n in statements if n in self._in_fold for name in own_binds(n)}
        return names.union(*(may_bind([n]) for n in statements if n in self._perhaps))

    def _close_group(self, group: list[ast.stmt], loops: tuple[int, ...], known: frozenset[str]) -> list[ast.stmt]:
        """Consecutive pieces of the map slice become one slot, if they are work; light ones run in both places. `known`
        are the names that it knows before them."""
        if not group:
            return []
        for node in group:
            self._merge(self.piece(node).mapped)
        if not any(map(self._is_work, group)):
            return list(group)
        names = may_bind(group) if self._loads is None else may_bind(group) & self._loaded_outside(group)
        for place, node in enumerate(group):
            if names.isdisjoint(may_bind([node])) and not self.changed(node):
                continue
            if self._is_work(node):
                cause = self.parted(node, group)
                if cause is not None:
                    self._to_fold(node, cause)
                    return list(group)
            elif self.twins(node, group) and not self.is_changed(node, group):
                made = self._close_group(group[:place], loops, known)
                return [
                    *made,
                    node,
                    *self._close_group(group[place + 1 :], loops, known | must_bind(group[: place + 1])),
                ]
        return self._group_slot(group, names, loops, known)

    def _is_work(self, node: ast.stmt) -> bool:
        mapped = self.piece(node).mapped
        return mapped.heavy or "out" in mapped.flags

    def _group_slot(
        self, group: list[ast.stmt], names: set[str], loops: tuple[int, ...], known: frozenset[str]
    ) -> list[ast.stmt]:
        """The map slice of statements that give back the values of `names`."""
        self._note_shared(group)
        sure = must_bind(group)
        slot = Slot(
            len(self._found.slots),
            tuple(group),
            tuple(sorted(names & sure)),
            tuple(sorted(names - sure)),
            loops,
            ast.unparse(next((n for n in group if self.piece(n).mapped.heavy), group[0])),
            self._generators(group),
        )
        values: list[ast.expr] = [ast.Name(n, ast.Load()) for n in slot.names]
        values += map(if_set, slot.maybe)
        parts = values[0] if len(slot.names) == 1 and not slot.maybe else ast.Tuple(values, ast.Load())
        before = [unset(n, n in known) for n in slot.maybe]
        giving = [n for n in group if not names.isdisjoint(may_bind([n])) or self.changed(n)]
        if held := self.holders(giving, group):
            before.insert(0, hold(slot.number, held))
            parts = apart(slot.number, parts)
        self._found.slots.append(slot)
        before = [ast.fix_missing_locations(ast.copy_location(n, group[0])) for n in before]
        return [*before, *group, fill(slot, self._with_states(slot, parts), group[0])]

    def _generators(self, nodes: Iterable[ast.AST]) -> tuple[str, ...]:
        """The modules whose shared generators a slot leaves in another state."""
        return tuple(sorted({name for node in nodes for name in generators(self.piece(node).mapped)}))

    def _with_states(self, slot: Slot, value: ast.expr) -> ast.expr:
        """A slot's value, and with it those states. Where every slot seeds for itself, each begins anew: one inside of
        an expression may stand where the driver does not come to."""
        if not slot.generators:
            return value
        states = call_name(".states", ast.Constant(not self.seeds))
        return ast.Tuple([value, states], ast.Load())

    def _loaded_outside(self, group: Sequence[ast.stmt]) -> set[str]:
        """Names that something outside of the group may read."""
        assert self._loads is not None
        inside = Counter(
            n.id for s in group for n in walk(s) if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Store)
        )
        return {name for name, count in self._loads.items() if count > inside[name]}

    def _fold_piece(
        self, node: ast.stmt, known: frozenset[str], loops: tuple[int, ...], groups: bool
    ) -> list[ast.stmt]:
        """What of a piece of the fold can still move: expressions, and parts of compound statements."""
        match node:
            case _ if node is self._consumer:
                return []
            case ast.For(target=ast.Name() | ast.Tuple()) if self._may_steer(node.iter, known) and self._plain_target(
                node.target
            ):
                return self._inner_loop(node, known, loops)
            case ast.If():
                return self._branch(node, known, loops, groups)
            case ast.Match():
                return self._cases(node, known, loops, groups)
            case ast.With() if files := self._files_apart(node, known):
                return self._reopened(node, files, known, loops, groups)
            case ast.With() | ast.Try():
                made = []
                if isinstance(node, ast.With):
                    made += self._expressions([i.context_expr for i in node.items], known, loops)
                if isinstance(node, ast.Try):
                    self._all_to_fold(node, [*node.handlers, *node.orelse, *node.finalbody])
                inner = known - self._binds_of_fold(node)
                return made + self._walk(node.body, inner, loops, False)
            case ast.For() | ast.While() | ast.FunctionDef() | ast.ClassDef() | ast.AsyncFor() | ast.AsyncWith():
                self._all_to_fold(node, children(node))
                return []
            case _:
                return self._expressions([node], known, loops, groups)

    def _all_to_fold(self, node: ast.stmt, parts: Iterable[ast.AST]) -> None:
        """Puts every statement in parts of a statement of the fold there as well."""
        for part in parts:
            for inner in walk(part):
                if isinstance(inner, ast.stmt):
                    self._to_fold(inner, self._in_fold[node])

    @staticmethod
    def _plain_target(target: ast.expr) -> bool:
        return all(isinstance(n, ast.Name | ast.Tuple) for n in walk(target))

    def _may_steer(self, node: ast.expr, known: frozenset[str]) -> bool:
        """Whether the map slice can evaluate a test or an inner iterable itself, with the same result."""
        flags = self.piece(node).mapped.flags
        return not flags and self.reason(node, known) is None

    def _inner_loop(self, node: ast.For, known: frozenset[str], loops: tuple[int, ...]) -> list[ast.stmt]:
        number = len(self._found.loops)
        self._found.loops[node.iter] = number
        steered = not any(leaves_loop(s) for s in node.body)
        inner = known - self._binds_of_fold(node) | set(bound_names(node.target))
        if not steered:
            inner -= may_bind(node.body)
        made = self._walk(node.body, inner, (*loops, number), steered)
        if node.orelse:
            self._walk(node.orelse, inner, loops, False)
        if not made:
            return []
        self._merge(self.piece(node.iter).mapped)
        pair = ast.Tuple([ast.Name(counter_name(number), ast.Store()), node.target], ast.Store())
        loop = ast.For(pair, call_name(".enumerate", node.iter), made, [], None)
        return [ast.copy_location(loop, node)]

    def _files_apart(self, node: ast.With, known: frozenset[str]) -> frozenset[str]:
        """The variables of files that the map slice may open for itself; none if it may not."""
        files = files_of(node, self._place) if node not in self._read_here else frozenset()
        head = self.head(node)
        only_reads = files and self.piece(head).mapped.flags.keys() <= {"file-read"}
        return files if only_reads and self.reason(head, known) is None else frozenset()

    def _reopened(
        self, node: ast.With, files: frozenset[str], known: frozenset[str], loops: tuple[int, ...], groups: bool
    ) -> list[ast.stmt]:
        first = len(self._found.slots)
        self._read_apart[node] = {id(n) for item in node.items for n in walk(item)}
        made = self._walk(node.body, known - self._binds_of_fold(node) | files, loops, groups)
        if not mentions(files, made):
            return made
        if not used_by_one(files, node.body, self._found.slots[first:], loops):
            del self._read_apart[node]
            self._read_here.add(node)
            return []
        self._merge(self.piece(self.head(node)).mapped)
        return [ast.fix_missing_locations(ast.copy_location(ast.With(node.items, made), node))]

    def _branch(self, node: ast.If, known: frozenset[str], loops: tuple[int, ...], groups: bool) -> list[ast.stmt]:
        if not groups or not self._may_steer(node.test, known):
            made = self._expressions([node.test], known, loops)
            inner = known - self._binds_of_fold(node)
            made += self._walk(node.body, inner, loops, False)
            return made + self._walk(node.orelse, inner - may_bind(node.body), loops, False)
        first = self._walk(node.body, known, loops, True)
        second = self._walk(node.orelse, known, loops, True)
        made = self._expressions([node.test], known, loops)
        if not first and not second:
            return made
        self._merge(self.piece(node.test).mapped)
        branch = ast.If(node.test, first or [ast.Pass()], second)
        return [*made, ast.fix_missing_locations(ast.copy_location(branch, node))]

    def _cases(self, node: ast.Match, known: frozenset[str], loops: tuple[int, ...], groups: bool) -> list[ast.stmt]:
        head = self.head(node)
        steered = groups and not self.piece(head).mapped.flags and self.reason(head, known) is None
        made = self._expressions([node.subject], known, loops)
        inner = known - self._binds_of_fold(node)
        walked: list[list[ast.stmt]] = []
        for case in node.cases:
            names = frozenset(bound_names(case.pattern)) if steered else frozenset()
            walked.append(self._walk(case.body, inner | names, loops, steered))
            if not steered:
                inner -= may_bind(case.body)
        if not steered:
            return made + [statement for body in walked for statement in body]
        if not any(walked):
            return made
        self._merge(self.piece(head).mapped)
        cases = [ast.match_case(c.pattern, c.guard, b or [ast.Pass()]) for c, b in zip(node.cases, walked, strict=True)]
        return [*made, ast.fix_missing_locations(ast.copy_location(ast.Match(node.subject, cases), node))]

    def _expressions(
        self, roots: Iterable[ast.AST], known: frozenset[str], loops: tuple[int, ...], certain: bool = False
    ) -> list[ast.stmt]:
        """Slots for the largest heavy sub-expressions that can move. `certain`: the map slice comes to the roots only
        if the fold does."""
        made: list[ast.stmt] = []
        for root in roots:
            for node in candidates(root):
                self.follow(root, node)
                if not self._may_be_slot(node, known, certain and not is_conditional(root, node)):
                    continue
                self._merge(self.piece(node).mapped)
                self._note_shared([node])
                slot = Slot(len(self._found.slots), (node,), (), (), loops, ast.unparse(node), self._generators([node]))
                value = node
                if held := self.holders([node], [node]):
                    made.append(ast.fix_missing_locations(ast.copy_location(hold(slot.number, held), node)))
                    value = apart(slot.number, node)
                self._found.slots.append(slot)
                made.append(fill(slot, self._with_states(slot, value), node))
        return made

    def _may_be_slot(self, node: ast.expr, known: frozenset[str], certain: bool) -> bool:
        if any(s.is_expression and holds(s.nodes[0], node) for s in self._found.slots):
            return False
        if self._loop.whole not in (None, node):
            return False
        if not self.piece(node).mapped.heavy or isinstance(node, ast.GeneratorExp | ast.Lambda | ast.NamedExpr):
            return False
        if any(isinstance(n, ast.NamedExpr | ast.Yield | ast.YieldFrom | ast.Await) for n in walk(node)):
            return False
        if self.seeds and not certain and drawn(self.piece(node).mapped) is not None:
            return False
        reason = self.reason(node, known) or self.parted(node, [node])
        if reason is not None:
            self._blocked[node] = reason
        return reason is None

    def _note_shared(self, nodes: Iterable[ast.AST]) -> None:
        """A cache hands one object to several items: only what cannot be changed may come back from chunks then."""
        self._found.shares |= any(is_memo(root) for node in nodes for root in self.piece(node).value)

    # --- the result -------------------------------------------------------------------------------------------------

    def _merge(self, effects: Effects) -> None:
        into = self._found.effects
        into.take_names(effects)
        into.take_flags(effects.flags)
        into.reads |= effects.reads
        for root, cause in effects.soft.items():
            into.soft.setdefault(root, cause)
        for root, cause in effects.calls.items():
            into.calls.setdefault(root, cause)

    def _finish(self) -> None:
        found = self._found
        found.bound = frozenset(self.bound)
        kept, carried = dict(self._blocked), []
        for node, cause in self._in_fold.items():
            if cause.code != "MX000" and self.piece(node).mapped.heavy:
                kept[node] = cause
            elif cause.code == "MX101":
                carried.append(cause)
            for piece in self.fold_pieces(node):
                _add_fold(found.fold, piece.folded)
        found.blockers = telling(kept) or carried
        for root in found.effects.calls:
            found.fold.calls.pop(root, None)  # the driver sees to it that this function is pure
        for flag in FOLD_REFUSALS:
            if flag in found.fold.flags:
                found.refusal = found.fold.flags[flag]


def _add_fold(fold: Effects, effects: Effects) -> None:
    for root, cause in [*effects.writes.items(), *effects.soft.items(), *effects.binds.items()]:
        if root.kind in SHARED_KINDS:
            fold.writes.setdefault(root, cause)
    for root, cause in effects.calls.items():
        fold.calls.setdefault(root, cause)
    fold.take_names(effects)
    fold.take_flags(effects.flags)
