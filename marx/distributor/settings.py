"""What an operator may set, each with the reason for its value. Owns no behaviour."""

from __future__ import annotations

from dataclasses import dataclass, field

from marx.core.settings import Settings
from marx.wire.limits import SLOTS_MAX

MIB = 1 << 20
GIB = 1 << 30


@dataclass(frozen=True, slots=True, kw_only=True)
class DistributorSettings:
    """Limits protect the distributor from its peers; a refusal names the limit that it came from."""

    core: Settings = field(default_factory=Settings)

    heartbeat_ms: int = 2_000
    """Five heartbeats fit into the default lease, so that one lost packet requeues nothing."""
    commit_ms: int = 3
    """How long a record may wait for others to share its fsync. A chunk takes half a second; this is not noticed."""
    retry_commit_ms: int = 1_000
    """After a failed commit (full disk): how long until the next try."""
    progress_ms: int = 200
    """People do not read faster."""

    connections_max: int = 20_000
    gone_ms: int = 600_000
    """A connection that neither says nor takes anything for so long is forgotten: longer than any pause."""
    faults_max: int = 8
    """Protocol errors of one connection until it is ignored: a version mix-up explains a few, not more."""
    peers_max: int = 100_000
    """Known keys in the serve folder."""
    leases_held_max: int = 10_000
    """Leases that a worker may claim to hold in one Hello."""
    slots_max: int = SLOTS_MAX
    slots_foreseen: int = 2
    """A lab that has a slot may have more of them soon: a driver is told of so many at least, and its chunks are there
    for whoever joins while it runs."""

    jobs_open_max: int = 200
    """Unfinished jobs of one user."""
    jobs_ended_max: int = 10_000
    """Ended jobs that are kept; the oldest are forgotten."""
    ended_bytes_max: int = 64 * GIB
    """What ended jobs may occupy together: their programs, output and files. The oldest go first."""
    ended_age_ms: int = 90 * 86_400_000
    """Ended jobs older than this are forgotten; 0 keeps them as long as there is room."""
    leave_ms: int = 60_000
    """A job that is to end with its tasker's connection ends so long after anybody was last seen to follow it."""
    notes_max: int = 2_000
    """Lines of one job's story in the journal: enough for every loss of a bad night, not for a flood."""
    program_files_max: int = 20_000
    program_bytes_max: int = 64 * GIB
    """Files and standard input of one job."""
    program_record_bytes_max: int = 12 * MIB
    """A program's names, arguments and inline files: one record, and part of a lease beside a chunk's items."""
    user_bytes_max: int = 128 * GIB
    """Files of all unfinished jobs of one user. What the disk has room for is looked at besides."""
    blob_bytes_max: int = 64 * GIB
    """One uploaded blob."""
    disk_reserve_bytes: int = 32 * MIB
    """What uploads leave free for the journal and the outcomes of what runs: new work is refused before running work
    suffers."""
    passing_bytes_max: int = 256 << 20
    """Large arguments and results of calls that are kept in memory on their way; beyond it they go to the disk."""
    uploads_max: int = 64
    """Uploads of one connection at a time."""
    wants_max: int = 64
    """Requests for parts of blobs that one connection may have waiting: a worker fetches 8 blobs at a time."""

    session_gone_ms: int = 60_000
    """How long a session outlives the last word of its tasker: a walk between two networks, a restart of this."""
    session_bytes_max: int = 256 * MIB
    """Arguments of the calls of one session that are not through yet; they are in memory."""
    output_bytes_max: int = 256 * MIB
    """Standard output and error of one job; it is in memory while the job runs."""
    follow_part_bytes: int = 64 * 1024
    follow_turn_bytes: int = MIB
    """What one follower gets in one turn, so that a hundred followers share the wire."""
    follows_max: int = 256
    """Jobs that one connection follows at a time."""
    plan_bytes_max: int = 4 * MIB
    """Enough for tens of thousands of findings."""
    regions_max: int = 100_000
    """Openings of regions in one job."""
    items_max: int = 1 << 40
