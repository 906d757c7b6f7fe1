"""What can go wrong between a host program and a jail, as one tree.

    SandboxError
    ├── LayerMissing    the host cannot raise a fence            (owner: fix the host, or waive the layer)
    ├── WeakTier        the fences prove less than is demanded   (owner: fix the host, or demand less)
    ├── LoadRefused     files or folder do not fit into the jail (caller: other paths, larger limits)
    ├── BadFrame        the jail broke the framing               (the jail is hostile or broken: kill it)
    ├── JailDied        the jail is gone                         (ask `wait` how it ended)
    └── Timeout         nothing came in the time allowed         (the jail goes on: wait longer or kill it)

How an attempt ended (exit code, signal, time, memory) is not an error: it is an `Outcome`.
This file is imported inside jails too, so it imports nothing.
"""


class SandboxError(Exception):
    """Base of all of them."""


class LayerMissing(SandboxError):
    """One or more layers cannot be raised on this host, and the owner did not waive them."""

    def __init__(self, names: tuple[str, ...], fix: str) -> None:
        super().__init__(f"cannot raise {', '.join(names)}; {fix}")
        self.names = names
        self.fix = fix


class WeakTier(SandboxError):
    """What was proven of this host's jails is less than its owner demands."""


class LoadRefused(SandboxError):
    """The jail cannot hold what it was given to load."""


class BadFrame(SandboxError):
    """Bytes that are not a frame: too long, cut off, or not of the expected form."""


class JailDied(SandboxError):
    """The other side of a socket is gone."""


class Timeout(SandboxError):
    """The time allowed has passed."""
