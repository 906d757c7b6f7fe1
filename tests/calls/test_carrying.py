"""Large results on their way to a tasker: never more under way than a window, and never a pause within it."""

from __future__ import annotations

import os
from typing import Any

from marx.calls.carrying import Carrying
from marx.wire.codec import PARTS_MAX, content
from marx.wire.messages import PART_BYTES, BlobMissing, BlobPart, BlobWanted, Content

DATA = os.urandom(20 * PART_BYTES + 5)
HERE = content(DATA)


def part(number: int, data: bytes = DATA) -> BlobPart:
    start = number * PART_BYTES
    return BlobPart(HERE.hash, start, len(data), data[start : start + PART_BYTES])


def fetching(described: Content = HERE) -> tuple[Carrying, list[Any], list[bytes | None]]:
    said: list[Any] = []
    arrived: list[bytes | None] = []
    carrying = Carrying(lambda *messages: said.extend(messages))
    carrying.fetch(described, arrived.append)
    return carrying, said, arrived


def test_the_next_half_window_is_asked_for_as_soon_as_it_is_free() -> None:
    carrying, said, arrived = fetching()
    assert said == [BlobWanted(HERE.hash, 0, PARTS_MAX)]
    for number in range(21):
        carrying.handle(part(number))
        if number == 0:
            # What is not the next part changes nothing.
            carrying.handle(part(0))
            carrying.handle(part(5))
        half = PARTS_MAX // 2
        assert len(said) == 1 + (number >= half - 1)
    assert said[1:] == [BlobWanted(HERE.hash, PARTS_MAX * PART_BYTES, PARTS_MAX // 2)]
    assert arrived == [DATA]


def test_one_fetch_serves_all_who_wait_for_the_same_bytes() -> None:
    carrying, said, arrived = fetching()
    carrying.fetch(HERE, arrived.append)
    for number in range(21):
        carrying.handle(part(number))
    assert (arrived, len(said)) == ([DATA, DATA], 2)


def test_other_bytes_than_promised_and_none_at_all_are_no_result() -> None:
    carrying, _, arrived = fetching()
    for number in range(21):
        carrying.handle(part(number, bytes(len(DATA))))
    carrying.fetch(HERE, arrived.append)
    carrying.handle(BlobMissing(HERE.hash))
    assert arrived == [None, None]


def test_after_a_lost_connection_nothing_of_before_is_awaited() -> None:
    carrying, said, arrived = fetching()
    carrying.start_again()
    for number in range(21):
        carrying.handle(part(number))
    assert (arrived, len(said)) == ([], 1)
