"""What a source text must be before anything else looks at it: decodable, of bounded size and depth, and valid
Python.

`check_source` is the only door to `ast.parse`; whoever only looks at a text asks `check_compiles` too. A refusal is a
`SourceError` with the place and the cause, in words that a person who wrote the program can act on."""

from __future__ import annotations

import ast
import io
import tokenize
import warnings
from pathlib import Path

SOURCE_BYTES_MAX = 4 << 20
"""Ten times the largest module of the standard library; CPython needs about 100 bytes of memory a source byte to
parse."""
NODES_MAX = 1_000_000
DEPTH_MAX = 180
"""CPython's own parser and compiler stop near 200 nested brackets or blocks; the passes recurse once a level."""
_IN_STEPS = "compute the innermost parts in lines of their own"


class SourceError(Exception):
    """The program's text cannot be used. `exit_code` is what a command ends with; nothing has been stored."""

    exit_code = 2

    def __init__(self, message: str, filename: str, line: int = 0, column: int = 0, text: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.filename = filename
        self.line = line
        self.column = column
        self.text = text

    def __str__(self) -> str:
        if not self.line:
            return f"{self.filename}: {self.message}"
        where = f'  File "{self.filename}", line {self.line}'
        if not self.text:
            return f"{where}\n{self.message}"
        shown = self.text.rstrip("\n")
        left = len(shown) - len(shown.lstrip())
        caret = " " * max(0, self.column - left) + "^"
        return f"{where}\n    {shown.strip()}\n    {caret}\n{self.message}"


def read_source(path: str | Path) -> str:
    """The text of a source file, decoded as Python would. `SourceError` for what cannot be read or is not text."""
    try:
        raw = Path(path).read_bytes()
    except OSError as fault:
        raise SourceError(f"can't open file: {fault.strerror or fault}", str(path)) from None
    if len(raw) > SOURCE_BYTES_MAX:
        raise SourceError(f"{len(raw)} bytes of source; the limit is {SOURCE_BYTES_MAX}", str(path))
    if b"\0" in raw:
        line = raw[: raw.index(b"\0")].count(b"\n") + 1
        raise SourceError("SyntaxError: source code cannot contain null bytes", str(path), line)
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(raw).readline)
        return io.TextIOWrapper(io.BytesIO(raw), encoding, newline=None).read()
    except (SyntaxError, UnicodeDecodeError, LookupError) as fault:
        raise SourceError(f"SyntaxError: {fault}", str(path), 1) from None


def check_source(text: str, filename: str) -> ast.Module:
    """The syntax tree of a text that is within the limits, or `SourceError`."""
    if len(text) > SOURCE_BYTES_MAX:
        raise SourceError(f"{len(text)} characters of source; the limit is {SOURCE_BYTES_MAX}", filename)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text, filename)
    except SyntaxError as fault:
        raise _from_syntax_error(fault, filename) from None
    except ValueError as fault:
        raise SourceError(f"SyntaxError: {fault}", filename) from None
    except (RecursionError, MemoryError):
        raise SourceError(f"too deeply nested to parse: {_IN_STEPS}", filename) from None
    _check_size(tree, filename)
    return tree


def check_compiles(tree: ast.Module, filename: str) -> None:
    """Raises `SourceError` for what parses and Python refuses to compile: more than 20 loops in each other, a `return`
    outside of any function."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(tree, filename, "exec", dont_inherit=True)
    except SyntaxError as fault:
        raise _from_syntax_error(fault, filename) from None
    except (RecursionError, MemoryError):
        raise SourceError(f"too deeply nested to compile: {_IN_STEPS}", filename) from None


def _from_syntax_error(fault: SyntaxError, filename: str) -> SourceError:
    kind = type(fault).__name__
    return SourceError(
        f"{kind}: {fault.msg}", filename, fault.lineno or 0, max(0, (fault.offset or 1) - 1), fault.text or ""
    )


def _check_size(tree: ast.Module, filename: str) -> None:
    """Walks without recursion, so that the limit holds for the walk itself too."""
    nodes = depth = line = 0
    level: list[ast.AST] = [tree]
    while level:
        nodes += len(level)
        depth += 1
        if nodes > NODES_MAX:
            raise SourceError(f"more than {NODES_MAX} syntax nodes", filename)
        line = next((node.lineno for node in level if isinstance(node, ast.stmt | ast.expr)), line)
        if depth > DEPTH_MAX:
            why = "each `elif` of a chain, and each operator or call in another, counts one"
            edit = f"{_IN_STEPS}, or a long chain as a dict or `match`"
            raise SourceError(f"nested more than {DEPTH_MAX} levels deep ({why}): {edit}", filename, line)
        level = [child for node in level for child in ast.iter_child_nodes(node)]
