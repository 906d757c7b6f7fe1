"""Which message is answered by whom: the one list of all that a welcomed peer may say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from marx.distributor import asking, drivers, listing, sessions, taskers, uploads, workers
from marx.distributor.connections import Connection
from marx.distributor.shell import Shell
from marx.wire import messages as wire

Handler = Callable[[Shell, Connection, Any], None]

HANDLERS: dict[type[wire.Message], tuple[str, Handler]] = {
    wire.Submit: ("tasker", taskers.on_submit),
    wire.Follow: ("tasker", taskers.on_follow),
    wire.Unfollow: ("tasker", taskers.on_unfollow),
    wire.ListJobs: ("tasker", listing.on_list_jobs),
    wire.GetResult: ("tasker", taskers.on_get_result),
    wire.Cancel: ("tasker", taskers.on_cancel),
    wire.Interrupt: ("tasker", taskers.on_interrupt),
    wire.ListWorkers: ("tasker", listing.on_list_workers),
    wire.GetJob: ("tasker", asking.on_get_job),
    wire.GetLog: ("tasker", asking.on_get_log),
    wire.Pause: ("tasker", asking.on_pause),
    wire.Retry: ("tasker", asking.on_retry),
    wire.Calls: ("tasker", sessions.on_calls),
    wire.CallsTaken: ("tasker", sessions.on_taken),
    wire.CallsDropped: ("tasker", sessions.on_dropped),
    wire.EndSession: ("tasker", sessions.on_end),
    wire.Ready: ("worker", workers.on_ready),
    wire.ChunkDone: ("worker", workers.on_chunk_done),
    wire.Returned: ("worker", workers.on_returned),
    wire.Output: ("worker", drivers.on_output),
    wire.Planned: ("worker", drivers.on_planned),
    wire.Opened: ("worker", drivers.on_opened),
    wire.Closed: ("worker", drivers.on_closed),
    wire.DriverDone: ("worker", drivers.on_done),
    wire.Heartbeat: ("", workers.on_heartbeat),
    wire.BlobPart: ("", uploads.on_blob_part),
    wire.BlobWanted: ("", uploads.on_blob_wanted),
}
"""Who may say what once welcomed ("" is anybody), and who answers. What is not here is out of turn from anybody."""
