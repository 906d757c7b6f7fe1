"""Puts a caller's values in the place of a called function's parameters and free variables."""

from __future__ import annotations

import ast

from marx.program import traits
from marx.program.attributes import Attributes
from marx.program.effects import ATTRIBUTED_KINDS, Cause, Root
from marx.program.scopes import FunctionInfo


class Arguments(Attributes):
    """From the roots of a function's summary to those of the frame that calls it."""

    def _held(self, node: ast.AST, position: int, parts: set[Root]) -> set[Root]:
        """The tuple or dict that collects surplus arguments."""
        key = ("star", id(node), position)
        self.hold(key, parts)
        return {Root("site", key)}

    def _put(self, root: Root, mapping: dict[int, set[Root]]) -> set[Root]:
        if root.kind == "param":
            assert isinstance(root.key, int)
            return self._part(mapping.get(root.key, set()), root)
        if root.kind == "cell":
            return self._cell(root)
        return {root}

    def _part(self, value: set[Root], root: Root) -> set[Root]:
        """The part of a value that a root of a function's summary names."""
        if root.path:
            named = {r.under(root.path, root.depth) for r in value if r.kind in ATTRIBUTED_KINDS}
            others = {r for r in value if r.kind not in ATTRIBUTED_KINDS}
            return named | (others if root.depth == 0 else self.reachable(self.inside(others)))
        return set(value) if root.depth == 0 else self.reachable(self.inside(value))

    def _cell(self, root: Root) -> set[Root]:
        """A nested function's free variable, seen from the frame that may own it."""
        assert isinstance(root.key, tuple)
        scope, name = root.key
        if self.function is None or self._owner_key(name) != scope:
            return {root}
        if name in self.private:
            return self._part(self.env.get(name, set()), root)
        return {Root("var", name, root.depth, root.path)} if self.is_region or scope == self.function.key else {root}

    def _read(self, root: Root) -> None:
        if root.kind in ("global", "class"):
            self.effects.reads.add(root)
        else:
            assert isinstance(root.key, tuple)
            if root.key[1] in self.private and self._owner_key(root.key[1]) == root.key[0]:
                self.effects.reads.add(Root("var", root.key[1]))
            else:
                self.effects.reads.add(root)

    def _bind_through(self, root: Root, cause: Cause, value: set[Root]) -> None:
        """A called function rebinds a variable: of this frame (then only this frame changes), or of an outer one."""
        if root.kind == "cell":
            assert isinstance(root.key, tuple)
            scope, name = root.key
            own = self._owner_key(name) == scope
            if own and name in self.private and not self.is_region:
                self.env.setdefault(name, set()).update(value)
                return
            if own and (self.is_region or self.function is None or scope == self.function.key):
                root = Root("var", name)
        self.effects.binds.setdefault(root, cause)


def match(info: FunctionInfo, args: list[set[Root]], named: dict[str, set[Root]]) -> dict[int, set[Root]]:
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


def callbacks(name: str, args: list[set[Root]], named: dict[str, set[Root]]) -> set[Root]:
    """What a library function calls of what it is given. A method's first argument here is its receiver."""
    found: set[Root] = set()
    given = args[1:] if name.startswith(".") else args
    if name in traits.CALLBACKS:
        found.update(*given[traits.CALLBACKS[name] :][:1], named.get("*", set()))
    if name == "iter" and len(args) == 2:
        found |= args[0]
    if name.startswith("json."):
        found |= named.get("default", set())
    return found.union(*(value for key, value in named.items() if key in traits.CALLBACK_NAMES or key == "**"))
