"""`--where`: a condition on workers, as people write it. Read once, then asked of each worker. Pure.

    cores >= 8 and memory >= 16G and name != "old-*"
    lent >= 8G and (python == "3.11.*" or sandbox == isolated) and not load > 2

Facts are compared with numbers (a trailing K, M, G or T multiplies by powers of 1024) or with texts, in which `*` and
`?` stand for anything, as in file names. The text comes from strangers: it is short, split into words and understood
here; nothing of it is ever evaluated as Python.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

FACTS = ("name", "cores", "slots", "memory", "lent", "load", "python", "sandbox")
"""What a condition may speak of."""
LENGTH_MAX = 500
DEPTH_MAX = 20

Fact = str | float
Condition = Callable[[Mapping[str, Fact]], bool]

_WORD = re.compile(
    r"""\s*(?:(?P<text>"[^"]*"|'[^']*')|(?P<number>\d+(?:\.\d+)?[KMGT]?(?![\w.*?-]))|"""
    r"""(?P<name>[\w*?][\w.*?-]*)|(?P<sign><=|>=|==|!=|<|>|=|\(|\)))"""
)
_MULTIPLIER = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}
Compare = Callable[[tuple[float, ...], tuple[float, ...]], bool]
_COMPARE: Mapping[str, Compare] = {
    "<": lambda fact, value: fact < value,
    ">": lambda fact, value: fact > value,
    "<=": lambda fact, value: fact <= value,
    ">=": lambda fact, value: fact >= value,
}


class BadCondition(ValueError):
    """A text that is no condition. Says what was expected and where."""


@dataclass(frozen=True, slots=True)
class _Word:
    kind: str
    text: str


def condition(text: str) -> Condition:
    """The condition that a text describes. Raises `BadCondition`."""
    reader = _Reader(_words(text))
    found = reader.either(0)
    if reader.rest:
        raise BadCondition(f"{reader.rest[0].text!r} is one word too many; join conditions with and, or")
    return found


def _words(text: str) -> list[_Word]:
    if len(text) > LENGTH_MAX:
        raise BadCondition(f"a condition of {len(text)} characters; the limit is {LENGTH_MAX}")
    words: list[_Word] = []
    place = 0
    while text[place:].strip():
        match = _WORD.match(text, place)
        if match is None:
            raise BadCondition(f"{text[place:].strip()[:20]!r} is not understood")
        words.append(_Word(match.lastgroup or "", match[match.lastgroup or 0]))
        place = match.end()
    return words


class _Reader:
    """Recursive descent over the words: either > both > one."""

    def __init__(self, words: list[_Word]) -> None:
        self.rest = words

    def either(self, depth: int) -> Condition:
        if depth > DEPTH_MAX:
            raise BadCondition("too many parentheses")
        found = self._both(depth)
        while self._took("or"):
            found = _any_of(found, self._both(depth))
        return found

    def _both(self, depth: int) -> Condition:
        found = self._one(depth)
        while self._took("and"):
            found = _all_of(found, self._one(depth))
        return found

    def _one(self, depth: int) -> Condition:
        if depth > DEPTH_MAX:
            raise BadCondition("too many times not")
        if self._took("not"):
            return _not(self._one(depth + 1))
        if self._took("("):
            found = self.either(depth + 1)
            if not self._took(")"):
                raise BadCondition("a parenthesis is not closed")
            return found
        return self._comparison()

    def _comparison(self) -> Condition:
        fact = self._next("a fact: " + ", ".join(FACTS)).text
        if fact not in FACTS:
            raise BadCondition(f"{fact!r} is nothing that is known of a worker; there are {', '.join(FACTS)}")
        sign = self._next("==, !=, <, >, <= or >=").text
        value = self._next("a number or a text")
        if value.kind not in ("text", "number", "name"):
            raise BadCondition(f"{value.text!r} cannot be compared with")
        if sign in ("==", "=", "!="):
            same = _same(fact, value)
            return _not(same) if sign == "!=" else same
        if sign not in _COMPARE or value.kind != "number":
            raise BadCondition(f"{fact} {sign} {value.text}: <, >, <= and >= need a number")
        return _ordered(fact, _COMPARE[sign], value.text)

    def _next(self, expected: str) -> _Word:
        if not self.rest:
            raise BadCondition(f"something is missing at the end: {expected}")
        return self.rest.pop(0)

    def _took(self, text: str) -> bool:
        if self.rest and self.rest[0].text == text and self.rest[0].kind != "text":
            self.rest.pop(0)
            return True
        return False


def _number(text: str) -> float:
    return float(text.rstrip("KMGT")) * _MULTIPLIER.get(text[-1], 1)


def _same(fact: str, value: _Word) -> Condition:
    """Numbers as numbers, anything else as a pattern."""
    if value.kind == "number":
        number = _number(value.text)
        return lambda facts: facts[fact] == number or facts[fact] == value.text
    pattern = value.text.strip("\"'")
    return lambda facts: fnmatchcase(str(facts[fact]), pattern)


def _ordered(fact: str, compare: Compare, text: str) -> Condition:
    """Numbers by size; versions part by part (3.9 comes before 3.11), as many parts as the condition has."""

    def holds(facts: Mapping[str, Fact]) -> bool:
        value = facts[fact]
        if not isinstance(value, str):
            return compare((value,), (_number(text),))
        named = _parts(text)
        return bool(_parts(value)) and compare(_parts(value)[: len(named)], named)

    return holds


def _parts(version: str) -> tuple[float, ...]:
    head = re.match(r"\d+(\.\d+)*", version)
    return tuple(float(part) for part in head[0].split(".")) if head else ()


def _any_of(one: Condition, other: Condition) -> Condition:
    return lambda facts: one(facts) or other(facts)


def _all_of(one: Condition, other: Condition) -> Condition:
    return lambda facts: one(facts) and other(facts)


def _not(one: Condition) -> Condition:
    return lambda facts: not one(facts)
