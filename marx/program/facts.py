"""Facts about a whole program that the driver goes by: summaries of its functions, and what its code can see."""

from __future__ import annotations

import ast

from marx.program.effects import CALLED, LOGGABLE, Cause, Effects, Root, guards_of, names_of
from marx.program.flow import may_bind
from marx.program.interpret import Frame, Interpreter
from marx.program.plan import FunctionKey, Name, Summary
from marx.program.scopes import Program

_MAKERS = ("__init__", "__new__", "__post_init__")
_STEADY = (ast.Assign, ast.AnnAssign, ast.FunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)


def summaries(interpreter: Interpreter) -> dict[FunctionKey, Summary]:
    """What the driver must know of functions that it meets as values."""
    return {key: _summary(interpreter.summary(info)) for key, info in interpreter.program.functions.items()}


def class_summaries(interpreter: Interpreter) -> dict[Name, Summary]:
    """The same of classes at the top of modules: of a call that makes an instance."""
    found: dict[Name, Summary] = {}
    for module in interpreter.program.modules.values():
        for name, info in module.classes.items():
            frame = Frame(interpreter, module, None, set())
            makers = [m for word in _MAKERS for m in interpreter.program.methods.get(word, ())]
            given = {name: {Root("param", 0)} for maker in makers for name in maker.parameters[1:]}
            frame.construct(Root("class", (module.name, name)), [], {"": {Root("param", 0)}} | given, info.node)
            found[Name(module.name, name)] = _summary(frame.close())
    return found


def _summary(effects: Effects) -> Summary:
    causes = [*effects.writes.values(), *effects.binds.values(), *effects.soft.values()]
    named = {r for r in effects.calls if r.kind in ("global", "cell")}
    causes += [cause for root, cause in effects.calls.items() if root not in named and root.kind != "param"]
    reason = ""
    if effects.unknown is not None:
        reason = effects.unknown.text
    elif effects.guesses:
        reason = f"`{min(effects.guesses)}` is not known"
    elif set(effects.flags) - LOGGABLE - {"file-touch"}:
        reason = next(c.text for f, c in effects.flags.items() if f not in LOGGABLE)
    elif causes:
        reason = causes[0].text
    elif effects.memo and effects.recursive:
        reason = "recursion through a cache"
    returned = effects.returns | effects.returns_inside
    nameable = ("global", "cell")
    return Summary(
        names_of(effects.reads),
        guards_of(effects),
        not reason,
        all(r.kind in ("param", *nameable) or r == CALLED for r in returned),
        reason,
        frozenset(effects.flags),
        not (effects.unknown or effects.guesses or effects.calls),
        names_of(named),
        any(r.kind == "param" for r in effects.calls) or CALLED in returned,
        any(r.kind == "param" and r.key == 0 for r in returned),
        frozenset((name, r.depth) for r in returned if r.kind in nameable for name in names_of([r])),
    )


def introspects(program: Program) -> bool:
    """Whether some code may look at variables that it does not name."""
    words = {"globals", "locals", "vars", "dir", "eval", "exec"}
    return any(isinstance(n, ast.Name) and n.id in words for m in program.modules.values() for n in m.nodes)


def imported(program: Program) -> frozenset[str]:
    """Packages and modules that a program imports somewhere."""
    return frozenset(dotted.split(".")[0] for m in program.modules.values() for dotted in m.imports.values())


def rebound(program: Program) -> frozenset[Name]:
    """Globals that are bound more than once, or by more than one plain statement at the top of their module; those of
    a module that others import also where an attribute is set by their name."""
    found: set[Name] = set()
    for module in program.modules.values():
        steady = {name for s in module.tree.body if isinstance(s, _STEADY) for name in may_bind([s])}
        steady -= program.attribute_names if module is not program.main else set()
        found |= {Name(module.name, n) for n, nodes in module.bindings.items() if len(nodes) > 1 or n not in steady}
    return frozenset(found)


def asks_cache(program: Program) -> Cause | None:
    """The first place that asks a cache for its statistics, if there is one."""
    nodes = ((m.name, n) for m in program.modules.values() for n in m.nodes)
    places = [(m, n.lineno) for m, n in nodes if isinstance(n, ast.Attribute) and n.attr == "cache_info"]
    if not places:
        return None
    module, line = min(places, key=lambda place: (place[0] != program.main.name, place))
    text = "how often a cached function runs can be seen"
    return Cause("MX209", line, text, "", "remove `cache_info()`", module)
