"""The program's other modules: their texts, and their code with look-ups when the program imports them.

They come into being as ever, by the loader of Python's own import system; only the code that it makes of a text that
the analysis has seen is another. Must not know of regions: it is told which code stands for which file."""

from __future__ import annotations

import contextlib
import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.machinery import FileFinder, FrozenImporter, SourceFileLoader, all_suffixes
from importlib.util import decode_source
from pathlib import Path
from types import CodeType
from typing import Any

from marx.inside.local_modules import local_sources

_SUFFIXES = tuple(all_suffixes())
_OURS = frozenset({"marx", "sandbox"})
"""What a jail has loaded of ours; a program may have a folder of that name."""


@dataclass(frozen=True, slots=True)
class Rewritten:
    """What a module's file is to be run as, as long as it holds this text."""

    text: str
    code: CodeType


def install(rewritten: Mapping[str, Rewritten]) -> None:
    """From now on a file of these paths is imported as its rewritten code; once, so that a module that is made anew
    (`importlib.reload`) shares no look-ups with the one before."""
    left = dict(rewritten)
    for folder in {os.path.dirname(path) for path in left}:
        finder: Any = _finder_of(folder)
        if finder is not None:
            finder._loaders = [
                (suffix, _loader_of(loader, left) if loader is SourceFileLoader else loader)
                for suffix, loader in finder._loaders
            ]


def _finder_of(folder: str) -> FileFinder | None:
    """What imports from a folder, as the import system itself keeps it."""
    for hook in sys.path_hooks if folder not in sys.path_importer_cache else ():
        with contextlib.suppress(ImportError):
            sys.path_importer_cache[folder] = hook(folder)
            break
    found = sys.path_importer_cache.get(folder)
    return found if isinstance(found, FileFinder) else None


def _loader_of(native: type[SourceFileLoader], left: dict[str, Rewritten]) -> Any:
    """Makes loaders of Python's own type; those of our files look first what is left for them."""

    def make(name: str, path: str) -> SourceFileLoader:
        loader = native(name, path)
        if path in left:

            def get_code(name: str) -> CodeType | None:
                del loader.__dict__["get_code"]
                code = loader.get_code(name)
                ours = left.pop(path, None)
                return ours.code if ours is not None and _holds(loader, path, ours.text) else code

            loader.__dict__["get_code"] = get_code
        return loader

    return make


def _holds(loader: SourceFileLoader, path: str, text: str) -> bool:
    try:
        return decode_source(loader.get_data(path)) == text
    except (OSError, SyntaxError, UnicodeDecodeError):
        return False


def hidden(script: str) -> frozenset[str]:
    """Loaded modules that a file of the program's own stands for when the program imports them: beside the script, or
    in a folder there where one of the texts speaks of `sys.path`. Of ours only those that its texts import: libraries
    import none of them."""
    folder = os.path.dirname(script)
    beside = _entries(folder)
    below = [entry for one in beside if one.is_dir() for entry in _entries(one.path)]
    moved = any(entry.name.endswith(".py") and _speaks_of_path(entry.path) for entry in [*beside, *below])
    names = {entry.name.partition(".")[0] for entry in [*beside, *(below if moved else ())] if _is_module(entry)}
    names -= {name for name in _OURS & names if not moved and not _imports(script, name)}
    return frozenset(name for name in names & sys.modules.keys() if _is_looked_for(name))


def _is_module(entry: os.DirEntry[str]) -> bool:
    """Whether an import finds a module there before a library: a folder without `__init__` is one only if nothing
    else is."""
    if entry.is_dir():
        return any(os.path.isfile(os.path.join(entry.path, f"__init__{suffix}")) for suffix in _SUFFIXES)
    return entry.name.endswith(_SUFFIXES)


def _imports(script: str, name: str) -> bool:
    """Whether the program seems to import a module; so does one that cannot be read."""
    try:
        texts = [Path(script).read_text(), *local_sources(script).values()]
    except (OSError, SyntaxError, ValueError, RecursionError):
        return True
    return any(re.search(rf"(?:import|from|,)\s+{name}\b|['\"]{name}\b", text) for text in texts)


def _entries(folder: str) -> list[os.DirEntry[str]]:
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        return list(entries)
    return []


def _speaks_of_path(path: str) -> bool:
    with contextlib.suppress(OSError), open(path, "rb") as file:
        return b"sys.path" in file.read()
    return False


def _is_looked_for(name: str) -> bool:
    """Whether Python would search its path for a module, instead of taking one of its own."""
    own = name in ("__main__", "encodings") or name in sys.builtin_module_names
    return not own and FrozenImporter.find_spec(name) is None


def forget(names: frozenset[str]) -> None:
    """Lets the program import these modules as if nobody had."""
    for name in [n for n in sys.modules if n.partition(".")[0] in names]:
        del sys.modules[name]


def is_being_imported(names: frozenset[str]) -> bool:
    """Whether one of these modules is half made: a chunk would run all of it."""
    modules = (sys.modules.get(name) for name in names)
    return any(getattr(getattr(module, "__spec__", None), "_initializing", False) for module in modules)
