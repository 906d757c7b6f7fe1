"""Values for options that the command line does not give: from a submission file, or from a program's pyproject.toml.

Both hold long option names without the dashes. What the command line says counts first; a name that no option has is
refused with the place where it stands. A submission file is named by the user and may say what can be typed. A
pyproject.toml comes with foreign programs: it may not send anything elsewhere, nor take more from this machine.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from marx.cli.settings import BadSettings

NOT_HERE = frozenset({"distributor", "help", "dry-run", "quiet", "verbose", "json", "wait", "report", "events", "file"})
"""For one command line only. `distributor` above all: a program's folder must not say where its user's files go."""


OF_A_PROJECT = frozenset(
    "name tag note priority timeout chunk-timeout retries no-split speculate paranoid tier packages on-disconnect "
    "data".split()
)
"""What a program's folder may choose. `data` only within it; not `worker` and `where`, which say who gets the files."""


@dataclass(frozen=True, slots=True)
class Values:
    """Option values, where they stand, and the error that a wrong one is."""

    origin: str
    table: Mapping[str, object]
    fault: type[BadSettings] = BadSettings
    folder: Path | None = None
    """The folder of a pyproject.toml, which chooses only what is OF_A_PROJECT."""
    beside: Set[str] = frozenset()
    """Names that may stand there too and are no options, for who wrote another one."""


def of_project(script: Path) -> Values | None:
    """`[tool.marx]` of the nearest pyproject.toml in the script's folder or above it; None where there is none."""
    for folder in script.resolve().parents:
        file = folder / "pyproject.toml"
        if file.is_file():
            table = read_toml(file).get("tool", {})
            found = table.get("marx") if isinstance(table, dict) else None
            return Values(f"{file} [tool.marx]", found, folder=folder) if isinstance(found, dict) else None
    return None


def read_toml(file: Path, wrong: type[BadSettings] = BadSettings) -> dict[str, Any]:
    import tomllib

    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
        raise wrong(f"{file}: {fault}", fix=f"${{EDITOR:-vi}} {file}") from None


def fill_in(ctx: click.Context, options: dict[str, Any], values: Values) -> None:
    """Gives options that nobody set the values of a table. Raises BadSettings, or what else the values say."""
    known = {long_name(param): param for param in ctx.command.params if isinstance(param, click.Option)}
    for name, value in values.table.items():
        plain = name.replace("_", "-")
        _check_allowed(values, name, (known.keys() - NOT_HERE) if values.folder is None else OF_A_PROJECT)
        param = known[plain]
        if param.name is not None and ctx.get_parameter_source(param.name) in (ParameterSource.DEFAULT, None):
            options[param.name] = _converted(ctx, param, value, values)
            if plain == "data" and values.folder is not None:
                _check_inside(values, values.folder, options[param.name])


def _check_allowed(values: Values, name: str, allowed: Set[str]) -> None:
    if name.replace("_", "-") in allowed:
        return
    choice = ", ".join(sorted(allowed | values.beside))
    if values.folder is None:
        fix = "marx submit --help"
        raise values.fault(f"{values.origin}: there is no option {name!r} here; there are {choice}", fix=fix)
    raise values.fault(
        f"{values.origin}: a program's folder cannot choose {name!r}, only {choice}",
        fix="take it out there; what you want yourself, type: marx submit --help",
    )


def _check_inside(values: Values, folder: Path, names: Iterable[str]) -> None:
    """Raises BadSettings for data that lie outside the program's folder, themselves or by a link."""
    for name in names:
        top = Path(name).absolute()
        for path in (top, *(path for path in top.rglob("*") if path.is_symlink())):
            if not path.resolve().is_relative_to(folder):
                raise values.fault(
                    f"{values.origin}: data: {path} lies outside {folder}, and a program's folder cannot ask for that",
                    fix=f"take it out there; if the program may have it: --data {shlex.quote(str(path))}",
                )


def long_name(param: click.Option) -> str:
    """An option's name as people type it, without the dashes."""
    return max(param.opts, key=len).lstrip("-")


def _converted(ctx: click.Context, param: click.Option, value: object, values: Values) -> object:
    """As if it had been typed: texts, numbers, true and false, and lists for what may be given several times."""
    typed: object = value if isinstance(value, bool) and param.is_flag else str(value)
    if isinstance(value, list):
        typed = [str(item) for item in value]
        if not param.multiple:
            typed = ",".join(str(item) for item in value)
    try:
        if param.multiple and not isinstance(value, list):
            typed = shlex.split(str(value))
        return param.type_cast_value(ctx, typed)
    except (click.BadParameter, ValueError) as fault:
        reason = fault.message if isinstance(fault, click.BadParameter) else f"{value}: {str(fault).lower()}"
        raise values.fault(f"{values.origin}: {long_name(param)}: {reason}", fix="marx submit --help") from None
