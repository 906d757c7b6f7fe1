"""What statements may do: one method for each kind of syntax node, and none means unknown."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from marx.program.effects import ELEMENT, UNKNOWN, Cause, Root
from marx.program.expressions import BINARY, Expressions
from marx.program.known import is_known_module, text_of
from marx.program.nodes import walk
from marx.program.seeded import family, seeded_argument
from marx.program.tables import OPENING

_ATOMIC_OPERATORS = (ast.FloorDiv, ast.Mod, ast.Div, ast.Pow, ast.LShift, ast.RShift, ast.MatMult)
"""`x //= y` and its like change an object in place only for numpy arrays and classes that say so."""


class Statements(Expressions):
    """Statements."""

    def statements(self, body: Iterable[ast.stmt]) -> None:
        before = self.seeded
        for statement in body:
            self.statement(statement)
        self.seeded = before

    def statement(self, node: ast.stmt) -> None:
        self._seed(node)
        if self.seeded:
            self.seeded_at[node] = self.seeded
        method = getattr(self, f"_{type(node).__name__}", None)
        if method is None:
            self.not_known("MX501", node, f"`{type(node).__name__}` is not understood")
            return
        method(node)

    def assign(self, target: ast.expr, value: set[Root]) -> None:
        if isinstance(target, ast.Name):
            self.bind(target.id, value, target)
        elif isinstance(target, ast.Tuple | ast.List):
            self.data_model(("__iter__", "__next__", "__getitem__"), (value,), target)
            parts = self.inside(value)
            for element in target.elts:
                if isinstance(element, ast.Starred):
                    self.assign(element.value, self.site(element, parts))
                else:
                    self.assign(element, parts)
        elif isinstance(target, ast.Attribute):
            self._assign_attribute(target, value)
        elif isinstance(target, ast.Subscript) and self.elements is not None and self.elements.hold(target):
            text = text_of(target)
            self.write({ELEMENT}, Cause("MX104", target.lineno, f"`{text}` is written", text_of(target.value)))
            self.store({ELEMENT}, value)
        elif isinstance(target, ast.Subscript):
            base, index = self.expr(target.value), self.expr(target.slice)
            text = text_of(target)
            self.write(base, Cause("MX104", target.lineno, f"`{text}` is written", text_of(target.value)))
            self.store(base, value | index)
            self.data_model(("__setitem__", "__hash__", "__eq__"), (base, index), target)
        elif isinstance(target, ast.Starred):
            self.assign(target.value, self.site(target, value))

    def _assign_attribute(self, target: ast.Attribute, value: set[Root]) -> None:
        base = self.peek(target.value)
        text = text_of(target)
        cause = Cause("MX105", target.lineno, f"`{text}` is changed", text, "return the change instead")
        self.write(base, cause, target.attr)
        self.store(base, value)
        if target.attr.startswith("__") and target.attr.endswith("__"):
            fix = "say it without changing classes or functions"
            self.flag("dynamic", target.lineno, f"sets `{target.attr}`", text, fix)
        for setter in self.program.properties.get(target.attr, ()):
            self.call_function(setter, [base, value], {}, target)
        holders = self.program.class_attributes.get(target.attr, ())
        held = {Root("class", (c.module.name, c.name), 1) for c in holders}
        self.data_model(("__setattr__",), (base,), target)
        self.data_model(("__set__",), (base | held,), target)

    def _seed(self, node: ast.stmt) -> None:
        """If the statement seeds a shared generator, whatever comes after it in its list draws what follows from that
        seed. A generator function may be left, and others may draw, between any two of its statements."""
        parts = seeded_argument(node)
        if parts is None or (self.function is not None and self.function.is_generator):
            return
        function, seed = parts
        meanings = self.expr(function)
        if len(meanings) == 1:
            (root,) = meanings
            seeds = family(f"{root.kind}:{root.key}")
            if seeds:
                self.expr(seed)
                self.seeded |= seeds

    def _Expr(self, node: ast.Expr) -> None:
        self.expr(node.value)

    def _Assign(self, node: ast.Assign) -> None:
        match node:
            case ast.Assign(targets=[ast.Tuple() as names], value=ast.Tuple() as values) if _in_pairs(names, values):
                found = [self.expr(value) for value in values.elts]  # all of them, before the first is bound
                for target, each in zip(names.elts, found, strict=True):
                    self.assign(target, each)
                return
        value = self.expr(node.value)
        for target in node.targets:
            self.assign(target, value)

    def _AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.assign(node.target, self.expr(node.value))

    def _AugAssign(self, node: ast.AugAssign) -> None:
        right = self.expr(node.value)
        loaded = self.interpreter.read_form(node.target)
        left = self.expr(loaded)
        name = BINARY[type(node.op)]
        self.data_model((f"__i{name}__", f"__{name}__", f"__r{name}__"), (left, right), node)
        if self._changes_in_place(node):
            cause = Cause(
                "MX101", node.lineno, f"`{text_of(node)}` may change an object in place", text_of(node.target)
            )
            for root in left:
                if root.kind != "lib":
                    self.effects.soft.setdefault(root, cause)
            self.store(left, self.inside(right))
        value = left | (self.site(node, self.inside(left) | self.inside(right)) if left or right else set())
        self.assign(node.target, value)

    def _changes_in_place(self, node: ast.AugAssign) -> bool:
        defined = f"__i{BINARY[type(node.op)]}__" in self.program.methods
        if self.program.uses_numpy or defined:
            return True
        if isinstance(node.op, _ATOMIC_OPERATORS):
            return False
        number = isinstance(node.value, ast.Constant) and isinstance(node.value.value, int | float)
        return not (number and isinstance(node.op, ast.Add | ast.Sub))

    def _For(self, node: ast.For) -> None:
        self.effects.heavy = True
        value = self.expr(node.iter)
        self.data_model(("__iter__", "__next__", "__getitem__"), (value,), node)
        self.assign(node.target, self.inside(value))
        self.statements(node.body)
        self.statements(node.orelse)

    def _While(self, node: ast.While) -> None:
        self.effects.heavy = True
        self.data_model(("__bool__", "__len__"), (self.expr(node.test),), node)
        self.statements(node.body)
        self.statements(node.orelse)

    def _If(self, node: ast.If) -> None:
        self.data_model(("__bool__", "__len__"), (self.expr(node.test),), node)
        self.statements(node.body)
        self.statements(node.orelse)

    def _With(self, node: ast.With) -> None:
        for item in node.items:
            value = self.expr(item.context_expr)
            if not self._is_opened(item.context_expr):
                self.data_model(("__enter__", "__exit__"), (value,), node)
            if item.optional_vars is not None:
                self.assign(item.optional_vars, value | self.inside(value))
        self.statements(node.body)

    def _is_opened(self, node: ast.expr) -> bool:
        """Whether this makes a file, by a call of a library: no class of the program says then what `with` does."""
        called = self.expr(node.func) if isinstance(node, ast.Call) else {UNKNOWN}
        return bool(called) and all(root.kind == "lib" and root.key in OPENING for root in called)

    def _Try(self, node: ast.Try) -> None:
        self.statements(node.body)
        for handler in node.handlers:
            if handler.type is not None:
                self.expr(handler.type)
                if any(
                    word in ast.dump(handler.type)
                    for word in ("RecursionError", "MemoryError", "BaseException", "KeyboardInterrupt")
                ):
                    self.flag("identity", handler.lineno, f"catches `{text_of(handler.type)}`")
            if handler.name:
                self.bind(handler.name, {UNKNOWN}, handler)
            self.statements(handler.body)
        self.statements(node.orelse)
        self.statements(node.finalbody)

    def _Match(self, node: ast.Match) -> None:
        subject = self.expr(node.subject)
        parts = self.reachable(subject)
        self.data_model(("__eq__", "__len__", "__getitem__", "__instancecheck__"), (parts,), node)
        for case in node.cases:
            for pattern in walk(case.pattern):
                name = getattr(pattern, "name", None) or getattr(pattern, "rest", None)
                if name:
                    self.bind(name, parts, node)
                if isinstance(pattern, ast.MatchValue):
                    self.expr(pattern.value)
                if isinstance(pattern, ast.MatchClass):
                    self.expr(pattern.cls)
            if case.guard is not None:
                self.expr(case.guard)
            self.statements(case.body)

    def _Return(self, node: ast.Return) -> None:
        if node.value is not None:
            self.effects.returns |= self.expr(node.value)

    def _Raise(self, node: ast.Raise) -> None:
        for part in (node.exc, node.cause):
            if part is not None:
                self.expr(part)

    def _Assert(self, node: ast.Assert) -> None:
        self.data_model(("__bool__", "__len__"), (self.expr(node.test),), node)
        if node.msg is not None:
            self.expr(node.msg)

    def _Delete(self, node: ast.Delete) -> None:
        for target in node.targets:
            if isinstance(target, ast.Name):
                self.bind(target.id, (), target)
            else:
                self.assign(target, set())
            if isinstance(target, ast.Attribute | ast.Subscript):
                self.data_model(("__delitem__", "__delattr__", "__delete__"), (self.expr(target.value),), node)

    def _nothing(self, node: ast.stmt) -> None:
        return

    _Pass = _Break = _Continue = _Global = _Nonlocal = _nothing

    def _Import(self, node: ast.Import) -> None:
        for alias in node.names:
            dotted = alias.name if alias.asname else alias.name.split(".")[0]
            self._import(alias.asname or dotted, dotted, alias.name, node)

    def _ImportFrom(self, node: ast.ImportFrom) -> None:
        for alias in node.names:
            self._import(alias.asname or alias.name, f"{node.module}.{alias.name}", node.module or "", node)

    def _import(self, name: str, dotted: str, source: str, node: ast.stmt) -> None:
        if not is_known_module(source) or (isinstance(node, ast.ImportFrom) and node.level):
            self.not_known(
                "MX505", node, f"imports `{source or '.'}`, which is not a known module", source, "import it at the top"
            )
        self.bind(name, {Root("lib", dotted)}, node)

    def _FunctionDef(self, node: ast.FunctionDef) -> None:
        info = self.module.by_node[node]
        for default in info.defaults.values():
            self.expr(default)
        self.bind(node.name, {Root("func", info.key)}, node)

    def _ClassDef(self, node: ast.ClassDef) -> None:
        self.not_known("MX501", node, f"defines class `{node.name}`", node.name, "define it at the top of the file")
        self.bind(node.name, {UNKNOWN}, node)


def _in_pairs(names: ast.Tuple, values: ast.Tuple) -> bool:
    """Whether `a, b = x, y` binds each name to its own value."""
    starred = any(isinstance(element, ast.Starred) for element in (*names.elts, *values.elts))
    return not starred and len(names.elts) == len(values.elts)
