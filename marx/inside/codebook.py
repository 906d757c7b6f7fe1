"""The program's own code: what its functions are made of, and what defines its classes, so that both can travel."""

from __future__ import annotations

import ast
import functools
import marshal
import types
from collections.abc import Iterable, Mapping
from typing import Any

from marx.inside.refusals import Unsendable
from marx.program.assemble import compile_quietly
from marx.program.nodes import children, walk

_FUTURE_MASK = functools.reduce(
    lambda a, b: a | b,
    (getattr(__import__("__future__"), n).compiler_flag for n in __import__("__future__").all_feature_names),
)


def code_key(code: types.CodeType) -> tuple[str, int, tuple[int, int]]:
    """The same for a function's original and rewritten code: name, first line and the place of its first instruction
    in the text."""
    places = [
        (p[0], p[2])
        for p in code.co_positions()
        if p[0] is not None and p[2] is not None and (p[0], p[2]) != (code.co_firstlineno, 0)
    ]
    return code.co_qualname, code.co_firstlineno, min(places, default=(0, 0))


class CodeBook:
    """The program's own code: originals of functions by key, and what defines its classes."""

    def __init__(
        self,
        tree: ast.Module,
        filename: str,
        namespace: dict[str, Any],
        others: Mapping[str, tuple[str, ast.Module]] = types.MappingProxyType({}),
    ) -> None:
        """`others` are the program's other modules, which jails import themselves: file and tree by name."""
        self.namespace = namespace
        self.local = frozenset(others)
        self.own = self.local | {"__main__"}
        self._unread = dict(others.values())
        code = compile(tree, filename, "exec", dont_inherit=True)
        self._flags = code.co_flags & _FUTURE_MASK
        self._filename = filename
        self._originals: dict[tuple[str, str, int, tuple[int, int]], types.CodeType] = {}
        self._note(code)
        self._classes = {n.name: n for n in tree.body if isinstance(n, ast.ClassDef)}

    def _note(self, code: types.CodeType) -> None:
        for constant in code.co_consts:
            if isinstance(constant, types.CodeType):
                self._originals.setdefault((constant.co_filename, *code_key(constant)), constant)
                self._note(constant)

    def original(self, code: types.CodeType) -> types.CodeType | None:
        tree = self._unread.pop(code.co_filename, None)
        if tree is not None:
            self._note(compile_quietly(tree, code.co_filename))
        return self._originals.get((code.co_filename, *code_key(code)))

    def defines(self, cls: type) -> bool:
        """Whether the class stands at the top of the program's text and is still known by its name."""
        return cls.__qualname__ in self._classes and self.namespace.get(cls.__name__) is cls

    def define_class(self, cls: type) -> tuple[bytes, dict[str, Any]]:
        """Code that defines a class of the program anew, and the globals that this needs."""
        if not self.defines(cls):
            raise Unsendable("MX402", f"class {cls.__qualname__} is not defined at the top of the program")
        node = self._classes[cls.__qualname__]
        code = compile_quietly(ast.Module([node], []), self._filename, self._flags)
        needs = {name: self.namespace[name] for name in _names_at_definition(node) if name in self.namespace}
        return marshal.dumps(code), needs | self._needed_by(needs.values())

    def _needed_by(self, functions: Iterable[Any]) -> dict[str, Any]:
        """The globals that functions read which run while the class is defined: its decorators."""
        found: dict[str, Any] = {}
        todo = [f.__code__ for f in functions if isinstance(f, types.FunctionType)]
        for code in todo:
            todo += [c for c in code.co_consts if isinstance(c, types.CodeType)]
            for name in code.co_names:
                value = self.namespace.get(name)
                if name not in found and isinstance(value, types.FunctionType | types.ModuleType):
                    found[name] = value
                    todo += [value.__code__] if isinstance(value, types.FunctionType) else []
        return found


def _names_at_definition(node: ast.AST) -> set[str]:
    """Names that are looked up when a class statement runs; bodies of its functions are not."""
    found: set[str] = set()
    todo: list[ast.AST] = [node]
    while todo:
        current = todo.pop()
        if isinstance(current, ast.Name):
            found.add(current.id)
        if isinstance(current, ast.FunctionDef | ast.AsyncFunctionDef):
            todo += [*current.decorator_list, *walk(current.args)]
            todo += [current.returns] if current.returns else []
        elif not isinstance(current, ast.Lambda):
            todo += children(current)
    return found


def class_data(cls: type) -> dict[str, Any] | None:
    """Attributes of a class that hold data: they may have changed since the class was defined."""
    if hasattr(cls, "__members__"):
        return None
    data: dict[str, Any] = {}
    for name, value in cls.__dict__.items():
        special = name.startswith("__") and name.endswith("__")
        if special or name.startswith("_abc_") or hasattr(value, "__get__") or name in getattr(cls, "_fields", ()):
            continue
        data[name] = value
    data.pop("_fields", None)
    data.pop("_field_defaults", None)
    return data or None
