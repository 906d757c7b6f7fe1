"""What a job's facts amount to, as small questions with short answers: the words that the table of causes is made of.

Pure: facts in, numbers and texts out. Nothing here decides; `causes.py` does, by the order of its rows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import dropwhile

from marx.cli.memory import lent, more_memory
from marx.cli.progress import counted, excerpt, plain, some
from marx.cli.times import show_time
from marx.wire.messages import ChunkRow, FindingRow, JobFacts, RegionProgress, RegionReport, WorkerRow
from marx.wire.places import place_of
from marx.wire.quantities import show_duration

SLOW_MS = 10_000
"""What ends sooner is nobody's worry."""
NOT_WORTH_IT = "MX6"
MUCH_IN_PLACE = 0.2
"""A region whose driver computed more than this itself gained little."""
TRACEBACK = "Traceback (most recent call last):\n"
SAID_LENGTH_MAX = 300
"""How much is shown of an exception's text, in characters."""


@dataclass(frozen=True, slots=True)
class Situation:
    """One job. `workers` are all that its distributor knows, whatever they are doing."""

    facts: JobFacts
    workers: tuple[WorkerRow, ...] = ()

    # --- the job ------------------------------------------------------------------------------------------------------

    @property
    def job(self) -> str:
        return self.facts.row.job

    @property
    def state(self) -> str:
        return self.facts.row.state

    @property
    def reason(self) -> str:
        return plain(self.facts.row.reason)

    @property
    def astray(self) -> str:
        """The files that did not come back. Their names were made on a stranger's machine."""
        return some([repr(path) for path in self.facts.astray])

    @property
    def exit_code(self) -> int:
        return self.facts.row.exit_code

    @property
    def waited(self) -> str:
        row = self.facts.row
        return show_duration((row.started_ms or self.facts.now_ms) - row.submitted_ms)

    @property
    def free_in(self) -> str:
        """When it may begin, in words; empty where that is not known."""
        wait_ms = self.facts.wait_ms
        return f"a driver's seat falls free in {show_duration(wait_ms)} at the earliest" if wait_ms >= 0 else ""

    @property
    def took_ms(self) -> int:
        row = self.facts.row
        return max(0, (row.ended_ms or self.facts.now_ms) - row.started_ms) if row.started_ms else 0

    @property
    def took(self) -> str:
        return show_duration(self.took_ms)

    @property
    def ran_for(self) -> str:
        return f"after {self.took}" if self.facts.row.started_ms else "before it had begun"

    @property
    def due(self) -> str:
        return f"{show_time(self.facts.row.due_ms)}, in {show_duration(self.facts.row.due_ms - self.facts.now_ms)}"

    @property
    def script(self) -> str:
        return self.facts.argv[0] if self.facts.argv else self.facts.row.name

    @property
    def limit(self) -> str:
        return show_duration(self.facts.timeout_ms)

    def says(self, text: str) -> bool:
        """Whether the reason of its end holds a text."""
        return text in self.facts.row.reason

    # --- workers ------------------------------------------------------------------------------------------------------

    @property
    def here(self) -> list[WorkerRow]:
        return [worker for worker in self.workers if worker.state != "lost"]

    @property
    def slots(self) -> int:
        return sum(worker.slots for worker in self.here)

    @property
    def ahead(self) -> str:
        return some(self.facts.ahead)

    @property
    def behind(self) -> int:
        return len(self.facts.ahead)

    def all_lack(self, text: str) -> bool:
        """No worker suits, and of those that are here every one lacks something whose text begins so."""
        lacks = self.lacks_here
        return not self.facts.suited and bool(lacks) and all(lack.startswith(text) for lack in lacks)

    def some_lack(self, text: str) -> bool:
        """No worker suits, and this is what stands in the way of at least one that is here."""
        return not self.facts.suited and any(lack.startswith(text) for lack in self.lacks_here)

    @property
    def lacks_here(self) -> list[str]:
        here = {worker.name for worker in self.here}
        return [lack for name, lack in self.facts.unsuited.items() if name in here]

    @property
    def lacking(self) -> str:
        here = {worker.name for worker in self.here}
        return some([f"{name}: {plain(lack)}" for name, lack in self.facts.unsuited.items() if name in here], "; ")

    @property
    def is_gone(self) -> bool:
        """No worker suits, but one that did has left."""
        return not self.facts.suited and bool(self.gone)

    @property
    def gone(self) -> str:
        lost = [f"{name}: {plain(lack)}" for name, lack in self.facts.unsuited.items() if lack.startswith("it is lost")]
        return some(lost, "; ")

    @property
    def suited(self) -> str:
        return some(self.facts.suited)

    @property
    def pythons(self) -> str:
        return ", ".join(sorted({worker.python for worker in self.here}))

    @property
    def lent(self) -> str:
        return lent(self.here)

    @property
    def more_memory(self) -> str:
        return more_memory(self.here, self.script, self.facts.terms.where)

    # --- regions and chunks -------------------------------------------------------------------------------------------

    @property
    def open_regions(self) -> list[RegionProgress]:
        return [region for region in self.facts.regions if region.done < region.items]

    @property
    def region(self) -> str:
        region = self.open_regions[-1]
        source = excerpt(region.source).removesuffix(":")
        return f"{place_of(region)} ({source}): {region.done} of {region.items} items"

    @property
    def measuring(self) -> bool:
        return bool(self.open_regions) and self.open_regions[-1].eta_p50_ms < 0

    @property
    def remaining(self) -> str:
        region = self.open_regions[-1]
        late = show_duration(max(region.eta_p90_ms, region.eta_p50_ms))
        return f"{show_duration(region.eta_p50_ms)} left, at most {late} (90%)"

    @property
    def running(self) -> int:
        return sum(region.running for region in self.open_regions)

    @property
    def chunks_running(self) -> str:
        return counted(self.running, "chunk")

    @property
    def workers_busy(self) -> str:
        return counted(self.facts.workers, "worker")

    @property
    def requeued(self) -> int:
        rows = self.facts.reports if self.facts.row.ended_ms else self.facts.regions
        return sum(row.requeued for row in rows)

    @property
    def late(self) -> ChunkRow | None:
        """The chunk that runs longest, if it does so several times as long as the others that run."""
        rows = [row for row in self.facts.chunks if row.running_since_ms >= SLOW_MS]
        others = [row.running_since_ms for row in self.facts.chunks if row.running_since_ms >= 0]
        longest = max(rows, key=lambda row: row.running_since_ms, default=None)
        return longest if longest is not None and longest.running_since_ms > 3 * min(others, default=0) else None

    @property
    def late_chunk(self) -> str:
        row = self.late
        return _chunk(row) + f" has run for {show_duration(row.running_since_ms)} at {row.worker}" if row else ""

    @property
    def given_up(self) -> str:
        one = self.facts.given_up[-1]
        return f"items {one.start}..{one.stop - 1} of region {one.region}: {plain(one.reason)}"

    @property
    def was_split(self) -> bool:
        return any(report.chunks for report in self.facts.reports)

    @property
    def in_place(self) -> str:
        """The region of which the driver computed most itself."""
        report = max(self.facts.reports, key=lambda report: report.in_place)
        return f"{place_of(report)}: {report.in_place} of {report.items} items were computed in the driver"

    @property
    def much_in_place(self) -> bool:
        return any(r.chunks and r.in_place > MUCH_IN_PLACE * max(1, r.items) for r in self.facts.reports)

    @property
    def calls(self) -> str:
        """How far a session has come."""
        return f"{self.facts.row.done} of {self.facts.row.items} calls were computed"

    @property
    def refused(self) -> RegionReport | None:
        """A region that was reached and ran in order for a reason that only the run showed; not for want of worth."""
        told = (report for report in self.facts.reports if report.code and not report.chunks)
        return next((report for report in told if not report.code.startswith(NOT_WORTH_IT)), None)

    @property
    def refused_text(self) -> str:
        report = self.refused
        return f"{report.code} {place_of(report)}: {plain(report.reason)}" if report else ""

    @property
    def finding(self) -> FindingRow | None:
        return self.facts.findings[0] if self.facts.findings else None

    @property
    def finding_text(self) -> str:
        finding = self.finding
        return f"{finding.code} {place_of(finding)}: {plain(finding.message)}" if finding else ""

    # --- output, mail, story ------------------------------------------------------------------------------------------

    def wrote(self, text: str) -> bool:
        """Whether the end of its standard error holds a text at the beginning of a line."""
        return re.search(rf"^{text}", self.facts.output_tail, re.MULTILINE) is not None

    @property
    def last_line(self) -> str:
        """The last that it wrote; an exception's text as one line, however many it has."""
        _, heading, rest = self.facts.output_tail.rpartition(TRACEBACK)
        lines = [line for line in rest.split("\n") if line.strip()]
        exception = list(dropwhile(lambda line: line[0].isspace(), lines)) if heading else []
        text = plain(" ".join(exception or lines[-1:]))
        return text if len(text) <= SAID_LENGTH_MAX else text[: SAID_LENGTH_MAX - 1] + "…"

    @property
    def place(self) -> str:
        """Where the last traceback ends."""
        places = re.findall(r'^ *File "([^"\n]+)", line (\d+)', self.facts.output_tail, re.MULTILINE)
        return f"{plain(places[-1][0])}:{places[-1][1]}" if places else "no traceback"

    @property
    def missing_module(self) -> str:
        found = re.search(r"No module named '([\w.]+)'", self.facts.output_tail)
        return found[1] if found else "it"

    def mail_is(self, state: str) -> bool:
        return any(mail.state == state for mail in self.facts.mails)

    @property
    def mail(self) -> str:
        """The worst that became of a mail."""
        order = ("given up", "queued", "sent")
        mail = min(self.facts.mails, key=lambda one: order.index(one.state))
        tries = f" after {mail.tries} tries" if mail.tries else ""
        return f"mail ({mail.type}) to {self.facts.terms.mail} is {mail.state}{tries}: {plain(mail.reason)}"

    def noted(self, *texts: str) -> bool:
        """Whether a recent line of its story holds one of these texts."""
        return bool(self._notes(texts))

    @property
    def last_note(self) -> str:
        note = self.facts.notes[-1] if self.facts.notes else None
        return f"{show_time(note.at_ms)} {note.about}: {plain(note.text)}" if note else ""

    @property
    def last_driver_loss(self) -> str:
        notes = self._notes(("driver restarts",))
        return notes[-1] if notes else self.last_loss

    @property
    def last_loss(self) -> str:
        notes = self._notes(
            ("requeued", "retried", "driver restarts", "quarantined", "nobody came back with", "was not back in time")
        )
        return notes[-1] if notes else self.last_note

    def _notes(self, texts: tuple[str, ...]) -> list[str]:
        found = [note for note in self.facts.notes if any(text in note.text for text in texts)]
        return [f"{note.about}: {plain(note.text)}" for note in found]


def _chunk(row: ChunkRow) -> str:
    return f"chunk {row.region}/{row.chunk} (items {row.start}..{row.stop - 1})"
