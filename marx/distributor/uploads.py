"""Blobs on the wire: what peers send us, and what they ask for.

From a worker everything is taken, within limits: captures, values and files that its next message names. From a tasker
only what `Needs` asked it for. A blob is given to whoever knows its hash, which nobody can guess who does not have the
bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import gevent

from marx.distributor.connections import Connection
from marx.distributor.shell import Shell
from marx.distributor.validity import Fault
from marx.link.uploading import Receive
from marx.wire import messages as wire

SHARES = 2
"""The part of the memory for calls that one connection can hold with what it only announced: all that a worker keeps
in its own memory fits into it, and who stalls leaves the other half to others."""


def on_blob_part(shell: Shell, row: Connection, message: wire.BlobPart) -> None:
    if row.worker == "" and row.expected.get(message.hash) != message.size:
        shell.refuse(row, Fault("not-asked", f"nobody asked for the blob {message.hash[:12]}"), message.hash)
        return
    if message.passing and _passes(shell, row, message):
        shell.post.say(row.peer, _receive_passing(shell, row).handle(message))
        return
    receive = _receive(shell, row)
    if message.hash in row.storing:
        # Its sender is told how far it is when the disk is through; until then nothing is asked of it.
        return
    if not receive.has_begun(message.hash):
        _take_over(shell, row, message.hash)
    if receive.may_take_long(message):
        row.storing.add(message.hash)
        gevent.spawn(_store_apart, shell, row, receive, message)
    else:
        _store(shell, row, message, lambda: receive.handle(message))


def _passes(shell: Shell, row: Connection, message: wire.BlobPart) -> bool:
    """Whether the blob goes to memory, or is there; else it goes where all others do."""
    if row.passing is not None and row.passing.has_begun(message.hash):
        return True
    if row.uploads is not None and row.uploads.has_begun(message.hash):
        return False
    awaited = message.size + (0 if row.passing is None else row.passing.awaited_bytes())
    fits = awaited <= shell.settings.passing_bytes_max // SHARES and shell.passing.takes(message.size)
    return fits or shell.passing.has(message.hash)


def _take_over(shell: Shell, row: Connection, hash: str) -> None:
    """What its sender's earlier connection brought of the blob is not held open by that any more, to be resumed."""
    for other in shell.connections.all():
        if other is not row and other.user == row.user and other.uploads is not None and hash not in other.storing:
            other.uploads.drop(hash)


def _store_apart(shell: Shell, row: Connection, receive: Receive, message: wire.BlobPart) -> None:
    """In a thread: a large blob is read again to be resumed, and synced when it is whole."""
    pool = gevent.get_hub().threadpool
    _store(shell, row, message, lambda: pool.apply(receive.handle, (message,)))
    row.storing.discard(message.hash)
    if not shell.connections.is_here(row.peer):
        receive.close()
    shell.post.flush()


def _store(
    shell: Shell, row: Connection, message: wire.BlobPart, handle: Callable[[], wire.BlobGot | wire.Refused]
) -> None:
    fault = disk_fault(shell, row, [(message.hash, message.size)]) if message.offset == 0 else None
    if fault is not None:
        shell.refuse(row, fault, message.hash)
        return
    try:
        shell.post.say(row.peer, handle())
    except OSError as problem:
        shell.story(row.worker or row.user, f"a blob cannot be stored: {problem}", {"hash": message.hash})
        shell.refuse(row, Fault("full", f"the distributor cannot store blobs: {problem.strerror}"), message.hash)


def disk_fault(shell: Shell, row: Connection, blobs: Iterable[tuple[str, int]]) -> Fault | None:
    """Blobs (hash and size) that would leave the disk without the reserve that the journal of running jobs needs."""
    size = sum(max(0, size - shell.blobs.begun_bytes(hash, row.user)) for hash, size in blobs)
    free = shell.blobs.free_bytes()
    if not size or free - size >= shell.settings.disk_reserve_bytes:
        return None
    return Fault(
        "full",
        f"the distributor's disk has {free} bytes free, of which {shell.settings.disk_reserve_bytes} are kept for what "
        f"runs; {size} more do not fit",
        "wait for jobs to end, or ask its operator for room",
    )


def on_blob_wanted(shell: Shell, row: Connection, message: wire.BlobWanted) -> None:
    if not shell.giving.want(row.peer, message):
        shell.refuse(
            row, Fault("busy", f"more than {shell.settings.wants_max} requests for blobs at once"), message.hash
        )


def _receive_passing(shell: Shell, row: Connection) -> Receive:
    if row.passing is None:
        row.passing = Receive(shell.passing, row.user, open_max=shell.settings.uploads_max)
    return row.passing


def _receive(shell: Shell, row: Connection) -> Receive:
    if row.uploads is None:
        settings = shell.settings
        row.uploads = Receive(shell.blobs, row.user, open_max=settings.uploads_max, size_max=settings.blob_bytes_max)
    return row.uploads
