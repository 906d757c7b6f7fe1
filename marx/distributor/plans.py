"""The sites of a program's plan, read from the JSON text that the driver's worker relays. Foreign text: what is odd is
dropped.
"""

from __future__ import annotations

import msgspec

SITES_MAX = 10_000
SOURCE_LENGTH_MAX = 200


class Site(msgspec.Struct, frozen=True):
    """One region of a plan, as `inside.messages.Site` has it."""

    site: int
    line: int
    shape: str = ""
    source: str = ""


class Plan(msgspec.Struct, frozen=True):
    """The part of a plan that reports need."""

    sites: list[Site] = []


_decoder = msgspec.json.Decoder(Plan)


def read_sites(text: bytes) -> dict[int, Site]:
    """Sites by number, in source order; empty where the text is none of ours."""
    try:
        plan = _decoder.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}
    return {one.site: _short(one) for one in plan.sites[:SITES_MAX]}


def _short(site: Site) -> Site:
    return Site(site.site, site.line, site.shape[:SOURCE_LENGTH_MAX], site.source[:SOURCE_LENGTH_MAX])
