"""The plan of a program as text and as JSON: one primary reason a region, and the source with a verdict beside each
line.

Pure: a plan in, lines out. Words and order are those of the catalogue of findings.
"""

from __future__ import annotations

import os
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import ast

    from marx.cli.hindsight import Place
    from marx.program import Finding, Plan
    from sandbox.policy import Refusal

PRIORITY = "531246"
"""Which hundred of codes explains a refusal best: dynamic code first, "not worth it" last."""
MARGIN = {"parallel": "║", "guarded": "┊", "sequential": "│"}
_MARGIN_MEANING = "║ runs in chunks   ┊ runs in chunks if a check at run time holds   │ in order"
_NOTHING = "nothing here repeats work that could run in chunks: no loop, comprehension, `map` or pool call"
SCRIPT = "__main__"
Group = list["Finding"]


@dataclass(frozen=True, slots=True)
class Other:
    """A module beside the script: its file, seen from the script's folder, and what stands in it."""

    file: str
    source: str
    tree: ast.Module


_NONE: Mapping[str, Other] = MappingProxyType({})


def explain_lines(
    filename: str,
    source: str,
    plan: Plan,
    *,
    verbose: bool,
    told: Sequence[tuple[Place, str]] = (),
    width: int | None = None,
    others: Mapping[str, Other] = _NONE,
) -> Iterator[str]:
    """The findings, then the listing of the script and of its modules with loops. `told` are lines on what became of
    the region at a place; lines of findings are broken at `width` characters, the listings' never."""
    files = [(SCRIPT, "", filename, source)]
    folder = os.path.dirname(filename)
    files += [(name, one.file, os.path.join(folder, one.file), one.source) for name, one in others.items()]
    shown_as = {module: shown for module, _, shown, _ in files}
    for module, file, shown, text in files:
        of_file = [(line, title, what) for (of, line, title), what in told if of == file]
        part = _part(plan, module)
        yield from _finding_lines(shown, text, part, of_file, shown_as, verbose=verbose, width=width)
    if not plan.findings:
        yield f"{filename}: {_NOTHING}"
    for module, _, shown, text in files:
        part = _part(plan, module)
        if module != SCRIPT and not part.findings:
            continue
        yield ""
        yield from [f"{shown}:"] * (module != SCRIPT)
        yield from _listing(text, part, _by_region(part.findings))
    if any(finding.severity in MARGIN for finding in plan.findings):
        yield ""
        yield _MARGIN_MEANING


def _part(plan: Plan, module: str) -> Plan:
    """What of the plan is about one module."""
    regions = tuple(region for region in plan.regions if region.module == module)
    return replace(plan, regions=regions, findings=tuple(one for one in plan.findings if one.module == module))


def _finding_lines(
    filename: str,
    source: str,
    plan: Plan,
    told: Sequence[tuple[int, str, str]],
    shown_as: Mapping[str, str],
    *,
    verbose: bool,
    width: int | None,
) -> Iterator[str]:
    """The findings of one file. `shown_as` are the names of all files by module."""
    groups = _by_region(plan.findings)
    run = {line for line, _, _ in told}
    became: dict[tuple[int, str], dict[str, None]] = {}
    for at, title, text in told:
        became.setdefault((at, title), {})[text] = None  # in order, and each once
    shown = groups if verbose else _without_noise(groups, plan, source.splitlines(), run)
    for same in _alike(shown, run) if not verbose else [[group] for group in shown]:
        lines = list(_region_lines(filename, same[0], shown_as, verbose=verbose))
        lines += [f"  note: the same holds for {_others(same[1:])}"] * (len(same) > 1)
        lines += [f"  {text}" for text in became.pop((same[0][0].line, same[0][0].shape), ())]
        for line in lines:
            yield from _wrapped(line, width)


def policy_lines(filename: str, refusals: Sequence[Refusal]) -> Iterator[str]:
    """What a worker whose owner asked for the language policy would refuse."""
    for refusal in refusals:
        place = f"{filename}:{refusal.line}:{refusal.column + 1}"
        yield f"{place}: language policy: {refusal.message} (only workers with the policy refuse it)"


def explain_json(
    filename: str, plan: Plan, refusals: Sequence[Refusal], others: Mapping[str, Other] = _NONE
) -> dict[str, Any]:
    files = {name: one.file for name, one in others.items()}
    return {
        "schema": 1,
        "file": filename,
        "regions": [
            {
                "site": region.site,
                "line": region.line,
                "shape": region.shape,
                "source": region.source,
                "file": files.get(region.module, ""),
            }
            for region in plan.regions
        ],
        "findings": [
            {
                "code": finding.code,
                "severity": finding.severity,
                "line": finding.line,
                "column": finding.column,
                "at": finding.at,
                "variable": finding.variable,
                "shape": finding.shape,
                "message": finding.message,
                "fix": finding.fix,
                "related": list(finding.related),
                "file": files.get(finding.module, ""),
                "at_file": files.get(finding.at_module or finding.module, ""),
                "elsewhere": [{"file": files.get(of, ""), "line": line} for of, line in finding.elsewhere],
            }
            for finding in plan.findings
        ],
        "policy": [
            {"line": refusal.line, "column": refusal.column, "message": refusal.message} for refusal in refusals
        ],
    }


def verdict(group: Sequence[Finding]) -> str:
    """One word for a region: what stays in order beats what needs a check, and that beats what is simply parallel."""
    present = {finding.severity for finding in group}
    return next((word for word in ("sequential", "guarded", "parallel") if word in present), "sequential")


def _wrapped(line: str, width: int | None) -> Iterator[str]:
    """The line, broken where it is longer than `width`; what is left over stands deeper."""
    if width is None or len(line) <= width:
        yield line
        return
    deeper = " " * (len(line) - len(line.lstrip()) + 4)
    yield from textwrap.wrap(
        line, max(width, 40), subsequent_indent=deeper, break_long_words=False, break_on_hyphens=False
    )


def _without_noise(groups: Sequence[Group], plan: Plan, lines: Sequence[str], run: set[int]) -> list[Group]:
    """Leaves out inner loops of which the outer one's line says it all: what moves as a part of it, and what stays for
    the same reason. `run` are lines of which the last run tells something."""
    ends, moved = _ends(lines, plan, groups), _moved(plan)
    left: list[Group] = []
    for group in groups:
        line = group[0].line
        around = [g for g in left if g[0].line < line <= ends[g[0].line]]
        said = line in moved or any(_reason(outer) == _reason(group) for outer in around)
        if line in run or not said or verdict(group) != "sequential":
            left.append(group)
    return left


def _moved(plan: Plan) -> set[int]:
    """Lines of what runs in chunks."""
    parts = [node for region in plan.regions for slot in region.slots for node in slot.nodes]
    return {line for n in parts for line in range(n.lineno, (n.end_lineno or n.lineno) + 1)}


def _reason(group: Group) -> tuple[str, int, str]:
    return group[0].code, group[0].at, group[0].message


def _alike(groups: Sequence[Group], run: set[int]) -> list[list[Group]]:
    """Loops that stay in order for one and the same reason, together where the first of them stands."""
    found: dict[object, list[Group]] = {}
    for group in groups:
        first = group[0]
        alike = first.severity == "sequential" and first.line not in run
        key = (first.code, first.message, first.variable, first.fix) if alike else id(group)
        found.setdefault(key, []).append(group)
    return list(found.values())


def _others(groups: Sequence[Group]) -> str:
    return ", ".join(f"the {group[0].shape or 'code'} at line {group[0].line}" for group in groups)


def _by_region(findings: Iterable[Finding]) -> list[list[Finding]]:
    """Findings with the same place belong to one region; the primary one comes first in each group."""
    groups: dict[tuple[int, int], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.line, finding.column), []).append(finding)
    return [_ordered(groups[place]) for place in sorted(groups)]


def _ordered(group: list[Finding]) -> list[Finding]:
    word = verdict(group)
    return sorted(group, key=lambda finding: (finding.severity != word, _rank(finding), finding.at, finding.code))


def _rank(finding: Finding) -> int:
    hundred = finding.code[2:3]
    return PRIORITY.index(hundred) if hundred in PRIORITY else -1


def _region_lines(
    filename: str, group: Sequence[Finding], shown_as: Mapping[str, str], *, verbose: bool
) -> Iterator[str]:
    primary, *others = group
    place = f"{filename}:{primary.line}:{primary.column + 1}"
    what = f"{primary.shape or 'code'} at line {primary.line}"
    yield f"{place}: {primary.code} [{verdict(group)}] {what}: {primary.message}"
    if primary.at and (primary.at_module or primary.at != primary.line):
        elsewhere = f" of {shown_as.get(primary.at_module, primary.at_module)}" if primary.at_module else ""
        yield f"  note: the reason stands at line {primary.at}{elsewhere}"
    if verbose or primary.severity != "parallel":
        yield from (f"  note: see also {text}" for text in _related(primary, shown_as))
    for other in others:
        if verbose or other.severity == "note":
            yield f"  note: {other.code} {other.message}" + (f" (line {other.at})" if other.at else "")
    if primary.fix:
        yield f"  fix: {primary.fix}"


def _related(finding: Finding, shown_as: Mapping[str, str]) -> Iterator[str]:
    """The other lines that had a say, the loop's own file first."""
    if finding.related:
        yield _lines(finding.related)
    for module in dict.fromkeys(of for of, _ in finding.elsewhere):
        yield f"{_lines([line for of, line in finding.elsewhere if of == module])} of {shown_as.get(module, module)}"


def _lines(numbers: Sequence[int]) -> str:
    return ("lines " if len(numbers) > 1 else "line ") + ", ".join(map(str, numbers))


def _listing(source: str, plan: Plan, groups: Sequence[Sequence[Finding]]) -> Iterator[str]:
    lines = source.splitlines()
    margins = _margins(lines, plan, groups)
    width = len(str(len(lines)))
    for number, line in enumerate(lines, start=1):
        yield f"{number:>{width}} {margins.get(number, ' ')} {line}".rstrip()


def _margins(lines: Sequence[str], plan: Plan, groups: Sequence[Sequence[Finding]]) -> dict[int, str]:
    """The sign beside each line of a region; an inner region's sign is drawn over the outer one's."""
    ends = _ends(lines, plan, groups)
    margins: dict[int, str] = {}
    for group in groups:
        line = group[0].line
        sign = MARGIN.get(verdict(group)) if group[0].severity != "note" else None
        if sign:
            margins.update(dict.fromkeys(range(line, ends[line] + 1), sign))
    return margins


def _ends(lines: Sequence[str], plan: Plan, groups: Sequence[Sequence[Finding]]) -> dict[int, int]:
    """The last line of each group's loop, by its first."""
    ends = {region.line: getattr(region.node, "end_lineno", None) or region.line for region in plan.regions}
    return {group[0].line: ends.get(group[0].line) or _end_of_block(lines, group[0].line) for group in groups}


def _end_of_block(lines: Sequence[str], line: int) -> int:
    """The last line that is indented deeper than line `line`; that line itself for an expression."""
    if not 1 <= line <= len(lines):
        return line
    first = lines[line - 1]
    if not first.rstrip().endswith(":"):
        return line
    depth = _indent(first)
    last = line
    for number in range(line + 1, len(lines) + 1):
        text = lines[number - 1]
        if text.strip() and _indent(text) <= depth:
            break
        last = number if text.strip() else last
    return last


def _indent(text: str) -> int:
    return len(text) - len(text.lstrip())
