"""A small program in this process: its plan, its namespace, and its first region as the gate meets it."""

from __future__ import annotations

import types
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from marx.inside.codebook import CodeBook
from marx.inside.gate import Shipment, prepare
from marx.inside.state import ProgramState
from marx.program.analysis import plan_trees
from marx.program.collect import build
from marx.program.limits import check_source
from marx.program.plan import Plan


@dataclass(slots=True)
class Loaded:
    """A program whose definitions have run."""

    plan: Plan
    state: ProgramState
    module: types.ModuleType

    def enter(self, iterable: Iterable[Any], *bases: Any, site: int = 0) -> Shipment:
        """What the gate makes of a region that stands in the module and is entered now."""
        space = self.module.__dict__
        exec("frame = __import__('sys')._getframe()", space)
        frame = space.pop("frame")
        return prepare(self.plan.regions[site], self.state, frame, iterable, list(bases) or [iterable])


@contextmanager
def load(source: str, *, run: str = "") -> Iterator[Loaded]:
    """Analyses `source`, runs `run` (by default all but its loops: what stands before the first `for`)."""
    import sys

    tree = check_source(source, "program.py")
    plan = plan_trees({"__main__": tree}, "program.py")
    module = types.ModuleType("__main__")
    before = sys.modules["__main__"]
    sys.modules["__main__"] = module
    try:
        book = CodeBook(tree, "program.py", module.__dict__)
        first = next((n for n, line in enumerate(source.splitlines()) if line.startswith("for ")), None)
        lines = source.splitlines()[:first]
        exec(compile("\n".join(lines) + "\n" + run, "program.py", "exec"), module.__dict__)
        classes = tuple(build({"__main__": tree}).main.classes.values())
        yield Loaded(plan, ProgramState(plan, book, module.__dict__, classes), module)
    finally:
        sys.modules["__main__"] = before
