"""One seed's lab: who is there, what goes wrong when, and when it has to be over.

Two phases. While there is trouble nothing may ever be wrong (`laws.py`, and the answers). Then it is healed: from there
on nothing goes wrong any more, and every job must come to its end.
"""

from __future__ import annotations

from contextlib import ExitStack
from random import Random
from unittest.mock import patch

from marx.calls import carrying
from marx.link import fetching, uploading

from .callers import SimCaller
from .disk import Disk
from .laws import Laws
from .luck import HEALED_MS, TROUBLE_MS, Luck, draw
from .network import Network
from .service import Service
from .spec import FunctionSpec, JobSpec, RegionSpec, SessionSpec
from .taskers import SimTasker
from .workers import SimWorker
from .world import Violation, World

LEFT_OVER_MS = 60_000
"""Within so much time after the last job's end nothing of it may be left anywhere."""
STEPS_MAX = 1_000_000
"""Many times what any lab needs: beyond it messages lead to messages without end."""
LARGE_BYTES = 70_000
"""More than travels inline, so such a value is a blob."""


PARTS_BYTES = (4_000, 20_000, 200_000)
"""What travels of a blob at a time, so that a large value is one part, a few, or more than a window."""


class Lab:
    def __init__(self, seed: int, *, tell: bool = False) -> None:
        self.world = World(seed, tell)
        chance = self.world.chance
        self.luck = draw(chance)
        self.world.note("lab", "seed %d: %s", seed, self.luck.named())
        self.jobs = {
            job.ticket: job for job in (make_job(chance, self.luck, n) for n in range(chance.choice([1, 1, 2])))
        }
        self.sessions = {"calls": make_session(chance, self.luck)} if self.luck.sessions else {}
        self.laws = Laws(self.jobs)
        self.network = Network(self.world, self.luck)
        self.disk = Disk(self.world)
        self.service = Service(self.world, self.luck, self.network, self.disk, self.laws)
        driver_luck = {"killed": self.luck.driver_kills, "sandbox": self.luck.driver_returns}
        known = {**self.jobs, **self.sessions}
        self.workers = [
            SimWorker(self.world, self.luck, self.network, self.laws, f"w{n}", known, driver_luck, self.disk)
            for n in range(chance.choice([1, 2, 3, 3, 4]))
        ]
        self.taskers = [
            SimTasker(self.world, self.network, self.disk, job, mails=self.luck.mails) for job in self.jobs.values()
        ]
        self.callers = [
            SimCaller(self.world, self.network, self.laws, session, self.luck) for session in self.sessions.values()
        ]
        self._part_bytes = chance.choice(PARTS_BYTES)
        self.healed = False

    def run(self) -> None:
        """Raises at the first thing that is wrong."""
        try:
            size = self._part_bytes
            with ExitStack() as patched:
                for module in (fetching, uploading, carrying):
                    patched.enter_context(patch.object(module, "PART_BYTES", size))
                self._plan()
                while not self.over:
                    self.world.step()
                    if self.world.steps > STEPS_MAX:
                        raise Violation(f"so much was said that nothing came to its end; {self._where_it_stands()}")
                self._go_home()
        finally:
            for worker in self.workers:
                worker.kill()
            self.service.close_files()
            self.disk.close()

    @property
    def over(self) -> bool:
        return all(one.over for one in (*self.taskers, *self.callers))

    # --- the plan -----------------------------------------------------------------------------------------------------

    def _plan(self) -> None:
        world, luck, chance = self.world, self.luck, self.world.chance
        world.later(0, self.service.start)
        for worker in self.workers:
            world.later(world.between(0, 1_500), worker.boot)
        for tasker in (*self.taskers, *self.callers):
            world.later(world.between(0, 2_000), tasker.boot)
        if luck.caller_kills:
            for caller in self.callers:
                world.later(world.between(0, TROUBLE_MS), caller.kill)
        for times, trouble in (
            (luck.drops, self._drop),
            (luck.partitions, self._partition),
            (luck.restarts, self._restart),
            (luck.worker_kills, self._kill_worker),
            (luck.mass_losses, self._kill_all),
            (luck.freezes, self._freeze),
            (luck.full_disks, self._fill_disk),
            (luck.wall_steps, self.service.step_wall_clock),
            (luck.mail_outages if luck.mails else 0, self._mail_outage),
            (luck.cancels, self._cancel),
            (luck.tasker_kills, self._kill_tasker),
            (2 * luck.sick_workers, self._sicken),
        ):
            for _ in range(times):
                world.later(chance.randint(0, TROUBLE_MS), self._unless_healed, trouble)
        if luck.gone_for_good and len(self.workers) > 1:
            world.later(chance.randint(0, TROUBLE_MS), self.workers[-1].leave_for_good)
        if luck.come_and_go:
            for worker in self.workers:
                self._come_and_go(worker)
        world.later(TROUBLE_MS, self._heal)
        world.later(TROUBLE_MS + HEALED_MS, self._give_up_hope)

    def _unless_healed(self, trouble: object) -> None:
        if not self.healed:
            trouble()  # type: ignore[operator]

    # --- trouble ------------------------------------------------------------------------------------------------------

    def _somebody(self) -> SimWorker | SimTasker | SimCaller:
        return self.world.chance.choice([*self.workers, *self.workers, *self.taskers, *self.callers])

    def _worker(self) -> SimWorker:
        return self.world.chance.choice(self.workers)

    def _drop(self) -> None:
        lines = list(self.network.lines.values())
        if lines:
            self.network.break_line(self.world.chance.choice(lines), quietly=self.world.happens(0.3))

    def _partition(self) -> None:
        for client in (self._somebody(), self._somebody()):
            self.network.hold_up(client, self.world.chance.choice([100, 1_000, 4_000]))

    def _restart(self) -> None:
        self.service.crash()
        self.world.later(self.world.chance.choice([5, 300, 3_000]), self.service.start)

    def _kill_worker(self) -> None:
        worker = self._worker()
        worker.kill()
        self.world.later(self.world.chance.choice([5, 500, 5_000]), worker.boot)

    def _kill_all(self) -> None:
        for worker in self.workers:
            worker.kill()
            self.world.later(self.world.chance.choice([5, 2_000, 5_000]), worker.boot)

    def _come_and_go(self, worker: SimWorker) -> None:
        """Its owner switches it off and on all day."""
        if self.healed:
            return
        if worker.alive:
            worker.kill()
        else:
            worker.boot()
        self.world.later(self.world.between(100, 4_000), self._come_and_go, worker)

    def _freeze(self) -> None:
        self._worker().freeze(self.world.chance.choice([200, 1_500, 4_000]))

    def _fill_disk(self) -> None:
        self.disk.full = True
        self.world.note("disk", "is full")
        self.world.later(self.world.chance.choice([50, 500, 3_000]), self._empty_disk)

    def _empty_disk(self) -> None:
        self.disk.full = False

    def _mail_outage(self) -> None:
        self.service.mail_server.down = True
        self.world.later(self.world.chance.choice([200, 3_000]), self._mail_again)

    def _mail_again(self) -> None:
        self.service.mail_server.down = False

    def _cancel(self) -> None:
        self.world.chance.choice(self.taskers).cancel()

    def _kill_tasker(self) -> None:
        tasker = self.world.chance.choice(self.taskers)
        tasker.kill()
        self.world.later(self.world.chance.choice([5, 3_000]), tasker.boot)

    def _sicken(self) -> None:
        worker = self._worker()
        self.world.note(worker.name, "has no sandboxes any more")
        worker.sick = True

    # --- the end ------------------------------------------------------------------------------------------------------

    def _heal(self) -> None:
        """Nothing goes wrong any more. Who was sick, stalled or set aside is started again, who was off is on."""
        self.world.note("lab", "is healed")
        self.healed = self.network.healed = self.service.healed = True
        self.disk.full = self.service.mail_server.down = False
        self.service.start()
        for worker in self.workers:
            worker.healed = True
            if worker.sick or self.luck.stalls:
                worker.sick = False
                worker.kill()
            worker.boot()
        for tasker in self.taskers:
            tasker.boot()
        self.world.later(15_000, self._mend)

    def _mend(self) -> None:
        """What was still on its way may have got a worker set aside after all: its owner looks after it."""
        distributor = self.service.distributor
        for state in distributor.shell.scheduler.workers() if distributor else []:
            worker = next(one for one in self.workers if one.name == state.worker)
            if state.state == "set-aside":
                worker.kill()
                worker.boot()

    def _give_up_hope(self) -> None:
        waiting = [one.name for one in (*self.taskers, *self.callers) if not one.over]
        raise Violation(f"never ended: {waiting}; {self._where_it_stands()}")

    def _where_it_stands(self) -> str:
        distributor = self.service.distributor
        if distributor is None:
            return "no distributor"
        shell = distributor.shell
        jobs = [(shell.scheduler.job_state(job.id), shell.scheduler.regions(job.id)) for job in shell.jobs]
        return f"{jobs}; {shell.scheduler.workers()}; {shell.counts}"

    def _go_home(self) -> None:
        """All jobs have ended: a little later nobody holds anything any more."""
        for tasker in self.taskers:
            if tasker.cancelled and tasker.ended is not None and tasker.ended.state != "cancelled":
                raise Violation(f"job {tasker.id} was cancelled and is {tasker.ended.state}")
        jobs = self.jobs.values()
        deadly = {(job.ticket, n, at) for job in jobs for n, one in enumerate(job.regions) for at in one.deadly}
        if self.luck.calm and self.laws.in_place - deadly:
            raise Violation(f"nothing was wrong with items {self.laws.in_place - deadly}, and no chunk computed them")
        if not self.healed:
            self._heal()
        for worker in self.workers:
            if self.luck.stalls or not worker.seems_well:
                worker.kill()
                worker.boot()
        until_ms = self.world.now + LEFT_OVER_MS
        while self.world.now < until_ms and not self._at_rest():
            self.world.step()
        if missing := self._mails_missing():
            raise Violation(f"nobody was sent the mails {missing}")
        if not self._at_rest():
            if self.service.distributor is not None and self.service.distributor.shell.sessions:
                raise Violation("nobody speaks for a session any more, and it is still open")
            held = {worker.name: worker.session.holding() for worker in self.workers if worker.alive}
            raise Violation(f"all jobs have ended, and this is still held: {held}")

    def _at_rest(self) -> bool:
        idle = all(worker.session.idle() for worker in self.workers if not worker.gone)
        distributor = self.service.distributor
        open_sessions = distributor is not None and bool(distributor.shell.sessions)
        return idle and not open_sessions and not self._mails_missing()

    def _mails_missing(self) -> list[tuple[str, str]]:
        """Also the mails that the last commits call for."""
        return self.service.mail_server.missing(self.laws.mails_owed()) if self.luck.mails else []


def make_job(chance: Random, luck: Luck, n: int) -> JobSpec:
    return JobSpec(
        ticket=f"job{n}",
        regions=tuple(_make_region(chance, luck) for _ in range(chance.choice([0, 1, 1, 2, 3]))),
        exit_code=chance.choice([0, 0, 3]),
        script_bytes=LARGE_BYTES if luck.large_values else 20,
        files_bytes=chance.choice([0, 10, LARGE_BYTES if luck.large_values else 10]),
    )


def make_session(chance: Random, luck: Luck) -> SessionSpec:
    functions = tuple(_make_function(chance, luck) for _ in range(chance.choice([1, 1, 2])))
    return SessionSpec("calls", functions)


def _make_function(chance: Random, luck: Luck) -> FunctionSpec:
    count = chance.choice([1, 3, 12, 40])
    large = luck.large_values and chance.random() < 0.6
    return FunctionSpec(
        count=min(count, 4) if large else count,
        item_ms=chance.choice([1, 20, 150]),
        argument_bytes=LARGE_BYTES if large and chance.random() < 0.7 else 0,
        value_bytes=LARGE_BYTES if large and chance.random() < 0.7 else 0,
        deadly=frozenset({chance.randrange(count)}) if luck.deadly_items else frozenset(),
    )


def _make_region(chance: Random, luck: Luck) -> RegionSpec:
    count = chance.choice([1, 2, 5, 17, 40])
    size = LARGE_BYTES if luck.large_values and chance.random() < 0.5 else 0
    deadly = frozenset({chance.randrange(count)}) if luck.deadly_items else frozenset()
    return RegionSpec(
        count=count,
        first=chance.randint(0, min(3, count - 1)),
        stop=count if chance.random() < 0.8 else chance.randint(0, count),
        every=chance.choice([1, 3, 10]),
        item_ms=chance.choice([2, 20, 20, 150, 400]),
        value_bytes=min(size, 200_000 // count),
        listed=chance.random() < 0.4,
        deadly=deadly,
    )
