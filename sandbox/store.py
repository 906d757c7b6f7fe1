"""Which files of a load are shown to the jail where they lie, instead of being copied into its memory file system.

A host names a folder of files that it never changes (`JailSpec.store`). Of these, a program that is collected gets
copies as long as they fit well, since it may write into them; what is larger it sees read-only, where the alternative
would be a refusal. A load that is not collected is shown all but small ones.
"""

from __future__ import annotations

import os
from pathlib import Path

from sandbox.mounts import is_below
from sandbox.spec import JailSpec, Load

SMALL_BYTES = 1 << 20
"""Up to here a copy costs less than a mount."""
COPIED_SHARE = 2
"""Copies take at most this part (a half) of the jail's disk: the rest is for what the program makes."""


def shown(load: Load, spec: JailSpec) -> dict[str, str]:
    """By path in the jail, where in the store the file lies. The largest first, until what is left may be copied."""
    store = os.path.abspath(spec.store) if spec.store else ""
    sizes = sorted(
        (
            (os.path.getsize(file.content), file.path, str(file.content))
            for file in load.files
            if store and isinstance(file.content, Path) and is_below(os.path.abspath(file.content), store)
        ),
        reverse=True,
    )
    left = sum(size for size, _, _ in sizes)
    copied_max = spec.limits.work_bytes // COPIED_SHARE if load.collect else 0
    found = {}
    for size, path, content in sizes:
        if size <= SMALL_BYTES or left <= copied_max:
            break
        found[path] = os.path.relpath(content, store)
        left -= size
    return found
