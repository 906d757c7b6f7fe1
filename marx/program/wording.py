"""Words for what keeps a part of a loop in order: who changes what, who reads it, where, and which edit would help.

Says nothing that the splitter has not found out: a cause goes in, the same cause in better words comes out, with the
code that fits these."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Literal

from marx.program.effects import Cause
from marx.program.known import text_of
from marx.program.nodes import walk
from marx.program.plan import FunctionKey
from marx.program.scopes import FunctionInfo, ModuleInfo, Program

Made = Literal["table", "rows", "generator", ""]
"""What a variable holds, as far as its assignments tell: a dict or set, a list of one row many times, a random
generator of numpy."""
_TABLES = frozenset({"dict", "set", "Counter", "defaultdict", "OrderedDict"})
_CHANGES = frozenset({"MX102", "MX104", "MX105"})
_VERBS = ("calls ", "changes ", "opens ", "reads ", "uses ", "prints", "draws ", "runs ", "takes ")
ONE_EACH = "one generator per item: `random.Random(seed + i)`"
READ_BEFORE = "read it before the loop, and pass it in"
NUMPY_ONE_EACH = "one generator per item: `np.random.default_rng(seed + i)`"


def made_as(variable: str, program: Program) -> Made:
    """What all assignments to a variable, wherever they stand, agree on."""
    found = {_kind(value) for m in program.modules.values() for value in _assigned(variable, m)}
    return found.pop() if len(found) == 1 else ""


def _assigned(variable: str, module: ModuleInfo) -> Iterator[ast.expr]:
    for node in module.nodes:
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        value = getattr(node, "value", None)
        if value is not None and any(text_of(target) == variable for target in targets):
            yield value


def _kind(value: ast.expr) -> Made:
    if isinstance(value, ast.Dict | ast.Set | ast.DictComp | ast.SetComp):
        return "table"
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Mult):
        row = value.left
        shared = isinstance(row, ast.List) and not all(isinstance(e, ast.Constant) for e in row.elts)
        return "rows" if shared else ""
    called = text_of(value.func).rpartition(".")[2] if isinstance(value, ast.Call) else ""
    return "table" if called in _TABLES else "generator" if called == "default_rng" else ""


def conflict(cause: Cause, line: int, program: Program) -> Cause:
    """The ordered part changes something, and the work at `line` reads it."""
    name = cause.variable
    if not name:
        return replace(cause, text=f"{cause.text}, and line {line} reads it")
    if cause.code == "MX104":
        cause = replace(cause, variable=(name := _whole(name) or name))
    where = f"at line {cause.line} and {{}} at line {line}" if line != cause.line else "and {} at line " + str(line)
    made = made_as(name, program)
    if cause.code in ("MX102", "MX104") and made == "table":
        text = f"`{name}` is updated {where.format('looked up')}"
        return replace(
            cause, code="MX103", text=text, fix=f"build results item by item, and fill `{name}` after the loop"
        )
    if made == "rows" and cause.code == "MX104":
        return same_rows(cause)
    if cause.code == "MX104":
        text = f"`{name}` is written {where.format('read')}: it may be an element of another iteration's"
        return replace(cause, text=text, fix=f"write into a second list instead of `{name}`")
    if cause.code == "MX102":
        text = f"`{name}` is appended to {where.format('read')}"
        return replace(cause, text=text, fix=f"collect first, and use `{name}` after the loop")
    fix = f"collect results first and change `{name}` after the loop"
    if cause.code == "MX105":
        return replace(cause, text=f"`{name}` is changed {where.format('read')}", fix=fix)
    return replace(cause, text=f"{cause.text}, and line {line} reads it", fix=cause.fix or fix)


def both_ends(cause: Cause, loop: ast.AST, program: Program) -> Cause:
    """Something that the work of a loop changes itself: the same, with the line that reads it."""
    whole = _whole(cause.variable)
    if cause.code not in _CHANGES | {"MX201"} or not whole:
        return cause
    lines = read_at(whole, loop)
    lines = lines if cause.code == "MX104" else lines - {cause.line}
    if lines or cause.code == "MX104":
        line = min(lines, key=lambda line: (line > cause.line, abs(line - cause.line)), default=cause.line)
        return conflict(replace(cause, variable=whole), line, program)
    if cause.fix:
        return cause
    return replace(cause, fix=f"collect results first and change `{whole}` after the loop")


def _whole(variable: str) -> str:
    """Without the places in it: `u` of `u[i]`."""
    head = variable.partition("[")[0]
    return head if head.replace(".", "").isidentifier() else ""


def read_at(variable: str, loop: ast.AST) -> set[int]:
    """The lines of a loop that read a variable, or of `thing.field` the field of anything. What only names the place
    that is written does not count."""
    _, dot, field = variable.rpartition(".")
    written = {id(node) for target in written_in(loop) for node in places_of(target)}
    return {
        node.lineno
        for node in walk(loop)
        if isinstance(node, ast.Attribute if dot else ast.Name)
        and isinstance(node.ctx, ast.Load)
        and id(node) not in written
        and (node.attr if isinstance(node, ast.Attribute) else node.id) == field
    }


def written_in(loop: ast.AST) -> Iterator[ast.expr]:
    """The places that a loop writes: targets, and what a method changes by its name alone."""
    for node in walk(loop):
        if isinstance(node, ast.Subscript | ast.Attribute) and isinstance(node.ctx, ast.Store | ast.Del):
            yield node.value
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            called = node.value.func
            yield from [called.value] if isinstance(called, ast.Attribute) else []


def places_of(node: ast.expr) -> Iterator[ast.expr]:
    """`u[i]` and `u` of the place `u[i][j]`."""
    yield node
    while isinstance(node, ast.Subscript | ast.Attribute):
        node = node.value
        yield node


def same_rows(cause: Cause) -> Cause:
    text = f"`{cause.variable}` holds one row many times: `[[…]] * n` copies nothing"
    return replace(cause, code="MX109", text=text, fix="`[[…] for _ in range(n)]`")


def in_call(cause: Cause, function: FunctionInfo, program: Program, here: str) -> Cause:
    """A called function does what keeps its call in order. `here` is the module of the loop."""
    name, word = cause.variable, f"`{_called(function)}`"
    at = f"(line {cause.line})" if function.module.name == here else f"(line {cause.line} of `{function.module.name}`)"
    if cause.code in _CHANGES and name and "." not in name:
        if made_as(name, program) == "table":
            text = f"{word} updates `{name}` {at}, which other iterations look up"
            return replace(
                cause, code="MX103", text=text, fix=f"`functools.cache` in place of `{name}`, or fill it later"
            )
        text = f"{word} is called for its effect: it changes `{name}` {at}"
        return replace(cause, code="MX201", text=text, fix=f"return it from {word}, and change `{name}` in the loop")
    if cause.code in _CHANGES and name:
        text = f"{word} changes `{name}` {at}, which all iterations share"
        return replace(cause, code="MX105", text=text, fix=cause.fix or "return the change instead")
    if cause.text.startswith(_VERBS):
        return replace(cause, text=f"{word} {cause.text}")
    return cause


def _called(function: FunctionInfo) -> str:
    return function.key.qualname.replace("<locals>.", "").removesuffix(".__init__")


def function_at(line: int, module: str, callees: Iterable[FunctionKey], program: Program) -> FunctionInfo | None:
    """The innermost of the called functions with a name that a line of a module belongs to."""
    around = [
        info
        for info in map(program.functions.get, callees)
        if info is not None
        and info.module.name == module
        and not isinstance(info.node, ast.Lambda)
        and info.node.lineno <= line <= (info.node.end_lineno or 0)
    ]
    return max(around, key=lambda info: info.node.lineno, default=None)
