"""`marx.mapreduce`: maps items and reduces the results, both on workers.

    marx.mapreduce(len, lines, operator.add, initial=0)             # reduce(add, map(len, lines), 0)
    marx.mapreduce(words, paths, operator.add, keyed=True)          # for each word, its reduced values

Values come here to be sent on, but never all at a time: groups of neighbours are reduced as a tree, and with keys
everything is in partitions, which are files on disk here and one call's argument there.
"""

from __future__ import annotations

import tempfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sized
from concurrent.futures import Future
from contextlib import ExitStack
from itertools import islice
from typing import IO, Any, TypeVar, overload

from marx.calls.executor import Executor
from marx.inside.reducing import by_place, join, join_by_key, leaf, leaf_by_key

Item = TypeVar("Item")
Value = TypeVar("Value")

GROUPS_PER_SLOT = 8
"""Groups of items for each slot: enough to even out unequal ones."""
GROUP_ITEMS_MAX = 1000
FAN = 8
"""Neighbours that one call reduces to one."""
PARTITIONS = 64
SPOOLED_BYTES = 1 << 20
"""How much of one partition stays in memory before it goes to disk."""
JOINED_BYTES = 32 << 20
"""What one call joins of a partition."""

_MISSING: Any = object()


@overload
def mapreduce(
    mapper: Callable[[Item], Value],
    items: Iterable[Item],
    reducer: Callable[[Value, Value], Value],
    initial: Value = ...,
    *,
    executor: Executor | None = ...,
    distributor: str | None = ...,
) -> Value: ...


@overload
def mapreduce(
    mapper: Callable[[Item], Iterable[tuple[Any, Value]]],
    items: Iterable[Item],
    reducer: Callable[[Value, Value], Value],
    *,
    keyed: bool,
    partitions: int = ...,
    executor: Executor | None = ...,
    distributor: str | None = ...,
) -> dict[Any, Value]: ...


def mapreduce(
    mapper: Callable[[Any], Any],
    items: Iterable[Any],
    reducer: Callable[[Any, Any], Any],
    initial: Any = _MISSING,
    *,
    keyed: bool = False,
    partitions: int = PARTITIONS,
    executor: Executor | None = None,
    distributor: str | None = None,
) -> Any:
    """What `functools.reduce(reducer, map(mapper, items), initial)` gives, if `reducer` is associative.

    `keyed`: the mapper gives pairs (key, value); the result has, for each key, its values reduced in the order of the
    items. A partition has to fit into a sandbox: more `partitions` are smaller ones.
    """
    if keyed and initial is not _MISSING:
        raise TypeError("with keyed=True there is no initial value: a key that nobody gives is not in the result")
    if partitions < 1:
        raise ValueError(f"there must be at least one partition, not {partitions}")
    with ExitStack() as owned:
        ours = executor or owned.enter_context(Executor(distributor=distributor, name="mapreduce"))
        groups = _groups(items, ours.slots)
        if keyed:
            return _by_key(ours, mapper, reducer, groups, partitions)
        return _tree(ours, mapper, reducer, groups, initial)


def _groups(items: Iterable[Any], slots: int) -> Iterator[list[Any]]:
    """Neighbouring items; few at first where nobody knows how many there are."""
    count = len(items) if isinstance(items, Sized) else None
    size = 1 if count is None else max(1, min(GROUP_ITEMS_MAX, -(-count // (slots * GROUPS_PER_SLOT))))
    source, taken = iter(items), 0
    while group := list(islice(source, size)):
        yield group
        taken += len(group)
        if count is None:
            size = max(1, min(GROUP_ITEMS_MAX, taken // (slots * GROUPS_PER_SLOT)))


# --- one value --------------------------------------------------------------------------------------------------------


class _Tree:
    """Futures of neighbouring values by height, like the digits of a counter: whole groups of them become one higher.

    One more group than needed is under way at each height before the oldest is waited for.
    """

    def __init__(self, executor: Executor, reducer: Callable[[Any, Any], Any], ahead: int) -> None:
        self._executor = executor
        self._reducer = reducer
        self._ahead = ahead
        self._heights: list[deque[Future[Any]]] = []

    def add(self, future: Future[Any], height: int = 0) -> None:
        if height == len(self._heights):
            self._heights.append(deque())
        waiting = self._heights[height]
        waiting.append(future)
        if len(waiting) >= FAN + self._ahead:
            self.add(self._join([waiting.popleft() for _ in range(FAN)]), height + 1)

    def value(self) -> Any:
        """The one value of all; `_MISSING` if there was none. Higher ones came earlier."""
        futures = [future for waiting in reversed(self._heights) for future in waiting]
        while len(futures) > 1:
            futures = [self._join(futures[at : at + FAN]) for at in range(0, len(futures), FAN)]
        return futures[0].result() if futures else _MISSING

    def _join(self, futures: list[Future[Any]]) -> Future[Any]:
        if len(futures) == 1:
            return futures[0]
        return self._executor.submit(join, self._reducer, [future.result() for future in futures])


def _tree(
    executor: Executor,
    mapper: Callable[[Any], Any],
    reducer: Callable[[Any, Any], Any],
    groups: Iterator[list[Any]],
    initial: Any,
) -> Any:
    tree = _Tree(executor, reducer, ahead=2 * executor.slots)
    for group in groups:
        tree.add(executor.submit(leaf, mapper, reducer, group))
    value = tree.value()
    if value is _MISSING and initial is _MISSING:
        raise TypeError("mapreduce() of no items with no initial value")
    if value is _MISSING or initial is _MISSING:
        return initial if value is _MISSING else value
    return executor.submit(join, reducer, [initial, value]).result()


# --- a value for each key ---------------------------------------------------------------------------------------------


def _by_key(
    executor: Executor,
    mapper: Callable[[Any], Any],
    reducer: Callable[[Any, Any], Any],
    groups: Iterator[list[Any]],
    partitions: int,
) -> dict[Any, Any]:
    with ExitStack() as owned:
        spools = [_Spool(owned.enter_context(tempfile.SpooledTemporaryFile(SPOOLED_BYTES))) for _ in range(partitions)]
        mapped: deque[Future[list[bytes]]] = deque()
        for number, group in enumerate(groups):
            mapped.append(executor.submit(leaf_by_key, mapper, reducer, group, number, partitions))
            if len(mapped) > 2 * executor.slots:
                _spool(spools, mapped.popleft())
        while mapped:
            _spool(spools, mapped.popleft())
        joined: deque[Future[bytes]] = deque()
        results: list[bytes] = []
        for spool in spools:
            if spool.sizes:
                joined.append(_join_partition(executor, reducer, spool))
            if len(joined) > executor.slots:
                results.append(joined.popleft().result())
        results += [future.result() for future in joined]
    return by_place(results)


def _spool(spools: list[_Spool], mapped: Future[list[bytes]]) -> None:
    for spool, part in zip(spools, mapped.result(), strict=True):
        if part:
            spool.write(part)


def _join_partition(executor: Executor, reducer: Callable[[Any, Any], Any], spool: _Spool) -> Future[bytes]:
    """In one call, or one after the other where it is large: what was joined goes into the next."""
    before: list[bytes] = []
    parts = list(spool.batches())
    for batch in parts[:-1]:
        before = [executor.submit(join_by_key, reducer, [*before, *batch]).result()]
    return executor.submit(join_by_key, reducer, [*before, *parts[-1]])


class _Spool:
    """The parts of one partition, in order."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.sizes: list[int] = []

    def write(self, part: bytes) -> None:
        self._file.write(part)
        self.sizes.append(len(part))

    def batches(self) -> Iterator[list[bytes]]:
        """So many parts at a time as one call should get."""
        self._file.seek(0)
        batch: list[bytes] = []
        for size in self.sizes:
            if batch and sum(map(len, batch)) + size > JOINED_BYTES:
                yield batch
                batch = []
            batch.append(self._file.read(size))
        yield batch
