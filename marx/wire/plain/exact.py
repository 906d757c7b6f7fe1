"""Values of Python's own library that are plain data: dates and times, exact numbers, UUIDs, paths.

    datetime.date(2026, 3, 1)   →   ["date", [2026, 3, 1]]          (msgpack)

By exact type, and by what the type is made of, never by what an object says of itself. A value can only be of a type
whose module is loaded, so none is imported to look; a reader imports it from the list below, and no other.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Annotated, Any, Final

import msgspec

INT_DIGITS_MAX: Final = 10_000
"""The most digits of a fraction's parts, to the base of 16: making one again means a search for common factors, whose
time grows with the square of their length."""
DIGITS_MAX: Final = 1_000_000
"""The most digits of a `Decimal`."""

_State = Annotated[list[int | str | None], msgspec.Meta(max_length=12)]
_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(tuple[str, _State])


class BadExact(ValueError):
    """A value that is too large to be plain, or bytes that are no value."""


def encode(value: object) -> bytes | None:
    """None for a value of any other type. Raises `BadExact` for one that is too large."""
    kind = type(value)
    row = _KINDS.get(kind.__name__)
    if row is None or kind is not getattr(sys.modules.get(row.module), kind.__name__, None):
        return None
    return _encoder.encode((kind.__name__, row.take(value)))


def decode(data: bytes) -> object:
    """Raises `BadExact` and nothing else."""
    try:
        name, state = _decoder.decode(data)
        row = _KINDS.get(name)
        if row is None:
            raise BadExact(f"a value of unknown type {name[:40]!r}")
        return row.make(getattr(import_module(row.module), name), *state)
    except (msgspec.DecodeError, TypeError, ValueError, ArithmeticError, AttributeError) as fault:
        raise BadExact(f"no value of its type: {str(fault)[:200]}") from None


# --- one row a type ---------------------------------------------------------------------------------------------------


class _Kind(msgspec.Struct, frozen=True):
    """`take` gives the state of a value, `make` a value of the class from it."""

    module: str
    take: Callable[[Any], list[int | str | None]]
    make: Callable[..., object] = lambda cls, *state: cls(*state)


def _zone(moment: Any) -> list[int | str | None]:
    """A zone of the class `timezone` only: others are programs, or files of the machine."""
    zone = moment.tzinfo
    if zone is None:
        return [None, None]
    if type(zone) is not sys.modules["datetime"].timezone:
        raise BadExact(f"has a time zone of type {type(zone).__name__}; use .astimezone(datetime.timezone.utc)")
    return _of_timezone(zone)


def _of_timezone(zone: Any) -> list[int | str | None]:
    offset, *name = zone.__getinitargs__()
    days, seconds, microseconds = offset.days, offset.seconds, offset.microseconds
    return [(days * 86_400 + seconds) * 1_000_000 + microseconds, *(name or [None])]


def _timezone(cls: Any, microseconds: int, name: str | None) -> Any:
    offset = import_module("datetime").timedelta(microseconds=microseconds)
    return cls(offset) if name is None else cls(offset, name)


def _moment(cls: Any, *state: Any) -> object:
    *parts, fold, microseconds, name = state
    zone = None if microseconds is None else _timezone(import_module("datetime").timezone, microseconds, name)
    return cls(*parts, tzinfo=zone, fold=fold)


def _of_fraction(value: Any) -> list[int | str | None]:
    parts = hex(value.numerator), hex(value.denominator)
    if max(map(len, parts)) > INT_DIGITS_MAX:
        raise BadExact(f"is a fraction of numbers with more than {INT_DIGITS_MAX} digits")
    return [*parts]


def _fraction(cls: Any, *parts: str) -> object:
    if max(map(len, parts)) > INT_DIGITS_MAX:
        raise BadExact("a fraction that is too large")
    return cls(*(int(part, 16) for part in parts))


def _of_decimal(value: Any) -> list[int | str | None]:
    text = str(value)
    if len(text) > DIGITS_MAX:
        raise BadExact(f"has more than {DIGITS_MAX} digits")
    return [text]


def _decimal(cls: Any, text: str) -> object:
    if len(text) > DIGITS_MAX:
        raise BadExact("a decimal number that is too long")
    return cls(text)


def _of_time(value: Any) -> list[int | str | None]:
    return [value.hour, value.minute, value.second, value.microsecond, value.fold, *_zone(value)]


_PATH = _Kind(
    "pathlib",
    lambda path: [str(path).encode("utf-8", "surrogatepass").hex()],
    lambda cls, path: cls(bytes.fromhex(path).decode("utf-8", "surrogatepass")),
)
_KINDS: Mapping[str, _Kind] = {
    "date": _Kind("datetime", lambda day: [day.year, day.month, day.day]),
    "time": _Kind("datetime", _of_time, _moment),
    "datetime": _Kind("datetime", lambda at: [at.year, at.month, at.day, *_of_time(at)], _moment),
    "timedelta": _Kind("datetime", lambda span: [span.days, span.seconds, span.microseconds]),
    "timezone": _Kind("datetime", _of_timezone, _timezone),
    "Decimal": _Kind("decimal", _of_decimal, _decimal),
    "Fraction": _Kind("fractions", _of_fraction, _fraction),
    "UUID": _Kind("uuid", lambda uuid: [uuid.hex]),
    "PosixPath": _PATH,
    "PurePosixPath": _PATH,
    "PureWindowsPath": _PATH,
}
"""By the name of the type, which is looked up in its module, whatever an object's class calls itself."""
