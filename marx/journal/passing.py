"""Large bytes that only pass through: kept in memory, and gone with the process.

What belongs to the calls of a session is said again by its tasker after any loss (D71), so that it need not be synced,
nor written at all. A bounded amount is kept here; beyond that, and for whatever else is asked for, the store on disk
behind this one serves. Contents go when the last of their holders lets them go.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable
from itertools import accumulate

from marx.journal.blobs import BlobStore
from marx.journal.incoming import Incoming
from marx.wire.codec import content
from marx.wire.messages import Content


class Passing:
    """Reads like the store `behind` it. `bytes_max`: of everything in memory, what is still on its way included."""

    def __init__(self, behind: BlobStore, bytes_max: int) -> None:
        self._behind = behind
        self._bytes_max = bytes_max
        self._bytes = 0
        self._here: dict[str, _Parts] = {}
        self._holds: Counter[str] = Counter()
        self._unheld: set[str] = set()
        """Those that came and that nobody has held yet, before the last look."""

    def has(self, hash: str) -> bool:
        return hash in self._here or self._behind.has(hash)

    def in_memory(self, hash: str) -> bool:
        """Whether it goes with this process."""
        return hash in self._here

    def takes(self, size: int) -> bool:
        """Whether so many bytes have room in memory."""
        return self._bytes + size <= self._bytes_max

    def put(self, data: bytes) -> Content:
        """Describes bytes, and keeps them if they are too large to travel inline."""
        return self.keep(content(data), data)

    def keep(self, described: Content, data: bytes) -> Content:
        """As `put`, for bytes that were described already."""
        if described.data is None and described.hash not in self._here:
            if not self.takes(len(data)):
                return self._behind.put(data)
            self._bytes += len(data)
            self._arrived(described.hash, [data])
        return described

    def size(self, hash: str) -> int:
        here = self._here.get(hash)
        return here.size if here is not None else self._behind.size(hash)

    def read_part(self, hash: str, offset: int, length: int) -> bytes:
        here = self._here.get(hash)
        return here.read(offset, length) if here is not None else self._behind.read_part(hash, offset, length)

    def bytes_of(self, item: Content) -> bytes:
        """The bytes of a content, inline or from here. Raises `UnknownBlob`."""
        here = self._here.get(item.hash) if item.data is None else None
        return here.read(0, here.size) if here is not None else self._behind.bytes_of(item)

    def incoming(self, hash: str, size: int, sender: str = "") -> Arriving | Incoming:
        """Begins to receive; where there is no room in memory, on disk."""
        if not self.takes(size):
            return self._behind.incoming(hash, size, sender)
        self._bytes += size
        return Arriving(hash, size, self._arrived, self._let_go_of)

    def hold(self, contents: Iterable[Content]) -> None:
        """Keeps these until they are released as often as they were held."""
        for one in contents:
            if one.data is None:
                self._holds[one.hash] += 1
                self._unheld.discard(one.hash)

    def release(self, contents: Iterable[Content]) -> None:
        for one in contents:
            if one.data is None:
                self._holds[one.hash] -= 1
                if self._holds[one.hash] <= 0:
                    del self._holds[one.hash]
                    self._remove(one.hash)

    def forget_unheld(self) -> None:
        """Lets go of what came before the last call of this and was never held: nobody asked for it after all."""
        for hash in self._unheld:
            self._remove(hash)
        self._unheld = {hash for hash in self._here if hash not in self._holds}

    def _arrived(self, hash: str, parts: list[bytes]) -> None:
        if hash in self._here:
            self._let_go_of(sum(map(len, parts)))
        else:
            self._here[hash] = _Parts(parts)

    def _let_go_of(self, size: int) -> None:
        self._bytes -= size

    def _remove(self, hash: str) -> None:
        gone = self._here.pop(hash, None)
        if gone is not None:
            self._bytes -= gone.size


class _Parts:
    """The bytes of one content, as they came."""

    def __init__(self, parts: list[bytes]) -> None:
        self._parts = parts
        self._starts = list(accumulate(map(len, parts[:-1]), initial=0))
        self.size = sum(map(len, parts))

    def read(self, offset: int, length: int) -> bytes:
        """So many bytes, fewer at the end; a part that is wanted as it came is not copied."""
        first = bisect_right(self._starts, offset) - 1
        stop = min(offset + length, self.size)
        found = []
        for at in range(first, len(self._parts)):
            part, start = self._parts[at], self._starts[at]
            if start >= stop:
                break
            whole = start >= offset and start + len(part) <= stop
            found.append(part if whole else part[max(0, offset - start) : stop - start])
        return found[0] if len(found) == 1 else b"".join(found)


class Arriving:
    """A content on its way into memory: takes its parts in order, and counts only when its hash fits."""

    resumed = False

    def __init__(
        self, hash: str, size: int, arrived: Callable[[str, list[bytes]], None], left: Callable[[int], None]
    ) -> None:
        self.hash = hash
        self.size = size
        self.offset = 0
        self._arrived = arrived
        self._left = left
        self._parts: list[bytes] = []
        self._seen = hashlib.blake2b(digest_size=32)
        self._open = True

    def write(self, offset: int, data: bytes) -> bool:
        """Appends a part. False, and nothing happens, where it is not the next one or runs over the content's size."""
        if offset != self.offset or offset + len(data) > self.size:
            return False
        self._parts.append(data)
        self._seen.update(data)
        self.offset += len(data)
        return True

    @property
    def complete(self) -> bool:
        return self.offset == self.size

    def finish(self) -> bool:
        """Verifies the hash. False: other bytes than promised, now thrown away."""
        if self._seen.hexdigest() != self.hash:
            self.close()
            return False
        self._open = False
        self._arrived(self.hash, self._parts)
        return True

    def close(self) -> None:
        """Throws away what came: it is sent once more from its beginning."""
        if self._open:
            self._open = False
            self._left(self.size)
