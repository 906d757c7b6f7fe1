"""Objects that a body makes in both places: light parts of the map slice run in the driver, too, and each then has its
own. A slot's value that held the map slice's would bring a second one where the program has one.

So light parts that only hand such an object on are no part of a slot, and work is taken out of what puts it beside one.
Whether the value of a call holds one, only the chunk can tell (inside/apart.py)."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from functools import cached_property

from marx.program.effects import Cause, Root
from marx.program.fills import candidates
from marx.program.flow import exposed, free, may_bind
from marx.program.nodes import walk
from marx.program.reasons import Reasons

_OPENED = (ast.For, ast.If, ast.With, ast.Match)
"""Compound statements of which parts may move."""


class Twins(Reasons):
    """Which parts of a slot's value the driver may have, too."""

    def twins(self, node: ast.AST, own: Sequence[ast.AST]) -> set[Root]:
        """Objects with a twin in the driver that a node's value, or what it binds or changes, may hold. `own` are the
        nodes of its slot: what these make is made once, and so is what other slots do, as an item's values travel
        together. Files do not travel."""
        valued = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
        value = self.piece(valued or node).value | self.changed(node)
        if any(root.kind == "unknown" for root in value):  # it may be anything that the names around it lead to
            value = self._mapped.reachable(set().union(*(self._env(name) for name in self._names(own))))
        sites = {root for root in value if self._holds_state(root)}
        sites = {root for root in sites if not any(root.maker in opened for opened in self._read_apart.values())}
        for nodes in (own, *(slot.nodes for slot in self._found.slots)):
            if not sites:
                break
            made = {id(n) for one in nodes for n in walk(one)}
            sites = {root for root in sites if root.maker not in made}
        return sites if sites and self._ways(own, sites) else set()

    def holders(self, nodes: Sequence[ast.AST], own: Sequence[ast.AST]) -> tuple[str, ...]:
        """The variables by which the value of some of a slot's nodes may come to hold an object that has a twin."""
        found = set().union(*(self.twins(node, own) for node in nodes))
        return tuple(sorted(self._ways(own, found))) if found else ()

    def changed(self, node: ast.AST) -> set[Root]:
        """Objects made in the body that a node changes, and what they may hold."""
        return self._mapped.reachable(root for root in self._written(node) if root.kind == "site")

    def _written(self, node: ast.AST) -> set[Root]:
        mapped = self.piece(node).mapped
        return {*mapped.writes, *mapped.soft}

    def is_changed(self, node: ast.stmt, group: Iterable[ast.stmt]) -> bool:
        """Whether other statements of a group change what a node makes: it cannot be made without them."""
        made = self.piece(node).value
        return any(not made.isdisjoint(self._written(n)) for n in group if n is not node)

    def _ways(self, nodes: Sequence[ast.AST], sites: set[Root]) -> set[str]:
        reachable = self._mapped.reachable
        return {name for name in self._names(nodes) if not sites.isdisjoint(reachable(self._env(name)))}

    def _names(self, nodes: Sequence[ast.AST]) -> set[str]:
        """Variables of the body that nodes need a value of."""
        return (set().union(*map(free, nodes)) if isinstance(nodes[0], ast.expr) else exposed(nodes)) & self.bound

    def _env(self, name: str) -> set[Root]:
        return self._mapped.env.get(name, set())

    def parted(self, node: ast.AST, own: Sequence[ast.AST]) -> Cause | None:
        """Why a node should stay where it is, so that only work inside of it moves: its value surely is no number, and
        may hold an object that has a twin."""
        objects = sorted({self._line_of(root) for root in self.twins(node, own) if self._is_object(root)})
        if not objects or not self._has_work_apart(node):
            return None
        line = getattr(node, "lineno", 0)
        text = f"holds the object that line {objects[0]} makes, which the ordered part has as well"
        return Cause("MX404", line, text, min(may_bind([node]), default="") if isinstance(node, ast.stmt) else "")

    def _has_work_apart(self, node: ast.AST) -> bool:
        if isinstance(node, _OPENED):
            return True
        inside = (n for root in self.fold_parts(node) for n in candidates(root) if n is not node)
        return any(self.piece(n).mapped.heavy and not self.twins(n, (n,)) for n in inside)

    def _holds_state(self, root: Root) -> bool:
        """Whether a root is an object made in the body, and no tuple: what is in one counts by itself."""
        return root.kind == "site" and not isinstance(self._nodes.get(root.maker), ast.Tuple)

    def _is_object(self, root: Root) -> bool:
        """Whether it surely is no number or text."""
        return root.key in self._mapped.built_in or root.key in self._mapped.instances

    def _line_of(self, root: Root) -> int:
        return getattr(self._nodes.get(root.maker), "lineno", 0)

    @cached_property
    def _nodes(self) -> dict[object, ast.AST]:
        return {id(n): n for s in self.body for n in walk(s)}
