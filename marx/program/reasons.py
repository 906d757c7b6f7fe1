"""Why a part of a loop's body may not move into the map slice: what it does itself, which names it needs, which objects
it shares with the fold."""

from __future__ import annotations

import ast
from dataclasses import replace

from marx.program.effects import ATTRIBUTED_KINDS, LOGGABLE, Cause, Root, in_order, is_memo, names_of
from marx.program.fills import holds
from marx.program.flow import exposed, free, leaves_loop, may_bind, must_bind, preceding
from marx.program.known import text_of
from marx.program.nodes import walk
from marx.program.pieces import Piece, Pieces, own_binds
from marx.program.seeded import SHARED
from marx.program.wording import (
    NUMPY_ONE_EACH,
    ONE_EACH,
    both_ends,
    conflict,
    function_at,
    in_call,
    made_as,
    read_at,
    same_rows,
)

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
_STAYS = Cause("MX000", 0, "stays in the driver")


class Reasons(Pieces):
    """The first reason against moving a node, or None."""

    def reason(self, node: ast.AST, known: frozenset[str]) -> Cause | None:
        return (
            self._own_words(node, self._own_reason(node))
            or self._flow_reason(node, known)
            or self._object_reason(node)
            or self._kept_reason(node)
        )

    def _own_words(self, node: ast.AST, cause: Cause | None) -> Cause | None:
        """The cause, with the name of the function that it stands in if that is not the loop's own, and else with the
        line that reads what is changed."""
        first, last = getattr(self.node, "lineno", 0), getattr(self.node, "end_lineno", 0)
        if cause is None:
            return None
        program, module = self.interpreter.program, cause.module or self.module.name
        if module == self.module.name and first <= cause.line <= last:
            return both_ends(cause, self.node, program)
        function = function_at(cause.line, module, self.piece(node).mapped.callees, program)
        return cause if function is None else in_call(cause, function, program, self.module.name)

    def _own_reason(self, node: ast.AST) -> Cause | None:
        """Why a node cannot move, whatever the rest of the body does."""
        mapped = self.piece(node).mapped
        line = getattr(node, "lineno", 0)
        if mapped.unknown is not None:
            return mapped.unknown
        for flag, cause in mapped.flags.items():
            own = flag in SHARED and self._may_draw and not mapped.memo  # a call that a cache answers seeds nothing
            if flag not in LOGGABLE and flag != "file-touch" and not own:
                return cause
        shared = [self._named(root, cause) for root, cause in mapped.writes.items() if root.kind != "site"]
        if shared:  # roots come out of sets: one program always gets the same reason
            return min(shared, key=lambda cause: (self._carries(cause), cause.line, cause.code, cause.text))
        for root, cause in mapped.soft.items():
            if root.kind not in ("site", "var", "global"):
                return cause
        if mapped.binds:
            return next(iter(mapped.binds.values()))
        for root, cause in mapped.calls.items():
            if root.kind not in ("var", "global") or self._binds(root):
                return cause
        if "out" in mapped.flags and not mapped.heavy:
            return mapped.flags["out"]
        if mapped.memo and mapped.recursive:
            return Cause("MX209", line, "recursion through a cache depends on what was computed before")
        if isinstance(node, ast.stmt) and leaves_loop(node):
            return Cause("MX308", line, "leaves the iteration early")
        for root in in_order(filter(self._binds, mapped.reads)):
            for name in (n.name for n in names_of([root])):
                return Cause(
                    "MX202",
                    line,
                    f"a called function reads `{name}`, which the loop binds",
                    name,
                    f"pass `{name}` as an argument",
                )
        return None

    def _carries(self, cause: Cause) -> int:
        """How sure it is that the next iteration reads what is changed (0: most), by where the loop reads it."""
        lines = read_at(cause.variable, self.node) - {cause.line}
        return 0 if any(line < cause.line for line in lines) else 1 if lines else 2

    def _named(self, root: Root, cause: Cause) -> Cause:
        if root.is_item:
            if made_as(text_of(getattr(self.node, "iter", self.node)), self.interpreter.program) == "rows":
                return same_rows(replace(cause, variable=text_of(self.node.iter)))  # type: ignore[attr-defined]
            return replace(
                cause, code="MX107", text=f"{cause.text}: items are changed in place", fix="return new objects"
            )
        if root.kind == "class":
            what = f"changes `{cause.variable}`" if cause.code == "MX105" and cause.variable else cause.text
            text = f"{what}: state of a class or function that all iterations share"
            return replace(cause, code="MX202", text=text, fix="pass it in, and return its new value")
        if root.kind == "default":
            text = f"{cause.text}: a default value that all calls share"
            return replace(cause, code="MX204", text=text, fix="use a parameter")
        if cause.variable and any(word in cause.text for word in _DRAWING):
            text = f"random state `{cause.variable}` is shared by all iterations"
            made = made_as(cause.variable, self.interpreter.program)
            fix = NUMPY_ONE_EACH if made == "generator" else ONE_EACH
            return replace(cause, code="MX205", text=text, fix=fix)
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
        if names & self.bound - known:
            return self._carried(node, min(names & self.bound - known))
        if isinstance(node, ast.stmt):
            for name in sorted((may_bind([node]) - must_bind([node])) & self._fold_bound):
                if sum(name in own_binds(n) for n in self._order if n not in self._in_fold) > 1:
                    return Cause("MX101", line, f"`{name}` is also set in the ordered part", name)
        return None

    def _carried(self, node: ast.AST, name: str) -> Cause:
        """Why the map slice does not know a name that a node reads: the iteration before has left it, or an ordered
        part of this one sets it, for a reason of its own."""
        before = [s for s in preceding(self.body, node) if name in must_bind([s]) or getattr(s, "name", "") == name]
        if before and self._in_fold.get(before[-1], _STAYS).code != _STAYS.code:
            return self._in_fold[before[-1]]
        line = getattr(node, "lineno", 0)
        binders = [p for p in self._order if isinstance(p, ast.stmt) and name in own_binds(p)]
        written = min((p.lineno for p in binders), default=line)
        read = min((n.lineno for n in walk(node) if isinstance(n, ast.Name) and n.id == name), default=line)
        if isinstance(node, ast.For) and name in free(node.iter):
            text = (
                f"what the inner loop goes over depends on `{name}`, which line {written} sets in the iteration before"
            )
            return Cause("MX305", node.iter.lineno, text, name)
        if any(isinstance(p, ast.With) for p in binders):
            text = f"`{name}` belongs to the `with` of line {written}, which stays in the ordered part"
            return Cause("MX101", read, text, name, "take what is needed out of it first, in a `with` of its own")
        text = f"loop carries a dependence through `{name}`: read at {read}, written at {written} before"
        return Cause("MX101", read, text, name, "compute it from the loop's own item, or split the loop")

    def _object_reason(self, node: ast.AST) -> Cause | None:
        """Why a node cannot move given what the fold changes."""
        piece = self.piece(node)
        position = self._order.index(node) if node in self._order else len(self._order)
        for other in self._in_fold:
            if other is node:
                continue
            earlier = other in self._order and self._order.index(other) < position
            for fold in self.fold_pieces(other):
                own = {id(n) for n in walk(node)} if holds(other, node) else set()
                own = own.union(*self._read_apart.values())
                reason = self._shared_reason(node, piece, other, fold, own)
                reason = reason or _order_reason(node, piece, fold, earlier, own)
                if reason is not None:
                    return reason
        return None

    def _shared_reason(self, node: ast.AST, piece: Piece, other: ast.AST, fold: Piece, own: set[int]) -> Cause | None:
        """Whether a piece of the fold changes an object, or a name, that a node uses. `own` are the parts of the node
        where it is a part of that piece: what these make nobody has had before."""
        used = piece.touched | set(piece.mapped.soft)
        used |= {r for r in piece.mapped.reads if r.kind not in ATTRIBUTED_KINDS}
        for root, cause in fold.folded.writes.items():
            own_object = root.maker in own or ((root.is_item or root.is_element) and self._uses_item_first(node, other))
            whole = root.is_element and bool(self.lists & names_of(used | piece.mapped.reads))
            if whole or (any(root.meets(u) for u in used) and not own_object):
                return conflict(cause, getattr(node, "lineno", 0), self.interpreter.program)
        for root, cause in fold.folded.binds.items():
            if any(root.meets(u) for u in used | piece.mapped.reads):
                return conflict(cause, getattr(node, "lineno", 0), self.interpreter.program)
        return None

    def _uses_item_first(self, node: ast.AST, other: ast.AST) -> bool:
        """Whether a node has used its item before a part of the fold changes that; the driver sees to it that no other
        item is changed with it."""
        if self.place(node).looped:
            return False
        if self.place(node).top < self.place(other).top:
            return True
        value = getattr(other, "value", None)
        if not isinstance(other, ast.Assign | ast.AugAssign | ast.AnnAssign) or value is None or not holds(value, node):
            return False
        return not any(root.is_item for root in self.piece(value).folded.writes)

    def _kept_reason(self, node: ast.AST) -> Cause | None:
        """Why a node cannot move if it uses an object of this iteration that the fold has put into one of its own, and
        may change there."""
        used = {r for r in self.piece(node).touched if r.kind == "site"}
        position = self._order.index(node) if node in self._order else len(self._order)
        for other in list(self._in_fold):
            if other not in self._order or self._order.index(other) >= position:
                continue
            for fold in self.fold_pieces(other):
                holders = {h for h, part in fold.folded.stores if self._folded.reachable((part,)) & used}
                if holders and self._may_change(holders, other):
                    line = getattr(other, "lineno", 0)
                    return Cause("MX105", line, f"line {line} keeps an object that line {node.lineno} uses")  # type: ignore[attr-defined]
        return None

    def _may_change(self, holders: set[Root], keeper: ast.AST) -> bool:
        """Whether the fold, apart from the statement that keeps an object in `holders`, changes something in them."""
        for other in self._in_fold:
            for fold in self.fold_pieces(other) if other is not keeper else []:
                if fold.folded.unknown is not None or fold.folded.calls:
                    return True
                changed = (*fold.folded.writes, *fold.folded.soft)
                if any(r.depth and r.meets(h) for r in changed for h in holders):
                    return True
        return False


def _order_reason(node: ast.AST, piece: Piece, fold: Piece, earlier: bool, own: set[int]) -> Cause | None:
    """Whether a node has to come after a piece of the fold (`earlier`: that stands before it), or before it."""
    if any(is_memo(root) for root in fold.folded.writes) and piece.mapped.memo:
        return Cause("MX209", getattr(node, "lineno", 0), "the ordered part changes what a cache holds")
    changed = [root for root in piece.mapped.writes if root.maker not in own]
    if earlier and any(root.meets(t) for root in changed for t in fold.touched_in_fold):
        return Cause("MX101", getattr(node, "lineno", 0), "changes an object that the ordered part has used before")
    files = fold.folded.flags.get("file-write") or fold.folded.flags.get("file-touch")
    if files is not None and "file-read" in piece.mapped.flags:
        text = "files are written and read in the same loop"
        return replace(files, code="MX210", text=text, variable="", fix="collect, and write after the loop")
    return None
