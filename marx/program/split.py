"""Splits the body of one region into its map slice (moves to chunks) and its ordered fold (stays in the driver).

A *piece* is one statement of the body. Every piece starts as part of the map slice and is moved to the fold as soon
as there is a reason: an effect that others could see, a name or an object that the fold changes, control flow that
leaves the iteration. Pieces that stay give statement slots; from the others, heavy pure sub-expressions give
expression slots. Moving a piece to the fold may move further ones, so this repeats until nothing moves."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from marx.program.effects import SHARED_KINDS, Cause, Effects, Kind, Root
from marx.program.flow import exposed, free, leaves_loop, may_bind, must_bind
from marx.program.interpret import Frame, Interpreter
from marx.program.plan import Guards, Name, Slot
from marx.program.scopes import COMPREHENSIONS, FUNCTIONS, FunctionInfo, ModuleInfo, bound_names

ITEM = Root("var", ".item")
"""The object that the loop hands to the body."""
LOGGABLE = frozenset({"out", "file-read"})
"""Effects that a map slice may have: its output is kept with the item, and files of the job are the same everywhere."""
FOLD_REFUSALS = ("dynamic", "ambient")
"""Effects in the fold that could change what the map slice computes in ways that cannot be followed."""


@dataclass(slots=True)
class Found:
    """What splitting one body came to."""

    slots: list[Slot] = field(default_factory=list)
    body: list[ast.stmt] = field(default_factory=list)
    loops: dict[ast.AST, int] = field(default_factory=dict)
    effects: Effects = field(default_factory=Effects)
    fold: Effects = field(default_factory=Effects)
    blockers: list[Cause] = field(default_factory=list)
    refusal: Cause | None = None
    bound: frozenset[str] = frozenset()
    shares: bool = False


_Object = tuple[Kind, object]


@dataclass(slots=True)
class _Piece:
    """The effects of one node as part of the map slice (`mapped`) and as part of the fold (`folded`)."""

    mapped: Effects
    folded: Effects
    touched: set[Root]
    touched_in_fold: set[Root]
    value: set[Root]


class Splitter:
    """Splits one loop body. `nodes` are statements, or for comprehensions the expression nodes that stand for them."""

    def __init__(
        self,
        interpreter: Interpreter,
        module: ModuleInfo,
        function: FunctionInfo | None,
        target: ast.expr | None,
        body: Sequence[ast.stmt],
        outer_targets: frozenset[str] = frozenset(),
        loads: Counter[str] | None = None,
        fold: Iterable[ast.stmt] = (),
        consumer: ast.stmt | None = None,
    ) -> None:
        """`loads` counts the reads of each name in the whole scope (None: every name may be looked at from anywhere);
        statements in `fold` only stand for parts of an expression and stay in the fold; `consumer` is one that stands
        for the call that uses the items up, of which no chunk runs any part."""
        self.interpreter = interpreter
        self.body = list(body)
        self.targets = set(bound_names(target)) if target is not None else set()
        self.bound = may_bind(body) | self.targets
        self.module_level = function is None
        self.module = module
        self._loads = loads
        self._consumer = consumer
        self._mapped = self._frame(module, function, target, outer_targets, carried=False)
        self._folded = self._frame(module, function, target, outer_targets, carried=True)
        self._pieces: dict[ast.AST, _Piece] = {}
        self._in_fold: dict[ast.AST, Cause] = {s: Cause("MX000", s.lineno, "stays in the driver") for s in fold}
        self._heads: dict[ast.AST, ast.stmt] = {}
        self._order: list[ast.AST] = []
        self._fold_bound: set[str] = may_bind([consumer]) if consumer is not None else set()
        self._found = Found()

    def _frame(
        self,
        module: ModuleInfo,
        function: FunctionInfo | None,
        target: ast.expr | None,
        outer: frozenset[str],
        carried: bool,
    ) -> Frame:
        frame = Frame.of_region(self.interpreter, module, function, set(self.bound))
        frame.outer_targets = outer
        if carried:
            for name in self.bound:
                frame.env[name] = {Root("var", name) if function is not None else Root("global", (module.name, name))}
        for _ in range(12):
            before = frame._size()
            if target is not None:
                frame.assign(target, {ITEM})
            frame.statements(self.body)
            if frame._size() == before:
                break
        return frame

    # --- effects of single nodes ------------------------------------------------------------------------------------

    def piece(self, node: ast.AST) -> _Piece:
        if node not in self._pieces:
            mapped, touched, value = self._effects(self._mapped, node)
            folded, touched_in_fold, _ = self._effects(self._folded, node)
            self._pieces[node] = _Piece(mapped, folded, touched, touched_in_fold, value)
        return self._pieces[node]

    @staticmethod
    def _effects(frame: Frame, node: ast.AST) -> tuple[Effects, set[Root], set[Root]]:
        """(effects, what is used, what the value or the names bound may reach) of a node."""
        frame.effects, frame.touched = Effects(), set()
        if isinstance(node, ast.expr):
            value = frame.expr(node)
        else:
            assert isinstance(node, ast.stmt)
            frame.statement(node)
            value = set().union(*(frame.env.get(name, ()) for name in may_bind([node])))
        return frame.effects, frame.reachable(frame.touched), frame.reachable(value)

    # --- may a node move? -------------------------------------------------------------------------------------------

    def _own_reason(self, node: ast.AST) -> Cause | None:
        """Why a node cannot move, whatever the rest of the body does."""
        mapped = self.piece(node).mapped
        line = getattr(node, "lineno", 0)
        if mapped.unknown is not None:
            return mapped.unknown
        for flag, cause in mapped.flags.items():
            if flag not in LOGGABLE and flag != "file-touch":
                return cause
        for root, cause in mapped.writes.items():
            if root.kind != "site":
                return self._named(root, cause)
        for root, cause in mapped.soft.items():
            if root.kind not in ("site", "var", "global"):
                return cause
        if mapped.binds:
            return next(iter(mapped.binds.values()))
        for root, cause in mapped.calls.items():
            if root.depth or root.kind not in ("var", "global") or self._binds(root):
                return cause
        if "out" in mapped.flags and not mapped.heavy:
            return mapped.flags["out"]
        if mapped.memo and mapped.recursive:
            return Cause("MX209", line, "recursion through a cache depends on what was computed before")
        if isinstance(node, ast.stmt) and leaves_loop(node):
            return Cause("MX308", line, "leaves the iteration early")
        for root in filter(self._binds, mapped.reads):
            for name in (n.name for n in names_of([root])):
                return Cause(
                    "MX202",
                    line,
                    f"a called function reads `{name}`, which the loop binds",
                    name,
                    f"pass `{name}` as an argument",
                )
        return None

    @staticmethod
    def _named(root: Root, cause: Cause) -> Cause:
        if root == ITEM or root.inside == ITEM.inside:
            return Cause(
                "MX107", cause.line, f"{cause.text}: items are changed in place", cause.variable, "return new objects"
            )
        if root.kind == "class":
            return Cause(
                "MX202",
                cause.line,
                f"{cause.text}: state of a class or function that all iterations share",
                cause.variable,
            )
        if root.kind == "default":
            return Cause(
                "MX204",
                cause.line,
                f"{cause.text}: a default value that all calls share",
                cause.variable,
                "use a parameter",
            )
        if cause.variable and any(word in cause.text for word in _DRAWING):
            text = f"random state `{cause.variable}` is shared by all iterations"
            return Cause("MX205", cause.line, text, cause.variable, "one generator per item: `random.Random(seed + i)`")
        return cause

    def _binds(self, root: Root) -> bool:
        """Whether the loop binds the variable that a root names."""
        if root.kind == "global" and isinstance(root.key, tuple):
            return self.module_level and root.key[0] == self.module.name and root.key[1] in self.bound
        return root.kind == "var" and root.key in self.bound

    def _flow_reason(self, node: ast.AST, known: frozenset[str]) -> Cause | None:
        """Why a node cannot move given the names that the map slice knows at its place."""
        names = exposed([node]) if isinstance(node, ast.stmt) else free(node)
        line = getattr(node, "lineno", 0)
        for name in sorted(names & self.bound - known):
            written = min(
                (p.lineno for p in self._order if isinstance(p, ast.stmt) and name in may_bind([p])), default=line
            )
            text = f"loop carries a dependence through `{name}`: read at {line}, written at {written} before"
            return Cause("MX101", line, text, name, "compute it from the loop's own item, or split the loop")
        if isinstance(node, ast.stmt):
            for name in sorted((may_bind([node]) - must_bind([node])) & self._fold_bound):
                if sum(name in _own_binds(n) for n in self._order if n not in self._in_fold) > 1:
                    return Cause("MX101", line, f"`{name}` is also set in the ordered part", name)
        return None

    def _object_reason(self, node: ast.AST) -> Cause | None:
        """Why a node cannot move given what the fold changes."""
        piece = self.piece(node)
        touched = {(r.kind, r.key) for r in piece.touched | piece.mapped.reads | set(piece.mapped.soft)}
        changed = {(r.kind, r.key) for r in piece.mapped.writes}
        position = self._order.index(node) if node in self._order else len(self._order)
        for other, _ in self._in_fold.items():
            if other is node:
                continue
            earlier = other in self._order and self._order.index(other) < position
            for fold in self._fold_pieces(other):
                reason = self._meets(node, piece, fold, touched, changed if earlier else set())
                if reason is not None:
                    return reason
        return None

    @staticmethod
    def _meets(
        node: ast.AST, piece: _Piece, fold: _Piece, touched: set[_Object], changed: set[_Object]
    ) -> Cause | None:
        """Whether a piece of the fold changes what a node uses, or has used before what the node changes."""
        for root, cause in [*fold.folded.writes.items(), *fold.folded.binds.items()]:
            if (root.kind, root.key) in touched and root.inside != ITEM.inside:
                return _conflict(cause, node)
        if any(is_memo(root) for root in fold.folded.writes) and piece.mapped.memo:
            return Cause("MX209", getattr(node, "lineno", 0), "the ordered part changes what a cache holds")
        if changed & {(r.kind, r.key) for r in fold.touched_in_fold}:
            return Cause("MX101", getattr(node, "lineno", 0), "changes an object that the ordered part has used before")
        files = fold.folded.flags.get("file-write") or fold.folded.flags.get("file-touch")
        if files is not None and "file-read" in piece.mapped.flags:
            return Cause(
                "MX210",
                files.line,
                "files are written and read in the same loop",
                "",
                "collect, and write after the loop",
            )
        return None

    def _fold_pieces(self, node: ast.AST) -> list[_Piece]:
        """What a node of the fold does itself; the statements inside a compound one answer for themselves."""
        if node is self._consumer:
            return [self.piece(node)]
        if isinstance(node, ast.Try):
            return [self.piece(h.type) for h in node.handlers if h.type is not None]
        if isinstance(node, ast.For | ast.While | ast.If | ast.With):
            if node not in self._heads:
                self._heads[node] = _head(node)
            return [self.piece(self._heads[node])]
        return [self.piece(node)]

    def _reason(self, node: ast.AST, known: frozenset[str]) -> Cause | None:
        return (
            self._own_reason(node)
            or self._flow_reason(node, known)
            or self._object_reason(node)
            or self._kept_reason(node)
        )

    def _kept_reason(self, node: ast.AST) -> Cause | None:
        """Why a node cannot move if it uses an object of this iteration that the fold has put into one of its own, and
        may change there."""
        used = {r for r in self.piece(node).touched if r.kind == "site"}
        position = self._order.index(node) if node in self._order else len(self._order)
        for other in list(self._in_fold):
            if other not in self._order or self._order.index(other) >= position:
                continue
            for fold in self._fold_pieces(other):
                holders = {h for h, part in fold.folded.stores if self._folded.reachable((part,)) & used}
                if holders and self._may_change(holders, other):
                    line = getattr(other, "lineno", 0)
                    return Cause("MX105", line, f"line {line} keeps an object that line {node.lineno} uses")  # type: ignore[attr-defined]
        return None

    def _may_change(self, holders: set[Root], keeper: ast.AST) -> bool:
        """Whether the fold, apart from the statement that keeps an object in `holders`, changes something in them."""
        keys = {(h.kind, h.key) for h in holders}
        for other in self._in_fold:
            for fold in self._fold_pieces(other) if other is not keeper else []:
                if fold.folded.unknown is not None or fold.folded.calls:
                    return True
                if any((r.kind, r.key) in keys and r.depth for r in (*fold.folded.writes, *fold.folded.soft)):
                    return True
        return False

    # --- the walk ---------------------------------------------------------------------------------------------------

    def run(self) -> Found:
        """Repeats the walk until no further piece moves to the fold, then builds the slots."""
        self._order = [n for s in self.body for n in ast.walk(s) if isinstance(n, ast.stmt)]
        while True:
            before = len(self._in_fold)
            self._found = Found()
            self._found.body = self._walk(self.body, frozenset(self.targets), (), True)
            if len(self._in_fold) == before:
                break
        self._finish()
        return self._found

    def _to_fold(self, node: ast.stmt, cause: Cause) -> None:
        if node not in self._in_fold:
            self._in_fold[node] = cause
            self._fold_bound |= _own_binds(node)

    def _walk(
        self, body: Sequence[ast.stmt], known: frozenset[str], loops: tuple[int, ...], groups: bool
    ) -> list[ast.stmt]:
        """The map slice of a statement list. `groups`: whether whole statements may move here, or only expressions."""
        made: list[ast.stmt] = []
        group: list[ast.stmt] = []
        for node in body:
            reason = self._in_fold.get(node)
            if reason is None:
                reason = (
                    self._reason(node, known)
                    if groups
                    else Cause("MX308", node.lineno, "runs only under a condition of the fold")
                )
                reason = reason or self._changes_older(node, group)
            if reason is None:
                group.append(node)
                known = known | must_bind([node])
                continue
            self._to_fold(node, reason)
            made += self._close_group(group, loops)
            group = []
            made += self._fold_piece(node, known, loops, groups)
            known = known - self._binds_of_fold(node)
        return made + self._close_group(group, loops)

    def _changes_older(self, node: ast.stmt, group: list[ast.stmt]) -> Cause | None:
        """A statement that changes an object made before its slot cannot move: the driver has an object of its own by
        then."""
        own = {id(n) for s in (*group, node) for n in ast.walk(s)}
        for root, cause in self.piece(node).mapped.writes.items():
            key = root.key[1] if isinstance(root.key, tuple) and root.key[0] in ("star", "factory") else root.key
            if root.kind == "site" and key not in own:
                return cause
        return None

    def _binds_of_fold(self, node: ast.stmt) -> set[str]:
        return {
            name for n in ast.walk(node) if isinstance(n, ast.stmt) and n in self._in_fold for name in _own_binds(n)
        }

    def _close_group(self, group: list[ast.stmt], loops: tuple[int, ...]) -> list[ast.stmt]:
        """Consecutive pieces of the map slice become one slot, if they are work; light ones run in both places."""
        if not group:
            return []
        heavy = any(self.piece(n).mapped.heavy for n in group)
        copies: list[ast.stmt] = list(group)
        for node in group:
            self._merge(self.piece(node).mapped)
        if not heavy and not any("out" in self.piece(n).mapped.flags for n in group):
            return copies
        self._note_shared(group)
        sure = must_bind(group)
        names = may_bind(group)
        if self._loads is not None:
            names &= self._loaded_outside(group)
        slot = Slot(
            len(self._found.slots),
            tuple(group),
            tuple(sorted(names & sure)),
            tuple(sorted(names - sure)),
            loops,
            ast.unparse(group[0]),
        )
        self._found.slots.append(slot)
        parts: ast.expr = ast.Tuple([ast.Name(n, ast.Load()) for n in slot.names + slot.maybe], ast.Load())
        if len(slot.names) == 1 and not slot.maybe:
            parts = ast.Name(slot.names[0], ast.Load())
        return [*copies, _fill(slot.number, loops, parts, group[0])]

    def _loaded_outside(self, group: Sequence[ast.stmt]) -> set[str]:
        """Names that something outside of the group may read."""
        assert self._loads is not None
        inside = Counter(
            n.id for s in group for n in ast.walk(s) if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Store)
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
            case ast.With() | ast.Try():
                made = []
                if isinstance(node, ast.With):
                    made += self._expressions([i.context_expr for i in node.items], known, loops)
                if isinstance(node, ast.Try):
                    self._all_to_fold(node, [*node.handlers, *node.orelse, *node.finalbody])
                inner = known - self._binds_of_fold(node)
                return made + self._walk(node.body, inner, loops, False)
            case (
                ast.For()
                | ast.While()
                | ast.FunctionDef()
                | ast.ClassDef()
                | ast.Match()
                | ast.AsyncFor()
                | ast.AsyncWith()
            ):
                self._all_to_fold(node, ast.iter_child_nodes(node))
                return []
            case _:
                return self._expressions([node], known, loops)

    def _all_to_fold(self, node: ast.stmt, parts: Iterable[ast.AST]) -> None:
        """Puts every statement in parts of a statement of the fold there as well."""
        for part in parts:
            for inner in ast.walk(part):
                if isinstance(inner, ast.stmt):
                    self._to_fold(inner, self._in_fold[node])

    @staticmethod
    def _plain_target(target: ast.expr) -> bool:
        return all(isinstance(n, ast.Name | ast.Tuple | ast.Store | ast.Load) for n in ast.walk(target))

    def _may_steer(self, node: ast.expr, known: frozenset[str]) -> bool:
        """Whether the map slice can evaluate a test or an inner iterable itself, with the same result."""
        flags = self.piece(node).mapped.flags
        return not flags and self._reason(node, known) is None

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
        pair = ast.Tuple([ast.Name(_counter(number), ast.Store()), node.target], ast.Store())
        loop = ast.For(pair, _call_name(".enumerate", node.iter), made, [], None)
        return [ast.copy_location(loop, node)]

    def _branch(self, node: ast.If, known: frozenset[str], loops: tuple[int, ...], groups: bool) -> list[ast.stmt]:
        if not groups or not self._may_steer(node.test, known):
            made = self._expressions([node.test], known, loops)
            inner = known - self._binds_of_fold(node)
            for part in (node.body, node.orelse):
                made += self._walk(part, inner, loops, False)
            return made
        first = self._walk(node.body, known, loops, True)
        second = self._walk(node.orelse, known, loops, True)
        made = self._expressions([node.test], known, loops)
        if not first and not second:
            return made
        self._merge(self.piece(node.test).mapped)
        branch = ast.If(node.test, first or [ast.Pass()], second)
        return [*made, ast.fix_missing_locations(ast.copy_location(branch, node))]

    def _expressions(self, roots: Iterable[ast.AST], known: frozenset[str], loops: tuple[int, ...]) -> list[ast.stmt]:
        """Slots for the largest heavy sub-expressions that can move."""
        made: list[ast.stmt] = []
        for root in roots:
            for node in _candidates(root):
                if not self._may_be_slot(node, known):
                    continue
                self._merge(self.piece(node).mapped)
                self._note_shared([node])
                slot = Slot(len(self._found.slots), (node,), (), (), loops, ast.unparse(node))
                self._found.slots.append(slot)
                made.append(_fill(slot.number, loops, node, node))
        return made

    def _may_be_slot(self, node: ast.expr, known: frozenset[str]) -> bool:
        if any(s.is_expression and _holds(s.nodes[0], node) for s in self._found.slots):
            return False
        if not self.piece(node).mapped.heavy or isinstance(node, ast.GeneratorExp | ast.Lambda | ast.NamedExpr):
            return False
        if any(isinstance(n, ast.NamedExpr | ast.Yield | ast.YieldFrom | ast.Await) for n in ast.walk(node)):
            return False
        reason = self._reason(node, known)
        if reason is not None:
            self._found.blockers.append(reason)
        return reason is None

    def _note_shared(self, nodes: Iterable[ast.AST]) -> None:
        """A cache hands one object to several items: only what cannot be changed may come back from chunks then."""
        self._found.shares |= any(is_memo(root) for node in nodes for root in self.piece(node).value)

    # --- the result -------------------------------------------------------------------------------------------------

    def _merge(self, effects: Effects) -> None:
        into = self._found.effects
        into.take_names(effects)
        into.reads |= effects.reads
        for root, cause in effects.soft.items():
            into.soft.setdefault(root, cause)
        for root, cause in effects.calls.items():
            into.calls.setdefault(root, cause)

    def _finish(self) -> None:
        found = self._found
        found.bound = frozenset(self.bound)
        reasons: list[Cause] = []
        for node, cause in self._in_fold.items():
            if cause.code != "MX000" and (self.piece(node).mapped.heavy or cause.code == "MX101"):
                reasons.append(cause)
            for piece in self._fold_pieces(node):
                _add_fold(found.fold, piece.folded)
        found.blockers[:0] = reasons
        for root in found.effects.calls:
            found.fold.calls.pop(root, None)  # the driver sees to it that this function is pure
        for flag in FOLD_REFUSALS:
            if flag in found.fold.flags:
                found.refusal = found.fold.flags[flag]


_DRAWING = (
    "random()",
    "randint(",
    "gauss(",
    "choice(",
    "shuffle(",
    "uniform(",
    "randrange(",
    "sample(",
    "normal(",
    "integers(",
)


def is_memo(root: Root) -> bool:
    return root.kind == "global" and isinstance(root.key, tuple) and root.key[0] == "memo"


def _conflict(cause: Cause, node: ast.AST) -> Cause:
    return Cause(cause.code, cause.line, f"{cause.text} and line {getattr(node, 'lineno', 0)} reads it", cause.variable,
                 cause.fix or f"collect results first and change `{cause.variable}` after the loop")  # fmt: skip


def _own_binds(node: ast.AST) -> set[str]:
    """Names that a statement of the fold binds itself; nested statements answer for themselves."""
    if isinstance(node, ast.For):
        return set(bound_names(node.target))
    if isinstance(node, ast.With):
        return {n for i in node.items if i.optional_vars is not None for n in bound_names(i.optional_vars)}
    if isinstance(node, ast.Try):
        return {h.name for h in node.handlers if h.name}
    if isinstance(node, ast.If | ast.While):
        return may_bind([node.test])
    return may_bind([node])


def _head(node: ast.For | ast.While | ast.If | ast.With) -> ast.stmt:
    """A compound statement with nothing inside: what remains is its test, its iteration, its entering and leaving."""
    nothing: list[ast.stmt] = [ast.copy_location(ast.Pass(), node)]
    match node:
        case ast.For():
            return ast.copy_location(ast.For(node.target, node.iter, nothing, [], None), node)
        case ast.With():
            return ast.copy_location(ast.With(node.items, nothing, None), node)
        case _:
            return ast.copy_location(type(node)(node.test, nothing, []), node)


def _add_fold(fold: Effects, effects: Effects) -> None:
    for root, cause in [*effects.writes.items(), *effects.soft.items(), *effects.binds.items()]:
        if root.kind in SHARED_KINDS:
            fold.writes.setdefault(root, cause)
    for root, cause in effects.calls.items():
        fold.calls.setdefault(root, cause)
    fold.take_names(effects)


def _candidates(root: ast.AST) -> Iterable[ast.expr]:
    """Sub-expressions that are evaluated at most once when `root` runs, outermost first."""
    if isinstance(root, FUNCTIONS) or (isinstance(root, ast.stmt) and isinstance(root, ast.FunctionDef | ast.ClassDef)):
        return
    if (
        isinstance(root, ast.expr)
        and isinstance(getattr(root, "ctx", ast.Load()), ast.Load)
        and not isinstance(root, ast.Starred)
    ):
        yield root
    if isinstance(root, COMPREHENSIONS):
        yield from _candidates(root.generators[0].iter)
        return
    for child in ast.iter_child_nodes(root):
        yield from _candidates(child)


def _holds(outer: ast.AST, inner: ast.AST) -> bool:
    return any(node is inner for node in ast.walk(outer))


def _counter(number: int) -> str:
    return f".i{number}"


def _call_name(name: str, argument: ast.expr) -> ast.expr:
    return ast.Call(ast.Name(name, ast.Load()), [argument], [])


def _fill(number: int, loops: tuple[int, ...], value: ast.expr, like: ast.AST) -> ast.stmt:
    """`.s[number] = value`, or inside inner loops `.s[number][counters] = value`."""
    place: ast.expr = ast.Subscript(ast.Name(".s", ast.Load()), ast.Constant(number), ast.Store())
    if loops:
        counters = ast.Tuple([ast.Name(_counter(n), ast.Load()) for n in loops], ast.Load())
        place = ast.Subscript(
            ast.Subscript(ast.Name(".s", ast.Load()), ast.Constant(number), ast.Load()), counters, ast.Store()
        )
    node = ast.Assign([place], value)
    ast.copy_location(node, like)
    return ast.fix_missing_locations(node)


def guards_of(effects: Effects) -> Guards:
    """What must hold on the concrete objects for the effects to be what they were taken for."""
    return Guards(
        frozenset(effects.functions),
        frozenset(effects.classes),
        frozenset(effects.libraries),
        frozenset(effects.builtins),
    )


def names_of(roots: Iterable[Root]) -> frozenset[Name]:
    """The variables behind roots; roots without a variable (sites, code) are left out."""
    found: set[Name] = set()
    for root in roots:
        if root.kind == "var" and root.key != ITEM.key:
            found.add(Name("", str(root.key)))
        elif (
            root.kind == "global"
            and isinstance(root.key, tuple)
            and isinstance(root.key[0], str)
            and root.key[0] != "memo"
        ):
            found.add(Name(root.key[0], str(root.key[1])))
        elif root.kind == "cell" and isinstance(root.key, tuple):
            found.add(Name("", str(root.key[1])))
        elif root.kind == "class" and isinstance(root.key, tuple) and root.key[0] != "function":
            found.add(Name(*root.key))
    return frozenset(found)
