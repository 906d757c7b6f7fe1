"""What a map slice prints, caught slot by slot, so that the driver can print it at the look-up."""

from __future__ import annotations

import io
import sys
from typing import Any

Spellings = tuple[tuple[str | None, str | None], ...]
"""(encoding, what is done with errors) of standard output and standard error."""


def spellings() -> Spellings:
    """Those of this process."""
    return tuple((getattr(s, "encoding", None), getattr(s, "errors", None)) for s in (sys.stdout, sys.stderr))


class Filling(list[Any]):
    """Slot values of a map slice that prints: notes what was printed before each was filled."""

    def __init__(self, values: list[Any], take: Any) -> None:
        super().__init__(values)
        self.take = take
        self.outputs: dict[Any, tuple[str, str]] = {}

    def __setitem__(self, slot: Any, value: Any) -> None:
        super().__setitem__(slot, value)
        self.outputs[slot, None] = self.take()


class FillingLoop(dict[Any, Any]):
    """The same for a slot inside loops of the body, which has a value for each round."""

    def __init__(self, slot: int, outer: Filling) -> None:
        super().__init__()
        self.slot = slot
        self.outer = outer

    def __setitem__(self, place: Any, value: Any) -> None:
        super().__setitem__(place, value)
        self.outer.outputs[self.slot, place] = self.outer.take()


class Caught(io.StringIO):
    """Stands for a stream of the driver's, and refuses what that would."""

    def __init__(self, encoding: str | None, errors: str | None) -> None:
        super().__init__()
        self._spelling = encoding, errors

    @property
    def encoding(self) -> str | None:  # type: ignore[override]
        return self._spelling[0]

    @property
    def errors(self) -> str | None:  # type: ignore[override]
        return self._spelling[1]

    def write(self, text: str, /) -> int:
        encoding, errors = self._spelling
        if encoding and not text.isascii():
            text.encode(encoding, errors or "strict")
        return super().write(text)


class Streams:
    """Catches what a map slice prints."""

    def __init__(self, spellings: Spellings) -> None:
        self.saved = (sys.stdout, sys.stderr)
        self.out, self.err = (Caught(*spelling) for spelling in spellings)
        sys.stdout, sys.stderr = self.out, self.err

    def take(self) -> tuple[str, str]:
        texts = (self.out.getvalue(), self.err.getvalue())
        for stream in (self.out, self.err):
            stream.seek(0)
            stream.truncate()
        return texts

    def restore(self) -> None:
        sys.stdout, sys.stderr = self.saved
