"""What becomes of a mutated program: whether its two runs differ, and whether the plan names the effect that it lost a
map slice to."""

from __future__ import annotations

import ast
import json
import random
import sys
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from marx.program.analysis import plan_trees
from marx.program.limits import check_source
from marx.program.plan import Plan
from tests.generated.bed import Comparison, compare, warm_up
from tests.generated.crew import spread
from tests.mutations.effects import EFFECTS, Effect
from tests.mutations.mutate import Mutation, mutate

_UNFIT = ("recursionlimit", '"spawn"')
"""Programs that look at how deep they are see the frames of the bed below them; processes of a pool that start afresh
run the lines of an effect once more, in an order of chance."""
PROGRAM_S = 20.0
"""So much time of the processor a program may take; others are left out."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`lost`: something that ran in chunks no longer does. `named`: a finding has its reason on a line of the effect.
    `left_out`: the runs say nothing."""

    program: str
    effect: str
    way: str
    difference: str
    lost: bool
    named: bool
    is_split: bool
    left_out: bool
    source: str = ""


def judge(program: Path, effect: Effect, seed: int) -> Verdict | None:
    """Puts the effect into the program, plans both, and runs the new one both ways; None if the effect has no place."""
    source = program.read_text(encoding="utf-8")
    if any(word in source for word in _UNFIT):
        return None
    chance = random.Random(zlib.crc32(f"{program.name} {effect.name} {seed}".encode()))
    made = mutate(source, effect, chance)
    if made is None:
        return None
    before, after = _plan(source, program), _plan(made.source, program)
    seen = compare(made.source, seed, objects=False, beside=_beside(program), seconds=PROGRAM_S)
    return Verdict(
        program.stem,
        effect.name,
        made.way,
        seen.difference,
        bool(_slots(before) - _slots(after)),
        _names(after, made),
        seen.is_split,
        seen.endless or _says_nothing(seen),
        made.source,
    )


def draw(number: int, count: int, seed: int) -> list[Effect]:
    """The effects for the program of a number: all of them come equally often."""
    first = number * count + seed
    return [EFFECTS[place % len(EFFECTS)] for place in range(first, first + min(count, len(EFFECTS)))]


def judge_all(programs: list[Path], each: int, seed: int, processes: int) -> Iterator[Verdict]:
    """The verdicts on programs with some effects each, one at a time, in no particular order."""
    work = [[str(each), str(seed), f"{first}/{processes}", *map(str, programs)] for first in range(processes)]
    yield from (Verdict(**row) for row in spread(__name__, work))


def main() -> None:
    """One process of several: `EACH SEED FIRST/STEP PROGRAM…`; a verdict a line."""
    warm_up()
    each, seed, share, *programs = sys.argv[1:]
    first, step = map(int, share.split("/"))
    for number in range(first, len(programs), step):
        for effect in draw(number, int(each), int(seed)):
            verdict = judge(Path(programs[number]), effect, int(seed))
            if verdict is not None:
                print(json.dumps(asdict(verdict)), flush=True)


def _says_nothing(seen: Comparison) -> bool:
    """Whether the program misses a module, or runs longer than the lab waits, with chunks cut for other programs."""
    slow = seen.marx.status == 137 or seen.difference == "a chunk runner died"
    return slow or b"ModuleNotFoundError" in seen.plain.stderr


def _beside(program: Path) -> list[Path]:
    """The files that the program may read or import."""
    data = program.parent.parent / "data"
    folders = [program.parent, *([data] if data.is_dir() else [])]
    return [p for f in folders for p in sorted(f.iterdir()) if p.is_file() and (p.suffix != ".py" or "lib_" in p.name)]


def _plan(source: str, program: Path) -> Plan:
    trees = {"__main__": check_source(source, "prog.py")}
    for path in program.parent.glob("lib_*.py"):
        if path.stem in source:
            trees[path.stem] = check_source(path.read_text(encoding="utf-8"), path.name)
    return plan_trees(trees, "prog.py")


def _slots(plan: Plan) -> Counter[str]:
    """The texts of all slots. Those of two plans can be compared: an effect does not change what it stands beside."""
    return Counter(_text(node) for region in plan.regions for slot in region.slots for node in slot.nodes)


def _text(node: ast.AST) -> str:
    return ast.unparse(node)


def _names(plan: Plan, made: Mutation) -> bool:
    """Whether a finding's reason, or a line that it tells beside it, is one of the effect's."""
    return any(made.added & {finding.at, *getattr(finding, "related", ())} for finding in plan.findings)
