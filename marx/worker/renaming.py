"""What a driver prints, with the tasker's name of the working folder where the jail has another.

A jail without mounts cannot have its folder at the tasker's path; there it has a long random name, which a program
shows in tracebacks and wherever it prints a path. The name means nothing to anybody, so putting the tasker's in its
place is what the program would have printed. Pure: bytes in, bytes out, held back only where a name may have begun.
"""

from __future__ import annotations


class Renaming:
    """One stream. Without a name to look for it passes everything on."""

    def __init__(self, inside: str, outside: str) -> None:
        self._inside = inside.encode() if inside != outside else b""
        self._outside = outside.encode()
        self._held = b""

    def feed(self, data: bytes) -> bytes:
        """What can be said now."""
        if not self._inside:
            return data
        text = (self._held + data).replace(self._inside, self._outside)
        begun = self._begun(text)
        self._held = text[len(text) - begun :]
        return text[: len(text) - begun]

    def finish(self) -> bytes:
        """What was held back, at the end of the stream."""
        held, self._held = self._held, b""
        return held

    def _begun(self, text: bytes) -> int:
        """How many bytes at the end may be the beginning of the name."""
        longest = min(len(self._inside) - 1, len(text))
        return next((size for size in range(longest, 0, -1) if text.endswith(self._inside[:size])), 0)
