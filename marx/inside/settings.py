"""Settings of the interpreter and of libraries that can be read, sent, and made elsewhere.

Owns how each is read and written. Knows nothing of chunks and pools."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Space:
    """A place with names and values: a namespace, a class, a function, a cell, or a setting of the interpreter."""

    read: Callable[[], dict[str, Any]]
    write: Callable[[dict[str, Any]], None]


def of_settings() -> dict[str, Space]:
    """Settings that can be sent, by name, in an order in which they can be made."""
    found = {
        "environment": Space(_environment, _set_environment),
        "folder": Space(_folder, _enter_folder),
        "path": Space(lambda: {"path": list(sys.path)}, lambda values: _fill(sys.path, values["path"])),
        "umask": Space(_umask, _set_umask),
        "time zone": Space(lambda: {"zone": (time.tzname, time.timezone)}, lambda values: time.tzset()),
    }
    locale = sys.modules.get("locale")
    if locale is not None:
        put = locale.setlocale
        every = locale.LC_ALL
        found["locale"] = Space(lambda: {"all": put(every)}, lambda values: put(every, values["all"]) and None)
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        found["print options"] = Space(numpy.get_printoptions, lambda values: numpy.set_printoptions(**values))
    return found


def _umask() -> dict[str, int]:
    umask = os.umask(0o77)
    os.umask(umask)
    return {"umask": umask}


def _set_umask(values: dict[str, int]) -> None:
    os.umask(values["umask"])


_decoded: tuple[dict[Any, Any], dict[str, str]] = ({}, {})
"""The environment as the operating system has it, and in texts: asked for often, and hardly ever another."""


def _environment() -> dict[str, str]:
    global _decoded
    raw = getattr(os.environ, "_data", {})
    if not raw or raw != _decoded[0]:
        _decoded = (dict(raw), dict(os.environ))
    return _decoded[1]


def _set_environment(values: dict[str, str]) -> None:
    for name in os.environ.keys() - values.keys():
        del os.environ[name]
    for name, value in values.items():
        if os.environ.get(name) != value:
            os.environ[name] = value


def _folder() -> dict[str, str]:
    try:
        return {"folder": os.getcwd()}
    except OSError:
        return {}


def _enter_folder(values: dict[str, str]) -> None:
    if values and _folder() != values:
        os.chdir(values["folder"])


def _fill(held: list[str], values: list[str]) -> None:
    if held != values:
        held[:] = values
