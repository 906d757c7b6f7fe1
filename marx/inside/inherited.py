"""What a chunk finds as the program has left it: settings of the interpreter and of libraries; and for the calls of a
pool, that this is one of its processes.

    driver ── changed(), with the captures ──► chunk ── given(), for the time of a chunk

Only what the program has changed since it began is sent: folders and names may be others in another jail."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from marx.inside.refusals import Refusal
from marx.inside.settings import Space, of_settings

_PLACES = ("folder", "path")
"""Settings that name places: they can be changed only where they were the same before."""
Changed = dict[str, tuple[dict[str, Any], dict[str, Any]]]
"""By setting: what it was and what it is."""


class Inheritance:
    """The settings that a program began with."""

    def __init__(self) -> None:
        self._began = {name: space.read() for name, space in of_settings().items()}

    def changed(self) -> Changed:
        now = {name: space.read() for name, space in of_settings().items()}
        return {name: (was, value) for name, value in now.items() if (was := self._began.get(name, {})) != value}


@contextmanager
def given(changed: Changed, child: tuple[str, bool] | None) -> Iterator[None]:
    """The settings of a program hold here for a while, and `child` says which process (name, daemon) this seems to be.
    Raises `Refusal` for what cannot be had here."""
    if not changed and child is None:
        yield
        return
    spaces = {name: space for name, space in of_settings().items() if name in changed}
    before = {name: space.read() for name, space in spaces.items()}
    playing = of_process()
    played = playing.read()
    try:
        for name, (was, now) in changed.items():
            _set(name, spaces.get(name), was, now)
        if child is not None:
            playing.write(as_child(*child))
        yield
    finally:
        playing.write(played)
        for name, space in spaces.items():
            space.write(before[name])


def _set(name: str, space: Space | None, was: dict[str, Any], now: dict[str, Any]) -> None:
    held = space.read() if space is not None else {}
    if name == "environment":
        gone = was.keys() - now.keys()
        now = {k: v for k, v in held.items() if k not in gone} | {k: v for k, v in now.items() if was.get(k) != v}
    try:
        if space is None or (name in _PLACES and held != was):
            raise Refusal("MX208", f"the program has changed a setting ({name}) that is another here")
        space.write(now)
    except Exception as fault:
        raise Refusal("MX208", f"the program has changed a setting ({name}) that cannot be changed here") from fault
    if space.read() != now:
        raise Refusal("MX208", f"the program has changed a setting ({name}) that comes out otherwise here")


def of_process() -> Space:
    """Which process `multiprocessing` says this is, and whose child; nothing where that is not loaded."""
    module = sys.modules.get("multiprocessing.process")
    if module is None:
        return Space(dict, lambda values: None)
    names = ("_current_process", "_parent_process")
    return Space(lambda: {name: vars(module)[name] for name in names}, vars(module).update)


def as_child(name: str, daemon: bool) -> dict[str, Any]:
    """The values of `of_process` in a process of a pool."""
    process: Any = sys.modules.get("multiprocessing.process")
    context: Any = sys.modules.get("multiprocessing.context")
    if process is None or context is None:
        return {}
    child = context.ForkProcess(name=name, daemon=daemon)
    return {"_current_process": child, "_parent_process": process._ParentProcess("MainProcess", os.getpid(), None)}
