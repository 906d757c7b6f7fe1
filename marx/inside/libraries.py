"""Libraries that the analysis knows nothing of (for `--speculate`), or that the program may have changed: are they in
the same state here and in a chunk?

Copies of the program's objects travel; a library's own variables do not. So a chunk may only call it where they are
what a fresh import gives, and stay that way."""

from __future__ import annotations

import importlib
import sys
import types
from collections.abc import Iterable, Mapping
from typing import Any

from marx.inside.refusals import Refusal
from marx.inside.watch import digest
from marx.program.plan import Touched

_CODE = (types.FunctionType, types.BuiltinFunctionType, types.ModuleType)
_ALONE = frozenset({"logging"})
"""Of Python's own libraries those on which others do not rest."""
State = dict[str, tuple[list[str], bytes]]
"""By library: its modules that are loaded, and a sum of what they hold."""


def state_of(libraries: Iterable[str]) -> State:
    """The sum is empty where a library has parts in another language, or holds what cannot be summed up."""
    found: State = {}
    for library in sorted(libraries):
        names = sorted(name for name in sys.modules if name.split(".")[0] == library)
        found[library] = (names, _sum(names))
    return found


def check_touched(used: Iterable[str] | None, touched: Touched) -> State:
    """Of the libraries that chunks use (None: any) those that the program may have changed, for chunks to compare.
    Raises `Refusal` for those of which it is certain, or that cannot be compared."""
    everything = touched.patched | touched.called
    if not everything:
        return {}
    found = everything if used is None else everything & frozenset(used)
    # What a library of Python's own does may rest on any other of them.
    found |= everything & ((sys.stdlib_module_names | {"builtins"}) - _ALONE)
    patched = touched.patched & found
    if patched:
        raise Refusal("MX208", f"the program changes `{min(patched)}`, and chunks have it unchanged")
    state = state_of(found)
    unknown = [library for library, (_, known) in state.items() if not known]
    if unknown:
        raise Refusal("MX208", f"the program may have changed settings of `{unknown[0]}`, which chunks do not have")
    return state


def is_same(state: State) -> bool:
    """Whether the libraries, loaded here as they were there, hold the same."""
    for names, _ in state.values():
        for name in names:
            importlib.import_module(name)
    return state_of(state) == state


def _sum(names: list[str]) -> bytes:
    modules = [sys.modules[name] for name in names]
    if not all(str(getattr(module, "__file__", None)).endswith(".py") for module in modules):
        return b""
    held = [_data(vars(module)) for module in modules]
    return digest(held, frozenset(names))


def _data(space: Mapping[str, Any]) -> dict[str, Any]:
    """What a module holds beside code and what the interpreter put there."""
    named = {name: value for name, value in space.items() if not name.startswith("__") or name == "__version__"}
    return {name: value for name, value in named.items() if not isinstance(value, _CODE)}
