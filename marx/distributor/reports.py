"""A job's state as people see it: rows, progress, the report of its regions. Pure functions of the jobs and the
scheduler's word.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from marx.core.answers import RegionState
from marx.distributor.job import Job
from marx.distributor.regions import Region
from marx.wire.messages import JobRow, Progress, RegionProgress, RegionReport

UNKNOWN = -1
REASON_LENGTH_MAX = 300


def job_row(job: Job, states: Iterable[RegionState]) -> JobRow:
    live = {state.region: state for state in states}
    items = job.items + sum(region.count for region in job.regions.values())
    done = job.items_done + sum(_done(region, live.get(region.number)) for region in job.regions.values())
    end = job.end if job.settled else None
    return JobRow(
        job=job.id,
        name=job.name,
        state=job.state,
        submitted_ms=job.submitted_ms,
        started_ms=job.started_ms,
        ended_ms=job.ended_ms if end else 0,
        items=items,
        done=done,
        exit_code=end.exit_code if end else 0,
        reason=end.reason[:REASON_LENGTH_MAX] if end else "",
        tags=job.terms.tags,
        note=job.terms.note,
        priority=job.terms.priority,
        due_ms=max(0, job.due_ms),
        of=job.of,
        mail=mail_state(job),
        said_ms=job.said[0] if job.said else -1,
        late_ms=job.said[1] if job.said else -1,
        attempts=job.attempts,
    )


def mail_state(job: Job) -> str:
    """One word for all mails of a job: the worst of what became of them."""
    states = {mail.state for mail in job.mails.values()}
    return next((state for state in ("given up", "queued", "sent") if state in states), "")


def progress(job: Job, states: Iterable[RegionState], note: str, workers: int) -> Progress:
    """One line a site that was reached, in source order; a site that is entered often adds up."""
    live = {state.region: state for state in states}
    regions = sorted(job.regions.values(), key=_site_of)
    lines = [_line_of(job, list(group), live) for _, group in groupby(regions, key=_site_of)]
    return Progress(job.id, job.state, workers, lines, note)


def _site_of(region: Region) -> tuple[int, int]:
    return region.line, region.site


def _line_of(job: Job, regions: list[Region], live: dict[int, RegionState]) -> RegionProgress:
    states = [live[region.number] for region in regions if region.number in live and not region.closed]
    site = job.sites.get(regions[0].site)
    return RegionProgress(
        line=regions[0].line,
        source=site.source if site else "",
        items=sum(region.count for region in regions),
        done=sum(_done(region, live.get(region.number)) for region in regions),
        chunks=sum(len(region.kept) for region in regions),
        running=sum(state.running for state in states),
        requeued=sum(max(region.requeued, _requeued(live.get(region.number))) for region in regions),
        eta_p50_ms=_eta(state.eta_p50_ms for state in states),
        eta_p90_ms=_eta(state.eta_p90_ms for state in states),
        file=site.file if site else "",
    )


def _done(region: Region, state: RegionState | None) -> int:
    return region.items_done() if state is None or region.closed else state.done


def _requeued(state: RegionState | None) -> int:
    return 0 if state is None else state.requeued


def _eta(times: Iterable[int]) -> int:
    """Open regions of one site run one after the other; one that is still measured leaves the sum unknown."""
    known = list(times)
    return sum(known) if known and UNKNOWN not in known else UNKNOWN


def region_reports(job: Job) -> list[RegionReport]:
    """One row a planned site, in source order, also where it was never reached."""
    told = {figures.site: figures for figures in job.done.sites} if job.done else {}
    return [
        RegionReport(
            line=site.line,
            shape=site.shape,
            source=site.source,
            entries=len(regions),
            items=sum(region.count for region in regions),
            chunks=sum(len(region.kept) for region in regions),
            in_place=sum(region.in_place for region in regions),
            requeued=sum(region.requeued for region in regions),
            item_ns=figures.item_ns if figures else 0,
            map_ns=figures.map_ns if figures else 0,
            code=figures.code if figures else "",
            reason=figures.reason if figures else "",
            notes=[*(figures.notes if figures else []), *(note for region in regions for note in region.notes)],
            file=site.file,
        )
        for site in sorted(job.sites.values(), key=lambda site: (site.file, site.line, site.site))
        for regions in [[region for region in job.regions.values() if region.site == site.site]]
        for figures in [told.get(site.site)]
    ]
