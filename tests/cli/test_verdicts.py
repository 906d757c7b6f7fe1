"""A plan's findings as lines.

The findings are written by hand: which ones a program gets is another test's business.
"""

from __future__ import annotations

from marx.cli.verdicts import explain_json, explain_lines, verdict
from marx.program import analyse
from marx.program.plan import Finding, Plan, Severity
from sandbox.policy import Refusal

SOURCE = """\
total = 0
for n in numbers:
    total += slow(n)

for n in numbers:
    last = step(last, n)
print(total)
"""


def finding(code: str, severity: Severity, line: int, message: str, *, at: int = 0, fix: str = "") -> Finding:
    return Finding(code, severity, line, 0, message, "for-loop", at, "", fix)


def plan(*findings: Finding) -> Plan:
    return Plan("prog.py", (), findings)


PARALLEL = finding("MX000", "parallel", 2, "`slow(n)` runs in chunks; total folded in item order")
CARRIED = finding("MX101", "sequential", 5, "loop carries `last`", at=6, fix="compute it from the loop index")
SMALL = finding("MX605", "note", 5, "only 3 items")
UNKNOWN = finding("MX505", "sequential", 5, "unknown function `step`", at=6)


def text(*findings: Finding, verbose: bool = False) -> list[str]:
    return list(explain_lines("prog.py", SOURCE, plan(*findings), verbose=verbose))


def test_each_region_has_a_line_and_the_source_a_margin() -> None:
    assert text(PARALLEL, CARRIED) == [
        "prog.py:2:1: MX000 [parallel] for-loop at line 2: `slow(n)` runs in chunks; total folded in item order",
        "prog.py:5:1: MX101 [sequential] for-loop at line 5: loop carries `last`",
        "  note: the reason stands at line 6",
        "  fix: compute it from the loop index",
        "",
        "1   total = 0",
        "2 ║ for n in numbers:",
        "3 ║     total += slow(n)",
        "4",
        "5 │ for n in numbers:",
        "6 │     last = step(last, n)",
        "7   print(total)",
        "",
        "║ runs in chunks   ┊ runs in chunks if a check at run time holds   │ in order",
    ]


def test_the_most_telling_reason_comes_first_and_the_others_on_demand() -> None:
    short = text(CARRIED, UNKNOWN, SMALL)
    assert short[0].startswith("prog.py:5:1: MX505 [sequential]")
    assert [line for line in short if "MX605" in line] == ["  note: MX605 only 3 items"]
    assert not any("MX101" in line for line in short)
    assert "  note: MX101 loop carries `last` (line 6)" in text(CARRIED, UNKNOWN, SMALL, verbose=True)


def test_other_lines_that_had_a_say_are_told() -> None:
    kept = Finding("MX001", "guarded", 2, 0, "`slow(n)` runs in chunks, if …", "for-loop", 2, related=(3, 6))
    plain = Finding("MX000", "parallel", 2, 0, "`slow(n)` runs in chunks", "for-loop", 2, related=(3,))
    assert text(kept)[1] == "  note: see also lines 3, 6"
    assert text(plain, verbose=True)[1] == "  note: see also line 3"
    assert not any("see also" in line for line in text(plain))


TWICE = """\
for a in rows:
    for b in a:
        last = step(last, b)
for c in rows:
    last = step(last, c)
"""


def test_what_the_outer_loop_says_is_not_said_again_of_the_inner_one() -> None:
    outer = finding("MX505", "sequential", 1, "calls `step`", at=3)
    inner, other = (Finding("MX505", "sequential", n, c, "calls `step`", "for-loop", 3) for n, c in ((2, 4), (4, 0)))
    told = list(explain_lines("prog.py", TWICE, plan(outer, inner, other), verbose=False))
    assert told[:3] == [
        "prog.py:1:1: MX505 [sequential] for-loop at line 1: calls `step`",
        "  note: the reason stands at line 3",
        "  note: the same holds for the for-loop at line 4",
    ]
    everything = list(explain_lines("prog.py", TWICE, plan(outer, inner, other), verbose=True))
    assert [line.split(":")[1] for line in everything if "MX505" in line] == ["1", "2", "4"]


def test_of_a_loop_that_runs_in_chunks_the_loops_inside_are_not_told() -> None:
    source = "def f(x):\n    return sum(range(x))\n\nfor i in range(9):\n    t = 0\n    for j in range(9):\n"
    source += "        t = f(t) + j\n    print(t)\n"
    whole = analyse(source, "prog.py")
    assert [(f.code, f.line) for f in whole.findings] == [("MX000", 4), ("MX101", 6)]
    told = [line for line in explain_lines("prog.py", source, whole, verbose=False) if "MX" in line]
    assert [line.split(" ")[1] for line in told] == ["MX000"]


def test_lines_are_broken_where_a_terminal_ends() -> None:
    told = list(explain_lines("prog.py", SOURCE, plan(PARALLEL, CARRIED), verbose=False, width=60))
    assert told[:2] == [
        "prog.py:2:1: MX000 [parallel] for-loop at line 2: `slow(n)`",
        "    runs in chunks; total folded in item order",
    ]
    assert max(map(len, told[:5])) <= 60


def test_one_reason_to_stay_in_order_is_enough() -> None:
    guarded = finding("MX001", "guarded", 5, "")
    assert verdict([PARALLEL]) == "parallel"
    assert verdict([PARALLEL, guarded]) == "guarded"
    assert verdict([PARALLEL, guarded, CARRIED]) == "sequential"


def test_nothing_to_split_is_said() -> None:
    assert (
        text()[0]
        == "prog.py: nothing here repeats work that could run in chunks: no loop, comprehension, `map` or pool call"
    )


def test_the_json_has_a_schema_and_every_field() -> None:
    found = explain_json("prog.py", plan(CARRIED), [Refusal(3, 4, "no")])
    assert found == {
        "schema": 1,
        "file": "prog.py",
        "regions": [],
        "findings": [
            {
                "code": "MX101",
                "severity": "sequential",
                "line": 5,
                "column": 0,
                "at": 6,
                "variable": "",
                "shape": "for-loop",
                "message": "loop carries `last`",
                "fix": "compute it from the loop index",
                "related": [],
                "file": "",
                "at_file": "",
                "elsewhere": [],
            }
        ],
        "policy": [{"line": 3, "column": 4, "message": "no"}],
    }


def test_the_json_lists_the_regions_of_a_real_plan() -> None:
    source = "def f(x):\n    return sum(range(x))\n\nprint([f(x) for x in range(9)])\n"
    found = explain_json("prog.py", analyse(source, "prog.py"), [])
    assert [(region["site"], region["line"], region["shape"]) for region in found["regions"]] == [(0, 4, "list")]
    assert [finding["code"] for finding in found["findings"]] == ["MX000"]
