"""One mail to one SMTP server. Blocks, so it is called in a thread; knows no job and no journal."""

from __future__ import annotations

import smtplib
import ssl
from email.message import EmailMessage

from marx.distributor.mail_settings import MailSettings


class NotNow(Exception):
    """The server was not reached, or says try later, or does not let us in: another try may succeed."""


class Refused(Exception):
    """The server will never take this mail."""


def send(settings: MailSettings, message: EmailMessage) -> None:
    """Returns when the server has taken it. Raises NotNow or Refused."""
    try:
        with _connected(settings) as server:
            if settings.user:
                server.login(settings.user, settings.password)
            server.send_message(message)
    except smtplib.SMTPRecipientsRefused as fault:
        code, text = next(iter(fault.recipients.values()))
        raise (Refused if code >= 500 else NotNow)(f"the server refuses the recipient: {code} {_text(text)}") from None
    except smtplib.SMTPAuthenticationError as fault:
        raise NotNow(f"the server does not let us in: {fault.smtp_code} {_text(fault.smtp_error)}") from None
    except smtplib.SMTPResponseException as fault:
        kind = Refused if fault.smtp_code >= 500 else NotNow
        raise kind(f"the server says {fault.smtp_code} {_text(fault.smtp_error)}") from None
    except (smtplib.SMTPException, OSError, ssl.SSLError) as fault:
        raise NotNow(f"{settings.server}:{settings.port}: {fault}") from None


def _connected(settings: MailSettings) -> smtplib.SMTP:
    """Encrypted and with the server's name checked, unless the operator said otherwise."""
    if settings.security == "none":
        return smtplib.SMTP(settings.server, settings.port, timeout=settings.timeout_s)
    trusted = ssl.create_default_context(cafile=settings.certificate or None)
    if settings.security == "tls":
        return smtplib.SMTP_SSL(settings.server, settings.port, timeout=settings.timeout_s, context=trusted)
    server = smtplib.SMTP(settings.server, settings.port, timeout=settings.timeout_s)
    try:
        server.starttls(context=trusted)
    except BaseException:
        server.close()
        raise
    return server


def _text(said: bytes | str) -> str:
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else said
