"""Builds the model of a program (scopes.py) from the syntax trees of its modules."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator

from marx.program.fields import factories_of, find_properties
from marx.program.kept import find_kept
from marx.program.members import find_members, is_constant
from marx.program.scopes import ClassInfo, FunctionInfo, ModuleInfo, Program, bound_names, resolve
from marx.program.walk import Scope, decorators


def build(trees: dict[str, ast.Module], packages: Collection[str] = ()) -> Program:
    """The model of a program from its modules' trees ("__main__" among them). `packages` are those of an
    `__init__.py`."""
    program = Program(
        {
            name: ModuleInfo(name, tree, name if name in packages else name.rpartition(".")[0])
            for name, tree in trees.items()
        }
    )
    for module in program.modules.values():
        Scope(module).note(module.tree)
        for info in module.by_node.values():
            _tell_owners(info)
    for module in program.modules.values():
        _find_classes(program, module)
    for module in program.modules.values():
        for cls in module.classes.values():
            _cut_circle(program, cls)
    for module in program.modules.values():
        for info in module.by_node.values():
            info.decorators = [resolve(program, module, d) for d in decorators(info.node)]
            program.functions[info.key] = info
            if info.cls is not None:
                _add_method(program, info)
    program.uses_numpy = any(
        dotted.split(".")[0] in ("numpy", "pandas", "scipy")
        for m in program.modules.values()
        for dotted in m.imports.values()
    )
    names = {n.id for m in program.modules.values() for n in m.nodes if isinstance(n, ast.Name)}
    program.has_views = program.uses_numpy or "memoryview" in names or "__getitem__" in program.methods
    program.attribute_names = {name for m in program.modules.values() for name in _attribute_names(m)}
    find_kept(program)
    find_members(program)
    _find_patches(program)
    for module in program.modules.values():
        for cls in module.classes.values():
            cls.factories = factories_of(program, cls)
            find_properties(program, cls)
    return program


def _tell_owners(info: FunctionInfo) -> None:
    """What a nested function binds of an outer one counts among the bindings of that."""
    for name in info.nonlocals & info.bindings.keys():
        owner = info.parent
        while owner is not None and (name not in owner.local or name in owner.nonlocals):
            owner = owner.parent
        if owner is not None:
            owner.bindings.setdefault(name, []).extend(info.bindings[name])


def _find_classes(program: Program, module: ModuleInfo) -> None:
    for info in module.classes.values():
        info.bases = [resolve(program, module, base) for base in info.node.bases]
        info.decorators = [resolve(program, module, d) for d in info.node.decorator_list]
        info.plain = not info.node.keywords
        for statement in info.node.body:
            if not _is_field(program, info, statement):
                _read_class_statement(info, statement)
        for name in info.mutable_attributes:
            program.class_attributes.setdefault(name, []).append(info)
        for name in info.attributes - info.mutable_attributes:
            program.constant_attributes.setdefault(name, []).append(info)


def _cut_circle(program: Program, info: ClassInfo) -> None:
    """A class that seems to inherit from itself (`class ValueError(ValueError)`) has a base that the text does not
    tell."""
    above = [base for base in map(program.class_of, info.bases) if base is not None]
    for cls in above:
        above += [base for base in map(program.class_of, cls.bases) if base is not None and base not in above]
    if info in above:
        info.bases = [None for _ in info.bases]


def _is_field(program: Program, info: ClassInfo, statement: ast.stmt) -> bool:
    """Whether a statement only describes a field of a dataclass: `name: type = field(...)` leaves no attribute of the
    class, unless it names a default."""
    if "lib:dataclasses.dataclass" not in info.decorators or not isinstance(statement, ast.AnnAssign):
        return False
    made = statement.value
    if not isinstance(made, ast.Call) or resolve(program, info.module, made) != "lib:dataclasses.field":
        return False
    return not any(keyword.arg in ("default", None) for keyword in made.keywords)


def _read_class_statement(info: ClassInfo, statement: ast.stmt) -> None:
    if isinstance(statement, ast.FunctionDef):
        method = info.module.by_node[statement]
        method.cls = info
        info.methods[statement.name] = method
    elif isinstance(statement, ast.Assign | ast.AnnAssign):
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        info.attributes.update(bound_names(ast.Tuple(list(targets), ast.Store())))
        if statement.value is not None and not is_constant(statement.value):
            info.mutable_attributes.update(bound_names(ast.Tuple(list(targets), ast.Store())))
    elif not isinstance(statement, ast.Pass) and not (
        isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    ):
        info.plain = False


def _add_method(program: Program, info: FunctionInfo) -> None:
    assert isinstance(info.node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
    if isinstance(info.node, ast.Lambda) or info.parent is not None:
        return
    if (
        "lib:property" in info.decorators
        or "lib:functools.cached_property" in info.decorators
        or any(
            d is None and isinstance(n, ast.Attribute) and n.attr in ("setter", "getter", "deleter")
            for d, n in zip(info.decorators, info.node.decorator_list, strict=True)
        )
    ):
        program.properties.setdefault(info.node.name, []).append(info)
    else:
        program.methods.setdefault(info.node.name, []).append(info)


def _attribute_names(module: ModuleInfo) -> Iterator[str]:
    """Names under which the program may keep data in objects: what else is read by a method's name is the method."""
    for node in module.nodes:
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store | ast.Del):
            yield node.attr
        elif isinstance(node, ast.keyword) and node.arg:
            yield node.arg
        elif isinstance(node, ast.ClassDef):
            for statement in node.body:
                if isinstance(statement, ast.Assign | ast.AnnAssign):
                    yield from bound_names(statement)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) < 500:
            yield from node.value.replace(",", " ").split()


def _find_patches(program: Program) -> None:
    """Libraries whose attributes the program assigns to (`math.sin = f`) are no longer what the tables say."""
    for module in program.modules.values():
        for node in module.nodes:
            for changed in _patched(node):
                base = None if isinstance(changed, ast.Call) else resolve(program, module, changed)
                if base and base.startswith("lib:"):
                    program.patched_libraries.add(base[4:].split(".")[0])


def _patched(node: ast.AST) -> list[ast.expr]:
    """What a node may set attributes of: by an assignment, by a function, by way of the dict that holds them."""
    match node:
        case ast.Attribute(value=value, ctx=ast.Store() | ast.Del()) | ast.Attribute(value=value, attr="__dict__"):
            return [value]
        case ast.Call(func=ast.Name(id="setattr" | "delattr" | "vars"), args=[ast.expr() as value, *_]):
            return [value]
        case _:
            return []
