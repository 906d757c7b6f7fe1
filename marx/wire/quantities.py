"""Durations and sizes as people type them, and the forms in which they are echoed.

90s  10m  2h  1d  500ms  1-02:03:04  02:03:04  05:30 (minutes:seconds)  45 (seconds)
512M  4G  100K  1.5G  4096 (bytes)        powers of 1024; a trailing B or iB changes nothing
"""

from __future__ import annotations

import math
import re

_UNIT_MS = {"ms": 1, "s": 1000, "": 1000, "m": 60_000, "min": 60_000, "h": 3_600_000, "d": 86_400_000}
_UNIT_BYTES = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}
_PART = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|min|m|h|d)")
_CLOCK = re.compile(r"(?:(?P<days>\d+)-)?(?:(?P<hours>\d+):)?(?P<minutes>\d+):(?P<seconds>\d+)")
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?", re.IGNORECASE)


def duration_ms(text: str) -> int:
    """Milliseconds. Raises ValueError that lists the forms."""
    text = text.strip().lower()
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return round(float(text) * 1000)
    if clock := _CLOCK.fullmatch(text):
        days, hours, minutes, seconds = (int(part or 0) for part in clock.groups())
        return ((days * 24 + hours) * 3600 + minutes * 60 + seconds) * 1000
    parts = _PART.findall(text)
    if parts and _PART.sub("", text).strip() == "":
        return round(sum(float(number) * _UNIT_MS[unit] for number, unit in parts))
    raise ValueError(f"{text!r} is not a duration: write 90s, 10m, 2h, 1h30m or 1-02:03:04")


def size_bytes(text: str) -> int:
    """Bytes. Raises ValueError that lists the forms."""
    if size := _SIZE.fullmatch(text.strip()):
        return round(float(size[1]) * _UNIT_BYTES[size[2].upper()])
    raise ValueError(f"{text!r} is not a size: write 4096, 512M or 4G")


def show_duration(ms: int) -> str:
    """At most two units, rounded down: 350 ms, 4.2 s, 3 min 20 s, 2 h 5 min, 1 d 4 h; nothing below zero."""
    ms = max(0, ms)
    if ms < 1000:
        return f"{ms} ms"
    if ms < 10_000:
        return f"{ms / 1000:.1f} s"
    seconds = ms // 1000
    for unit_s, unit, smaller_s, smaller in ((86_400, "d", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s")):
        if seconds >= unit_s:
            rest = seconds % unit_s // smaller_s
            return f"{seconds // unit_s} {unit} {rest} {smaller}" if rest else f"{seconds // unit_s} {unit}"
    return f"{seconds} s"


def size_to_type(count: int) -> str:
    """A size as it may be typed, rounded down: 4G, 23.4G, 512M, 100."""
    size = float(count)
    for unit in ("", "K", "M", "G", "T"):
        if size < 1024 or unit == "T":
            break
        size /= 1024
    return f"{math.floor(size * 10) / 10:g}{unit}"


def show_size(count: int) -> str:
    """Three digits at most, powers of 1024: 512 B, 1.5 KiB, 4.0 GiB."""
    size = float(count)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if size < 1024:
            return f"{size:.0f} {unit}" if unit == "B" or size >= 100 else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} TiB"
