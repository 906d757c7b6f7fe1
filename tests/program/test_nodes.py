"""Own walks of a tree find what those of `ast` find, in the same order, but for `ctx`."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import marx.program
from marx.program.nodes import children, walk

SOURCES = {path.name: path.read_text(encoding="utf-8") for path in Path(marx.program.__path__[0]).glob("*.py")}
SOURCES["all kinds"] = """
global_ = [a, *b], (c, d), {e: f, **g}, {h}, i[1:j:2, ...], f"{k!r:>{l}}", m.n, -o, p or q, r < s <= t, u if v else w
async def f(a, /, b: int = 1, *c, d=2, **e) -> str:
    async with x as y, z: await g(h, *i, j=k, **l)
    async for m in n: yield
    else: return (yield from o)
@p
class C(B, metaclass=D):
    x: int = 1
    del x.y, z[0]
    lambda q, *r: [s async for s in t if u if v]
for i, (j, *k) in l: continue
while (m := n): break
try: raise A from B
except* C as d: assert e, f
else: global g
finally: nonlocal_ @= {h: i for h, i in j}
match k:
    case [1, *l] | {"m": n, **o} | P(q, r=s) | None as t if u: from v import (w as x, y)
    case z.a | -1: import b.c as d, e
"""


@pytest.mark.parametrize("name", SOURCES)
def test_as_ast_finds_them(name: str) -> None:
    tree = ast.parse(SOURCES[name])
    found = list(walk(tree))
    assert found == [n for n in ast.walk(tree) if not isinstance(n, ast.expr_context)]
    for node in found:
        assert children(node) == [n for n in ast.iter_child_nodes(node) if not isinstance(n, ast.expr_context)]


def test_a_node_without_its_fields_has_no_children() -> None:
    assert list(walk(ast.Call(ast.Name("f", ast.Load())))) and children(ast.Constant(1)) == []
