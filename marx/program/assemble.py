"""Compiles rewritten trees, and puts the driver's functions into their code.

An entry point is a string constant until then, so no name of ours is added to any namespace of the program."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Mapping
from types import CodeType


def entry_name(point: str, site: int) -> str:
    """The constant that stands for an entry point until `assemble`."""
    return f"\0marx {point} {site}"


def assemble(tree: ast.Module, filename: str, entries: Mapping[str, object]) -> CodeType:
    """Compiles a rewritten tree and puts the entry points in the place of their constants."""
    return _replace(compile_quietly(tree, filename), entries)


def compile_quietly(tree: ast.Module, filename: str, flags: int = 0) -> CodeType:
    """Compiles without the warnings that the program's own compilation has shown.

    `warnings.catch_warnings` would do, but makes the interpreter forget which warnings it has shown already.
    """
    filters = warnings.filters
    warnings.filters = [("ignore", None, Warning, None, 0)]
    try:
        code: CodeType = compile(tree, filename, "exec", flags=flags, dont_inherit=True)
    finally:
        warnings.filters = filters
    return code


def _replace(code: CodeType, entries: Mapping[str, object]) -> CodeType:
    constants: list[object] = []
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            constants.append(_replace(constant, entries))
        elif isinstance(constant, str) and constant in entries:
            constants.append(entries[constant])
        else:
            constants.append(constant)
    return code.replace(co_consts=tuple(constants))
