"""The guarded policy: programs that the static check allows, rewritten where a check has to wait for run time.

What can be decided from the text is decided there (policy.py), at no cost at run time. These remain:

    x.format(…) and a few more names   →  _getattr_(x, "format"): may be text, whose format looks up attributes
    x.name = …, del x.name             →  _write_(x).name = …: of the program's own classes only
    import m                           →  a proxy with named public functions (proxies.py)
    getattr, type, class statements …  →  checked versions in a table of built-ins of the program's own

This is a fence inside one process, and the weakest that there is: one forgotten name and it is open. It is for hosts
without kernel fences, whose owners say that they accept it. Runs inside the guarded process.
"""

from __future__ import annotations

import ast
import builtins
import string
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import import_module
from types import CodeType, FunctionType, ModuleType
from typing import Any, NoReturn
from weakref import WeakSet

from RestrictedPython.transformer import INSPECT_ATTRIBUTES

from sandbox.policy import HARMLESS, Refusal, check
from sandbox.proxies import proxy

TELLING = frozenset({"format", "format_map", "obj", "vformat", "get_field"})
"""Attributes that are harmless on most objects, and a way out on some."""
_NAMES = """
    ArithmeticError AssertionError AttributeError BaseException BufferError EOFError Ellipsis Exception False
    FloatingPointError ImportError IndexError InterruptedError KeyError KeyboardInterrupt LookupError MemoryError
    ModuleNotFoundError NameError None NotImplemented NotImplementedError OSError OverflowError PermissionError
    RecursionError ReferenceError RuntimeError StopIteration SyntaxError SystemExit TimeoutError True TypeError
    UnboundLocalError UnicodeDecodeError UnicodeEncodeError UnicodeError ValueError Warning UserWarning
    DeprecationWarning ZeroDivisionError
    abs all any ascii bin bool bytearray bytes callable chr classmethod complex dict divmod enumerate filter float
    format frozenset hash hex int isinstance issubclass iter len list map max min next object oct ord pow print
    property range repr reversed round set slice sorted staticmethod str sum super tuple zip
"""
_ABSENT = "breakpoint compile delattr dir eval exec globals help id input locals memoryview open vars"


def guarded_compile(source: str, filename: str) -> CodeType | list[Refusal]:
    """The code to run, or why there is none."""
    if refusals := check(source, filename):
        return refusals
    tree = ast.parse(source, filename)
    if refusals := list(_telling_patterns(tree)):
        return refusals
    tree = _Rewriting().visit(tree)
    return compile(ast.fix_missing_locations(tree), filename, "exec", dont_inherit=True)


def _telling_patterns(tree: ast.AST) -> Iterator[Refusal]:
    """Patterns look attributes up in C, past any rewriting."""
    for node in ast.walk(tree):
        if isinstance(node, ast.MatchClass) and (names := TELLING.intersection(node.kwd_attrs)):
            yield Refusal(node.lineno, node.col_offset, f"{min(names)!r} in a pattern is not allowed.")


class _Rewriting(ast.NodeTransformer):
    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        self.generic_visit(node)
        if not isinstance(node.ctx, ast.Load):
            node.value = _called("_write_", node.value)
            return node
        if node.attr in TELLING:
            return ast.copy_location(_called("_getattr_", node.value, ast.Constant(node.attr)), node)
        return node


def _called(name: str, *arguments: ast.expr) -> ast.Call:
    call = ast.Call(ast.Name(name, ast.Load()), list(arguments), [])
    return ast.copy_location(call, arguments[0])


class Guards:
    """The checked built-ins of one program, and what they know of it."""

    def __init__(self, arguments: Sequence[str]) -> None:
        self._arguments = list(arguments)
        self._own: WeakSet[type] = WeakSet()
        self._proxies: dict[str, ModuleType] = {}

    def namespace(self, name: str) -> dict[str, Any]:
        """The globals to run a program with."""
        table = {each: getattr(builtins, each) for each in _NAMES.split()}
        table |= {each: _absent(each) for each in _ABSENT.split()}
        table |= {
            "__build_class__": self._build_class,
            "__import__": self._import,
            "getattr": self._getattr,
            "hasattr": self._hasattr,
            "setattr": self._setattr,
            "type": _type,
        }
        return {"__builtins__": table, "__name__": name, "_getattr_": _telling, "_write_": self._write}

    # --- classes and their objects ------------------------------------------------------------------------------------

    def register(self, cls: type) -> type:
        self._own.add(cls)
        return cls

    def _build_class(self, body: FunctionType, name: str, /, *bases: Any, **options: Any) -> Any:
        if "metaclass" in options or any(isinstance(base, type) and issubclass(base, type) for base in bases):
            raise TypeError("classes of classes are not allowed in the guarded tier")
        return self.register(builtins.__build_class__(body, name, *bases, **options))

    def _write(self, value: Any) -> Any:
        """Itself, if the program may set attributes of it."""
        if type(value) in self._own or (isinstance(value, type) and value in self._own):
            return value
        raise TypeError(f"attributes of {type(value).__name__!r} objects cannot be set in the guarded tier")

    # --- names at run time --------------------------------------------------------------------------------------------

    def _getattr(self, value: Any, name: str, /, *default: Any) -> Any:
        _check_name(name)
        return _telling(value, name, *default) if name in TELLING else getattr(value, name, *default)

    def _hasattr(self, value: Any, name: str, /) -> bool:
        _check_name(name)
        return hasattr(value, name)

    def _setattr(self, value: Any, name: str, new: Any, /) -> None:
        _check_name(name)
        if name.startswith("__"):
            raise AttributeError(f"{name!r} cannot be set in the guarded tier")
        setattr(self._write(value), name, new)

    def _import(
        self,
        name: str,
        globals: object = None,
        locals: object = None,
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> ModuleType:
        if type(name) is not str or level:
            raise ImportError("only modules of the library can be imported in the guarded tier")
        first = name.partition(".")[0]
        found = self._proxies.get(name) or self._proxies.setdefault(name, self._proxy(name))
        if fromlist or first == name:
            return found
        outer = self._proxies.get(first) or self._proxies.setdefault(first, self._proxy(first))
        setattr(outer, name.partition(".")[2], found)
        return outer

    def _proxy(self, name: str) -> ModuleType:
        made = proxy(name, self._own.__contains__, self.register)
        if name == "sys":
            made.argv = self._arguments  # type: ignore[attr-defined]
        return made


def _check_name(name: object) -> None:
    """Raises for a name that the policy would not allow in the text. A subclass of text may lie about itself."""
    if type(name) is not str:
        raise TypeError("the name of an attribute must be text")
    special = name.startswith("__") and name.endswith("__") and name not in HARMLESS
    if special or name in INSPECT_ATTRIBUTES or name == "mro":
        raise AttributeError(f"{name!r} cannot be asked for in the guarded tier")


def _type(value: Any, /) -> type:
    found = type(value)
    if issubclass(found, type):
        raise TypeError("the class of a class is not told in the guarded tier")
    return found


def _absent(name: str) -> Callable[..., NoReturn]:
    def refuse(*_: object, **__: object) -> NoReturn:
        raise PermissionError(f"{name}() is not there in the guarded tier")

    return refuse


# --- formatting -------------------------------------------------------------------------------------------------------


def _telling(value: Any, name: str, /, *default: Any) -> Any:
    if name == "obj" and isinstance(value, BaseException):
        raise AttributeError("the object of an error is not told in the guarded tier")
    found = getattr(value, name, *default)
    # By what was found, not by what was asked: `super().format` is text's own as well.
    text = getattr(found, "__self__", None)
    if isinstance(text, str):
        return _formatting(name, text)
    if getattr(found, "__objclass__", None) is str:
        return lambda text, *arguments, **named: _formatting(name, text)(*arguments, **named)
    return found


def _formatting(name: str, text: str) -> Callable[..., str]:
    if name == "format":
        return lambda *arguments, **named: _format(text, arguments, named)
    if name == "format_map":
        return lambda mapping: _format(text, (), mapping)
    raise AttributeError(f"{name!r} of text cannot be asked for in the guarded tier")


def _format(text: Any, arguments: Sequence[Any], named: Mapping[str, Any]) -> str:
    if not isinstance(text, str):
        raise TypeError("only text can be formatted")
    return _Formatter().vformat(str.__str__(text), arguments, named)


_split: Callable[[str], tuple[Any, Any]] = import_module("_string").formatter_field_name_split
"""As string.Formatter itself splits a field."""


class _Formatter(string.Formatter):
    """As `str.format`, with the attributes in fields checked."""

    def __init__(self) -> None:
        self._next = 0

    def get_value(self, key: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        if key == "":
            key, self._next = self._next, self._next + 1
        return super().get_value(key, args, kwargs)

    def get_field(self, field_name: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        first, rest = _split(field_name)
        value = self.get_value(first, args, kwargs)
        for is_attribute, key in rest:
            if is_attribute:
                _check_name(key)
            value = _attribute(value, key) if is_attribute else value[key]
        return value, first


def _attribute(value: Any, name: str) -> Any:
    return _telling(value, name) if name in TELLING else getattr(value, name)
