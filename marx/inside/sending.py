"""The driver's side of the way that values go: captures and items out, values back.

Three kinds of pickle, all made and read inside jails of one job, so that nobody can tell a value that was away from one
that stayed:

- *captures*, once a region: what the map slice reads, functions and classes of the program by value (as compiled
  code, bound to one namespace), everything else by value if its type is in the closed world (world.py);
- *items*, one pickle each: an object that the captures hold too is a reference to it;
- *values*, one pickle a chunk (receiving.py makes them): an object that came with the captures or the item returns as
  a reference to the original.

A reference is the number that the pickler gave the object in its memo; the unpickler counts alike, so both sides know
it."""

from __future__ import annotations

import collections
import functools
import importlib
import io
import marshal
import math
import pickle
import sys
import time
import types
import warnings
from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate
from typing import Any, TypeVar

from marx.inside import classes
from marx.inside.arrays import is_array, reduced
from marx.inside.codebook import CodeBook
from marx.inside.faithful import check_class, check_exception
from marx.inside.makers import (
    fill_class,
    fill_found,
    fill_function,
    find_named,
    make_by_dill,
    make_cache,
    make_class,
    make_default,
    make_function,
    make_named_tuple,
    make_type_var,
)
from marx.inside.orders import Recipe
from marx.inside.pickles import PROTOCOL, ReferringUnpickler, dump, dump_faithfully, load_value
from marx.inside.reach import with_buffers
from marx.inside.refusals import Refusal, Unsendable
from marx.inside.world import ATOMS, is_value_type, type_name

_LOOK_NS = 4_000_000
"""What items cost to pickle shows after so long."""
_NOTHING: Mapping[int, frozenset[str]] = types.MappingProxyType({})


class CapturePickler(pickle.Pickler):
    """Pickles captures; refuses what is not of the closed world."""

    def __init__(
        self, file: io.BytesIO, book: CodeBook, strict: bool = True, without: Mapping[int, frozenset[str]] = _NOTHING
    ) -> None:
        """`without` are attributes that objects go without, by the objects' ids."""
        super().__init__(file, PROTOCOL)
        self.book = book
        self.without = without
        self.strict = strict
        self.functions: list[types.FunctionType] = []
        self._usual: set[type] = set()
        """Classes of the program whose objects are pickled as usual."""

    def reducer_override(self, value: Any) -> Any:
        kind = type(value)
        if kind is types.FunctionType:
            return self._function(value)
        if isinstance(value, type):
            return self._class(value)
        if kind is types.ModuleType:
            return importlib.import_module, (value.__name__,)
        if kind is functools._lru_cache_wrapper:
            if value.__module__ in self.book.local:
                return find_named, self._named(value)
            given = value.cache_parameters()
            return make_cache, (value.__wrapped__, given["maxsize"], given["typed"])
        if not self.strict:
            return NotImplemented
        if is_array(value):
            return reduced(value)
        if kind is TypeVar:
            given = {
                "bound": value.__bound__,
                "covariant": value.__covariant__,
                "contravariant": value.__contravariant__,
            }
            return make_type_var, (value.__name__, value.__constraints__, given)
        if kind is collections.defaultdict and value.default_factory is not None:
            return make_default, (repr(value.default_factory),), None, None, iter(value.items())
        if isinstance(value, BaseException):
            check_exception(value)
        if kind.__module__ in self.book.own:
            return self._instance(value, kind)
        if kind is types.MethodType and type_name(type(value.__self__)).startswith("builtins."):
            raise Unsendable("MX402", f"a bound method of {type_name(type(value.__self__))}")
        if is_value_type(kind) or issubclass(kind, tuple) or hasattr(kind, "__members__"):
            return NotImplemented
        raise Unsendable("MX402", f"a value of type {type_name(kind)}")

    def _named(self, value: Any) -> tuple[str, str]:
        """Where a jail finds a function or class of another module of the program."""
        try:
            found = find_named(value.__module__, value.__qualname__)
        except AttributeError:
            found = None
        if found is not value:
            raise Unsendable("MX504", f"{value.__qualname__} is not what module {value.__module__} has by that name")
        return value.__module__, value.__qualname__

    def _function(self, value: types.FunctionType) -> Any:
        if self.strict and value.__module__ in self.book.local and not self._is_nameless(value):
            cells = tuple(_cell_content(c) for c in value.__closure__ or ())
            held = (value.__defaults__, value.__kwdefaults__, dict(value.__dict__), cells)
            return find_named, self._named(value), held, None, None, fill_found
        if value.__module__ not in (self.book.own if self.strict else ("__main__",)):
            return NotImplemented
        if value.__globals__ is not self._namespace(value.__module__):
            return NotImplemented
        code = self.book.original(value.__code__)
        if code is None and not self.strict:
            return _by_dill(value)
        if code is None:
            raise Unsendable("MX504", f"the source of {value.__qualname__} is not known")
        self.functions.append(value)
        cells = tuple(_cell_content(c) for c in value.__closure__ or ())
        attributes = {k: v for k, v in value.__dict__.items() if k != "__wrapped__"}
        state = (value.__name__, value.__qualname__, value.__defaults__, value.__kwdefaults__, attributes, cells)
        return make_function, (marshal.dumps(code), len(cells), value.__module__), state, None, None, fill_function

    def _namespace(self, module: str) -> object:
        return self.book.namespace if module == "__main__" else getattr(sys.modules.get(module), "__dict__", None)

    def _is_nameless(self, value: types.FunctionType) -> bool:
        """Whether a function of another module was made by a call there, so that nobody finds it by its name."""
        return "<" in value.__qualname__ and value.__globals__ is self._namespace(value.__module__)

    def _class(self, value: type) -> Any:
        if self.strict and value.__module__ in self.book.local:
            return find_named, self._named(value), classes.state_of(value, self.book.own), None, None, fill_class
        if value.__module__ != "__main__":
            return NotImplemented
        fields = getattr(value, "_fields", None)
        if value.__bases__ == (tuple,) and isinstance(fields, tuple) and value.__qualname__ not in self.book._classes:
            defaults = tuple(getattr(value, "_field_defaults", {}).values())
            return make_named_tuple, (value.__name__, fields, defaults)
        if not self.strict and not self.book.defines(value):
            return _by_dill(value)
        code, needs = self.book.define_class(value)
        state = classes.state_of(value, self.book.own)
        return make_class, (value.__name__, code, needs), state, None, None, fill_class

    def _instance(self, value: Any, kind: type) -> Any:
        if kind not in self._usual:
            check_class(kind, self.book.own)
            self._usual.add(kind)
        return self._partly(value, self.without[id(value)]) if id(value) in self.without else NotImplemented

    @staticmethod
    def _partly(value: Any, attributes: frozenset[str]) -> Any:
        """An instance without some of its attributes."""
        make, arguments, state, *more = value.__reduce_ex__(PROTOCOL)
        states = state if isinstance(state, tuple) else (state,)
        if not all(part is None or type(part) is dict for part in states):
            raise Unsendable(
                "MX401", f"of a {type(value).__name__}, which the ordered part changes, no part can be sent"
            )
        kept = tuple(part and {k: v for k, v in part.items() if k not in attributes} for part in states)
        return make, arguments, kept if isinstance(state, tuple) else kept[0], *more


def _by_dill(value: Any) -> Any:
    """For pools, whose functions may be anything: what has no definition in the program's text."""
    import dill

    show, warnings.showwarning = warnings.showwarning, _show_nothing
    try:
        return make_by_dill, (dill.dumps(value, recurse=True),)
    finally:
        warnings.showwarning = show


def _show_nothing(*_: object, **__: object) -> None:
    """What dill warns of is not the program's business. A filter in its place would have Python forget which of the
    program's own warnings were shown."""


def _cell_content(cell: types.CellType) -> tuple[Any, ...]:
    try:
        return (cell.cell_contents,)
    except ValueError:
        return ()


class _ReferringPickler(CapturePickler):
    """Pickles what may share objects with earlier pickles: those become references."""

    def __init__(
        self, file: io.BytesIO, book: CodeBook, references: dict[int, tuple[str, int]], strict: bool = True
    ) -> None:
        super().__init__(file, book, strict)
        self.references = references

    def persistent_id(self, value: Any) -> Any:
        return self.references.get(id(value))


class Sent:
    """What the driver remembers of captures that it sent: their bytes and each object's number."""

    def __init__(
        self, book: CodeBook, value: Any, strict: bool = True, without: Mapping[int, frozenset[str]] = _NOTHING
    ) -> None:
        """`strict` is off where the program itself asked for copies (pools): then any type goes, and sets and NaN as
        they are. `without` are attributes that objects go without, by the objects' ids."""
        file = io.BytesIO()
        self.strict = strict
        pickler = CapturePickler(file, book, strict, without)
        if strict:
            dump_faithfully(pickler, file, value)
        else:
            dump(pickler, value)
        self.book = book
        self.data = file.getvalue()
        self.functions = pickler.functions
        self.objects: dict[int, Any] = {}
        self.references: dict[int, tuple[str, int]] = {}
        for number, thing in pickler.memo.copy().values():
            self.objects[number] = thing
            if type(thing) is not str:
                self.references[id(thing)] = ("c", number)

    def holders(self) -> dict[int, Any]:
        """The captured data objects that could be changed or could hold such, by id."""
        return with_buffers(
            o
            for o in self.objects.values()
            if type(o) not in ATOMS and not isinstance(o, type | types.FunctionType | types.ModuleType)
        )

    def items(self, items: Sequence[Any], ns_max: float = math.inf) -> tuple[bytes, list[int], dict[int, Any]]:
        """(the items' pickles one after the other, their offsets, the objects in them that could be changed). Raises
        `Refusal` as soon as it shows that this will take longer than `ns_max`."""
        parts: list[bytes] = []
        began, heavy = time.perf_counter_ns(), 0
        inner: dict[int, Any] = {}
        recipes: dict[int, Recipe] = {}
        for item in items:
            if type(item) in ATOMS:
                parts.append(pickle.dumps(item, PROTOCOL))
                continue
            file = io.BytesIO()
            pickler = _ReferringPickler(file, self.book, self.references, self.strict)
            if self.strict:
                dump_faithfully(pickler, file, item, recipes)
            else:
                dump(pickler, item)
            parts.append(file.getvalue())
            heavy += 1
            spent = time.perf_counter_ns() - began
            if spent >= _LOOK_NS and spent + spent / heavy * (len(items) - len(parts)) > ns_max:
                raise Refusal("MX603", "legal, not worth it: the items cost more to carry than to compute")
            for _, thing in pickler.memo.copy().values():
                if type(thing) not in ATOMS:
                    inner[id(thing)] = thing
        return b"".join(parts), [0, *accumulate(map(len, parts))], with_buffers(inner.values())

    def item_objects(self, item: Any) -> dict[int, Any]:
        """The numbers of an item's objects, found by pickling it again."""
        pickler = _ReferringPickler(io.BytesIO(), self.book, self.references)
        pickler.dump(item)
        return dict(pickler.memo.copy().values())

    def values(self, data: bytes, item_at: Callable[[int], Any]) -> Any:
        """Reads a chunk's values; references become the originals."""
        known: dict[int, dict[int, Any]] = {}

        def find(reference: tuple[Any, ...]) -> Any:
            if reference[0] == "c":
                return self.objects[reference[1]]
            _, item, number = reference
            if item not in known:
                known[item] = self.item_objects(item_at(item))
            return known[item][number]

        file = io.BytesIO(data)
        unpickler = ReferringUnpickler(file)
        unpickler.find = find
        return load_value(unpickler, file)
