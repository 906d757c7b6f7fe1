"""The greenlet that sends mail about jobs. Imported only where an operator lets mail be sent.

    MailNoted "queued" ─► compose, send in a thread ─┬► "sent"
             ▲                                       ├► "queued" again, later and later
             └───────────────────────────────────────┴► "given up", with the reason

A mail may be sent twice if we end between the server's word and our record; it has the same Message-ID then.
"""

from __future__ import annotations

import gevent

from marx.distributor.jobs import Job
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


def run(shell: Shell, settings: MailSettings) -> None:
    """The greenlet's body, where there is mail to send at all."""
    for job in shell.jobs:
        queue(shell, job, owed(job))
    while True:
        shell.mail_changed.clear()
        for job in [job for job in shell.jobs if _waiting(job)]:
            for mail in _waiting(job):
                if due_ms(mail, settings) <= shell.clock.wall_ms():
                    _try(shell, settings, job, mail)
        times = [due_ms(mail, settings) for job in shell.jobs for mail in _waiting(job)]
        wait_s = (min(times) - shell.clock.wall_ms()) / 1000 if times else LOOK_S
        shell.mail_changed.wait(max(0.0, min(wait_s, LOOK_S)))


def _waiting(job: Job) -> list[MailRow]:
    return [mail for mail in job.mails.values() if mail.state == "queued"]


def due_ms(mail: MailRow, settings: MailSettings) -> int:
    """When a queued mail is to be tried (again)."""
    return mail.at_ms + (settings.pause_s(mail.tries) * 1000 if mail.tries else 0)


def _try(shell: Shell, settings: MailSettings, job: Job, mail: MailRow) -> None:
    """One try. The job may be forgotten meanwhile; then nobody asks what became of its mail."""
    now_ms, tries = shell.clock.wall_ms(), mail.tries + 1
    state, reason = "sent", ""
    letter = Letter(settings.sender, settings.attachment_bytes_max)
    try:
        message = compose(letter, job, mail.type, now_ms, _reader(shell))
        gevent.get_hub().threadpool.apply(send, (settings, message))
    except NotNow as fault:
        overdue = now_ms - job.mail_since.get(mail.type, now_ms) > settings.give_up_s * 1000
        state, reason = "given up" if overdue else "queued", str(fault)
    except (Refused, UnknownBlob, ValueError) as fault:
        state, reason = "given up", str(fault)
    if shell.jobs.get(job.id) is not job:
        return
    shell.record(MailNoted(job.id, mail.type, state, tries, reason[:REASON_LENGTH_MAX], shell.clock.wall_ms()))
    shell.story(job.id, f"mail {state}", {"type": mail.type, "tries": tries, "reason": reason[:REASON_LENGTH_MAX]})


def _reader(shell: Shell) -> Read:
    def read(content: Content, most: int) -> bytes:
        return part(content, 0, min(most, content.size), shell.blobs)

    return read
