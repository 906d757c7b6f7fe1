"""What a piece of code may do: the values that the interpreter (interpret.py) computes with.

A *root* names an object by where it comes from, as seen from one frame; a value is the set of roots that an
expression may be. The empty set is an atom (a number, a text) or an object nobody else can see. `depth` 0 is the
object itself, 1 anything reachable inside it; with a `path` only what is reached by that attribute of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from marx.program.plan import FunctionKey, Guards, Name

Kind = Literal["param", "var", "global", "cell", "class", "default", "site", "func", "lib", "method", "unknown"]


@dataclass(frozen=True, slots=True)
class Root:
    """`key` depends on the kind: a parameter's position, a variable's name, (module, name), (scope, name), a node's
    id … Depth 0 with a path stands for the attribute's place in the object, as something that is written."""

    kind: Kind
    key: object = None
    depth: int = 0
    path: str = ""
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_hash", hash((self.kind, self.key, self.depth, self.path)))

    def __hash__(self) -> int:
        """Computed once: roots spend their lives in sets."""
        return self._hash

    @property
    def inside(self) -> Root:
        return self if self.depth or self.kind in ("func", "lib", "method", "unknown") else Root(self.kind, self.key, 1)

    def under(self, path: str, depth: int = 1) -> Root:
        """What an attribute of the object holds (`depth` 1), or its place in the object (0)."""
        if self.depth or self.kind not in ATTRIBUTED_KINDS:
            return self if depth == 0 else self.inside
        return Root(self.kind, self.key, depth, path)

    def meets(self, other: Root) -> bool:
        """Whether both may be, or hold, one object by the same way."""
        same = self.kind == other.kind and (self.key == other.key or self.kind == "unknown")
        return same and (not self.path or not other.path or self.path == other.path)

    @property
    def maker(self) -> object:
        """The id of the node that makes the object, if one of the frame does."""
        if self.kind != "site":
            return None
        return self.key[1] if isinstance(self.key, tuple) else self.key

    @property
    def is_item(self) -> bool:
        return self.kind == "var" and self.key == ".item"

    @property
    def is_element(self) -> bool:
        return self.kind == "var" and self.key == ".element"


ATTRIBUTED_KINDS = frozenset({"param", "var", "global", "cell", "default"})


Value = frozenset[Root]
NOTHING: Value = frozenset()
UNKNOWN = Root("unknown")
CALLED = Root("unknown", "called")
"""What a function returns that was handed to the one that calls it."""
SHARED_KINDS = frozenset({"param", "var", "global", "cell", "class", "default", "unknown"})
"""Roots of objects that outlive a call, as opposed to sites (made in the frame) and code."""
ITEM = Root("var", ".item")
"""The object that a loop hands to its body."""
ELEMENT = Root("var", ".element")
"""The place of a round's own number in a list (elements.py), and at depth 1 what stands there."""
LOGGABLE = frozenset({"out", "file-read"})
"""Effects that a map slice may have: its output is kept with the item, and files of the job are the same everywhere."""


@dataclass(frozen=True, slots=True)
class Cause:
    """Why an effect is there: the code of the catalogue, the place, the variable and a sentence. `module` is that of
    the line; "" where it is the module that is being looked at."""

    code: str
    line: int
    text: str
    variable: str = ""
    fix: str = ""
    module: str = ""

    def within(self, module: str) -> Cause:
        """The same, seen from outside of that module."""
        return self if self.module else replace(self, module=module)


@dataclass(slots=True)
class Effects:
    """What a function, a statement or an expression may do, in the terms of one frame.

    `soft` are writes by an in-place operator (`x += 1`), which are none if the object is a number or a text: the
    driver looks. `stores` are pairs (object, part): the object may come to hold the part; those of `fills` something
    new. `calls` are parameters that are called. `touched`, of a function: what it may look into and what others may
    see. `guesses` are libraries that were called without being known."""

    reads: set[Root] = field(default_factory=set)
    writes: dict[Root, Cause] = field(default_factory=dict)
    soft: dict[Root, Cause] = field(default_factory=dict)
    binds: dict[Root, Cause] = field(default_factory=dict)
    flags: dict[str, Cause] = field(default_factory=dict)
    stores: set[tuple[Root, Root]] = field(default_factory=set)
    fills: set[Root] = field(default_factory=set)
    calls: dict[Root, Cause] = field(default_factory=dict)
    touched: set[Root] = field(default_factory=set)
    unknown: Cause | None = None
    returns: set[Root] = field(default_factory=set)
    returns_inside: set[Root] = field(default_factory=set)
    functions: set[tuple[Name, FunctionKey]] = field(default_factory=set)
    classes: set[Name] = field(default_factory=set)
    libraries: set[tuple[Name, str]] = field(default_factory=set)
    builtins: set[str] = field(default_factory=set)
    instances: set[tuple[Name, str]] = field(default_factory=set)
    callees: set[FunctionKey] = field(default_factory=set)
    guesses: set[str] = field(default_factory=set)
    heavy: bool = False
    memo: bool = False
    recursive: bool = False

    def size(self) -> tuple[int, ...]:
        """Grows with every fact added, so that equal sizes mean a fixpoint."""
        return (
            len(self.reads),
            len(self.writes),
            len(self.soft),
            len(self.binds),
            len(self.flags),
            len(self.stores),
            len(self.fills),
            len(self.calls),
            len(self.touched),
            self.unknown is not None,
            len(self.returns),
            len(self.returns_inside),
            len(self.functions),
            len(self.classes),
            len(self.libraries),
            len(self.builtins),
            len(self.instances),
            len(self.callees),
            len(self.guesses),
            self.heavy,
            self.memo,
            self.recursive,
        )

    def place(self, module: str) -> None:
        """Tells of all causes which module their lines are of."""
        for held in (self.writes, self.soft, self.binds, self.calls):
            held.update({root: cause.within(module) for root, cause in held.items()})
        self.flags.update({flag: cause.within(module) for flag, cause in self.flags.items()})
        self.unknown = self.unknown.within(module) if self.unknown is not None else None

    def take_names(self, other: Effects) -> None:
        """Adds what does not depend on the frame: assumptions about names, callees, and what is not known."""
        self.functions |= other.functions
        self.classes |= other.classes
        self.libraries |= other.libraries
        self.builtins |= other.builtins
        self.instances |= other.instances
        self.callees |= other.callees
        self.guesses |= other.guesses
        self.unknown = self.unknown or other.unknown
        self.heavy |= other.heavy
        self.memo |= other.memo
        self.recursive |= other.recursive

    def take_flags(self, flags: Mapping[str, Cause]) -> None:
        """Adds flags; of two with one name the cause that was there first stays."""
        for flag, cause in flags.items():
            self.flags.setdefault(flag, cause)


def unbound(value: Iterable[Root]) -> set[Root]:
    """Roots that mean the same in another frame: of a bound method the object, and something unknown."""
    found: set[Root] = set()
    for root in value:
        found |= unbound(root.key[1]) | {UNKNOWN} if root.kind == "method" else {root}  # type: ignore[index]
    return found


def in_order(value: Iterable[Root]) -> list[Root]:
    """Roots in an order that does not depend on how a set holds them: what is followed first is spent first, and one
    program always gets the same plan."""
    roots = list(value)
    return sorted(roots, key=_place) if len(roots) > 1 else roots


def _place(root: Root) -> tuple[str, str, int, str]:
    """What a root is sorted by: an object made here by its kind alone (its key is an address), a method by its name."""
    key = "" if root.kind == "site" else root.key[0] if root.kind == "method" else repr(root.key)  # type: ignore[index]
    return root.kind, str(key), root.depth, root.path


def is_memo(root: Root) -> bool:
    return root.kind == "global" and isinstance(root.key, tuple) and root.key[0] == "memo"


def guards_of(effects: Effects) -> Guards:
    """What must hold on the concrete objects for the effects to be what they were taken for."""
    return Guards(
        frozenset(effects.functions),
        frozenset(effects.classes),
        frozenset(effects.libraries),
        frozenset(effects.builtins),
        frozenset(effects.instances),
    )


def names_of(roots: Iterable[Root]) -> frozenset[Name]:
    """The variables behind roots; roots without a variable (sites, code) are left out."""
    found: set[Name] = set()
    for root in roots:
        if root.kind == "var" and not root.is_item and not root.is_element:
            found.add(Name("", str(root.key)))
        elif (
            root.kind == "global"
            and isinstance(root.key, tuple)
            and isinstance(root.key[0], str)
            and root.key[0] != "memo"
        ):
            found.add(Name(root.key[0], str(root.key[1])))
        elif root.kind == "cell" and isinstance(root.key, tuple):
            found.add(Name("", str(root.key[1])))
        elif root.kind == "class" and isinstance(root.key, tuple) and root.key[0] != "function":
            found.add(Name(*root.key))
    return frozenset(found)
