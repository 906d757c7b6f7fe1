"""What a map-and-reduce does in jails: maps some items and reduces what came of them, or reduces what others reduced.

A reducer is associative, so neighbours may be reduced first; it need not be commutative, so their order is kept. With
keys, what came of some items goes into partitions by a hash of the key that is the same in all jails of a job;
each partition is plain data of its own: key → (where it was first seen, value).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import reduce
from typing import Any

from marx.wire import plain

GROUP_SHIFT = 40
"""A place is the number of the group of items, shifted, and a count within."""

Mapper = Callable[[Any], Any]
Reducer = Callable[[Any, Any], Any]
Partial = dict[Any, tuple[int, Any]]


def leaf(mapper: Mapper, reducer: Reducer, items: list[Any]) -> Any:
    """One value of at least one item."""
    return reduce(reducer, map(mapper, items))


def join(reducer: Reducer, values: list[Any]) -> Any:
    """One value of neighbouring ones."""
    return reduce(reducer, values)


def leaf_by_key(mapper: Mapper, reducer: Reducer, items: list[Any], group: int, partitions: int) -> list[bytes]:
    """For each partition, what the items' pairs of it come to."""
    found: list[Partial] = [{} for _ in range(partitions)]
    place = group << GROUP_SHIFT
    for item in items:
        for key, value in mapper(item):
            _add(found[_partition(key, partitions)], reducer, key, place, value)
            place += 1
    return [plain.encode(part) if part else b"" for part in found]


def _partition(key: Any, partitions: int) -> int:
    """Equal keys have equal ones in every process."""
    return hash(_without_addresses(key)) % partitions


def _without_addresses(key: Any) -> Any:
    """The key with zero for None, whose own hash is an address; in an equal way for equal keys."""
    if key is None:
        return 0
    if type(key) is tuple:
        return tuple(map(_without_addresses, key))
    if type(key) is frozenset:
        return frozenset(map(_without_addresses, key))
    return key


def join_by_key(reducer: Reducer, parts: list[bytes]) -> bytes:
    """One partition of neighbouring ones."""
    found: Partial = {}
    for data in parts:
        for key, (place, value) in _read(data).items():
            _add(found, reducer, key, place, value)
    return plain.encode(found)


def _read(data: bytes) -> Partial:
    part: Any = plain.decode(data)
    return dict(part)


def _add(part: Partial, reducer: Reducer, key: Any, place: int, value: Any) -> None:
    before = part.get(key)
    part[key] = (place, value) if before is None else (before[0], reducer(before[1], value))


def by_place(parts: Iterable[bytes]) -> dict[Any, Any]:
    """All keys with their values, in the order in which a loop over the items would have seen them."""
    rows = [(place, key, value) for data in parts for key, (place, value) in _read(data).items()]
    rows.sort(key=lambda row: row[0])
    return {key: value for _, key, value in rows}
