"""Which types of values may enter a chunk: the closed world that the effect tables speak of.

A value of any other type (a file, a lock, a generator, a socket, something of a library that is not listed) is
refused by the pickler, and the region stays sequential. `plain` values cannot be changed at all."""

from __future__ import annotations

import sys
from collections.abc import Iterable

ATOMS: frozenset[type] = frozenset(
    {int, float, complex, bool, str, bytes, type(None), type(Ellipsis), type(NotImplemented), range}
)

VALUE_TYPES: frozenset[str] = frozenset(
    "builtins.range builtins.slice builtins.complex builtins.bytearray builtins.ellipsis builtins.NotImplementedType"
    " collections.deque collections.Counter collections.OrderedDict collections.ChainMap collections.UserDict"
    " collections.UserList fractions.Fraction decimal.Decimal datetime.date datetime.datetime datetime.time"
    " datetime.timedelta datetime.timezone zoneinfo.ZoneInfo re.Pattern random.Random array.array functools.partial"
    " uuid.UUID pathlib.PosixPath pathlib.PurePosixPath pathlib.Path operator.itemgetter operator.attrgetter"
    " operator.methodcaller types.SimpleNamespace argparse.Namespace types.MappingProxyType"
    " builtins.builtin_function_or_method builtins.method_descriptor builtins.wrapper_descriptor builtins.method"
    " numpy.ndarray numpy.dtype numpy.random._generator.Generator numpy.random._pcg64.PCG64"
    " numpy.random.bit_generator.SeedSequence numpy.ufunc"
    " ipaddress.IPv4Address ipaddress.IPv4Network statistics.NormalDist graphlib.TopologicalSorter enum.auto"
    " types.GenericAlias types.UnionType typing._SpecialForm typing._LiteralSpecialForm typing._SpecialGenericAlias"
    " typing._TupleType typing._CallableType typing._GenericAlias typing._UnionGenericAlias typing._LiteralGenericAlias"
    " typing._CallableGenericAlias typing._AnnotatedAlias typing.Union"
    " builtins.method-wrapper builtins.classmethod_descriptor struct.Struct _struct.Struct string.Template".split()
)
"""`collections.defaultdict` is missing on purpose: reading it inserts. It travels without its factory (makers.py)."""

_CONSTANTS: frozenset[str] = frozenset(
    "fractions.Fraction decimal.Decimal datetime.date datetime.datetime datetime.time datetime.timedelta"
    " datetime.timezone zoneinfo.ZoneInfo re.Pattern uuid.UUID pathlib.PosixPath pathlib.PurePosixPath numpy.dtype"
    " builtins.slice ipaddress.IPv4Address ipaddress.IPv4Network struct.Struct _struct.Struct".split()
)


def type_name(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


def is_value_type(kind: type) -> bool:
    """Whether instances of a library type may be sent: listed by name, an exception, a scalar of numpy, or a function
    that was written in Cython, as those that numpy's seeds are unpickled by."""
    if type_name(kind) in VALUE_TYPES or issubclass(kind, BaseException):
        return True
    if kind.__qualname__ == "cython_function_or_method":
        return kind.__module__.startswith("_cython_")
    numpy = sys.modules.get("numpy")
    return numpy is not None and (issubclass(kind, numpy.generic) or issubclass(kind, numpy.dtype))


def is_plain(value: object) -> bool:
    """Whether nothing can change the value: a number, a text, or tuples and frozensets of such."""
    kind = type(value)
    if kind in ATOMS:
        return True
    if kind is tuple or kind is frozenset:
        return all_plain(value)  # type: ignore[arg-type]
    return False


def all_plain(values: Iterable[object]) -> bool:
    kinds = set(map(type, values))
    if kinds <= ATOMS:
        return True
    return all(map(is_plain, values))


def is_constant(value: object) -> bool:
    """Whether nothing can change the value itself, whatever it holds."""
    numpy = sys.modules.get("numpy")
    if isinstance(value, tuple | frozenset) or type_name(type(value)) in _CONSTANTS:
        return True
    return numpy is not None and isinstance(value, numpy.generic)


def holds_plain(value: object) -> bool:
    """Whether everything inside the value is plain; the value itself may be a container that can change."""
    kind = type(value)
    if kind in ATOMS:
        return True
    if kind is dict:
        return all_plain(value) and all_plain(value.values())  # type: ignore[arg-type,attr-defined]
    if kind in (list, tuple, set, frozenset):
        return all_plain(value)  # type: ignore[arg-type]
    if kind in (bytearray,):
        return True
    numpy = sys.modules.get("numpy")
    return numpy is not None and kind is numpy.ndarray and value.ndim <= 1 and not value.dtype.hasobject  # type: ignore[attr-defined]
