"""What a program's source mentions of the world around it: modules, files, environment variables, standard input.

Pure: a syntax tree in, a frozen value out. It looks at spelling only and errs towards too much, because a file that
is sent in vain costs little and one that is missing changes the answer. Whether a mentioned file exists is
discover.py's question.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

LITERAL_LENGTH_MAX = 1024
"""Longer strings are text, not paths."""
UNKNOWN = "\0"
"""Stands for a computed part of a path; no real path can hold it."""

_ENVIRONMENT_CALLS = frozenset({"getenv", "getenvb", "get", "pop", "setdefault"})
_PATH_CALLS = frozenset({"Path", "PurePath", "PosixPath", "join", "joinpath"})
_OPENERS = frozenset({"open", "fdopen", "FileIO", "GzipFile", "BZ2File", "LZMAFile", "ZipFile", "TarFile"})
"""Calls whose second argument says how a file is opened."""
_MODE = re.compile(r"[bt+]{0,2}[rwaxU][bt+U]{0,2}([:|](gz|bz2|xz|\*)?)?|[rwcn][fsu]{0,2}")
"""As `open` and `tarfile.open` spell it, and as `dbm.open` does."""
_PERCENT_FIELD = re.compile(r"%(?:\([^)]*\))?[-#0 +]*[\d*]*(?:\.[\d*]+)?[a-zA-Z]")
_BRACE_FIELD = re.compile(r"\{[^{}]*\}")
_WILD = re.compile(r"[*?\[]")
_WORD = re.compile(r"\w")


@dataclass(frozen=True, slots=True)
class Mentions:
    """`modules` are dotted absolute names, `literals` strings that may be paths, `patterns` glob patterns for
    computed paths.
    """

    modules: frozenset[str] = frozenset()
    literals: frozenset[str] = frozenset()
    patterns: frozenset[str] = frozenset()
    environment: frozenset[str] = frozenset()
    stdin: bool = False

    def __or__(self, other: Mentions) -> Mentions:
        return Mentions(
            self.modules | other.modules,
            self.literals | other.literals,
            self.patterns | other.patterns,
            self.environment | other.environment,
            self.stdin or other.stdin,
        )


def mentions(tree: ast.AST) -> Mentions:
    """Everything that the tree mentions."""
    nodes = list(ast.walk(tree))
    imported = frozenset(name for node in nodes for name in _imported_names(node))
    silent = {id(piece) for node in nodes for piece in _pieces(node)}
    silent |= {id(mode) for node in nodes for mode in _modes(node, imported)}
    shapes = {shape for node in nodes if id(node) not in silent for shape in _shapes(node)}
    named = frozenset(name for node in nodes for name in _environment_names(node))
    return Mentions(
        modules=frozenset(name for node in nodes for name in _modules(node)),
        literals=frozenset(shape for shape in shapes if UNKNOWN not in shape),
        patterns=frozenset(pattern for shape in shapes for pattern in _patterns(shape)),
        environment=named,
        stdin=any(_reads_stdin(node) for node in nodes),
    )


# --- modules --------------------------------------------------------------------------------------------------------


def _modules(node: ast.AST) -> Iterator[str]:
    """Relative imports are left out: they stay inside a package, and packages are sent whole."""
    match node:
        case ast.Import(names=names):
            yield from (alias.name for alias in names)
        case ast.ImportFrom(module=str(module), names=names, level=0):
            yield module
            yield from (f"{module}.{alias.name}" for alias in names if alias.name != "*")
        case ast.Call(func=function, args=[ast.Constant(value=str(name)), *_]) if _last_name(function) in {
            "import_module",
            "__import__",
            "run_module",
        }:
            yield name


def imports(tree: ast.AST, package: str) -> frozenset[str]:
    """The absolute names of all modules that a module of this package ("": of none) may import, and of what it takes
    out of them."""
    nodes = list(ast.walk(tree))
    names = {name for node in nodes for name in _modules(node)}
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and node.level:
            base = "." * node.level + (node.module or "")
            joint = "" if base.endswith(".") else "."
            names |= {base, *(f"{base}{joint}{alias.name}" for alias in node.names)}
    return frozenset(absolute for name in names if (absolute := _absolute(name, package)))


def _absolute(name: str, package: str) -> str:
    """An empty text for a relative name that leads nowhere."""
    from importlib.util import resolve_name

    try:
        return resolve_name(name, package) if name.startswith(".") else name
    except ImportError:
        return ""


# --- paths ----------------------------------------------------------------------------------------------------------


def _shapes(node: ast.AST) -> Iterator[str]:
    """The text of an expression that may be a path, with UNKNOWN for each part that only the running program knows."""
    if isinstance(node, ast.Constant | ast.JoinedStr | ast.BinOp | ast.Call):
        shape = _shape(node)
        if shape.strip(UNKNOWN) and len(shape) <= LITERAL_LENGTH_MAX and "\n" not in shape:
            yield shape


def _shape(node: ast.AST) -> str:
    match node:
        case ast.Constant(value=str(text)) if UNKNOWN not in text:
            return text
        case ast.Attribute(attr="sep"):
            return "/"
        case ast.BinOp(left=ast.Constant(value=str(text)), op=ast.Mod()):
            return _PERCENT_FIELD.sub(UNKNOWN, text)
        case ast.Call(func=ast.Attribute(value=ast.Constant(value=str(text)), attr="format")):
            return _BRACE_FIELD.sub(UNKNOWN, text)
        case ast.JoinedStr() | ast.BinOp(op=ast.Add()):
            return "".join(map(_shape, _pieces(node)))
        case ast.BinOp(op=ast.Div()) | ast.Call():
            return _joined(map(_shape, _pieces(node)))
    return UNKNOWN


def _pieces(node: ast.AST) -> Sequence[ast.AST]:
    """The expressions that an expression puts together to a path. Alone they say nothing."""
    match node:
        case ast.JoinedStr(values=parts):
            return parts
        case ast.BinOp(left=left, op=ast.Add() | ast.Div(), right=right):
            return [left, right]
        case ast.BinOp(left=left, op=ast.Mod()) | ast.Call(func=ast.Attribute(value=left, attr="format")):
            return [left]
        case ast.Call(func=ast.Attribute(value=receiver, attr="joinpath"), args=arguments):
            return [receiver, *arguments]
        case ast.Call(func=function, args=arguments) if _last_name(function) in _PATH_CALLS:
            return arguments
    return []


def _modes(node: ast.AST, imported: frozenset[str]) -> Iterator[ast.AST]:
    """The arguments that say how a file is opened, and name none. What `.open` of an imported name gets first is
    a file (`gzip.open("a")`); of anything else, where it gets no more, it is the mode (`path.open("a")`)."""
    if not isinstance(node, ast.Call):
        return
    asked = [keyword.value for keyword in node.keywords if keyword.arg == "mode"]
    match node:
        case ast.Call(func=function, args=[_, mode, *_]) if _last_name(function) in _OPENERS:
            asked.append(mode)
        case ast.Call(func=ast.Attribute(value=receiver, attr="open"), args=[mode]) if _root(receiver) not in imported:
            asked.append(mode)
    for mode in asked:
        if isinstance(mode, ast.Constant) and isinstance(mode.value, str) and _MODE.fullmatch(mode.value):
            yield mode


def _imported_names(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import | ast.ImportFrom):
        yield from (alias.asname or alias.name.partition(".")[0] for alias in node.names)


def _root(node: ast.AST) -> str | None:
    """The name that a dotted expression begins with."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return _last_name(node)


def _joined(parts: Iterable[str]) -> str:
    """Joined as a path.

    An unknown beginning (`Path(__file__).parent / …`) is taken for the working or the script's folder.
    """
    path = "/".join(part.rstrip("/") or part for part in parts) or UNKNOWN
    while path.startswith(UNKNOWN + "/"):
        path = path[2:]
    return path


def _patterns(shape: str) -> Iterator[str]:
    """The shape as a glob pattern, where it says enough to be one: a folder or an extension beside the wildcards.

    A constant that holds wildcards itself (`glob.glob("data/*.csv")`) is a pattern too.
    """
    pattern = re.sub(UNKNOWN + "+", "*", shape.replace("[", "[[]")) if UNKNOWN in shape else shape
    if _WILD.search(pattern) and _WORD.search(pattern) and ("/" in pattern or re.search(r"\.\w+\*?$", pattern)):
        yield pattern
        if pattern.startswith("*/") and _WORD.search(pattern[2:]):
            yield pattern[2:]


# --- environment and standard input ---------------------------------------------------------------------------------


def _environment_names(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Subscript(value=value, slice=ast.Constant(value=str(name))) if _last_name(value) == "environ":
            yield name
        case ast.Compare(left=ast.Constant(value=str(name)), comparators=[right]) if _last_name(right) == "environ":
            yield name
        case ast.Call(func=ast.Attribute(value=value, attr=method), args=[ast.Constant(value=str(name)), *_]):
            if method in {"getenv", "getenvb"} or (method in _ENVIRONMENT_CALLS and _last_name(value) == "environ"):
                yield name
        case ast.Call(func=ast.Name(id="getenv"), args=[ast.Constant(value=str(name)), *_]):
            yield name


def _reads_stdin(node: ast.AST) -> bool:
    match node:
        case ast.Call(func=ast.Name(id="input")):
            return True
        case ast.Call(func=ast.Name(id="open"), args=[ast.Constant(value=0 | "/dev/stdin"), *_]):
            return True
        case ast.Name(id="stdin") | ast.Attribute(attr="stdin") | ast.alias(name="stdin" | "fileinput"):
            return True
    return False


def _last_name(node: ast.AST) -> str | None:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return None
