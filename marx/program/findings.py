"""Says in words what became of each loop: the code, the place, one reason and the smallest edit that would help."""

from __future__ import annotations

import ast
from dataclasses import replace

from marx.program.effects import Cause, names_of
from marx.program.pieces import Found
from marx.program.plan import Finding, PoolCall, Severity, Shape

TITLES = {
    "for-loop": "for-loop",
    "while-loop": "while-loop",
    "list": "list comprehension",
    "set": "set comprehension",
    "dict": "dict comprehension",
    "generator": "generator expression",
    "map": "map call",
    "filter": "filter call",
    "starmap": "starmap call",
    "key": "key function",
    "pool": "pool call",
}


def finding(
    node: ast.AST, title: str, cause: Cause, severity: Severity = "sequential", found: Found | None = None
) -> Finding:
    """What is told of a loop; `found` is what splitting its body came to, where it came that far."""
    line = getattr(node, "lineno", 0)
    beside = _lines_of(found) - {("", line), (cause.module, cause.line)} if found is not None else set()
    return Finding(
        cause.code,
        severity,
        line,
        getattr(node, "col_offset", 0),
        cause.text,
        title,
        cause.line,
        cause.variable,
        cause.fix,
        tuple(sorted(line for module, line in beside if not module)),
        at_module=cause.module,
        elsewhere=tuple(sorted(place for place in beside if place[0])),
    )


def placed(found: Finding, module: str) -> Finding:
    """The same as told of a loop of a module: lines of that module are its own."""
    own = {line for of, line in found.elsewhere if of == module} - {found.line}
    at_module = "" if found.at_module == module else found.at_module
    return replace(
        found,
        module=module,
        at_module=at_module,
        related=tuple(sorted({*found.related, *own} - ({found.at} if not at_module else set()))),
        elsewhere=tuple(place for place in found.elsewhere if place[0] != module),
    )


def _lines_of(found: Found) -> set[tuple[str, int]]:
    """Modules ("": the loop's own) and lines of what the fold keeps in order, of what keeps it there, and of what a
    check at run time is about."""
    fold, effects = found.fold, found.effects
    causes = [*found.blockers, *effects.calls.values(), *effects.soft.values()]
    for held in (fold.writes, fold.soft, fold.binds, fold.calls, fold.flags):
        causes += held.values()
    return {(c.module, c.line) for c in (*causes, fold.unknown) if c is not None and c.line}


def sequential(node: ast.AST, shape: Shape, found: Found) -> Finding | None:
    if found.blockers:
        return finding(node, TITLES[shape], found.blockers[0], "sequential", found)
    if not isinstance(node, ast.For | ast.While):
        return None
    return finding(
        node,
        TITLES[shape],
        Cause(
            "MX601",
            node.lineno,
            "not worth it: nothing in the body takes long by what its text shows",
            "",
            "more work per item",
        ),
    )


def parallel(node: ast.AST, shape: Shape, found: Found) -> Finding:
    texts = ", ".join(f"`{s.text.splitlines()[0][:60]}`" for s in found.slots)
    names = sorted(n.name for n in names_of(found.fold.writes))
    folded = f"; {', '.join(f'`{n}`' for n in names)} folded in item order" if names else ""
    called = sorted(n.name for n in names_of(found.effects.calls))
    guards = sorted({n.name for n in names_of(found.effects.soft)})
    cause = Cause("MX000", getattr(node, "lineno", 0), f"{texts} runs in chunks{folded}")
    conditions = [f"{', '.join(f'`{g}`' for g in guards)} hold plain values"] if guards else []
    conditions += [f"{', '.join(f'`{c}`' for c in called)} is a pure function"] if called else []
    conditions += ["nothing that chunks read can change"] if found.fold.unknown is not None else []
    if conditions:
        cause = Cause("MX001", cause.line, f"{cause.text}, if at run time {' and '.join(conditions)}")
        return finding(node, TITLES[shape], cause, "guarded", found)
    return finding(node, TITLES[shape], cause, "parallel", found)


def pool_finding(call: PoolCall, writing: Cause | None) -> Finding:
    """What is to be said of a pool call; `writing`: where what it calls writes a file."""
    title = TITLES["pool"]
    if writing is not None and not call.threads:
        return Finding(
            "MX210",
            "sequential",
            call.line,
            call.column,
            f"`{call.source}`: its calls run one after the other, since `{call.function}` {writing.text}",
            title,
            writing.line,
            fix="return the text, and write it where the results are taken",
            module=call.module,
            at_module=writing.module,
        )
    if call.threads:
        message = f"`{call.source}`: calls of a pool of threads share the program's memory, so they stay with it"
        fix = "`ProcessPoolExecutor`, if they share nothing"
        return Finding(
            "MX502", "sequential", call.line, call.column, message, title, call.line, fix=fix, module=call.module
        )
    message = f"`{call.source}`: its calls run in chunks if it is a process pool's"
    return Finding("MX000", "parallel", call.line, call.column, message, title, call.line, module=call.module)


def hides_library(name: str) -> Finding:
    """A file of the program stands where Python would look for a library, of which the tables say something else."""
    text = f"a file of the program hides the library `{name}`: everything that imports it gets that file"
    return Finding("MX503", "sequential", 1, 0, text, fix=f"give `{name}.py` another name")
