"""Points in time as people type them, and the one form in which they are echoed.

2026-11-21 08:00    2026-11-21    08:00 (the next such time)    tomorrow 8:00    +2h    now
"""

from __future__ import annotations

import os
import re
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from marx.wire.quantities import duration_ms

_CLOCK = re.compile(r"(?:(?P<day>today|tomorrow|\d{4}-\d\d-\d\d)(?:[ t]|$))?\s*(?:(?P<hour>\d{1,2}):(?P<minute>\d\d))?")
_ONLY_CLOCK = re.compile(r"\d{1,2}:\d\d")
_DAY_MS = 86_400_000
LOCALTIME = Path("/etc/localtime")


def time_ms(text: str, now_ms: int, zone: str = "") -> int:
    """Milliseconds since 1970, of a time of the zone's clocks. Raises ValueError that lists the forms."""
    text = text.strip().lower()
    if text == "now":
        return now_ms
    if text.startswith("+"):
        return now_ms + duration_ms(text[1:])
    match = _CLOCK.fullmatch(text)
    if match is None or not text:
        raise ValueError(f"{text!r} is not a time: write 2026-11-21 08:00, 08:00, tomorrow 8:00 or +2h")
    now = datetime.fromtimestamp(now_ms / 1000, ZoneInfo(zone or local_zone()))
    try:
        clock = time(int(match["hour"] or 0), int(match["minute"] or 0))
        moment = datetime.combine(_day(match["day"], now.date()), clock, now.tzinfo)
    except ValueError as fault:
        raise ValueError(f"{text!r} is not a time: {fault}") from None
    if match["day"] is None and moment.timestamp() * 1000 <= now_ms:
        moment += timedelta(days=1)
    return round(moment.timestamp() * 1000)


def past_ms(text: str, now_ms: int, zone: str = "") -> int:
    """The same of a time that is over: `2h` and `-2h` are two hours ago, `08:00` is the last such time."""
    text = text.strip().lower()
    if text == "now" or text.startswith("+") or _CLOCK.fullmatch(text):
        return time_ms(text, now_ms - _DAY_MS if _ONLY_CLOCK.fullmatch(text) else now_ms, zone)
    try:
        return now_ms - duration_ms(text.removeprefix("-"))
    except ValueError:
        raise ValueError(f"{text!r} is not a time: write 2026-11-21 08:00, 08:00, today or 2h (ago)") from None


def _day(text: str | None, today: date) -> date:
    if text in (None, "today"):
        return today
    return today + timedelta(days=1) if text == "tomorrow" else date.fromisoformat(str(text))


def show_time(ms: int) -> str:
    """In the local time of whoever reads it."""
    return datetime.fromtimestamp(ms / 1000).strftime("%Y-%m-%d %H:%M:%S") if ms else "-"


def local_zone() -> str:
    """The name of this machine's time zone, "UTC" where it cannot be told."""
    if name := os.environ.get("TZ", "").lstrip(":"):
        return name if is_zone(name) else "UTC"
    target = os.path.realpath(LOCALTIME)
    name = target.partition("/zoneinfo/")[2]
    return name if name and is_zone(name) else "UTC"


def is_zone(name: str) -> bool:
    """Whether this machine knows a time zone of this name."""
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        return False
    return True
