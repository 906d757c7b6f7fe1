"""Attributes of classes that nobody can change anything in: `State.LEFT`, of a class of constants or of an enumeration.

What else is read from a class may be an object that all its users share."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from marx.program.nodes import walk
from marx.program.scopes import ClassInfo, Program, bound_names, resolve

_ENUMERATIONS = frozenset(f"lib:enum.{name}" for name in ("Enum", "IntEnum", "StrEnum", "Flag", "IntFlag"))


def is_constant(node: ast.expr) -> bool:
    """Whether an expression gives a number, a text, or a tuple of those."""
    match node:
        case ast.Constant():
            return True
        case ast.UnaryOp(operand=operand):
            return is_constant(operand)
        case ast.BinOp(left=left, right=right):
            return is_constant(left) and is_constant(right)
        case ast.Tuple(elts=elements):
            return all(map(is_constant, elements))
        case _:
            return False


def find_members(program: Program) -> None:
    """Notes the attributes of classes that are never set from outside of the class's body. What a class has of an
    enumeration counts as a constant of it, too: `state: State = State.LEFT`."""
    nodes = [node for module in program.modules.values() for node in module.nodes]
    if any(isinstance(n, ast.Name) and n.id in ("setattr", "delattr", "vars") for n in nodes):
        return
    stores = [n for n in nodes if isinstance(n, ast.Attribute) and not isinstance(n.ctx, ast.Load)]
    changed = {node.attr for node in stores}
    classes = [cls for module in program.modules.values() for cls in module.classes.values()]
    enumerations = [cls for cls in classes if _enumerates(cls)]
    declared = {node.attr for node in stores if isinstance(node.value, ast.Name) and node.value.id == "self"}
    fields = [s for cls in classes if cls not in enumerations for s in cls.node.body if isinstance(s, ast.AnnAssign)]
    declared.update(name for statement in fields for name in bound_names(statement))
    found = set()
    if changed <= declared:  # what no class says that its objects have might be set in a member
        found = {key for cls in enumerations if cls.plain for key in _keys(cls, cls.attributes - changed)}
    program.members = frozenset(found)
    for cls in classes:
        for name in [n for n in cls.mutable_attributes if _is_steady(program, cls, n)]:
            cls.mutable_attributes.remove(name)
            program.class_attributes[name].remove(cls)
            program.constant_attributes.setdefault(name, []).append(cls)
        if cls.plain and not cls.bases and not cls.decorators:
            found.update(_keys(cls, cls.attributes - cls.mutable_attributes - changed))
    program.members = frozenset(found)


def _keys(cls: ClassInfo, names: set[str]) -> Iterator[tuple[str, str, str]]:
    return ((cls.module.name, cls.name, name) for name in names - cls.methods.keys())


def _values(cls: ClassInfo, name: str) -> list[ast.expr]:
    """What the class's body binds an attribute to."""
    found = []
    for statement in cls.node.body:
        if isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value is not None:
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            found += [statement.value for target in targets if getattr(target, "id", "") == name]
    return found


def _is_steady(program: Program, cls: ClassInfo, name: str) -> bool:
    """Whether an attribute is a member of an enumeration, this one or another."""
    key = cls.module.name, cls.name, name
    return key in program.members or all(_is_member(program, cls, value) for value in _values(cls, name))


def _is_member(program: Program, cls: ClassInfo, value: ast.expr) -> bool:
    if not isinstance(value, ast.Attribute) or not isinstance(value.value, ast.Name):
        return is_constant(value)
    owner = program.class_of(resolve(program, cls.module, value.value))
    return owner is not None and (owner.module.name, owner.name, value.attr) in program.members


def _enumerates(cls: ClassInfo) -> bool:
    """Whether a class is an enumeration of numbers and texts, whose members have nothing of their own."""
    if len(cls.bases) != 1 or cls.bases[0] not in _ENUMERATIONS or cls.decorators:
        return False
    values = [statement.value for statement in cls.node.body if isinstance(statement, ast.Assign)]
    return all(is_constant(value) or ast.unparse(value) in ("auto()", "enum.auto()") for value in values) and not any(
        isinstance(n, ast.Attribute) and not isinstance(n.ctx, ast.Load) for n in walk(cls.node)
    )
