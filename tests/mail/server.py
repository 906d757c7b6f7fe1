"""A real SMTP server as a process of its own: takes mail into a folder, with STARTTLS and a password if told to.

`python -m tests.mail.server FOLDER PORT [CERTIFICATE]` prints the port that it listens on. Mail for `nobody@…` is
refused for good, mail for `later@…` for now.
"""

from __future__ import annotations

import ssl
import sys
from pathlib import Path
from threading import Event
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

USER, PASSWORD = b"marx", b"a secret"


class Keep:
    """The handler: one file a mail, in the order of their coming."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, _: Any) -> str:
        if address.startswith("nobody@"):
            return "550 there is nobody"
        if address.startswith("later@"):
            return "451 come back later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        partial = self._folder / "partial"
        partial.write_bytes(envelope.content or b"")
        partial.rename(self._folder / f"{len(list(self._folder.iterdir())):03}.eml")
        return "250 taken"


def authenticate(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
    known = (data.login, data.password) == (USER, PASSWORD)
    return AuthResult(success=known, handled=known)


def main(folder: str, port: str, certificate: str = "") -> None:
    options: dict[str, Any] = {}
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        options = {"tls_context": context, "require_starttls": True, "authenticator": authenticate}
        options["auth_required"] = True
    controller = Controller(Keep(Path(folder)), hostname="127.0.0.1", port=int(port), **options)
    controller.start()
    print(controller.server.sockets[0].getsockname()[1] if controller.server else port, flush=True)
    Event().wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
