"""The program's own modules: those that workers do not have, because their files are neither Python's nor a package's.

They travel as files of the session, at their own paths, with the main program's file beside them so that a traceback
can show its lines.
"""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

_JAILS_HAVE = ("marx", "sandbox")


@dataclass(frozen=True, slots=True)
class OwnModules:
    """Names of modules, their files, and the folders in which an import finds them."""

    names: frozenset[str]
    files: tuple[Path, ...]
    folders: tuple[str, ...]


def own_modules() -> OwnModules:
    """Those that are loaded now."""
    found = {name: Path(file) for name, module in list(sys.modules.items()) if (file := _own_file(name, module))}
    folders = dict.fromkeys(str(_root(name, file)) for name, file in found.items() if name != "__main__")
    files = sorted(set(found.values()))
    return OwnModules(frozenset(found), tuple(file for file in files if file.is_file()), tuple(folders))


def _own_file(name: str, module: object) -> str:
    """The module's source file, if workers are not expected to have it; else empty."""
    file = getattr(module, "__file__", None) if isinstance(module, ModuleType) else None
    if not isinstance(file, str) or not file.endswith(".py") or name.partition(".")[0] in _JAILS_HAVE:
        return ""
    full = _plain(file)
    return "" if full.startswith(_INSTALLED) else full


def _plain(file: str) -> str:
    """An absolute path without `..`, which messages do not have: as it is spelled, unless a link means another file."""
    spelled = os.path.abspath(file)
    if ".." not in Path(file).parts:
        return spelled
    try:
        return spelled if os.path.samefile(spelled, file) else os.path.realpath(file)
    except OSError:
        return os.path.realpath(file)


def _root(name: str, file: Path) -> Path:
    """The folder from which the module is imported by its whole name."""
    steps = name.count(".") + (file.name == "__init__.py")
    return file.parents[steps]


def _installed() -> Iterator[str]:
    for key in ("stdlib", "platstdlib", "purelib", "platlib"):
        place = sysconfig.get_path(key)
        yield from (f"{place}/", f"{Path(place).resolve()}/")
    yield from (f"{place}/" for place in sys.path if place.endswith(("site-packages", "dist-packages")))


_INSTALLED = tuple(dict.fromkeys(_installed()))
