"""One driver: runs a program's sequential rest in a jail and relays between it and the distributor.

    stdout, stderr ─► transcript ─► Output            Values ─► queue ─► Values/Unavailable ─► jail
    Planned, Opened, Closed ─► blobs first, then the message, kept in the transcript

It occupies a seat, no slot. What it said is kept (transcript.py) until the distributor acknowledged the driver's
end, so that a reconnect or a restarted distributor is told all of it again. Frames of the jail are hostile: the
first bad one ends it.
"""

from __future__ import annotations

import contextlib
import time

import gevent
from gevent.queue import Queue
from gevent.socket import socket as GreenSocket

import sandbox
from marx.inside import messages as inside
from marx.wire.contents import contents_of
from marx.wire.limits import ASTRAY_LENGTH_MAX, ASTRAY_MAX, INLINE_TOTAL_BYTES_MAX
from marx.wire.messages import (
    Closed,
    DriverDone,
    File,
    Lease,
    LeaseDriver,
    Opened,
    Planned,
    SiteFigures,
    Values,
)
from marx.worker import translating, verdicts
from marx.worker.hearing import Nonsense, hear
from marx.worker.jails import WarmJails, end_jail
from marx.worker.line import Line
from marx.worker.loading import TEMPORARY, begin, hash_seed, load
from marx.worker.output import pieces
from marx.worker.settings import WorkerSettings
from marx.worker.stock import BlobLost, NoRoom, Stock
from marx.worker.transcript import STDERR, STDOUT, Transcript
from marx.worker.verdicts import Ending

REGIONS_SENT_MAX = 1000
"""Open at a time: as many as lazy `map` calls that a program is in the middle of. Others are computed in place."""
REGIONS_OPEN_MAX = 20_000
"""No program is in the middle of that many; it wants to fill our memory."""


class Driver:
    """One driver attempt. `run` is the body of its greenlet and returns its outcome."""

    def __init__(
        self, message: LeaseDriver, settings: WorkerSettings, warm: WarmJails, stock: Stock, line: Line
    ) -> None:
        self.lease: Lease = message.lease
        self._message = message
        self._settings = settings
        self._warm = warm
        self._stock = stock
        self._line = line
        self._transcript = Transcript(message.lease)
        self._arriving: Queue[Values] = Queue()
        self._delivered: dict[int, set[int]] = {}
        """By open region, the first items of the values that the jail was given."""
        self._jail: sandbox.Jail | None = None
        """The jail while it lives: once it is reaped its process id may be another's."""
        self._fault: Ending | None = None
        self._sites: list[SiteFigures] = []

    # --- what the daemon asks -----------------------------------------------------------------------------------------

    def run(self) -> DriverDone:
        """Runs the driver to its end. A stop or fault is an ending too; only `GreenletExit` passes through."""
        started_ns = time.monotonic_ns()
        try:
            self._jail = self._loaded()
        except (sandbox.SandboxError, OSError) as fault:
            self._fault = verdicts.of_no_jail(fault)
            return self._done(sandbox.Outcome(verdict=sandbox.Verdict.SANDBOX_ERROR), started_ns)
        jail = self._jail
        try:
            return self._done(self._relay(jail), started_ns)
        finally:
            self._jail = None
            self._warm.bury(jail)

    def deliver(self, values: Values) -> None:
        """Values of a region came, or word that they will not: they go to the jail in the order of their coming.

        A region that is opened again after a reconnect is answered with all its values from the start; the jail gets
        each once, and only while the region is open.
        """
        known = self._delivered.get(values.region)
        if known is not None and values.start not in known:
            known.add(values.start)
            self._arriving.put(values)

    def stop(self) -> None:
        """Nobody wants this driver any more."""
        self._end(Ending("killed", reason="stopped"))

    def interrupt(self) -> None:
        """Its program is to end as Ctrl-C would make it; one that does not run yet never begins to."""
        if self._jail is None:
            self.stop()
        else:
            gevent.spawn(self._jail.interrupt)

    def say_again(self) -> None:
        """After a Welcome: what was said so far is said once more. Output follows as the line takes it."""
        self._line.post(*self._transcript.again())
        for stream in (STDOUT, STDERR):
            gevent.spawn(self.send_output, stream)

    def send_output(self, stream: int) -> None:
        """Sends what was not sent yet, as long as the line is open."""
        while True:
            self._line.wait_for_room()
            piece = self._transcript.next_output(stream) if self._line.open else None
            if piece is None:
                return
            self._line.post(piece)

    def forget(self) -> None:
        """The end is acknowledged: nothing will have to be said again."""
        self._transcript.close()

    # --- the jail -----------------------------------------------------------------------------------------------------

    def _loaded(self) -> sandbox.Jail:
        program = self._message.program
        jail = self._warm.take(hash_seed(program))
        try:
            jail.load(load(program, self._stock.path, driver=True, cpus=self._settings.cpus))
            slots, tier = self._message.slots, self._warm.tier
            jail.send(inside.encode(begin(program, "driver", self._settings, jail.place, slots, tier)))
        except BaseException:
            self._warm.bury(jail)
            raise
        return jail

    def _relay(self, jail: sandbox.Jail) -> sandbox.Outcome:
        if self._fault is not None:  # stopped while the jail was being loaded
            return sandbox.Outcome(verdict=sandbox.Verdict.KILLED)
        readers = [
            gevent.spawn(self._read_output, jail, jail.stdout, STDOUT),
            gevent.spawn(self._read_output, jail, jail.stderr, STDERR),
            gevent.spawn(self._read_frames, jail),
        ]
        feeder = gevent.spawn(self._feed, jail)
        try:
            outcome = jail.wait(None)
            self._jail = None
            gevent.joinall(readers)
            return outcome
        finally:
            gevent.killall([feeder, *readers])

    def _done(self, outcome: sandbox.Outcome, started_ns: int) -> DriverDone:
        ending = self._fault or verdicts.of_driver(outcome)
        files: list[File] = []
        if ending.verdict == "exited":
            try:
                files = self._files(outcome)
            except NoRoom as fault:
                ending = Ending("sandbox", reason=str(fault))
        whole = ending.verdict == "exited"
        return DriverDone(
            lease=self.lease,
            verdict=ending.verdict,
            exit_code=ending.exit_code,
            files=files,
            removed=list(outcome.removed) if whole else [],
            wall_ns=outcome.wall_ns or time.monotonic_ns() - started_ns,
            cpu_ns=outcome.cpu_ns,
            reason=ending.reason[: verdicts.REASON_LENGTH_MAX],
            sites=self._sites,
            astray=[path[:ASTRAY_LENGTH_MAX] for path in outcome.astray[:ASTRAY_MAX]] if whole else [],
        )

    def _files(self, outcome: sandbox.Outcome) -> list[File]:
        """Small contents stand in the message while there is room."""
        files = []
        room = INLINE_TOTAL_BYTES_MAX
        for one in outcome.files:
            put = self._stock.put if len(one.content) <= room else self._stock.put_apart
            content = put(one.content)
            room -= len(content.data or b"")
            files.append(File(one.path, content, one.mode))
        return files

    def _end(self, ending: Ending) -> None:
        """Ends the jail for a reason of ours; its own greenlet clears up. The first reason counts."""
        self._fault = self._fault or ending
        if self._jail is not None:
            end_jail(self._jail)

    # --- out of the jail ----------------------------------------------------------------------------------------------

    def _read_output(self, jail: sandbox.Jail, source: GreenSocket, stream: int) -> None:
        names = {jail.place(path): path for path in (self._message.program.folder, TEMPORARY)}
        limit = self._settings.output_bytes_max
        for text in pieces(source, names):
            try:
                self._transcript.print(stream, text)
            except OSError as fault:
                self._end(Ending("sandbox", reason=f"this host's disk does not take its output: {fault.strerror}"))
                return
            if self._transcript.output_bytes > limit:
                self._end(Ending("failed", reason=f"the program wrote more than {limit} bytes of output"))
                return
            self.send_output(stream)

    def _read_frames(self, jail: sandbox.Jail) -> None:
        try:
            while (body := jail.receive(None)) is not None:
                # A jail that never stops talking finds all its words at once, and would be the only one heard.
                gevent.sleep(0)
                message = hear(body)
                if isinstance(message, inside.Declined):
                    self._end(Ending("failed", reason=translating.refusal(message)))
                elif isinstance(message, inside.Judged):
                    self._sites = translating.figures(message)
                else:
                    self._say(self._to_wire(message))
        except (Nonsense, sandbox.BadFrame) as fault:
            self._end(Ending("failed", reason=f"its jail sent nonsense: {fault}"))
        except NoRoom as fault:
            self._end(Ending("sandbox", reason=str(fault)))
        except sandbox.JailDied:
            return  # how it died is what `wait` tells

    def _say(self, message: Planned | Opened | Closed) -> None:
        """Sends a message after its blobs. A region that the distributor does not take is computed in place."""
        if isinstance(message, Opened):
            self._delivered[message.region] = set()
            if len(self._delivered) > REGIONS_SENT_MAX:
                self._take_in_place(message, f"more than {REGIONS_SENT_MAX} regions are open")
                return
        elif isinstance(message, Closed) and self._delivered.pop(message.region, None) is None:
            raise Nonsense(f"region {message.region} is closed that was not open")
        self._line.wait_for_room()
        contents = list(contents_of(message))
        self._stock.hold(contents)
        try:
            self._stock.upload_all(contents)
        except BlobLost as fault:
            if isinstance(message, Opened):
                self._take_in_place(message, str(fault))
        else:
            self._transcript.keep(message)
            self._line.post(message)
        finally:
            self._stock.release(contents)

    def _take_in_place(self, message: Opened, reason: str) -> None:
        if len(self._delivered) > REGIONS_OPEN_MAX:
            raise Nonsense(f"more than {REGIONS_OPEN_MAX} regions open at a time")
        self.deliver(Values(self.lease, message.region, message.first, message.count, reason=reason))

    def _to_wire(
        self, message: inside.Planned | inside.Opened | inside.Closed | inside.Ran
    ) -> Planned | Opened | Closed:
        match message:
            case inside.Planned():
                if message.sites:
                    self._warm.expect_chunks()
                return translating.planned(self.lease, message)
            case inside.Opened():
                return translating.opened(self.lease, message, self._stock)
            case inside.Closed():
                return Closed(self.lease, message.region, message.used, message.in_place)
            case inside.Ran():
                raise Nonsense("a driver does not compute chunks")

    # --- into the jail ------------------------------------------------------------------------------------------------

    def _feed(self, jail: sandbox.Jail) -> None:
        """Passes values on. A jail that is gone needs none; `wait` tells how it went."""
        with contextlib.suppress(sandbox.SandboxError):
            for values in self._arriving:
                jail.send(inside.encode(translating.delivered(values, self._stock)))
