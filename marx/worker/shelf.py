"""Which blobs on this host's disk may go. Pure: counts who needs them, names what to delete when too much lies unused.

A blob that somebody holds stays. One that nobody holds stays too, while there is room, since the next job of the
same people likely brings the same files; the longest unused goes first.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Iterable

from marx.wire.messages import Content


class Shelf:
    """Holds are counted by hash. Inline contents are no blobs and are passed over."""

    def __init__(self, unused_bytes_max: int) -> None:
        self._max = unused_bytes_max
        self._holds: Counter[str] = Counter()
        self._unused: OrderedDict[str, int] = OrderedDict()
        self._unused_bytes = 0

    def hold(self, contents: Iterable[Content]) -> None:
        """These blobs are needed from now on."""
        for one in _blobs(contents):
            self._holds[one.hash] += 1
            self._unused_bytes -= self._unused.pop(one.hash, 0)

    def release(self, contents: Iterable[Content]) -> list[str]:
        """One holder less for these. Returns the hashes of blobs to delete."""
        for one in _blobs(contents):
            self._holds[one.hash] -= 1
            if self._holds[one.hash] <= 0:
                del self._holds[one.hash]
                self._shelve(one.hash, one.size)
        return self._surplus()

    def found(self, hash: str, size: int) -> list[str]:
        """A blob that an earlier run of the worker left. Returns the hashes of blobs to delete."""
        if hash not in self._holds:
            self._shelve(hash, size)
        return self._surplus()

    def _shelve(self, hash: str, size: int) -> None:
        self._unused_bytes += size - self._unused.pop(hash, 0)
        self._unused[hash] = size

    def _surplus(self) -> list[str]:
        surplus = []
        while self._unused_bytes > self._max:
            hash, size = self._unused.popitem(last=False)
            self._unused_bytes -= size
            surplus.append(hash)
        return surplus


def _blobs(contents: Iterable[Content]) -> Iterable[Content]:
    return (one for one in contents if one.data is None)
