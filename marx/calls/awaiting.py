"""`await marx.asubmit(function, …)`: one call of a function, from a coroutine, on an executor that is made once."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any, TypeVar

from marx.calls.executor import Executor

Result = TypeVar("Result")

_lock = threading.Lock()
_executor: Executor | None = None


def executor() -> Executor:
    """The one behind `asubmit`: on the configured distributor, or this machine's cores. A broken one is replaced."""
    global _executor
    with _lock:
        if _executor is None or _executor.broken:
            _executor = Executor(name="asubmit")
        return _executor


async def asubmit(function: Callable[..., Result], /, *arguments: Any, **named: Any) -> Result:
    """What `function(*arguments, **named)` gives; called in a sandbox, and awaited. Cancelling it cancels the call."""
    loop = asyncio.get_running_loop()
    ready = await loop.run_in_executor(None, executor)
    return await asyncio.wrap_future(ready.submit(function, *arguments, **named))
