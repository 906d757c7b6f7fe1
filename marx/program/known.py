"""Look-ups in the tables of effects (tables.py): what a library name, a method name or an import may do."""

from __future__ import annotations

import ast

from marx.program import libraries, tables, traits
from marx.program.scopes import FunctionInfo, ModuleInfo


def library_effect(dotted: str) -> tables.Effect | None:
    """The effect of a library function or builtin by its dotted name; None if it is in no table."""
    if "." not in dotted:
        return tables.BUILTINS.get(dotted)
    if dotted in libraries.LIBRARY:
        return libraries.LIBRARY[dotted]
    module = dotted
    while "." in module:
        module = module.rpartition(".")[0]
        if module in libraries.WHOLE_MODULES:
            return libraries.WHOLE_MODULES[module]
    return None


def method_effect(attr: str, node: ast.AST) -> tables.Effect | None:
    """The effect of a method name on the value types."""
    if attr == "replace":
        one = isinstance(node, ast.Call) and len(node.args) == 1 and not node.keywords
        return tables.PATH_REPLACE if one else tables.TEXT_REPLACE
    return tables.METHODS.get(attr)


def is_known_module(name: str) -> bool:
    """Whether importing the module has no effect that a program could see."""
    heads = {dotted.split(".")[0] for dotted in libraries.LIBRARY} | {
        dotted.split(".")[0] for dotted in libraries.WHOLE_MODULES
    }
    return name.split(".")[0] in heads


def is_named_tuple(module: ModuleInfo, name: str) -> bool:
    """Whether a global is made by `name = namedtuple(...)`."""
    return _maker(module, name) in ("collections.namedtuple", "typing.NamedTuple")


def is_logger(module: ModuleInfo, name: str) -> bool:
    """Whether all that a global ever is, is made by `name = logging.getLogger(...)`."""
    return len(module.bindings.get(name, ())) == 1 and _maker(module, name) == "logging.getLogger"


def _maker(module: ModuleInfo, name: str) -> str:
    """The library function of which a global is the result; "" if it is none's."""
    for node in module.tree.body:
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == name for t in node.targets):
            called = text_of(node.value.func) if isinstance(node.value, ast.Call) else ""
            head, _, last = called.rpartition(".")
            return module.imports.get(called) or (f"{module.imports.get(head, '')}.{last}" if head else "")
    return ""


def is_decorated(info: FunctionInfo) -> bool:
    """Whether a decorator that is in no table may have made something else of a function."""
    return any(d is None or d.removeprefix("lib:") not in traits.KNOWN_DECORATORS for d in info.decorators)


def text_of(node: ast.AST) -> str:
    """The source of a node, shortened to what a message can hold."""
    text = ast.unparse(node)
    return text if len(text) <= 40 else text[:39] + "…"
