"""What expressions may be: one method for each kind of syntax node, and none means unknown."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from marx.program.effects import ELEMENT, UNKNOWN, Root, in_order
from marx.program.library import Library
from marx.program.nodes import walk
from marx.program.scopes import Comprehension

BINARY: dict[type[ast.operator], str] = {
    ast.Add: "add",
    ast.Sub: "sub",
    ast.Mult: "mul",
    ast.Div: "truediv",
    ast.FloorDiv: "floordiv",
    ast.Mod: "mod",
    ast.Pow: "pow",
    ast.MatMult: "matmul",
    ast.LShift: "lshift",
    ast.RShift: "rshift",
    ast.BitAnd: "and",
    ast.BitOr: "or",
    ast.BitXor: "xor",
}
_UNPACKING = ("__iter__", "__next__", "__getitem__", "keys")


class Expressions(Library):
    """Expressions."""

    def expr(self, node: ast.expr) -> set[Root]:
        method = getattr(self, f"_{type(node).__name__}", None)
        if method is None:
            return self.not_known("MX501", node, f"`{type(node).__name__}` is not understood")
        result: set[Root] = method(node)
        return result

    def _Constant(self, node: ast.Constant) -> set[Root]:
        return set()

    def _Name(self, node: ast.Name) -> set[Root]:
        return self.load(node.id, node)

    def _NamedExpr(self, node: ast.NamedExpr) -> set[Root]:
        value = self.expr(node.value)
        self.bind(node.target.id, value, node)
        return value

    def _JoinedStr(self, node: ast.JoinedStr) -> set[Root]:
        for part in node.values:
            self.expr(part)
        return set()

    def _FormattedValue(self, node: ast.FormattedValue) -> set[Root]:
        self.data_model(("__format__", "__str__", "__repr__"), (self.expr(node.value),), node)
        if node.format_spec is not None:
            self.expr(node.format_spec)
        return set()

    def _Tuple(self, node: ast.Tuple | ast.List | ast.Set) -> set[Root]:
        parts: set[Root] = set()
        for element in node.elts:
            value = self.expr(element)
            if isinstance(element, ast.Starred):
                self.data_model(_UNPACKING, (value,), node)
            parts |= self.inside(value) if isinstance(element, ast.Starred) else value
        return self.site(node, parts)

    _List = _Tuple

    def _Set(self, node: ast.Set) -> set[Root]:
        made = self._Tuple(node)
        self.data_model(("__hash__", "__eq__"), (self.inside(made),), node)
        return made

    def _Dict(self, node: ast.Dict) -> set[Root]:
        parts: set[Root] = set()
        for key, value in zip(node.keys, node.values, strict=True):
            held = self.expr(value)
            if key is None:
                self.data_model(_UNPACKING, (held,), node)
                parts |= self.inside(held)
            else:
                named = self.expr(key)
                self.data_model(("__hash__", "__eq__"), (named,), node)
                parts |= held | named
        return self.site(node, parts)

    def _Starred(self, node: ast.Starred) -> set[Root]:
        return self.expr(node.value)

    def _Slice(self, node: ast.Slice) -> set[Root]:
        for part in (node.lower, node.upper, node.step):
            if part is not None:
                self.expr(part)
        return set()

    def _UnaryOp(self, node: ast.UnaryOp) -> set[Root]:
        value = self.expr(node.operand)
        self.data_model(("__neg__", "__pos__", "__invert__", "__bool__", "__len__"), (value,), node)
        return self.site(node, self.inside(value)) if value and not isinstance(node.op, ast.Not) else set()

    def _BinOp(self, node: ast.BinOp) -> set[Root]:
        left, right = self.expr(node.left), self.expr(node.right)
        self.effects.heavy |= isinstance(node.op, ast.Pow | ast.MatMult)
        if not left and not right:
            return set()
        name = BINARY[type(node.op)]
        self.data_model((f"__{name}__", f"__r{name}__", "__format__", "__str__", "__repr__"), (left, right), node)
        return self.site(node, self.inside(left) | self.inside(right))

    def _BoolOp(self, node: ast.BoolOp) -> set[Root]:
        values = [self.expr(v) for v in node.values]
        self.data_model(("__bool__", "__len__"), values, node)
        return set().union(*values)

    def _Compare(self, node: ast.Compare) -> set[Root]:
        values = [self.expr(node.left), *(self.expr(c) for c in node.comparators)]
        names = (
            "__eq__",
            "__ne__",
            "__lt__",
            "__le__",
            "__gt__",
            "__ge__",
            "__contains__",
            "__hash__",
            "__iter__",
            "__next__",
        )
        self.data_model(names, values, node)
        return set()

    def _IfExp(self, node: ast.IfExp) -> set[Root]:
        self.data_model(("__bool__", "__len__"), (self.expr(node.test),), node)
        return self.expr(node.body) | self.expr(node.orelse)

    def _Lambda(self, node: ast.Lambda) -> set[Root]:
        info = self.module.by_node[node]
        for default in info.defaults.values():
            self.expr(default)
        return {Root("func", info.key)}

    def _Attribute(self, node: ast.Attribute) -> set[Root]:
        return self.attribute(self.peek(node.value), node.attr, node)

    def _Subscript(self, node: ast.Subscript) -> set[Root]:
        if self.elements is not None and self.elements.hold(node):
            self.touched.add(ELEMENT.inside)
            return {ELEMENT.inside}
        base, index = self.expr(node.value), self.expr(node.slice)
        self.data_model(("__getitem__", "__missing__", "__class_getitem__", "__hash__", "__eq__"), (base, index), node)
        found = self.inside(base)
        if not isinstance(node.slice, ast.Slice):
            return found
        made = self.site(node, found)
        return made | found | {r for r in base if r.kind != "site"} if self.program.has_views else made

    def _comprehension(self, node: Comprehension, elements: Sequence[ast.expr]) -> set[Root]:
        self.effects.heavy = True
        self._scopes.append({})
        for generator in node.generators:
            if generator.is_async:
                self.not_known("MX304", node, "asynchronous comprehension")
            values = self.expr(generator.iter)
            self.data_model(("__iter__", "__next__"), (values,), node)
            self._open_target(generator.target)
            self.assign(generator.target, self.inside(values))
            for test in generator.ifs:
                self.data_model(("__bool__", "__len__"), (self.expr(test),), node)
        parts = set().union(*(self.expr(e) for e in elements))
        if isinstance(node, ast.SetComp | ast.DictComp):
            self.data_model(("__hash__", "__eq__"), (parts,), node)
        self._scopes.pop()
        return self.site(node, parts)

    def _open_target(self, target: ast.expr) -> None:
        for name in walk(target):
            if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store):
                self._scopes[-1].setdefault(name.id, set())

    def _ListComp(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp) -> set[Root]:
        return self._comprehension(node, [node.elt])

    _SetComp = _ListComp
    _GeneratorExp = _ListComp

    def _DictComp(self, node: ast.DictComp) -> set[Root]:
        return self._comprehension(node, [node.key, node.value])

    def _Yield(self, node: ast.Yield) -> set[Root]:
        if node.value is not None:
            self.effects.returns_inside |= self.expr(node.value)
        return {UNKNOWN}

    def _YieldFrom(self, node: ast.YieldFrom) -> set[Root]:
        value = self.expr(node.value)
        self.data_model(_UNPACKING, (value,), node)
        self.effects.returns_inside |= self.inside(value)
        return {UNKNOWN}

    def _Call(self, node: ast.Call) -> set[Root]:
        args = [self.inside(self.expr(a)) if isinstance(a, ast.Starred) else self.peek(a) for a in node.args]
        named = {
            k.arg or "**": self.inside(self.expr(k.value)) if k.arg is None else self.peek(k.value)
            for k in node.keywords
        }
        if any(isinstance(a, ast.Starred) for a in node.args) or "**" in named:
            self.data_model(_UNPACKING, (*args, *named.values()), node)
            everything = set().union(*args, *named.values())
            args, named = [set(everything) for _ in args], dict.fromkeys([*named, "*"], everything)
        if isinstance(node.func, ast.Attribute):
            return self._call_attribute(node, node.func, args, named)
        return self.call_value(self.expr(node.func), args, named, node)

    def _call_attribute(
        self, node: ast.Call, func: ast.Attribute, args: list[set[Root]], named: dict[str, set[Root]]
    ) -> set[Root]:
        if isinstance(func.value, ast.Call) and isinstance(func.value.func, ast.Name) and func.value.func.id == "super":
            return self._call_super(node, func.attr, args, named)
        base = self.peek(func.value)
        found: set[Root] = set()
        plain: set[Root] = set()
        for root in in_order(base):
            if root.kind == "lib" or (root.kind == "class" and root.depth == 0):
                found |= self.call_value(self.attribute({root}, func.attr, node), args, named, node, through=root)
            else:
                plain.add(root)
        if plain or not base:
            found |= self.call_method(plain, func.attr, args, named, node)
        return found

    def _call_super(self, node: ast.Call, attr: str, args: list[set[Root]], named: dict[str, set[Root]]) -> set[Root]:
        own = (
            set(self.env.get(self.function.parameters[0], ()))
            if self.function and self.function.parameters
            else {UNKNOWN}
        )
        if attr in ("__init__", "__new__", "__post_init__", "__init_subclass__"):
            for method in self.program.methods.get(attr, ()):
                if method is not self.function:
                    self.call_function(method, [own, *args], named, node)
            self.store(own, set().union(*args, *named.values()))
            return own
        return self.call_method(own, attr, args, named, node)
