"""Writes programs: ordinary-looking, deterministic, of twenty to eighty lines, the same text for the same seed.

A program has data, a class, functions, two to four regions (at the top, in functions, under `__main__`) that read each
other's results, and prints everything at its end. What stands in the lines comes from grammar.py and fixtures.py."""

from __future__ import annotations

import ast
import contextlib
import random
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.generated.fixtures import BOX_CHOICES, BOX_EXTRAS, BOX_HEADS, BOX_METHODS, DEFINITIONS, IMPORTS
from tests.generated.grammar import EXPRESSIONS, LITERALS, SORTS
from tests.generated.statements import (
    CALLS,
    FOLD,
    HEADERS,
    SHARED_READS,
    SHARED_WRITES,
    TRAPS,
    WHOLE,
    WORK,
)

_HOLE = re.compile(r"<(?:(\d):)?([a-z]+\d?)(\(\)|[!@+*])?>|<(\d)>")
_STATEMENTS = ("block", "fold", "work")
_WORDS = "oak elm ash fir yew beech lime pine rose fern moss reed".split()
_LINES_MAX = 140


class _Skip(Exception):
    """A template asks for something that this place does not have."""


@dataclass(frozen=True, slots=True)
class _Function:
    name: str
    parameters: tuple[str, ...]
    result: str
    is_pure: bool


@dataclass(slots=True)
class _Scope:
    """What can be named at a place. `lasting` may be changed there; new ones are made in `prelude`."""

    names: dict[str, list[str]]
    lasting: dict[str, list[str]]
    prelude: list[str] | None = None
    in_loop: bool = False

    def inner(self) -> _Scope:
        names = {sort: list(held) for sort, held in self.names.items()}
        return _Scope(names, self.lasting, self.prelude, self.in_loop)

    def add(self, sort: str, name: str) -> None:
        self.names.setdefault(sort, []).append(name)

    def known(self) -> set[str]:
        return {name for held in self.names.values() for name in held}

    def forget(self, gone: set[str]) -> None:
        """Variables of an inner loop, which may have had no items."""
        for held in self.names.values():
            held[:] = [name for name in held if name not in gone]


@dataclass(slots=True)
class _Writer:
    chance: random.Random
    functions: list[_Function] = field(default_factory=list)
    names_made: int = 0
    traps: int = 0
    pure_calls: float = 0.9
    shared: list[tuple[str, str]] = field(default_factory=list)
    barred: frozenset[str] = frozenset(BOX_EXTRAS)

    def name(self, sort: str) -> str:
        self.names_made += 1
        return f"{sort[0]}{self.names_made}"

    # --- holes ------------------------------------------------------------------------------------------------------

    def lines(self, template: str, scope: _Scope, depth: int) -> list[str]:
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

    def line(self, line: str, scope: _Scope, labels: dict[str, str], depth: int) -> str:
        """One line: first the comprehension's variables, then everything else, then new variables are known."""
        if line in self.barred:
            raise _Skip
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

    def hole(self, sort: str, mark: str | None, scope: _Scope, depth: int) -> str:
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
                return self._lasting(sort, scope)
            case "()":
                return self.call(sort, scope, depth)
            case _:
                return self.expression(sort, scope, depth)

    def _pick(self, options: list[str]) -> str:
        if not options:
            raise _Skip
        return self.chance.choice(options)

    def _lasting(self, sort: str, scope: _Scope) -> str:
        """A variable to change: one that is there, or a new one that is made before the loop."""
        held = scope.lasting.setdefault(sort, [])
        if held and (scope.prelude is None or self.chance.random() < 0.5):
            return self.chance.choice(held)
        if scope.prelude is None or sort not in LITERALS:
            raise _Skip
        name = self.name("acc" if sort == "int" else sort)
        alias = self.chance.random() < 0.06 and scope.lasting[sort]
        scope.prelude.append(f"{name} = {self.chance.choice(scope.lasting[sort] if alias else LITERALS[sort][:4])}")
        held.append(name)
        return name

    def call(self, sort: str, scope: _Scope, depth: int) -> str:
        options = [f for f in self.functions if f.result == sort]
        if self.chance.random() < self.pure_calls:
            options = [f for f in options if f.is_pure]
        if not options:
            raise _Skip
        function = self.chance.choice(options)
        given = [self.expression(p, scope, min(depth - 1, 1)) for p in function.parameters]
        return f"{function.name}({', '.join(given)})"

    def expression(self, sort: str, scope: _Scope, depth: int) -> str:
        held = scope.names.get(sort, []) + (
            scope.lasting.get(sort, []) if self.chance.random() < self._carried() else []
        )
        if depth > 0 and sort in EXPRESSIONS and self.chance.random() < (0.5 if held else 0.9):
            for _ in range(8):
                try:
                    return f"({self.line(self.chance.choice(EXPRESSIONS[sort]), scope.inner(), {}, depth - 1)})"
                except _Skip:
                    continue
        if held and self.chance.random() < 0.95:
            return self.chance.choice(held[-2:] if self.chance.random() < 0.6 else held)
        return self.chance.choice(LITERALS[sort])

    def _carried(self) -> float:
        """How often an expression reads what the loop changes; such loops rarely split."""
        return (0.0, 0.1, 0.3, 0.6)[self.traps]

    # --- statements -------------------------------------------------------------------------------------------------

    def statement(self, table: tuple[str, ...], scope: _Scope, depth: int) -> list[str]:
        for _ in range(30):
            template = self.chance.choice(table)
            leaves = re.search(r"\b(break|continue)\b", template) and "for " not in template
            if leaves and not scope.in_loop:
                continue
            try:
                return self.lines(template, scope, depth)
            except _Skip:
                continue
        return ["pass"]

    def function(self, scope: _Scope) -> list[str]:
        """A function of one to three parameters. Some change what outlives the call."""
        first = len(self.functions) < 2
        count = 1 if first else self.chance.choice((1, 1, 2, 2, 3))
        sorts = (
            ["int"] if first else self.chance.choices((*SORTS[:15], "int", "int", "int", "int", "ints", "box"), k=count)
        )
        results = ("int", "int", "float", "text", "bool", "pair", "ints", "ints", "box", "table", "words")
        result = "int" if first else self.chance.choice(results)
        name = f"{self.chance.choice(('weigh', 'shape', 'score', 'blend', 'fold', 'tune'))}{len(self.functions)}"
        inner = _Scope({s: list(n[:2]) for s, n in scope.names.items() if self.chance.random() < 0.5}, scope.lasting)
        parameters = [self.name(sort) for sort in sorts]
        for sort, parameter in zip(sorts, parameters, strict=True):
            inner.names.setdefault(sort, []).extend([parameter] * 2)
        is_pure = self.chance.random() > 0.12 * self.traps
        self.pure_calls = 1.0 if is_pure else 0.5
        body = self._recursion(name, parameters, sorts, result, inner)
        for _ in range(self.chance.randint(1, 3)):
            body += self.statement(WORK, inner, 2)
        if not is_pure:
            body += self.statement(self.chance.choice((FOLD, TRAPS)), inner, 1)
        elif self.chance.random() < 0.05:
            body += [f"print({name!r}, {parameters[0]})"]
        self.pure_calls = 0.9
        body += [f"return {self._returned(result, parameters, sorts, inner)}"]
        self.functions.append(_Function(name, tuple(sorts), result, is_pure))
        given = list(parameters)
        if result in ("int", "float") and self.chance.random() < 0.15:
            sort, held = self.chance.choice(self.shared)
            given.append(f"held={held}")
            read = self.line(self.chance.choice(SHARED_READS[sort]).replace("<held>", "held"), inner, {}, 1)
            body[-1] = body[-1].replace("return ", f"return {read} + ", 1)
        cached = set(sorts) <= {"int", "text", "float"} and self.chance.random() < 0.06
        return [
            *["@lru_cache(maxsize=None)"] * cached,
            f"def {name}({', '.join(given)}):",
            *_indented(_with_globals(body, scope.lasting)),
        ]

    def _returned(self, result: str, parameters: list[str], sorts: list[str], scope: _Scope) -> str:
        """An expression that depends on what the function computed and on what it was given."""
        recent = _Scope({sort: held[-2:] for sort, held in scope.names.items()}, {})
        parts = [f"{n} * {self.chance.randint(1, 9)}" for n, s in zip(parameters, sorts, strict=True) if s == "int"]
        if result == "int" and self.chance.random() < 0.8:
            outer = [self.hole("int", None, where, 2) for where in (recent, scope)]
            if self.chance.random() < 0.5:
                outer.append(self.shared_read(scope))
            return f"({' + '.join([*parts, *outer])}) % 1009"
        if result in EXPRESSIONS and self.chance.random() < 0.7:
            for _ in range(5):
                try:
                    return self.line(self.chance.choice(EXPRESSIONS[result]), recent, {}, 2)
                except _Skip:
                    continue
        return self.expression(result, scope, 2)

    def shared_read(self, scope: _Scope) -> str:
        """A number that depends on one of the program's own variables."""
        sort, name = self.chance.choice(self.shared)
        return self.line(self.chance.choice(SHARED_READS[sort]).replace("<held>", name), scope, {}, 1)

    def shared_write(self, scope: _Scope) -> list[str]:
        """Changes one of the program's own variables, which others may reach by another name."""
        for _ in range(9):
            sort, name = self.chance.choice(self.shared)
            with contextlib.suppress(_Skip):
                return self.lines(self.chance.choice(SHARED_WRITES[sort]).replace("<held>", name), scope, 1)
        return ["pass"]

    def _recursion(self, name: str, given: list[str], sorts: list[str], result: str, scope: _Scope) -> list[str]:
        if sorts != ["int"] or result != "int" or self.chance.random() > 0.15:
            return []
        less = self.name("int")
        scope.add("int", less)
        end = f"if -2 < {given[0]} < 2:"
        return [end, f"    return {self.chance.randint(1, 9)}", f"{less} = {name}(abs({given[0]}) % 64 // 2)"]

    # --- regions ----------------------------------------------------------------------------------------------------

    def region(self, scope: _Scope) -> list[str]:
        """One region with what it needs before it. Its variables, also those of the loop, stay known."""
        inner = self._divided(scope)
        inner.prelude = []
        before = {sort: len(held) for sort, held in inner.names.items()}
        body = self.statement(WHOLE, inner, 2) if self.chance.random() < 0.4 else self._loop(inner)
        for sort, held in inner.names.items():
            scope.names.setdefault(sort, []).extend(held[before.get(sort, 0) :])
        made = [line.split(" = ")[0] for line in inner.prelude]
        for sort, held in inner.lasting.items():
            scope.names.setdefault(sort, []).extend(n for n in held if n in made)
            scope.lasting.setdefault(sort, []).extend(n for n in held if n in made)
        return [*inner.prelude, *body]

    def _divided(self, scope: _Scope) -> _Scope:
        """Some variables are read in a region, others changed, and where there are traps, a few both."""
        names: dict[str, list[str]] = {}
        lasting: dict[str, list[str]] = {}
        for sort in {**scope.names, **scope.lasting}:
            for name in dict.fromkeys(scope.names.get(sort, []) + scope.lasting.get(sort, [])):
                may_change = name in scope.lasting.get(sort, []) and self.chance.random() < 0.3
                may_read = name in scope.names.get(sort, []) and (
                    not may_change or self.chance.random() < self._carried()
                )
                if may_read:
                    names.setdefault(sort, []).append(name)
                if may_change:
                    lasting.setdefault(sort, []).append(name)
        return _Scope(names, lasting)

    def _loop(self, scope: _Scope) -> list[str]:
        before = {sort: len(held) for sort, held in scope.names.items()}
        header = self.statement(HEADERS, scope, 1)
        if header == ["pass"]:
            return header
        inner = scope.inner()
        inner.in_loop = True
        for sort, held in inner.names.items():
            held += [*held[before.get(sort, 0) :]] * 2
        body: list[str] = self.statement(CALLS, inner, 1)
        for _ in range(self.chance.randint(0, 2)):
            body += self.statement(WORK, inner, 2)
        parts = [FOLD] * self.chance.randint(1, 3) + [TRAPS] * sum(
            self.chance.random() < 0.5 for _ in range(self.traps)
        )
        self.chance.shuffle(parts)
        for table in parts:
            body += self.statement(table, inner, 2)
        if self.chance.random() < (0.1, 0.3, 0.5, 0.7)[self.traps]:
            at = self.chance.choice((0, len(body)))
            body[at:at] = self.shared_write(inner)
        made = [*header, *_indented(body)]
        if self.chance.random() < 0.08:
            made += ["else:", *_indented(self.statement(FOLD, scope.inner(), 1))]
        return made

    def stage(self, scope: _Scope, number: int) -> list[str]:
        """A function with regions of its own, that returns all its variables, and one or two calls of it."""
        sorts = self.chance.sample(
            [s for s in ("int", "ints", "rows", "boxes", "table", "words") if scope.names.get(s)], 2
        )
        parameters = [self.name(sort) for sort in sorts]
        own = _Scope({s: list(n) for s, n in scope.names.items() if self.chance.random() < 0.5}, {})
        for sort, parameter in zip(sorts, parameters, strict=True):
            own.add(sort, parameter)
            own.lasting.setdefault(sort, []).append(parameter)
        body = self._near(own)
        for _ in range(self.chance.randint(1, 2)):
            body += self.region(own)
        self.functions = [f for f in self.functions if f.name not in ("near", "nudge")]
        held = sorted({n for names in (*own.lasting.values(),) for n in names})
        body.append(f"return {', '.join(held)},")
        made = [f"def stage{number}({', '.join(parameters)}):", *_indented(_with_globals(body, scope.lasting))]
        for call in range(self.chance.choice((1, 1, 2))):
            given = ", ".join(self.chance.choice(scope.names[sort]) for sort in sorts)
            made += [f"result{number}{call} = stage{number}({given})", f"print(result{number}{call})"]
        return made

    def _near(self, own: _Scope) -> list[str]:
        """Sometimes a function inside of the stage, that reads or changes the stage's variables."""
        draw = self.chance.random()
        options = [(s, n) for s, held in own.names.items() if s in SHARED_READS for n in held]
        if draw < 0.6 or not options:
            return []
        sort, name = self.chance.choice(options)
        read = self.line(self.chance.choice(SHARED_READS[sort]).replace("<held>", name), own, {}, 1)
        if draw < 0.85:
            self.functions.append(_Function("near", ("int",), "int", True))
            return ["def near(v):", f"    return (v * 3 + {read}) % 1009"]
        self.functions.append(_Function("nudge", ("int",), "int", False))
        count = self.name("acc")
        own.lasting.setdefault("int", []).append(count)
        return [
            f"{count} = 0",
            "def nudge(v):",
            f"    nonlocal {count}",
            f"    {count} += v % 7",
            f"    return {count} + {read}",
        ]

    def method(self, scope: _Scope, number: int) -> list[str]:
        """A class with a method that has a region and keeps its results in the object."""
        lines = {
            "int": ["self.total = 0", "self.size = 3"],
            "ints": ["self.out = []", f"self.held = {self.chance.choice(scope.names['ints'])}"],
            "table": ["self.table = {}"],
            "rows": [f"self.rows = {self.chance.choice(scope.names['rows'])}"],
            "box": ["self.box = Box(4)"],
        }
        held = {sort: [line.split(" = ")[0] for line in made] for sort, made in lines.items()}
        own = _Scope({**{s: list(n) for s, n in scope.names.items() if self.chance.random() < 0.4}}, held)
        for sort, names in held.items():
            own.names.setdefault(sort, []).extend(names)
        own.add("int", "k")
        body = self.region(own)
        shown = ", ".join(name.replace("self.", f"plant{number}.") for names in held.values() for name in names)
        return [
            f"class Plant{number}:",
            "    def __init__(self):",
            *_indented(_indented([line for made in lines.values() for line in made])),
            "    def run(self, k):",
            *_indented(_indented([*_with_globals(body, scope.lasting), "return self.total"])),
            f"plant{number} = Plant{number}()",
            *[f"print(plant{number}.run({k}))" for k in range(2, 2 + self.chance.choice((1, 1, 2)))],
            f"print({shown})",
        ]


def _indented(lines: list[str]) -> list[str]:
    return ["    " + line for line in lines]


def _with_globals(body: list[str], outer: dict[str, list[str]]) -> list[str]:
    """Adds the `global` statement that a function's assignments need."""
    known = {name for names in outer.values() for name in names} | {"LIMIT", "scale"}
    tree = ast.parse("def f():\n" + "\n".join(_indented(body)))
    stored = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Load)}
    wanted = sorted(stored & known)
    return [f"global {', '.join(wanted)}", *body] if wanted else body


# --- the program ----------------------------------------------------------------------------------------------------


def write(seed: int) -> str:
    """The program of a seed."""
    for attempt in range(50):
        chance = random.Random(f"{seed}/{attempt}")
        try:
            tree = ast.parse(_program(chance))
        except (_Skip, SyntaxError):
            continue
        text = ast.unparse(tree) + "\n"
        if text.count("\n") <= _LINES_MAX:
            return text
    raise ValueError(f"no program for seed {seed}")


def _program(chance: random.Random) -> str:
    writer = _Writer(chance, traps=chance.choice((0, 0, 1, 1, 2, 2, 3)))
    data, lasting = _data(chance)
    known = [(sort, name) for sort, names in lasting.items() if sort in SHARED_READS for name in names]
    writer.shared = chance.choices(known, k=4)
    if chance.random() < 0.6:
        writer.shared += [pair for pair in known if pair[1] in ("xs", "ys", "rows", "box", "boxes", "lists")]
    extras = [template for template in BOX_EXTRAS if chance.random() < 0.07]
    writer.barred -= set(extras)
    empty = {line.split(" = ")[0] for line in data if line.endswith((" []", " {}"))}
    top = _Scope({s: [n for n in held if n not in empty] for s, held in lasting.items()}, lasting)
    body: list[str] = []
    for _ in range(chance.randint(3, 6)):
        body += writer.function(top)
    guarded = chance.random() < 0.2
    regions: list[str] = []
    for number in range(chance.randint(2, 4)):
        draw = chance.random()
        if draw < 0.35:
            regions += writer.stage(top, number)
        elif draw < 0.5:
            regions += writer.method(top, number)
        else:
            regions += writer.region(top)
        if chance.random() < 0.3:
            regions += writer.statement(FOLD, top, 1)
    shown = sorted({n for names in (*top.lasting.values(), *top.names.values()) for n in names})
    if guarded:
        regions = ["if __name__ == '__main__':", *_indented(regions)]
    text = "\n".join(body + regions)
    kept = _needed(data, text)
    show = [f"print({n!r}, {n})" for n in shown if re.search(rf"\b{n}\b", text + kept)]
    fixtures = [d for name, d in DEFINITIONS.items() if re.search(rf"\b{name}\b", text)]
    box = _box(writer, extras, text)
    whole = "\n".join([*fixtures, box if "Box" in text + kept else "", kept, text, *show])
    return "\n".join([*(line for mark, line in IMPORTS.items() if mark in whole), whole])


def _needed(data: list[str], text: str) -> str:
    """The lines of data that the text names, and those that these name."""
    kept: list[str] = []
    for line in reversed(data):
        if re.search(rf"\b{re.split(r'[ .]', line)[0]}\b", "\n".join([text, *kept])):
            kept.insert(0, line)
    return "\n".join(kept)


def _data(chance: random.Random) -> tuple[list[str], dict[str, list[str]]]:
    """Global variables of every sort, some of which share their parts: (their lines, their names by sort)."""

    def ints(least: int = 5, most: int = 9) -> list[int]:
        return [
            chance.choice((chance.randint(0, 9), chance.randint(-20, 90), 2**40))
            for _ in range(chance.randint(least, most))
        ]

    words = chance.choices(_WORDS, k=chance.randint(5, 8))
    boxes = [
        f"Box({n % 50}{', ' + chance.choice(('xs', '[1, 2]', 'ys')) if chance.random() < 0.5 else ''})"
        for n in ints(4, 7)
    ]
    rows = [chance.choice((str(ints(1, 4)), "xs", "ys", str(ints(2, 2)))) for _ in range(chance.randint(4, 7))]
    lines = {
        "int": [f"size = {chance.randint(2, 9)}", "total = 0"],
        "float": ["rate = 0.1"],
        "text": ["title = 'log'"],
        "pair": ["top = (0, '')"],
        "ints": [
            f"xs = {ints()}",
            chance.choice((f"ys = {ints()}", "ys = xs", "ys = xs", "ys = xs[::-1]")),
            "out = []",
        ],
        "words": [f"words = {words}"],
        "floats": [chance.choice(("rates = [0.1 * q for q in range(6)]", "rates = [float('nan'), 1.5, -0.0]"))],
        "rows": [
            chance.choice(
                (f"rows = [{', '.join(rows)}]", "rows = [[0, 1]] * 5", "rows = [[q, q + 1] for q in range(6)]")
            )
        ],
        "table": [f"table = {{w: len(w) + q for q, w in enumerate({words})}}"],
        "groups": [
            chance.choice(("groups = {}", "groups = {0: xs, 1: [2], 2: xs}", "groups = {q: [q] for q in range(6)}"))
        ],
        "seen": [f"seen = {{{', '.join(str(8 * n) for n in ints(4, 7))}}}"],
        "boxes": [f"boxes = [{', '.join(boxes)}]", *(["boxes.append(boxes[0])"] if chance.random() < 0.2 else [])],
        "box": [chance.choice(("box = Box(3)", "box = boxes[0]", "box = boxes[-1]", "box = Box(5, xs)"))],
        "pairs": [f"pairs = [(q, w) for q, w in enumerate({words})]"],
        "maybe": ["last = None"],
        "mapping": ["mapping = {q: str(q) for q in range(5)}"],
        "queue": ["queue = deque([1, 2, 3], maxlen=5)"],
        "counts": ["counts = Counter()"],
        "lists": [chance.choice(("lists = [[], [], []]", "lists = [[]] * 3", "lists = [xs, [], out]"))],
    }
    names = {sort: [line.split(" = ")[0] for line in made if " = " in line] for sort, made in lines.items()}
    return [line for made in lines.values() for line in made], names


def _box(writer: _Writer, extras: Iterable[str], program: str) -> str:
    """The class of the program, with the methods that the program names."""
    chance = writer.chance
    methods = [method for mark, method in BOX_METHODS.items() if mark in program]
    text = "".join([chance.choice(BOX_HEADS), *methods, *(BOX_EXTRAS[e] for e in extras)])
    for hole, options in BOX_CHOICES.items():
        text = text.replace("{" + hole + "}", chance.choice(options if writer.traps else options[:2]))
    return text
