"""Who is who in a program: its modules, functions, classes, imports, and which scope a name belongs to.

Built once from the syntax trees (collect.py). A name that is bound in more than one way has no meaning here (`None`),
and what has no meaning is unknown to the passes that ask."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from marx.program.nodes import children, walk
from marx.program.plan import FunctionKey

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


@dataclass(slots=True, eq=False)
class FunctionInfo:
    """One function of the program. `local` are the names bound in its own scope, parameters included."""

    key: FunctionKey
    node: FunctionNode
    parent: FunctionInfo | None
    cls: ClassInfo | None
    module: ModuleInfo
    parameters: list[str]
    star: int | None
    stars: int | None
    defaults: dict[str, ast.expr]
    decorators: list[str | None]
    local: set[str] = field(default_factory=set)
    globals: set[str] = field(default_factory=set)
    nonlocals: set[str] = field(default_factory=set)
    bindings: dict[str, list[ast.AST]] = field(default_factory=dict)
    children: dict[ast.AST, FunctionInfo] = field(default_factory=dict)
    is_generator: bool = False

    @property
    def name(self) -> str:
        return self.key.qualname


@dataclass(slots=True, eq=False)
class ClassInfo:
    """One class at the top of a module. `bases` are resolved names: "lib:…" of a library, "cls:module:name" of the
    program, or None."""

    name: str
    module: ModuleInfo
    node: ast.ClassDef
    bases: list[str | None]
    decorators: list[str | None]
    methods: dict[str, FunctionInfo] = field(default_factory=dict)
    attributes: set[str] = field(default_factory=set)
    mutable_attributes: set[str] = field(default_factory=set)
    factories: list[ast.expr] = field(default_factory=list)
    """What is called for the defaults of dataclass fields; a whole statement's value where the text does not say."""
    plain: bool = True


@dataclass(slots=True, eq=False)
class ModuleInfo:
    """One source file. `bindings` lists every node that binds a global, from any scope; `imports` the dotted meaning
    of a name, after a dot where a relative import says that it is of this program. `package` is what such an import
    starts from, "" where there is none; `nodes` are all of the tree, as `walk` finds them."""

    name: str
    tree: ast.Module
    package: str = ""
    nodes: tuple[ast.AST, ...] = field(init=False)
    imports: dict[str, str] = field(default_factory=dict)
    bindings: dict[str, list[ast.AST]] = field(default_factory=dict)
    functions: dict[str, FunctionInfo] = field(default_factory=dict)
    classes: dict[str, ClassInfo] = field(default_factory=dict)
    by_node: dict[ast.AST, FunctionInfo] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.nodes = tuple(walk(self.tree))


@dataclass(slots=True, eq=False)
class Program:
    """All modules of a program; the script is named "__main__"."""

    modules: dict[str, ModuleInfo]
    functions: dict[FunctionKey, FunctionInfo] = field(default_factory=dict)
    methods: dict[str, list[FunctionInfo]] = field(default_factory=dict)
    properties: dict[str, list[FunctionInfo]] = field(default_factory=dict)
    hidden_properties: dict[str, ast.expr] = field(default_factory=dict)
    """Attributes that may be properties of functions that the text does not name, and what makes them."""
    class_attributes: dict[str, list[ClassInfo]] = field(default_factory=dict)
    constant_attributes: dict[str, list[ClassInfo]] = field(default_factory=dict)
    attribute_names: set[str] = field(default_factory=set)
    members: frozenset[tuple[str, str, str]] = frozenset()
    """Attributes of classes that are numbers, texts or members of an enumeration for good (members.py)."""
    kept_names: set[str] = field(default_factory=set)
    """Attributes that may hold functions (kept.py)."""
    inner_methods: set[str] = field(default_factory=set)
    """Methods of classes that do not stand at the top of a module."""
    patched_libraries: set[str] = field(default_factory=set)
    uses_numpy: bool = False
    has_views: bool = False
    """Whether a slice may be a view of what it is taken from, not a copy."""

    @property
    def main(self) -> ModuleInfo:
        return self.modules["__main__"]

    def heirs(self, info: ClassInfo) -> list[ClassInfo]:
        """A class and all that inherit from it."""
        found = [info]
        everyone = [c for module in self.modules.values() for c in module.classes.values()]
        for parent in found:
            found += [c for c in everyone if c not in found and parent in map(self.class_of, c.bases)]
        return found

    def lineage(self, info: ClassInfo) -> list[ClassInfo] | None:
        """A class and all that it inherits from; None if some of that is not of the program."""
        found = [info]
        for cls in found:
            for base in cls.bases:
                parent = self.class_of(base)
                if parent is None and base not in ("lib:object", "lib:abc.ABC"):
                    return None
                found += [parent] if parent is not None and parent not in found else []
        return found

    def class_of(self, resolved: str | None) -> ClassInfo | None:
        if resolved is None or not resolved.startswith("cls:"):
            return None
        _, module, name = resolved.split(":")
        return self.modules[module].classes.get(name) if module in self.modules else None


def resolve(program: Program, module: ModuleInfo, node: ast.expr) -> str | None:
    """The meaning of a dotted expression at module level: "lib:dotted", "cls:module:name", "fun:module:name",
    "mod:name" or None."""
    if isinstance(node, ast.Call):
        return resolve(program, module, node.func)
    if isinstance(node, ast.Subscript):
        return resolve(program, module, node.value)
    if isinstance(node, ast.Attribute):
        base = resolve(program, module, node.value)
        if base is None:
            return None
        if base.startswith("mod:"):
            return resolve_global(program, program.modules[base[4:]], node.attr)
        return f"{base}.{node.attr}" if base.startswith("lib:") else None
    if isinstance(node, ast.Name):
        return resolve_global(program, module, node.id)
    return None


Asked = frozenset[tuple[str, str]]
"""Modules and the names of theirs whose meaning is looked for already: modules may import each other in a circle."""


def resolve_global(program: Program, module: ModuleInfo, name: str, asked: Asked = frozenset()) -> str | None:
    """The meaning of a global name of a module; builtins are "lib:name". None where it is data, rebound or unknown."""
    if (module.name, name) in asked:
        return None
    bound = module.bindings.get(name, [])
    if not bound:
        return f"lib:{name}"
    if len(bound) > 1 and not all(isinstance(b, ast.Import | ast.ImportFrom | ast.alias) for b in bound):
        return None
    if name in module.imports:
        return _resolve_import(program, module.imports[name], asked | {(module.name, name)})
    node = bound[0]
    if isinstance(node, ast.ClassDef) and name in module.classes:
        return f"cls:{module.name}:{name}"
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return f"fun:{module.name}:{name}"
    return None


def _resolve_import(program: Program, dotted: str, asked: Asked) -> str | None:
    relative, dotted = dotted.startswith("."), dotted.removeprefix(".")
    head, _, last = dotted.rpartition(".")
    package = program.modules.get(head)
    if dotted in program.modules:
        own = package is None or last not in package.bindings
        return f"mod:{dotted}" if own or _names_module(package, last, dotted) else None
    if package is not None:
        if package.imports.get(last, "").removeprefix(".") == dotted:
            return None  # a module of the package that was not read, such as an extension
        return resolve_global(program, package, last, asked) if last in package.bindings or not relative else None
    return f"lib:{dotted}" if dotted and not relative else None


def _names_module(package: ModuleInfo | None, name: str, dotted: str) -> bool:
    """Whether all that a package binds by the name of its module is that module (`from . import name`)."""
    return (
        package is not None
        and package.imports.get(name, "").removeprefix(".") == dotted
        and all(isinstance(bound, ast.Import | ast.ImportFrom) for bound in package.bindings[name])
    )


def keyed(node: ast.Call) -> ast.expr | None:
    """The key function that a call is given, if any."""
    found = next((k.value for k in node.keywords if k.arg == "key"), None)
    return None if isinstance(found, ast.Constant) else found


def bound_names(target: ast.AST) -> Iterator[str]:
    """The names that a target (or pattern) binds."""
    for node in walk(target):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store | ast.Del):
            yield node.id
        elif isinstance(node, ast.MatchAs | ast.MatchStar) and node.name:
            yield node.name
        elif isinstance(node, ast.MatchMapping) and node.rest:
            yield node.rest


def own_nodes(tree: ast.AST) -> Iterator[ast.AST]:
    """All nodes below (and with) a tree that belong to the same function scope; comprehensions count as the same."""
    stack = [tree]
    while stack:
        node = stack.pop()
        yield node
        for child in children(node):
            if isinstance(child, (*FUNCTIONS, ast.ClassDef)):
                yield child
            else:
                stack.append(child)
