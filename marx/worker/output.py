"""A stream of a driver's program as it leaves the jail: in pieces that are worth a message, with the tasker's paths."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping

from gevent.socket import socket as GreenSocket

from marx.worker.renaming import Renaming
from marx.worker.transcript import PIECE_BYTES

GATHER_S = 0.02
"""How long a first byte of output waits for more: nobody sees it, and a print loop becomes a few messages."""


def pieces(source: GreenSocket, names: Mapping[str, str]) -> Iterator[bytes]:
    """What a program prints, to its end. `names` has the tasker's path for each of the jail's; they are looked for in
    this order."""
    renamings = [Renaming(inside, outside) for inside, outside in names.items()]
    while data := gather(source):
        for renaming in renamings:
            data = renaming.feed(data)
        yield data
    last = b""
    for renaming in renamings:
        last = renaming.feed(last) + renaming.finish()
    yield last


def gather(source: GreenSocket) -> bytes:
    """What comes within a moment of a stream's next byte, at most a message full. Empty at its end."""
    source.settimeout(None)
    parts = [source.recv(PIECE_BYTES)]
    size, until_s = len(parts[0]), time.monotonic() + GATHER_S
    while parts[-1] and size < PIECE_BYTES and (left_s := until_s - time.monotonic()) > 0:
        source.settimeout(left_s)
        try:
            parts.append(source.recv(PIECE_BYTES - size))
        except TimeoutError:
            break
        size += len(parts[-1])
    return b"".join(parts)
