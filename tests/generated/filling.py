"""Fills the holes of templates: with variables that are known at a place, calls, expressions of expressions."""

from __future__ import annotations

import contextlib
import random
import re
from dataclasses import dataclass, field

from tests.generated.fixtures import BOX_EXTRAS, HELD
from tests.generated.grammar import EXPRESSIONS, LITERALS
from tests.generated.statements import FOLD, WORK
from tests.generated.traps import SHARED_READS, SHARED_WRITES

_HOLE = re.compile(r"<(?:(\d):)?([a-z]+\d?)(\(\)|[!@+*])?>|<(\d)>")
_HELD = re.compile(rf"\b({'|'.join(HELD)})\b")
_STATEMENTS = ("block", "fold", "work")


class Skip(Exception):
    """A template asks for something that this place does not have."""


@dataclass(frozen=True, slots=True)
class Function:
    name: str
    parameters: tuple[str, ...]
    result: str
    is_pure: bool


@dataclass(slots=True)
class Scope:
    """What can be named at a place. `lasting` may be changed there; new ones are made in `prelude`."""

    names: dict[str, list[str]]
    lasting: dict[str, list[str]]
    prelude: list[str] | None = None
    in_loop: bool = False

    def inner(self) -> Scope:
        names = {sort: list(held) for sort, held in self.names.items()}
        return Scope(names, self.lasting, self.prelude, self.in_loop)

    def add(self, sort: str, name: str) -> None:
        self.names.setdefault(sort, []).append(name)

    def known(self) -> set[str]:
        return {name for held in self.names.values() for name in held}

    def forget(self, gone: set[str]) -> None:
        """Variables of an inner loop, which may have had no items."""
        for held in self.names.values():
            held[:] = [name for name in held if name not in gone]


@dataclass(slots=True)
class Filler:
    chance: random.Random
    functions: list[Function] = field(default_factory=list)
    names_made: int = 0
    traps: int = 0
    pure_calls: float = 0.9
    defining: bool = False
    shared: list[tuple[str, str]] = field(default_factory=list)
    barred: frozenset[str] = frozenset(BOX_EXTRAS)

    def name(self, sort: str) -> str:
        self.names_made += 1
        return f"{sort[0]}{self.names_made}"

    # --- holes ------------------------------------------------------------------------------------------------------

    def lines(self, template: str, scope: Scope, depth: int) -> list[str]:
        """A template of statements, filled line by line."""
        labels: dict[str, str] = {}
        made: list[str] = []
        targets: set[str] = set()
        for line in template.split("\n"):
            inner = line.strip()
            indent = line[: len(line) - len(line.lstrip())]
            if inner[1:-1] in _STATEMENTS:
                made += [
                    indent + text for text in self.statement(FOLD if "fold" in inner else WORK, scope.inner(), depth)
                ]
            else:
                known = scope.known()
                made.append(indent + self.line(inner, scope, labels, depth))
                targets |= scope.known() - known if inner.startswith("for ") else set()
        if "\n" in template and self.chance.random() < 0.9:
            scope.forget(targets)
        return made

    def line(self, line: str, scope: Scope, labels: dict[str, str], depth: int) -> str:
        """One line: first the comprehension's variables, then everything else, then new variables are known."""
        if line in self.barred or (self.defining and _HELD.search(line)):
            raise Skip
        inner = scope.inner()
        fresh: list[tuple[str, str]] = []
        for label, sort, mark, _ in _HOLE.findall(line):
            if mark == "*":
                labels[label or "-"] = self.name(sort)
                inner.add(sort, labels[label or "-"])

        def fill(hole: re.Match[str]) -> str:
            label, sort, mark, again = hole.groups()
            if again or mark == "*":
                return labels[again or label or "-"]
            where = scope if line[: hole.start()].endswith(" in ") else inner
            text = self.hole(sort, mark, where, depth)
            if mark == "+":
                fresh.append((sort, text))
            if label:
                labels[label] = text
            return text

        text = _HOLE.sub(fill, line)
        for sort, name in fresh:
            scope.add(sort, name)
        return text

    def hole(self, sort: str, mark: str | None, scope: Scope, depth: int) -> str:
        if sort == "k":
            return str(self.chance.randint(1, 5))
        if sort == "n":
            return str(self.chance.randint(5, 10))
        if sort in ("fn1", "fn2"):
            return self._pick([f.name for f in self.functions if f.parameters == ("int",) * int(sort[2])])
        match mark:
            case "+":
                return self.name(sort)
            case "!":
                return self._pick(scope.names.get(sort, []) + scope.lasting.get(sort, []))
            case "@":
                return self.lasting_name(sort, scope)
            case "()":
                return self.call(sort, scope, depth)
            case _:
                return self.expression(sort, scope, depth)

    def _pick(self, options: list[str]) -> str:
        if not options:
            raise Skip
        return self.chance.choice(options)

    def lasting_name(self, sort: str, scope: Scope) -> str:
        """A variable to change: one that is there, or a new one that is made before the loop."""
        held = scope.lasting.setdefault(sort, [])
        if held and (scope.prelude is None or self.chance.random() < 0.5):
            return self.chance.choice(held)
        if scope.prelude is None or sort not in LITERALS:
            raise Skip
        name = self.name("acc" if sort == "int" else sort)
        alias = self.chance.random() < 0.06 and scope.lasting[sort]
        scope.prelude.append(f"{name} = {self.chance.choice(scope.lasting[sort] if alias else LITERALS[sort][:4])}")
        held.append(name)
        return name

    def call(self, sort: str, scope: Scope, depth: int) -> str:
        options = [f for f in self.functions if f.result == sort]
        if self.chance.random() < self.pure_calls:
            options = [f for f in options if f.is_pure]
        if not options:
            raise Skip
        function = self.chance.choice(options)
        given = [self.expression(p, scope, min(depth - 1, 1)) for p in function.parameters]
        return f"{function.name}({', '.join(given)})"

    def expression(self, sort: str, scope: Scope, depth: int) -> str:
        held = scope.names.get(sort, []) + (
            scope.lasting.get(sort, []) if self.chance.random() < self.carried() else []
        )
        if depth > 0 and sort in EXPRESSIONS and self.chance.random() < (0.5 if held else 0.9):
            for _ in range(8):
                try:
                    return f"({self.line(self.chance.choice(EXPRESSIONS[sort]), scope.inner(), {}, depth - 1)})"
                except Skip:
                    continue
        if held and self.chance.random() < 0.95:
            return self.chance.choice(held[-2:] if self.chance.random() < 0.6 else held)
        return self.chance.choice(LITERALS[sort])

    def carried(self) -> float:
        """How often an expression reads what the loop changes; such loops rarely split."""
        return (0.0, 0.1, 0.3, 0.6)[self.traps]

    # --- statements -------------------------------------------------------------------------------------------------

    def statement(self, table: tuple[str, ...], scope: Scope, depth: int) -> list[str]:
        for _ in range(30):
            template = self.chance.choice(table)
            leaves = re.search(r"\b(break|continue)\b", template) and "for " not in template
            if leaves and not scope.in_loop:
                continue
            before = scope.inner().names
            try:
                return self.lines(template, scope, depth)
            except Skip:
                scope.names = before
        return ["pass"]

    def shared_read(self, scope: Scope) -> str:
        """A number that depends on one of the program's own variables."""
        sort, name = self.chance.choice(self.shared)
        return self.line(self.chance.choice(SHARED_READS[sort]).replace("<held>", name), scope, {}, 1)

    def shared_write(self, scope: Scope) -> list[str]:
        """Changes one of the program's own variables, which others may reach by another name."""
        for _ in range(9):
            sort, name = self.chance.choice(self.shared)
            with contextlib.suppress(Skip):
                return self.lines(self.chance.choice(SHARED_WRITES[sort]).replace("<held>", name), scope, 1)
        return ["pass"]
