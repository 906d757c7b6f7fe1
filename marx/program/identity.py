"""Whether some code of a program could tell a copy of a number, a text or a tuple from its original, by `is` or `id`.

Objects that can change come back from chunks as themselves, or are new; so a comparison is harmless where one side is
certainly such an object (or a singleton, a class, a function), or where both sides are evidently objects: the scope
reads attributes of them that no number, text or tuple has. Names that stand for one another, or for the elements of
one collection, share that evidence."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from marx.program import tables
from marx.program.comparers import Comparers
from marx.program.effects import Cause
from marx.program.nodes import walk
from marx.program.scopes import (
    FUNCTIONS,
    ClassInfo,
    FunctionInfo,
    ModuleInfo,
    Program,
    own_nodes,
    resolve,
)
from marx.program.walk import decorators

_ATOM_ATTRIBUTES = frozenset(
    name for kind in (int, float, complex, bool, str, bytes, tuple, range, frozenset, type(None)) for name in dir(kind)
)
_DISPLAYS = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp, ast.GeneratorExp, ast.Lambda)
_FRESH_OBJECTS = frozenset(
    "object list dict set bytearray collections.deque collections.Counter collections.defaultdict"
    " collections.OrderedDict threading.Lock random.Random".split()
)
_SAME_ELEMENTS = frozenset({"sorted", "list", "reversed", "enumerate", "iter", "set", "tuple"})
_ONE_ELEMENT = frozenset({"max", "min", "next"})
_TELLING = "\0telling"
"""Stands for whatever a key function reads an attribute of."""


def identity_visible(program: Program) -> Cause | None:
    """The first comparison that could see a copy; None if there is none."""
    for module in program.modules.values():
        scopes: list[FunctionInfo | None] = [None, *module.by_node.values()]
        comparers = Comparers(program, module)
        for function in scopes:
            scope = _Scope(program, module, function, comparers)
            for node in scope.nodes:
                if not scope.is_harmless(node):
                    text = "the program compares identities of values that would be copied"
                    line, shown = getattr(node, "lineno", 0), ast.unparse(node)[:60]
                    return Cause("MX403", line, text, shown, "compare by value", module.name)
    return None


class _Scope:
    """One function, or the top of a module (function None), with what its text says of its names."""

    def __init__(
        self, program: Program, module: ModuleInfo, function: FunctionInfo | None, comparers: Comparers
    ) -> None:
        self.program, self.module, self.function, self._comparers = program, module, function, comparers
        body: list[ast.AST] = [*module.tree.body]
        if function is not None:
            body = [function.node.body] if isinstance(function.node, ast.Lambda) else [*function.node.body]
        self.nodes = [n for tree in body for n in _scope_nodes(tree)]
        self._callees = {id(n.func) for n in self.nodes if isinstance(n, ast.Call)}
        self._same: dict[str, str] = {}
        self._evidence: set[str] | None = None
        self._asked: set[str] = set()

    def is_harmless(self, node: ast.AST) -> bool:
        if isinstance(node, ast.Compare):
            operands = [node.left, *node.comparators]
            pairs = zip(node.ops, operands, operands[1:], strict=False)
            return all(self._may_compare(a, b) for op, a, b in pairs if isinstance(op, ast.Is | ast.IsNot))
        if isinstance(node, ast.Call):
            if self._comparers.is_id(node.func) and len(node.args) == 1:
                return self._is_object(node.args[0]) or self._is_evident(node.args[0])
            return True
        if isinstance(node, ast.Name | ast.Attribute):
            return not self._comparers.hands_on(node, self.function, is_callee=id(node) in self._callees)
        return True

    def _may_compare(self, first: ast.expr, second: ast.expr) -> bool:
        if self._is_object(first) or self._is_object(second):
            return True
        return self._is_evident(first) and self._is_evident(second)

    # --- certain ----------------------------------------------------------------------------------------------------

    def _is_object(self, node: ast.expr) -> bool:
        """Whether an expression certainly is no number, text or tuple, or one of which there is only one."""
        if isinstance(node, ast.Constant):
            return node.value is None or isinstance(node.value, bool) or node.value is Ellipsis
        if isinstance(node, _DISPLAYS):
            return True
        if isinstance(node, ast.Call):
            return self._makes_object(node)
        if isinstance(node, ast.Name) and self._is_own(node.id):
            return self._is_receiver(node.id) or self._always_object(node.id)
        meaning = resolve(self.program, self.module, node)
        if meaning is not None and (meaning[:4] in ("cls:", "fun:", "mod:") or _plain(meaning) in tables.BUILTINS):
            return True
        if isinstance(node, ast.Attribute):
            cls = self.program.class_of(resolve(self.program, self.module, node.value))
            return cls is not None and self._is_class_object(cls, node.attr)
        return isinstance(node, ast.Name) and self._always_object(node.id)

    def _is_own(self, name: str) -> bool:
        return self.function is not None and name in self.function.local - self.function.globals

    def _makes_object(self, node: ast.Call) -> bool:
        if isinstance(node.func, ast.Name) and node.func.id == "type" and len(node.args) == 1:
            return True
        if isinstance(node.func, ast.Name) and self._is_own(node.func.id):
            return False
        meaning = resolve(self.program, self.module, node.func)
        cls = self.program.class_of(meaning)
        return _plain(meaning or "") in _FRESH_OBJECTS or (cls is not None and self._has_identity(cls))

    def _has_identity(self, cls: ClassInfo) -> bool:
        """Whether instances are objects of their own, not a kind of number or text."""
        for base in cls.bases:
            parent = self.program.class_of(base)
            known = base is not None and _plain(base) in ("object", "abc.ABC", "typing.Generic", "enum.Enum")
            if not known and (parent is None or not self._has_identity(parent)):
                return False
        return True

    def _is_receiver(self, name: str) -> bool:
        function = self.function
        assert function is not None
        cls = function.cls
        if cls is None or function.parent is not None or not function.parameters or name != function.parameters[0]:
            return False
        return "lib:staticmethod" not in function.decorators and self._has_identity(cls) and not self._rebinds(name)

    def _rebinds(self, name: str) -> bool:
        return self.function is not None and bool(self.function.bindings.get(name))

    def _is_class_object(self, cls: ClassInfo, attribute: str) -> bool:
        if any((base or "").startswith("lib:enum.") for base in cls.bases) or attribute in cls.methods:
            return True
        values = [v for t, v in _assignments(cls.node.body) if isinstance(t, ast.Name) and t.id == attribute]
        return bool(values) and self._are_objects(f"{cls.name}.{attribute}", values)

    def _always_object(self, name: str) -> bool:
        """Whether everything that is ever bound to a name is made by a display or a class."""
        own = self._is_own(name)
        bound = (self.function.bindings if own and self.function else self.module.bindings).get(name, [])
        if own and self.function is not None and name in self.function.parameters:
            return False
        tree: ast.AST = self.function.node if own and self.function is not None else self.module.tree
        values = [v for t, v in _assignments(walk(tree)) if t in bound]
        return bool(bound) and len(values) == len(bound) and self._are_objects(name, values)

    def _are_objects(self, name: str, values: list[ast.expr]) -> bool:
        """The same of what is bound to a name. One that is only handed back to itself (`a = b`, `b = a`) holds nothing
        else by that."""
        if name in self._asked:
            return True
        self._asked.add(name)
        found = all(self._is_object(v) for v in values)
        self._asked.discard(name)
        return found

    # --- evident ----------------------------------------------------------------------------------------------------

    def _is_evident(self, node: ast.expr) -> bool:
        if self._evidence is None:
            self._link()
            seen = {_text(n.value) for n in self.nodes if isinstance(n, ast.Attribute) and _is_telling(n)}
            self._evidence = {self._root(text) for text in {*seen, _TELLING} if text}
        return self._root(_text(node)) in self._evidence

    def _link(self) -> None:
        """Joins the names that stand for one another."""
        for node in self.nodes:
            if isinstance(node, ast.For | ast.comprehension):
                self._iterated(node.target, node.iter)
            elif isinstance(node, ast.Assign):
                for target in node.targets:
                    self._assigned(target, node.value)
            elif isinstance(node, ast.Call):
                self._called(node)

    def _iterated(self, target: ast.expr, values: ast.expr) -> None:
        if isinstance(values, ast.Call) and isinstance(values.func, ast.Name) and isinstance(target, ast.Tuple):
            if values.func.id == "enumerate" and len(target.elts) == 2 and values.args:
                self._iterated(target.elts[1], values.args[0])
            elif values.func.id == "zip" and len(target.elts) == len(values.args):
                for part, given in zip(target.elts, values.args, strict=True):
                    self._iterated(part, given)
        else:
            self._join(_text(target), _element(values))

    def _assigned(self, target: ast.expr, value: ast.expr) -> None:
        self._join(_text(target), _text(value))
        self._join(_element(target), _element(value))
        made = [value.elt] if isinstance(value, ast.ListComp | ast.SetComp | ast.GeneratorExp) else []
        for part in value.elts if isinstance(value, ast.List | ast.Set | ast.Tuple) else made:
            self._join(_element(target), _text(part))

    def _called(self, node: ast.Call) -> None:
        """`xs.append(x)` and `max(xs, key=lambda x: …)`."""
        key = next((k.value for k in node.keywords if k.arg == "key"), None)
        method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        if isinstance(node.func, ast.Attribute) and method in ("append", "appendleft", "add", "remove") and node.args:
            self._join(_text(node.args[0]), _element(node.func.value))
        if isinstance(key, ast.Lambda) and key.args.args:
            values = node.func.value if isinstance(node.func, ast.Attribute) and method == "sort" else None
            values = node.args[0] if values is None and node.args else values
            if values is not None and _reads_attribute(key):
                self._join(_TELLING, _element(values))

    def _root(self, text: str) -> str:
        while text in self._same:
            text = self._same[text]
        return text

    def _join(self, first: str, second: str) -> None:
        if first and second and self._root(first) != self._root(second):
            self._same[self._root(first)] = self._root(second)


def _scope_nodes(tree: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a statement that run in its own scope; of functions what is evaluated where they are defined."""
    if isinstance(tree, FUNCTIONS):
        for outside in [*decorators(tree), *tree.args.defaults, *[d for d in tree.args.kw_defaults if d]]:
            yield from _scope_nodes(outside)
    elif isinstance(tree, ast.ClassDef):
        outside_class = [*tree.decorator_list, *tree.bases, *(k.value for k in tree.keywords)]
        for part in [*outside_class, *tree.body]:
            yield from _scope_nodes(part)
    else:
        for node in own_nodes(tree):
            if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
                yield from _scope_nodes(node)
            else:
                yield node


def _assignments(nodes: Iterator[ast.AST] | list[ast.stmt]) -> Iterator[tuple[ast.expr, ast.expr]]:
    for node in nodes:
        if isinstance(node, ast.Assign):
            yield from ((target, node.value) for target in node.targets)
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            yield node.target, node.value


def _is_telling(node: ast.Attribute) -> bool:
    return node.attr not in _ATOM_ATTRIBUTES and not (node.attr.startswith("__") and node.attr.endswith("__"))


def _reads_attribute(function: ast.Lambda) -> bool:
    """Whether a key function reads an attribute of its argument, whatever else it does."""
    name = function.args.args[0].arg
    return any(
        isinstance(n, ast.Attribute) and _is_telling(n) and isinstance(n.value, ast.Name) and n.value.id == name
        for n in walk(function.body)
    )


def _text(node: ast.expr) -> str:
    """What stands for the same object wherever it is written in a scope; "" for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        base = _text(node.value)
        return f"{base}.{node.attr}" if base else ""
    if isinstance(node, ast.Subscript) and not isinstance(node.slice, ast.Slice):
        return _element(node.value)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _ONE_ELEMENT and node.args:
        return _element(node.args[0])
    return ""


def _element(values: ast.expr) -> str:
    """The same for the elements of a collection."""
    if isinstance(values, ast.Call) and isinstance(values.func, ast.Name) and values.args:
        return _element(values.args[0]) if values.func.id in _SAME_ELEMENTS else ""
    if isinstance(values, ast.Call) and isinstance(values.func, ast.Attribute) and not values.args:
        base = _text(values.func.value)
        return f"{base}.{values.func.attr}()[]" if base else ""
    if isinstance(values, ast.Subscript) and isinstance(values.slice, ast.Slice):
        return _element(values.value)
    base = _text(values)
    return f"{base}[]" if base else ""


def _plain(meaning: str) -> str:
    return meaning.removeprefix("lib:")
