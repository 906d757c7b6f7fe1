"""`marx why` for a chunk and for a worker: two more tables in the form of `causes.py`. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from marx.cli.cause import Cause, Row, first_of
from marx.cli.progress import plain
from marx.cli.times import show_time
from marx.wire.messages import ChunkRow, JobFacts, LogEntry, WorkerRow
from marx.wire.quantities import show_duration

QUIET_MS = 5_000
"""A worker that beats says something every two seconds."""


@dataclass(frozen=True, slots=True)
class ChunkSituation:
    """A chunk's outstanding attempts (none once it is through), and its entries in the log."""

    facts: JobFacts
    region: int
    chunk: int
    rows: tuple[ChunkRow, ...]
    entries: tuple[LogEntry, ...]

    @property
    def job(self) -> str:
        return self.facts.row.job

    @property
    def kept(self) -> LogEntry | None:
        return next((entry for entry in self.entries if entry.kind == "chunk"), None)

    @property
    def outcome(self) -> str:
        entry = self.kept
        if entry is None:
            return ""
        took = show_duration(entry.wall_ns // 1_000_000)
        return f"items {entry.start}..{entry.stop - 1} at {entry.worker}, attempt {entry.attempt}, in {took}"

    @property
    def running(self) -> str:
        texts = [
            f"attempt at {row.worker} for {show_duration(max(row.running_since_ms, row.granted_since_ms, 0))}"
            for row in self.rows
            if row.worker
        ]
        return "\n".join(texts)

    @property
    def waiting(self) -> ChunkRow | None:
        return next((row for row in self.rows if not row.worker), None)

    @property
    def last(self) -> str:
        notes = [entry for entry in self.entries if entry.kind == "note"]
        return plain(notes[-1].text) if notes else ""

    @property
    def story(self) -> str:
        return "\n".join(plain(entry.text) for entry in self.entries if entry.kind == "note")


CHUNKS = (
    Row(
        "chunk-quarantined",
        lambda s: "quarantined" in s.last,
        "it failed or was lost too often; the driver computes its items itself",
        "{s.story}",
        "marx logs {s.job} --chunk {s.region}/{s.chunk}",
    ),
    Row(
        "chunk-repeated",
        lambda s: s.kept is not None and bool(s.story),
        "it is through, but not at the first try",
        "{s.outcome}\n{s.story}",
        "marx workers",
    ),
    Row("chunk-done", lambda s: s.kept is not None, "it is through", "{s.outcome}", "marx show {s.job}"),
    Row(
        "chunk-overtaken",
        lambda s: bool(s.running) and "is late with" in s.last,
        "it is late, so others were given its items as well; the first outcome of each counts",
        "{s.running}\n{s.last}",
        "marx watch {s.job}",
    ),
    Row(
        "chunk-at-hand",
        lambda s: any(row.worker and row.running_since_ms < 0 for row in s.rows),
        "it waits at its worker for a slot to fall free",
        "{s.running}",
        "marx watch {s.job}",
    ),
    Row("chunk-running", lambda s: bool(s.running), "it runs", "{s.running}\n{s.story}", "marx watch {s.job}"),
    Row(
        "chunk-retried",
        lambda s: s.waiting is not None and s.waiting.charged > 0,
        "its last attempt failed, and it waits to be tried again",
        "{s.last}",
        "marx logs {s.job} --chunk {s.region}/{s.chunk}",
    ),
    Row(
        "chunk-requeued",
        lambda s: s.waiting is not None,
        "its last attempt was lost or given back, and it waits for another worker",
        "{s.last}",
        "marx workers",
    ),
    Row(
        "chunk-unknown",
        lambda s: True,
        "there is no such chunk: it was not cut yet, or its region was closed without it",
        "the job is {s.facts.row.state}\n{s.story}",
        "marx logs {s.job}",
    ),
)


@dataclass(frozen=True, slots=True)
class WorkerSituation:
    worker: WorkerRow

    @property
    def reason(self) -> str:
        return plain(self.worker.reason)

    @property
    def story(self) -> str:
        """Its last notes; of equal ones in a row the last."""
        notes = self.worker.notes
        told = [note for note, after in zip_longest(notes, notes[1:]) if after is None or after.text != note.text]
        return "\n".join(f"{show_time(note.at_ms)} {plain(note.text)}" for note in told[-4:])

    @property
    def ended(self) -> str:
        """The last that happened to it."""
        return self.worker.notes[-1].text if self.worker.notes else ""

    @property
    def heard(self) -> str:
        return last_heard(self.worker)


WORKERS = (
    Row(
        "worker-set-aside",
        lambda s: s.worker.state == "set-aside",
        "it was set aside: different chunks went wrong there one after the other",
        "{s.reason}\n{s.story}",
        "marx doctor   (there), then stop and start its marx worker",
    ),
    Row(
        "worker-draining",
        lambda s: s.worker.state == "draining",
        "it ends what it runs and takes nothing more: its owner asked it to leave",
        "{s.reason}\n{s.worker.busy} of {s.worker.slots} slots busy",
        "marx worker   (there, to lend it again)",
    ),
    Row(
        "worker-left",
        lambda s: s.worker.state == "lost" and s.ended.startswith("left"),
        "it left in good order, as its owner asked it to",
        "{s.story}",
        "marx worker   (there, to lend it again)",
    ),
    Row(
        "worker-not-back",
        lambda s: s.worker.state == "lost" and "not come back" in s.reason,
        "the distributor was started anew, and it has not joined again",
        "{s.reason}\n{s.story}",
        "wait a moment, or see whether that machine is on; marx worker   (there)",
    ),
    Row(
        "worker-silent",
        lambda s: s.worker.state == "lost",
        "nothing was heard of it for so long that what it ran was given up, for others to run",
        "{s.story}",
        "see whether that machine is on and reaches the distributor; marx worker   (there)",
    ),
    Row(
        "worker-quiet",
        lambda s: is_quiet(s.worker),
        "nothing was heard of it for some heartbeats; if that goes on, it is lost and its work is given to others",
        "{s.heard}\n{s.worker.busy} of {s.worker.slots} slots busy",
        "see whether that machine is on and reaches the distributor",
    ),
    Row(
        "worker-losing",
        lambda s: s.worker.chunks_lost > max(2, s.worker.chunks_done // 10),
        "it is there, but loses many of the chunks that it gets",
        "{s.worker.chunks_lost} lost, {s.worker.chunks_done} done\n{s.story}",
        "marx doctor   (there)",
    ),
    Row(
        "worker-full",
        lambda s: s.worker.busy >= s.worker.slots > 0,
        "it is there, and all its slots are busy",
        "{s.worker.busy} of {s.worker.slots} slots busy\n{s.worker.chunks_done} chunks done",
        "marx ps",
    ),
    Row(
        "worker-ready",
        lambda s: True,
        "it is there and has room; nothing that suits it waits",
        "{s.worker.busy} of {s.worker.slots} slots busy\n{s.heard}",
        "marx ps",
    ),
)


def is_quiet(worker: WorkerRow) -> bool:
    """Whether it says nothing, but is not lost yet."""
    return worker.state != "lost" and not 0 <= worker.heard_since_ms < QUIET_MS


def last_heard(worker: WorkerRow) -> str:
    since_ms = worker.heard_since_ms
    return f"last heard of {show_duration(since_ms)} ago" if since_ms >= 0 else "its connection is broken"


def why_chunk(facts: JobFacts, region: int, chunk: int, rows: Sequence[ChunkRow], entries: Sequence[LogEntry]) -> Cause:
    """`rows` and `entries` of the whole job; those of the chunk are found here."""
    own = tuple(row for row in rows if (row.region, row.chunk) == (region, chunk))
    told = tuple(entry for entry in entries if (entry.region, entry.chunk) == (region, chunk))
    return first_of(CHUNKS, ChunkSituation(facts, region, chunk, own, told))


def why_worker(worker: WorkerRow) -> Cause:
    return first_of(WORKERS, WorkerSituation(worker))
