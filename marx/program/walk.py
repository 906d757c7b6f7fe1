"""Notes of one scope of a program: the names that it binds, its imports, and the functions and classes in it.

`collect.py` makes the model of a program from these notes; nothing here looks at more than one scope at a time.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from marx.program.nodes import children, walk
from marx.program.plan import FunctionKey
from marx.program.scopes import (
    COMPREHENSIONS,
    FUNCTIONS,
    ClassInfo,
    FunctionInfo,
    FunctionNode,
    ModuleInfo,
    own_nodes,
)


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a walk is: at the top of a module, in the body of a class there, or in a function."""

    module: ModuleInfo
    function: FunctionInfo | None = None
    cls: ClassInfo | None = None
    prefix: str = ""

    def note(self, node: ast.AST) -> None:
        """Notes what a statement or expression binds, and descends into nested scopes with their own notes."""
        if isinstance(node, FUNCTIONS):
            self._note_function(node)
        elif isinstance(node, ast.ClassDef):
            self._note_class(node)
        elif isinstance(node, COMPREHENSIONS):
            self._note_comprehension(node)
        else:
            for name, dotted in _imported(node, self.module.package):
                self._bind(name, node)
                self._import(name, dotted)
            for name in _bound(node):
                self._bind(name, node)
            if isinstance(node, ast.Yield | ast.YieldFrom) and self.function is not None:
                self.function.is_generator = True
            for child in children(node):
                self.note(child)

    def _bind(self, name: str, node: ast.AST) -> None:
        function = self.function
        if function is None:
            if self.cls is None:
                self.module.bindings.setdefault(name, []).append(node)
        elif name in function.globals:
            self.module.bindings.setdefault(name, []).append(node)
        else:
            function.bindings.setdefault(name, []).append(node)
            if name not in function.nonlocals:
                function.local.add(name)

    def _import(self, name: str, dotted: str) -> None:
        """A name that is imported as two things is none that one may rely on."""
        if self.function is None or name in self.function.globals:
            imports = self.module.imports
            if imports.setdefault(name, dotted) != dotted:
                imports[name] = ""

    def _note_function(self, node: FunctionNode) -> None:
        if not isinstance(node, ast.Lambda):
            self._bind(node.name, node)
        for outside in [*decorators(node), *node.args.defaults, *[d for d in node.args.kw_defaults if d]]:
            self.note(outside)
        self._enter(node, self.cls if self.function is None else None)

    def _enter(self, node: FunctionNode, cls: ClassInfo | None) -> None:
        info = _function(node, self.module, self.function, cls, self.prefix)
        self.module.by_node[node] = info
        if self.function is not None:
            self.function.children[node] = info
        elif cls is None and not isinstance(node, ast.Lambda):
            self.module.functions[node.name] = info
        body = [node.body] if isinstance(node, ast.Lambda) else node.body
        for inner in body:
            _declare(inner, info)
        below = Scope(self.module, info, None, f"{info.key.qualname}.<locals>.")
        for inner in body:
            below.note(inner)

    def _note_class(self, node: ast.ClassDef) -> None:
        self._bind(node.name, node)
        for outside in [*node.decorator_list, *node.bases, *[k.value for k in node.keywords]]:
            self.note(outside)
        if self.function is None and self.cls is None:
            info = ClassInfo(node.name, self.module, node, [], [])
            self.module.classes[node.name] = info
            body = Scope(self.module, None, info, f"{node.name}.")
            for inner in node.body:
                body.note(inner)
        else:
            self._enter_all(node)

    def _note_comprehension(self, node: ast.AST) -> None:
        """Its targets belong to a scope of their own; only walrus targets are bound outside."""
        for child in walk(node):
            if isinstance(child, ast.NamedExpr):
                self._bind(child.target.id, child)
        self._enter_all(node)

    def _enter_all(self, tree: ast.AST) -> None:
        """The functions anywhere below."""
        for below in walk(tree):
            if isinstance(below, FUNCTIONS) and below not in self.module.by_node:
                self._enter(below, None)


def decorators(node: FunctionNode) -> list[ast.expr]:
    return [] if isinstance(node, ast.Lambda) else node.decorator_list


def _imported(node: ast.AST, package: str) -> Iterator[tuple[str, str]]:
    """Names that an import binds, and what they are; "" for what a relative import finds where there is no package."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            top = alias.name.split(".")[0]
            yield (alias.asname, alias.name) if alias.asname else (top, top)
    elif isinstance(node, ast.ImportFrom):
        source = absolute(node, package)
        for alias in node.names:
            dotted = f"{source}.{alias.name}"
            yield alias.asname or alias.name, dotted if not node.level else f".{dotted}" if source else ""


def absolute(node: ast.ImportFrom, package: str) -> str:
    """The module that `from … import` names, seen from a package; "" where Python would find none either."""
    if not node.level:
        return node.module or ""
    parts = package.split(".") if package else []
    kept = parts[: len(parts) - node.level + 1]
    return ".".join([*kept, node.module] if node.module else kept) if kept and node.level <= len(parts) else ""


def _bound(node: ast.AST) -> Iterator[str]:
    """The names that a node binds by itself, without those below it."""
    match node:
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            yield name
        case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
            yield name
        case ast.MatchMapping(rest=str(rest)):
            yield rest


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
    first = min([node.lineno, *(d.lineno for d in decorators(node))])
    key = FunctionKey(module.name, prefix + name, first)
    return FunctionInfo(key, node, parent, cls, module, names, star, stars, defaults, [], local=set(names))


def _declare(tree: ast.AST, info: FunctionInfo) -> None:
    """Notes `global` and `nonlocal` before anything else of the scope is read."""
    if isinstance(tree, (*FUNCTIONS, ast.ClassDef)):
        return
    for node in own_nodes(tree):
        if isinstance(node, ast.Global):
            info.globals.update(node.names)
        elif isinstance(node, ast.Nonlocal):
            info.nonlocals.update(node.names)
