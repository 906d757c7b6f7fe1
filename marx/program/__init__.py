"""Source text → Plan: which parts of a program may run apart, and why the others may not.

Pure: text and syntax trees in, frozen values out. Nothing of the program is imported or run, and what is not
understood is not split. Read `analysis.py` first: it lists the passes in their order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marx.program.limits import SourceError, check_source, read_source

if TYPE_CHECKING:
    from marx.program.analysis import analyse
    from marx.program.plan import Finding, Plan, Region

__all__ = ["Finding", "Plan", "Region", "SourceError", "analyse", "check_source", "read_source"]


def __getattr__(name: str) -> object:
    """Whoever only checks a source does not pay for the analysis."""
    if name == "analyse":
        from marx.program import analysis

        return analysis.analyse
    if name in ("Finding", "Plan", "Region"):
        from marx.program import plan

        return getattr(plan, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
