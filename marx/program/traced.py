"""Programs that watch themselves: what counts calls and lines, replaces what is called, or is called when objects end.

This module owns which words of the text say so. It must not know what becomes of such a program: nothing of it is
split, since look-ups would be among what it sees. A tracer that no word of the text gives away is met at the gate."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from marx.program.plan import Finding
from marx.program.scopes import ModuleInfo, Program

_TRACERS = frozenset("cProfile profile trace bdb pdb mock unittest.mock weakref".split())
"""Modules by which every call and line of a program can be counted, or what is called be replaced by its name; what
is called when an object ends stands nowhere."""
_HOOKS = frozenset(
    "settrace setprofile settrace_all_threads setprofile_all_threads addaudithook meta_path path_hooks".split()
)
"""Words of `sys` and `threading` that are nobody else's: whatever they are read from, by name or by text."""
_HOOKED = {"sys": _HOOKS | {"monitoring"}, "threading": _HOOKS, "gc": {"callbacks"}}


def traced(program: Program) -> Finding | None:
    """What is told of a program that may count its own calls and lines: look-ups would be among them."""
    for module in program.modules.values():
        for word, line in _words(program, module):
            text = f"by `{word}` the program may watch its own calls and objects, or replace what is called"
            return Finding("MX502", "sequential", line, 0, text, fix=f"run it without `{word}`", module=module.name)
    return None


def _words(program: Program, module: ModuleInfo) -> Iterator[tuple[str, int]]:
    """Each word by which a module watches the program, and its line."""
    names = _imported_as(module)
    for node in module.nodes:
        match node:
            case ast.Import(names=aliases, lineno=line):
                found = [a.name for a in aliases if _is_tracer(a.name, program)]
            case ast.ImportFrom(module=str(source), names=aliases, level=0, lineno=line):
                found = [a.name for a in aliases if _gives(source, a.name, program)]
            case ast.Attribute(attr=word, value=value, lineno=line):
                owner = names.get(value.id, "") if isinstance(value, ast.Name) else ""
                found = [word] if word in _HOOKS or _gives(owner, word, program) else []
            case ast.Constant(value=str(word), lineno=line) if word in _HOOKS:
                found = [word]
            case _:
                continue
        yield from ((word, line) for word in found)


def _is_tracer(dotted: str, program: Program) -> bool:
    return not {dotted, dotted.partition(".")[0]}.isdisjoint(_TRACERS - program.modules.keys())


def _gives(source: str, word: str, program: Program) -> bool:
    """Whether a module has under this word what watches a program; all words (`*`) are among them."""
    hooks = _HOOKED.get(source, set()) if source not in program.modules else set()
    given = word in hooks or _is_tracer(source, program) or _is_tracer(f"{source}.{word}", program)
    return given or (word == "*" and bool(hooks))


def _imported_as(module: ModuleInfo) -> dict[str, str]:
    """What names of a module stand for where they are imported, in whichever of its scopes."""
    found: dict[str, str] = {}
    for node in module.nodes:
        match node:
            case ast.Import(names=aliases):
                heads = [a.name.partition(".")[0] for a in aliases]
                found |= {
                    a.asname or head: a.name if a.asname else head for a, head in zip(aliases, heads, strict=True)
                }
            case ast.ImportFrom(module=str(source), names=aliases, level=0):
                found |= {a.asname or a.name: f"{source}.{a.name}" for a in aliases}
    return found
