"""Why a value is no plain data, and where in it: what a writer learns on its way out of nested containers. Pure.

A value that holds itself is as deep as one looks. It is told by the containers on the way, one of which is there twice,
and its path is as short as can be.
"""

from __future__ import annotations

STEPS_SHOWN = 12
"""The steps of a path that are told: the first and the last of a longer one say enough."""


class Refused(Exception):
    """Raised where the fault is found; each container around adds itself and the step into it, the innermost first."""

    def __init__(self, why: str) -> None:
        self.why = why
        self._steps: list[str] = []
        self._around: list[object] = []

    def inside(self, container: object, step: str) -> None:
        self._around.append(container)
        self._steps.append(step)

    def told(self) -> tuple[str, str]:
        """The path from the whole value, and what is wrong there."""
        steps = self._steps[::-1]
        first_at: dict[int, int] = {}
        for depth, container in enumerate(reversed(self._around)):
            outer = first_at.setdefault(id(container), depth)
            if outer < depth:
                return _path(steps[:outer]), f"holds itself, as {_path(steps[:depth])}"
        return _path(steps), self.why


def _path(steps: list[str]) -> str:
    if len(steps) > STEPS_SHOWN:
        half = STEPS_SHOWN // 2
        steps = [*steps[:half], "…", *steps[-half:]]
    return "value" + "".join(steps)
