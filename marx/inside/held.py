"""A region as a chunk jail holds it: its captures, its map slice, and the interpreter state that these depend on."""

from __future__ import annotations

import builtins
import importlib
import marshal
import sys
import types

from marx.inside import messages
from marx.inside.arithmetic import difference
from marx.inside.depth import set_limit
from marx.inside.generators import Generators
from marx.inside.libraries import is_same
from marx.inside.receiving import Received
from marx.inside.watch import ambient_digests, digest

LARGE_CAPTURES = 4 << 20
"""Captures beyond this are summed up after a region's first chunk only: it would cost more than most chunks."""

_OTHER_LIBRARY = "MX707 a library holds other things than in the program"


class HeldRegion:
    """A region's captures as this jail holds them, and its map slice."""

    def __init__(self, message: messages.Captures, begin: messages.Begin) -> None:
        self.module = types.ModuleType("__main__")
        self.module.__dict__.update(__file__=begin.script, __builtins__=builtins)
        sys.modules["__main__"] = self.module
        self.received = Received(message.captures, self.module)
        content = self.received.value
        self._spaces = {"__main__": self.module.__dict__}
        for name, space in content["spaces"].items():
            if name != "__main__":
                self._spaces[name] = vars(importlib.import_module(name))
            self._spaces[name].update(space)
        self.locals = content["locals"]
        self.slots = content["slots"]
        self.generators = Generators(content["generators"])
        self.prints = content["prints"]
        self.reads_files = content["reads_files"]
        self.shares = content["shares"]
        self.headroom = content["headroom"]
        self.recursion_limit = content["recursion_limit"]
        self.settings, self.child = content["settings"], content.get("child")
        self.ambient = content["ambient"]
        stands_in = content.get("module", "__main__")
        space = self.module.__dict__ if stands_in == "__main__" else vars(importlib.import_module(stands_in))
        self.call = types.FunctionType(marshal.loads(content["code"]), space)
        self.libraries = content.get("libraries", {})
        self.paranoid = (begin.paranoid or bool(self.libraries)) and not self.received.copies
        self.spoiled = difference(self.ambient["arithmetic"])
        if not self.spoiled and not (is_same(self.libraries) and is_same(content["touched"])):
            self.spoiled = _OTHER_LIBRARY
        self.large = len(message.captures) > LARGE_CAPTURES
        self.checked = False
        self._before = self._state()

    def _state(self) -> bytes:
        """Sums up what came with the captures, and every global of the program."""
        names = {name: space for name, space in self.received.value["spaces"].items() if name != "__main__"}
        spaces = [{key: self._spaces[name].get(key) for key in space} for name, space in names.items()]
        brought = self.received.space.brought - set(self.received.value["spaces"].get("__main__", ()))
        brought.add("__warningregistry__")
        own = {key: value for key, value in self.module.__dict__.items() if key not in brought}
        return digest((self.locals, own, spaces), self.received.own)

    def check(self, ambient: dict[str, bytes]) -> None:
        """Notes it if something of the captures or the interpreter is not what it was before the chunk. Calls of a pool
        may do that."""
        if self.received.copies or (self.large and self.checked and not self.paranoid):
            return
        self.checked = True
        after = ambient_digests()
        if not self._before or not all(ambient.values()):
            self.spoiled = "MX402 the captures cannot be summed up"
        elif (
            not is_same(self.libraries)
            or self._state() != self._before
            or any(after[name] != digest for name, digest in ambient.items() if name not in self.generators.modules)
        ):
            self.spoiled = "MX702 the map slice changed what other items read"

    def settle(self) -> None:
        """Makes the interpreter what it was in the driver."""
        sys.modules["__main__"] = self.module
        self.received.space.enter()
        sys.argv[:] = self.ambient["argv"]
        sys.set_int_max_str_digits(self.ambient["digits"])
        depth = 0
        frame: types.FrameType | None = sys._getframe()
        while frame is not None:
            depth += 1
            frame = frame.f_back
        set_limit(max(50, self.headroom + depth + 2), self.recursion_limit)  # as many frames left as in the driver
        if "decimal" in self.ambient:
            import decimal

            *numbers, traps, flags = self.ambient["decimal"]
            signals = [[getattr(decimal, name) for name in names] for names in (flags, traps)]
            decimal.setcontext(decimal.Context(*numbers, *signals))
        if "numpy" in self.ambient:
            import numpy

            numpy.seterr(**self.ambient["numpy"])
