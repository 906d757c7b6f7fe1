"""What the functions that CPython's pools run in their processes, and those who wait for them, find in the driver."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any


class Pipe:
    """A task on its way into a process and its result on the way out: both are copied, by pickling.

    `result` is the one that is a `kind`, None before there is one; what else a process says is for its parent.
    """

    def __init__(self, task: Any, copied: Callable[[Any], Any], kind: type) -> None:
        self._tasks = [copied(task)]
        self._copied = copied
        self._kind = kind
        self.result: Any = None

    def get(self, block: bool = True) -> Any:
        return self._tasks.pop() if self._tasks else None

    def put(self, result: Any) -> None:
        if isinstance(result, self._kind):
            self.result = self._copied(result)


class Turn(threading.Condition):
    """What somebody who asks for a value waits for: it comes about by running what was submitted before it."""

    def __init__(self, run: Callable[[], None]) -> None:
        super().__init__()
        self._run = run

    def wait(self, timeout: float | None = None) -> bool:
        self._run()
        return True
