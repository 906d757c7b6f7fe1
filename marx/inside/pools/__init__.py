"""The program's process pools. A jail may not fork, and need not: the calls of a pool run as chunks.

`multiprocessing.Pool` and `concurrent.futures.ProcessPoolExecutor` stay CPython's own, with their results, callbacks,
iterators, timeouts and errors; only what stands for their processes is replaced, before the program starts:

    the program ─► pool ─► queue of tasks ─┐                          ┌─► results, callbacks ─► the program
                                           └─► Stream ─► one region ──┘

Whoever writes a pool has said that its calls are independent, so they are not analysed; and as with real processes,
functions work on copies: arguments and results never share an object with the program. Tasks are collected until a
result is asked for (stream.py). Where a chunk cannot deliver, the task runs in place, by the very function that a
process of the pool would run, so that what an exception tells is the same too."""

from __future__ import annotations

from marx.inside.link import Link
from marx.inside.pools import executor, pool, sharing
from marx.inside.pools.stream import pull_any
from marx.program.plan import Plan


def install(link: Link, plan: Plan) -> None:
    """Replaces the processes of the pools whose modules the program imports."""
    if "multiprocessing" in plan.imports:
        pool.install(link)
        sharing.install(pull_any)
    if "concurrent" in plan.imports or "asyncio" in plan.imports:
        executor.install(link)
