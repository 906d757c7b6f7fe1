"""Which lines of a loop a reason is about that was found when its program ran: with the objects in hand, nobody knew
where in the text they are changed or used.

Reasons name variables in backticks. One that names none, of an ordered part that changes what it must not, is about
what the plan says that part changes."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from marx.program.nodes import walk
from marx.program.plan import Region
from marx.program.wording import places_of, written_in

LINES_MAX = 3
"""So many are told; who looks there sees the others."""
_NAMES = re.compile(r"`([A-Za-z_][\w.]*)")
_CHANGED = ("MX1", "MX3", "MX4")
"""Reasons of these kinds are about what is changed, the others about what is used."""
_ORDERED_PART = frozenset({"MX104", "MX107", "MX301", "MX401"})


def with_lines(region: Region, code: str, reason: str) -> str:
    """The reason, with the lines of the loop that it is about; as it is where those are not to be found, or are the
    loop's first."""
    if code == "MX604":
        lines = sorted({statement.lineno for statement in _ordered(region)})[:LINES_MAX]
        return _see(reason, ("lines " if len(lines) > 1 else "line ") + ", ".join(map(str, lines)) if lines else "")
    named = _NAMES.findall(reason)
    if named:
        line = _line(region, named[0].rpartition(".")[2], changed=code.startswith(_CHANGED))
        return _see(reason, f"line {line}" if line not in (0, region.line) else "")
    if code not in _ORDERED_PART:
        return reason
    written = {name: _written(region, name) for name in _changed(region)}
    found = sorted((min(where), name) for name, where in written.items() if where)[:LINES_MAX]
    return _see(reason, ", ".join(f"`{name}` at line {line}" for line, name in found))


def _see(reason: str, where: str) -> str:
    return f"{reason}; see {where}" if where else reason


def _changed(region: Region) -> set[str]:
    """The variables by which the ordered part knows what it changes."""
    names = {name.name for name in region.writes | region.own_writes} | {name.name for name, _, _ in region.parts}
    targets = walk(region.target) if region.item_writes and region.target is not None else ()
    return names | {node.id for node in targets if isinstance(node, ast.Name)}


def _line(region: Region, name: str, *, changed: bool) -> int:
    """The first line that changes what a variable or attribute holds if that is asked for and stands there, else the
    first that uses it; 0 if none does."""
    used = [node for node in _uses(region.node) if _name(node) == name]
    bound = {node.lineno for node in used if isinstance(node.ctx, ast.Store)}
    return min((changed and (_written(region, name) or bound)) or {node.lineno for node in used}, default=0)


def _written(region: Region, name: str) -> set[int]:
    places = (node for place in written_in(region.node) for node in places_of(place))
    return {node.lineno for node in places if _name(node) == name}


def _uses(node: ast.AST) -> Iterator[ast.Name | ast.Attribute]:
    return (one for one in walk(node) if isinstance(one, ast.Name | ast.Attribute))


def _name(node: ast.AST) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _ordered(region: Region) -> Iterator[ast.stmt]:
    """The simple statements of a loop's body of which no part runs in chunks."""
    moved = {id(part) for slot in region.slots for part in slot.nodes}
    inside = {id(node) for slot in region.slots for part in slot.nodes for node in walk(part)}
    for statement in getattr(region.node, "body", ()):
        for node in walk(statement):
            if isinstance(node, ast.stmt) and not hasattr(node, "body") and id(node) not in inside:
                yield from [node] if moved.isdisjoint(map(id, walk(node))) else []
