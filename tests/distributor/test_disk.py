"""Large blobs and little room: what does not fit is refused before it harms, what is large holds up nobody."""

from __future__ import annotations

from dataclasses import replace

from marx.link.transfer import LARGE_BYTES
from marx.wire import messages as wire
from marx.wire.codec import content
from tests.distributor.model import CALM, Lab, Peer, program

LARGE = bytes(range(256)) * (LARGE_BYTES // 256 + 4096)


def submitted(tasker: Peer, data: bytes, ticket: str = "t") -> wire.Program:
    described = wire.Content(content(data).hash, len(data))
    wanted = program(files=[wire.File("/d", described)])
    tasker.say(wire.Submit(ticket, wanted))
    return wanted


def send(tasker: Peer, data: bytes, begin: int, end: int) -> wire.BlobGot:
    hash = content(data).hash
    for offset in range(begin, end, wire.PART_BYTES):
        tasker.say(wire.BlobPart(hash, offset, len(data), data[offset : min(end, offset + wire.PART_BYTES)]))
        got = tasker.expect(wire.BlobGot)
    return got


def test_a_large_blob_goes_on_where_it_was_cut_and_others_are_served_meanwhile(durable: Lab) -> None:
    tasker, other = durable.tasker(), durable.tasker()
    wanted = submitted(tasker, LARGE)
    assert tasker.expect(wire.Needs).hashes == [content(LARGE).hash]
    half = 2 * wire.PART_BYTES
    assert send(tasker, LARGE, 0, half).offset == half
    tasker.close()

    tasker = durable.tasker(tasker.keys)
    submitted(tasker, LARGE)
    tasker.expect(wire.Needs)
    # The first part only asks how far it is: what was left is read again in a thread.
    tasker.say(wire.BlobPart(content(LARGE).hash, 0, len(LARGE), LARGE[: wire.PART_BYTES]))
    other.say(wire.ListJobs())
    other.expect(wire.Jobs)
    assert tasker.expect(wire.BlobGot).offset == half
    assert send(tasker, LARGE, half, len(LARGE)).stored
    tasker.submit(wanted, "t")
    assert durable.distributor.shell.blobs.read(content(LARGE).hash) == LARGE


def test_other_bytes_under_a_large_hash_are_thrown_away_by_the_thread_too(durable: Lab) -> None:
    tasker = durable.tasker()
    submitted(tasker, LARGE)
    tasker.expect(wire.Needs)
    wrong = b"\1" + LARGE[1:]
    hash = content(LARGE).hash
    for offset in range(0, len(wrong), wire.PART_BYTES):
        tasker.say(wire.BlobPart(hash, offset, len(wrong), wrong[offset : offset + wire.PART_BYTES]))
        if offset + wire.PART_BYTES < len(wrong):
            tasker.expect(wire.BlobGot)
    assert tasker.expect(wire.Refused).code == "blob-hash"
    assert not durable.distributor.shell.blobs.has(hash)


def test_what_would_eat_the_reserve_is_refused_before_a_byte_is_sent(durable: Lab) -> None:
    durable.settings = replace(CALM, disk_reserve_bytes=1 << 60)
    durable.restart()
    tasker, worker = durable.tasker(), durable.worker("w1")
    submitted(tasker, LARGE)
    refused = tasker.expect(wire.Refused)
    assert (refused.code, refused.about) == ("full", "t")
    assert "bytes free" in refused.reason
    worker.say(wire.BlobPart(content(LARGE).hash, 0, len(LARGE), LARGE[: wire.PART_BYTES]))
    assert worker.expect(wire.Refused).code == "full"
    # A program that brings no blob needs none of it.
    tasker.submit(program(), "small")
    assert worker.drive()
