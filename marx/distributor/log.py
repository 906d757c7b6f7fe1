"""The operator's log: one line a story, `time about text key=value …`, so that `grep JOB` tells what became of a
job.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TextIO

PLAIN = re.compile(r"[^\s\"'=\\]+")
Log = Callable[[str, str, Mapping[str, str | int]], None]
"""Called as log(about, text, fields)."""


def line(when: datetime, about: str, text: str, fields: Mapping[str, str | int]) -> str:
    """One printable line whatever the fields hold: names and reasons come from strangers."""
    stamp = when.strftime("%Y-%m-%dT%H:%M:%S.") + f"{when.microsecond // 1000:03}Z"
    words = [stamp, _printable(about), _printable(text)]
    words += [f"{key}={_quoted(str(value))}" for key, value in fields.items()]
    return " ".join(words)


def to_stream(stream: TextIO) -> Log:
    def log(about: str, text: str, fields: Mapping[str, str | int]) -> None:
        stream.write(line(datetime.now(UTC), about, text, fields) + "\n")
        stream.flush()

    return log


def quiet(about: str, text: str, fields: Mapping[str, str | int]) -> None:
    """For embedded runs: stderr is the program's."""


class Seldom:
    """Lets one story of each source through in a while, so that who knocks for ever does not fill the log."""

    def __init__(self, pause_ms: int, sources_max: int = 1_000) -> None:
        self._pause_ms = pause_ms
        self._sources_max = sources_max
        self._told: dict[str, int] = {}

    def due(self, source: str, now_ms: int) -> bool:
        """Whether a story of this source may be told now; then it was. The longest silent source is forgotten first."""
        told_ms = self._told.get(source)
        if told_ms is not None and now_ms - told_ms < self._pause_ms:
            return False
        self._told.pop(source, None)
        if len(self._told) >= self._sources_max:
            del self._told[next(iter(self._told))]
        self._told[source] = now_ms
        return True


def _printable(text: str) -> str:
    return "".join(char if char.isprintable() else "�" for char in text)


def _quoted(text: str) -> str:
    """As it is, or as a JSON string where a reader could take its spaces, quotes or `=` for the line's own."""
    clean = _printable(text)
    return json.dumps(clean, ensure_ascii=False) if PLAIN.fullmatch(clean) is None else clean
