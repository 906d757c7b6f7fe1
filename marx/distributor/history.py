"""What was: which jobs a question means, and the journal's records of one job as lines of its log. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from marx.distributor.applying import place_of
from marx.distributor.job import Job
from marx.journal.records import (
    ChunkKept,
    DriverLeased,
    JobEnded,
    JobNoted,
    JobPaused,
    JobSubmitted,
    MailNoted,
    Record,
    RegionClosed,
    RegionOpened,
    ScheduleRan,
)
from marx.wire.messages import ListJobs, LogEntry


def wanted(job: Job, question: ListJobs) -> bool:
    """Whether a job is among those that are asked for."""
    if job.settled and not question.everything:
        return False
    return (
        question.name.lower() in job.name.lower()
        and (not question.tag or question.tag in job.terms.tags)
        and (not question.states or job.state in question.states)
        and question.since_ms <= job.submitted_ms
        and (not question.until_ms or job.submitted_ms <= question.until_ms)
    )


def entries(records: Iterable[tuple[int, Record]]) -> Iterator[LogEntry]:
    """A line for each record that people want to read of; output and plans are none."""
    for number, record in records:
        entry = _entry(number, record)
        if entry is not None:
            yield entry


def _entry(number: int, record: Record) -> LogEntry | None:
    match record:
        case JobSubmitted(of=of, wall_ms=at_ms):
            return LogEntry(number, "submitted", f"submitted, as {of} once more" if of else "submitted", at_ms)
        case DriverLeased(worker=worker, attempt=attempt, wall_ms=at_ms):
            text = f"driver attempt {attempt} begins" + (f" at {worker}" if worker else "")
            return LogEntry(number, "driver", text, at_ms, worker=worker, attempt=attempt)
        case JobNoted(about=about, text=text, wall_ms=at_ms):
            return _note(number, about, text, at_ms)
        case JobPaused(paused=paused, wall_ms=at_ms):
            return LogEntry(number, "note", "paused" if paused else "resumed", at_ms)
        case ScheduleRan(wall_ms=at_ms):
            return LogEntry(number, "note", "its time came", at_ms)
        case RegionOpened(region=region, line=line, count=count):
            return LogEntry(number, "region", f"line {line}: {count} items", region=region)
        case RegionClosed(region=region, used=used, in_place=in_place):
            text = f"{used} items from chunks, {in_place} in the driver"
            return LogEntry(number, "closed", text, region=region)
        case ChunkKept():
            return _kept(number, record)
        case MailNoted(type=type, state=state, tries=tries, reason=reason, wall_ms=at_ms):
            text = (
                f"mail ({type}) {state}"
                + (f" after {tries} tries" if tries > 1 else "")
                + (f": {reason}" if reason else "")
            )
            return LogEntry(number, "mail", text, at_ms)
        case JobEnded(state=state, exit_code=exit_code, reason=reason, wall_ms=at_ms):
            text = f"{state}, exit code {exit_code}" + (f": {reason}" if reason else "")
            return LogEntry(number, "ended", text, at_ms)
        case _:
            return None


def _note(number: int, about: str, text: str, at_ms: int) -> LogEntry:
    return LogEntry(number, "note", text, at_ms, *place_of(about))


def _kept(number: int, record: ChunkKept) -> LogEntry:
    return LogEntry(
        number,
        "chunk",
        f"items {record.start}..{record.stop - 1} kept",
        record.at_ms,
        record.region,
        record.chunk,
        record.start,
        record.stop,
        record.worker,
        record.attempt,
        record.wall_ns,
        record.printed,
    )
