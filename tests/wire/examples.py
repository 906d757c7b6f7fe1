"""One example of every message, with every field set to something else than its default.

`python -m tests.wire.examples` prints the golden bytes of the present version as JSON. A change of an existing entry is
a new version of the protocol, once that version was released; only entries for new messages are added.
"""

from __future__ import annotations

import json

from marx.wire.codec import content, content_hash, pack
from marx.wire.messages import (
    VERSION,
    Acked,
    AnyMessage,
    BlobGot,
    BlobMissing,
    BlobPart,
    BlobWanted,
    Calls,
    CallsDone,
    CallsDropped,
    CallsTaken,
    Cancel,
    Cancelled,
    ChunkDone,
    ChunkRow,
    Closed,
    Content,
    DriverDone,
    Ended,
    EndSession,
    File,
    FindingRow,
    Follow,
    GetJob,
    GetLog,
    GetResult,
    GivenUpRow,
    Heartbeat,
    Hello,
    JobFacts,
    JobLog,
    JobRow,
    Jobs,
    Lease,
    LeaseChunk,
    LeaseDriver,
    ListJobs,
    ListWorkers,
    LogEntry,
    MailRow,
    Needs,
    NoteRow,
    Opened,
    Output,
    Pause,
    Paused,
    Planned,
    Program,
    Progress,
    Ready,
    Refused,
    RegionProgress,
    RegionReport,
    Retry,
    Returned,
    SiteFigures,
    Stop,
    Submit,
    Submitted,
    Terms,
    Unfollow,
    Values,
    Welcome,
    WorkerRow,
    Workers,
)

HASH = content_hash(b"a blob")
LARGE = Content(HASH, 1 << 33)
CHUNK = Lease(number=(3 << 40) | 17, job="7f3k2m", region=1, chunk=4, attempt=2, start=100, stop=150)
DRIVER = Lease(number=(3 << 40) | 1, job="7f3k2m", region=-1, chunk=-1, attempt=1)
PROGRAM = Program(
    name="prog.py",
    script="/home/ada/prog.py",
    argv=["--size", "10"],
    folder="/home/ada",
    files=[File("/home/ada/prog.py", content(b"print(1)\n"), 0o755), File("/home/ada/data.bin", LARGE)],
    python="3.11",
    environment={"LANG": "C.UTF-8"},
    stdin=content(b"yes\n"),
    line_buffered=True,
    parallel=False,
    chunk_timeout_ms=60_000,
    timeout_ms=3_600_000,
    speculate=True,
    paranoid=True,
)
TERMS = Terms(
    tags=["night"],
    note="with the new data",
    priority=2,
    retries=5,
    where="memory >= 8G",
    workers=["lab-07"],
    packages={"numpy": "2.1.0"},
    at_ms=1_700_000_100_000,
    cron="0 3 * * *",
    zone="Europe/Berlin",
    missed="skip",
    on_disconnect="cancel",
    mail="ada@lab.example",
    mail_types=["end", "fail"],
)
ROW = JobRow(
    "7f3k2m",
    "prog.py",
    "done",
    1_700_000_000_000,
    1_700_000_001_000,
    1_700_000_062_000,
    400,
    400,
    3,
    "why",
    ["night"],
    "with the new data",
    2,
    1_700_000_100_000,
    "x4k9pp",
    "sent",
)
REGION = RegionProgress(12, "for n in numbers:", 400, 100, 8, 3, 1, 9_000, 14_000)
REPORT = RegionReport(
    12, "for", "for n in numbers:", 1, 400, 8, 12, 1, 2_000_000, 1_900_000, "MX603", "too dear", ["item 3: KeyError"]
)
NOTE = NoteRow(1_700_000_030_000, "7f3k2m/1/4", "requeued")

EXAMPLES: list[AnyMessage] = [
    Hello(1, "worker", "lab-07", "3.11.4", "k3n9-2fxq", 4, 6, 8, 16 << 30, "full", [CHUNK, DRIVER], {"numpy": "2.1.0"}),
    Welcome(1, 1_000, 15_000),
    Refused("version", "this distributor speaks version 1", "install Marx 0.1", "7f3k2m"),
    Heartbeat([CHUNK.number, DRIVER.number], 0.75),
    BlobWanted(HASH, 262_144, 8),
    BlobPart(HASH, 262_144, 262_150, b"a part"),
    BlobGot(HASH, 262_150, True),
    BlobMissing(HASH),
    Submit("ticket-1", PROGRAM, TERMS),
    Needs("ticket-1", [HASH]),
    Submitted("ticket-1", "7f3k2m"),
    Follow("7f3k2m", 120, 7),
    Unfollow("7f3k2m"),
    Output("7f3k2m", 2, 7, b"Traceback \xff\n", DRIVER),
    Progress("7f3k2m", "running", 3, [REGION], "note"),
    Ended(
        "7f3k2m",
        "failed",
        137,
        "killed",
        content(b"out"),
        LARGE,
        [File("result.csv", content(b"1,2\n"), 0o600)],
        ["old.csv"],
        [REPORT],
        61_000,
    ),
    ListJobs(True, "prog", "night", ["done"], 1_700_000_000_000, 1_800_000_000_000, 20),
    Jobs([ROW]),
    GetResult("7f3k2m"),
    Cancel("7f3k2m"),
    Cancelled("7f3k2m"),
    Pause("7f3k2m", False),
    Paused("7f3k2m", True),
    Retry("ticket-2", "7f3k2m"),
    GetJob("7f3k2m"),
    JobFacts(
        row=ROW,
        terms=TERMS,
        now_ms=1_700_000_070_000,
        argv=["prog.py", "--size", "10"],
        folder="/home/ada",
        python="3.11",
        files=2,
        bytes=9_000,
        timeout_ms=3_600_000,
        chunk_timeout_ms=60_000,
        waits_for="a worker with a free driver seat",
        driver="lab-07",
        attempt=2,
        ahead=["x4k9pp"],
        suited=["lab-07"],
        unsuited={"lab-08": "it has no numpy"},
        workers=3,
        regions=[REGION],
        reports=[REPORT],
        findings=[FindingRow("MX301", 12, "total is read", "use sum()")],
        chunks=[ChunkRow(1, 4, 100, 150, "lab-07", 2, 1, 4_000, 3_000)],
        given_up=[GivenUpRow(1, 150, 200, "failed 2 times")],
        mails=[MailRow("end", "queued", 3, 1_700_000_063_000, "connection refused")],
        notes=[NOTE],
        output_tail="ValueError: no\n",
        left=["result.csv"],
        said_ms=60_000,
        wait_ms=30_000,
        session=True,
    ),
    GetLog("7f3k2m", 400),
    JobLog(
        "7f3k2m",
        [LogEntry(401, "chunk", "kept", 1_700_000_063_000, 1, 4, 100, 150, "lab-07", 2, 1_200_000_000, b"hello\n")],
        True,
    ),
    ListWorkers(),
    Workers(
        [
            WorkerRow(
                "lab-07", "draining", "SIGTERM", 4, 1, 8, 16 << 30, 0.5, "3.11.4", "full", 312, 1, 700, 2, [NOTE], 0.5
            )
        ]
    ),
    Calls("bwd94k", 1, 40, 42, b"\0" * 24, content(b"arguments"), 25_000, content(b"function"), 1),
    CallsDone("bwd94k", 1, 40, 42, content(b"values"), "killed", 7, "lab-07"),
    CallsTaken("bwd94k", 1, [(40, 42), (50, 51)]),
    CallsDropped("bwd94k", 1),
    EndSession("bwd94k"),
    Ready(2, 1, CHUNK.number, True),
    LeaseDriver(DRIVER, PROGRAM, 16),
    LeaseChunk(CHUNK, 2, 100, 150, -5, 3, 60_000, b"\0" * 16, content(b"items"), PROGRAM, content(b"captures")),
    ChunkDone(CHUNK, "done", 1_200_000_000, 1_100_000_000, content(b"values"), 2, "TypeError", b"hello\n"),
    Returned(CHUNK, "draining"),
    Stop(CHUNK),
    Acked(CHUNK.number),
    Planned(DRIVER, b'{"sites": []}'),
    Opened(DRIVER, 1, "0.1", 0, 12, 3, 400, "d1", LARGE, 2_000_000, -5, 3, content(b"\0" * 8), content(b"items")),
    Closed(DRIVER, 1, 388, 12),
    Values(DRIVER, 1, 100, 150, content(b"values"), "timeout"),
    DriverDone(
        DRIVER,
        "exited",
        3,
        [File("result.csv", LARGE, 0o600)],
        ["old.csv"],
        61_000_000_000,
        1_000_000_000,
        "why",
        [SiteFigures(0, 2, 1, 400, 2_000_000, 1_900_000, "MX601", "not worth it", ["item 3: KeyError"])],
    ),
]


def golden() -> dict[str, list[str]]:
    """The frames of each example in hex, by the name of its message."""
    return {type(message).__name__: [frame.hex() for frame in pack([message])] for message in EXAMPLES}


if __name__ == "__main__":
    print(json.dumps({"version": VERSION, "messages": golden()}, indent=1))
