"""What the driver will refuse when it comes to a loop, as far as the text shows it already: the loop goes over what
its body makes longer, or over an iterator of the program, of which nobody may take the next before its time.

Decides nothing: the region stays in the plan, and the driver looks at the objects themselves. It is only told at once
what would be told after the run."""

from __future__ import annotations

import ast

from marx.program.effects import Cause, names_of
from marx.program.flow import has_yield
from marx.program.known import text_of
from marx.program.nodes import walk
from marx.program.pieces import Found
from marx.program.places import Place
from marx.program.plan import Name
from marx.program.scopes import COMPREHENSIONS, ClassInfo, resolve
from marx.program.sources import sources_of


def foreseen(place: Place, found: Found) -> Cause | None:
    """Why a loop whose body was split will run in order all the same; None where the text does not show it."""
    if not isinstance(place.node, (ast.For, *COMPREHENSIONS)):
        return None
    for leaf in sources_of(place).leaves:
        cause = _grown(leaf, place, found) or _iterator(leaf, place)
        if cause is not None:
            return cause
    return None


def _grown(leaf: ast.expr, place: Place, found: Found) -> Cause | None:
    """A list or the like that the ordered part appends to."""
    if not isinstance(leaf, ast.Name) or leaf.id in found.bound or found.in_step:
        return None
    local = place.function is not None and leaf.id in place.function.local
    name = Name("" if local else place.module.name, leaf.id)
    for root, cause in found.fold.writes.items():
        if cause.code == "MX102" and not root.path and name in names_of([root]):
            text = f"the loop goes over `{leaf.id}`, which its body makes longer or shorter"
            fix = f"collect what is new in a second list beside `{leaf.id}`, and go over that after the loop"
            return Cause("MX301", cause.line, text, leaf.id, fix, cause.module)
    return None


def _iterator(leaf: ast.expr, place: Place) -> Cause | None:
    """A call of a generator function, or of a class with an `__iter__` of its own."""
    if not isinstance(leaf, ast.Call) or not isinstance(leaf.func, ast.Name | ast.Attribute):
        return None
    first = next(n.id for n in walk(leaf.func) if isinstance(n, ast.Name)) if _is_dotted(leaf.func) else ""
    if not first or (place.function is not None and first in place.function.local):
        return None
    kind, _, name = (resolve(place.program, place.module, leaf.func) or "").partition(":")
    module, _, name = name.rpartition(":")
    if kind not in ("fun", "cls") or not _makes_iterator(place, kind, module, name):
        return None
    text = text_of(leaf)
    what = f"`{text}` computes its items one by one: none may be asked for before its time"
    return Cause("MX307", leaf.lineno, what, text, f"`list({text})`, if what it computes does not look at this loop")


def _is_dotted(node: ast.expr) -> bool:
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name)


def _makes_iterator(place: Place, kind: str, module: str, name: str) -> bool:
    program, home = place.program, place.program.modules[module]
    if kind == "cls":
        lineage = program.lineage(home.classes[name])
        return lineage is not None and all(map(_is_plain, lineage)) and any("__iter__" in c.methods for c in lineage)
    node = home.bindings[name][0]
    return isinstance(node, ast.FunctionDef) and not node.decorator_list and has_yield(node.body)


def _is_plain(cls: ClassInfo) -> bool:
    """Whether calling the class makes one of its objects."""
    return not cls.decorators and not cls.node.keywords and "__new__" not in cls.methods
