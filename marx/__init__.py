"""Marx runs the parts of an ordinary Python program that can run apart on other machines; the answer is Python's.

Beside the command `marx`, a program may call its own functions on a lab: `marx.Executor`, `marx.Pool` and the others of
`__all__`. They are imported when they are asked for, so that `import marx` itself takes no time.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from marx.calls.awaiting import asubmit as asubmit
    from marx.calls.executor import Executor as Executor
    from marx.calls.jobs import submit as submit
    from marx.calls.mapreduce import mapreduce as mapreduce
    from marx.calls.pool import Pool as Pool

__version__ = "0.1.0"

__all__ = ["Executor", "Pool", "asubmit", "mapreduce", "submit"]

_PLACES = {
    "Executor": "marx.calls.executor",
    "Pool": "marx.calls.pool",
    "asubmit": "marx.calls.awaiting",
    "mapreduce": "marx.calls.mapreduce",
    "submit": "marx.calls.jobs",
    "register_joblib": "marx.joblib",
}


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_PLACES[name]), name)


def __dir__() -> list[str]:
    """What a program may use: `help` and completion ask for each of these, so none may fail."""
    from importlib.util import find_spec

    lacking = set() if find_spec("joblib") else {"register_joblib"}
    return sorted({"__doc__", "__name__", "__path__", "__file__", "__version__", *_PLACES} - lacking)
