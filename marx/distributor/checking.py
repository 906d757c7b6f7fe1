"""Is everything in a distributor's folder as it must be? The database, each record, the records among each other, the
blobs against their hashes, and what is there that nothing names.

Changes nothing, but for `repair`, which removes what nobody would miss: blobs that no job names, and uploads that were
begun and not finished. Everything else is for a person to decide, and each finding says what.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from marx.distributor.jobs import Jobs
from marx.distributor.sweeping import contents_of_job
from marx.journal.blobs import BlobStore
from marx.journal.inspection import Inspection
from marx.journal.records import BadRecord, ChunkKept, DriverOutput, JobForgotten, Record, WorkerForgotten
from marx.wire.messages import Content

BLOCK_BYTES = 1 << 20

Kind = Literal["database", "record", "records", "blob", "orphan", "partial"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it must be. `about`: a record's number or the name of a file."""

    kind: Kind
    about: str
    text: str
    fix: str

    @property
    def repairable(self) -> bool:
        return self.kind in ("orphan", "partial")


@dataclass(frozen=True, slots=True)
class Checked:
    """What was looked at, and what was found."""

    records: int
    jobs: int
    blobs: int
    findings: tuple[Finding, ...]


def check(folder: Path) -> Checked:
    """Looks at everything. Raises a `JournalError` where a distributor runs in the folder or it has no journal."""
    findings: list[Finding] = []
    with closing(Inspection(folder)) as inspection:
        for line in inspection.damage():
            findings.append(Finding("database", "journal.db", line, "put a backup of the folder in its place"))
        jobs, records = Jobs(), 0
        if not findings:
            records = _replay(inspection, jobs, findings)
        store = BlobStore(folder, durable=False)
        hashes = sorted(store.hashes())
        findings += _look_at_blobs(store, hashes, jobs, whole=not findings)
    return Checked(records, len(list(jobs)), len(hashes), tuple(findings))


def repair(folder: Path, findings: tuple[Finding, ...]) -> list[Finding]:
    """Removes what may go. What was removed."""
    store = BlobStore(folder, durable=False)
    for finding in findings:
        if finding.kind == "orphan":
            store.remove(finding.about)
    if any(finding.kind == "partial" for finding in findings):
        store.drop_partial()
    return [finding for finding in findings if finding.repairable]


# --- records ----------------------------------------------------------------------------------------------------------


def _replay(inspection: Inspection, jobs: Jobs, findings: list[Finding]) -> int:
    """The records through the same function that a start of the distributor uses. How many there are."""
    count = 0
    try:
        for seq, kind, record in inspection.records():
            count += 1
            if isinstance(record, BadRecord):
                fix = "a start cuts it off if it is the last; else put a backup of the folder in its place"
                findings.append(Finding("record", str(seq), f"record {seq} ({kind}) is unreadable: {record}", fix))
            elif fault := _apply(jobs, record):
                fix = "keep a copy of the folder, and report this"
                findings.append(Finding("records", str(seq), f"record {seq} ({kind}) does not fit: {fault}", fix))
    except sqlite3.DatabaseError as fault:
        findings.append(Finding("database", "journal.db", str(fault), "put a backup of the folder in its place"))
    return count


def _apply(jobs: Jobs, record: Record) -> str:
    """Why the record cannot follow those before it; empty if it can, and then it does."""
    fault = _contradiction(jobs, record)
    if fault:
        return fault
    try:
        jobs.apply(record)
    except LookupError as missing:
        return f"it is about {missing}, of which nothing was said before"
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return ""


def _contradiction(jobs: Jobs, record: Record) -> str:
    if isinstance(record, (JobForgotten, WorkerForgotten)):
        return "it should have deleted what it is about and not be here"
    job = jobs.get(getattr(record, "job", ""))
    if job is None:
        return ""
    if isinstance(record, DriverOutput):
        size = job.output.size(record.stream)
        return "" if record.offset == size else f"output from byte {record.offset} on, after {size} bytes"
    region = job.regions.get(record.region) if isinstance(record, ChunkKept) else None
    if isinstance(record, ChunkKept) and region is not None:
        items = f"items {record.start}..{record.stop - 1}"
        if not 0 <= record.start < record.stop <= region.count:
            return f"{items} of a region that has {region.count}"
        if any(one.start < record.stop and record.start < one.stop for one in region.kept.values()):
            return f"{items}, of which some have values already"
    return ""


# --- blobs ------------------------------------------------------------------------------------------------------------


def _look_at_blobs(store: BlobStore, hashes: list[str], jobs: Jobs, *, whole: bool) -> Iterator[Finding]:
    """`whole`: all records were read, so what nothing names is nobody's."""
    named: dict[str, tuple[str, Content]] = {}
    for job in jobs:
        named |= {one.hash: (job.id, one) for one in contents_of_job(job)}
    here = set(hashes)
    for hash, (name, content) in sorted(named.items()):
        if content.data is None and hash not in here:
            text = f"blob {hash[:12]} of {content.size} bytes, which job {name} needs, is not here"
            yield Finding("blob", hash, text, f"put it back from a backup, or submit the program of job {name} again")
    for hash in hashes:
        if hash not in named and whole:
            text = f"blob {hash[:12]} of {store.size(hash)} bytes is named by no job"
            yield Finding("orphan", hash, text, "marx fsck --repair removes it")
        elif _hash_of(store.path(hash)) != hash:
            needs = f"; job {named[hash][0]} needs it" if hash in named else ""
            text = f"blob {hash[:12]} has other bytes than its name says{needs}"
            yield Finding("blob", hash, text, "put it back from a backup, or remove it and submit the program again")
    for name in store.unfinished():
        yield Finding(
            "partial", name, f"upload {name[:12]} was begun and not finished", "marx fsck --repair removes it"
        )


def _hash_of(path: Path) -> str:
    seen = hashlib.blake2b(digest_size=32)
    with path.open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            seen.update(block)
    return seen.hexdigest()
