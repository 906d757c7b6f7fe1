"""Where in a message its `Content`s are. Asked by the codec (are they sound?) and by those who fetch blobs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

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
    Opened,
    Program,
    Submit,
    Values,
)


def contents_of(message: AnyMessage) -> Iterator[Content]:
    """Every content that the message carries or names, in the order of its fields."""
    match message:
        case Submit(program=program) | LeaseDriver(program=program):
            yield from contents_of_program(program)
        case LeaseChunk(items=items, program=maybe, captures=captures):
            yield from _present(items)
            if maybe is not None:
                yield from contents_of_program(maybe)
            yield from _present(captures)
        case ChunkDone(values=values) | Values(values=values) | CallsDone(values=values):
            yield from _present(values)
        case Opened(captures=captures, offsets=offsets, items=items):
            yield from _present(captures, offsets, items)
        case Calls(items=items, captures=captures):
            yield from _present(items, captures)
        case DriverDone(files=files):
            yield from _of_files(files)
        case Ended(stdout=stdout, stderr=stderr, files=files):
            yield from _present(stdout, stderr)
            yield from _of_files(files)
        case _:
            pass


def contents_of_program(program: Program) -> Iterator[Content]:
    """The contents of a program's files, then of its standard input."""
    yield from _of_files(program.files)
    yield from _present(program.stdin)


def _of_files(files: Iterable[File]) -> Iterator[Content]:
    return (file.content for file in files)


def _present(*contents: Content | None) -> Iterator[Content]:
    return (content for content in contents if content is not None)
