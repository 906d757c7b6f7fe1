"""What only passes through is in memory as long as somebody holds it, and on disk where memory has no room."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from marx.journal.blobs import BlobStore, UnknownBlob
from marx.journal.passing import Passing
from marx.link.fetching import Serve
from marx.link.uploading import Receive, Upload
from marx.tasker.submission import Blobs
from marx.wire.codec import content
from marx.wire.messages import PART_BYTES, BlobPart, BlobWanted, Content

SIZE = 3 * PART_BYTES + 1000


@pytest.fixture
def blobs(tmp_path: Path) -> BlobStore:
    return BlobStore(tmp_path, durable=False)


def send(data: bytes, store: Passing) -> Content:
    """By a transfer, part after part."""
    here = content(data)
    there = Blobs({here.hash: data})
    upload, receive = Upload(there, here.hash, passing=True), Receive(store)
    waiting = upload.start()
    while waiting:
        waiting = [after for part in waiting for after in upload.handle(receive.handle(part))]
    return here


def test_what_came_in_parts_is_read_as_it_was_sent(blobs: BlobStore) -> None:
    data = os.urandom(SIZE)
    passing = Passing(blobs, 1 << 20)
    here = send(data, passing)
    assert passing.in_memory(here.hash)
    assert (passing.bytes_of(here), passing.size(here.hash), blobs.has(here.hash)) == (data, SIZE, False)
    for offset, length in ((0, PART_BYTES), (10, 20), (PART_BYTES - 1, 2), (PART_BYTES, SIZE), (SIZE - 5, 100)):
        assert passing.read_part(here.hash, offset, length) == data[offset : offset + length]
    parts = [part.data for part in Serve(passing).handle(BlobWanted(here.hash, 0, 16)) if isinstance(part, BlobPart)]
    assert b"".join(parts) == data


def test_it_goes_when_the_last_holder_lets_go(blobs: BlobStore) -> None:
    passing = Passing(blobs, SIZE)
    here = passing.put(bytes(SIZE))
    passing.hold([here])
    passing.hold([here, content(b"inline")])
    passing.release([here])
    assert passing.has(here.hash)
    passing.release([here])
    assert not passing.has(here.hash)
    with pytest.raises(UnknownBlob):
        passing.bytes_of(here)
    assert passing.takes(SIZE)


def test_what_nobody_holds_is_forgotten_at_the_second_look(blobs: BlobStore) -> None:
    passing = Passing(blobs, 2 * SIZE)
    held, left = passing.put(bytes(SIZE)), passing.put(b"x" * SIZE)
    passing.hold([held])
    passing.forget_unheld()
    assert passing.has(left.hash)
    passing.forget_unheld()
    assert (passing.has(held.hash), passing.has(left.hash)) == (True, False)


def test_beyond_its_bytes_the_disk_takes_what_comes(blobs: BlobStore) -> None:
    passing = Passing(blobs, SIZE)
    first, second = passing.put(bytes(SIZE)), passing.put(b"x" * SIZE)
    third = send(b"y" * SIZE, passing)
    for here, data, in_memory in (
        (first, bytes(SIZE), True),
        (second, b"x" * SIZE, False),
        (third, b"y" * SIZE, False),
    ):
        assert (passing.bytes_of(here), passing.in_memory(here.hash)) == (data, in_memory)
    assert blobs.has(third.hash)


def test_what_is_broken_off_or_is_not_what_was_promised_takes_no_room(blobs: BlobStore) -> None:
    passing = Passing(blobs, SIZE)
    receive = Receive(passing)
    wrong = content(b"something else" * SIZE)
    receive.handle(BlobPart(wrong.hash, 0, PART_BYTES, bytes(PART_BYTES), True))
    assert not passing.has(wrong.hash)
    receive.handle(BlobPart(wrong.hash, 0, SIZE, bytes(PART_BYTES), True))
    assert not passing.takes(SIZE)
    receive.close()
    assert passing.takes(SIZE)


def test_the_same_bytes_twice_take_room_once(blobs: BlobStore) -> None:
    passing = Passing(blobs, 2 * SIZE)
    arriving = passing.incoming(content(bytes(SIZE)).hash, SIZE)
    passing.put(bytes(SIZE))
    assert arriving.write(0, bytes(SIZE))
    assert not arriving.write(0, bytes(1))
    assert arriving.finish()
    assert passing.takes(SIZE)
