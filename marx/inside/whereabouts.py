"""Which chunk of which job this is, for a function that asks by name: `os.environ["MARX_CHUNK"]`.

The three names are not in the environment: a program that goes through `os.environ`, counts or copies it finds what it
would find anywhere."""

from __future__ import annotations

import os
from typing import Any


class _Whereabouts(dict[Any, Any]):
    """The inside of `os.environ`, with answers to names that it does not hold."""

    def __init__(self, held: dict[Any, Any]) -> None:
        super().__init__(held)
        self.hidden: dict[Any, Any] = {}

    def __missing__(self, key: Any) -> Any:
        return self.hidden[key]


def tell(job: str, chunk: int, attempt: int) -> None:
    """Answers for the chunk that is computed now."""
    environment: Any = os.environ
    if not isinstance(environment._data, _Whereabouts):
        environment._data = vars(os.environb)["_data"] = _Whereabouts(environment._data)
    values = {"MARX_JOB": job, "MARX_CHUNK": str(chunk), "MARX_ATTEMPT": str(attempt)}
    environment._data.hidden = {os.fsencode(name): os.fsencode(value) for name, value in values.items()}
