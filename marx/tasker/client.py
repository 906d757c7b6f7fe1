"""The conversation of a tasker with a distributor: submit, follow, fetch, list, cancel.

A lost connection is made again in silence: a ticket makes `Submit` one job however often it is sent, and a followed
job goes on from the offsets that have arrived.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping

from marx.link.dealer import Dealer
from marx.link.transfer import WINDOW, State
from marx.link.uploading import Upload
from marx.tasker.errors import JobFailed
from marx.tasker.exchange import ANSWER_S, TRIES, Exchange, error_of
from marx.tasker.submission import HASH_BYTES, Blobs, Submission
from marx.wire.messages import (
    PART_BYTES,
    AnyMessage,
    BlobGot,
    BlobMissing,
    BlobPart,
    BlobWanted,
    Cancel,
    Cancelled,
    Content,
    Ended,
    Follow,
    GetJob,
    GetLog,
    GetResult,
    Heartbeat,
    Hello,
    Interrupt,
    JobFacts,
    JobLog,
    JobRow,
    Jobs,
    ListJobs,
    ListWorkers,
    LogEntry,
    Needs,
    Output,
    Pause,
    Paused,
    Progress,
    Refused,
    Retry,
    Submit,
    Submitted,
    WorkerRow,
    Workers,
)

Streamed = Output | Progress | Ended

PATIENCE_S = 600.0
"""Whoever follows a job sits through a restart of the distributor, or a walk between two networks; the job goes on."""


class Client:
    """Construct it, then call `connect`. One greenlet uses it at a time."""

    def __init__(self, dealer: Dealer, hello: Hello, *, answer_s: float = ANSWER_S) -> None:
        self._exchange = Exchange(dealer, hello, answer_s)
        self.left_out = 0
        """How many rows the last list had no room for."""

    def connect(self) -> None:
        """Raises Unreachable, Unwelcome or VersionMismatch of marx.link."""
        self._exchange.connect()

    def close(self) -> None:
        self._exchange.dealer.close()

    def on_silence(self, tell: Callable[[float], None]) -> None:
        """Whom to tell for how many seconds the distributor has not been heard, while that lasts; 0 when it is over."""
        self._exchange.silence.tell = tell

    # --- questions ----------------------------------------------------------------------------------------------------

    def submit(self, ticket: str, submission: Submission) -> str:
        """The job's id, once the distributor has it on disk. The same ticket again is the same job."""

        def answer(message: AnyMessage) -> tuple[str, list[str]] | None:
            match message:
                case Submitted(ticket=about, job=job) if about == ticket:
                    return job, []
                case Needs(ticket=about, hashes=hashes) if about == ticket:
                    return "", hashes
            return None

        while True:
            job, missing = self._exchange.ask(Submit(ticket, submission.program, submission.terms), answer)
            if job:
                return job
            for digest in missing:
                self._upload(digest, submission.blobs)

    def result(self, job: str) -> Ended:
        """How the job ended. Raises TryLater while it runs, UsageFault where there is no such job of this user."""
        return self._exchange.ask(
            GetResult(job), lambda message: message if isinstance(message, Ended) and message.job == job else None
        )

    def jobs(self, question: ListJobs | None = None) -> list[JobRow]:
        """The jobs that a question means: those that have not ended, if there is none."""
        found = self._exchange.ask(
            question or ListJobs(), lambda message: message if isinstance(message, Jobs) else None
        )
        self.left_out = found.more
        return found.jobs

    def facts(self, job: str) -> JobFacts:
        """All that is known of a job."""
        return self._exchange.ask(
            GetJob(job), lambda message: message if isinstance(message, JobFacts) and message.row.job == job else None
        )

    def log(self, job: str, after: int = 0) -> Iterator[LogEntry]:
        """What happened to a job so far, after an entry's number."""
        more = True
        while more:
            found = self._exchange.ask(
                GetLog(job, after),
                lambda message: message if isinstance(message, JobLog) and message.job == job else None,
            )
            yield from (entry for entry in found.entries if entry.kind)
            after = found.entries[-1].number if found.entries else after
            more = found.more

    def pause(self, job: str, *, paused: bool) -> bool:
        """Nothing more of the job is given out, or it goes on. Whether that is news: False where it was so before."""
        answer = self._exchange.ask(
            Pause(job, paused), lambda message: message if isinstance(message, Paused) and message.job == job else None
        )
        return not answer.already

    def retry(self, ticket: str, job: str) -> str:
        """Runs an ended job once more; the new one's id. The same ticket again is the same job."""
        return self._exchange.ask(
            Retry(ticket, job),
            lambda message: message.job if isinstance(message, Submitted) and message.ticket == ticket else None,
        )

    def workers(self) -> list[WorkerRow]:
        found = self._exchange.ask(ListWorkers(), lambda message: message if isinstance(message, Workers) else None)
        self.left_out = found.more
        return found.workers

    def cancel(self, job: str) -> None:
        self._exchange.ask(
            Cancel(job), lambda message: message if isinstance(message, Cancelled) and message.job == job else None
        )

    def interrupt(self, job: str) -> None:
        """Ctrl-C for its program; whoever follows the job is told its end."""
        self._exchange.say(Interrupt(job))

    # --- following ----------------------------------------------------------------------------------------------------

    def follow(self, job: str, *, stdout: int = 0, stderr: int = 0) -> Iterator[Streamed]:
        """Output without gaps or repetition from the given offsets on, progress, and Ended as the last."""
        offsets = {1: stdout, 2: stderr}
        while True:
            self._exchange.say(Follow(job, offsets[1], offsets[2]), patience_s=PATIENCE_S)
            for message in self._about(job):
                if isinstance(message, Ended):
                    yield from self._tail(message, offsets)
                    yield message
                    return
                if isinstance(message, Progress):
                    yield message
                    continue
                if message.offset > offsets[message.stream]:
                    break
                output = _from(message, offsets[message.stream])
                offsets[output.stream] += len(output.data)
                if output.data:
                    yield output

    def _about(self, job: str) -> Iterator[Streamed]:
        """What comes about the job, until it has to be followed anew: the connection was lost, or nothing comes at
        all.
        """
        silent_s = 0.0
        dealer, pause_s = self._exchange.dealer, self._exchange.heartbeat_s
        while silent_s <= self._exchange.silence_s and not dealer.reconnected:
            messages = self._exchange.receive(pause_s)
            silent_s = 0.0 if messages else silent_s + pause_s
            if not messages:
                dealer.send(Heartbeat(), timeout_s=0)
            for message in messages:
                match message:
                    case Output(job=about) | Progress(job=about) | Ended(job=about) if about == job:
                        yield message
                    case Refused() if message.about in {job, ""}:
                        raise error_of(message)
                    case _:
                        pass

    def _tail(self, ended: Ended, offsets: Mapping[int, int]) -> Iterator[Output]:
        """Output that the end has overtaken."""
        for stream, content in ((1, ended.stdout), (2, ended.stderr)):
            if content.size > offsets[stream]:
                whole = b"".join(self.fetch(content))
                yield Output(ended.job, stream, offsets[stream], whole[offsets[stream] :])

    # --- contents -----------------------------------------------------------------------------------------------------

    def fetch(self, content: Content) -> Iterator[bytes]:
        """The bytes of a content in order. Raises JobFailed, at the end if they are not those of its hash."""
        if content.data is not None:
            yield content.data
            return
        digest = hashlib.blake2b(digest_size=HASH_BYTES)
        offset = failures = 0
        while offset < content.size:
            before = offset
            for data in self._window(content, offset):
                digest.update(data)
                offset += len(data)
                yield data
            failures = 0 if offset > before else failures + 1
            if failures == TRIES:
                raise self._exchange.no_answer()
        if digest.hexdigest() != content.hash:
            raise JobFailed(f"the content {content.hash[:12]} arrived with other bytes than its hash promises")

    def _window(self, content: Content, offset: int) -> Iterator[bytes]:
        """The next few parts from `offset` on; fewer if the connection is lost meanwhile."""
        end = min(content.size, offset + WINDOW * PART_BYTES)
        self._exchange.say(BlobWanted(content.hash, offset, WINDOW))
        for message in self._exchange.arriving():
            match message:
                case BlobPart(hash=content.hash, offset=at, data=data) if at == offset:
                    offset += len(data)
                    yield data
                case BlobMissing(hash=content.hash):
                    raise JobFailed(f"the distributor no longer has the content {content.hash[:12]} of this job")
                case _:
                    pass
            if offset >= end:
                return

    def _upload(self, digest: str, blobs: Blobs) -> None:
        if digest not in blobs.places:
            raise JobFailed(f"the distributor asks for a content {digest[:12]} that the program does not have")
        upload = Upload(blobs, digest)
        for _ in range(TRIES):
            self._exchange.say(*upload.start())
            for message in self._exchange.arriving():
                if isinstance(message, BlobGot | Refused):
                    self._exchange.say(*upload.handle(message))
                if upload.state is State.DONE:
                    return
                if upload.state is State.FAILED:
                    raise JobFailed(upload.reason)
        raise self._exchange.no_answer()


def _from(output: Output, offset: int) -> Output:
    """Without the bytes before `offset`, which have arrived already."""
    if output.offset == offset:
        return output
    return Output(output.job, output.stream, offset, output.data[offset - output.offset :])
