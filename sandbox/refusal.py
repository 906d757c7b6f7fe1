"""Why a language policy does not allow a program."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Refusal:
    """One construct that the policy does not allow. Line from 1, column from 0."""

    line: int
    column: int
    message: str
