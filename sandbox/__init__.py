"""Runs one attempt of a stranger's program in isolation. Stands alone: it knows nothing of Marx.

    jail = sandbox.start(JailSpec(entry="package.module:main"))   a fresh interpreter behind all fences, idle ("zygote")
    jail.load(Load(...))                                          files, environment; forks the runner, calls the entry
    jail.send(body); jail.receive()                               frames to and from the entry's Channel
    outcome = jail.wait()                                         how it ended, with the files it left
    jail.close()                                                  SIGKILL for everything in it, sockets closed
    sandbox.prove(spec)                                           which tier of isolation this host really gives

The names below are imported on first use: jails import this package as well, and a jail's start is too short for
dataclasses and sockets that it never needs.
"""

from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from sandbox.channel import Channel
    from sandbox.errors import BadFrame, JailDied, LayerMissing, LoadRefused, SandboxError, Timeout, WeakTier
    from sandbox.host import Jail, layers, start
    from sandbox.proof import NAMESPACES, OPTIONAL, Proof, Tier, prove, rank
    from sandbox.spec import FileIn, FileOut, JailSpec, LayerState, Limits, Load, Outcome, Verdict

_HOMES = {
    "sandbox.channel": ("Channel",),
    "sandbox.errors": ("BadFrame", "JailDied", "LayerMissing", "LoadRefused", "SandboxError", "Timeout", "WeakTier"),
    "sandbox.host": ("Jail", "layers", "start"),
    "sandbox.proof": ("NAMESPACES", "OPTIONAL", "Proof", "Tier", "prove", "rank"),
    "sandbox.spec": ("FileIn", "FileOut", "JailSpec", "LayerState", "Limits", "Load", "Outcome", "Verdict"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "NAMESPACES",
    "OPTIONAL",
    "BadFrame",
    "Channel",
    "FileIn",
    "FileOut",
    "Jail",
    "JailDied",
    "JailSpec",
    "LayerMissing",
    "LayerState",
    "Limits",
    "Load",
    "LoadRefused",
    "Outcome",
    "Proof",
    "SandboxError",
    "Tier",
    "Timeout",
    "Verdict",
    "WeakTier",
    "layers",
    "prove",
    "rank",
    "start",
]


def __getattr__(name: str) -> object:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'sandbox' has no attribute {name!r}")
    value: object = getattr(import_module(_HOME_OF[name]), name)
    globals()[name] = value
    return value
