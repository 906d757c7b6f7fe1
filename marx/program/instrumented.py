"""A region's body with its slots turned into look-ups: each asks whether a chunk delivered the value, and has the
original beside it for the items that nobody computed."""

from __future__ import annotations

import ast

from marx.program.assemble import entry_name
from marx.program.copier import Copier, place
from marx.program.plan import Region, Slot
from marx.program.scopes import COMPREHENSIONS


class Instrumented(Copier):
    """Copies a region's body with its slots turned into look-ups. Regions inside of it are left as they are."""

    def __init__(self, region: Region) -> None:
        self.region = region
        self.starts = {id(slot.nodes[0]): slot for slot in region.slots if not slot.is_expression}
        self.expressions = {id(slot.nodes[0]): slot for slot in region.slots if slot.is_expression}

    def call(self, point: str, like: ast.AST, *arguments: ast.expr | int | str) -> ast.expr:
        given = [ast.Constant(a) if isinstance(a, int | str) else a for a in arguments]
        made = ast.Call(ast.Constant(entry_name(point, self.region.site)), given, [])
        for part in (made.func, *given):
            if not hasattr(part, "lineno"):
                ast.copy_location(part, like)
        return ast.copy_location(made, like)

    def site(self, like: ast.AST) -> ast.expr:
        """The region's site itself."""
        return ast.copy_location(ast.Constant(entry_name("site", self.region.site)), like)

    def node(self, node: ast.AST) -> ast.AST:
        made = super().node(node)
        if not isinstance(made, ast.expr):
            return made
        slot = self.expressions.get(id(node))
        if slot is not None:
            return self._look_up(slot, node, made)
        loop = self.region.loops.get(id(node))
        return made if loop is None else self.call("count", node, loop, made)

    def _look_up(self, slot: Slot, node: ast.AST, original: ast.expr) -> ast.expr:
        """One expression's value, or the expression."""
        look: ast.expr = ast.IfExp(
            self.call("ready", node, slot.number),
            self.call("value", node, slot.number),
            self.call("done", node, original),
        )
        if self.region.shape in ("set", "dict"):  # one loop for all items: only where look-ups are asked for
            asked = ast.Attribute(ast.Constant(entry_name("look_ups", self.region.site)), "on", ast.Load())
            plain = super().node(node)
            assert isinstance(plain, ast.expr)
            look = ast.IfExp(asked, look, plain)
        place(look, node)
        return look

    def body(self, statements: list[ast.stmt]) -> list[ast.stmt]:
        made: list[ast.stmt] = []
        skip = 0
        for statement in statements:
            if skip:
                skip -= 1
                continue
            slot = self.starts.get(id(statement))
            if slot is None:
                made.append(self.node(statement))  # type: ignore[arg-type]
            else:
                skip = len(slot.nodes) - 1
                made.append(self._group(slot))
        return made

    def _group(self, slot: Slot) -> ast.stmt:
        like = slot.nodes[0]
        originals = [super(Instrumented, self).node(n) for n in slot.nodes]
        value = self.call("value", like, slot.number)
        look: list[ast.stmt]
        if slot.names:
            targets: ast.expr = ast.Tuple([ast.Name(n, ast.Store()) for n in slot.names], ast.Store())
            if len(slot.names) == 1 and not slot.maybe:
                targets = ast.Name(slot.names[0], ast.Store())
            look = [ast.Assign([targets], value)]
        else:
            look = [ast.Expr(value)]
        for position, name in enumerate(slot.maybe):
            test = self.call("part", like, slot.number, position, 0)
            assign = ast.Assign([ast.Name(name, ast.Store())], self.call("part", like, slot.number, position, 1))
            look.append(ast.If(test, [assign], []))
        done = ast.Expr(self.call("done", like, 0))
        # The original comes first: the order in which a function's text names its variables is the order of `locals()`.
        lacking = ast.UnaryOp(ast.Not(), self.call("ready", like, slot.number))
        made = ast.If(lacking, [*originals, done], look)  # type: ignore[list-item]
        place(made, like)
        return made

    def comprehension(
        self, node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp, first: ast.expr
    ) -> ast.expr:
        made = super().node(node)
        assert isinstance(made, COMPREHENSIONS)
        made.generators[0].iter = first
        return made
