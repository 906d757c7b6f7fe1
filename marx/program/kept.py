"""Names of methods under which a program may keep other functions: `self.get = ids.__next__`, `count = partial(…)`.

This module owns what the texts say of such names, and must not know what is done with them: a call by one of these
names may run what an object holds there, beside what value types and classes do under it. A value that is certainly
no function keeps none."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from marx.program import tables
from marx.program.nodes import walk
from marx.program.scopes import ModuleInfo, Program, bound_names

_BY_TEXT = frozenset(
    "setattr vars __dict__ __setattr__ SimpleNamespace Namespace set_defaults namedtuple NamedTuple make_dataclass"
    " new_class".split()
)
"""Where a program says one of these words, its texts and keywords may be names of attributes."""
_TEXT_MAX = 500
"""No longer text names attributes."""
_TOLD = frozenset("help description epilog metavar usage prog".split())
"""Keywords whose texts people read."""
_DATA = (ast.Constant, ast.JoinedStr, ast.List, ast.Dict, ast.Set, ast.Tuple, ast.ListComp, ast.DictComp, ast.SetComp,
         ast.Compare)  # fmt: skip
"""What cannot be called."""


def find_kept(program: Program) -> None:
    """Notes the names that may hold functions, and those of methods of classes that are not modelled."""
    by_text = any(_names_by_text(node) for m in program.modules.values() for node in m.nodes)
    for module in program.modules.values():
        if by_text:
            program.kept_names.update(_said(module))
        for node in module.nodes:
            program.kept_names.update(_stored(node))
            if _is_computed(node):
                program.kept_names.update(tables.METHODS, program.methods)
            if isinstance(node, ast.ClassDef) and not _is_modelled(module, node):
                program.inner_methods.update(
                    s.name for s in node.body if isinstance(s, ast.FunctionDef | ast.AsyncFunctionDef)
                )


def _is_modelled(module: ModuleInfo, node: ast.ClassDef) -> bool:
    return node.name in module.classes and module.classes[node.name].node is node


def _names_by_text(node: ast.AST) -> bool:
    match node:
        case ast.Call(func=ast.Name(id="type"), args=[_, _, _]):
            return True
        case ast.Name(id=word) | ast.Attribute(attr=word) | ast.alias(name=word):
            return word in _BY_TEXT
        case _:
            return False


def _is_computed(node: ast.AST) -> bool:
    """Whether an attribute is set by a name that is put together where it is set."""
    match node:
        case ast.Call(func=ast.Name(id="setattr") | ast.Attribute(attr="__setattr__"), args=[_, name, _]):
            return not isinstance(name, ast.Constant | ast.Name)
        case _:
            return False


def _said(module: ModuleInfo) -> Iterator[str]:
    """The names that a module's keywords and texts may give to attributes: texts of nothing but names."""
    told = {id(text) for node in module.nodes for text in _for_people(node)}
    for node in module.nodes:
        match node:
            case ast.keyword(arg=str(name), value=value) if not isinstance(value, _DATA):
                yield name
            case ast.Constant(value=str(text)) if len(text) < _TEXT_MAX and id(node) not in told:
                words = text.replace(",", " ").split()
                yield from words if all(map(str.isidentifier, words)) else ()


def _for_people(node: ast.AST) -> list[ast.expr]:
    """Texts below a node that name nothing: docstrings, pieces of formatted texts, what is printed or raised, and what
    a command line explains."""
    match node:
        case ast.Expr(value=ast.Constant() as text):
            return [text]
        case ast.keyword(arg=str(word), value=text) if word in _TOLD:
            return [text]
        case ast.JoinedStr(values=texts) | ast.Call(func=ast.Name(id="print"), args=texts):
            return texts
        case ast.Raise(exc=ast.Call(args=texts)):
            return texts
        case _:
            return []


def _stored(node: ast.AST) -> Iterator[str]:
    """The attributes that a node binds by itself, unless to data."""
    match node:
        case ast.Assign(targets=targets, value=value) if isinstance(value, _DATA):
            if isinstance(value, ast.Tuple | ast.List):
                for target in targets:
                    yield from _attributes_in(target) if not isinstance(target, ast.Attribute) else ()
        case ast.Assign(targets=targets):
            for target in targets:
                yield from _attributes_in(target)
        case ast.AnnAssign(target=target, value=value) | ast.AugAssign(target=target, value=value):
            if not isinstance(value, _DATA):
                yield from _attributes_in(target)
        case (
            ast.For(target=target) | ast.comprehension(target=target) | ast.withitem(optional_vars=ast.expr() as target)
        ):
            yield from _attributes_in(target)
        case ast.ClassDef(body=body):
            for statement in body:
                yield from _bound_in_body(statement)


def _attributes_in(target: ast.AST) -> Iterator[str]:
    return (n.attr for n in walk(target) if isinstance(n, ast.Attribute) and isinstance(n.ctx, ast.Store))


def _bound_in_body(statement: ast.stmt) -> Iterator[str]:
    """The names that a statement of a class body binds, unless to data or by `def`."""
    match statement:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Expr() | ast.Pass():
            return
        case ast.ClassDef(name=name):
            yield name
        case ast.Assign(value=value) | ast.AnnAssign(value=value) if isinstance(value, _DATA):
            if not all(isinstance(n, ast.Name) for n in getattr(statement, "targets", ())):
                yield from bound_names(statement)
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            yield from (alias.asname or alias.name.split(".")[0] for alias in names)
        case _:
            yield from bound_names(statement)
