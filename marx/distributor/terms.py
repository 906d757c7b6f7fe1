"""What a submission may ask for: pure checks of its terms, before anything is written down."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from marx.distributor.cron import BadTimes, next_time_ms
from marx.distributor.validity import Fault
from marx.wire.limits import MAIL_TYPES, NAME_LENGTH_MAX
from marx.wire.messages import Terms
from marx.wire.tiers import TIERS

if TYPE_CHECKING:
    from marx.distributor.mail_settings import MailSettings

TAGS_MAX = 20
NOTE_LENGTH_MAX = 2_000
NAMES_MAX = 1_000
ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63}){0,8}")
"""The addresses that HTML forms accept: no quotes, comments or line ends, which mail headers would give a meaning."""


def terms_fault(terms: Terms | None, mail: MailSettings | None) -> Fault | None:
    """Why these terms cannot be had; `mail` None: this distributor sends none."""
    if terms is None:
        return None
    return _text_fault(terms) or _place_fault(terms) or _time_fault(terms) or _mail_fault(terms, mail)


def sense_fault(terms: Terms | None) -> Fault | None:
    """Why these terms can be had nowhere: what a tasker can tell without asking a distributor."""
    if terms is None:
        return None
    return _text_fault(terms) or _place_fault(terms) or _time_fault(terms) or _address_fault(terms)


def _text_fault(terms: Terms) -> Fault | None:
    if len(terms.tags) > TAGS_MAX or not all(0 < len(tag) <= NAME_LENGTH_MAX for tag in terms.tags):
        return Fault(
            "bad-tag", f"at most {TAGS_MAX} tags of 1 to {NAME_LENGTH_MAX} characters", "set shorter ones: --tag"
        )
    if not all(tag.isprintable() for tag in terms.tags):
        return Fault("bad-tag", "a tag must be printable", "set another one: --tag")
    if len(terms.note) > NOTE_LENGTH_MAX:
        return Fault("bad-note", f"a note of at most {NOTE_LENGTH_MAX} characters", "set a shorter one: --note")
    if not terms.note.isprintable():
        return Fault("bad-note", "a note must be one printable line", "set another one: --note")
    return None


def _place_fault(terms: Terms) -> Fault | None:
    if max(len(terms.workers), len(terms.packages)) > NAMES_MAX:
        return Fault("bad-terms", f"more than {NAMES_MAX} workers or packages")
    if terms.on_disconnect not in ("keep", "cancel"):
        return Fault("bad-terms", f"on-disconnect must be keep or cancel, not {terms.on_disconnect!r}")
    if terms.tier not in ("", *TIERS):
        return Fault("bad-terms", f"{terms.tier[:NAME_LENGTH_MAX]!r} is no tier of isolation", f"--tier {TIERS[-1]}")
    if terms.where:
        from marx.wire.where import BadCondition, condition

        try:
            condition(terms.where)
        except BadCondition as fault:
            return Fault("bad-where", f"--where: {fault}", "marx workers   (what can be asked for)")
    return None


def _time_fault(terms: Terms) -> Fault | None:
    if terms.missed not in ("run", "skip"):
        return Fault("bad-time", f"missed must be run or skip, not {terms.missed!r}")
    if not terms.cron:
        return None
    try:
        next_time_ms(terms, 0)
    except BadTimes as fault:
        return Fault("bad-time", f"--cron {terms.cron[:NAME_LENGTH_MAX]!r}: {fault}", "--cron '30 3 * * mon-fri'")
    return None


def _mail_fault(terms: Terms, mail: MailSettings | None) -> Fault | None:
    if not terms.mail:
        return None
    if mail is None:
        return Fault("no-mail", "this distributor sends no mail", "leave out --mail, or ask its operator for mail.toml")
    if fault := _address_fault(terms):
        return fault
    if mail.domains and terms.mail.rpartition("@")[2].lower() not in mail.domains:
        return Fault("bad-mail", f"this distributor sends mail to {', '.join(mail.domains)} only", "--mail NAME@HOST")
    return None


def _address_fault(terms: Terms) -> Fault | None:
    if terms.mail and ADDRESS.fullmatch(terms.mail) is None:
        return Fault("bad-mail", f"{terms.mail[:NAME_LENGTH_MAX]!r} is not a mail address", "--mail NAME@HOST")
    if not set(terms.mail_types) <= set(MAIL_TYPES):
        return Fault("bad-mail", f"mail types are {', '.join(MAIL_TYPES)}", "--mail-type end,fail")
    return None
