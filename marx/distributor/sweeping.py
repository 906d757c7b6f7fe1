"""Blobs that no job names any more: of forgotten jobs, of ended ones' regions, of chunks' items, of outcomes that
were stale.

They go when the distributor starts and once an hour. An upload is not named before the message that follows it, so
only what is older than an hour goes while peers are there.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator

import gevent

from marx.distributor.job import Job
from marx.distributor.perform import forget_expired
from marx.distributor.shell import Shell
from marx.journal.blobs import BlobStore
from marx.wire.messages import Content

PAUSE_S = 3600


def run(shell: Shell) -> None:
    """The greenlet's body. Files are looked at in a thread; what goes is decided where nothing changes meanwhile."""
    while True:
        gevent.sleep(PAUSE_S)
        forget_expired(shell)
        miss_workers(shell)
        forget_workers(shell)
        shell.passing.forget_unheld()
        sweep(shell, gevent.get_hub().threadpool.apply(_settled, (shell.blobs, time.time() - PAUSE_S)))


def miss_workers(shell: Shell) -> None:
    """Writes down who has not come back since the start, so that its time runs from now on."""
    for record in shell.stories.unmissed(shell.clock.wall_ms()):
        shell.record(record)


def forget_workers(shell: Shell) -> None:
    """Lets go of the stories of workers that have been lost for long, however often we were started since."""
    here = {state.worker for state in shell.scheduler.workers()}
    before_ms = shell.steady_wall_ms() - shell.settings.core.forget_ms
    for record in shell.stories.expired(here, shell.settings.connections_max, before_ms):
        shell.record(record)
        shell.connections.release(record.worker)


def sweep(shell: Shell, candidates: Iterable[str]) -> None:
    """Removes those of the candidates that no job names."""
    named = {content.hash for job in shell.jobs for content in contents_of_job(job)}
    unnamed = [hash for hash in candidates if hash not in named]
    for hash in unnamed:
        shell.blobs.remove(hash)
    if unnamed:
        shell.story("distributor", "removed blobs that no job needs", {"blobs": len(unnamed)})


def _settled(blobs: BlobStore, before_s: float) -> list[str]:
    """The hashes of all blobs that were written before a moment."""
    return [hash for hash in blobs.hashes() if blobs.path(hash).stat().st_mtime < before_s]


def contents_of_job(job: Job) -> Iterator[Content]:
    """All that must stay on disk for a job."""
    yield from job.brief.blobs
    if job.end is not None:
        yield from (job.end.stdout, job.end.stderr, *(file.content for file in job.end.files))
    if job.done is not None:
        yield from (file.content for file in job.done.files)
    for region in job.regions.values():
        yield from region.contents()
