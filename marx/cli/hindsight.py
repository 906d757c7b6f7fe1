"""The plan of a program as its last run showed it: what its text lets run in chunks, and what stayed in order all the
same, with the reason that was found with the objects in hand.

Pure: a plan and a report in, a plan out. What a run says nothing of stays as the text has it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from marx.program import Finding, Plan

EDITS = {
    "MX104": "write into a second list",
    "MX107": "return new objects",
    "MX202": "pass it in and return it",
    "MX301": "iterate over a copy: `list(…)`",
    "MX307": "`list(…)` it first",
    "MX401": "copy what the work reads",
    "MX402": "open or make it inside the function",
    "MX403": "compare by value: `==`",
    "MX405": "sort it first",
    "MX503": "leave the original in place",
    "MX504": "define it in a file",
    "MX601": "more work in an item",
    "MX603": "return less",
    "MX604": "leave less to the ordered part: compute it from the item alone",
}
"""The smallest edit for what a run finds; a reason of the plan has one of its own."""
Place = tuple[str, int, str]
"""A file, "" for the script's, a line, and what repeats there, as findings call it."""


def as_it_ran(plan: Plan, report: Mapping[str, Any], files: Mapping[str, str]) -> tuple[Plan, frozenset[Place]]:
    """The plan, and the places where its verdict and code are the last run's. `files`: of the other modules."""
    reasons = _in_order(report)
    findings: list[Finding] = []
    places: set[Place] = set()
    for one in plan.findings:
        place = files.get(one.module, ""), one.line, one.shape
        why = reasons.get(place)
        split = one.severity in ("parallel", "guarded")
        places |= {place} if why is not None and (split or why[0] == one.code) else set()
        findings += _stayed(one, *why) if why is not None and split else [one]
    return replace(plan, findings=tuple(findings)), frozenset(places)


def place_of(region: Mapping[str, Any]) -> Place:
    """Where a region of a report stands."""
    from marx.program.findings import TITLES

    return region.get("file", ""), region["line"], TITLES[region["shape"]]


def _in_order(report: Mapping[str, Any]) -> dict[Place, tuple[str, str]]:
    """Code and reason of what ran in order. Of several loops of one shape in one line nobody can tell which it was:
    there all of them must have."""
    found: dict[Place, tuple[str, str]] = {}
    split = set()
    for region in report["regions"]:
        key = place_of(region)
        if region["chunks"] or not region["reason"]:
            split.add(key)
        found.setdefault(key, (region["code"], region["reason"]))
    return {key: why for key, why in found.items() if key not in split}


def _stayed(found: Finding, code: str, reason: str) -> Iterator[Finding]:
    """What the run said, and what the text says."""
    edit = EDITS.get(code, "")
    yield replace(
        found, code=code, severity="sequential", message=reason, at=0, variable="", fix=edit, related=(), elsewhere=()
    )
    yield replace(found, severity="note", message=f"by its text: {found.message}", at=0, at_module="", fix="")
