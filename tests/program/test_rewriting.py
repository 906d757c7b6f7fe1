"""The rewritten program in one process, where no value ever comes from a chunk: it gives what the original gives."""

from __future__ import annotations

import ast
import contextlib
import io
import traceback
from pathlib import Path
from types import CodeType

import pytest

from marx.inside import decide
from marx.inside.codebook import CodeBook
from marx.inside.link import Link
from marx.inside.region import Site
from marx.inside.state import ProgramState
from marx.program.analysis import plan_trees
from marx.program.assemble import assemble, entry_name
from marx.program.collect import build
from marx.program.limits import check_source
from marx.program.plan import Plan
from marx.program.rewrite import rewrite

TRAPS = Path(__file__).resolve().parents[1] / "programs" / "traps"
ALONE = ["foldmut", "itemmut", "loops", "stored_alias", "setcomp_local", "gen_stay", "unknown_fold_closure"]
"""Programs that need no process of their own."""


class Nobody:
    """A channel to nobody: a region that is opened would be a mistake here."""

    def send(self, body: bytes) -> None:
        raise AssertionError("a region was opened")

    def receive(self) -> bytes | None:
        raise AssertionError("a region was opened")


def _plan(source: str) -> tuple[ast.Module, Plan]:
    tree = check_source(source, "program.py")
    return tree, plan_trees({"__main__": tree}, "program.py")


def _rewritten(source: str, link: Link, space: dict[str, object]) -> CodeType:
    tree, plan = _plan(source)
    assert plan.regions
    book = CodeBook(tree, "program.py", space)
    link.program = ProgramState(plan, book, space, tuple(build({"__main__": tree}).main.classes.values()))
    link.sites = [Site(region, link) for region in plan.regions]
    entries = {
        entry_name(point, site.region.site): function
        for site in link.sites
        for point, function in site.entry_points().items()
    }
    return assemble(rewrite(tree, plan), "program.py", entries)


def _printed(code: CodeType, space: dict[str, object]) -> str:
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        try:
            exec(code, space)
        except Exception as fault:
            traceback.print_exception(type(fault), fault, fault.__traceback__ and fault.__traceback__.tb_next)
    return out.getvalue()


@pytest.mark.parametrize("pilot", ["none", "one item", "every item"])
@pytest.mark.parametrize("name", ALONE)
def test_in_place_and_as_written_are_the_same(name: str, pilot: str, monkeypatch: pytest.MonkeyPatch) -> None:
    source = (TRAPS / f"{name}.py").read_text(encoding="utf-8")
    if pilot == "every item":
        monkeypatch.setattr(decide, "LOOK_NS", 10**18)
        monkeypatch.setattr(decide, "START_NS", 10**18)
    link = Link(Nobody(), 4 if pilot == "every item" else 1, pilot != "none")
    space: dict[str, object] = {"__name__": "__main__"}
    seen = _printed(_rewritten(source, link, space), space)

    assert seen == _printed(compile(source, "program.py", "exec"), {"__name__": "__main__"})


def test_no_name_is_added() -> None:
    source = "def f(x):\n    return sum(range(x))\nfor i in range(3):\n    r = f(i)\n"
    space: dict[str, object] = {}
    exec(_rewritten(source, Link(Nobody(), 1, True), space), space)
    assert set(space) == {"__builtins__", "f", "i", "r"}


def test_the_original_tree_is_left_alone() -> None:
    tree, plan = _plan("def f(x):\n    return sum(range(x))\nprint([f(i) for i in range(3)])\n")
    before = ast.dump(tree, include_attributes=True)
    rewrite(tree, plan)
    assert ast.dump(tree, include_attributes=True) == before
