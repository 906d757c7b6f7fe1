"""Source text → Plan: which parts of a program may run apart, and why the others may not.

Pure: text and syntax trees in, frozen values out. Nothing of the program is imported or run, and what is not understood is not
split. Read `analysis.py` first: it lists the passes in their order.
"""

from marx.program.analysis import analyse
from marx.program.limits import SourceError, check_source, read_source
from marx.program.plan import Finding, Plan, Region

__all__ = ["Finding", "Plan", "Region", "SourceError", "analyse", "check_source", "read_source"]
