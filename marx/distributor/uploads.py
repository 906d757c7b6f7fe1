"""Blobs on the wire: what peers send us, and what they ask for.

From a worker everything is taken, within limits: captures, values and files that its next message names. From a tasker
only what `Needs` asked it for. A blob is given to whoever knows its hash, which nobody can guess who does not have the
bytes.
"""

from __future__ import annotations

from marx.distributor.connections import Connection
from marx.distributor.shell import Shell
from marx.distributor.validity import Fault
from marx.link.transfer import Receive
from marx.wire import messages as wire


def on_blob_part(shell: Shell, row: Connection, message: wire.BlobPart) -> None:
    if row.worker == "" and row.expected.get(message.hash) != message.size:
        shell.refuse(row, Fault("not-asked", f"nobody asked for the blob {message.hash[:12]}"), message.hash)
        return
    try:
        answer = _receive(shell, row).handle(message)
    except OSError as fault:
        shell.story(row.worker or row.user, f"a blob cannot be stored: {fault}", {"hash": message.hash})
        shell.refuse(row, Fault("full", f"the distributor cannot store blobs: {fault.strerror}"), message.hash)
        return
    shell.post.say(row.peer, answer)


def on_blob_wanted(shell: Shell, row: Connection, message: wire.BlobWanted) -> None:
    if not shell.giving.want(row.peer, message):
        shell.refuse(
            row, Fault("busy", f"more than {shell.settings.wants_max} requests for blobs at once"), message.hash
        )


def _receive(shell: Shell, row: Connection) -> Receive:
    if row.uploads is None:
        settings = shell.settings
        row.uploads = Receive(shell.blobs, row.user, open_max=settings.uploads_max, size_max=settings.blob_bytes_max)
    return row.uploads
