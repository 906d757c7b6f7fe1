"""How much memory a test's process took."""

from __future__ import annotations

from pathlib import Path


def peak_bytes() -> int:
    """The most that this program ever held. `ru_maxrss` also counts what the process held before it ran this program:
    a child of a large one begins with its parent's figure. Raises OSError where the kernel does not tell."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) << 10
    raise OSError("/proc/self/status says nothing of VmHWM")
