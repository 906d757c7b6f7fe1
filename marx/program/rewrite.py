"""Writes the program that the driver runs: the original with each region's map slice turned into a look-up in place.

    for T in IT:            for T in LOOP(IT):
        x = heavy(T)            if not READY(0): x = heavy(T); DONE()
        total += x              else:            x, = VALUE(0)
                                total += x
                            else:
                                for T in REST():        # the original body, for what LOOP left
                                    x = heavy(T)
                                    total += x

LOOP ends early when the region is not worth it; REST then goes on with the same iterator. A region without others in
it, which may be entered a million times, stands beside its original: once it is known to be not worth it, to ask
whether it is costs next to nothing.

The entry points are string constants that `assemble.py` replaces in the compiled code by the driver's functions, so no
name is added to any namespace. Original nodes are never changed: everything written is a copy with the original's
position."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from marx.program.copier import Copier, place
from marx.program.instrumented import Instrumented
from marx.program.nodes import walk
from marx.program.plan import Plan, Region
from marx.program.scopes import COMPREHENSIONS


def rewrite(tree: ast.Module, plan: Plan) -> ast.Module:
    """The driver's tree. `plan` must have been made from this very tree."""
    regions = {id(region.node): region for region in plan.regions}
    made = _Writer(regions).node(tree)
    assert isinstance(made, ast.Module)
    return made


class _Writer(Copier):
    """Copies a tree; where a node is a region it writes both forms of it."""

    def __init__(self, regions: Mapping[int, Region]) -> None:
        self.regions = regions

    def node(self, node: ast.AST) -> ast.AST:
        region = self.regions.get(id(node))
        if region is None:
            return super().node(node)
        inner = Instrumented(region)
        made = self._region(region, inner)
        if any(id(part) in self.regions for part in walk(node) if part is not node):
            return made
        watched = ast.Attribute(inner.site(node), "watched_yet", ast.Load())
        choice: ast.stmt | ast.expr
        if isinstance(made, ast.stmt):
            choice = ast.If(watched, [made], [super().node(node)])  # type: ignore[list-item]
        else:
            choice = ast.IfExp(watched, made, super().node(node))  # type: ignore[arg-type]
        place(choice, node)
        return choice

    def _region(self, region: Region, inner: Instrumented) -> ast.AST:
        node = region.node
        if isinstance(node, ast.For):
            return self._for(region, node, inner)
        if isinstance(node, ast.While):
            return self._counted(node, inner)
        if isinstance(node, COMPREHENSIONS):
            return self._comprehension(region, inner)
        assert isinstance(node, ast.Call)
        if region.shape == "key":
            return self._ordering(node, inner)
        wrapped = [self._bases(region, a, inner) for a in node.args[1:]]
        return inner.call(region.shape, node, self.expr(node.args[0]), *wrapped)

    def _for(self, region: Region, node: ast.For, inner: Instrumented) -> ast.AST:
        left = inner.call("rest", node.iter)
        rest = ast.For(self.expr(node.target), left, self.body(node.body), self.body(node.orelse), None)
        ast.copy_location(rest, node)
        watched = self._loop(region, node.iter, inner)
        first = ast.For(inner.expr(node.target), watched, inner.body(node.body), [rest], node.type_comment)
        return ast.copy_location(first, node)

    def _counted(self, node: ast.While, inner: Instrumented) -> ast.AST:
        """A `while` loop tells its variables before each round; when nobody listens the loop goes on as written.

        `with` sees to it that the end of the loop is noticed, however it ends."""
        assert inner.region.control is not None
        values: list[ast.expr] = [ast.copy_location(ast.Name(n, ast.Load()), node) for n in inner.region.control.names]
        told = values[0] if len(values) == 1 else ast.copy_location(ast.Tuple(values, ast.Load()), node)
        test = ast.copy_location(ast.BoolOp(ast.And(), [self.expr(node.test), inner.call("tick", node, told)]), node)
        rest = ast.copy_location(ast.While(self.expr(node.test), self.body(node.body), self.body(node.orelse)), node)
        first = ast.copy_location(ast.While(test, inner.body(node.body), [rest]), node)
        return ast.copy_location(ast.With([ast.withitem(inner.call("rounds", node), None)], [first], None), node)

    def _ordering(self, node: ast.Call, inner: Instrumented) -> ast.AST:
        """`sorted(xs, key=f)` with `xs` shown to the driver and `f` in its hands; so `xs.sort(key=f)`."""
        func, args = self.expr(node.func), [self.expr(a) for a in node.args]
        if isinstance(func, ast.Attribute) and not args:
            func.value = inner.call("keybase", func.value, func.value)
        else:
            args[0] = inner.call("keybase", args[0], args[0])
        keywords = []
        for given in node.keywords:
            value = self.expr(given.value)
            value = inner.call("keyed", value, value) if given.arg == "key" else value
            keywords.append(ast.copy_location(ast.keyword(given.arg, value), given))
        return ast.copy_location(ast.Call(func, args, keywords), node)

    def _comprehension(self, region: Region, inner: Instrumented) -> ast.AST:
        node = region.node
        assert isinstance(node, COMPREHENSIONS)
        first = inner.comprehension(node, self._loop(region, node.generators[0].iter, inner))
        if isinstance(node, ast.SetComp | ast.DictComp):
            return first
        plain = _Writer({k: v for k, v in self.regions.items() if k != id(node)})
        rest = plain.node(node)
        assert isinstance(rest, ast.ListComp | ast.GeneratorExp)
        point = "later" if isinstance(node, ast.GeneratorExp) else "rest"
        rest.generators[0].iter = inner.call(point, node.generators[0].iter)
        if isinstance(node, ast.GeneratorExp):
            return inner.call("chain", node, first, rest)
        parts: list[ast.expr] = [ast.copy_location(ast.Starred(part, ast.Load()), node) for part in (first, rest)]
        return ast.copy_location(ast.List(parts, ast.Load()), node)

    def _loop(self, region: Region, iterated: ast.expr, inner: Instrumented) -> ast.expr:
        point = "whole" if region.shape in ("set", "dict") else "loop"
        return inner.call(point, iterated, self._bases(region, iterated, inner))

    def _bases(self, region: Region, node: ast.expr, inner: Instrumented) -> ast.expr:
        """The iterable expression with its leaves wrapped, so that the driver sees their objects."""
        if id(node) in region.bases:
            return inner.call("base", node, self.expr(node))
        if isinstance(node, ast.Call):
            made = ast.Call(
                self.expr(node.func),
                [self._bases(region, a, inner) for a in node.args],
                [self.node(k) for k in node.keywords],  # type: ignore[misc]
            )
            return ast.copy_location(made, node)
        return self.expr(node)
