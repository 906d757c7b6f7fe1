"""The mail server, and what it may be brought: every mail that is owed, after the end that it tells of is on disk, and
again only where a crash came between its word and the distributor's record.
"""

from __future__ import annotations

from collections.abc import Iterable
from email.message import EmailMessage

from marx.distributor.mail_sending import NotNow
from marx.distributor.mail_settings import MailSettings
from marx.wire.messages import Terms

from .laws import Laws
from .world import Violation, World

MAIL = MailSettings("mail.lab.example", "Marx <marx@lab.example>", retry_s=1, retry_max_s=4, give_up_s=10**9)
TERMS = Terms(mail="ann@lab.example", mail_types=["begin", "end", "fail"])
SENDING_MS = (1, 300)


class MailServer:
    """`crashes`: how often the distributor was killed. A mail is known by its job and type, and has one Message-ID."""

    def __init__(self, world: World, laws: Laws) -> None:
        self._world, self._laws = world, laws
        self.crashes = 0
        self.down = False
        self._taken: dict[tuple[str, str], tuple[str, int]] = {}

    def take(self, kind: str, message: EmailMessage) -> NotNow | None:
        """What it says to a mail: why not now, or nothing."""
        if self.down:
            return NotNow("the server is down")
        job, id = str(message["X-Marx-Job"]), str(message["Message-ID"])
        self._world.note("mail", "%s of job %s arrives", kind, job)
        known, crashes = self._taken.get((job, kind), (id, -1))
        if crashes == self.crashes:
            raise Violation(f"the mail {kind!r} about job {job} was sent again, and nothing had happened since")
        if known != id:
            raise Violation(f"the mail {kind!r} about job {job} is {known} and {id}")
        fault = self._laws.mail_fault(job, kind)
        if fault:
            raise Violation(f"the mail {kind!r} about job {job} was sent: {fault}")
        self._taken[job, kind] = (id, self.crashes)
        return None

    def missing(self, owed: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
        """Which of these, by job and type, never came."""
        return [one for one in owed if one not in self._taken]
