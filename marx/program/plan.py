"""The values that analysis makes: findings, regions and the plan. Syntax trees inside them are never changed after."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import Literal

Severity = Literal["parallel", "guarded", "sequential", "note"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One reason why a region is or is not split: a code of the catalogue, a place and a sentence.

    `line` is where the region starts and `at` where the reason stands (often inside a called function); `variable`
    names what it is about. `related` are other lines that had a say: what else is kept in order, and what a check at
    run time is about. Lines count from 1, columns from 0, in the text of `module`; `at` in that of `at_module` where
    that is another one. `elsewhere` are related lines of other modules."""

    code: str
    severity: Severity
    line: int
    column: int
    message: str
    shape: str = ""
    at: int = 0
    variable: str = ""
    fix: str = ""
    related: tuple[int, ...] = ()
    module: str = "__main__"
    at_module: str = ""
    elsewhere: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Name:
    """A variable seen from a region: `module` is "" for a local of the region's frame, else the module whose global
    it is."""

    module: str
    name: str


@dataclass(frozen=True, slots=True)
class FunctionKey:
    """A function of the program: where its code comes from. Equal for all code objects compiled from the same text."""

    module: str
    qualname: str
    line: int


@dataclass(frozen=True, slots=True)
class Guards:
    """What the plan took for granted about names, to be checked on the concrete objects when a region is entered.

    `instances` are variables whose method of that name is one of the program's."""

    functions: frozenset[tuple[Name, FunctionKey]] = frozenset()
    classes: frozenset[Name] = frozenset()
    libraries: frozenset[tuple[Name, str]] = frozenset()
    builtins: frozenset[str] = frozenset()
    instances: frozenset[tuple[Name, str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Slot:
    """One look-up: a group of statements (with the names it binds) or an expression of the region's body.

    `names` are bound on every path, `maybe` only on some. `loops` are the loops of the body around it. `generators`
    are modules whose shared random generators it seeds: their states come with its value."""

    number: int
    nodes: tuple[ast.stmt, ...] | tuple[ast.expr]
    names: tuple[str, ...] = ()
    maybe: tuple[str, ...] = ()
    loops: tuple[int, ...] = ()
    text: str = ""
    generators: tuple[str, ...] = ()

    @property
    def is_expression(self) -> bool:
        return isinstance(self.nodes[0], ast.expr)


@dataclass(frozen=True, slots=True)
class Control:
    """What foretells the rounds of a `while` loop: variables, and the test and steps that lead from their values in one
    round to those in the next."""

    names: tuple[str, ...]
    test: ast.expr
    steps: tuple[ast.stmt, ...]


Shape = Literal["for-loop", "while-loop", "list", "set", "dict", "generator", "map", "filter", "starmap", "key", "pool"]


@dataclass(frozen=True, slots=True)
class Region:
    """A place whose map slice can run in chunks. `body` is the map slice as statements that fill `.s[slot number]`.

    `reads` are the frame's locals and the globals that the map slice needs, `writes` those whose objects the fold may
    change, `soft` those that must be (depth 0) or hold (depth 1) numbers and texts only, since an in-place operator
    meets them; `items_plain`: so must the items. `fold_unknown`: the fold may change anything it can reach, so the
    map slice may read only what nobody can change. Of the objects of `own_writes` the fold changes nothing inside, of
    `parts` only an attribute: its place (depth 0) or what it holds (1). `item_writes`: the same of the item ("": any).
    `called` are variables that hold functions, or functions inside of them, which the map slice calls; `fold_called`
    those that the fold calls: what they may change is unknown unless they are seen to be pure; `calls_items`: the item
    is such a function, or holds them. `loops` numbers the body's inner loops by the id of their iterable's node.
    `bases` are the ids of the nodes in the iterable whose objects the driver must look at; `fresh_iterator`: what
    wraps them is an iterator nobody else has. `shares`: a cache may give several items one object, so only values that
    nobody can change may come back. `reads_on`: the loop goes over a file that nobody looks at afterwards; `readers`
    are the variables that hold it. `guesses` are libraries that the map slice calls and that no table knows. `control`
    is that of a `while` loop, whose items are its variables' values. Of the lists in `elements` each round reads and
    writes its own element only (elements.py), which holds numbers and texts where `elements_plain`; `in_step`: the loop
    may go over such a list itself."""

    site: int
    module: str
    scope: str
    shape: Shape
    line: int
    column: int
    source: str
    node: ast.AST
    target: ast.expr | None
    body: tuple[ast.stmt, ...]
    slots: tuple[Slot, ...]
    reads: frozenset[Name]
    writes: frozenset[Name]
    soft: frozenset[tuple[Name, int]]
    guards: Guards
    own_writes: frozenset[Name] = frozenset()
    called: frozenset[Name] = frozenset()
    fold_called: frozenset[Name] = frozenset()
    fold_reads: frozenset[Name] = frozenset()
    """The variables that the fold reads, itself or through what it calls."""
    calls_items: bool = False
    binds: frozenset[Name] = frozenset()
    callees: frozenset[FunctionKey] = frozenset()
    loops: dict[int, int] = field(default_factory=dict)
    bases: frozenset[int] = frozenset()
    fresh_iterator: bool = False
    fold_unknown: bool = False
    items_plain: bool = False
    parts: frozenset[tuple[Name, int, str]] = frozenset()
    item_writes: frozenset[tuple[int, str]] = frozenset()
    prints: bool = False
    reads_files: bool = False
    shares: bool = False
    may_stop: bool = False
    reads_on: bool = False
    readers: frozenset[Name] = frozenset()
    guesses: frozenset[str] = frozenset()
    control: Control | None = None
    elements: frozenset[Name] = frozenset()
    elements_plain: bool = False
    in_step: bool = False


@dataclass(frozen=True, slots=True)
class Summary:
    """What a driver must know of a function (or class) that it meets as a value: the globals that it reads, whether it
    may run apart, and whether what it returns is new or of its arguments (`fresh`), of its first (`returns_first`).

    That holds if what the variables in `returned` hold (or, depth 1, what is inside) cannot be changed, and if the
    functions in `called`, variables of its own or of its module, are so too, and those that it is given where
    `calls_arguments`. `flags` are what else it may do or look at (tables.py); `knows_calls`: everything that it calls
    is known."""

    reads: frozenset[Name]
    guards: Guards
    pure: bool
    fresh: bool
    reason: str = ""
    flags: frozenset[str] = frozenset()
    knows_calls: bool = False
    called: frozenset[Name] = frozenset()
    calls_arguments: bool = False
    returns_first: bool = False
    returned: frozenset[tuple[Name, int]] = frozenset()


@dataclass(frozen=True, slots=True)
class PoolCall:
    """A call on a process pool or executor; numbered like a region, since its calls run in chunks. `function` is what
    it is given first, if that is a name; `threads`: by the text it is no process pool's."""

    site: int
    line: int
    last_line: int
    column: int
    source: str
    module: str = "__main__"
    function: str = ""
    threads: bool = False


@dataclass(frozen=True, slots=True)
class Touched:
    """Libraries whose settings the program may change: by setting something of theirs, and by calling them."""

    patched: frozenset[str] = frozenset()
    called: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Plan:
    """What analysis made of a program. `identity_visible`: some code could tell a copy of a number or text from its
    original. `rebound` are the globals that may hold different objects at different times."""

    filename: str
    regions: tuple[Region, ...]
    findings: tuple[Finding, ...]
    functions: dict[FunctionKey, Summary] = field(default_factory=dict)
    classes: dict[Name, Summary] = field(default_factory=dict)
    pools: tuple[PoolCall, ...] = ()
    identity_visible: bool = False
    introspects: bool = False
    imports: frozenset[str] = frozenset()
    rebound: frozenset[Name] = frozenset()
    touched: Touched = Touched()
