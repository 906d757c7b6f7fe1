"""Writes programs of one loop whose body sets a few variables again and again, under every kind of control.

What writer.py writes gives each variable one meaning; here the question is what the map slice may know of a variable
at a place that the ordered part may never come to, has left by then, or comes to again. Statements draw on each other
at random: values of calls that are worth a chunk, light ones, a total that only the ordered part knows."""

from __future__ import annotations

import random

from tests.generated.parts import indented

_HEAD = """
import contextlib
def work(v, w):
    return sum((v * k + w) % 13 for k in range(4)) + v % 5
def fussy(v):
    if v % 4 == 1:
        raise ValueError(v)
    return work(v, 2)
def same(r, v):
    return r if work(v, 1) % 3 else [v]
def pair(r, v):
    return [work(v, 3), r]
def put(r, v):
    if isinstance(r, list):
        r.append(v)
class Held:
    def __init__(self, r, v):
        self.r, self.v = r, work(v, 1)
    def __repr__(self):
        return f"Held({self.r}, {self.v})"
"""
_NAMES = tuple("pqrstuvwxyz")
_VALUES = (
    "work({v}, {w})",
    "work({v}, {w})",
    "work(a, {k})",
    "work({v} + {k}, a)",
    "{v} + {k}",
    "{v} * {k} % 50",
    "{k}",
    "a",
    "a",
    "len(row)",
    "(row[-1] if row else {k})",
    "sum(col) % 97",
    "late({v})",
    "sum(work({v}, i) for i in range(3)) % 99",
    "(work({v}, 1) if {c} else {w})",
)
_TESTS = (
    "{v} % 2 == 0",
    "{v} > {w}",
    "work({v}, {k}) > 12",
    "total % 2 == 0",
    "total % 3 == 0",
    "total % 3 == 1",
    "total % 5 < 3",
    "total > {v}",
    "a % 3 == 1",
    "not row",
)
_PLAIN = (
    *["{n} = {e}"] * 12,
    "{n} += {e}",
    "{n}, {m} = {e}, {e}",
    "total += {e}",
    "total += {e}",
    "total = (total * 7 + {e}) % 1009",
    "out.append({e})",
    "row.append({e})",
    "row = [{e}]",
    "row = row + [{e}]",
    "row = row[-3:]",
    "col = row",
    "col = list(row)",
    "col.append({e})",
    "row, col = col, row",
    "out.append(col)",
    "out.append(row)",
    "print({v}, {e})",
    "{n} = (lambda i: i + {v})({e})",
)
_OBJECTS = ("row", "col", "box", "lid", "[{e}]", "[{e}, {o}]", "same({o}, {v})", "pair({o}, {v})", "Held({o}, {v})",
            "({o}, work({v}, {w}))", "({o} if {c} else [{v}])")  # fmt: skip
"""What holds other objects, and may hand them on."""
_HANDING_ON = ("box = {r}", "lid = {r}", "shelf.append({r})", "shelf.append({r})", "row = same(row, {v})",
               "col = same(row, {v})", "box, lid = lid, {r}", "box = [box, {v}]", "print({v})")  # fmt: skip
_MAKING = ("box = [a]", "box = [{v}, row]", "box = Held(lid, a)", "box = lid = [a]")
_KEEPING = (
    "shelf.append({r})",
    "lid = []",
    "put(lid, {r})",
    "put(lid, work(a, {k}))",
    "lid = {r}",
    "print({v}, work({w}, a))",
    "total += {e}",
)
_USES = ("out.append(work({v}, {w}))", "total += work({v}, a)", "print(work({v}, {k}), {w})")
_DEPTH_MAX = 4


class _Body:
    def __init__(self, chance: random.Random, in_function: bool, hands_on: bool) -> None:
        """`hands_on`: objects that hold others are made, kept and handed on."""
        self.chance = chance
        self.in_function = in_function
        self.hands_on = hands_on
        self.plain = _PLAIN + _HANDING_ON * 4 if hands_on else _PLAIN

    def text(self, template: str) -> str:
        """A template with its holes filled: variables, numbers, tests and values within it."""
        chance = self.chance
        while "{" in template:
            head, _, rest = template.partition("{")
            hole, _, tail = rest.partition("}")
            match hole:
                case "k":
                    put = str(chance.randint(0, 9))
                case "e":
                    put = self.text(chance.choice(_VALUES))
                case "c":
                    put = self.text(chance.choice(_TESTS))
                case "r":
                    put = self.text(chance.choice(_OBJECTS))
                case "o":
                    put = chance.choice(("row", "col", "box", "lid"))
                case _:
                    put = chance.choice(_NAMES)
            template = head + put + tail
        return template

    def block(self, depth: int, loops: int) -> list[str]:
        return [line for _ in range(self.chance.choice((1, 1, 2, 2))) for line in self.statement(depth, loops)]

    def statement(self, depth: int, loops: int) -> list[str]:
        """`loops`: how many inner loops stand around it."""
        chance = self.chance
        if self.hands_on and chance.random() < 0.3:
            made = (chance.choice(_MAKING), "print(a)", *chance.sample(_KEEPING, 3))
            return [self.text(line).replace("(row,", "(box,") for line in made]
        if depth >= _DEPTH_MAX or chance.random() < 0.45:
            if chance.random() < 0.12:
                return self.leave(loops)
            if chance.random() < 0.4:
                value = self.text(chance.choice(("c + {v}", "{v} * c", "work(c, a)", "c")))
                return [self.text("for c in range({k} % 4):"), self.text(f"    {{n}} = {value}")]
            return [self.text(chance.choice(self.plain))]
        inner = indented(self.block(depth + 1, loops))
        match chance.choice("if if else for for for while try with match def".split()):
            case "if":
                return [self.text("if {c}:"), *inner]
            case "else":
                return [self.text("if {c}:"), *inner, "else:", *indented(self.block(depth + 1, loops))]
            case "for":
                return self.loop(depth, loops)
            case "while":
                return [self.text("{v} = {k}"), *self.counted(depth, loops)]
            case "try":
                return self.attempt(inner, depth, loops)
            case "with":
                return ["with contextlib.suppress(ValueError):", *inner]
            case "match":
                other = indented(indented(self.block(depth + 1, loops)))
                return [self.text("match {v} % 3:"), "    case 0:", *indented(inner), "    case _:", *other]
            case _:
                return [self.text("def add(i):"), self.text("    return i + {v}"), self.text("{n} = add({e})")]

    def leave(self, loops: int) -> list[str]:
        word = self.chance.choice(("continue", "break") if loops else ("continue", "continue", "break"))
        if self.in_function and self.chance.random() < 0.2:
            word = self.text("return {v}")
        return [self.text("if {c}:"), f"    {word}"]

    def loop(self, depth: int, loops: int) -> list[str]:
        chance = self.chance
        target = chance.choice(("b", "b", "c", "x"))
        over = chance.choice(("range({k} % 4)", "range(2)", "(1, 5, a)", "range({v} % 3)", "row[:2]"))
        made = [self.text(f"for {target} in {over}:"), *indented(self.block(depth + 1, loops + 1))]
        if chance.random() < 0.4:
            use = chance.choice(_PLAIN).replace("{e}", chance.choice((target, f"work({target}, {{k}})")))
            made += indented([self.text(use)])
        if chance.random() < 0.2:
            made += ["else:", *indented(self.block(depth + 1, loops))]
        return made

    def counted(self, depth: int, loops: int) -> list[str]:
        count = f"n{depth}"
        return [f"{count} = 0", f"while {count} < 2:", f"    {count} += 1", *indented(self.block(depth + 1, loops + 1))]

    def attempt(self, inner: list[str], depth: int, loops: int) -> list[str]:
        inner.insert(self.chance.choice((0, len(inner))), self.text("    {n} = fussy({v})"))
        made = ["try:", *inner, "except ValueError:", *indented(self.block(depth + 1, loops))]
        if self.chance.random() < 0.3:
            made += ["else:", *indented(self.block(depth + 1, loops))]
        if self.chance.random() < 0.3:
            made += ["finally:", *indented([self.text(self.chance.choice(self.plain))])]
        return made


def write_flow(seed: int) -> str:
    """The program of a seed."""
    chance = random.Random(f"flow {seed}")
    in_function = chance.random() < 0.4
    hands_on = chance.random() < 0.4
    body = _Body(chance, in_function, hands_on)
    begin = [body.text(f"{name} = {{e}}") for name in _NAMES if chance.random() < 0.8]
    begin += ["row = []"] * (chance.random() < 0.8) + ["col = []"] * (chance.random() < 0.8)
    if chance.random() < 0.5:
        begin += ["def late(i):", body.text("    return work(i, {v})")]
    lines = [*begin, *(line for _ in range(chance.randint(2, 5)) for line in body.statement(1, 0))]
    lines += [body.text(chance.choice(_USES)) for _ in range(chance.randint(1, 3))]
    before = ["total = 0", "out = []", " = ".join([*_NAMES, "1"]), "row, col = [4], []", "late = abs"]
    before += ["shelf, box, lid = [], [1], [2]"] * hands_on
    loop = [f"for a in range({chance.randint(7, 14)}):", *indented(lines)]
    show = [f"print({', '.join(_NAMES)}, row, col, total, out)"]
    if hands_on:
        show = [
            "for one in (*shelf, box, lid, row, col):",
            "    if isinstance(one, list):",
            "        one.append(7)",
            *show,
        ]
        show.append("print(shelf, box, lid)")
    if not in_function:
        return "\n".join([_HEAD, *before, *loop, *show, ""])
    return "\n".join([_HEAD, "def run():", *indented([*before, *loop, *show, "return total"]), "print(run())", ""])
