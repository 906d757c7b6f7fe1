"""Where something of a program stands, in words for people."""

from __future__ import annotations

from marx.wire.messages import FindingRow, RegionProgress, RegionReport


def place_of(row: FindingRow | RegionProgress | RegionReport) -> str:
    """`line 12`, in a module beside the script `simulate.py line 12`."""
    return f"{row.file} line {row.line}" if row.file else f"line {row.line}"
