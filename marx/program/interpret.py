"""Abstract interpretation: what may a function, or a stretch of statements, read, change and return?

A `Frame` walks statements over roots (effects.py) instead of objects, without regard to order, until nothing new is
found. Whatever it meets and does not know it notes as unknown: over-approximation is the rule that a change here must
keep."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence

from marx.program import tables
from marx.program.effects import NOTHING, SHARED_KINDS, UNKNOWN, Cause, Effects, Root, Value
from marx.program.plan import FunctionKey, Name
from marx.program.scopes import (
    COMPREHENSIONS,
    ClassInfo,
    Comprehension,
    FunctionInfo,
    ModuleInfo,
    Program,
    resolve_global,
)

ROUNDS_MAX = 30
"""Facts only grow and are few; a frame that has not settled by then is treated as unknown."""

_BINARY: dict[type[ast.operator], str] = {
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
_ATOMIC_OPERATORS = (ast.FloorDiv, ast.Mod, ast.Div, ast.Pow, ast.LShift, ast.RShift, ast.MatMult)
"""`x //= y` and its like change an object in place only for numpy arrays and classes that say so."""


class Interpreter:
    """Summaries of a program's functions, made on demand and kept."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.reading = tuple(
            name
            for name in program.methods
            if name.startswith("__") and name.endswith("__") and name not in tables.CHANGING_SPECIALS
        )
        """What a library function may call on the objects that it is given."""
        self._done: dict[FunctionKey, Effects] = {}
        self._partial: dict[FunctionKey, Effects] = {}
        self._active: list[FunctionKey] = []
        self._lowest = 0
        self._read_forms: dict[ast.expr, ast.expr] = {}

    def read_form(self, target: ast.expr) -> ast.expr:
        """The target of an in-place operator as it is read first; always the same node, since nodes name sites."""
        if target not in self._read_forms:
            self._read_forms[target] = _loaded(target)
        return self._read_forms[target]

    def summary(self, info: FunctionInfo) -> Effects:
        """What a call of the function may do, in terms of its parameters, globals and cells. A fixpoint over
        recursion."""
        if info.key in self._done:
            return self._done[info.key]
        if info.key in self._active:
            self._lowest = min(self._lowest, self._active.index(info.key))
            partial = self._partial[info.key]
            partial.recursive = True
            return partial
        depth = len(self._active)
        self._active.append(info.key)
        outer_lowest, self._lowest = self._lowest, depth + 1
        self._partial[info.key] = Effects()
        for _ in range(ROUNDS_MAX):
            before = self._partial[info.key]
            after = Frame.of_function(self, info).run()
            after.recursive |= before.recursive
            self._partial[info.key] = after
            if after.size() == before.size():
                break
        else:
            after.unknown = after.unknown or Cause(
                "MX501", info.node.lineno, f"`{info.name}` is too entangled to analyse"
            )
        self._active.pop()
        if self._lowest >= depth:
            self._done[info.key] = after
        self._lowest = min(outer_lowest, self._lowest)
        return after


class Frame:
    """One scope under interpretation. `private` are the names that belong to it alone; all others are seen as roots."""

    def __init__(
        self, interpreter: Interpreter, module: ModuleInfo, function: FunctionInfo | None, private: set[str]
    ) -> None:
        self.interpreter = interpreter
        self.program = interpreter.program
        self.module = module
        self.function = function
        self.private = private
        self.is_region = False
        self.env: dict[str, set[Root]] = {}
        self.content: dict[object, set[Root]] = {}
        self.partials: dict[object, tuple[set[Root], list[set[Root]], dict[str, set[Root]]]] = {}
        self.effects = Effects()
        self.outer_targets: frozenset[str] = frozenset()
        self.touched: set[Root] = set()
        self._scopes: list[dict[str, set[Root]]] = []

    @classmethod
    def of_function(cls, interpreter: Interpreter, info: FunctionInfo) -> Frame:
        frame = cls(interpreter, info.module, info, info.local - info.globals - info.nonlocals)
        for position, name in enumerate(info.parameters):
            frame.env[name] = {Root("param", position)}
            default = info.defaults.get(name)
            if default is not None and not isinstance(default, ast.Constant):
                frame.env[name].add(Root("default", (info.key, name)))
        return frame

    @classmethod
    def of_region(
        cls, interpreter: Interpreter, module: ModuleInfo, function: FunctionInfo | None, private: set[str]
    ) -> Frame:
        frame = cls(interpreter, module, function, private)
        frame.is_region = True
        return frame

    def run(self) -> Effects:
        """The summary of the whole function."""
        assert self.function is not None
        node = self.function.node
        for _ in range(ROUNDS_MAX):
            before = self._size()
            if isinstance(node, ast.Lambda):
                self.effects.returns |= self.expr(node.body)
            else:
                self.statements(node.body)
            if self._size() == before:
                break
        return self._close()

    def _size(self) -> tuple[int, ...]:
        held = sum(len(v) for v in self.env.values()) + sum(len(v) for v in self.content.values())
        return (held, *self.effects.size())

    def _close(self) -> Effects:
        """Drops what only the frame itself can see."""
        out = self.effects
        out.returns, out.returns_inside = _unbound(out.returns), _unbound(out.returns_inside)
        direct = {r for r in out.returns if r.kind != "site"}
        out.returns_inside = {r for r in self.reachable(out.returns | out.returns_inside) if r.kind != "site"}
        out.returns = direct
        out.writes = {r: c for r, c in out.writes.items() if r.kind != "site"}
        out.soft = {r: c for r, c in out.soft.items() if r.kind != "site"}
        out.stores = {(a, b) for a, b in out.stores if a.kind != "site" and b.kind != "site"}
        return out

    # --- values -----------------------------------------------------------------------------------------------------

    def inside(self, value: Iterable[Root]) -> set[Root]:
        """What a part of the value may be."""
        found: set[Root] = set()
        for root in value:
            if root.kind == "site":
                found |= self.content.get(root.key, set())
            elif root.kind not in ("func", "method"):
                found.add(root.inside)
        return found

    def reachable(self, value: Iterable[Root]) -> set[Root]:
        """The value and everything that may be reached from it."""
        found: set[Root] = set()
        todo = list(value)
        while todo:
            root = todo.pop()
            if root in found:
                continue
            found.add(root)
            todo.extend(root.key[1] if root.kind == "method" else self.inside((root,)))  # type: ignore[index]
        return found

    def site(self, node: ast.AST, parts: Iterable[Root] = ()) -> set[Root]:
        """An object made here, that may hold `parts`."""
        self.content.setdefault(id(node), set()).update(parts)
        return {Root("site", id(node))}

    def write(self, value: Iterable[Root], cause: Cause) -> None:
        for root in _unbound(value):
            if root.kind == "lib":
                self.flag("ambient", cause.line, f"changes `{root.key}`")
            elif root.kind == "func":
                self.effects.writes.setdefault(Root("class", ("function", root.key)), cause)
            else:
                self.effects.writes.setdefault(root, cause)

    def store(self, holders: Iterable[Root], parts: Iterable[Root]) -> None:
        parts = _unbound(parts)
        for holder in holders:
            if holder.kind == "site":
                self.content.setdefault(holder.key, set()).update(parts)
            elif holder.kind in SHARED_KINDS:
                self.effects.stores.update((holder, part) for part in parts)

    def flag(self, flag: str, line: int, text: str, variable: str = "", fix: str = "") -> None:
        self.effects.flags.setdefault(flag, Cause(tables.FLAG_CODES[flag], line, text, variable, fix))

    def not_known(self, code: str, node: ast.AST, text: str, variable: str = "", fix: str = "") -> set[Root]:
        if self.effects.unknown is None:
            self.effects.unknown = Cause(code, getattr(node, "lineno", 0), text, variable, fix)
        return {UNKNOWN}

    # --- names ------------------------------------------------------------------------------------------------------

    def load(self, name: str, node: ast.AST) -> set[Root]:
        found = self._load(name, node)
        self.touched |= found
        return found

    def _load(self, name: str, node: ast.AST) -> set[Root]:
        for scope in reversed(self._scopes):
            if name in scope:
                return set(scope[name])
        if name in self.private:
            return set(self.env.get(name, ()))
        if name in self.outer_targets:
            self.effects.reads.add(Root("var", name))
            return {Root("var", name)}
        owner = self._owner(name)
        if owner is None:
            return self.load_global(self.module, name, node)
        code = self._only_function(owner, name)
        if owner is self.function or self.is_region:
            root = Root("var", name)
            if code is not None:
                self.effects.functions.add((Name("", name), code.key))
        else:
            root = Root("cell", (owner.key, name))
        self.effects.reads.add(root)
        return {Root("func", code.key)} if code is not None else {root}

    def _owner(self, name: str) -> FunctionInfo | None:
        """The function whose local the name is, seen from this frame; None for a global."""
        scope = self.function
        while scope is not None:
            if name in scope.globals:
                return None
            if name in scope.local:
                return scope
            scope = scope.parent
        return None

    @staticmethod
    def _only_function(owner: FunctionInfo, name: str) -> FunctionInfo | None:
        bound = owner.bindings.get(name, [])
        if len(bound) == 1 and isinstance(bound[0], ast.FunctionDef) and name not in owner.parameters:
            return owner.children.get(bound[0])
        return None

    def load_global(self, module: ModuleInfo, name: str, node: ast.AST) -> set[Root]:
        meaning = resolve_global(self.program, module, name)
        effects = self.effects
        here = Name(module.name, name)
        if meaning is None:
            effects.reads.add(Root("global", (module.name, name)))
            return {Root("global", (module.name, name))}
        kind, _, rest = meaning.partition(":")
        if kind == "lib":
            if rest == name and not module.bindings.get(name):
                effects.builtins.add(name)
            else:
                effects.libraries.add((here, rest))
            return {Root("lib", rest)}
        if kind == "mod":
            effects.libraries.add((here, rest))
            return {Root("lib", meaning)}
        owner, _, own = rest.partition(":")
        if kind == "cls":
            effects.classes.add(here)
            return {Root("class", (owner, own))}
        key = self.program.modules[owner].functions[own].key
        effects.functions.add((here, key))
        return {Root("func", key)}

    def bind(self, name: str, value: Iterable[Root], node: ast.AST) -> None:
        for scope in reversed(self._scopes):
            if name in scope:
                scope[name].update(value)
                return
        if name in self.private:
            self.env.setdefault(name, set()).update(value)
            return
        line = getattr(node, "lineno", 0)
        owner = self._owner(name)
        if owner is None:
            root = Root("global", (self.module.name, name))
            what = "global"
        else:
            root = Root("var", name) if owner is self.function or self.is_region else Root("cell", (owner.key, name))
            what = "nonlocal"
        self.effects.binds.setdefault(
            root, Cause("MX202", line, f"changes {what} `{name}`", name, f"pass `{name}` in and return its new value")
        )
        self.store({root}, value)

    # --- expressions ------------------------------------------------------------------------------------------------

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
        if not left and not right:
            return set()
        name = _BINARY[type(node.op)]
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
        base = self.expr(node.value)
        return self.attribute(base, node.attr, node)

    def attribute(self, base: set[Root], attr: str, node: ast.AST) -> set[Root]:
        found: set[Root] = set()
        for root in base:
            if root.kind == "lib":
                found |= self._library_attribute(str(root.key), attr, node)
            elif root.kind == "class" and root.depth == 0:
                found |= self._class_attribute(root, attr)
            elif root.kind in ("func", "method"):
                if attr not in ("__name__", "__qualname__", "__doc__", "__module__"):
                    self.not_known("MX204", node, f"`.{attr}` of a function keeps state between calls", attr)
            else:
                found |= self._plain_attribute(root, attr)
        if (
            attr.startswith("__")
            and attr.endswith("__")
            and attr not in ("__name__", "__class__", "__doc__", "__version__")
        ):
            self.flag("dynamic", getattr(node, "lineno", 0), f"reads `{attr}`", attr)
        if not all(r.kind == "lib" for r in base):
            for getter in self.program.properties.get(attr, ()):
                found |= self.call_function(getter, [base], {}, node)
            self._read_classes(attr)
            found |= {Root("class", (c.module.name, c.name), 1) for c in self.program.class_attributes.get(attr, ())}
            self.data_model(("__getattr__", "__getattribute__", "__get__"), (base,), node)
        return found

    def _plain_attribute(self, root: Root, attr: str) -> set[Root]:
        """What `.attr` of an object may be: a part of it, or a method."""
        if attr == "__class__":
            return self._any_class()
        own = attr in self.program.methods
        if not own and attr not in tables.METHODS:
            return self.inside((root,))
        method = {UNKNOWN if root.kind == "unknown" else Root("method", (attr, frozenset((root,))))}
        if attr not in self.program.attribute_names:
            return method
        return self.inside((root,)) | (method if own else set())

    def _any_class(self) -> set[Root]:
        return {Root("class", (m.name, name)) for m in self.program.modules.values() for name in m.classes}

    def _read_classes(self, attr: str) -> None:
        """Notes that an attribute may be read from a class: its own, or inherited."""
        holders = [*self.program.class_attributes.get(attr, ()), *self.program.constant_attributes.get(attr, ())]
        for info in holders:
            self.effects.reads.update(Root("class", (c.module.name, c.name), 1) for c in self.program.heirs(info))

    def _library_attribute(self, dotted: str, attr: str, node: ast.AST) -> set[Root]:
        if dotted.startswith("mod:"):
            return self.load_global(self.program.modules[dotted[4:]], attr, node)
        if dotted in ("os",) and attr == "environ":
            self.flag("environment", getattr(node, "lineno", 0), "reads the environment", "environ")
        return {Root("lib", f"{dotted}.{attr}")}

    def _class_attribute(self, root: Root, attr: str) -> set[Root]:
        cls = self._class(root)
        self.effects.reads.add(root.inside)
        self._read_classes(attr)
        while cls is not None:
            if attr in cls.methods:
                return {Root("func", cls.methods[attr].key)}
            cls = next((c for c in map(self.program.class_of, cls.bases) if c is not None), None)
        return {root.inside}

    def _class(self, root: Root) -> ClassInfo | None:
        assert isinstance(root.key, tuple)
        module, name = root.key
        return self.program.modules[module].classes.get(name) if module in self.program.modules else None

    def _Subscript(self, node: ast.Subscript) -> set[Root]:
        base, index = self.expr(node.value), self.expr(node.slice)
        self.data_model(("__getitem__", "__missing__", "__hash__", "__eq__"), (base, index), node)
        found = self.inside(base)
        if isinstance(node.slice, ast.Slice):
            found |= self.site(node, found) | {r for r in base if r.kind != "site"}
        return found

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
        for name in ast.walk(target):
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

    # --- calls ------------------------------------------------------------------------------------------------------

    def _Call(self, node: ast.Call) -> set[Root]:
        args = [self.inside(self.expr(a)) if isinstance(a, ast.Starred) else self.expr(a) for a in node.args]
        named = {
            k.arg or "**": self.inside(self.expr(k.value)) if k.arg is None else self.expr(k.value)
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
        base = self.expr(func.value)
        found: set[Root] = set()
        plain: set[Root] = set()
        for root in base:
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

    def call_value(
        self,
        value: set[Root],
        args: list[set[Root]],
        named: dict[str, set[Root]],
        node: ast.AST,
        through: Root | None = None,
    ) -> set[Root]:
        """The call of whatever the value may be. `through` is the class that a method was read from."""
        if not value:
            return self.not_known("MX505", node, "calls a value that the analysis cannot name")
        found: set[Root] = set()
        for root in value:
            if root.kind == "func":
                info = self.program.functions[root.key]  # type: ignore[index]
                given = args
                if through is not None and "lib:classmethod" in info.decorators:
                    given = [{through}, *args]
                found |= self.call_function(info, given, named, node)
            elif root.kind == "class" and root.depth == 0:
                found |= self.construct(root, args, named, node)
            elif root.kind == "lib":
                found |= self.call_library(str(root.key), args, named, node)
            elif root.kind == "method":
                assert isinstance(root.key, tuple)
                found |= self.call_method(set(root.key[1]), root.key[0], args, named, node)
            elif root.kind == "site" and root.key in self.partials:
                function, first, given_names = self.partials[root.key]
                found |= self.call_value(function, [*first, *args], given_names | named, node)
            elif root.kind == "param":
                name = self.function.parameters[root.key] if self.function and isinstance(root.key, int) else "?"
                cause = Cause("MX505", getattr(node, "lineno", 0), f"calls its argument `{name}`", name)
                self.effects.calls.setdefault(root, cause)
                found.add(UNKNOWN)
            elif root.kind == "global" and root.depth == 0 and self._is_named_tuple(root):
                found |= self.site(node, set().union(*args, *named.values()))
            else:
                found |= self.not_known(
                    "MX505", node, f"calls `{_text(node)}`, which the analysis cannot name", _text(node)
                )
        return found

    def _is_named_tuple(self, root: Root) -> bool:
        assert isinstance(root.key, tuple)
        module, name = root.key
        bound = self.program.modules[module].bindings.get(name, [])
        return len(bound) == 1 and is_named_tuple(self.program.modules[module], name)

    def call_function(
        self, info: FunctionInfo, args: list[set[Root]], named: dict[str, set[Root]], node: ast.AST
    ) -> set[Root]:
        """Puts the arguments' roots in the place of the parameters of the function's summary."""
        effects = self.effects
        effects.heavy = True
        effects.callees.add(info.key)
        strange = [d for d in info.decorators if d is None or d.removeprefix("lib:") not in tables.KNOWN_DECORATORS]
        setters = isinstance(info.node, ast.FunctionDef) and info.name.split(".")[-1] in self.program.properties
        if (strange and not setters) or isinstance(info.node, ast.AsyncFunctionDef):
            return self.not_known(
                "MX505", info.node, f"`{info.name}` is wrapped by a decorator that is not known", info.name
            )
        summary = self.interpreter.summary(info)
        effects.take_names(summary)
        mapping = _match(info, args, named)
        for position in (info.star, info.stars):
            if position in mapping:
                mapping[position] = self._held(node, position, mapping[position])

        def put(root: Root) -> set[Root]:
            return self._put(root, mapping)

        for root in summary.reads:
            if root.kind in ("global", "cell", "class"):
                self._read(root)
        for root, cause in summary.writes.items():
            self.write(put(root), cause)
        for root, cause in summary.soft.items():
            for target in put(root):
                effects.soft.setdefault(target, cause)
        for root, cause in summary.binds.items():
            self._bind_through(root, cause)
        for holder, part in summary.stores:
            self.store(put(holder), put(part))
        for root, cause in summary.calls.items():
            self._call_back(put(root), args, named, node, cause)
        found = set().union(*(put(r) for r in summary.returns))
        parts = set().union(*(put(r) for r in summary.returns_inside))
        if any(d in ("lib:functools.lru_cache", "lib:functools.cache") for d in info.decorators):
            effects.memo = True
            effects.recursive |= summary.recursive
            return found | {Root("global", ("memo", info.key), 1)}
        return found | self.site(node, parts - found if found else parts)

    def _held(self, node: ast.AST, position: int, parts: set[Root]) -> set[Root]:
        """The tuple or dict that collects surplus arguments."""
        key = ("star", id(node), position)
        self.content.setdefault(key, set()).update(parts)
        return {Root("site", key)}

    def _put(self, root: Root, mapping: dict[int, set[Root]]) -> set[Root]:
        if root.kind == "param":
            assert isinstance(root.key, int)
            given = mapping.get(root.key, set())
            return given if root.depth == 0 else self.reachable(self.inside(given))
        if root.kind == "cell":
            return self._cell(root)
        return {root}

    def _cell(self, root: Root) -> set[Root]:
        """A nested function's free variable, seen from the frame that may own it."""
        assert isinstance(root.key, tuple)
        scope, name = root.key
        if self.function is None or self._owner_key(name) != scope:
            return {root}
        if name in self.private:
            own = set(self.env.get(name, ()))
            return own if root.depth == 0 else self.reachable(self.inside(own))
        return {Root("var", name, root.depth)} if self.is_region or scope == self.function.key else {root}

    def _owner_key(self, name: str) -> FunctionKey | None:
        owner = self._owner(name)
        return owner.key if owner is not None else None

    def _read(self, root: Root) -> None:
        if root.kind in ("global", "class"):
            self.effects.reads.add(root)
        else:
            assert isinstance(root.key, tuple)
            if root.key[1] in self.private and self._owner_key(root.key[1]) == root.key[0]:
                self.effects.reads.add(Root("var", root.key[1]))
            else:
                self.effects.reads.add(root)

    def _bind_through(self, root: Root, cause: Cause) -> None:
        """A called function rebinds a variable: of this frame (then only this frame changes), or of an outer one."""
        if root.kind == "cell":
            assert isinstance(root.key, tuple)
            scope, name = root.key
            if self._owner_key(name) == scope and name in self.private and not self.is_region:
                self.env.setdefault(name, set()).add(UNKNOWN)
                return
            if self._owner_key(name) == scope:
                root = Root("var", name)
        self.effects.binds.setdefault(root, cause)

    def _call_back(
        self, value: Iterable[Root], args: list[set[Root]], named: dict[str, set[Root]], node: ast.AST, cause: Cause
    ) -> None:
        everything = set().union(*args, *named.values())
        given = self.reachable(everything) | {UNKNOWN}
        for root in value:
            if root.kind == "func":
                info = self.program.functions[root.key]  # type: ignore[index]
                self.call_function(info, [set(given) for _ in info.parameters], {}, node)
            elif root.kind == "lib":
                self.call_library(str(root.key), [set(given)], {}, node)
            elif root.kind == "class" and root.depth == 0:
                self.construct(root, [set(given)], {}, node)
            elif root.kind == "param":
                self.effects.calls.setdefault(root, cause)
            else:
                self.not_known(cause.code, node, cause.text, cause.variable)

    def construct(self, root: Root, args: list[set[Root]], named: dict[str, set[Root]], node: ast.AST) -> set[Root]:
        """A new instance of a class of the program."""
        cls = self._class(root)
        self.effects.heavy = True
        made = self.site(node, set().union(*args, *named.values()))
        enumeration = False
        initialised = False
        seen: list[ClassInfo] = []
        while cls is not None and cls not in seen:
            seen.append(cls)
            self.effects.classes.add(Name(cls.module.name, cls.name))
            strange = not cls.plain or any(
                d is None or d.removeprefix("lib:") not in tables.KNOWN_DECORATORS for d in cls.decorators
            )
            free = all(
                b is not None and (b.startswith("cls:") or b.removeprefix("lib:") in tables.FREE_BASES)
                for b in cls.bases
            )
            if strange or not free:
                return self.not_known(
                    "MX505", node, f"class `{cls.name}` has a base, decorator or body that is not known", cls.name
                )
            enumeration |= any((b or "").startswith("lib:enum.") for b in cls.bases)
            for name in ("__init__", "__new__", "__post_init__", "__setattr__"):
                if name in cls.methods and not (name == "__init__" and initialised):
                    initialised |= name == "__init__"
                    self.call_function(cls.methods[name], [made, *args], named, node)
            if "__del__" in cls.methods:
                self.flag("identity", getattr(node, "lineno", 0), f"`{cls.name}` has a destructor", cls.name)
            bases = [c for c in map(self.program.class_of, cls.bases) if c is not None]
            if len(bases) > 1:
                return self.not_known("MX505", node, f"class `{cls.name}` has several bases", cls.name)
            cls = bases[0] if bases else None
        return {root.inside} if enumeration else made

    def call_library(self, dotted: str, args: list[set[Root]], named: dict[str, set[Root]], node: ast.AST) -> set[Root]:
        line = getattr(node, "lineno", 0)
        if dotted.split(".")[0] in self.program.patched_libraries:
            return self.not_known("MX503", node, f"the program replaces parts of `{dotted.split('.')[0]}`", dotted)
        self._note_heavy(dotted)
        special = self._special(dotted, args, named, node)
        if special is not None:
            return special
        head, _, method = dotted.rpartition(".")
        if head in ("str", "bytes", "int", "float", "list", "dict", "set", "tuple", "frozenset", "bytearray") and args:
            return self.call_method(args[0], method, args[1:], named, node)
        effect = library_effect(dotted)
        if effect is None:
            return self.not_known(
                "MX505", node, f"`{dotted}` is not in the effect table", dotted, "compute it outside the loop"
            )
        for flag in effect.flags:
            self.flag(flag, line, f"calls `{dotted}`", dotted, _FIXES.get(flag, ""))
        for position in effect.writes:
            if position < len(args):
                cause = Cause("MX201", line, f"`{dotted}` changes its argument", _text(node))
                self.write(args[position], cause)
                self.store(args[position], set().union(*args, *named.values()))
        if "out" in named:
            self.write(named["out"], Cause("MX201", line, f"`{dotted}(out=…)` changes its argument"))
        return self._result(effect, args, named, node, dotted)

    def _result(
        self, effect: tables.Effect, args: list[set[Root]], named: dict[str, set[Root]], node: ast.AST, name: str
    ) -> set[Root]:
        """What a library function or (with a dot before its name) a method returns, once it has called what it may."""
        everything = set().union(*args, *named.values())
        self.data_model(self.interpreter.reading, (everything,), node)
        data = {r for r in everything if r.kind not in ("func", "lib", "method")}
        made = self._call_backs(_callbacks(name, args, named), self.reachable(data), node)
        if effect.result == "atom" or not everything:
            return set() if effect.result == "atom" else self.site(node)
        parts = self.reachable(data) | made
        fresh = self.site(node, parts)
        return fresh if effect.result == "fresh" else fresh | data | self.inside(data) | made

    def _call_backs(self, functions: set[Root], given: set[Root], node: ast.AST) -> set[Root]:
        """Calls of functions that were handed to a library function, with anything it was given."""
        made: set[Root] = set()
        for root in functions:
            if root.kind == "site" and root.key not in self.partials:
                held = {r for r in self.reachable((root,)) if r.kind != "site"}
                made |= self._call_backs(held, given, node) if held else set()
            elif root.kind == "func":
                info = self.program.functions[root.key]  # type: ignore[index]
                made |= self.call_function(info, [set(given) for _ in info.parameters], {}, node)
            elif root.kind in ("lib", "method", "site") or (root.kind == "class" and root.depth == 0):
                made |= self.call_value({root}, [set(given), set(given)], {}, node)
            else:
                text = _text(node)
                cause = Cause(
                    "MX505", getattr(node, "lineno", 0), f"`{text}` calls what the analysis cannot name", text
                )
                self.effects.calls.setdefault(root, cause)
                made.add(UNKNOWN)
        return made

    def _note_heavy(self, dotted: str) -> None:
        head = dotted.rpartition(".")[0]
        if dotted in tables.HEAVY_BUILTINS or head in tables.HEAVY_LIBRARY or dotted.startswith("numpy."):
            self.effects.heavy = True

    def _special(
        self, dotted: str, args: list[set[Root]], named: dict[str, set[Root]], node: ast.AST
    ) -> set[Root] | None:
        line = getattr(node, "lineno", 0)
        if dotted.startswith("os.environ"):
            self.flag("environment", line, "uses the environment", "environ")
            return set()
        if dotted == "type" and len(args) == 1:
            return self._any_class() if args[0] else set()
        if dotted == "operator.attrgetter" and (self.program.properties or "__getattr__" in self.program.methods):
            self.flag("dynamic", line, "reads attributes by computed names", "attrgetter")
        if dotted == "functools.partial" and args:
            self.partials[id(node)] = (args[0], args[1:], named)
            return self.site(node, set().union(*args, *named.values()))
        if dotted in ("random.Random", "numpy.random.default_rng"):
            if not args and not named:
                self.flag("random", line, f"`{dotted}()` without a seed", dotted, "give it a seed of the item's own")
            return self.site(node, set().union(*args, *named.values()))
        if dotted in ("open", "io.open"):
            return self._open(node, line, 1)
        if dotted == "print" and isinstance(node, ast.Call):
            target = next((k.value for k in node.keywords if k.arg == "file"), None)
            if target is not None and _text(target) not in ("sys.stdout", "sys.stderr"):
                self.write(named["file"], Cause("MX211", line, f"prints to `{_text(target)}`", _text(target)))
            else:
                self.flag("out", line, "prints", "print")
            self.data_model(self.interpreter.reading, args, node)
            return set()
        if dotted == "getattr" and isinstance(node, ast.Call) and len(node.args) >= 2:
            name = node.args[1]
            if isinstance(name, ast.Constant) and isinstance(name.value, str):
                return self.attribute(args[0], name.value, node) | (args[2] if len(args) > 2 else set())
            self.flag("dynamic", line, "reads an attribute by a computed name", "getattr")
            return {UNKNOWN}
        return None

    def _open(self, node: ast.AST, line: int, position: int) -> set[Root]:
        mode: ast.expr | None = None
        if isinstance(node, ast.Call):
            mode = node.args[position] if len(node.args) > position else None
            mode = next((k.value for k in node.keywords if k.arg == "mode"), mode)
        reading = mode is None or (
            isinstance(mode, ast.Constant) and isinstance(mode.value, str) and not set(mode.value) & set("wax+")
        )
        if reading:
            self.flag("file-read", line, "reads a file", "open")
        else:
            self.flag(
                "file-write", line, "opens a file for writing", "open", "return the text and write it after the loop"
            )
        return self.site(node)

    def call_method(
        self, receiver: set[Root], attr: str, args: list[set[Root]], named: dict[str, set[Root]], node: ast.AST
    ) -> set[Root]:
        """A method by its name alone: what any value type or class of the program does under it."""
        line = getattr(node, "lineno", 0)
        own = self.program.methods.get(attr, ())
        known = method_effect(attr, node)
        found: set[Root] = set()
        for info in own:
            static = "lib:staticmethod" in info.decorators
            first = self._heirs_of(info) if "lib:classmethod" in info.decorators else receiver
            self.effects.heavy = True
            found |= self.call_function(info, list(args) if static else [first, *args], named, node)
        if attr == "open":
            return found | self._open(node, line, 0)
        if known is None:
            if own:
                return found
            text = f"method `.{attr}()` is not in the effect table"
            return found | self.not_known("MX505", node, text, attr)
        for flag in known.flags:
            self.flag(flag, line, f"calls `.{attr}()`", attr)
        if attr in _FILE_WRITES:
            self.flag("file-touch", line, f"calls `.{attr}()`", attr)
        if known.writes:
            where = (
                _text(node.func.value) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else attr
            )
            self.write(
                receiver,
                Cause("MX102" if attr in _GROWING else "MX105", line, f"`{where}.{attr}()` changes `{where}`", where),
            )
            self.store(receiver, set().union(*args, *named.values(), *(self.inside(a) for a in args)))
            if attr == "shuffle":
                for given in args:
                    self.write(given, Cause("MX105", line, f"`.{attr}()` changes its argument"))
        if "out" in named:
            self.write(named["out"], Cause("MX105", line, f"`.{attr}(out=…)` changes its argument"))
        return found | self._result(known, [receiver, *args], named, node, f".{attr}")

    def _heirs_of(self, method: FunctionInfo) -> set[Root]:
        assert method.cls is not None
        return {Root("class", (c.module.name, c.name)) for c in self.program.heirs(method.cls)}

    def data_model(self, names: Iterable[str], values: Iterable[Iterable[Root]], node: ast.AST) -> None:
        """Special methods that classes of the program define and that an operation may call on its operands."""
        defined = [m for name in names for m in self.program.methods.get(name, ())]
        if not defined:
            return
        operands = {r for value in values for r in value if r.kind not in ("func", "lib")}
        if not operands:
            return
        heavy = self.effects.heavy
        for method in defined:
            if method is not self.function:
                self.call_function(method, [set(operands) for _ in method.parameters], {}, node)
        self.effects.heavy = heavy

    # --- statements -------------------------------------------------------------------------------------------------

    def statements(self, body: Iterable[ast.stmt]) -> None:
        for statement in body:
            self.statement(statement)

    def statement(self, node: ast.stmt) -> None:
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
            base = self.expr(target.value)
            text = _text(target)
            self.write(base, Cause("MX105", target.lineno, f"`{text}` is changed", text, "return the change instead"))
            self.store(base, value)
            for setter in self.program.properties.get(target.attr, ()):
                self.call_function(setter, [base, value], {}, target)
            self.data_model(("__setattr__", "__set__"), (base,), target)
        elif isinstance(target, ast.Subscript):
            base, index = self.expr(target.value), self.expr(target.slice)
            text = _text(target)
            self.write(base, Cause("MX104", target.lineno, f"`{text}` is written", _text(target.value)))
            self.store(base, value | index)
            self.data_model(("__setitem__", "__hash__", "__eq__"), (base, index), target)
        elif isinstance(target, ast.Starred):
            self.assign(target.value, self.site(target, value))

    def _Expr(self, node: ast.Expr) -> None:
        self.expr(node.value)

    def _Assign(self, node: ast.Assign) -> None:
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
        name = _BINARY[type(node.op)]
        self.data_model((f"__i{name}__", f"__{name}__", f"__r{name}__"), (left, right), node)
        if self._changes_in_place(node):
            cause = Cause("MX101", node.lineno, f"`{_text(node)}` may change an object in place", _text(node.target))
            for root in left:
                if root.kind != "lib":
                    self.effects.soft.setdefault(root, cause)
            self.store(left, self.inside(right))
        value = left | (self.site(node, self.inside(left) | self.inside(right)) if left or right else set())
        self.assign(node.target, value)

    def _changes_in_place(self, node: ast.AugAssign) -> bool:
        defined = f"__i{_BINARY[type(node.op)]}__" in self.program.methods
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
            self.data_model(("__enter__", "__exit__"), (value,), node)
            if item.optional_vars is not None:
                self.assign(item.optional_vars, value | self.inside(value))
        self.statements(node.body)

    def _Try(self, node: ast.Try) -> None:
        self.statements(node.body)
        for handler in node.handlers:
            if handler.type is not None:
                self.expr(handler.type)
                if any(
                    word in ast.dump(handler.type)
                    for word in ("RecursionError", "MemoryError", "BaseException", "KeyboardInterrupt")
                ):
                    self.flag("identity", handler.lineno, f"catches `{_text(handler.type)}`")
            if handler.name:
                self.bind(handler.name, self.site(handler), handler)
            self.statements(handler.body)
        self.statements(node.orelse)
        self.statements(node.finalbody)

    def _Match(self, node: ast.Match) -> None:
        subject = self.expr(node.subject)
        parts = self.reachable(subject)
        self.data_model(("__eq__", "__len__", "__getitem__", "__instancecheck__"), (parts,), node)
        for case in node.cases:
            for pattern in ast.walk(case.pattern):
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


_GROWING = frozenset({"append", "extend", "add", "insert", "update", "setdefault", "appendleft"})
_FILE_WRITES = frozenset({"write", "writelines", "writerow", "writerows", "writeheader", "truncate"})
_FIXES = {"random": "one generator per item: `random.Random(seed + i)`", "clock": "read the clock outside the loop"}


def _unbound(value: Iterable[Root]) -> set[Root]:
    """Roots that mean the same in another frame: of a bound method the object, and something unknown."""
    found: set[Root] = set()
    for root in value:
        found |= _unbound(root.key[1]) | {UNKNOWN} if root.kind == "method" else {root}  # type: ignore[index]
    return found


def _callbacks(name: str, args: list[set[Root]], named: dict[str, set[Root]]) -> set[Root]:
    """What a library function calls of what it is given. A method's first argument here is its receiver."""
    found: set[Root] = set()
    given = args[1:] if name.startswith(".") else args
    if name in tables.CALLBACKS:
        found.update(*given[tables.CALLBACKS[name] :][:1])
    if name == "iter" and len(args) == 2:
        found |= args[0]
    if name.startswith("json."):
        found |= named.get("default", set())
    return found.union(*(value for key, value in named.items() if key in tables.CALLBACK_NAMES or key == "*"))


def library_effect(dotted: str) -> tables.Effect | None:
    """The effect of a library function or builtin by its dotted name; None if it is in no table."""
    if "." not in dotted:
        return tables.BUILTINS.get(dotted)
    if dotted in tables.LIBRARY:
        return tables.LIBRARY[dotted]
    module = dotted
    while "." in module:
        module = module.rpartition(".")[0]
        if module in tables.WHOLE_MODULES:
            return tables.WHOLE_MODULES[module]
    return None


def method_effect(attr: str, node: ast.AST) -> tables.Effect | None:
    """The effect of a method name on the value types."""
    if attr == "replace":
        one = isinstance(node, ast.Call) and len(node.args) == 1 and not node.keywords
        return tables.PATH_REPLACE if one else tables.TEXT_REPLACE
    return tables.METHODS.get(attr)


def is_known_module(name: str) -> bool:
    """Whether importing the module has no effect that a program could see."""
    heads = {dotted.split(".")[0] for dotted in tables.LIBRARY} | {
        dotted.split(".")[0] for dotted in tables.WHOLE_MODULES
    }
    return name.split(".")[0] in heads


def is_named_tuple(module: ModuleInfo, name: str) -> bool:
    """Whether a global is made by `name = namedtuple(...)`."""
    for node in module.tree.body:
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == name for t in node.targets):
            called = _text(node.value.func) if isinstance(node.value, ast.Call) else ""
            head, _, last = called.rpartition(".")
            dotted = module.imports.get(called) or (f"{module.imports.get(head, '')}.{last}" if head else "")
            return dotted in ("collections.namedtuple", "typing.NamedTuple")
    return False


def _match(info: FunctionInfo, args: list[set[Root]], named: dict[str, set[Root]]) -> dict[int, set[Root]]:
    """Which roots each parameter may be. Surplus arguments go to `*args` and `**kwargs`."""
    mapping: dict[int, set[Root]] = {}
    count = len(info.parameters)
    if "*" in named:
        everything = named["*"]
        return {position: set(everything) for position in range(count)}
    last = info.star if info.star is not None else (info.stars if info.stars is not None else count)
    for position, value in enumerate(args):
        slot = position if position < last and position not in (info.star, info.stars) else info.star
        if slot is not None:
            mapping.setdefault(slot, set()).update(value)
    for name, value in named.items():
        slot = info.parameters.index(name) if name in info.parameters else info.stars
        if slot is not None:
            mapping.setdefault(slot, set()).update(value)
    return mapping


def _loaded(target: ast.expr) -> ast.expr:
    """The target of an in-place operator, as it is read first."""
    if isinstance(target, ast.Name):
        return ast.copy_location(ast.Name(target.id, ast.Load()), target)
    if isinstance(target, ast.Attribute):
        return ast.copy_location(ast.Attribute(target.value, target.attr, ast.Load()), target)
    assert isinstance(target, ast.Subscript)
    return ast.copy_location(ast.Subscript(target.value, target.slice, ast.Load()), target)


def _text(node: ast.AST) -> str:
    text = ast.unparse(node)
    return text if len(text) <= 40 else text[:39] + "…"


__all__ = ["COMPREHENSIONS", "NOTHING", "Frame", "Interpreter", "Value", "is_known_module", "library_effect"]
