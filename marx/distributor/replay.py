"""A restart: the journal's records through the same function that applied them when they were written, then the same
scheduler.

What was running is told to the scheduler as it was told then. Workers that still run parts of it say so in their Hello
and go on; a driver that nobody runs any more is started again and gets the values of finished regions by their key and
digest.
"""

from __future__ import annotations

from marx.distributor.drivers import opened_event
from marx.distributor.job import Job
from marx.distributor.shell import Shell
from marx.distributor.sweeping import forget_workers, sweep
from marx.distributor.taskers import schedule
from marx.journal.journal import Journal


def replay(shell: Shell, journal: Journal) -> None:
    for record in journal.replay():
        shell.apply(record)
    shell.jobs.commit_all()
    shell.stories.begin()
    forget_workers(shell)
    for worker, key in shell.stories.keys().items():
        shell.connections.reserve(worker, key)
    running = [job for job in shell.jobs if job.end is None]
    for job in running:
        _resume(shell, job)
    if running:
        shell.story(
            "distributor", "goes on with the jobs of its journal", {"epoch": journal.epoch, "jobs": len(running)}
        )
    sweep(shell, shell.blobs.hashes())


def _resume(shell: Shell, job: Job) -> None:
    schedule(shell, job.id, resumed=True)
    driver = job.driver
    if driver is None:
        return
    shell.note(job, job.id, "the distributor was started anew and goes on with it")
    for region in job.regions.values():
        if not region.closed and region.number in driver.openings.values():
            shell.tell(opened_event(job.id, driver, region))
