"""Hello: may this peer talk, and as what? A welcomed worker is joined to the scheduler with the leases that it still
holds.
"""

from __future__ import annotations

from marx.core import events as core
from marx.distributor import leases, suiting
from marx.distributor.connections import Connection
from marx.distributor.known import Admission
from marx.distributor.shell import Shell
from marx.distributor.validity import Fault, minor_python, name_fault
from marx.wire import messages as wire
from marx.wire.limits import NAME_LENGTH_MAX

BEATS_OF_A_TWIN = 3
"""Heartbeats without which a worker may be replaced by another start of it."""
PACKAGES_BYTES_MAX = 1 << 20
"""Names and versions of a worker's modules: ten thousand of them are a third of it."""
TWIN_FIX = "End one of them, or give one a key of its own, with a folder of its own: marx worker --name NAME"


def on_hello(shell: Shell, admission: Admission, row: Connection, message: wire.Hello) -> None:
    fault = _fault(shell, message) or _stranger(admission, row, message)
    twin = _living_twin(shell, row, message) if fault is None and message.role == "worker" else None
    if twin is not None:
        _turn_away(shell, row, message, twin)
        return
    if fault is None and not shell.connections.welcome(row, message):
        fault = Fault("busy", "it knows too many workers, or too many with your key.", "Ask its operator.")
    if fault is not None:
        row.faults += 1
        shell.counts[f"refused {fault.code}"] += 1
        shell.refuse(row, fault)
        if shell.refusals.due(row.user, shell.clock.now_ms()):
            shell.story(row.user, f"not welcomed: {fault.code}", {"role": message.role, "name": message.name})
        return
    row.faults = 0
    shell.giving.drop(row.peer)
    lease_ms = shell.settings.core.lease_ms
    shell.post.say(row.peer, wire.Welcome(wire.VERSION, shell.settings.heartbeat_ms, lease_ms, called=row.worker))
    # At once, so that a peer that it could not be sent to is not welcomed any more and is not joined below.
    shell.post.flush()
    if message.role == "worker" and row.hello is not None:
        _join(shell, row, message)


def _fault(shell: Shell, message: wire.Hello) -> Fault | None:
    settings = shell.settings
    if message.version != wire.VERSION:
        return Fault(
            "version",
            f"it speaks version {wire.VERSION} of the protocol, you speak {message.version}.",
            "Install the same release on both sides.",
        )
    if fault := _text_fault(message):
        return fault
    if minor_python(message.python) is None:
        return Fault("bad-python", f"{message.python!r} is not a Python version.")
    if not (0 <= message.slots <= settings.slots_max and 0 <= message.seats <= settings.slots_max):
        return Fault("bad-slots", f"more than {settings.slots_max} slots or seats.", "Try marx worker --slots N.")
    if len(message.holding) > settings.leases_held_max:
        return Fault("bad-holding", f"more than {settings.leases_held_max} leases held.")
    return name_fault(message.name)


def _text_fault(message: wire.Hello) -> Fault | None:
    """All of it is kept for as long as the peer is known, and is shown to whoever lists workers."""
    texts = {"python": message.python, "join": message.join, "sandbox": message.sandbox, "start": message.start}
    long = next((name for name, text in texts.items() if len(text) > NAME_LENGTH_MAX), "")
    if long:
        return Fault("bad-hello", f"its {long} has more than {NAME_LENGTH_MAX} characters.")
    if sum(len(name) + len(version) for name, version in message.packages.items()) > PACKAGES_BYTES_MAX:
        return Fault("bad-hello", f"the names of its packages are more than {PACKAGES_BYTES_MAX} characters.")
    return None


def _stranger(admission: Admission, row: Connection, message: wire.Hello) -> Fault | None:
    if admission.admit(row.user, message.role, message.name, message.join):
        return None
    return Fault(
        "not-allowed",
        "this key is not known here, and the join code is missing or wrong.",
        "Use the whole line that `marx serve` prints.",
    )


def _living_twin(shell: Shell, row: Connection, message: wire.Hello) -> Connection | None:
    """Another start of this very worker that is at work: two would take each other's leases. One that was killed is
    noticed by its connection, or else by its silence."""
    twin = shell.connections.twin(row, message)
    if twin is None or shell.clock.now_ms() - twin.heard_ms >= BEATS_OF_A_TWIN * shell.settings.heartbeat_ms:
        return None
    return twin if shell.post.at_once(twin.peer, wire.Heartbeat()) else None


def _turn_away(shell: Shell, row: Connection, message: wire.Hello, twin: Connection) -> None:
    """It may stay and ask again, since the other one may be about to leave. Whoever asks about that hears of it."""
    shell.counts["refused twin"] += 1
    shell.refuse(row, Fault("twin", f"a worker called {message.name} with the same key is here.", TWIN_FIX))
    if shell.refusals.due(row.user, shell.clock.now_ms()):
        text = "another machine with its key and name knocks, and is not let in"
        shell.story(twin.worker, text)
        shell.remember(twin.worker, text)


def _join(shell: Shell, row: Connection, message: wire.Hello) -> None:
    """Joins the worker. What it holds of jobs that do not run, or was never granted, it is told to stop."""
    shell.leases.forget_worker(row.worker)
    held: list[core.Held] = []
    for lease in message.holding:
        if not _is_owed(shell, row, lease):
            shell.post.say(row.peer, wire.Stop(lease))
            continue
        held.append(leases.to_held(lease))
        if lease.chunk != core.DRIVER:
            shell.leases.give(leases.to_core(lease), row.worker, lease.start, lease.stop)
        else:
            _adopt_driver(shell, row, lease)
    suiting.joined(shell, row.worker)
    python = minor_python(message.python) or message.python
    shell.tell(core.WorkerJoined(row.worker, message.slots, message.seats, python, held=tuple(held)))


def _is_owed(shell: Shell, row: Connection, lease: wire.Lease) -> bool:
    job = shell.jobs.get(lease.job)
    if job is None or job.end is not None:
        return False
    if lease.chunk != core.DRIVER:
        return 0 <= lease.start < lease.stop and lease.region in job.regions
    driver = job.driver
    return driver is not None and (driver.number, driver.attempt, driver.user) == (
        lease.number,
        lease.attempt,
        row.user,
    )


def _adopt_driver(shell: Shell, row: Connection, lease: wire.Lease) -> None:
    """It speaks for its job again, from wherever it is now. What it has opened it will say anew."""
    job = shell.jobs.get(lease.job)
    if job is not None and job.driver is not None:
        job.driver.worker = row.worker
