"""A tasker of one job: submits, follows, perhaps cancels, comes back after every loss; and judges what it is given.

What it has been told must at any moment be the beginning of the answer, and at the end the answer.
"""

from __future__ import annotations

from typing import Any

from marx.link.fetching import Fetch
from marx.link.transfer import State
from marx.link.uploading import Upload
from marx.tasker.submission import Blobs
from marx.wire import messages as wire
from marx.wire.codec import content, content_hash

from .disk import Disk
from .letters import TERMS
from .network import Network
from .spec import JobSpec, answer, file_of, script_of
from .talkers import Talker
from .world import Violation, World


class SimTasker(Talker):
    def __init__(self, world: World, network: Network, disk: Disk, job: JobSpec, *, mails: bool) -> None:
        super().__init__(world, network, f"tasker-{job.ticket}")
        self._disk, self.job = disk, job
        self._upload: Upload | None = None
        self._fetches: dict[str, Fetch] = {}
        self._terms = TERMS if mails else None
        self.answer = answer(job)
        self.id = ""
        self.ended: wire.Ended | None = None
        self.cancelled = False
        self.wants_cancel = False
        self._stdout = b""
        self._script = content(script_of(job))

    def begun(self) -> None:
        self._stdout, self._upload = b"", None

    def kill(self) -> None:
        """It comes back with its ticket and knows nothing else."""
        if self.alive:
            self.world.note(self.name, "is killed")
            self.id = ""
            for fetch in self._fetches.values():
                fetch.close()
            self._disk.power_cut(self.name)
            self.end()

    def cancel(self) -> None:
        self.world.note(self.name, "wants the job cancelled")
        self.wants_cancel = True
        self.ask()

    @property
    def over(self) -> bool:
        """It has all that there is to have."""
        return self.ended is not None and not self._fetches

    def ask(self) -> None:
        if not self._welcome or (self.ended is not None and (self.cancelled or not self.wants_cancel)):
            return
        if not self.id:
            program = wire.Program(
                name=f"{self.job.ticket}.py",
                script=f"/home/ann/{self.job.ticket}.py",
                argv=[self.job.ticket],
                folder="/home/ann",
                files=[wire.File(f"/home/ann/{self.job.ticket}.py", self._script)],
                python="3.11.4",
            )
            self.say(wire.Submit(self.job.ticket, program, self._terms))
        elif self.wants_cancel and not self.cancelled and self.ended is None:
            self.say(wire.Cancel(self.id))
        if self.id and self.ended is None:
            self.say(wire.Follow(self.id, len(self._stdout)))

    def welcomed(self) -> None:
        self._upload = None
        for fetch in list(self._fetches.values()):
            self._go_on(fetch, fetch.start())

    # --- what comes ---------------------------------------------------------------------------------------------------

    def handle(self, message: Any) -> None:
        match message:
            case wire.Needs(hashes=hashes):
                if self._upload is None and hashes:
                    self._upload = Upload(Blobs({self._script.hash: script_of(self.job)}), self._script.hash)
                    self._carry(self._upload.start())
            case wire.BlobGot():
                if self._upload is not None:
                    self._carry(self._upload.handle(message))
            case wire.BlobPart() | wire.BlobMissing():
                fetch = self._fetches.get(message.hash)
                if fetch is not None:
                    self._go_on(fetch, fetch.handle(message))
            case wire.Submitted(job=job):
                if self.id not in ("", job):
                    raise Violation(f"the ticket of {self.id} is job {job} now")
                self.id = job
                self.ask()
            case wire.Output():
                self._take(message.offset, message.data)
            case wire.Ended():
                self._judge(message)
            case wire.Cancelled():
                self.cancelled = True
            case wire.Refused():
                self._refused(message)

    def _carry(self, parts: list[wire.BlobPart]) -> None:
        """The upload of the script; when that is through it submits once more."""
        self.say(*parts)
        if self._upload is not None and self._upload.state is not State.GOING:
            if self._upload.state is State.FAILED and self._upload.code != "full":
                raise Violation(f"{self.name} cannot bring its script: {self._upload.reason}")
            self._upload = None
            self.ask()

    def _go_on(self, fetch: Fetch, wanted: list[wire.BlobWanted]) -> None:
        """What it was told of as a blob it must be able to have."""
        self.say(*wanted)
        if fetch.state is State.FAILED:
            raise Violation(f"{self.name} cannot have its results: {fetch.reason}")
        if fetch.state is State.DONE:
            if content_hash(self._disk.store(self.name).read(fetch.hash)) != fetch.hash:
                raise Violation(f"{self.name} was given other bytes than its results have")
            self._fetches.pop(fetch.hash, None)

    def _take(self, offset: int, data: bytes) -> None:
        if offset > len(self._stdout):
            return
        self._stdout = self._stdout[:offset] + data if len(self._stdout) <= offset + len(data) else self._stdout
        if not self.answer.stdout.startswith(self._stdout):
            raise Violation(f"{self.name} is shown {self._stdout!r}, which is not the beginning of the answer")

    def _refused(self, refused: wire.Refused) -> None:
        if self._upload is not None and refused.about == self._upload.hash:
            self._carry(self._upload.handle(refused))
        elif refused.code not in ("full", "ended", "not-asked"):
            raise Violation(f"{self.name} is refused: {refused.code}: {refused.reason}")

    def _judge(self, ended: wire.Ended) -> None:
        if self.ended is not None and self.ended != ended:
            raise Violation(f"job {self.id} ended twice: {self.ended} and {ended}")
        self.ended = ended
        self.world.note(self.name, "is told the end: %s %s", ended.state, ended.reason)
        if ended.state == "cancelled":
            if not self.wants_cancel:
                raise Violation(f"job {self.id} was cancelled, and nobody wanted that")
        elif ended.state != "done":
            raise Violation(f"job {self.id} ended as {ended.state}: {ended.reason}")
        else:
            self._compare(ended)

    def _compare(self, ended: wire.Ended) -> None:
        file = file_of(self.job)
        expected = [wire.File("out.txt", content(file))] if file else []
        said = (ended.stdout, ended.exit_code, ended.files)
        answer = (content(self.answer.stdout), self.answer.exit_code, expected)
        if said != answer:
            raise Violation(f"job {self.id} ended with {said} instead of {answer}")
        for one in (ended.stdout, *(named.content for named in ended.files)):
            if one.data is None and one.hash not in self._fetches and not self._disk.store(self.name).has(one.hash):
                fetch = self._fetches[one.hash] = Fetch(self._disk.store(self.name), one.hash, one.size)
                self._go_on(fetch, fetch.start())
        if self.cancelled:
            raise Violation(f"job {self.id} is done though its tasker was told that it is cancelled")
