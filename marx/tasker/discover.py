"""Finds what has to travel with a program: local modules, data files, environment variables.

mentions.py says what the source speaks of; this file asks the file system which of it exists. It must not know of
jobs or messages. Paths stay as the program would spell them (absolute, links not resolved), because a jail shows them
at the same place. Nothing outside the working folder and the script's folder is taken unless the user named it
(`--data`, an argument of the program), or `everything` says that it stays on this machine.
"""

from __future__ import annotations

import ast
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.machinery import all_suffixes
from pathlib import Path

from marx.tasker.errors import UsageFault
from marx.tasker.folders import files_below, folders_below, is_file, is_folder, walk
from marx.tasker.mentions import Mentions, mentions

_NO_DATA = frozenset({"", ".", "..", "/", "~"})
"""Strings that name an existing folder in nearly every program without meaning its files."""
_KERNEL_FOLDERS = ("/proc", "/sys", "/dev")
_TRAVELLING = frozenset({"LANG", "LANGUAGE", "TZ", "PYTHONHASHSEED", "PYTHONUTF8", "PYTHONIOENCODING", "HOME", "USER"})

_NUMERICS = ("OPENBLAS_", "GOTO_", "MKL_", "BLIS_", "NVPL_", "NPY_", "OMP_", "NUMEXPR_")
"""Beginnings of variables that numeric libraries read: they choose kernels and threads, and so the last digits."""


@dataclass(frozen=True, slots=True)
class Found:
    """What to send.

    `files` says for each absolute path why; `folders` exist and may be written into; `left_out` are notes.
    """

    files: Mapping[Path, str]
    folders: frozenset[Path]
    mentions: Mentions
    left_out: tuple[str, ...] = ()


@dataclass(slots=True)
class _Search:
    """The state of one `discover` call."""

    script: Path
    folder: Path
    everything: bool
    files: dict[Path, str] = field(default_factory=dict)
    folders: set[Path] = field(default_factory=set)
    left_out: list[str] = field(default_factory=list)
    whole_folder: bool = False

    def bases(self) -> list[Path]:
        return [self.folder] if self.script.parent == self.folder else [self.folder, self.script.parent]

    def take(self, path: Path, why: str) -> None:
        if not is_text(str(path)):
            self.left_out.append(f"{os.fsencode(path)!r} ({why}) has a name that is not UTF-8")
        elif os.access(path, os.R_OK):
            self.files.setdefault(path, why)
        else:
            self.left_out.append(f"{path} ({why}) cannot be read")

    def is_inside(self, path: Path) -> bool:
        return any(path.is_relative_to(base) for base in self.bases())


def discover(
    script: Path, tree: ast.AST, folder: Path, *, arguments: Sequence[str], data: Sequence[str], everything: bool
) -> Found:
    """All that `script` (absolute; `tree` is its syntax tree) needs when it runs in `folder`. `everything`: the files
    stay on this machine.

    Raises UsageFault for a `data` path that is missing or unreadable.
    """
    search = _Search(script, folder, everything)
    search.take(script, "the program")
    for name in data:
        _take_data(search, name)
    if everything:
        _take_working_folder(search)
    mentioned = _take_modules(search, mentions(tree))
    for name in sorted(mentioned.literals):
        _take_literal(search, name)
    for pattern in sorted(mentioned.patterns):
        _take_pattern(search, pattern)
    for argument in arguments:
        _take_argument(search, argument)
    return Found(search.files, frozenset(search.folders), mentioned, tuple(search.left_out))


def environment(mentioned: Mentions, present: Mapping[str, str]) -> dict[str, str]:
    """The variables that travel: the usual ones, and those that the program names. Never our own settings."""
    wanted = _TRAVELLING | mentioned.environment
    return {
        name: value
        for name, value in present.items()
        if (name in wanted or name.startswith("LC_") or name.startswith(_NUMERICS))
        and not name.startswith("MARX_")
        and is_text(name)
        and is_text(value)
    }


def is_text(name: str) -> bool:
    """Whether a name of the system's can be said in UTF-8, as messages are."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def modules_of(found: Found, script: Path) -> dict[str, Path]:
    """The local modules among the files, by the names under which `script` imports them."""
    modules: dict[str, Path] = {}
    for path in found.files:
        if path.suffix == ".py" and path != script and path.is_relative_to(script.parent):
            parts = path.relative_to(script.parent).with_suffix("").parts
            modules[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return modules


# --- modules --------------------------------------------------------------------------------------------------------


def _mentions_of(source: bytes) -> Mentions:
    """A local module that does not parse is sent all the same: the program shall see its own SyntaxError."""
    try:
        return mentions(ast.parse(source))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return Mentions()


def _take_modules(search: _Search, mentioned: Mentions) -> Mentions:
    """Follows imports from the script's folder (as sys.path[0] does) until nothing new turns up.

    Returns all mentions.
    """
    pending = set(mentioned.modules)
    seen: set[str] = set()
    parsed: set[Path] = {search.script}
    while pending:
        name = pending.pop()
        seen.add(name)
        for path in _module_files(search.script.parent, name):
            search.take(path, f"imported as {name}")
            if path.suffix == ".py" and path not in parsed and os.access(path, os.R_OK):
                parsed.add(path)
                found = _mentions_of(path.read_bytes())
                mentioned |= found
                pending |= found.modules - seen
    return mentioned


def _module_files(base: Path, name: str) -> Iterator[Path]:
    """The files of a dotted name below `base`.

    A package is taken whole: what it imports or opens by itself is unknown.
    """
    place = base
    for part in name.split("."):
        place = place / part
        if (place / "__init__.py").is_file():
            files = files_below(place)
            yield from (path for path in walk(place, skip=True) if path.suffix == ".py") if files is None else files
            return
        modules = [module for suffix in all_suffixes() if (module := place.with_name(part + suffix)).is_file()]
        if modules:
            yield modules[0]
            return
        if not place.is_dir():
            return


# --- data -----------------------------------------------------------------------------------------------------------


def _take_data(search: _Search, name: str) -> None:
    path = Path(os.path.abspath(search.folder / name))
    if not path.exists():
        raise UsageFault(f"--data {name}: no such file or folder", fix=f"ls -d {name}")
    paths = sorted(walk(path, skip=False)) if path.is_dir() else [path]
    for file in paths:
        if not os.access(file, os.R_OK):
            raise UsageFault(f"--data {name}: {file} cannot be read", fix=f"ls -l {file}")
        search.take(file, f"--data {name}")
    if path.is_dir():
        search.folders.add(path)


def _take_working_folder(search: _Search) -> None:
    files = files_below(search.folder)
    if files is None:
        search.left_out.append(f"{search.folder} is large: only what the program names is taken from it")
        return
    search.whole_folder = True
    for path in files:
        search.take(path, "in the working folder")
    search.folders |= folders_below(search.folder)


def _take_literal(search: _Search, name: str) -> None:
    if name in _NO_DATA:
        return
    for base in search.bases():
        path = Path(os.path.abspath(base / os.path.expanduser(name)))
        if search.is_inside(path):
            _take_path(search, path, f"named {name!r}")
        elif _is_data(path):
            search.left_out.append(f"{path} is outside the working folder; add --data {path} if the program reads it")


def _take_path(search: _Search, path: Path, why: str) -> None:
    """A file, a folder with its files, or else the folder that the program may write it into."""
    if is_file(path):
        search.take(path, why)
    elif is_folder(path):
        if path in search.bases():
            return
        files = files_below(path)
        for file in files or ():
            search.take(file, why)
        if files is None:
            search.left_out.append(f"{path} is large; add --data {path} if the program reads it")
        search.folders |= {path, *folders_below(path)}
    elif is_folder(path.parent) and path.parent not in search.bases():
        search.folders.add(path.parent)


def _take_pattern(search: _Search, pattern: str) -> None:
    from glob import glob

    if search.whole_folder and len(search.bases()) == 1:
        return
    for base in search.bases():
        if not search.is_inside(Path(os.path.abspath(base / pattern))):
            continue
        for match in glob(str(base / pattern) if os.path.isabs(pattern) else pattern, root_dir=base, recursive=True):
            path = Path(os.path.abspath(base / match))
            if is_file(path):
                search.take(path, f"matches {pattern!r}")
        home = base / os.path.dirname(pattern)
        if is_folder(home) and home not in search.bases():
            search.folders.add(home)


def _take_argument(search: _Search, argument: str) -> None:
    """The user typed it, so a file is taken wherever it is; `--name=FILE` counts."""
    for name in {argument, argument.partition("=")[2]} - _NO_DATA:
        path = Path(os.path.abspath(search.folder / name)) if "\0" not in name else search.folder
        if search.is_inside(path) or is_file(path):
            _take_path(search, path, f"argument {name!r}")


def _is_data(path: Path) -> bool:
    return is_file(path) and not str(path).startswith(_KERNEL_FOLDERS)


def describe(found: Found) -> Iterable[str]:
    """One printable line a file for `-v`, and what was left out: programs give files what names they like."""
    yield from (_printable(f"sends {path} ({why})") for path, why in sorted(found.files.items()))
    yield from (_printable(f"leaves out: {note}") for note in found.left_out)


def _printable(text: str) -> str:
    return "".join(character if character.isprintable() else ascii(character)[1:-1] for character in text)
