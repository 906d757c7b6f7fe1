"""One scope under interpretation: what its names may be, which objects hold which, and what has been noted so far.

The lowest part of the interpreter (interpret.py names all of them). `private` are the names that belong to the scope
alone; all others are seen as roots.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from marx.program import tables
from marx.program.effects import SHARED_KINDS, UNKNOWN, Cause, Effects, Root, unbound
from marx.program.known import is_decorated
from marx.program.plan import FunctionKey, Name
from marx.program.scopes import ClassInfo, FunctionInfo, ModuleInfo, resolve_global
from marx.program.seeded import as_seeded

if TYPE_CHECKING:
    from marx.program.elements import Elements
    from marx.program.interpret import Interpreter

_DISPLAYS = (ast.List, ast.Dict, ast.Set, ast.Tuple, ast.ListComp, ast.DictComp, ast.SetComp)
_CONTAINERS = frozenset("list dict set sorted bytearray".split())


class Names:
    """Values of names. The methods without a body are given by the parts above."""

    def __init__(
        self, interpreter: Interpreter, module: ModuleInfo, function: FunctionInfo | None, private: set[str]
    ) -> None:
        self.interpreter = interpreter
        self.program = interpreter.program
        self.module = module
        self.function = function
        self.private = private
        self.is_region = False
        self.elements: Elements | None = None
        self.env: dict[str, set[Root]] = {}
        self.content: dict[object, set[Root]] = {}
        self._reached: dict[Root, set[Root]] = {}
        self.growth = 0
        """How often some object was found to hold something new."""
        self.built_in: set[object] = set()
        """The objects made here that are lists, dicts or sets by their text."""
        self.partials: dict[object, tuple[set[Root], list[set[Root]], dict[str, set[Root]]]] = {}
        self.instances: dict[object, ClassInfo] = {}
        self.called_back: dict[tuple[Root, frozenset[Root]], set[Root]] = {}
        """What calls of functions with what they were given came to, while one of them is under way (callees.py)."""
        self.effects = Effects()
        self.seeded: frozenset[str] = frozenset()
        """The flags of drawing from those shared generators that have been seeded (seeded.py)."""
        self.seeded_at: dict[ast.AST, frozenset[str]] = {}
        """The same for the statements after one that seeds them, and for that one itself."""
        self.outer_targets: frozenset[str] = frozenset()
        self.touched: set[Root] = set()
        self._scopes: list[dict[str, set[Root]]] = []

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
        for root in value:
            if root not in found:
                found |= self._reach(root)
        return found

    def _reach(self, start: Root) -> set[Root]:
        """The same of one root; kept until some object holds something new."""
        if start in self._reached:
            return self._reached[start]
        found = self._reached[start] = set()
        todo = [start]
        while todo:
            root = todo.pop()
            if root in found:
                continue
            found.add(root)
            todo.extend(root.key[1] if root.kind == "method" else self.inside((root,)))  # type: ignore[index]
        return found

    def hold(self, key: object, parts: Iterable[Root]) -> None:
        """An object made here may hold `parts`."""
        held = self.content.setdefault(key, set())
        size = len(held)
        held.update(parts)
        if len(held) != size:
            self._reached.clear()
            self.growth += 1

    def site(self, node: ast.AST, parts: Iterable[Root] = ()) -> set[Root]:
        """An object made here, that may hold `parts`."""
        self.hold(id(node), parts)
        if isinstance(node, _DISPLAYS) or self._calls_builtin(node):
            self.built_in.add(id(node))
        return {Root("site", id(node))}

    def _calls_builtin(self, node: ast.AST) -> bool:
        match node:
            case ast.Call(func=ast.Name(id=word)) if word in _CONTAINERS and self._owner(word) is None:
                bound = (self.module.bindings, self.private, self.outer_targets, *self._scopes)
                return not any(word in names for names in bound)
            case _:
                return False

    def write(self, value: Iterable[Root], cause: Cause, path: str = "") -> None:
        """Something is changed, of an object only its attribute `path`. Where it may be an object made here it most
        likely is one, and the others are numbers and texts that were put into it: the driver looks."""
        roots = {root.under(path, 0) for root in unbound(value)} if path else unbound(value)
        made_here = any(root.kind == "site" for root in roots)
        for root in roots:
            if made_here and root.kind in ("param", "var", "global"):
                self.effects.soft.setdefault(root, cause)
            elif root.kind == "lib":
                self.flag("ambient", cause.line, f"changes `{root.key}`", str(root.key), "set it before the loop")
            elif root.kind == "func":
                self.effects.writes.setdefault(Root("class", ("function", root.key)), cause)
            else:
                self.effects.writes.setdefault(root, cause)

    def store(self, holders: Iterable[Root], parts: Iterable[Root]) -> None:
        parts = unbound(parts)
        for holder in holders:
            if holder.kind == "site":
                self.hold(holder.key, parts)
            elif holder.kind in SHARED_KINDS:
                self.effects.stores.update((holder, part) for part in parts)

    def flag(self, flag: str, line: int, text: str, variable: str = "", fix: str = "") -> None:
        self.take_flags({flag: Cause(tables.FLAG_CODES[flag], line, text, variable, fix)})

    def take_flags(self, flags: Mapping[str, Cause]) -> None:
        """Adds flags, as they count once generators have been seeded."""
        self.effects.take_flags(as_seeded(flags, self.seeded))

    def not_known(self, code: str, node: ast.AST, text: str, variable: str = "", fix: str = "") -> set[Root]:
        if self.effects.unknown is None:
            self.effects.unknown = Cause(code, getattr(node, "lineno", 0), text, variable, fix)
        return {UNKNOWN}

    def load(self, name: str, node: ast.AST) -> set[Root]:
        """What a name may be, where all of it may be looked at."""
        found = self.name(name, node)
        self.touched |= found
        return found

    def name(self, name: str, node: ast.AST) -> set[Root]:
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
        return {root} if code is None else {Root("func", code.key)}

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
            code = owner.children.get(bound[0])
            return None if code is None or is_decorated(code) else code
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
        info = self.program.modules[owner].functions[own]
        if is_decorated(info):
            effects.reads.add(Root("global", (owner, own)))
            return {Root("global", (owner, own))}
        effects.functions.add((here, info.key))
        return {Root("func", info.key)}

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

    def _class(self, root: Root) -> ClassInfo | None:
        assert isinstance(root.key, tuple)
        module, name = root.key
        return self.program.modules[module].classes.get(name) if module in self.program.modules else None

    def _owner_key(self, name: str) -> FunctionKey | None:
        owner = self._owner(name)
        return owner.key if owner is not None else None

    def peek(self, node: ast.expr) -> set[Root]:
        """What an expression may be, where only what is done with it next looks into it."""
        return self.name(node.id, node) if isinstance(node, ast.Name) else self.expr(node)

    # --- given above --------------------------------------------------------------------------------------------------

    def expr(self, node: ast.expr) -> set[Root]:
        """What an expression may be."""
        raise NotImplementedError

    def call_value(
        self,
        value: set[Root],
        args: list[set[Root]],
        named: dict[str, set[Root]],
        node: ast.AST,
        through: Root | None = None,
    ) -> set[Root]:
        """The call of whatever a value may be."""
        raise NotImplementedError

    def call_function(
        self, info: FunctionInfo, args: list[set[Root]], named: dict[str, set[Root]], node: ast.AST
    ) -> set[Root]:
        """The call of a function of the program."""
        raise NotImplementedError

    def call_method(
        self, receiver: set[Root], attr: str, args: list[set[Root]], named: dict[str, set[Root]], node: ast.AST
    ) -> set[Root]:
        """The call of a method by its name."""
        raise NotImplementedError

    def call_library(self, dotted: str, args: list[set[Root]], named: dict[str, set[Root]], node: ast.AST) -> set[Root]:
        """The call of a library function."""
        raise NotImplementedError

    def assign(self, target: ast.expr, value: set[Root]) -> None:
        """Binds or writes a target."""
        raise NotImplementedError

    def data_model(self, names: Iterable[str], values: Iterable[Iterable[Root]], node: ast.AST) -> None:
        """Special methods that an operation may call on its operands."""
        raise NotImplementedError
