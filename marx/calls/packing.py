"""From a function and its arguments to bytes: what a jail needs to call it.

Functions and classes of the main program, lambdas and closures travel by value with all that they refer to
(cloudpickle). Everything else is imported by name, there as here; the program's own modules are files of the session
(modules.py).
"""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import cloudpickle

from marx.calls.constancy import ATOMS
from marx.wire.functions import Function, pack_function


def pack_arguments(arguments: tuple[Any, ...], named: dict[str, Any]) -> bytes:
    """One call's arguments as they are now. Raises what pickling them raises."""
    if not named and ATOMS.issuperset(map(type, arguments)):
        return pickle.dumps((arguments, named), 5)
    return bytes(cloudpickle.dumps((arguments, named)))


def pack(
    function: Callable[..., Any],
    *,
    initializer: Callable[..., Any] | None = None,
    initial: tuple[Any, ...] = (),
    by_pickle: bool = False,
    each: bool = False,
) -> bytes:
    """The function as it is now, with what is called before its first call in a jail. Raises what pickling raises."""
    return pack_function(Function(cloudpickle.dumps((function, initializer, initial)), by_pickle, each))
