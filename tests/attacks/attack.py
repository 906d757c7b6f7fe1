"""What an attack is. Values only.

The source is a small program. It runs with the names of jailed.py and of `Ground.names` as globals; what it `say`s is
its answer. An answer alone proves nothing: harm is judged on the host, by ground.py, in these words:

    read       the answer holds a secret of the host's
    obeyed     the answer says that the kernel, or something else that has to refuse, did as it was told
    written    a file, folder, link, mode or time of the host's is not as it was
    reached    somebody who listens on the host heard from it
    victim     a process of the host's is dead, stopped, or runs under other limits and priorities
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

from sandbox import Limits

READ, OBEYED, WRITTEN, REACHED, VICTIM = "read", "obeyed", "written", "reached", "victim"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    """One row of the collection."""

    name: str
    group: str
    source: str
    harm: str = ""
    """What it does outside of a jail, where that may be tried (the control); "" where it may not."""
    root_only: bool = False
    """The control needs root."""
    alone: bool = False
    """It ends or wedges its process, so it has a jail of its own; it is given `seconds`, and any end is fine."""
    seconds: float = 1.0
    needs_mounts: bool = False
    """Promised only where the jail has mounts of its own."""
    only_layer: str = ""
    """The one layer that stops it: without that layer it does harm, whatever other layers stand."""
    limits: Limits | None = None


def attack(group: str, name: str, source: str, harm: str = "", **others: object) -> Attack:
    """A row, with the indentation of its source taken away."""
    return Attack(name=name, group=group, source=textwrap.dedent(source).strip(), harm=harm, **others)  # type: ignore[arg-type]
