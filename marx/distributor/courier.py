"""The greenlet that sends mail about jobs. Imported only where an operator lets mail be sent.

    MailNoted "queued" ─► compose, send in a thread ─┬► "sent"
             ▲                                       ├► "queued" again, later and later
             └───────────────────────────────────────┴► "given up", with the reason

A mail may be sent twice if we end between the server's word and our record; it has the same Message-ID then. All but
the sending waits for nothing, so that tests/sim can do it on a clock and with a mail server of its own.
"""

from __future__ import annotations

from email.message import EmailMessage

import gevent
from gevent.event import Event

from marx.distributor.job import Job
from marx.distributor.mail import owed, queue
from marx.distributor.mail_sending import NotNow, Refused, send
from marx.distributor.mail_settings import MailSettings
from marx.distributor.mail_text import Letter, Read, compose
from marx.distributor.regions import part
from marx.distributor.shell import Shell
from marx.journal.blobs import UnknownBlob
from marx.journal.records import MailNoted
from marx.wire.messages import Content, MailRow

LOOK_S = 60.0
"""The wall clock may be set: the queue is looked at again at least so often."""
REASON_LENGTH_MAX = 300
NEVER = (Refused, UnknownBlob, ValueError)
"""What another try would not change."""


def run(shell: Shell, settings: MailSettings) -> None:
    """The greenlet's body, where there is mail to send at all."""
    begin(shell)
    while True:
        shell.mail_changed.clear()
        mails = due(shell, settings)
        on_disk = Event()
        shell.outbox.after(on_disk.set)
        on_disk.wait()
        for job, mail in mails:
            settle(shell, settings, job, mail, _sent(shell, settings, job, mail))
        shell.mail_changed.wait(pause_s(shell, settings))


def _sent(shell: Shell, settings: MailSettings, job: Job, mail: MailRow) -> Exception | None:
    """Why it could not be sent; None if the server took it."""
    try:
        message = letter(shell, settings, job, mail)
        gevent.get_hub().threadpool.apply(send, (settings, message))
    except (NotNow, *NEVER) as fault:
        return fault
    return None


# --- what waits for nothing -------------------------------------------------------------------------------------------


def begin(shell: Shell) -> None:
    """What a crash kept from being queued."""
    for job in shell.jobs:
        queue(shell, job, owed(job))


def due(shell: Shell, settings: MailSettings) -> list[tuple[Job, MailRow]]:
    """What is to be tried now. Its records may not be on disk yet: nobody may be told of a job's end before that is."""
    return [(job, mail) for job, mail in _waiting(shell) if _left_s(shell, settings, mail) <= 0]


def pause_s(shell: Shell, settings: MailSettings) -> float:
    """How long nothing will be due, unless something is queued."""
    return min([LOOK_S, *(max(0.0, _left_s(shell, settings, mail)) for _, mail in _waiting(shell))])


def letter(shell: Shell, settings: MailSettings, job: Job, mail: MailRow) -> EmailMessage:
    """The mail itself. Raises UnknownBlob or ValueError where it cannot be put together."""
    what = Letter(settings.sender, settings.attachment_bytes_max)
    return compose(what, job, mail.type, shell.clock.wall_ms(), _reader(shell))


def settle(shell: Shell, settings: MailSettings, job: Job, mail: MailRow, fault: Exception | None) -> None:
    """What became of one try. The job may be forgotten meanwhile; then nobody asks what became of its mail."""
    if shell.jobs.get(job.id) is not job:
        return
    now_ms, state, reason = shell.clock.wall_ms(), "sent", "" if fault is None else str(fault)[:REASON_LENGTH_MAX]
    if fault is not None:
        # By the pauses that were to lie between its tries: a clock that was set is no reason to give up.
        overdue = settings.tried_s(mail.tries + 1) > settings.give_up_s
        state = "given up" if overdue or isinstance(fault, NEVER) else "queued"
    tries = mail.tries + 1
    shell.record(MailNoted(job.id, mail.type, state, tries, reason, now_ms))
    shell.story(job.id, f"mail {state}", {"type": mail.type, "tries": tries, "reason": reason})


def _waiting(shell: Shell) -> list[tuple[Job, MailRow]]:
    return [(job, mail) for job in shell.jobs for mail in job.mails.values() if mail.state == "queued"]


def _left_s(shell: Shell, settings: MailSettings, mail: MailRow) -> float:
    """Until a queued mail is to be tried (again). A clock that was set back since the last try holds nothing up."""
    waited_s = (shell.clock.wall_ms() - mail.at_ms) / 1000
    return settings.pause_s(mail.tries) - waited_s if mail.tries and waited_s >= 0 else 0.0


def _reader(shell: Shell) -> Read:
    def read(content: Content, most: int) -> bytes:
        return part(content, 0, min(most, content.size), shell.blobs)

    return read
