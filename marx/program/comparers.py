"""Which names of a program stand for what compares identities: `id`, `is_` and `is_not` of `operator`.

This module owns the meaning of single names. It must not know which comparisons are harmless (identity.py). A name
that the scope binds itself is none of them; what a class body or a comprehension binds is bound there only."""

from __future__ import annotations

import ast

from marx.program.nodes import walk
from marx.program.scopes import COMPREHENSIONS, FunctionInfo, ModuleInfo, Program, bound_names, resolve

_IDS = frozenset({"lib:id", "lib:builtins.id", "lib:__builtins__.id"})
_COMPARING = frozenset({"is_", "is_not"})
_OPERATOR = frozenset({"operator", "_operator"})
_COMPARED = frozenset(f"lib:{module}{name}" for module in ("", "operator.", "_operator.") for name in _COMPARING)
"""Without a module after `from operator import *`."""


class Comparers:
    """The names of one module."""

    def __init__(self, program: Program, module: ModuleInfo) -> None:
        self._program, self._module = program, module
        self._has_operator = any(_OPERATOR & set(m.imports.values()) for m in program.modules.values())
        self._bound_here: set[int] = set()
        self._with_attributes: set[int] = set()
        for node in module.nodes:
            if isinstance(node, COMPREHENSIONS):
                self._bound_here.update(_bound_by(node))
            elif isinstance(node, ast.Attribute) and not node.attr.startswith("__"):
                self._with_attributes.add(id(node.value))

    def is_id(self, node: ast.expr) -> bool:
        """Whether a name may be that of `id`, whatever a scope binds by it."""
        return (isinstance(node, ast.Name) and node.id == "id") or self._meaning(node) in _IDS

    def hands_on(self, node: ast.Name | ast.Attribute, function: FunctionInfo | None, *, is_callee: bool) -> bool:
        """Whether a name in a function (None: at the top) hands on what compares identities, for others to call."""
        if isinstance(node, ast.Name) and (not isinstance(node.ctx, ast.Load) or self._is_bound(node, function)):
            return False
        meaning = self._meaning(node)
        if meaning in _IDS:
            return not is_callee and id(node) not in self._with_attributes
        through = isinstance(node, ast.Attribute) and node.attr in _COMPARING and self._has_operator
        return through or meaning in _COMPARED

    def _meaning(self, node: ast.expr) -> str:
        if isinstance(node, ast.Name) and self._is_unbound_later(node.id):
            return f"lib:{node.id}"
        return resolve(self._program, self._module, node) or ""

    def _is_bound(self, node: ast.Name, function: FunctionInfo | None) -> bool:
        """Whether a name is of this function, of one around it, or of a comprehension."""
        while function is not None:
            if node.id in function.local - function.globals:
                return True
            function = function.parent
        return id(node) in self._bound_here

    def _is_unbound_later(self, name: str) -> bool:
        """Whether a global is taken away again, so that the builtin of its name comes back."""
        bound = self._module.bindings.get(name, ())
        return any(isinstance(b, ast.ExceptHandler) or isinstance(getattr(b, "ctx", None), ast.Del) for b in bound)


def _bound_by(node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp) -> set[int]:
    """The names below a comprehension that are its own; what it iterates over first stands outside."""
    own = {name for generator in node.generators for name in bound_names(generator.target)}
    outside = {id(n) for n in walk(node.generators[0].iter)}
    return {id(n) for n in walk(node) if isinstance(n, ast.Name) and n.id in own and id(n) not in outside}
