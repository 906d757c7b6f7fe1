"""Blobs are handed out as lines take them: in order, in turn, and never more than there is room for."""

from __future__ import annotations

from collections.abc import Callable

from marx.distributor.giving import TURN_PARTS, Giving
from marx.link.fetching import Serve
from marx.link.router import Peer
from marx.wire.messages import PART_BYTES, BlobMissing, BlobPart, BlobWanted

SLOW, FAST = Peer(b"slow", "ann"), Peer(b"fast", "ben")
HASH, NONE = "a" * 64, "b" * 64


class Blob:
    """One blob of `parts` parts; counts the reads."""

    def __init__(self, parts: int) -> None:
        self.bytes = parts * PART_BYTES
        self.reads = 0

    def size(self, hash: str) -> int:
        if hash != HASH:
            raise LookupError
        return self.bytes

    def read_part(self, hash: str, offset: int, length: int) -> bytes:
        self.reads += 1
        return bytes(length)


class Lines:
    """What each peer was sent, and how much more it takes."""

    def __init__(self, blob: Blob, is_here: Callable[[Peer], bool] = lambda peer: True) -> None:
        self.room = {SLOW: 0, FAST: 1_000}
        self.sent: dict[Peer, list[BlobPart | BlobMissing]] = {SLOW: [], FAST: []}
        self.giving = Giving(Serve(blob), self.offer, is_here, wants_max=3)

    def offer(self, peer: Peer, message: BlobPart | BlobMissing) -> bool:
        if not self.room[peer]:
            return False
        self.room[peer] -= 1
        self.sent[peer].append(message)
        return True

    def offsets(self, peer: Peer) -> list[int]:
        return [message.offset // PART_BYTES for message in self.sent[peer] if isinstance(message, BlobPart)]


def test_a_peer_that_does_not_read_costs_one_part_and_holds_up_nobody() -> None:
    blob = Blob(16)
    lines = Lines(blob)
    assert lines.giving.want(SLOW, BlobWanted(HASH, 0, 16))
    assert lines.giving.want(SLOW, BlobWanted(HASH, 0, 16))
    assert blob.reads == 1
    assert lines.giving.want(FAST, BlobWanted(HASH, 0, 16))
    assert lines.offsets(FAST) == list(range(16))
    # More requests than it may have waiting are refused; one is being served, and does not count.
    assert [lines.giving.want(SLOW, BlobWanted(HASH, 0, 1)) for _ in range(3)] == [True, True, False]
    assert lines.giving.turn() is False
    lines.room[SLOW] = 5
    assert lines.giving.turn() is True
    assert lines.offsets(SLOW) == [0, 1, 2, 3, 4]
    lines.room[SLOW] = 1_000
    while lines.giving.turn():
        pass
    assert lines.offsets(SLOW) == [*range(16), *range(16), 0, 0]


def test_what_is_not_here_is_said_in_its_turn() -> None:
    lines = Lines(Blob(2))
    lines.giving.want(FAST, BlobWanted(HASH, PART_BYTES, 4))
    lines.giving.want(FAST, BlobWanted(NONE, 0, 1))
    assert lines.offsets(FAST) == [1]
    assert lines.sent[FAST][-1] == BlobMissing(NONE)


def test_a_turn_ends_so_that_messages_are_heard() -> None:
    lines = Lines(Blob(16))
    lines.room[FAST] = 0
    for _ in range(3):
        lines.giving.want(FAST, BlobWanted(HASH, 0, 16))
        lines.giving.want(SLOW, BlobWanted(HASH, 0, 16))
    lines.room = {FAST: 1_000, SLOW: 1_000}
    lines.giving.turn()
    assert TURN_PARTS <= sum(map(len, lines.sent.values())) <= TURN_PARTS + 1
    # The peers had the same share.
    assert abs(len(lines.sent[FAST]) - len(lines.sent[SLOW])) <= 1


def test_who_has_gone_is_forgotten() -> None:
    here = {SLOW, FAST}
    blob = Blob(16)
    lines = Lines(blob, is_here=lambda peer: peer in here)
    lines.giving.want(SLOW, BlobWanted(HASH, 0, 16))
    here.remove(SLOW)
    lines.room[SLOW] = 1_000
    assert lines.giving.turn() is False
    assert (lines.sent[SLOW], blob.reads) == ([], 1)
