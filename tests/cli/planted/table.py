"""Conditions that somebody asks about, by the code of the cause that `marx why` should name."""

from __future__ import annotations

from collections.abc import Callable

from tests.cli.stage import Stage

Plant = Callable[[Stage], str]
PLANTED: dict[str, tuple[Plant, dict[str, object]]] = {}
"""Makes a stage be in that state and gives what to ask about; the stage's settings."""


def planted(code: str, **settings: object) -> Callable[[Plant], Plant]:
    def keep(plant: Plant) -> Plant:
        PLANTED[code] = plant, settings
        return plant

    return keep
