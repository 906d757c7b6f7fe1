"""What a record of the journal makes of the job that it is about: the same for one just written and for a replayed one.

`submitted` begins a job, `change` does everything after. A record that does not fit is a fault of the journal and
raises.
"""

from __future__ import annotations

import msgspec

from marx.distributor.job import NO_TERMS, NOT_KNOWN, Brief, Driver, Job
from marx.distributor.plans import read_findings, read_sites
from marx.distributor.regions import Kept, Region
from marx.journal.records import (
    ChunkKept,
    DriverLeased,
    DriverOutput,
    JobEnded,
    JobEstimated,
    JobNoted,
    JobPaused,
    JobPlanned,
    JobSubmitted,
    MailNoted,
    Record,
    RegionClosed,
    RegionOpened,
    ScheduleRan,
)
from marx.wire.contents import contents_of_program
from marx.wire.messages import Content, Ended, MailRow, NoteRow, Program, Terms

ARGUMENTS_SHOWN = 50


def submitted(record: JobSubmitted) -> Job:
    program = msgspec.msgpack.decode(record.program, type=Program)
    terms = msgspec.msgpack.decode(record.terms, type=Terms) if record.terms else NO_TERMS
    return Job(
        id=record.job,
        user=record.user,
        ticket=record.ticket,
        name=program.name,
        program=program,
        submitted_ms=record.wall_ms,
        size=sum(content.size for content in contents_of_program(program)),
        terms=terms,
        of=record.of,
        brief=_brief_of(program),
        due_ms=NOT_KNOWN if terms.cron else terms.at_ms,
        ran_ms=record.wall_ms,
    )


def _brief_of(program: Program) -> Brief:
    return Brief(
        argv=tuple(program.argv[:ARGUMENTS_SHOWN]),
        folder=program.folder,
        python=program.python,
        files=len(program.files),
        timeout_ms=program.timeout_ms,
        chunk_timeout_ms=program.chunk_timeout_ms,
        session=program.session,
        blobs=tuple(content for content in contents_of_program(program) if content.data is None),
    )


def change(job: Job, record: Record) -> None:
    match record:
        case ChunkKept():  # first, as nearly all are
            values = Content(record.values_hash, record.size, record.values)
            job.regions[record.region].keep(Kept(record.start, record.stop, values, record.checksum))
            job.workers.add(record.worker)
        case DriverLeased():
            job.driver = Driver(record.number, record.attempt, record.user, worker_name=record.worker)
            job.started_ms, job.attempts = job.started_ms or record.wall_ms, record.attempt
        case JobPlanned(plan=plan):
            job.plan, job.sites, job.findings = plan, read_sites(plan), read_findings(plan)
            if job.driver is not None:
                job.driver.planned = True
        case DriverOutput(stream=stream, data=data):
            job.output.append(stream, data)
        case RegionOpened():
            _opened(job, record)
        case RegionClosed(region=number, used=used, in_place=in_place):
            region = job.regions[number]
            region.closed, region.used, region.in_place = True, used, in_place
            if job.driver is not None:
                job.driver.closed.add(number)
        case JobPaused(paused=paused):
            job.paused = paused
        case ScheduleRan(due_ms=due_ms):
            job.ran_ms, job.due_ms = due_ms, NOT_KNOWN if job.terms.cron else 0
        case JobNoted():
            _noted(job, record)
        case JobEstimated(likely_ms=likely_ms, late_ms=late_ms):
            job.said = likely_ms, late_ms
        case MailNoted(type=kind, state=state, tries=tries, reason=reason, wall_ms=wall_ms):
            job.mails[kind] = MailRow(kind, state, tries, wall_ms, reason)
        case JobEnded(files=told, wall_ms=wall_ms):
            _ended(job, msgspec.msgpack.decode(told, type=Ended), wall_ms)
        case _:
            raise ValueError(f"a record {type(record).__name__} that no job understands")


def _noted(job: Job, record: JobNoted) -> None:
    job.notes.append(NoteRow(record.wall_ms, record.about, record.text))
    job.noted += 1
    region = job.regions.get(place_of(record.about)[0])
    if record.again and region is not None:
        region.requeued += 1


def place_of(about: str) -> tuple[int, int]:
    """Region and chunk of "job/region/chunk", -1 for what is not named."""
    region, chunk = [int(part) if part.isdecimal() else -1 for part in [*about.split("/")[1:], "", ""][:2]]
    return region, chunk


def _opened(job: Job, record: RegionOpened) -> None:
    """A region is described once; opened again, it gets the attempt's count and the end of its pilot."""
    region = job.regions.get(record.region)
    if region is None:
        region = _region_of(record)
        job.regions[record.region] = region
        job.numbers[record.key, record.digest] = record.region
    region.first, region.item_ns, region.closed = record.first, record.item_ns, False
    if job.driver is not None:
        job.driver.openings[record.opening] = record.region
        job.driver.closed.discard(record.region)


def _region_of(record: RegionOpened) -> Region:
    captures_size, offsets_size, items_size = record.sizes
    return Region(
        number=record.region,
        key=record.key,
        digest=record.digest,
        site=record.site,
        line=record.line,
        first=record.first,
        count=record.count,
        item_ns=record.item_ns,
        captures=Content(record.captures_hash, captures_size, record.captures),
        range_start=record.range_start,
        range_step=record.range_step,
        offsets=_content(record.offsets_hash, offsets_size, record.offsets),
        items=_content(record.items_hash, items_size, record.items),
    )


def _content(hash: str, size: int, data: bytes | None) -> Content | None:
    return Content(hash, size, data) if hash else None


def _ended(job: Job, end: Ended, wall_ms: int) -> None:
    """A program that came to its end has done all its items, also those of a region that only a lost driver opened."""
    job.items += sum(region.count for region in job.regions.values())
    done = sum(region.items_done() for region in job.regions.values())
    job.items_done = job.items if end.state == "done" else job.items_done + done
    job.end, job.ended_ms, job.due_ms = end, wall_ms, 0
    job.program, job.driver, job.done = None, None, None
    job.regions, job.numbers, job.plan = {}, {}, b""
    job.workers.clear()
