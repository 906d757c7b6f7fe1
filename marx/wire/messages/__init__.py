"""Every message that crosses the network, one frozen struct each.

ROUTER at the distributor, DEALER everywhere else. A ZeroMQ message is one batch: a first frame with a msgpack array of
these structs, then one further frame for each `BlobPart` in it, in order, that holds the part's bytes (see codec.py).
Values of a program are `Content`: opaque bytes, inline up to `INLINE_BYTES_MAX`, else a blob that is asked for by its
hash. PROTOCOL.md has each message with its possible replies.
The identity of a peer is the authenticated key of its connection; no field here names the sender.

    tasker                        distributor                         worker
      ├─ Hello ──────────────────────►│◄───────────────────── Hello ─┤
      │◄───────────── Welcome/Refused ┤ Welcome/Refused ─────────────►│
      ├─ Submit ─────────────────────►│                               │
      │◄────────────────────── Needs ─┤                               │
      ├─ BlobPart … ─────────────────►│                               │
      │◄───────── Submitted/Refused ──┤                               │
      ├─ Follow ─────────────────────►│◄───────────────────── Ready ──┤
      │                               ├─ LeaseDriver ────────────────►│   BlobWanted/BlobPart for its files
      │                               │◄── Output, Planned, Opened ───┤
      │◄───── Output, Progress ───────┤─ LeaseChunk ─────────────────►│   (any worker)
      │                               │◄────────────────── ChunkDone ─┤
      │                               ├─ Values ─────────────────────►│   (the driver's worker)
      │                               │◄───── Closed … DriverDone ────┤
      │◄────────────────────── Ended ─┤                               │
"""

from __future__ import annotations

from marx.wire.messages.asking import Cancel as Cancel
from marx.wire.messages.asking import Cancelled as Cancelled
from marx.wire.messages.asking import ChunkRow as ChunkRow
from marx.wire.messages.asking import FindingRow as FindingRow
from marx.wire.messages.asking import GetJob as GetJob
from marx.wire.messages.asking import GetLog as GetLog
from marx.wire.messages.asking import GetResult as GetResult
from marx.wire.messages.asking import GivenUpRow as GivenUpRow
from marx.wire.messages.asking import Interrupt as Interrupt
from marx.wire.messages.asking import JobFacts as JobFacts
from marx.wire.messages.asking import JobLog as JobLog
from marx.wire.messages.asking import JobRow as JobRow
from marx.wire.messages.asking import Jobs as Jobs
from marx.wire.messages.asking import ListJobs as ListJobs
from marx.wire.messages.asking import ListWorkers as ListWorkers
from marx.wire.messages.asking import LogEntry as LogEntry
from marx.wire.messages.asking import MailRow as MailRow
from marx.wire.messages.asking import NoteRow as NoteRow
from marx.wire.messages.asking import Pause as Pause
from marx.wire.messages.asking import Paused as Paused
from marx.wire.messages.asking import Retry as Retry
from marx.wire.messages.asking import WorkerRow as WorkerRow
from marx.wire.messages.asking import Workers as Workers
from marx.wire.messages.calling import Calls as Calls
from marx.wire.messages.calling import CallsDone as CallsDone
from marx.wire.messages.calling import CallsDropped as CallsDropped
from marx.wire.messages.calling import CallsTaken as CallsTaken
from marx.wire.messages.calling import EndSession as EndSession
from marx.wire.messages.joining import BlobGot as BlobGot
from marx.wire.messages.joining import BlobMissing as BlobMissing
from marx.wire.messages.joining import BlobPart as BlobPart
from marx.wire.messages.joining import BlobWanted as BlobWanted
from marx.wire.messages.joining import Heartbeat as Heartbeat
from marx.wire.messages.joining import Hello as Hello
from marx.wire.messages.joining import Refused as Refused
from marx.wire.messages.joining import Welcome as Welcome
from marx.wire.messages.shapes import INLINE_BYTES_MAX as INLINE_BYTES_MAX
from marx.wire.messages.shapes import MTIME_NS_MAX as MTIME_NS_MAX
from marx.wire.messages.shapes import PART_BYTES as PART_BYTES
from marx.wire.messages.shapes import PRINTED_BYTES_MAX as PRINTED_BYTES_MAX
from marx.wire.messages.shapes import VERSION as VERSION
from marx.wire.messages.shapes import Content as Content
from marx.wire.messages.shapes import File as File
from marx.wire.messages.shapes import Lease as Lease
from marx.wire.messages.shapes import Message as Message
from marx.wire.messages.shapes import Program as Program
from marx.wire.messages.submitting import Ended as Ended
from marx.wire.messages.submitting import Follow as Follow
from marx.wire.messages.submitting import Needs as Needs
from marx.wire.messages.submitting import Output as Output
from marx.wire.messages.submitting import Progress as Progress
from marx.wire.messages.submitting import RegionProgress as RegionProgress
from marx.wire.messages.submitting import RegionReport as RegionReport
from marx.wire.messages.submitting import Submit as Submit
from marx.wire.messages.submitting import Submitted as Submitted
from marx.wire.messages.submitting import Terms as Terms
from marx.wire.messages.submitting import Unfollow as Unfollow
from marx.wire.messages.working import Acked as Acked
from marx.wire.messages.working import ChunkDone as ChunkDone
from marx.wire.messages.working import Closed as Closed
from marx.wire.messages.working import DriverDone as DriverDone
from marx.wire.messages.working import InterruptDriver as InterruptDriver
from marx.wire.messages.working import LeaseChunk as LeaseChunk
from marx.wire.messages.working import LeaseDriver as LeaseDriver
from marx.wire.messages.working import Opened as Opened
from marx.wire.messages.working import Planned as Planned
from marx.wire.messages.working import Ready as Ready
from marx.wire.messages.working import Returned as Returned
from marx.wire.messages.working import SiteFigures as SiteFigures
from marx.wire.messages.working import Stop as Stop
from marx.wire.messages.working import Values as Values

AnyMessage = (
    Hello
    | Welcome
    | Refused
    | Heartbeat
    | BlobWanted
    | BlobPart
    | BlobGot
    | BlobMissing
    | Submit
    | Needs
    | Submitted
    | Follow
    | Unfollow
    | Output
    | Progress
    | Ended
    | ListJobs
    | Jobs
    | GetResult
    | Cancel
    | Cancelled
    | Interrupt
    | Pause
    | Paused
    | Retry
    | GetJob
    | JobFacts
    | GetLog
    | JobLog
    | ListWorkers
    | Workers
    | Calls
    | CallsDone
    | CallsTaken
    | CallsDropped
    | EndSession
    | Ready
    | LeaseDriver
    | LeaseChunk
    | ChunkDone
    | Returned
    | Stop
    | InterruptDriver
    | Acked
    | Planned
    | Opened
    | Closed
    | Values
    | DriverDone
)
