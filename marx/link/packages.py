"""Which modules a program could import from installed packages, and in which versions: said by workers in their Hello,
and by a tasker of what its program imports. Reads what the package installers wrote down; imports none of it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from functools import cache

NAMES_MAX = 4_000
"""More than the largest environments have; a Hello stays a small message."""


@cache
def installed() -> dict[str, str]:
    """Top-level modules with the version of the package that brings them; "" where several do."""
    # Loaded here: a run without a lab asks for none of this, and would wait for it.
    from importlib import metadata

    found: dict[str, str] = {}
    for module, packages in sorted(metadata.packages_distributions().items())[:NAMES_MAX]:
        if module.isidentifier() and module not in sys.stdlib_module_names:
            versions = {_version(package) for package in packages}
            found[module] = versions.pop() if len(versions) == 1 else ""
    return found


def _version(package: str) -> str:
    from importlib import metadata

    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


def needed(imports: Iterable[str], local: Iterable[str]) -> dict[str, str]:
    """Those of the dotted names that a program imports which come from packages installed here.

    `local` are the program's own modules. What is not installed here is nobody's need: the program would fail here too.
    """
    own = {name.partition(".")[0] for name in local}
    wanted = {name.partition(".")[0] for name in imports} - own - sys.stdlib_module_names
    return {name: installed()[name] for name in sorted(wanted) if name in installed()} if wanted else {}
