"""Functions that a region meets as values: may chunks call what a variable, a container or an item holds?

Only functions that change nothing and return something new, or of their arguments; so must be the functions that they
call in turn. Functions of the program go by the plan's summaries, those of libraries by the tables of effects."""

from __future__ import annotations

import functools
import gc
import sys
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any

from marx.inside.guards import check_guards
from marx.inside.reach import is_followed
from marx.inside.refusals import Refusal
from marx.inside.sending import Sent
from marx.inside.state import ProgramState, look_up, summary_of
from marx.inside.world import holds_plain, is_plain
from marx.program.known import library_effect
from marx.program.plan import Name, Region, Summary
from marx.program.tables import BUILTINS

HELD_MAX = 100_000
"""So many objects are searched for functions; tables of functions are small."""
_FUNCTIONS = (FunctionType, BuiltinFunctionType, MethodType, functools.partial, functools._lru_cache_wrapper, type)
_MAKERS = (list, int, set, dict, str, float, tuple, bool, complex, bytes, bytearray, frozenset, object, Fraction,
           Decimal, Counter, OrderedDict, defaultdict, deque)  # fmt: skip
"""What makes an empty thing, if called with nothing."""
_PUBLIC = {"_operator": "operator", "_functools": "functools", "_bisect": "bisect", "_statistics": "statistics",
           "_heapq": "heapq", "_struct": "struct", "posixpath": "os.path"}  # fmt: skip
"""Where the tables list functions that say they come from elsewhere."""


class Called:
    """Checks functions for one region, each once."""

    def __init__(self, region: Region, program: ProgramState) -> None:
        self._region = region
        self._program = program
        self._seen: set[int] = set()
        self._kept: list[Any] = []
        self.summaries: list[Summary] = []
        self.calls_arguments = False
        """Whether one of the functions calls what it is given."""

    def check(self, name: str, value: Any) -> None:
        """`value` is such a function, or holds nothing else that can be called. Raises `Refusal`."""
        if id(value) in self._seen:
            return
        self._seen.add(id(value))
        self._kept.append(value)
        if isinstance(value, functools.partial):
            self.check(name, value.func)
            self.check_all(name, [*value.args, *value.keywords.values()])
        elif isinstance(value, functools._lru_cache_wrapper):
            self.check(name, value.__wrapped__)
        elif isinstance(value, MethodType):
            self._method(name, value)
        elif isinstance(value, FunctionType) and value.__module__ in self._program.book.own:
            self._function(name, value)
        elif isinstance(value, type) and value.__module__ in self._program.book.own:
            self._summary(name, self._class(name, value), {})
        elif isinstance(value, _FUNCTIONS):
            check_library(name, value)
        else:
            self.check_all(name, functions_in([value]))

    def check_variable(self, name: Name, value: Any) -> None:
        """The same of what a variable holds. A method (`Class.name`) travels as its class's text, and is made anew by
        its decorators there: so that must come to the same."""
        if "." in name.name and not _is_made_alike(value):
            raise Refusal("MX505", f"`{name.name}` is wrapped by a decorator that keeps something")
        self.check(name.name, value)

    def check_all(self, name: str, values: Iterable[Any]) -> None:
        for value in values:
            self.check(name, value)

    def is_quiet(self, factory: Any) -> bool:
        """Whether what a dict calls for its defaults changes nothing and makes something new."""
        if isinstance(factory, functools.partial):
            given = [*factory.args, *factory.keywords.values()]
            return self.is_quiet(factory.func) and all(is_plain(v) or (callable(v) and self.is_quiet(v)) for v in given)
        if any(factory is made for made in _MAKERS):
            return True
        try:
            self.check("the default of a dict", factory)
        except Refusal:
            return False
        return isinstance(factory, _FUNCTIONS)

    def _function(self, name: str, value: FunctionType) -> None:
        if value.__globals__ is not self._program.namespace and value.__module__ == "__main__":
            raise Refusal("MX505", f"`{name}` was made by a library from a function of the program")
        cells = dict(zip(value.__code__.co_freevars, value.__closure__ or (), strict=True))
        self._summary(name, summary_of(value, self._program), cells)

    def _class(self, name: str, value: type) -> Summary:
        found = self._program.plan.classes.get(Name(value.__module__, value.__qualname__))
        if found is None:
            raise Refusal("MX505", f"`{name}` holds a class that is not defined at the top of a module")
        return found

    def _method(self, name: str, value: MethodType) -> None:
        """A bound method; what it returns must not be of its object, of which the analysis does not know."""
        if not isinstance(value.__func__, FunctionType) or value.__func__.__module__ not in self._program.book.own:
            raise Refusal("MX505", f"`{name}` holds a method that the analysis does not know")
        if summary_of(value.__func__, self._program).returns_first:
            raise Refusal("MX202", f"`{name}` returns something that is not its own")
        self.check(name, value.__func__)

    def _summary(self, name: str, summary: Summary, cells: dict[str, Any]) -> None:
        if not summary.pure:
            raise Refusal("MX202", f"`{name}` is not pure: {summary.reason}")
        if not summary.fresh:
            raise Refusal("MX202", f"`{name}` returns something that is not its own")
        for held, depth in summary.returned:
            value = self._inner(name, held, cells)
            if not (holds_plain(value) if depth else is_plain(value)):
                raise Refusal("MX202", f"`{name}` may return what `{held.name}` holds")
        shared = summary.reads & (self._region.binds | self._region.elements)
        if shared:
            raise Refusal("MX202", f"`{name}` reads `{min(n.name for n in shared)}`, which the loop changes")
        check_guards(summary.guards, self._program, {})
        self.summaries.append(summary)
        self.calls_arguments |= summary.calls_arguments
        for inner in summary.called:
            self.check(f"{name}: {inner.name}", self._inner(name, inner, cells))

    def _inner(self, name: str, inner: Name, cells: dict[str, Any]) -> Any:
        if inner.module:
            return look_up(inner, self._program, {})
        try:
            return cells[inner.name].cell_contents
        except (KeyError, ValueError):
            raise Refusal("MX504", f"`{name}` calls `{inner.name}`, which has no value here") from None


def _is_made_alike(value: Any) -> bool:
    """Whether a function, and those that it wraps, hold nothing that could have changed since it was made."""
    if not isinstance(value, FunctionType):
        return isinstance(value, functools._lru_cache_wrapper) and _is_made_alike(value.__wrapped__)
    held = [cell.cell_contents for cell in value.__closure__ or ()]
    return all(is_plain(v) or isinstance(v, type) or _is_made_alike(v) for v in held)


def check_library(name: str, value: Any) -> None:
    """Raises `Refusal` where what a library holds by that name may do more than return something new."""
    module, own = getattr(value, "__module__", None), getattr(value, "__name__", "")
    if isinstance(value, BuiltinFunctionType) and value.__self__ is not None and module is None:
        raise Refusal("MX505", f"`{name}` holds a method that the analysis does not know")
    home = _PUBLIC.get(str(module), str(module))
    effect = library_effect(own if module == "builtins" else f"{home}.{own}")
    known = getattr(sys.modules.get(home), own, None) is value
    makes = not isinstance(value, type) or (module == "builtins" and own in BUILTINS)
    if not known or effect is None or effect.writes or effect.flags or not makes:
        raise Refusal("MX505", f"`{name}` holds a {type(value).__name__} that the analysis does not know")


def functions_in(values: Iterable[Any]) -> list[Any]:
    """What can be called among what containers and objects hold; their classes do not count."""
    found: list[Any] = []
    todo = list(values)
    seen: dict[int, Any] = {}
    while todo:
        value = todo.pop()
        if id(value) in seen:
            continue
        seen[id(value)] = value
        if len(seen) > HELD_MAX:
            raise Refusal("MX505", "what is called stands among too many objects")
        if isinstance(value, _FUNCTIONS):
            found.append(value)
        elif is_followed(value):
            kind = type(value)
            todo += [held for held in gc.get_referents(value) if held is not kind]
    return found


def check_captured(called: Called, sent: Sent) -> None:
    """Where a function calls what it is given, every function that chunks have may be called so."""
    if called.calls_arguments:
        called.check_all("a function that is handed on", sent.functions)
        bound = [thing for thing in sent.objects.values() if isinstance(thing, MethodType)]
        called.check_all("a method that is handed on", bound)
