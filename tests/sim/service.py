"""The distributor, real but for its sockets and its clock: each turn that its greenlets take is an action here.

Starts, stops without warning in the middle of anything, and starts again from what its disk kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marx.core.events import Event
from marx.core.instructions import Instruction
from marx.core.scheduler import Scheduler
from marx.core.settings import Settings
from marx.distributor import courier
from marx.distributor import distributor as module
from marx.distributor.distributor import Distributor
from marx.distributor.known import Everybody
from marx.distributor.post import COMPANY_S
from marx.distributor.settings import DistributorSettings
from marx.distributor.shell import Clock
from marx.journal.errors import CannotCommit
from marx.link.router import Peer
from marx.wire.codec import BadMessage
from marx.wire.messages import AnyMessage

from .disk import Disk
from .laws import Laws
from .letters import MAIL, SENDING_MS, MailServer
from .luck import Luck
from .network import Network
from .world import Violation, World

SETTINGS = DistributorSettings(
    core=Settings(lease_ms=2_000, settle_ms=500, ageing_ms=5_000, closed_kept=2),
    heartbeat_ms=400,
    retry_commit_ms=200,
    progress_ms=200,
    session_gone_ms=15_000,
    passing_bytes_max=200_000,
)
"""A lab in a hurry: the proportions are those of the defaults, the times a fifth, so that more happens in a run."""


DAY_MS = 86_400_000


class Service:
    """One distributor after the other, on one disk and one socket."""

    def __init__(self, world: World, luck: Luck, network: Network, disk: Disk, laws: Laws) -> None:
        self.world, self.luck, self.network, self.disk, self.laws = world, luck, network, disk, laws
        self.mail_server = MailServer(world, laws)
        self.healed = False
        self.distributor: Distributor | None = None
        self._run = 0
        self._armed_ms: int | None = None
        self._committing = False
        self._writing = False
        self._woken = False
        self._rate = 1 + world.between(-luck.drift, luck.drift)
        self._wall_ms = 1_700_000_000_000
        network.deliver = self._receive
        network.watch = laws.said

    # --- starts and stops ---------------------------------------------------------------------------------------------

    def start(self) -> None:
        if self.distributor is not None:
            return
        self._run += 1
        ledger = self.disk.open()
        self.world.note("service", "starts for the %d. time with %d records", ledger.epoch, len(ledger.durable))
        for cut in ledger.cut:
            raise Violation(f"SQLite let half of a commit through: {cut}")
        self.laws.starts(ledger, self.disk)
        clock = Clock(now_ms=self._now_ms, wall_ms=lambda: self._wall_ms + self.world.now)
        shown, module.Scheduler = module.Scheduler, self._scheduler  # type: ignore[assignment]
        try:
            self.distributor = Distributor(
                SETTINGS,
                journal=ledger,
                blobs=self.disk.blobs,
                router=self.network,  # type: ignore[arg-type]
                log=self._log,
                admission=Everybody(),
                clock=clock,
                mail=MAIL if self.luck.mails else None,
            )
        finally:
            module.Scheduler = shown
        shell = self.distributor.shell
        self.laws.passing = shell.passing.in_memory
        shell.choice, shell.wake_followers = self.world.chance.choice, self._wake
        self._armed_ms, self._committing, self._writing, self._woken = None, False, False, False
        self.network.listening = True
        self._soon(SETTINGS.heartbeat_ms, self._beat)
        self._soon(SETTINGS.progress_ms, self._progress)
        if self.luck.mails:
            courier.begin(shell)
            self._soon(0, self._mail)
        self._turn_over()

    def crash(self) -> None:
        """Stops without a word, at this very point of whatever it does."""
        if self.distributor is None:
            return
        self.world.note("service", "is killed%s", " while it commits" if self._writing else "")
        self._run += 1
        self.close_files()
        self.mail_server.crashes += 1
        self.distributor = None
        self.network.break_all()
        self.laws.stops()
        self.disk.crash(writing=self._writing)

    def close_files(self) -> None:
        """As the system closes those of a process that ends."""
        if self.distributor is None:
            return
        for row in self.distributor.shell.connections.all():
            if row.uploads is not None:
                row.uploads.close()

    def step_wall_clock(self) -> None:
        """Somebody sets the clock of the wall: people may wonder, nothing else."""
        self._wall_ms += self.world.chance.choice([-10 * DAY_MS, -3_600_000, -5_000, 5_000, 3_600_000, 10 * DAY_MS])
        self.world.note("service", "the wall clock is set to %d", self._wall_ms)

    def _now_ms(self) -> int:
        return 5_000 + int(self.world.now * self._rate)

    def _scheduler(self, settings: Settings, epoch: int) -> Scheduler:
        return Watched(settings, epoch, self.laws)

    def _log(self, about: str, text: str, fields: Mapping[str, str | int]) -> None:
        self.world.note("service", "%s: %s %s", about, text, fields or "")

    # --- its turns ----------------------------------------------------------------------------------------------------

    def _soon(self, delay_ms: float, action: Any, *about: Any) -> None:
        """Unless it is killed before."""
        self.world.later(delay_ms, self._if_running, self._run, action, about)

    def _if_running(self, run: int, action: Any, about: tuple[Any, ...]) -> None:
        if self._run == run and self.distributor is not None:
            with self.disk.trouble():
                action(self.distributor, *about)
            self._turn_over()

    def _receive(self, peer: Peer, batch: list[AnyMessage] | BadMessage) -> None:
        if self.distributor is not None:
            self.laws.heard(peer, batch)
            with self.disk.trouble():
                self.distributor.take(peer, batch)
            self._turn_over()

    def _turn_over(self) -> None:
        """After each turn: what it left to be done, and whether everything is still as it must be."""
        distributor = self.distributor
        if distributor is None:
            return
        shell = distributor.shell
        self.laws.look(shell)
        due_ms = shell.scheduler.next_deadline_ms()
        if due_ms is not None and (self._armed_ms is None or due_ms < self._armed_ms):
            self._armed_ms = due_ms
            self._soon((due_ms - self._now_ms()) / self._rate, self._tick, due_ms)
        if shell.outbox.due and not self._committing:
            self._committing = True
            self._soon(SETTINGS.retry_commit_ms if shell.outbox.fault else SETTINGS.commit_ms, self._commit)

    def _tick(self, distributor: Distributor, due_ms: int) -> None:
        if self._armed_ms != due_ms:
            return
        self._armed_ms = None
        if self._now_ms() >= due_ms:
            distributor.tick()

    def _beat(self, distributor: Distributor) -> None:
        distributor.beat()
        self._soon(SETTINGS.heartbeat_ms, self._beat)

    def _wake(self) -> None:
        if not self._woken:
            self._woken = True
            self._soon(1, self._stream, False)

    def _progress(self, distributor: Distributor) -> None:
        distributor.shell.giving.turn()
        self._stream(distributor, True)
        self._soon(SETTINGS.progress_ms, self._progress)

    def _stream(self, distributor: Distributor, with_progress: bool) -> None:
        self._woken = False
        distributor.streaming.turn(with_progress=with_progress)

    # --- its mail, in steps -------------------------------------------------------------------------------------------

    def _mail(self, distributor: Distributor) -> None:
        shell = distributor.shell
        shell.mail_changed.clear()
        mails = courier.due(shell, MAIL)
        shell.outbox.after(lambda: self._soon(0, self._send, mails))

    def _send(self, distributor: Distributor, mails: list[Any]) -> None:
        """One after the other; each may be the last that this distributor sends."""
        if mails:
            (job, mail), *others = mails
            message = courier.letter(distributor.shell, MAIL, job, mail)
            self._soon(self.world.between(*SENDING_MS), self._brought, job, mail, message, others)
        else:
            self._soon(1_000 * min(1.0, courier.pause_s(distributor.shell, MAIL)), self._mail)

    def _brought(self, distributor: Distributor, job: Any, mail: Any, message: Any, others: list[Any]) -> None:
        fault = self.mail_server.take(mail.type, message)
        self._soon(self.world.between(*SENDING_MS), self._settle, job, mail, fault, others)

    def _settle(self, distributor: Distributor, job: Any, mail: Any, fault: Any, others: list[Any]) -> None:
        courier.settle(distributor.shell, MAIL, job, mail, fault)
        self._send(distributor, others)

    # --- its commits, in steps ----------------------------------------------------------------------------------------

    def _commit(self, distributor: Distributor) -> None:
        """Between these steps everything else goes on, and each may be the last."""
        self._writing = True
        slow = self.luck.slow_disk and not self.healed
        actions = distributor.shell.outbox.begin()
        self._soon(self.world.between(0, 400 if slow else 4), self._written, actions)

    def _written(self, distributor: Distributor, actions: list[Any]) -> None:
        ledger = self.disk.ledger
        assert ledger is not None
        try:
            ledger.commit()
        except CannotCommit as fault:
            self.world.note("service", "cannot commit")
            distributor.shell.outbox.failed(actions, str(fault))
            self._committing = self._writing = False
        else:
            self._writing = False
            self._soon(self.world.chance.randint(0, 2), self._release, actions)

    def _release(self, distributor: Distributor, actions: list[Any]) -> None:
        self._committing = False
        distributor.shell.outbox.release(actions)
        self._soon(1_000 * COMPANY_S, self._accompany)

    def _accompany(self, distributor: Distributor) -> None:
        distributor.shell.post.flush_all()


class Watched(Scheduler):
    """The real scheduler; the laws see all that it is told and all that it says."""

    def __init__(self, settings: Settings, epoch: int, laws: Laws) -> None:
        super().__init__(settings, epoch)
        self._laws = laws

    def handle(self, event: Event, now_ms: int) -> list[Instruction]:
        instructions = super().handle(event, now_ms)
        self._laws.decided(event, instructions)
        return instructions
