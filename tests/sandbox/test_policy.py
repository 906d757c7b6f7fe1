"""The static policy: ordinary programs pass, what reaches behind the language does not, and no source breaks the
check."""

from __future__ import annotations

import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.policy import DEPTH_MAX, SOURCE_BYTES_MAX, Refusal, check

ORDINARY = [
    "d = {}\nd['k'] = 1\nd['k'] += 1\nfor k, (v, *w) in {}.items(): print(k, v, w)",
    "class A:\n    __slots__ = ('_x',)\n    def __init__(self): self._x = 0\n"
    "    def __repr__(self): return f'{self._x!r}'\n"
    "    def __add__(self, o): self._x += o; return self\n    def __enter__(self): return self\n"
    "    def __exit__(self, *a): pass",
    "from dataclasses import dataclass\n@dataclass(frozen=True)\nclass P:\n    x: int = 0\n    y: 'int | None' = None",
    "def f():\n    n = 0\n    def g():\n        nonlocal n\n        n += 1\n        return n\n    return g",
    "match x:\n    case [a, *_]: pass\n    case {'k': b, **rest}: pass\n    case P(x=0) | None: pass\n"
    "    case 'a' | True: pass\n"
    "    case (1 | 2) as c if c: pass",
    "import numpy as np\na = np.zeros((3, 3))\na[0, :] = 1\na.T[1] @= a",
    "print('{} {name}'.format(1, name=2), '%s' % 3, sum(i * i for i in range(3)))",
    "if __name__ == '__main__':\n    _private = (lambda *a, **k: (a, k))(*[1], **{})\n    del _private",
    "with open('x') as file, open('y', 'w') as (other): other.write(file.read())",
    "try:\n    raise ValueError from None\nexcept (ValueError, OSError) as e:\n    assert e\nfinally:\n    pass",
    "while (n := 3) > 2:\n    break\nelse:\n    x = 1 if n else [*range(3), *'ab']",
]

REACHING = {
    "().__class__": (0, "__class__"),
    "f.__globals__['x'] = 1": (0, "__globals__"),
    "x = (1).__reduce_ex__(2)": (4, "__reduce_ex__"),
    "g.gi_frame.f_back": (0, "f_back"),
    "e.__traceback__.tb_frame": (0, "tb_frame"),
    "exec('1')": (0, "exec"),
    "run = eval": (6, "eval"),
    "breakpoint()": (0, "breakpoint"),
    "__builtins__": (0, "__builtins__"),
    "__import__('os')": (0, "__import__"),
    "from os import *": (0, "*"),
    "class A(metaclass=M): pass": (0, "metaclass"),
    "class A:\n    def __getattribute__(self, n): pass": (4, "__getattribute__"),
    "class A:\n    __match_args__ = ('x',)": (4, "__match_args__"),
    "async def f(): pass": (0, "Async"),
    "try: pass\nexcept* ValueError: pass": (0, "TryStar"),
    "def f(_getattr_, /): pass": (0, "_getattr_"),
    "import os as _write_": (0, "_write_"),
    "match x:\n    case A(__dict__=d): pass": (9, "__dict__"),
    "match x:\n    case {**_apply_}: pass": (9, "_apply_"),
    "def f():\n    global __builtins__": (4, "__builtins__"),
    "type.mro(A)": (0, "mro"),
}


@pytest.mark.parametrize("source", ORDINARY)
def test_ordinary_programs_pass(source: str) -> None:
    assert check(source, "prog.py") == []


@pytest.mark.parametrize("source", REACHING)
def test_what_reaches_behind_the_language_is_refused_at_its_place(source: str) -> None:
    column, word = REACHING[source]
    refusals = check(source, "prog.py")
    assert any(word in refusal.message and refusal.column == column for refusal in refusals), refusals
    assert {refusal.line for refusal in refusals} <= {1, 2}


def test_refusals_come_in_source_order_and_once() -> None:
    source = textwrap.dedent("""
        eval("1")
        x = 1
        y.__dict__ = z.__dict__
    """)
    refusals = check(source, "prog.py")
    assert [refusal.line for refusal in refusals] == [2, 4, 4]
    assert len(set(refusals)) == len(refusals)


@pytest.mark.parametrize(
    "source",
    ["a = (", "a\0b", "print 'x'", "-" * 100_000 + "1", "x" + ".a" * 100_000, "(" * 100_000, "\ud800", "é" * 10],
)
def test_no_source_breaks_the_check(source: str) -> None:
    assert all(isinstance(refusal, Refusal) and refusal.message for refusal in check(source, "prog.py"))


def test_limits_are_said() -> None:
    assert "longer than" in check(" " * (SOURCE_BYTES_MAX + 1), "prog.py")[0].message
    assert "nested deeper" in check("-" * (DEPTH_MAX + 10) + "1", "prog.py")[0].message


@given(st.text(max_size=100))
def test_the_check_is_total(source: str) -> None:
    check(source, "prog.py")
