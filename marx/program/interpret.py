"""Abstract interpretation: what may a function, or a stretch of statements, read, change and return?

A `Frame` walks statements over roots (effects.py) instead of objects, without regard to order, until nothing new is
found. Whatever it meets and does not know it notes as unknown: over-approximation is the rule that a change here must
keep. Its parts, each built on the one before:

    frame.py       names and objects of one scope          library.py      calls out of the program, by the tables
    attributes.py  attribute reads                         expressions.py  one method a kind of expression
    arguments.py   a callee's roots in the caller's terms  statements.py   one method a kind of statement
    construction.py  calls of classes                       calls.py       calls into the program
"""

from __future__ import annotations

import ast

from marx.program import traits
from marx.program.effects import SHARED_KINDS, Cause, Effects, Root, unbound
from marx.program.plan import FunctionKey
from marx.program.scopes import FunctionInfo, ModuleInfo, Program
from marx.program.statements import Statements

ROUNDS_MAX = 30
"""Facts only grow and are few; a frame that has not settled by then is treated as unknown."""


STEPS_MAX = 400_000
"""The most steps for a whole program. A step is an interpreted call, or one of the stores that it passes on."""
GROUP_STEPS_MAX = 40_000
"""The most steps for a function and all that it is the first to need, so that the rest of a program has some left."""


class Interpreter:
    """Summaries of a program's functions, made on demand and kept."""

    def __init__(self, program: Program, *, speculate: bool = False) -> None:
        """`speculate`: what no table knows of a library is taken for harmless, and noted."""
        self.program = program
        self.speculate = speculate
        self.reading = tuple(
            name
            for name in program.methods
            if name.startswith("__") and name.endswith("__") and name not in traits.CHANGING_SPECIALS
        )
        """What a library function may call on the objects that it is given."""
        self._done: dict[FunctionKey, Effects] = {}
        self._partial: dict[FunctionKey, Effects] = {}
        self._active: set[FunctionKey] = set()
        self._open: dict[FunctionKey, int] = {}
        self._lowest = 0
        self._grown = False
        self._steps = 0
        self._limit = STEPS_MAX
        self._read_forms: dict[ast.expr, ast.expr] = {}

    def read_form(self, target: ast.expr) -> ast.expr:
        """The target of an in-place operator as it is read first; always the same node, since nodes name sites."""
        if target not in self._read_forms:
            self._read_forms[target] = _loaded(target)
        return self._read_forms[target]

    def summary(self, info: FunctionInfo) -> Effects:
        """What a call of the function may do, in terms of its parameters, globals and cells.

        Functions that call each other settle together: `_open` holds, in the order of their visits, those whose
        summaries still may grow. The first of a group goes round until no member has grown; a round runs each member
        once, and whoever meets it again takes what is known so far."""
        if info.key in self._done:
            return self._done[info.key]
        if not self._open:
            return self._first(info)
        return self._visit(info)

    def spend(self, steps: int) -> bool:
        """Whether so much more may be done: counted, so that a program always gets the same plan."""
        self._steps += steps
        return self._steps <= self._limit

    def _first(self, info: FunctionInfo) -> Effects:
        """A function that no other one under way has asked for. Of those that call each other too deep for the
        interpreter's own stack nothing is known."""
        self._limit = min(STEPS_MAX, self._steps + GROUP_STEPS_MAX)
        try:
            self._visit(info)
        except RecursionError:
            for key in self._members(0):
                self._done[key] = Effects(unknown=Cause("MX501", key.line, f"`{key.qualname}` calls too deep"))
            self._open.clear()
            self._partial.clear()
            self._active.clear()
        self._limit = STEPS_MAX
        return self._done[info.key]

    def _visit(self, info: FunctionInfo) -> Effects:
        if info.key in self._open:
            self._lowest = min(self._lowest, self._open[info.key])
            self._partial[info.key].recursive |= info.key in self._active
            return self._partial[info.key]
        place = len(self._open)
        outer_lowest, self._lowest = self._lowest, place + 1
        self._settle(info, place)
        if self._lowest >= place:
            for key in self._members(place):
                del self._open[key]
                self._done[key] = self._partial.pop(key)
        self._lowest = min(outer_lowest, self._lowest)
        return self._done.get(info.key) or self._partial[info.key]

    def _settle(self, info: FunctionInfo, place: int) -> None:
        """Runs a function; again, with those after it, as long as it leads its group and the group grows."""
        for _ in range(ROUNDS_MAX):
            for key in self._members(place):
                del self._open[key]
            grown, self._grown = self._grown, False
            self._run(info)
            settled = not self._grown
            self._grown |= grown
            if settled or self._lowest != place:
                return
        for key in self._members(place):
            unknown = Cause("MX501", key.line, f"`{key.qualname}` is too entangled to analyse")
            self._partial[key].unknown = self._partial[key].unknown or unknown

    def _run(self, info: FunctionInfo) -> None:
        """One round of one function."""
        self._open[info.key] = len(self._open)
        before = self._partial.setdefault(info.key, Effects())
        self._active.add(info.key)
        after = Frame.of_function(self, info).run()
        self._active.discard(info.key)
        after.recursive |= before.recursive
        self._partial[info.key] = after
        self._grown |= after.size() != before.size()

    def _members(self, place: int) -> list[FunctionKey]:
        return list(self._open)[place:]


class Frame(Statements):
    """One scope, interpreted."""

    @classmethod
    def of_function(cls, interpreter: Interpreter, info: FunctionInfo) -> Frame:
        frame = cls(interpreter, info.module, info, info.local - info.globals - info.nonlocals)
        for position, name in enumerate(info.parameters):
            frame.env[name] = {Root("param", position)}
            default = info.defaults.get(name)
            if default is not None and not isinstance(default, ast.Constant):
                frame.env[name].add(Root("default", (info.key, name)))
        return frame

    @classmethod
    def of_region(
        cls, interpreter: Interpreter, module: ModuleInfo, function: FunctionInfo | None, private: set[str]
    ) -> Frame:
        frame = cls(interpreter, module, function, private)
        frame.is_region = True
        return frame

    def run(self) -> Effects:
        """The summary of the whole function."""
        assert self.function is not None
        node = self.function.node
        for _ in range(ROUNDS_MAX):
            before = self._size()
            if isinstance(node, ast.Lambda):
                self.effects.returns |= self.expr(node.body)
            else:
                self.statements(node.body)
            if self._size() == before:
                break
        return self.close()

    def _size(self) -> tuple[int, ...]:
        held = sum(len(v) for v in self.env.values()) + sum(len(v) for v in self.content.values())
        return (held, *self.effects.size())

    def close(self) -> Effects:
        """Drops what only the frame itself can see."""
        out = self.effects
        out.returns, out.returns_inside = unbound(out.returns), unbound(out.returns_inside)
        direct = {r for r in out.returns if r.kind != "site"}
        out.returns_inside = {r for r in self.reachable(out.returns | out.returns_inside) if r.kind != "site"}
        out.returns = direct
        out.touched = {r for r in self.reachable(self.touched) if r.kind in SHARED_KINDS}
        out.writes = {r: c for r, c in out.writes.items() if r.kind != "site"}
        out.soft = {r: c for r, c in out.soft.items() if r.kind != "site"}
        out.place(self.module.name)
        out.fills = {a for a, part in out.stores if part.kind == "site"}
        out.stores = {(a, b) for a, part in out.stores for b in self.reachable((part,)) if b.kind != "site"}
        return out


def _loaded(target: ast.expr) -> ast.expr:
    """The target of an in-place operator, as it is read first."""
    if isinstance(target, ast.Name):
        return ast.copy_location(ast.Name(target.id, ast.Load()), target)
    if isinstance(target, ast.Attribute):
        return ast.copy_location(ast.Attribute(target.value, target.attr, ast.Load()), target)
    assert isinstance(target, ast.Subscript)
    return ast.copy_location(ast.Subscript(target.value, target.slice, ast.Load()), target)
