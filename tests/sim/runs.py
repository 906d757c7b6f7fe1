"""Runs of many seeds: one after the other, or shared out over processes. What is wrong comes back as a value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from multiprocessing import get_context

from .lab import Lab

BATCH = 25
"""Seeds that a process takes at a time."""


@dataclass(frozen=True, slots=True)
class Run:
    """One seed's run. `fault` is empty if nothing was wrong."""

    seed: int
    steps: int
    fault: str = ""
    story: tuple[str, ...] = ()

    @property
    def again(self) -> str:
        """The command that does it again, with its story."""
        return f"python bench/sim.py --seed {self.seed}"


def run(seed: int, *, tell: bool = False) -> Run:
    lab = Lab(seed, tell=tell)
    fault = ""
    try:
        lab.run()
    except Exception as error:
        fault = f"{type(error).__name__}: {error}"
    return Run(seed, lab.world.steps, fault, tuple(lab.world.story or ()))


def first_fault(seeds: Iterable[int], trouble: AbstractContextManager[None] | None = None) -> Run | None:
    """The first run of these in which something is wrong, with a planted bug or without."""
    with trouble or nullcontext():
        for seed in seeds:
            done = run(seed)
            if done.fault:
                return done
    return None


def run_many(first: int, seeds: int, processes: int) -> Iterator[Run]:
    """All runs of so many seeds, in no order."""
    batches = [range(at, min(at + BATCH, first + seeds)) for at in range(first, first + seeds, BATCH)]
    with ProcessPoolExecutor(processes, mp_context=get_context("fork")) as pool:
        for batch in pool.map(_batch, batches):
            yield from batch


def _batch(seeds: range) -> list[Run]:
    return [run(seed) for seed in seeds]
