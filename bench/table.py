"""What a check prints: a line for each thing that was looked at."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Table:
    """The lines that are printed, and whether any of them failed."""

    failed: bool = False

    def line(self, what: str, passed: bool, detail: str = "") -> None:
        self.failed |= not passed
        print(f"{'ok  ' if passed else 'FAIL'}  {what:<62}{detail}", flush=True)
