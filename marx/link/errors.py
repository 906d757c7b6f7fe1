"""Why a connection to a distributor did not come about, with the address and the next step in the text.

LinkError ─┬─ Unreachable (69)       nobody answers there, or not the distributor that the address names
           │    └─ Busy (75)          it answers, and has no room for now
           ├─ Unwelcome (77)         it answers, and says no
           └─ VersionMismatch (78)   it answers, and speaks another version
"""

from __future__ import annotations


class LinkError(Exception):
    """`exit_code` is what a command ends with."""

    exit_code = 69


class Unreachable(LinkError):
    """No distributor answered in time."""


class Busy(Unreachable):
    """The distributor has no room for this peer at the moment."""

    exit_code = 75


class Unwelcome(LinkError):
    """The distributor refused this peer. `code` is its Refused's."""

    exit_code = 77

    def __init__(self, text: str, code: str = "") -> None:
        super().__init__(text)
        self.code = code


class VersionMismatch(LinkError):
    """The two sides speak different versions of the protocol."""

    exit_code = 78
