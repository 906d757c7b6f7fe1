"""`settings.toml` in the serve folder: what an operator sets differently from the defaults of `DistributorSettings`.

    output_bytes_max = 1073741824
    [scheduler]
    lease_ms = 20000

Every name is a field of `settings.py` or, under `[scheduler]`, of `core/settings.py`, where its reason stands. What is
not known or not a count is refused with its name: a limit that is misspelt protects nobody.
"""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

from marx.core.settings import Settings
from marx.distributor.settings import DistributorSettings

FILE_NAME = "settings.toml"
SCHEDULER = "scheduler"


class BadTuning(Exception):
    """The file cannot be used as it is. The text says where and what to do."""

    exit_code = 78


def settings_of(folder: Path) -> DistributorSettings:
    """The settings of a serve folder: the defaults, and what its file says. Raises `BadTuning`."""
    # Loaded here: a distributor inside `marx run` has no such file, and should not wait for this.
    import tomllib

    file = folder / FILE_NAME
    try:
        told = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return DistributorSettings()
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
        raise BadTuning(f"{file} cannot be read: {fault}. Repair it, or remove it to have the defaults.") from None
    scheduler = told.pop(SCHEDULER, {})
    if not isinstance(scheduler, dict):
        raise BadTuning(f"{file}: {SCHEDULER} must be a table: [{SCHEDULER}]")
    core = Settings(**_counts(file, scheduler, Settings))
    return DistributorSettings(core=core, **_counts(file, told, DistributorSettings))


def _counts(file: Path, told: dict[str, Any], kind: type[Settings] | type[DistributorSettings]) -> dict[str, Any]:
    known = {field.name for field in fields(kind)} - {"core"}
    for name, value in told.items():
        if name not in known:
            raise BadTuning(f"{file}: there is no setting {name!r}; there are {', '.join(sorted(known))}.")
        if type(value) is not int or value < 0:
            raise BadTuning(f"{file}: {name} must be a number from 0 on, not {value!r}.")
    return told
