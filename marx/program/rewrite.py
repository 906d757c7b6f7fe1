"""Writes the program that the driver runs: the original with each region's map slice turned into a look-up in place.

    for T in IT:            for T in LOOP(IT):
        x = heavy(T)            if READY(0): x, = VALUE(0)
        total += x              else:        x = heavy(T); DONE()
                                total += x
                            else:
                                for T in REST():        # the original body, for what LOOP left
                                    x = heavy(T)
                                    total += x

LOOP ends early when the region is not worth it; REST then goes on with the same iterator. The entry points are string
constants that `assemble` replaces in the compiled code by the driver's functions, so no name is added to any
namespace. Original nodes are never changed: everything written is a copy with the original's position."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Mapping
from types import CodeType

from marx.program.plan import Plan, Region, Slot
from marx.program.scopes import COMPREHENSIONS


def entry_name(point: str, site: int) -> str:
    """The constant that stands for an entry point until `assemble`."""
    return f"\0marx {point} {site}"


def rewrite(tree: ast.Module, plan: Plan) -> ast.Module:
    """The driver's tree. `plan` must have been made from this very tree."""
    regions = {id(region.node): region for region in plan.regions}
    made = _Writer(regions).node(tree)
    assert isinstance(made, ast.Module)
    return made


def assemble(tree: ast.Module, filename: str, entries: Mapping[str, object]) -> CodeType:
    """Compiles a rewritten tree and puts the entry points in the place of their constants."""
    return _replace(compile_quietly(tree, filename), entries)


def compile_quietly(tree: ast.Module, filename: str, flags: int = 0) -> CodeType:
    """Compiles without the warnings that the program's own compilation has shown.

    `warnings.catch_warnings` would do, but makes the interpreter forget which warnings it has shown already.
    """
    filters = warnings.filters
    warnings.filters = [("ignore", None, Warning, None, 0)]
    try:
        code: CodeType = compile(tree, filename, "exec", flags=flags, dont_inherit=True)
    finally:
        warnings.filters = filters
    return code


def _replace(code: CodeType, entries: Mapping[str, object]) -> CodeType:
    constants: list[object] = []
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            constants.append(_replace(constant, entries))
        elif isinstance(constant, str) and constant in entries:
            constants.append(entries[constant])
        else:
            constants.append(constant)
    return code.replace(co_consts=tuple(constants))


def map_slice(region: Region, parameters: tuple[str, ...]) -> CodeType:
    """The code of a function `(parameters…, .item, .s, .m, .enumerate)` that fills `.s` with one item's slot values.

    Names that only some paths bind start as `.m`, the mark of a missing value.
    """
    start: list[ast.stmt] = []
    target = region.target
    if target is not None and not (isinstance(target, ast.Name) and target.id == ".item"):
        start.append(ast.Assign([_Writer({}).expr(target)], ast.Name(".item", ast.Load())))
    missing = sorted({name for slot in region.slots for name in slot.maybe})
    start += [ast.Assign([ast.Name(name, ast.Store())], ast.Name(".m", ast.Load())) for name in missing]
    names = [*parameters, ".item", ".s", ".m", ".enumerate"]
    arguments = ast.arguments([], [ast.arg(n) for n in names], None, [], [], None, [])
    function = ast.FunctionDef("map_slice", arguments, [*start, *region.body] or [ast.Pass()], [], None, None)
    for node in ast.walk(function):
        if isinstance(node, ast.stmt | ast.expr | ast.arg) and not hasattr(node, "lineno"):
            ast.copy_location(node, region.node)
    code = compile_quietly(ast.Module([ast.fix_missing_locations(function)], []), "<map slice>")
    return next(c for c in code.co_consts if isinstance(c, CodeType))


def control_code(region: Region) -> CodeType:
    """The code of a generator function `(the control's variables, …)` that gives their values round after round. Other
    local variables of the region's scope are globals of it. It changes no object."""
    control = region.control
    assert control is not None
    values: list[ast.expr] = [ast.Name(name, ast.Load()) for name in control.names]
    told = values[0] if len(values) == 1 else ast.Tuple(values, ast.Load())
    writer = _Foreteller({})
    loop = ast.While(writer.expr(control.test), [ast.Expr(ast.Yield(told)), *writer.body(list(control.steps))], [])
    arguments = ast.arguments([], [ast.arg(n) for n in control.names], None, [], [], None, [])
    function = ast.FunctionDef("control", arguments, [loop], [], None, None)
    for part in ast.walk(function):
        if isinstance(part, ast.stmt | ast.expr | ast.arg) and not hasattr(part, "lineno"):
            ast.copy_location(part, region.node)
    code = compile_quietly(ast.Module([ast.fix_missing_locations(function)], []), "<control>")
    return next(c for c in code.co_consts if isinstance(c, CodeType))


class _Writer:
    """Copies a tree; where a node is a region it writes both forms of it."""

    def __init__(self, regions: Mapping[int, Region]) -> None:
        self.regions = regions

    def node(self, node: ast.AST) -> ast.AST:
        region = self.regions.get(id(node))
        if region is not None:
            return self._region(region)
        fields = {name: self._field(value) for name, value in ast.iter_fields(node)}
        return ast.copy_location(type(node)(**fields), node)

    def _field(self, value: object) -> object:
        if isinstance(value, ast.AST):
            return self.node(value)
        if isinstance(value, list):
            if value and isinstance(value[0], ast.stmt):
                return self.body(value)
            return [self.node(v) if isinstance(v, ast.AST) else v for v in value]
        return value

    def body(self, statements: list[ast.stmt]) -> list[ast.stmt]:
        return [self.node(s) for s in statements]  # type: ignore[misc]

    def expr(self, node: ast.expr) -> ast.expr:
        made = self.node(node)
        assert isinstance(made, ast.expr)
        return made

    # --- the forms of a region --------------------------------------------------------------------------------------

    def _region(self, region: Region) -> ast.AST:
        node = region.node
        inner = _Instrumented(region)
        if isinstance(node, ast.For):
            rest = ast.For(
                self.expr(node.target),
                inner.call("rest", node.iter),
                self.body(node.body),
                self.body(node.orelse),
                None,
            )
            ast.copy_location(rest, node)
            first = ast.For(
                inner.expr(node.target),
                self._loop(region, node.iter, inner),
                inner.body(node.body),
                [rest],
                node.type_comment,
            )
            return ast.copy_location(first, node)
        if isinstance(node, ast.While):
            return self._counted(node, inner)
        if isinstance(node, COMPREHENSIONS):
            return self._comprehension(region, inner)
        assert isinstance(node, ast.Call)
        if region.shape == "key":
            return self._ordering(node, inner)
        wrapped = [self._bases(region, a, inner) for a in node.args[1:]]
        return inner.call(region.shape, node, self.expr(node.args[0]), *wrapped)

    def _counted(self, node: ast.While, inner: _Instrumented) -> ast.AST:
        """A `while` loop tells its variables before each round; when nobody listens the loop goes on as written.

        `with` sees to it that the end of the loop is noticed, however it ends."""
        assert inner.region.control is not None
        values: list[ast.expr] = [ast.copy_location(ast.Name(n, ast.Load()), node) for n in inner.region.control.names]
        told = values[0] if len(values) == 1 else ast.copy_location(ast.Tuple(values, ast.Load()), node)
        test = ast.copy_location(ast.BoolOp(ast.And(), [self.expr(node.test), inner.call("tick", node, told)]), node)
        rest = ast.copy_location(ast.While(self.expr(node.test), self.body(node.body), self.body(node.orelse)), node)
        first = ast.copy_location(ast.While(test, inner.body(node.body), [rest]), node)
        return ast.copy_location(ast.With([ast.withitem(inner.call("rounds", node), None)], [first], None), node)

    def _ordering(self, node: ast.Call, inner: _Instrumented) -> ast.AST:
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

    def _comprehension(self, region: Region, inner: _Instrumented) -> ast.AST:
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

    def _loop(self, region: Region, iterated: ast.expr, inner: _Instrumented) -> ast.expr:
        point = "whole" if region.shape in ("set", "dict") else "loop"
        return inner.call(point, iterated, self._bases(region, iterated, inner))

    def _bases(self, region: Region, node: ast.expr, inner: _Instrumented) -> ast.expr:
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


class _Foreteller(_Writer):
    """Copies the steps of a control. `a += b` would change what `a` holds if that is a list: it becomes `a = a + b`."""

    def node(self, node: ast.AST) -> ast.AST:
        if not isinstance(node, ast.AugAssign) or not isinstance(node.target, ast.Name):
            return super().node(node)
        before = ast.copy_location(ast.Name(node.target.id, ast.Load()), node.target)
        value = ast.copy_location(ast.BinOp(before, node.op, self.expr(node.value)), node)
        return ast.copy_location(ast.Assign([super().node(node.target)], value), node)  # type: ignore[list-item]


class _Instrumented(_Writer):
    """Copies a region's body with its slots turned into look-ups. Regions inside of it are left as they are."""

    def __init__(self, region: Region) -> None:
        super().__init__({})
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

    def node(self, node: ast.AST) -> ast.AST:
        slot = self.expressions.get(id(node))
        if slot is not None:
            assert isinstance(node, ast.expr)
            original = super().node(node)
            assert isinstance(original, ast.expr)
            look = ast.IfExp(
                self.call("ready", node, slot.number),
                self.call("value", node, slot.number),
                self.call("done", node, original),
            )
            if self.region.shape in ("set", "dict"):  # one loop for all items: only where look-ups are asked for
                asked = ast.Attribute(ast.Constant(entry_name("look_ups", self.region.site)), "on", ast.Load())
                look = ast.IfExp(asked, look, super().node(node))  # type: ignore[arg-type]
                for part in (asked, asked.value, look.body):
                    ast.copy_location(part, node)
            return ast.copy_location(look, node)
        if id(node) in self.region.loops and isinstance(node, ast.expr):
            original = super().node(node)
            assert isinstance(original, ast.expr)
            return self.call("count", node, self.region.loops[id(node)], original)
        return super().node(node)

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
        originals = [super(_Instrumented, self).node(n) for n in slot.nodes]
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
        made = ast.If(self.call("ready", like, slot.number), look, [*originals, done])  # type: ignore[list-item]
        for part in ast.walk(made):
            if isinstance(part, ast.stmt | ast.expr) and not hasattr(part, "lineno"):
                ast.copy_location(part, like)
        return ast.copy_location(made, like)

    def comprehension(
        self, node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp, first: ast.expr
    ) -> ast.expr:
        made = super().node(node)
        assert isinstance(made, COMPREHENSIONS)
        made.generators[0].iter = first
        return made
