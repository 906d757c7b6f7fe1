"""A restart: the journal's records through the same function that applied them when they were written, then the same
scheduler.

What was running is told to the scheduler as it was told then. Workers that still run parts of it say so in their Hello
and go on; a driver that nobody runs any more is started again and gets the values of finished regions by their key and
digest.
"""

from __future__ import annotations

from collections.abc import Iterator

from marx.distributor.drivers import opened_event
from marx.distributor.jobs import Job
from marx.distributor.shell import Shell
from marx.distributor.taskers import schedule
from marx.journal.journal import Journal
from marx.wire.contents import contents_of_program
from marx.wire.messages import Content


def replay(shell: Shell, journal: Journal) -> None:
    for record in journal.replay():
        shell.jobs.apply(record)
    shell.jobs.commit_all()
    running = [job for job in shell.jobs if job.end is None]
    for job in running:
        _resume(shell, job)
    if running:
        shell.story(
            "distributor", "goes on with the jobs of its journal", {"epoch": journal.epoch, "jobs": len(running)}
        )
    _sweep(shell)


def _resume(shell: Shell, job: Job) -> None:
    schedule(shell, job.id, resumed=True)
    driver = job.driver
    if driver is None:
        return
    for region in job.regions.values():
        if not region.closed and region.number in driver.openings.values():
            shell.tell(opened_event(job.id, driver, region, region.done_ranges()))


def _sweep(shell: Shell) -> None:
    """Removes blobs that no job names any more: of forgotten jobs, of ended ones' regions, of outcomes that were
    stale.
    """
    named = {content.hash for job in shell.jobs for content in _contents_of(job)}
    unnamed = [hash for hash in shell.blobs.hashes() if hash not in named]
    for hash in unnamed:
        shell.blobs.remove(hash)
    if unnamed:
        shell.story("distributor", "removed blobs that no job needs", {"blobs": len(unnamed)})


def _contents_of(job: Job) -> Iterator[Content]:
    if job.program is not None:
        yield from contents_of_program(job.program)
    if job.end is not None:
        yield from (job.end.stdout, job.end.stderr, *(file.content for file in job.end.files))
    for region in job.regions.values():
        yield from (one for one in (region.captures, region.offsets, region.items) if one is not None)
        yield from (kept.values for kept in region.kept.values())
