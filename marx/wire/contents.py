"""Where in a message its `Content`s are. Asked by the codec (are they sound?) and by those who fetch blobs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from marx.wire.messages import (
    AnyMessage,
    Calls,
    CallsDone,
    ChunkDone,
    Content,
    DriverDone,
    Ended,
    File,
    LeaseChunk,
    LeaseDriver,
    Message,
    Opened,
    Program,
    Submit,
    Values,
)


def contents_of(message: AnyMessage) -> Iterator[Content]:
    """Every content that the message carries or names, in the order of its fields."""
    find = _CONTENTS.get(type(message))
    return iter(()) if find is None else find(message)


def contents_of_program(program: Program) -> Iterator[Content]:
    """The contents of a program's files, then of its standard input."""
    yield from _of_files(program.files)
    yield from _present(program.stdin)


def _of_files(files: Iterable[File]) -> Iterator[Content]:
    return (file.content for file in files)


def _present(*contents: Content | None) -> Iterator[Content]:
    return iter([content for content in contents if content is not None])


def _of_chunk_lease(message: LeaseChunk) -> Iterator[Content]:
    yield from _present(message.items)
    if message.program is not None:
        yield from contents_of_program(message.program)
    yield from _present(message.captures)


def _of_end(message: Ended) -> Iterator[Content]:
    yield from _present(message.stdout, message.stderr)
    yield from _of_files(message.files)


_CONTENTS: dict[type[Message], Callable[[Any], Iterator[Content]]] = {
    Submit: lambda message: contents_of_program(message.program),
    LeaseDriver: lambda message: contents_of_program(message.program),
    LeaseChunk: _of_chunk_lease,
    ChunkDone: lambda message: _present(message.values),
    Values: lambda message: _present(message.values),
    CallsDone: lambda message: _present(message.values),
    Opened: lambda message: _present(message.captures, message.offsets, message.items),
    Calls: lambda message: _present(message.items, message.captures),
    DriverDone: lambda message: _of_files(message.files),
    Ended: _of_end,
}
"""What is not here has none. A table, since most messages have none, and each is asked."""
