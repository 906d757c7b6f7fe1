"""Builds the model of a program (scopes.py) from the syntax trees of its modules."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from marx.program.plan import FunctionKey
from marx.program.scopes import (
    COMPREHENSIONS,
    FUNCTIONS,
    ClassInfo,
    Comprehension,
    FunctionInfo,
    FunctionNode,
    ModuleInfo,
    Program,
    bound_names,
    own_nodes,
    resolve,
)


def build(trees: dict[str, ast.Module]) -> Program:
    """The model of a program from its modules' trees ("__main__" among them)."""
    program = Program({name: ModuleInfo(name, tree) for name, tree in trees.items()})
    for module in program.modules.values():
        _collect(module.tree, module, None, None, "")
        for info in module.by_node.values():
            _tell_owners(info)
    for module in program.modules.values():
        _find_classes(program, module)
    for module in program.modules.values():
        for info in module.by_node.values():
            info.decorators = [resolve(program, module, d) for d in _decorators(info.node)]
            program.functions[info.key] = info
            if info.cls is not None:
                _add_method(program, info)
    program.uses_numpy = any(
        dotted.split(".")[0] in ("numpy", "pandas", "scipy")
        for m in program.modules.values()
        for dotted in m.imports.values()
    )
    names = {n.id for m in program.modules.values() for n in ast.walk(m.tree) if isinstance(n, ast.Name)}
    program.has_views = program.uses_numpy or "memoryview" in names or "__getitem__" in program.methods
    program.attribute_names = {name for m in program.modules.values() for name in _attribute_names(m.tree)}
    _find_patches(program)
    return program


def _decorators(node: FunctionNode) -> list[ast.expr]:
    return [] if isinstance(node, ast.Lambda) else node.decorator_list


def _function(
    node: FunctionNode, module: ModuleInfo, parent: FunctionInfo | None, cls: ClassInfo | None, prefix: str
) -> FunctionInfo:
    a = node.args
    positional = [p.arg for p in a.posonlyargs + a.args]
    names = positional + [p.arg for p in a.kwonlyargs]
    star = stars = None
    if a.vararg:
        star = len(names)
        names.append(a.vararg.arg)
    if a.kwarg:
        stars = len(names)
        names.append(a.kwarg.arg)
    defaults: dict[str, ast.expr] = dict(zip(reversed(positional), reversed(a.defaults), strict=False))
    defaults |= {p.arg: d for p, d in zip(a.kwonlyargs, a.kw_defaults, strict=True) if d is not None}
    name = "<lambda>" if isinstance(node, ast.Lambda) else node.name
    first = min([node.lineno, *(d.lineno for d in _decorators(node))])
    key = FunctionKey(module.name, prefix + name, first)
    return FunctionInfo(key, node, parent, cls, module, names, star, stars, defaults, [], local=set(names))


def _collect(
    tree: ast.AST, module: ModuleInfo, function: FunctionInfo | None, cls: ClassInfo | None, prefix: str
) -> None:
    """Walks one scope: notes what it binds and descends into nested scopes with their own notes."""
    bindings = module.bindings if function is None else function.bindings

    def bind(name: str, node: ast.AST) -> None:
        if function is not None and name in function.globals:
            module.bindings.setdefault(name, []).append(node)
            return
        if cls is not None and function is None:
            return
        bindings.setdefault(name, []).append(node)
        if function is not None and name not in function.nonlocals:
            function.local.add(name)

    def enter(node: FunctionNode, in_class: ClassInfo | None) -> None:
        info = _function(node, module, function, in_class, prefix)
        module.by_node[node] = info
        if function is not None:
            function.children[node] = info
        elif in_class is None and not isinstance(node, ast.Lambda):
            module.functions[node.name] = info
        body = [node.body] if isinstance(node, ast.Lambda) else node.body
        for inner in body:
            _declare(inner, info)
        for inner in body:
            _collect(inner, module, info, None, f"{info.key.qualname}.<locals>.")

    def visit(node: ast.AST) -> None:
        if isinstance(node, FUNCTIONS):
            if not isinstance(node, ast.Lambda):
                bind(node.name, node)
            for outside in [*_decorators(node), *node.args.defaults, *[d for d in node.args.kw_defaults if d]]:
                visit(outside)
            enter(node, cls if function is None else None)
            return
        if isinstance(node, ast.ClassDef):
            bind(node.name, node)
            for outside in [*node.decorator_list, *node.bases, *[k.value for k in node.keywords]]:
                visit(outside)
            _enter_class(node)
            return
        if isinstance(node, ast.Import):
            for alias in node.names:
                name = alias.asname or alias.name.split(".")[0]
                bind(name, node)
                _note_import(name, alias.name if alias.asname else alias.name.split(".")[0])
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                bind(alias.asname or alias.name, node)
                source = "" if node.level else f"{node.module}.{alias.name}"
                _note_import(alias.asname or alias.name, source)
        elif isinstance(node, ast.ExceptHandler) and node.name:
            bind(node.name, node)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store | ast.Del):
            bind(node.id, node)
        elif isinstance(node, ast.MatchAs | ast.MatchStar) and node.name:
            bind(node.name, node)
        elif isinstance(node, ast.MatchMapping) and node.rest:
            bind(node.rest, node)
        elif isinstance(node, ast.Yield | ast.YieldFrom) and function is not None:
            function.is_generator = True
        if isinstance(node, COMPREHENSIONS):
            _visit_comprehension(node)
            return
        for child in ast.iter_child_nodes(node):
            visit(child)

    def _note_import(name: str, dotted: str) -> None:
        if function is None or name in function.globals:
            module.imports.setdefault(name, dotted)
            if module.imports[name] != dotted:
                module.imports[name] = ""

    def _visit_comprehension(node: Comprehension) -> None:
        """Its targets belong to a scope of their own; only walrus targets are bound outside."""
        for child in ast.walk(node):
            if isinstance(child, ast.NamedExpr):
                bind(child.target.id, child)
            elif isinstance(child, FUNCTIONS) and child not in module.by_node:
                enter(child, None)

    def _enter_class(node: ast.ClassDef) -> None:
        if function is None and cls is None:
            info = ClassInfo(node.name, module, node, [], [])
            module.classes[node.name] = info
            for inner in node.body:
                _collect(inner, module, None, info, f"{node.name}.")
        else:
            for below in ast.walk(node):
                if isinstance(below, FUNCTIONS) and below not in module.by_node:
                    enter(below, None)

    visit(tree)


def _declare(tree: ast.AST, info: FunctionInfo) -> None:
    """Notes `global` and `nonlocal` before anything else of the scope is read."""
    if isinstance(tree, (*FUNCTIONS, ast.ClassDef)):
        return
    for node in own_nodes(tree):
        if isinstance(node, ast.Global):
            info.globals.update(node.names)
        elif isinstance(node, ast.Nonlocal):
            info.nonlocals.update(node.names)


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
        if statement.value is not None and not isinstance(statement.value, ast.Constant | ast.UnaryOp | ast.BinOp):
            info.mutable_attributes.update(t.id for t in targets if isinstance(t, ast.Name))
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


def _attribute_names(tree: ast.Module) -> Iterator[str]:
    """Names under which the program may keep data in objects: what else is read by a method's name is the method."""
    for node in ast.walk(tree):
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
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store | ast.Del):
                base = None if isinstance(node.value, ast.Call) else resolve(program, module, node.value)
                if base and base.startswith("lib:"):
                    program.patched_libraries.add(base[4:].split(".")[0])
