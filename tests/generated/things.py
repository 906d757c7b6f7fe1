"""Writes programs about things whose copies may not be what they were: instances of classes whose statements look at
names, or that have a say in how they are copied; exceptions that were raised; arrays and how they lie.

A program has things of one kind, some made before its loops, and loops that make, use, change, keep and print them.
Afterwards it changes what it kept, which shows what is one. Its parts stand in things.txt: blocks of lines, each with
what can be made, asked and changed of its things. `$o` is a thing, `$v` a number, `$k` how many items a loop has."""

from __future__ import annotations

import random
import re
from collections import defaultdict
from dataclasses import dataclass, field, replace
from pathlib import Path
from string import Template

from tests.generated.parts import indented

_HEAD = """\
import abc, collections, contextlib, copy, dataclasses, enum, functools, io, re, sys, types, typing
import numpy as np
from dataclasses import dataclass, field
from fractions import Fraction
def work(v, w):
    return sum((v * k + w) % 13 for k in range(4)) + v % 5
row = [1]
kept, table, total = [], {}, 0
"""
_FACTS = re.compile(r"^(makes|uses|changes|later|base): (.*)$", re.MULTILINE)
_FEATURES = ("state", "equal", "copies", "looks", "shown", "called", "class")


@dataclass(slots=True)
class _Block:
    """Lines of a program, and templates about the things that they define."""

    lines: list[str]
    makes: list[str] = field(default_factory=list)
    uses: list[str] = field(default_factory=list)
    changes: list[str] = field(default_factory=list)
    later: list[str] = field(default_factory=list)
    """What may be done between the definition and the loops."""
    base: str = ""

    def add(self, other: _Block) -> None:
        """What another block brings to the same class."""
        self.uses += other.uses * 2
        self.changes += other.changes * 2
        self.later += other.later * 2


def _read(path: Path) -> dict[str, list[_Block]]:
    """The blocks of each section. Sections begin with "[name]", an empty line stands before each block."""
    sections: defaultdict[str, list[_Block]] = defaultdict(list)
    for text in path.read_text(encoding="utf-8").split("\n\n"):
        if text.startswith("["):
            name = text.strip("[]\n")
            continue
        block = _Block(_FACTS.sub("", text).split("\n"))
        block.lines = [line for line in block.lines if line]
        for key, value in _FACTS.findall(text):
            setattr(block, key, value if key == "base" else value.split(" ; "))
        sections[name].append(block)
    return sections


_SECTIONS = _read(Path(__file__).with_name("things.txt"))


def write_things(seed: int) -> str:
    """The program of a seed."""
    chance = random.Random(f"things {seed}")
    kinds = (_instance, _instance, _instance, _shape, _shape, _shape, _fault, _array)
    return _Program(chance, chance.choice(kinds)(chance)).text()


# --- kinds of things --------------------------------------------------------------------------------------------------


def _instance(chance: random.Random) -> _Block:
    """A class without a form of its own, with some features."""
    made = _Block(
        [],
        makes=["C($v)", "C($v)", "C($v, $v % 5)", "C($v, held=[$v])", "C($v, held=row)"],
        uses=["$o.get($v)", "$o.get($v)", "$o.v", "len($o.held)", "$o.n"],
        changes=["$o.held.append($v)", "$o.v += 1", "$o.n = $v", "$o.label = $v"],
        later=["N = 1000", "N += 1", "C.get = lambda self, w: w % 7", "C.extra = [N]"],
    )
    base = chance.choice([*_SECTIONS["bases"], *[_Block([])] * 4])
    drawn = chance.sample(_FEATURES, chance.choice((0, 1, 2, 2, 3)))
    parts = [chance.choice(_SECTIONS[name]) for name in ("bodies", "getters", *(f"feature {name}" for name in drawn))]
    for part in (base, *parts):
        made.add(part)
    made.lines += [*base.lines, f"class C({base.base}):", *indented([line for part in parts for line in part.lines])]
    if chance.random() < 0.15:
        made.lines += ["class D(C):", "    def get(self, w):", "        return super().get(w) + N"]
        made.makes += ["D($v)"] * 2
    return _named(made, chance)


def _shape(chance: random.Random) -> _Block:
    shape = replace(chance.choice(_SECTIONS["shapes"]), later=["N = 1000", "N += 1", "N = None"])
    return _named(shape, chance)


def _fault(chance: random.Random) -> _Block:
    """Exceptions, made and caught."""
    caught, fault, raised = (chance.choice(_SECTIONS[name]) for name in ("caught", "faults", "raised"))
    lines = [*fault.lines, "def fail(v):", *indented(raised.lines), *caught.lines]
    return _named(replace(caught, lines=lines, later=["N = 1000"]), chance)


def _array(chance: random.Random) -> _Block:
    array = chance.choice(_SECTIONS["arrays"])
    return replace(array, makes=chance.sample(array.makes, 5))


def _named(block: _Block, chance: random.Random) -> _Block:
    """With the name that the statements of its class look at."""
    return replace(block, lines=[f"N = {chance.randint(2, 9)}", *_SECTIONS["helpers"][0].lines, *block.lines])


# --- programs ---------------------------------------------------------------------------------------------------------


class _Program:
    def __init__(self, chance: random.Random, kind: _Block) -> None:
        self.chance = chance
        self.kind = kind
        self.changes = kind.changes or ["pass"]

    def drawn(self, options: list[str], thing: str = "one", number: str = "v") -> str:
        count = str(self.chance.randint(6, 12))
        return Template(self.chance.choice(options)).substitute(o=thing, v=number, k=count)

    def block(self, section: str, thing: str = "one", number: str = "v") -> list[str]:
        texts = ["\n".join(block.lines) for block in _SECTIONS[section]]
        return self.drawn(texts, thing, number).splitlines()

    def text(self) -> str:
        body = self.loops()
        place = self.chance.random()
        if place < 0.05:
            body = ["def run():", *indented(["global total, last, kept", *body]), "run()"]
        elif place < 0.25:
            own = "total, last, kept"
            body = [f"def run({own}):", *indented([*body, f"return {own}"]), f"{own} = run({own})"]
        return "\n".join(
            [*_HEAD.splitlines(), *self.kind.lines, *self.functions(), *self.data(), *body, *self.end(), ""]
        )

    def functions(self) -> list[str]:
        """What the loops call."""
        chance, kind = self.chance, self.kind
        made = ["def build(v, other=None):", "    work(v, 2)", f"    made = {self.drawn(kind.makes)}"]
        if chance.random() < 0.3:
            made += indented([self.drawn(self.changes, "made")])
        made += ["    return made", "def use(o, v):", "    work(v, 1)"]
        if chance.random() < 0.15:
            made += indented([self.drawn(self.changes, "o")])
        made += [f"    return {self.drawn(kind.uses, 'o')}", "def same(o, v):"]
        made += ["    return o if work(v, 1) % 3 else build(v)", "def pair(o, v):", "    return [work(v, 3), o]"]
        made += ["def swap(v):", f"    return [build(v), {self.drawn(kind.makes)}]"]
        made += ["def change(o, v):", *indented([self.drawn(self.changes, "o")])]
        return [*made, "def note(v):", "    row.append(v)", "def say(v):", *indented(self.block("saying"))]

    def data(self) -> list[str]:
        """Things that are there before the loops, and what is done after that."""
        chance, makes = self.chance, self.kind.makes
        many = [self.drawn(makes, number=str(i)) for i in range(chance.randint(5, 8))]
        made = [f"one = {self.drawn(makes, number='4')}", f"last = {self.drawn(makes, number='5')}"]
        made += [f"many = [{', '.join(many)}]", *["many[2] = many[1]"] * (chance.random() < 0.3)]
        return made + [self.drawn(self.kind.later or ["pass"]) for _ in range(chance.choice((0, 0, 1, 2)))]

    def loops(self) -> list[str]:
        chance = self.chance
        made: list[str] = []
        for _ in range(chance.choice((2, 2, 3))):
            if chance.random() < 0.35:
                made += self.block("whole")
                continue
            made += [f"for a in range({chance.randint(6, 12)}):"]
            for _ in range(chance.choice((1, 1, 2, 3))):
                made += indented(self.block("loop", chance.choice(("one", "one", "last", "many[a % 5]")), "a"))
        return made

    def end(self) -> list[str]:
        """Changes what was kept and shows everything."""
        change = [f"        {self.drawn(self.changes, 'o', '8')}"]
        made = ["for o in [*kept[:4], *table.values(), one, last]:", "    try:", *change]
        made += ["    except Exception as fault:", "        print(type(fault).__name__, fault)"]
        return [*made, "print([type(o).__name__ for o in kept])", "print(many, kept, table, one, last, row, total)"]
