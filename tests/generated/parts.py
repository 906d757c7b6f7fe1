"""Writes the parts of a program: functions, and regions at the top, in functions and in methods."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

from tests.generated.filling import Filler, Function, Scope, Skip
from tests.generated.grammar import EXPRESSIONS, SORTS
from tests.generated.iterations import HEADERS, WHOLE
from tests.generated.statements import CALLS, FOLD, WORK
from tests.generated.traps import SHARED_READS, TRAPS

_HANDLERS = (
    ["except (ArithmeticError, LookupError) as fault:", "    print(type(fault).__name__, fault)"],
    ["except Exception as fault:", "    print('failed', fault, fault.__traceback__.tb_lineno)"],
    ["except ValueError as fault:", "    print(fault.args)", "finally:", "    print('over')"],
)
_COUNTED = re.compile(r"for (\w+) in range\((\w+)\):")
_LIBRARY_NAMES = ("key", "data", "iterable", "it", "result", "elem", "order")
"""Names that library functions have for variables of their own."""


@dataclass(slots=True)
class Parts(Filler):
    """A writer of parts. `functions` grows with each function that it writes."""

    def function(self, scope: Scope) -> list[str]:
        """A function of one to three parameters. Some change what outlives the call."""
        first = len(self.functions) < 2
        count = 1 if first else self.chance.choice((1, 1, 2, 2, 3))
        sorts = (
            ["int"] if first else self.chance.choices((*SORTS[:15], "int", "int", "int", "int", "ints", "box"), k=count)
        )
        results = ("int", "int", "float", "text", "bool", "pair", "ints", "ints", "box", "table", "words")
        result = "int" if first else self.chance.choice(results)
        name = f"{self.chance.choice(('weigh', 'shape', 'score', 'blend', 'fold', 'tune'))}{len(self.functions)}"
        inner = Scope({s: list(n[:2]) for s, n in scope.names.items() if self.chance.random() < 0.5}, scope.lasting)
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
        self.functions.append(Function(name, tuple(sorts), result, is_pure))
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
            *indented(_with_globals(body, scope.lasting)),
        ]

    def _returned(self, result: str, parameters: list[str], sorts: list[str], scope: Scope) -> str:
        """An expression that depends on what the function computed and on what it was given."""
        recent = Scope({sort: held[-2:] for sort, held in scope.names.items()}, {})
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
                except Skip:
                    continue
        return self.expression(result, scope, 2)

    def _recursion(self, name: str, given: list[str], sorts: list[str], result: str, scope: Scope) -> list[str]:
        if sorts != ["int"] or result != "int" or self.chance.random() > 0.15:
            return []
        less = self.name("int")
        scope.add("int", less)
        end = f"if -2 < {given[0]} < 2:"
        return [end, f"    return {self.chance.randint(1, 9)}", f"{less} = {name}(abs({given[0]}) % 64 // 2)"]

    # --- regions ----------------------------------------------------------------------------------------------------

    def region(self, scope: Scope) -> list[str]:
        """One region with what it needs before it. Its variables, also those of the loop, stay known."""
        inner = self._divided(scope)
        inner.prelude = []
        before = {sort: len(held) for sort, held in inner.names.items()}
        body = self.statement(WHOLE, inner, 2) if self.chance.random() < 0.4 else self._loop(inner)
        if self.chance.random() < 0.12:
            body = ["try:", *indented(body), *self.chance.choice(_HANDLERS)]
        for sort, held in inner.names.items():
            scope.names.setdefault(sort, []).extend(held[before.get(sort, 0) :])
        made = [line.split(" = ")[0] for line in inner.prelude]
        for sort, held in inner.lasting.items():
            scope.names.setdefault(sort, []).extend(n for n in held if n in made)
            scope.lasting.setdefault(sort, []).extend(n for n in held if n in made)
        return [*inner.prelude, *body]

    def _divided(self, scope: Scope) -> Scope:
        """Some variables are read in a region, others changed, and where there are traps, a few both."""
        names: dict[str, list[str]] = {}
        lasting: dict[str, list[str]] = {}
        for sort in {**scope.names, **scope.lasting}:
            for name in dict.fromkeys(scope.names.get(sort, []) + scope.lasting.get(sort, [])):
                may_change = name in scope.lasting.get(sort, []) and self.chance.random() < 0.3
                may_read = name in scope.names.get(sort, []) and (
                    not may_change or self.chance.random() < self.carried()
                )
                if may_read:
                    names.setdefault(sort, []).append(name)
                if may_change:
                    lasting.setdefault(sort, []).append(name)
        return Scope(names, lasting)

    def _loop(self, scope: Scope) -> list[str]:
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
        made = self._as_while(header, body) or [*header, *indented(body)]
        if self.chance.random() < 0.08:
            made += ["else:", *indented(self.statement(FOLD, scope.inner(), 1))]
        return made

    def _as_while(self, header: list[str], body: list[str]) -> list[str]:
        """Sometimes a loop over a range with a counter of its own."""
        found = _COUNTED.fullmatch(header[-1])
        if found is None or self.chance.random() > 0.15 or any("continue" in line for line in body):
            return []
        name, end = found.groups()
        step = f"{name} += {self.chance.choice((1, 1, 2))}"
        return [f"{name} = 0", f"while {name} < {end}:", *indented([*body, step])]

    def stage(self, scope: Scope, number: int) -> list[str]:
        """A function with regions of its own, that returns all its variables, and one or two calls of it."""
        sorts = self.chance.sample(
            [s for s in ("int", "ints", "rows", "boxes", "table", "words") if scope.names.get(s)], 2
        )
        parameters = [self.name(sort) for sort in sorts]
        if self.chance.random() < 0.3:
            parameters = self.chance.sample(_LIBRARY_NAMES, 2)
        own = Scope({s: list(n) for s, n in scope.names.items() if self.chance.random() < 0.5}, {})
        for sort, parameter in zip(sorts, parameters, strict=True):
            own.add(sort, parameter)
            own.lasting.setdefault(sort, []).append(parameter)
        body = self._near(own)
        for _ in range(self.chance.randint(1, 2)):
            body += self.region(own)
        self.functions = [f for f in self.functions if f.name not in ("near", "nudge")]
        held = sorted({n for names in (*own.lasting.values(),) for n in names})
        body.append(f"return {', '.join(held)},")
        made = [f"def stage{number}({', '.join(parameters)}):", *indented(_with_globals(body, scope.lasting))]
        for call in range(self.chance.choice((1, 1, 2))):
            given = ", ".join(self.chance.choice(scope.names[sort]) for sort in sorts)
            made += [f"result{number}{call} = stage{number}({given})", f"print(result{number}{call})"]
        return made

    def _near(self, own: Scope) -> list[str]:
        """Sometimes a function inside of the stage, that reads or changes the stage's variables."""
        draw = self.chance.random()
        options = [(s, n) for s, held in own.names.items() if s in SHARED_READS for n in held]
        if draw < 0.6 or not options:
            return []
        sort, name = self.chance.choice(options)
        read = self.line(self.chance.choice(SHARED_READS[sort]).replace("<held>", name), own, {}, 1)
        if draw < 0.85:
            self.functions.append(Function("near", ("int",), "int", True))
            return ["def near(v):", f"    return (v * 3 + {read}) % 1009"]
        self.functions.append(Function("nudge", ("int",), "int", False))
        count = self.name("acc")
        own.lasting.setdefault("int", []).append(count)
        return [
            f"{count} = 0",
            "def nudge(v):",
            f"    nonlocal {count}",
            f"    {count} += v % 7",
            f"    return {count} + {read}",
        ]

    def method(self, scope: Scope, number: int) -> list[str]:
        """A class with a method that has a region and keeps its results in the object."""
        lines = {
            "int": ["self.total = 0", "self.size = 3"],
            "ints": ["self.out = []", f"self.held = {self.chance.choice(scope.names['ints'])}"],
            "table": ["self.table = {}"],
            "rows": [f"self.rows = {self.chance.choice(scope.names['rows'])}"],
            "box": ["self.box = Box(4)"],
        }
        held = {sort: [line.split(" = ")[0] for line in made] for sort, made in lines.items()}
        own = Scope({**{s: list(n) for s, n in scope.names.items() if self.chance.random() < 0.4}}, held)
        for sort, names in held.items():
            own.names.setdefault(sort, []).extend(names)
        own.add("int", "k")
        body = self.region(own)
        shown = ", ".join(name.replace("self.", f"plant{number}.") for names in held.values() for name in names)
        return [
            f"class Plant{number}:",
            "    def __init__(self):",
            *indented(indented([line for made in lines.values() for line in made])),
            "    def run(self, k):",
            *indented(indented([*_with_globals(body, scope.lasting), "return self.total"])),
            f"plant{number} = Plant{number}()",
            *[f"print(plant{number}.run({k}))" for k in range(2, 2 + self.chance.choice((1, 1, 2)))],
            f"print({shown})",
        ]


def indented(lines: list[str]) -> list[str]:
    return ["    " + line for line in lines]


def _with_globals(body: list[str], outer: dict[str, list[str]]) -> list[str]:
    """Adds the `global` statement that a function's assignments need."""
    known = {name for names in outer.values() for name in names} | {"LIMIT", "scale", "pick", "bound", "seen_now"}
    tree = ast.parse("def f():\n" + "\n".join(indented(body)))
    stored = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Load)}
    wanted = sorted(stored & known)
    return [f"global {', '.join(wanted)}", *body] if wanted else body
