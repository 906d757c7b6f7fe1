"""One driver attempt in its jail: runs the program of `programs.py` and says what marx/worker/drivers.py would say."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

from marx.wire import messages as wire
from marx.wire.contents import contents_of
from marx.worker.transcript import STDOUT, Transcript

from .programs import Arrived, Wish, run
from .spec import JobSpec, item

if TYPE_CHECKING:
    from .workers import SimWorker

STEP_MS = (0, 8)
"""Between two things that a program does."""


class SimDriver:
    def __init__(self, worker: SimWorker, message: wire.LeaseDriver, job: JobSpec) -> None:
        self.lease = message.lease
        self._worker, self._world, self._job = worker, worker.world, job
        self._transcript = Transcript(message.lease)
        self._arrived: dict[int, Arrived] = {}
        self._delivered: dict[int, set[int]] = {}
        self._program = run(job, self._arrived, worker.laws)
        self._waits = False
        self._over = False
        self._openings: dict[int, int] = {}
        self._dies = self._fate()

    def _fate(self) -> str:
        """Whether this attempt's jail will die, or not even start; each so often in a run only."""
        luck = self._worker.driver_luck
        for kind in ("killed", "sandbox"):
            if not self._worker.healed and luck.get(kind, 0) > 0 and self._world.happens(0.5):
                luck[kind] -= 1
                return kind
        return ""

    def begin(self) -> None:
        if self._dies == "sandbox":
            self._end("sandbox")
        else:
            if self._dies:
                self._soon(self._world.between(1, 3_000), self._end, self._dies)
            self._say(wire.Planned(self.lease, b'{"sites": [{"site": 0, "line": 1}]}'))
            self._next()

    def stop(self) -> None:
        self._soon(self._world.between(1, 30), self._end, "killed")

    # --- what comes ---------------------------------------------------------------------------------------------------

    def deliver(self, values: wire.Values) -> None:
        """Each range once, and only while its region is open; bytes that are a blob are fetched first."""
        known = self._delivered.get(values.region)
        if known is None or values.start in known:
            return
        known.add(values.start)
        if values.values is None:
            self._take(values, None)
        else:
            content = values.values
            stock = self._worker.stock
            stock.fetch([content], lambda good: self._take(values, stock.read(content) if good else None))

    def _take(self, values: wire.Values, packed: bytes | None) -> None:
        region = next(site for site, opening in self._openings.items() if opening == values.region)
        self._arrived[region].take(self._job, region, values.start, values.stop, packed, self._worker.laws)
        if self._waits:
            self._waits = False
            self._soon(self._world.between(*STEP_MS), self._next)

    # --- what the program does ----------------------------------------------------------------------------------------

    def _soon(self, delay_ms: float, action: object, *about: object) -> None:
        self._worker.soon(delay_ms, self._if_going_on, action, about)

    def _if_going_on(self, action: object, about: tuple[object, ...]) -> None:
        if not self._over:
            action(*about)  # type: ignore[operator]

    def _next(self) -> None:
        """The program goes on until it waits, works or is over."""
        while True:
            wish = next(self._program)
            match wish.kind:
                case "print":
                    self._transcript.print(STDOUT, wish.data)
                    self.send_output()
                case "open":
                    self._open(wish.region)
                case "close":
                    self._close(wish)
                case "wait":
                    self._waits = True
                    return
                case "work":
                    self._soon(wish.ms / self._worker.speed, self._next)
                    return
                case "exit":
                    self._soon(self._world.between(*STEP_MS), self._exit, wish.data)
                    return

    def _open(self, site: int) -> None:
        job, region, stock = self._job, self._job.regions[site], self._worker.stock
        opening = self._openings[site] = len(self._openings)
        self._delivered[opening] = set()
        items = [item(job, site, at) for at in range(region.count)] if region.listed else []
        offsets = array("Q", [0])
        for one in items:
            offsets.append(offsets[-1] + len(one))
        captures = f"captures {site}".encode().ljust(region.value_bytes + 20, b"_")
        self._say(
            wire.Opened(
                lease=self.lease,
                region=opening,
                key=f"{site}.1",
                site=site,
                line=site + 1,
                first=region.first,
                count=region.count,
                digest=f"digest-{site}",
                captures=stock.put(captures),
                item_ns=max(1, round(region.item_ms * 1e6 * self._world.between(0.2, 3))),
                range_start=7 * site,
                range_step=1,
                offsets=stock.put(offsets.tobytes()) if region.listed else None,
                items=stock.put(b"".join(items)) if region.listed else None,
            )
        )

    def _close(self, wish: Wish) -> None:
        opening = self._openings[wish.region]
        self._delivered.pop(opening, None)
        self._say(wire.Closed(self.lease, opening, wish.used, wish.in_place))

    def _exit(self, file: bytes) -> None:
        content = self._worker.stock.put(file)
        files = [wire.File("out.txt", content)] if file else []
        self._finish(wire.DriverDone(self.lease, "exited", self._job.exit_code, files, [], 1, 1))

    def _end(self, verdict: str) -> None:
        self._finish(wire.DriverDone(self.lease, verdict, 0, [], [], 1, 1, reason="bad luck"))

    def _finish(self, done: wire.DriverDone) -> None:
        self._over = True
        self._world.note(self._worker.name, "driver %d ends: %s", self.lease.number, done.verdict)
        self._worker.driver_ended(self, done)

    def forget(self) -> None:
        self._over = True
        self._transcript.close()

    # --- what is said -------------------------------------------------------------------------------------------------

    def _say(self, message: wire.Planned | wire.Opened | wire.Closed) -> None:
        """After its blobs, and after all that was said before: as the relay of one jail's frames does."""
        self._worker.stock.upload(list(contents_of(message)), lambda good: self._uploaded(message, good))

    def _uploaded(self, message: wire.Planned | wire.Opened | wire.Closed, good: bool) -> None:
        if good:
            self._transcript.keep(message)
            self._worker.post(message)
        elif isinstance(message, wire.Opened):
            self.deliver(wire.Values(self.lease, message.region, message.first, message.count, reason="not taken"))

    def send_output(self) -> None:
        while self._worker.open and (piece := self._transcript.next_output(STDOUT)) is not None:
            self._worker.post(piece)

    def say_again(self) -> None:
        self._worker.post(*self._transcript.again())
        self.send_output()
