"""The one list of all attacks. Those that leave something come before those that look for it."""

from __future__ import annotations

from tests.attacks import (
    arguments,
    exhaustion,
    files,
    floods,
    kernel,
    language,
    network,
    persistence,
    processes,
    questions,
    tampering,
)
from tests.attacks.attack import Attack

ATTACKS: tuple[Attack, ...] = (
    *persistence.ATTACKS,
    *files.ATTACKS,
    *network.ATTACKS,
    *processes.ATTACKS,
    *kernel.ATTACKS,
    *language.ATTACKS,
    *questions.ATTACKS,
    *arguments.ATTACKS,
    *tampering.ATTACKS,
    *floods.ATTACKS,
    *exhaustion.ATTACKS,
)
BY_NAME = {f"{attack.group}-{attack.name}": attack for attack in ATTACKS}
assert len(BY_NAME) == len(ATTACKS), "two attacks have one name"
