"""The states of random generators that whole modules share, on their way from chunks to the driver.

A map slice that seeds such a generator before it draws leaves it in a state that the program's next draw would see. So
what a chunk's item left behind goes with its values, and the driver takes it over when it takes these."""

from __future__ import annotations

import array
import importlib
import sys
from collections.abc import Iterable
from typing import Any

State = tuple[Any, ...]
States = dict[str, State] | None
"""By the generator's module what it was left in; None if nobody has seeded any."""

_UNTOUCHED = "a state that no program has by accident" * 8


class Generators:
    """The shared generators of some modules, in a chunk jail."""

    def __init__(self, modules: Iterable[str]) -> None:
        self.modules = tuple(modules)
        self._untouched: dict[str, State] = {}
        for name in self.modules:
            module = importlib.import_module(name)
            module.seed(_UNTOUCHED if name == "random" else list(_UNTOUCHED.encode()))
            self._untouched[name] = _state_of(name)

    def forget(self) -> None:
        """Makes it as if nobody had seeded them."""
        for name, state in self._untouched.items():
            _put(name, state)

    def states(self, forget: bool) -> States:
        """What has been left behind since they were forgotten. `forget`: and begin anew, since what comes next may
        not come after this in the driver."""
        now = {name: _state_of(name) for name in self.modules}
        left = {name: state for name, state in now.items() if state != self._untouched[name]}
        if forget and left:
            self.forget()
        return left or None


def restore(states: States) -> None:
    """Leaves the driver's generators as a chunk's were."""
    for name, state in (states or {}).items():
        _put(name, state)


def _state_of(name: str) -> State:
    if name == "random":
        version, numbers, gauss = sys.modules[name].getstate()
        return version, array.array("I", numbers).tobytes(), gauss
    kind, numbers, *rest = sys.modules[name].get_state()
    return kind, numbers.tobytes(), *rest


def _put(name: str, state: State) -> None:
    module = sys.modules[name]
    if name == "random":
        version, data, gauss = state
        module.setstate((version, tuple(array.array("I", data)), gauss))
        return
    import numpy

    kind, data, *rest = state
    module.set_state((kind, numpy.frombuffer(data, numpy.uint32), *rest))
