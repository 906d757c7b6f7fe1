"""The sites of a program's plan, read from the JSON text that the driver's worker relays. Foreign text: what is odd is
dropped.
"""

from __future__ import annotations

import msgspec

from marx.wire.messages import FindingRow

SITES_MAX = 10_000
SOURCE_LENGTH_MAX = 200
FINDINGS_MAX = 12
TEXT_MAX = 300
WHAT_IS_SPLIT = "MX0"
"""Codes that begin so say that something runs in chunks."""


class Site(msgspec.Struct, frozen=True):
    """One region of a plan, as `inside.messages.Site` has it."""

    site: int
    line: int
    shape: str = ""
    source: str = ""
    file: str = ""


class Plan(msgspec.Struct, frozen=True):
    """The part of a plan that reports need."""

    sites: list[Site] = []
    findings: list[FindingRow] = []


_decoder = msgspec.json.Decoder(Plan)


def read_sites(text: bytes) -> dict[int, Site]:
    """Sites by number, in source order; empty where the text is none of ours."""
    try:
        plan = _decoder.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}
    return {one.site: _short(one) for one in plan.sites[:SITES_MAX]}


def read_findings(text: bytes) -> list[FindingRow]:
    """The first reasons why something is not split, in source order."""
    try:
        plan = _decoder.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return []
    told = [one for one in plan.findings if not one.code.startswith(WHAT_IS_SPLIT)][:FINDINGS_MAX]
    return [
        FindingRow(one.code[:10], one.line, one.message[:TEXT_MAX], one.fix[:TEXT_MAX], one.file[:TEXT_MAX])
        for one in told
    ]


def _short(site: Site) -> Site:
    shape, source = site.shape[:SOURCE_LENGTH_MAX], site.source[:SOURCE_LENGTH_MAX]
    return Site(site.site, site.line, shape, source, site.file[:TEXT_MAX])
