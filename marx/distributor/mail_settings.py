"""`mail.toml` in the serve folder: how the operator's mail is sent. No file: this distributor sends none.

    server = "smtp.lab.example"
    port = 587
    sender = "marx@lab.example"
    security = "starttls"          # or "tls", or "none"
    user = "marx"                  # with a password: authenticate
    password = "…"
    domains = ["lab.example"]      # only these recipients; left out: any

The file may hold a password, so nobody but its owner may read it then.
"""

from __future__ import annotations

import stat
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

FILE_NAME = "mail.toml"
SECURITY = ("starttls", "tls", "none")
LOOPBACK = ("localhost", "127.0.0.1", "::1")


class BadMailSettings(Exception):
    """The file cannot be used as it is. The text says where and what to do."""

    exit_code = 78


@dataclass(frozen=True, slots=True)
class MailSettings:
    """Times in seconds. `retry_s` doubles with every try up to `retry_max_s`; a mail whose tries were spread over
    `give_up_s` is given up."""

    server: str
    sender: str
    port: int = 587
    security: str = "starttls"
    user: str = ""
    password: str = ""
    certificate: str = ""
    """A file with the authority to trust, where the system does not know it."""
    domains: tuple[str, ...] = ()
    attachment_bytes_max: int = 1 << 20
    """Files of a job that go along with its mail, together."""
    timeout_s: int = 30
    retry_s: int = 30
    retry_max_s: int = 3_600
    give_up_s: int = 3 * 86_400

    def pause_s(self, tries: int) -> int:
        """How long to wait after so many tries."""
        return int(min(self.retry_s * 2 ** min(tries - 1, 20), self.retry_max_s))

    def tried_s(self, tries: int) -> int:
        """Over how long so many tries are spread at least, while we run."""
        return sum(map(self.pause_s, range(1, tries)))


def mail_settings_of(folder: Path) -> MailSettings | None:
    """Raises BadMailSettings for a file that cannot be used, or that others may read though it holds a password."""
    file = folder / FILE_NAME
    try:
        told = tomllib.loads(file.read_text(encoding="utf-8"))
        readable = file.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH)
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
        raise BadMailSettings(f"{file} cannot be read: {fault}. Repair it, or remove it to send no mail.") from None
    settings = _checked(file, told)
    if settings.password and readable:
        raise BadMailSettings(f"{file} holds a password and others may read it. Try: chmod 600 {file}")
    return settings


def _checked(file: Path, told: Mapping[str, object]) -> MailSettings:
    known = {field.name: field for field in fields(MailSettings)}
    for name, value in told.items():
        if name not in known:
            raise BadMailSettings(f"{file}: there is no setting {name!r}; there are {', '.join(known)}.")
        wanted = {"int": int, "str": str}.get(str(known[name].type), list)
        if type(value) is not wanted or (wanted is list and not all(type(item) is str for item in _items(value))):
            raise BadMailSettings(f"{file}: {name} must be {_kind(wanted)}, not {value!r}.")
    for name in ("server", "sender"):
        if not told.get(name):
            raise BadMailSettings(f"{file}: {name} is missing.")
    if told.get("security", "starttls") not in SECURITY:
        raise BadMailSettings(f"{file}: security must be one of {', '.join(SECURITY)}.")
    if told.get("security") == "none" and told.get("password") and told["server"] not in LOOPBACK:
        raise BadMailSettings(f"{file}: a password is not sent without encryption; set security to starttls or tls.")
    values = {name: tuple(_items(value)) if isinstance(value, list) else value for name, value in told.items()}
    return MailSettings(**values)  # type: ignore[arg-type]


def _items(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _kind(wanted: type) -> str:
    return {int: "a number", str: "a text", list: "a list of texts"}[wanted]
