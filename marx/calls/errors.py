"""What can go wrong with a call that is not its function's own doing, and what a remote exception becomes here.

concurrent.futures.BrokenExecutor
├── SessionBroken      the distributor, or the lab, does not run this executor's calls (any more)
└── CallLost           no worker could run this call: it ended, again and again, the sandbox that it ran in
RemoteError            an exception of a class that this program does not have
RemoteTraceback        the cause of every exception of a call: its traceback where it happened
"""

from __future__ import annotations

from concurrent.futures import BrokenExecutor


class SessionBroken(BrokenExecutor):
    """Nothing more can be called. The text says why and what to try."""


class CallLost(BrokenExecutor):
    """This call has no outcome; others go on. `.chunk`, `.item` and `.worker` say where it was tried last."""


class RemoteError(Exception):
    """A call ended with an exception whose class is not known here. `type_name` is its name."""

    def __init__(self, type_name: str, text: str) -> None:
        super().__init__(f"{type_name}: {text}" if text else type_name)
        self.type_name = type_name


class RemoteTraceback(Exception):
    """Printed as the cause of a call's exception, so that its place in the function is seen."""

    def __init__(self, trace: str) -> None:
        super().__init__(trace)
        self.tb = trace
        """As the classes of that name in the standard library call it."""

    def __str__(self) -> str:
        return f'\n"""\n{self.tb}"""'
