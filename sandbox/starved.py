"""How often the kernel has killed for want of memory, since a program began: on the whole host, and in the jail's own
control group, where it has one. It is how a host tells a program that was too large from one that somebody killed."""

from __future__ import annotations

from contextlib import suppress

from sandbox import cgroup


class Starved:
    """Counts from the moment it is made."""

    __slots__ = ("_before", "_group")

    def __init__(self, group: str) -> None:
        self._group = group
        self._before = _of_the_host()

    def on_the_host(self) -> int:
        return _of_the_host() - self._before

    def in_the_group(self) -> int:
        return cgroup.kills(self._group)


def _of_the_host() -> int:
    """Since it was started; 0 where it does not say."""
    with suppress(OSError), open("/proc/vmstat", encoding="ascii") as lines:
        for line in lines:
            if line.startswith("oom_kill "):
                return int(line.split()[1])
    return 0
