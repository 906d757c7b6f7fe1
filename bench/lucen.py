"""Marx beside lucen, which splits loops between two comments: which loops does each split, and is the answer right?

    python bench/lucen.py [FOLDER...] [--rounds 1] [--environments DIR]

lucen is installed from PyPI into an environment of its own. For it, each loop and comprehension of a program is put
between its two comments, one at a time; those that `lucen explain` finds eligible are run so, with its own judgement of
what is worth it off, and *can* be split if they then ran in processes. With the comments around all of these and its
judgement on, it shows what it *does* split. Marx gets the program as it is. Then `python`, `lucen run` and `marx run`
run in turn. The exit status is 1 if Marx gives another answer.

A loop that lucen splits is not for that reason one that may be: it splits the in-place smoothing of
`tests/programs/stencil.py` over threads, and its answer changes from run to run.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from marx.program.analysis import analyse  # noqa: E402 - found by the line above
from marx.program.plan import Plan  # noqa: E402

FOLDERS = [ROOT / "examples", ROOT / "tests" / "programs"]
SECONDS_MAX = 60
"""lucen needs longer for small loops that it is made to split: then it counts as not able to."""
_REPORTED = re.compile(rb"^lucen profile: report written to .*\n\Z", re.MULTILINE)
"""What `lucen profile` prints after the program."""
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp)
_SIMPLE = (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Expr, ast.Return)


@dataclass(frozen=True, slots=True)
class Loop:
    """A loop or comprehension, with the lines (from 1) of the statement that it is or stands in."""

    line: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Seen:
    stdout: bytes
    exit_code: int
    seconds: float

    def same_as(self, other: Seen) -> bool:
        return (self.stdout, self.exit_code) == (other.stdout, other.exit_code)


@dataclass(slots=True)
class Row:
    """What one program showed. `left` are loops that lucen can split and Marx does not, with Marx's reason; `lost`
    those that it does split."""

    name: str
    loops: int = 0
    can: int = 0
    does: int = 0
    marx: int = 0
    left: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    wrong: set[str] = field(default_factory=set)
    seconds: dict[str, list[float]] = field(default_factory=dict)

    def ratio(self, name: str) -> str:
        """How many times sooner than `python`."""
        if not self.seconds.get(name):
            return "-"
        return f"{statistics.median(self.seconds['python']) / statistics.median(self.seconds[name]):.2f}"


def main() -> int:
    options = _options()
    lucen = _install(Path(options.environments) / "lucen")
    print(subprocess.run([lucen, "--version"], capture_output=True, text=True, check=True).stdout.strip())
    print(
        f"{'program':<28}{'loops':>6}{'lucen':>7}{'marx':>6}{'both':>6}{'lucen ×':>9}{'marx ×':>8}  answers", flush=True
    )
    rows = []
    for program in [p for folder in options.folders for p in sorted(folder.glob("*.py"))]:
        if program.name.startswith("lib_"):
            continue
        rows.append(_compare(program, lucen, options.rounds))
        print(_line(rows[-1]), flush=True)
    print(*_summary(rows), sep="\n")
    return int(any("marx" in row.wrong for row in rows))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", type=Path, default=FOLDERS)
    parser.add_argument("--rounds", type=int, default=1, help="how often each runs, in turn; the median counts")
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    parser.add_argument("--environments", default=f"{cache}/marx-bench")
    return parser.parse_args()


def _install(home: Path) -> str:
    """lucen's command, in an environment that has numpy too, which some programs import."""
    command = home / "bin" / "lucen"
    if not command.exists():
        subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
        subprocess.run([str(home / "bin" / "pip"), "install", "--quiet", "lucen", "numpy"], check=True)
    return str(command)


# --- one program ----------------------------------------------------------------------------------------------------


def _compare(program: Path, lucen: str, rounds: int) -> Row:
    source = program.read_text(encoding="utf-8")
    loops = list(_loops(ast.parse(source)))
    plan = analyse(source, program.name)
    row = Row(program.stem, loops=len(loops), marx=sum(_has_region(plan, loop) for loop in loops))
    python = str(Path(lucen).with_name("python"))
    expected = _run(program, [python], source)
    can = []
    for loop in loops:
        seen, split = _ran_apart(program, lucen, source, [loop], "calibrate=false")
        can += [loop] if split else []
        row.wrong |= {"lucen, forced"} if split and not seen.same_as(expected) else set()
    outermost = [a for a in can if not any(b != a and b.first <= a.first and a.last <= b.last for b in can)]
    does = _ran_apart(program, lucen, source, outermost)[1]
    row.can, row.does = len(can), len(does)
    row.left = [f"{program.stem}:{loop.line}: {_reason(plan, loop)}" for loop in can if not _has_region(plan, loop)]
    row.lost = [f"{program.stem}:{loop.line}" for loop in does if not _has_region(plan, loop)]
    ways: dict[str, tuple[list[str], str]] = {
        "python": ([python], source),
        "lucen": ([lucen, "run"], _marked(source, outermost)),
        "marx": ([sys.executable, "-m", "marx.cli", "run"], source),
    }
    for _ in range(rounds):
        for name, way in ways.items():
            seen = _run(program, *way)
            row.seconds.setdefault(name, []).append(seen.seconds)
            row.wrong |= set() if seen.same_as(expected) else {name}
    return row


def _loops(tree: ast.Module) -> Iterator[Loop]:
    """`for` statements, and comprehensions that are the only one of a simple statement: what the comments may hold."""
    for node in ast.walk(tree):
        if isinstance(node, ast.For):
            yield Loop(node.lineno, node.lineno, node.end_lineno or node.lineno)
        elif isinstance(node, _SIMPLE):
            held = [n for n in ast.walk(node) if isinstance(n, _COMPREHENSIONS)]
            if len(held) == 1:
                yield Loop(held[0].lineno, node.lineno, node.end_lineno or node.lineno)


def _marked(source: str, loops: list[Loop], clauses: str = "") -> str:
    lines = source.splitlines()
    for loop in sorted(loops, key=lambda one: -one.first):
        text = lines[loop.first - 1]
        indent = text[: len(text) - len(text.lstrip())]
        lines.insert(loop.last, f"{indent}# LUCEN END")
        lines.insert(loop.first - 1, f"{indent}# LUCEN START {clauses}".rstrip())
    return "\n".join(lines) + "\n"


def _ran_apart(program: Path, lucen: str, source: str, loops: list[Loop], clauses: str = "") -> tuple[Seen, list[Loop]]:
    """A run with comments around some loops, none inside another, and those of them that ran in processes: it names
    them by the line of their first comment."""
    marked = _marked(source, loops, clauses)
    if not loops or not _is_eligible(marked, lucen):
        return Seen(b"", -1, 0.0), []
    with tempfile.TemporaryDirectory(prefix="lucen-") as folder:
        told = Path(folder) / "profile.json"
        seen = _run(program, [lucen, "profile", "--per-block", "--export", str(told)], marked)
        blocks = json.loads(told.read_text(encoding="utf-8"))["blocks"] if told.exists() else {}
    apart = {int(place.rsplit(":", 1)[1]) for place, figures in blocks.items() if _stayed_apart(figures)}
    ordered = sorted(loops, key=lambda loop: loop.first)
    return seen, [loop for number, loop in enumerate(ordered) if loop.first + 2 * number in apart]


def _stayed_apart(figures: dict[str, Any]) -> bool:
    """Whether lucen split a loop and did not take that back."""
    return bool(figures["parallel_runs"]) and not figures["fallback_runs"]


def _is_eligible(marked: str, lucen: str) -> bool:
    """Whether lucen would split a loop of the program, as far as it can see without running it."""
    with tempfile.TemporaryDirectory(prefix="lucen-") as folder:
        path = Path(folder) / "prog.py"
        path.write_text(marked, encoding="utf-8")
        command = [lucen, "explain", "--format", "json", str(path)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        return any(block["parallel"] for block in json.loads(done.stdout)["blocks"])
    except ValueError:
        return False


def _has_region(plan: Plan, loop: Loop) -> bool:
    return any(region.line == loop.line for region in plan.regions)


def _reason(plan: Plan, loop: Loop) -> str:
    told = [f"{f.code} {f.message} (line {f.at})" for f in plan.findings if f.line == loop.line]
    inner = [region.line for region in plan.regions if loop.first <= region.line <= loop.last]
    inside = f"; splits line {', '.join(map(str, inner))} inside" if inner else ""
    return (told[0] if told else "no finding") + inside


def _run(program: Path, command: list[str], source: str) -> Seen:
    """One run in a folder of its own, with the files that lie beside the program or in `data` beside its folder."""
    with tempfile.TemporaryDirectory(prefix="lucen-") as folder:
        for place in (program.parent, program.parent.parent / "data"):
            for path in place.iterdir() if place.is_dir() else ():
                if path.is_file() and (path.suffix != ".py" or path.name.startswith("lib_")):
                    (Path(folder) / path.name).write_bytes(path.read_bytes())
        (Path(folder) / program.name).write_text(source, encoding="utf-8")
        environment = os.environ | {"PYTHONHASHSEED": "0", "PYTHONPATH": str(ROOT)}
        began = time.perf_counter()
        with subprocess.Popen(
            [*command, program.name],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        ) as run:
            try:
                stdout, _ = run.communicate(timeout=SECONDS_MAX)
            except subprocess.TimeoutExpired:
                return Seen(b"", -1, SECONDS_MAX)
            finally:
                with suppress(ProcessLookupError):  # `lucen profile` leaves processes behind
                    os.killpg(run.pid, signal.SIGKILL)
        seconds = time.perf_counter() - began
        return Seen(_REPORTED.sub(b"", stdout), run.returncode, seconds)


# --- what is printed ------------------------------------------------------------------------------------------------


def _line(row: Row) -> str:
    answers = ", ".join(f"{name} WRONG" for name in sorted(row.wrong)) or "same"
    return (
        f"{row.name[:23]:<24}{row.loops:>6}{row.can:>11}{row.does:>6}{row.marx:>6}{len(row.left):>10}"
        f"{row.ratio('lucen'):>9}{row.ratio('marx'):>8}  {answers}"
    )


def _summary(rows: list[Row]) -> Iterator[str]:
    loops, can, does, marx = (sum(getattr(row, name) for row in rows) for name in ("loops", "can", "does", "marx"))
    yield f"\n{len(rows)} programs, {loops} loops: lucen can split {can} and does split {does}, Marx splits {marx}"
    for name in ("lucen", "lucen, forced", "marx"):
        yield f"wrong by {name}: {', '.join(row.name for row in rows if name in row.wrong) or 'none'}"
    yield f"split by lucen and not by Marx: {', '.join(text for row in rows for text in row.lost) or 'none'}"
    yield "can be split by lucen, left by Marx:"
    yield from (f"  {text}" for row in rows for text in row.left)


if __name__ == "__main__":
    sys.exit(main())
