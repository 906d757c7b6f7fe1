"""How values pass between the driver and its chunks, so that nobody can tell a value that was away from one that
stayed.

Three kinds of pickle, all made and read inside jails of one job:

- *captures*, once a region: what the map slice reads, functions and classes of the program by value (as compiled
  code, bound to one namespace), everything else by value if its type is in the closed world (world.py);
- *items*, one pickle each: an object that the captures hold too is a reference to it;
- *values*, one pickle a chunk: an object that came with the captures or the item returns as a reference to the
  original.

A reference is the number that the pickler gave the object in its memo; the unpickler counts alike, so both sides know
it. What would not survive the way (order of sets, identity of NaN) is refused."""

from __future__ import annotations

import ast
import functools
import importlib
import io
import marshal
import pickle
import sys
import types
from collections.abc import Callable, Iterable
from typing import Any

from marx.inside.reach import buffers
from marx.inside.world import ATOMS, is_value_type, type_name
from marx.program.rewrite import compile_quietly

PROTOCOL = 5
_SET_MARKS = (b"\x8f", b"\x91")
_NAN_MARKS = (b"G\x7f\xf8", b"G\xff\xf8")


class Refused(Exception):
    """A value cannot be sent faithfully. `code` is of the catalogue."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class Missing:
    """The value of a slot that the map slice did not reach."""

    def __reduce__(self) -> str:
        return "MISSING"


MISSING = Missing()


# --- code of the program --------------------------------------------------------------------------------------------


def code_key(code: types.CodeType) -> tuple[str, int, tuple[int, int]]:
    """The same for a function's original and rewritten code: name, first line and the place of its first instruction
    in the text."""
    places = [
        (p[0], p[2])
        for p in code.co_positions()
        if p[0] is not None and p[2] is not None and (p[0], p[2]) != (code.co_firstlineno, 0)
    ]
    return code.co_qualname, code.co_firstlineno, min(places, default=(0, 0))


class CodeBook:
    """The program's own code: originals of functions by key, and what defines its classes."""

    def __init__(
        self, tree: ast.Module, filename: str, namespace: dict[str, Any], local: frozenset[str] = frozenset()
    ) -> None:
        """`local` are the names of the program's other modules, which jails import themselves."""
        self.namespace = namespace
        self.local = local
        self.own = local | {"__main__"}
        code = compile(tree, filename, "exec", dont_inherit=True)
        self._flags = code.co_flags & _FUTURE_MASK
        self._filename = filename
        self._originals: dict[tuple[str, int, tuple[int, int]], types.CodeType] = {}
        self._note(code)
        self._classes = {n.name: n for n in tree.body if isinstance(n, ast.ClassDef)}

    def _note(self, code: types.CodeType) -> None:
        for constant in code.co_consts:
            if isinstance(constant, types.CodeType):
                self._originals.setdefault(code_key(constant), constant)
                self._note(constant)

    def original(self, code: types.CodeType) -> types.CodeType | None:
        return self._originals.get(code_key(code))

    def defines(self, cls: type) -> bool:
        """Whether the class stands at the top of the program's text and is still known by its name."""
        return cls.__qualname__ in self._classes and self.namespace.get(cls.__name__) is cls

    def define_class(self, cls: type) -> tuple[bytes, dict[str, Any]]:
        """Code that defines a class of the program anew, and the globals that this needs."""
        if not self.defines(cls):
            raise Refused("MX402", f"class {cls.__qualname__} is not defined at the top of the program")
        node = self._classes[cls.__qualname__]
        code = compile_quietly(ast.Module([node], []), self._filename, self._flags)
        needs = {name: self.namespace[name] for name in _names_at_definition(node) if name in self.namespace}
        return marshal.dumps(code), needs


_FUTURE_MASK = functools.reduce(
    lambda a, b: a | b,
    (getattr(__import__("__future__"), n).compiler_flag for n in __import__("__future__").all_feature_names),
)


def _names_at_definition(node: ast.AST) -> set[str]:
    """Names that are looked up when a class statement runs; bodies of its functions are not."""
    found: set[str] = set()
    todo: list[ast.AST] = [node]
    while todo:
        current = todo.pop()
        if isinstance(current, ast.Name):
            found.add(current.id)
        if isinstance(current, ast.FunctionDef | ast.AsyncFunctionDef):
            todo += [*current.decorator_list, *ast.walk(current.args)]
            todo += [current.returns] if current.returns else []
        elif not isinstance(current, ast.Lambda):
            todo += ast.iter_child_nodes(current)
    return found


# --- what pickles name ----------------------------------------------------------------------------------------------


class _Space:
    """The namespace that functions and classes are bound to while captures and items are read: one a region.

    `brought` are the names that came into it with a class, beside those that were captured."""

    here: _Space

    def __init__(self, module: types.ModuleType) -> None:
        self.module = module
        self.classes: dict[str, type] = {}
        self.brought: set[str] = set()

    def enter(self) -> None:
        _Space.here = self


def make_function(code: bytes, cells: int) -> types.FunctionType:
    closure = tuple(types.CellType() for _ in range(cells))
    return types.FunctionType(marshal.loads(code), _Space.here.module.__dict__, None, None, closure or None)


def fill_function(function: types.FunctionType, state: tuple[Any, ...]) -> None:
    name, qualname, defaults, kwdefaults, attributes, cells = state
    function.__name__, function.__qualname__ = name, qualname
    function.__defaults__, function.__kwdefaults__ = defaults, kwdefaults
    function.__dict__.update(attributes)
    for cell, content in zip(function.__closure__ or (), cells, strict=True):
        if content:
            cell.cell_contents = content[0]


def make_class(name: str, code: bytes, needs: dict[str, Any]) -> type:
    here = _Space.here
    if name not in here.classes:
        space = here.module.__dict__
        here.brought.update((name, *needs))
        space.update(needs)
        before = space.get(name)
        exec(marshal.loads(code), space)
        here.classes[name] = space[name]
        if before is not None:
            space[name] = before
    return here.classes[name]


def find_named(module: str, name: str) -> Any:
    """A function or class of one of the program's other modules."""
    return functools.reduce(getattr, name.split("."), importlib.import_module(module))


def fill_found(function: types.FunctionType, state: tuple[Any, ...]) -> None:
    """What a function of another module may have come to hold since that was imported."""
    function.__defaults__, function.__kwdefaults__, attributes, cells = state
    function.__dict__.update(attributes)
    for cell, content in zip(function.__closure__ or (), cells, strict=True):
        if content:
            cell.cell_contents = content[0]


def fill_class(cls: type, attributes: dict[str, Any]) -> None:
    for name, value in attributes.items():
        setattr(cls, name, value)


def make_named_tuple(name: str, fields: tuple[str, ...], defaults: tuple[Any, ...]) -> type:
    from collections import namedtuple

    return namedtuple(name, fields, defaults=defaults, module="__main__")


def make_by_dill(data: bytes) -> Any:
    import dill

    return dill.loads(data)


def _by_dill(value: Any) -> Any:
    """For pools, whose functions may be anything: what has no definition in the program's text."""
    import dill

    return make_by_dill, (dill.dumps(value, recurse=True),)


class EqualKeys(BaseException):
    """A cached function was called with what may equal a key of another type or sign, so that it matters who called
    first."""


def make_cache(function: Callable[..., Any], maxsize: int | None, typed: bool) -> Callable[..., Any]:
    cached = functools.lru_cache(maxsize, typed)(function)

    @functools.wraps(function)
    def call(*args: Any, **named: Any) -> Any:
        if not all(map(_is_one_key, (*args, *named.values()))):
            raise EqualKeys
        return cached(*args, **named)

    for name in ("cache_parameters", "cache_info", "cache_clear"):
        setattr(call, name, getattr(cached, name))
    return call


def _is_one_key(value: object) -> bool:
    """Whether the value equals none of another type or sign. Whole numbers do (1 is True and 1.0), but whoever mixes
    them calls with those others as well, which are refused here."""
    kind = type(value)
    if kind is tuple:
        return all(map(_is_one_key, value))  # type: ignore[call-overload]
    return kind in (int, str, bytes, type(None)) or (kind is float and not value.is_integer())  # type: ignore[attr-defined]


def _register() -> None:
    """Pickles name our functions by a module of their own, so that the program may have modules of any name."""
    module = types.ModuleType("_marx")
    makers = (make_function, make_class, make_named_tuple, make_by_dill, make_cache)
    for thing in (*makers, fill_function, fill_class, find_named, fill_found, Missing):
        thing.__module__ = "_marx"
        setattr(module, thing.__name__, thing)
    module.MISSING = MISSING  # type: ignore[attr-defined]
    sys.modules["_marx"] = module


_register()


# --- pickling -------------------------------------------------------------------------------------------------------


class CapturePickler(pickle.Pickler):
    """Pickles captures; refuses what is not of the closed world."""

    def __init__(self, file: io.BytesIO, book: CodeBook, strict: bool = True) -> None:
        super().__init__(file, PROTOCOL)
        self.book = book
        self.strict = strict
        self.functions: list[types.FunctionType] = []

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
        if kind.__module__ in self.book.own:
            return self._instance(value, kind)
        if kind is types.MethodType and type_name(type(value.__self__)).startswith("builtins."):
            raise Refused("MX402", f"a bound method of {type_name(type(value.__self__))}")
        if is_value_type(kind) or issubclass(kind, tuple) or hasattr(kind, "__members__"):
            return NotImplemented
        raise Refused("MX402", f"a value of type {type_name(kind)}")

    def _named(self, value: Any) -> tuple[str, str]:
        """Where a jail finds a function or class of another module of the program."""
        try:
            found = find_named(value.__module__, value.__qualname__)
        except AttributeError:
            found = None
        if found is not value:
            raise Refused("MX504", f"{value.__qualname__} is not what module {value.__module__} has by that name")
        return value.__module__, value.__qualname__

    def _function(self, value: types.FunctionType) -> Any:
        if self.strict and value.__module__ in self.book.local:
            cells = tuple(_cell_content(c) for c in value.__closure__ or ())
            held = (value.__defaults__, value.__kwdefaults__, dict(value.__dict__), cells)
            return find_named, self._named(value), held, None, None, fill_found
        if value.__module__ != "__main__" or value.__globals__ is not self.book.namespace:
            return NotImplemented
        code = self.book.original(value.__code__)
        if code is None and not self.strict:
            return _by_dill(value)
        if code is None:
            raise Refused("MX504", f"the source of {value.__qualname__} is not known")
        self.functions.append(value)
        cells = tuple(_cell_content(c) for c in value.__closure__ or ())
        attributes = {k: v for k, v in value.__dict__.items() if k != "__wrapped__"}
        state = (value.__name__, value.__qualname__, value.__defaults__, value.__kwdefaults__, attributes, cells)
        return make_function, (marshal.dumps(code), len(cells)), state, None, None, fill_function

    def _class(self, value: type) -> Any:
        if self.strict and value.__module__ in self.book.local:
            return find_named, self._named(value), class_data(value), None, None, fill_class
        if value.__module__ != "__main__":
            return NotImplemented
        fields = getattr(value, "_fields", None)
        if value.__bases__ == (tuple,) and isinstance(fields, tuple) and value.__qualname__ not in self.book._classes:
            defaults = tuple(getattr(value, "_field_defaults", {}).values())
            return make_named_tuple, (value.__name__, fields, defaults)
        if not self.strict and not self.book.defines(value):
            return _by_dill(value)
        code, needs = self.book.define_class(value)
        return make_class, (value.__name__, code, needs), class_data(value), None, None, fill_class

    def _instance(self, value: Any, kind: type) -> Any:
        for name in (
            "__reduce__",
            "__reduce_ex__",
            "__getstate__",
            "__setstate__",
            "__getnewargs__",
            "__getnewargs_ex__",
            "__del__",
        ):
            for cls in kind.__mro__:
                if cls.__module__ in self.book.own and name in cls.__dict__ and name not in getattr(cls, "_fields", ()):
                    if name in ("__getnewargs__",) and hasattr(cls, "_fields"):
                        continue
                    if name in ("__reduce_ex__", "__reduce__") and hasattr(kind, "__members__"):
                        continue
                    if name in ("__getstate__", "__setstate__") and "__dataclass_params__" in cls.__dict__:
                        continue
                    raise Refused("MX402", f"class {kind.__qualname__} has a {name} of its own")
        return NotImplemented


def _cell_content(cell: types.CellType) -> tuple[Any, ...]:
    try:
        return (cell.cell_contents,)
    except ValueError:
        return ()


def class_data(cls: type) -> dict[str, Any] | None:
    """Attributes of a class that hold data: they may have changed since the class was defined."""
    if hasattr(cls, "__members__"):
        return None
    data: dict[str, Any] = {}
    for name, value in cls.__dict__.items():
        special = name.startswith("__") and name.endswith("__")
        if special or name.startswith("_abc_") or hasattr(value, "__get__") or name in getattr(cls, "_fields", ()):
            continue
        data[name] = value
    data.pop("_fields", None)
    data.pop("_field_defaults", None)
    return data or None


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

    def __init__(self, book: CodeBook, value: Any, strict: bool = True) -> None:
        """`strict` is off where the program itself asked for copies (pools): then any type goes, and sets and NaN as
        they are."""
        file = io.BytesIO()
        self.strict = strict
        pickler = CapturePickler(file, book, strict)
        _dump(pickler, value)
        self.book = book
        self.data = file.getvalue()
        self.functions = pickler.functions
        self.objects: dict[int, Any] = {}
        self.references: dict[int, tuple[str, int]] = {}
        for number, thing in pickler.memo.copy().values():
            self.objects[number] = thing
            if type(thing) is not str:
                self.references[id(thing)] = ("c", number)
        if strict:
            refuse_unfaithful(self.data, self.objects.values)

    def holders(self) -> dict[int, Any]:
        """The captured data objects that could be changed or could hold such, by id."""
        return _with_buffers(
            o
            for o in self.objects.values()
            if type(o) not in ATOMS and not isinstance(o, type | types.FunctionType | types.ModuleType)
        )

    def items(self, items: Iterable[Any]) -> tuple[bytes, list[int], dict[int, Any]]:
        """(the items' pickles one after the other, their offsets, the objects in them that could be changed)."""
        file = io.BytesIO()
        offsets = [0]
        inner: dict[int, Any] = {}
        for item in items:
            if type(item) in ATOMS:
                file.write(pickle.dumps(item, PROTOCOL))
            else:
                pickler = _ReferringPickler(file, self.book, self.references, self.strict)
                _dump(pickler, item)
                for _, thing in pickler.memo.copy().values():
                    if type(thing) not in ATOMS:
                        inner[id(thing)] = thing
            offsets.append(file.tell())
        data = file.getvalue()
        if self.strict:
            refuse_unfaithful(data, inner.values)
        return data, offsets, _with_buffers(inner.values())

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

        unpickler = _Unpickler(io.BytesIO(data))
        unpickler.find = find
        return unpickler.load()


def is_array(value: object) -> bool:
    return type_name(type(value)) == "numpy.ndarray"


def memory_of(array: Any) -> int:
    """The same number for arrays that share their memory."""
    while is_array(array.base):
        array = array.base
    return id(array)


def _with_buffers(objects: Iterable[Any]) -> dict[int, Any]:
    """Objects by id, and what they share their memory with."""
    found: dict[int, Any] = {}
    todo = list(objects)
    while todo:
        thing = todo.pop()
        if id(thing) not in found:
            found[id(thing)] = thing
            todo += buffers(thing)
    return found


class _Unpickler(pickle.Unpickler):
    find: Callable[[tuple[Any, ...]], Any]

    def persistent_load(self, reference: Any) -> Any:
        return self.find(reference)


class Received:
    """Captures as a chunk jail holds them: the value, and the number of each object in it."""

    def __init__(self, data: bytes, module: types.ModuleType) -> None:
        self.space = _Space(module)
        self.space.enter()
        unpickler = pickle.Unpickler(io.BytesIO(data))
        self.value = unpickler.load()
        self.objects: dict[int, Any] = dict(unpickler.memo.copy())
        self.references = {id(o): ("c", n) for n, o in self.objects.items() if type(o) is not str}
        self.own: frozenset[str] = frozenset(self.value.get("own", ["__main__"]))
        self.memories: set[int] = set()
        self._note_memories(self.objects)
        self.copies = bool(self.value.get("copies"))
        if self.copies:
            code = (type, types.FunctionType)
            self.references = {id(o): ("c", n) for n, o in self.objects.items() if isinstance(o, code)}

    def item(self, data: bytes) -> tuple[Any, dict[int, Any]]:
        """An item and the numbers of its objects."""
        unpickler = _Unpickler(io.BytesIO(data))
        unpickler.find = lambda reference: self.objects[reference[1]]
        value = unpickler.load()
        if type(value) in ATOMS:
            return value, {}
        objects = dict(unpickler.memo.copy())
        self._note_memories(objects)
        return value, objects

    def _note_memories(self, objects: dict[int, Any]) -> None:
        self.memories.update(memory_of(o) for o in objects.values() if is_array(o))

    def dump_values(self, rows: Any, references: dict[int, tuple[Any, ...]]) -> bytes:
        """One pickle of all rows of a chunk. Raises what pickling raises; `Refused` for what would not come back the
        same."""
        file = io.BytesIO()
        known = self.references if self.copies else self.references | references
        pickler = ValuePickler(file, known, self.memories, self.own, not self.copies)
        _dump(pickler, rows)
        data = file.getvalue()
        if not self.copies:
            refuse_unfaithful(data, lambda: [o for _, o in pickler.memo.copy().values()])
        return data


class ValuePickler(pickle.Pickler):
    """Pickles what a chunk made. Functions and classes made in a chunk have no original to return to and are
    refused."""

    def __init__(
        self,
        file: io.BytesIO,
        references: dict[int, tuple[Any, ...]],
        memories: set[int],
        own: frozenset[str],
        strict: bool = True,
    ) -> None:
        """`memories` are those of arrays that came from the driver, `own` the names of the program's modules."""
        super().__init__(file, PROTOCOL)
        self.references = references
        self.strict = strict
        self._memories = set(memories)
        self._own = own

    def persistent_id(self, value: Any) -> Any:
        return self.references.get(id(value))

    def _refuse_view(self, value: Any) -> None:
        """Arrays that share their memory, with one another or with what the driver has, would be parted."""
        owner = memory_of(value)
        if owner in self._memories:
            raise Refused("MX404", "an array that shares its memory with another")
        self._memories.add(owner)

    def reducer_override(self, value: Any) -> Any:
        kind = type(value)
        if self.strict and is_array(value):
            self._refuse_view(value)
        if kind is types.FunctionType or isinstance(value, type):
            if value.__module__ in ("__main__", "_marx"):
                raise Refused("MX404", f"{value.__qualname__} was made in the chunk")
            return NotImplemented
        if (
            not self.strict
            or kind.__module__ in self._own
            or kind is Missing
            or is_value_type(kind)
            or issubclass(kind, tuple)
        ):
            return NotImplemented
        if type_name(kind) == "collections.defaultdict":
            return NotImplemented
        raise Refused("MX404", f"a value of type {type_name(kind)}")


def _dump(pickler: pickle.Pickler, value: Any) -> None:
    try:
        pickler.dump(value)
    except Refused:
        raise
    except Exception as fault:
        raise Refused("MX402", f"{type(fault).__name__}: {fault}") from None


def refuse_unfaithful(data: bytes, objects: Callable[[], Iterable[Any]]) -> None:
    """Refuses sets whose order a copy does not keep and containers with NaN. `objects` are those that the pickle
    holds."""
    if any(mark in data for mark in _NAN_MARKS) and _has_nan(data):
        raise Refused("MX403", "NaN, which a copy does not equal and `in` finds by identity")
    if any(mark in data for mark in _SET_MARKS):
        for value in list(objects()):
            if type(value) in (set, frozenset) and not keeps_order(value):
                raise Refused("MX405", "a set that would iterate in another order")


def _has_nan(data: bytes) -> bool:
    """Whether a NaN is really there: the marks may stand in an array's bytes by chance. Pickles may follow one
    another."""
    import pickletools

    file = io.BytesIO(data)
    while file.tell() < len(data):
        if any(op.name == "BINFLOAT" and argument != argument for op, argument, _ in pickletools.genops(file)):
            return True
    return False


def keeps_order(value: set[Any] | frozenset[Any]) -> bool:
    """Whether a pickled copy of the set iterates in the same order."""
    if not all(type(v) in ATOMS or type(v) is tuple for v in value):
        return False
    try:
        return list(pickle.loads(pickle.dumps(value, PROTOCOL))) == list(value)
    except Exception:
        return False
