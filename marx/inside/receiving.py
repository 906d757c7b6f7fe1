"""A chunk jail's side of the way that values go: captures and items in, values out (sending.py says how)."""

from __future__ import annotations

import gc
import io
import pickle
import types
from collections import Counter, OrderedDict, deque
from typing import Any

from marx.inside.arrays import is_array, reduced
from marx.inside.faithful import check_class, check_exception
from marx.inside.makers import Missing, Space
from marx.inside.pickles import PROTOCOL, ReferringUnpickler, dump, dump_faithfully, load_faithfully, refuse_nan
from marx.inside.refusals import Unsendable
from marx.inside.world import ATOMS, is_value_type, type_name


def memory_of(array: Any) -> int:
    """The same number for arrays that share their memory."""
    while is_array(array.base):
        array = array.base
    return id(array)


class Received:
    """Captures as a chunk jail holds them: the value, and the number of each object in it."""

    def __init__(self, data: bytes, module: types.ModuleType) -> None:
        self.space = Space(module)
        self.space.enter()
        file = io.BytesIO(data)
        self.value, self.objects = load_faithfully(pickle.Unpickler(file), file)
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
        file = io.BytesIO(data)
        unpickler = ReferringUnpickler(file)
        unpickler.find = lambda reference: self.objects[reference[1]]
        value, objects = load_faithfully(unpickler, file)
        if type(value) in ATOMS:
            return value, {}
        self._note_memories(objects)
        return value, objects

    def _note_memories(self, objects: dict[int, Any]) -> None:
        self.memories.update(memory_of(o) for o in objects.values() if is_array(o))

    def dump_values(self, rows: Any, references: dict[int, tuple[Any, ...]]) -> bytes:
        """One pickle of all rows of a chunk. Raises what pickling raises; `Unsendable` for what would not come back the
        same."""
        file = io.BytesIO()
        known = self.references if self.copies else self.references | references
        held = contents(rows)
        refers = held is None or not known.keys().isdisjoint(held)
        kind = ReferringValuePickler if refers else ValuePickler
        pickler = kind(file, known, self.memories, self.own, not self.copies)
        if self.copies:
            dump(pickler, rows)
        elif held is not None and _SETS.isdisjoint(held.values()):
            dump(pickler, rows)
            refuse_nan(file.getvalue())
        else:
            dump_faithfully(pickler, file, rows, grows=True)
        return file.getvalue()


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
        self._usual = {Missing}
        """Types of which nothing more is to be asked: it takes longer than to pickle an object."""

    def _refuse_view(self, value: Any) -> None:
        """Arrays that share their memory, with one another or with what the driver has, would be parted."""
        owner = memory_of(value)
        if owner in self._memories:
            raise Unsendable("MX404", "an array that shares its memory with another")
        self._memories.add(owner)

    def reducer_override(self, value: Any) -> Any:
        kind = type(value)
        if kind in self._usual:
            return NotImplemented
        if self.strict and is_array(value):
            self._refuse_view(value)
            return reduced(value)
        if kind is types.FunctionType or isinstance(value, type):
            if value.__module__ in ("__main__", "_marx"):
                raise Unsendable("MX404", f"{value.__qualname__} was made in the chunk")
            return NotImplemented
        if self.strict and isinstance(value, BaseException):
            check_exception(value)
        if kind.__module__ in self._own:
            if self.strict:
                check_class(kind, self._own)
            if not issubclass(kind, BaseException):
                self._usual.add(kind)
            return NotImplemented
        if not self.strict or is_value_type(kind) or issubclass(kind, tuple):
            return NotImplemented
        if type_name(kind) == "collections.defaultdict":
            return NotImplemented
        raise Unsendable("MX404", f"a value of type {type_name(kind)}")


class ReferringValuePickler(ValuePickler):
    """The same for values with objects in them that the driver has: those become references."""

    def persistent_id(self, value: Any) -> Any:
        return self.references.get(id(value))


_CONTAINERS = frozenset({list, tuple, dict, set, frozenset, Counter, OrderedDict, deque, bytes})
"""Of these the garbage collector tells all that they hold, and so all that is written of them."""
_KNOWN = _CONTAINERS | {int, float, bool, str, types.NoneType, Missing, type}
_SETS = frozenset({set, frozenset})


def contents(value: Any) -> dict[int, type] | None:
    """The types of the containers that a value is made of, by their ids, if it is made of nothing else but numbers and
    texts. To ask of each element as it is written takes several times as long as to write it."""
    held: dict[int, type] = {}
    level = [value]
    while level:
        if not _KNOWN.issuperset(map(type, level)) or not _CONTAINERS.issuperset(v for v in level if type(v) is type):
            return None
        level = [v for v in level if type(v) in _CONTAINERS and id(v) not in held]
        held.update((id(v), type(v)) for v in level)
        level = gc.get_referents(*level)
    return held
