"""Started jails that wait for a program, so that work does not wait for an interpreter to boot.

Owns zygotes until somebody takes one; a taken jail belongs to its taker, who kills it. A jail is never given back:
it has seen a stranger's program.
"""

from __future__ import annotations

import contextlib
import os
import signal
from collections import deque
from collections.abc import Callable
from dataclasses import replace

import gevent
from gevent.lock import Semaphore
from gevent.pool import Group
from gevent.socket import socket as GreenSocket

import sandbox
from marx.worker.settings import Log, WorkerSettings
from marx.worker.spec import jail_spec, make_store

WARM_SEED = "0"
"""Hash seed of the waiting zygotes: that of every program whose tasker fixed none."""


class WarmJails:
    """A few zygotes, refilled in the background. Jails of another hash seed are started when they are asked for.

    An embedded run serves one program: it boots a jail for the driver and, once that found regions, one for each slot.
    """

    def __init__(self, settings: WorkerSettings, log: Log, first: sandbox.Jail | None = None) -> None:
        """`first` boots already: who started it could not wait for this."""
        self._settings = settings
        self._log = log
        make_store(settings)
        self._waiting: deque[sandbox.Jail] = deque()
        if first is not None:
            first.switch(GreenSocket)
            self._waiting.append(first)
        self._booting = Semaphore()
        self._filling = Semaphore()
        self._dying = Group()
        self._closed = False
        self._proof: sandbox.Proof | None = None
        self.changed: Callable[[], None] = lambda: None
        """Called when another tier than before was proven."""
        self._goal = 1 if settings.embedded else settings.warm

    def expect_chunks(self) -> None:
        """A driver's program has regions: the slots will want jails. An embedded run boots none for them before."""
        if self._goal < self._settings.slots:
            self._goal = self._settings.slots
            gevent.spawn(self.fill)

    def fill(self) -> None:
        """Starts zygotes until enough of them wait. Does not wait for them to boot."""
        with self._filling:
            while not self._closed and len(self._waiting) < self._goal:
                try:
                    self._waiting.append(self._start(WARM_SEED))
                except (sandbox.SandboxError, OSError) as fault:
                    self._log("jails", "cannot start a jail", {"reason": str(fault)})
                    return

    @property
    def tier(self) -> str:
        """What was proven of this host's jails; "unproven" in an embedded run, which has no strangers."""
        return "unproven" if self._proof is None else self._proof.tier.value

    def prove(self) -> None:
        """Tries to break out of a jail of ours, so that this host says what it is worth before it takes work.

        Raises `SandboxError` if a jail cannot be had, and `WeakTier` if one proves less than the owner accepts.
        """
        proof = sandbox.prove(jail_spec(self._settings), GreenSocket)
        if proof.tier is sandbox.Tier.NONE and self._settings.accept == sandbox.Tier.GUARDED:
            proof = _guarded(proof)
        self._proof = proof
        missing = proof.story()
        self._log("jails", "proven", {"tier": proof.tier, **({"why not more": missing} if missing else {})})
        demand(proof, self._settings.accept)

    def boot_one(self) -> None:
        """Boots one of those that wait, so that a host that can have no jail says so at once.

        Raises `SandboxError` if a jail cannot be had; that one was merely slow or lost is only logged.
        """
        with self._booting:
            jail = self._waiting.popleft() if self._waiting else self._start(WARM_SEED)
            try:
                self._waiting.append(self._boot(jail))
            except (sandbox.Timeout, sandbox.JailDied) as fault:
                self._log("jails", "the first jail was lost", {"reason": str(fault)})

    def take(self, seed: str) -> sandbox.Jail:
        """A booted jail of that hash seed. Raises `SandboxError` if this host cannot have one."""
        with self._booting:  # the one that boots is ready sooner than another would be
            waiting = self._waiting.popleft() if seed == WARM_SEED and self._waiting else None
        if self._settings.embedded:
            self._goal = max(0, self._goal - 1)
        gevent.spawn(self.fill)
        if waiting is not None:
            try:
                return self._boot(waiting)
            except sandbox.LayerMissing:
                raise
            except sandbox.SandboxError as fault:
                # A zygote may have died while it waited (the host was short of memory then); a fresh one decides.
                self._log("jails", "a waiting jail was lost", {"reason": str(fault)})
        return self._boot(self._start(seed))

    def bury(self, jail: sandbox.Jail) -> None:
        """Kills a jail that is not wanted any more, in a greenlet that nobody interrupts half-way."""
        self._dying.spawn(jail.close)

    def close(self) -> None:
        """Kills what waits and returns when nothing is left; nothing is started any more."""
        self._closed = True
        while self._waiting:
            self.bury(self._waiting.popleft())
        self._dying.join()

    def _boot(self, jail: sandbox.Jail) -> sandbox.Jail:
        try:
            jail.ready(self._settings.boot_timeout_s)
            if self._proof is not None and jail.missing != self._proof.missing:
                self._log("jails", "layers changed", {"missing": ", ".join(state.name for state in jail.missing)})
                self.prove()
                self.changed()
        except BaseException:
            self.bury(jail)
            raise
        return jail

    def _start(self, seed: str) -> sandbox.Jail:
        return sandbox.start(jail_spec(self._settings, seed), socket_class=GreenSocket)


def _guarded(proof: sandbox.Proof) -> sandbox.Proof:
    """What language guards make of a host without fences, where its owner accepts that."""
    from sandbox.guarded import broken_guards

    open_ways = broken_guards()
    if open_ways:
        return replace(proof, broken=(*proof.broken, *(f"a guarded program {way}" for way in open_ways)))
    return replace(proof, tier=sandbox.Tier.GUARDED)


def demand(proof: sandbox.Proof, accepted: str) -> None:
    """Raises `WeakTier` where less was proven than the owner accepts."""
    if sandbox.rank(proof.tier) < sandbox.rank(accepted):
        raise sandbox.WeakTier(
            f'this host proves the tier "{proof.tier}", and "{accepted}" is demanded: {proof.story()}'
        )


def end_jail(jail: sandbox.Jail) -> None:
    """Ends a jail that belongs to another greenlet: everything in it dies now, and its owner notices and clears up."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(jail.pid, signal.SIGKILL)
