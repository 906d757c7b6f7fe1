"""What the bodies of classes say by calls: fields of dataclasses with factories, and properties made of functions.

Only `name = property(lambda self: …)` and `name: type = field(default_factory=…)` say whose code will run. Where a
program makes properties or fields elsewhere, everything in a class body that might be one counts as unknown."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from marx.program.scopes import FUNCTIONS, ClassInfo, FunctionInfo, Program, resolve
from marx.program.walk import decorators

_PROPERTIES = frozenset({"lib:property", "lib:functools.cached_property"})
_FIELD = "lib:dataclasses.field"


def factories_of(program: Program, cls: ClassInfo) -> list[ast.expr]:
    """What making an instance calls for the defaults of its fields."""
    found: list[ast.expr] = []
    for _, value in _assigned(cls):
        if isinstance(value, ast.Call) and resolve(program, cls.module, value) == _FIELD:
            found += [k.value for k in value.keywords if k.arg in ("default_factory", None)]
        elif _may_be(program, cls, value) and _makes_fields_elsewhere(program):
            found.append(value)
    return found


def find_properties(program: Program, cls: ClassInfo) -> None:
    """Notes the functions of properties that a class body makes by a call."""
    for name, value in _assigned(cls):
        if isinstance(value, ast.Call) and resolve(program, cls.module, value) in _PROPERTIES:
            given = [*value.args, *(k.value for k in value.keywords if k.arg != "doc")]
            for argument in given:
                _note_property(program, cls, name, argument)
        elif _may_be(program, cls, value) and _makes_properties_elsewhere(program):
            program.hidden_properties.setdefault(name, value)


def _note_property(program: Program, cls: ClassInfo, name: str, argument: ast.expr) -> None:
    info = _function(program, cls, argument)
    if info is not None:
        program.properties.setdefault(name, []).append(info)
    elif not isinstance(argument, ast.Constant):
        program.hidden_properties.setdefault(name, argument)


def _function(program: Program, cls: ClassInfo, node: ast.expr) -> FunctionInfo | None:
    """The function of the program that an expression in a class body certainly is."""
    if isinstance(node, ast.Lambda):
        return cls.module.by_node.get(node)
    if isinstance(node, ast.Name) and node.id in cls.methods:
        named = [n for n in cls.node.body if isinstance(n, ast.FunctionDef) and n.name == node.id]
        return cls.methods[node.id] if len(named) == 1 and node.id not in cls.attributes else None
    if isinstance(node, ast.Name) and node.id in cls.attributes:
        return None
    kind, _, rest = (resolve(program, cls.module, node) or "").partition(":")
    module, _, own = rest.partition(":")
    plain = kind == "fun" and isinstance(node, ast.Name | ast.Attribute)
    return program.modules[module].functions.get(own) if plain else None


def _assigned(cls: ClassInfo) -> Iterator[tuple[str, ast.expr]]:
    """The names that plain assignments in a class body bind, and to what."""
    for statement in cls.node.body:
        if isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value is not None:
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            for target in targets:
                if isinstance(target, ast.Name):
                    yield target.id, statement.value


def _may_be(program: Program, cls: ClassInfo, value: ast.expr) -> bool:
    """Whether a value in a class body may be a property or a field that some other place makes."""
    if isinstance(value, ast.Call):
        return not (resolve(program, cls.module, value) or "").startswith(("lib:", "cls:"))
    return isinstance(value, ast.Name | ast.Attribute | ast.Subscript | ast.IfExp | ast.BoolOp | ast.NamedExpr)


def _makes_fields_elsewhere(program: Program) -> bool:
    """Whether `default_factory` stands somewhere but in a field of a class body."""
    direct = {
        keyword
        for module in program.modules.values()
        for cls in module.classes.values()
        for _, value in _assigned(cls)
        if isinstance(value, ast.Call) and resolve(program, module, value) == _FIELD
        for keyword in value.keywords
    }
    nodes = (n for module in program.modules.values() for n in module.nodes)
    return any(
        (isinstance(n, ast.keyword) and n.arg == "default_factory" and n not in direct)
        or (isinstance(n, ast.Constant) and n.value == "default_factory")
        for n in nodes
    )


def _makes_properties_elsewhere(program: Program) -> bool:
    """Whether a name of `property` stands somewhere but over a function or in a class body."""
    usual: set[ast.AST] = set()
    for module in program.modules.values():
        usual |= {d for n in module.nodes if isinstance(n, FUNCTIONS) for d in decorators(n)}
        for cls in module.classes.values():
            usual |= {value.func for _, value in _assigned(cls) if isinstance(value, ast.Call)}
    return any(
        isinstance(n, ast.Name | ast.Attribute) and n not in usual and resolve(program, module, n) in _PROPERTIES
        for module in program.modules.values()
        for n in module.nodes
    )
