"""What `marx why` says of memory: how much of it a program gets, and how to have more. Pure.

A worker's owner lends each program a part of what the machine has, so that a condition on the machine's own memory
helps nobody; `lent` is the fact to ask for.
"""

from __future__ import annotations

from collections.abc import Sequence

from marx.cli.progress import some
from marx.wire.messages import WorkerRow
from marx.wire.quantities import size_to_type

FACT = "lent"
USUALLY_BYTES = 4 << 30
"""What a worker lends whose owner says nothing of it."""


def lent(workers: Sequence[WorkerRow]) -> str:
    """What one program gets, as far as workers say so; empty where none does."""
    given = [f"{size_to_type(worker.lent_bytes)} at {worker.name}" for worker in workers if worker.lent_bytes]
    return f"a program gets {some(given)}" if given else ""


def more_memory(workers: Sequence[WorkerRow], script: str, where: str) -> str:
    """What a job should ask for that needs more than it got; what an owner can do where none of them lends more."""
    sizes = [worker.lent_bytes for worker in workers if worker.lent_bytes]
    if sizes and max(sizes) > min(sizes) and FACT not in where:
        return f"marx submit --where '{FACT} >= {size_to_type(max(sizes))}' {script}"
    more = size_to_type(2 * max(sizes, default=USUALLY_BYTES))
    return f"marx worker --memory {more}   (on a machine that has as much)"
