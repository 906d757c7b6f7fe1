"""An entry that tells what it sees of the files that it was given. For test_store.py."""

from __future__ import annotations

import os

from sandbox.channel import Channel


def look(channel: Channel) -> int:
    """Each frame names a path; the answer is the file's size and last byte, and whether it can be written to."""
    while (body := channel.receive()) is not None:
        channel.send(f"{_read(body.decode())} {_write(body.decode())}".encode())
    return 0


def _read(path: str) -> str:
    try:
        if os.path.isdir(path):
            return ",".join(sorted(os.listdir(path)))
        with open(path, "rb") as file:
            data = file.read()
        return f"{len(data)}{data[-1:].decode()}"
    except OSError as fault:
        return type(fault).__name__


def _write(path: str) -> str:
    try:
        with open(path, "r+b") as file:
            file.write(b"changed")
    except OSError:
        return "kept"
    return "written"
