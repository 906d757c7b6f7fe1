"""Calls of the program's own functions and classes, and of values that may be either."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable

from marx.program.arguments import match
from marx.program.construction import Construction
from marx.program.effects import CALLED, UNKNOWN, Cause, Effects, Root, in_order
from marx.program.known import is_decorated, is_named_tuple, text_of
from marx.program.scopes import FunctionInfo

Put = Callable[[Root], set[Root]]
"""What stands at a call's place for a root of the called function's summary."""


class Calls(Construction):
    """Calls into the program."""

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
        for root in in_order(value):
            if root.kind == "func":
                found |= self._call_named(root, args, named, node, through)
            elif root.kind == "class" and root.depth == 0:
                found |= self.construct(root, args, named, node)
            elif root.kind == "lib":
                found |= self.call_library(str(root.key), args, named, node)
            elif root.kind == "method":
                assert isinstance(root.key, tuple)
                found |= self.call_method(set(root.key[1]), root.key[0], args, named, node)
            elif root.kind == "param":
                found |= self._call_parameter(root, args, named, node)
            elif root.kind == "site":
                found |= self._call_made(root, args, named, node)
            elif root.kind in ("var", "global", "cell"):
                found |= self._call_held_by_name(root, args, named, node)
            else:
                found |= self._nameless(node)
        return found

    def _nameless(self, node: ast.AST) -> set[Root]:
        text = text_of(node)
        return self.not_known("MX505", node, f"calls `{text}`, which the analysis cannot name", text)

    def _call_named(
        self, root: Root, args: list[set[Root]], named: dict[str, set[Root]], node: ast.AST, through: Root | None
    ) -> set[Root]:
        """A function of the program itself; a class method gets the class that it was read from."""
        info = self.program.functions[root.key]  # type: ignore[index]
        if through is not None and "lib:classmethod" in info.decorators:
            args = [{through}, *args]
        return self.call_function(info, args, named, node)

    def _call_parameter(
        self, root: Root, args: list[set[Root]], named: dict[str, set[Root]], node: ast.AST
    ) -> set[Root]:
        """What the caller gave: which function that is, only he knows."""
        name = self.function.parameters[root.key] if self.function and isinstance(root.key, int) else "?"
        cause = Cause("MX505", getattr(node, "lineno", 0), f"calls its argument `{name}`", name)
        return self.call_held(root, args, named, node, cause) | {CALLED}

    def _call_made(self, root: Root, args: list[set[Root]], named: dict[str, set[Root]], node: ast.AST) -> set[Root]:
        """Something made here: a `partial`, or an object of a class with `__call__`."""
        if root.key in self.partials:
            function, first, given_names = self.partials[root.key]
            return self.call_value(function, [*first, *args], given_names | named, node)
        if root.key in self.instances:
            return self.call_method({root}, "__call__", args, named, node)
        return self._nameless(node)

    def _call_held_by_name(
        self, root: Root, args: list[set[Root]], named: dict[str, set[Root]], node: ast.AST
    ) -> set[Root]:
        """What a variable holds: a named tuple, a decorated function of the text, or whatever the driver finds."""
        if root.kind == "global" and root.depth == 0 and self._is_named_tuple(root):
            return self.site(node, set().union(*args, *named.values()))
        if root.kind == "global" and (wrapped := self._decorated(root)) is not None:
            return self.call_decorated(root, wrapped, args, named, node)
        return self.call_variable(root, args, named, node)

    def _decorated(self, root: Root) -> FunctionInfo | None:
        """The function of the text whose name a global is, if a decorator may have replaced it."""
        assert isinstance(root.key, tuple)
        module, name = root.key
        info = self.program.modules[module].functions.get(name) if module in self.program.modules else None
        return info if root.depth == 0 and info is not None and is_decorated(info) else None

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
        effects.callees.add(info.key)
        strange = is_decorated(info)
        setters = isinstance(info.node, ast.FunctionDef) and info.name.split(".")[-1] in self.program.properties
        if strange and not setters and info.cls is not None and info.parent is None:
            effects.callees.discard(info.key)
            return self.call_decorated(Root("global", (info.module.name, info.name)), info, args, named, node)
        if (strange and not setters) or isinstance(info.node, ast.AsyncFunctionDef):
            effects.heavy = True
            return self.not_known(
                "MX505", info.node, f"`{info.name}` is wrapped by a decorator that is not known", info.name
            )
        summary = self.interpreter.summary(info)
        if not self.interpreter.spend(1 + len(summary.stores)):
            effects.heavy = True
            text = f"the analysis of `{info.name}` took too long"
            return self.not_known("MX501", info.node, text, info.name, "split it up, or call it outside the loop")
        effects.heavy |= summary.recursive or info.is_generator
        effects.take_names(summary)
        self.take_flags(summary.flags)
        mapping = match(info, args, named)
        for position in (info.star, info.stars):
            if position in mapping:
                mapping[position] = self._held(node, position, mapping[position])

        def put(root: Root) -> set[Root]:
            return self._put(root, mapping)

        self._take_changes(summary, put)
        self._take_stores(summary, put, node)
        for root, cause in summary.calls.items():
            given = self.reachable(set().union(*args, *named.values()))
            self.call_backs(put(root), given | {UNKNOWN}, node, cause)
        return self._returned(info, summary, put, node)

    def _take_changes(self, summary: Effects, put: Put) -> None:
        """What a called function reads, writes and binds."""
        for root in summary.reads:
            if root.kind in ("global", "cell", "class"):
                self._read(root)
        for root in summary.touched:
            self.touched |= put(root)
        for root, cause in summary.writes.items():
            self.write(put(root), cause)
        for root, cause in summary.soft.items():
            for target in put(root):
                self.effects.soft.setdefault(target, cause)
        for root, cause in summary.binds.items():
            bound = (put(part) for holder, part in summary.stores if holder == root)
            self._bind_through(root, cause, set().union(*bound))

    def _take_stores(self, summary: Effects, put: Put, node: ast.AST) -> None:
        """What a called function puts into what."""
        parts: dict[Root, set[Root]] = {}
        for holder, part in summary.stores:
            parts.setdefault(holder, set()).add(part)
        growth = -1
        while growth != self.growth:
            growth = self.growth
            seen: dict[Root, set[Root]] = {part: put(part) for _, part in summary.stores}
            for holder, own in parts.items():
                self.store(put(holder), set().union(*(seen[part] for part in own)))
        for filled in summary.fills:
            filling = (put(part) for holder, part in summary.stores if holder == filled)
            made = self._held(node, -1, set().union(*filling))
            self.store(made, made)  # containers in containers, however deep
            self.store(put(filled), made)

    def _returned(self, info: FunctionInfo, summary: Effects, put: Put, node: ast.AST) -> set[Root]:
        found = set().union(*(put(r) for r in summary.returns))
        parts = set().union(*(put(r) for r in summary.returns_inside))
        if any(d in ("lib:functools.lru_cache", "lib:functools.cache") for d in info.decorators):
            self.effects.memo = True
            self.effects.recursive |= summary.recursive
            return found | {Root("global", ("memo", info.key), 1)}
        return found | self.site(node, parts - found if found else parts)

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
