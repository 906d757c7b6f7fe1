"""Settings and where each came from, weakest first: /etc/marx/*.toml, the user's config.toml, MARX_* variables, flags.

`marx config set` writes the user's file line by line, so that comments in it stay. The file holds the join line,
which is a secret, so only its owner may read it.
"""

from __future__ import annotations

import json
import os
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from marx.wire.limits import SLOTS_MAX

SYSTEM_FOLDER = Path("/etc/marx")
SHOW = "marx config list --show-origin"


class BadSettings(Exception):
    """A setting that is unknown, missing or has no sense."""

    exit_code = 78

    def __init__(self, message: str, fix: str = SHOW) -> None:
        super().__init__(message)
        self.fix = fix


class BadOrder(BadSettings):
    """A submission file that makes no sense: part of the command line, and no setting that stays."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Key:
    """One setting: what it means, and whether its value is a count."""

    meaning: str
    is_count: bool = False


KEYS: Mapping[str, Key] = {
    "distributor": Key("the line that `marx serve` prints: marx://HOST:PORT/KEY/CODE"),
    "name": Key("how this machine is called in `marx workers` (default: its host name)"),
    "slots": Key("how many chunks a worker runs at a time (default: the usable cores)", is_count=True),
}


@dataclass(frozen=True, slots=True)
class Setting:
    value: str | int
    origin: str


def home_folder(environ: Mapping[str, str]) -> Path:
    """Raises BadSettings for a user whom the system does not know, as in a container that was given a number."""
    try:
        return Path(environ.get("HOME") or Path.home())
    except RuntimeError:
        raise BadSettings("there is no home folder: HOME is not set", fix="export HOME=FOLDER") from None


def config_folder(environ: Mapping[str, str]) -> Path:
    """The user's folder for settings and keys. Raises BadSettings."""
    return Path(environ.get("XDG_CONFIG_HOME") or home_folder(environ) / ".config") / "marx"


def load_settings(environ: Mapping[str, str], system_folder: Path = SYSTEM_FOLDER) -> dict[str, Setting]:
    """Every setting that has a value. Raises BadSettings with the file or variable that holds a wrong one."""
    found: dict[str, Setting] = {}
    for file in [*sorted(system_folder.glob("*.toml")), *_users_file(environ)]:
        for name, value in _read(file).items():
            fix = _editing(file) if file.parent == system_folder else f"marx config unset {shlex.quote(name)}"
            found[name] = Setting(check(name, value, str(file), fix), str(file))
    for name in KEYS:
        variable = f"MARX_{name.upper()}"
        if value := environ.get(variable):
            found[name] = Setting(check(name, value, variable, f"unset {variable}"), variable)
    return found


def _users_file(environ: Mapping[str, str]) -> list[Path]:
    """Who has no home has no settings there."""
    try:
        return [config_folder(environ) / "config.toml"]
    except BadSettings:
        return []


def check_name(name: str, origin: str = "", fix: str = SHOW) -> None:
    """Raises BadSettings for a setting that there is not."""
    if name not in KEYS:
        place = f"{origin}: " if origin else ""
        raise BadSettings(f"{place}there is no setting {name!r}; there are {', '.join(KEYS)}", fix)


def check(name: str, value: object, origin: str, fix: str = SHOW) -> str | int:
    """The value in its proper type, or BadSettings with what would help there."""
    check_name(name, origin, fix)
    if KEYS[name].is_count:
        if not re.fullmatch(r"[1-9]\d{0,3}", str(value)) or int(str(value)) > SLOTS_MAX:
            raise BadSettings(f"{origin}: {name} must be a number from 1 to {SLOTS_MAX}, not {value!r}", fix)
        return int(str(value))
    if not isinstance(value, str) or not value.isprintable() or not value.strip():
        raise BadSettings(f"{origin}: {name} must be a line of text, not {value!r}", fix)
    return value.strip()


def store(environ: Mapping[str, str], name: str, value: str) -> Path:
    """Writes one setting into the user's file and returns its path."""
    checked = check(name, value, "config set")
    file = config_folder(environ) / "config.toml"
    _read(file)
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    line = f"{name} = {json.dumps(checked, ensure_ascii=False)}"
    _write(file, "\n".join([*_without(name, text), line, ""]))
    return file


def remove(environ: Mapping[str, str], name: str) -> Path:
    """Takes one setting out of the user's file, be it known or not, and returns its path. Raises BadSettings where it
    is not there, or is more than a line."""
    file = config_folder(environ) / "config.toml"
    if name not in _read(file):
        check_name(name)
        raise BadSettings(f"{name} is not set in {file}")
    kept = "\n".join([*_without(name, file.read_text(encoding="utf-8")), ""])
    if not _is_free_of(name, kept):
        raise BadSettings(f"{name} is more than one line of {file}: take it out by hand", _editing(file))
    _write(file, kept)
    return file


def _is_free_of(name: str, text: str) -> bool:
    import tomllib

    try:
        return name not in tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return False


def _without(name: str, text: str) -> list[str]:
    """The lines that do not give this setting a value."""
    of_it = re.compile(rf"""\s*(["']?){re.escape(name)}\1\s*=""")
    return [line for line in text.splitlines() if not of_it.match(line)]


def _read(file: Path) -> dict[str, object]:
    import tomllib

    try:
        return tomllib.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    except PermissionError as fault:
        fix = f"let this user read it, or set HOME to a folder of its own: {file}"
        raise BadSettings(f"{file} cannot be read: {fault.strerror}", fix) from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
        raise BadSettings(f"{file} cannot be read: {fault}", fix=_editing(file)) from None


def _editing(file: Path) -> str:
    return f"${{EDITOR:-vi}} {shlex.quote(str(file))}"


def _write(file: Path, text: str) -> None:
    """A new file that takes the old one's place, so that a crash leaves one of them whole. Raises BadSettings."""
    passing = file.with_name(f"{file.name}.{os.getpid()}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(passing, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as out:
            out.write(text)
        os.replace(passing, file)
    except OSError as fault:
        fix = "export XDG_CONFIG_HOME=FOLDER   (one that you may write to)"
        raise BadSettings(f"{file} cannot be written: {fault.strerror}", fix) from None


def describe(settings: Mapping[str, Setting], *, origins: bool) -> Iterator[str]:
    """`name = value`, with the origin behind it where asked for. The join code is not shown."""
    for name in KEYS:
        if name in settings:
            value = _without_join_code(str(settings[name].value)) if name == "distributor" else settings[name].value
            yield f"{name} = {value}" + (f"    # {settings[name].origin}" if origins else "")


def _without_join_code(address: str) -> str:
    return re.sub(r"(marx://[^/]+/[^/]+)/.+", r"\1/…", address)
