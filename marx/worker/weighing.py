"""Whether a large frame of a jail is what large frames may be: a flat map, whose weight lies in runs of bytes. Pure.

Decoded, a list of empty texts takes eight times the room of its frame, and a text with one rare letter four times; what
is taken before it can be counted is taken from the worker and all its other jobs. Only values of the program are large,
and those are bytes, which take their own length. So a large frame is walked through before it is decoded: nothing is
made of it, and there are as many steps as it has fields.
"""

from __future__ import annotations

FIELDS_MAX = 64
"""Several times what any message has."""
_FIXMAP, _MAP16 = 0x80, 0xDE
_FIXSTR = 0xA0
_PLAIN = {
    0xC0: 0,
    0xC2: 0,
    0xC3: 0,
    0xCA: 4,
    0xCB: 8,
    0xCC: 1,
    0xCD: 2,
    0xCE: 4,
    0xCF: 8,
    0xD0: 1,
    0xD1: 2,
    0xD2: 4,
    0xD3: 8,
}
"""By type of msgpack, how many bytes follow: nothing, truth, numbers."""
_MEASURED = {0xC4: 1, 0xC5: 2, 0xC6: 4, 0xD9: 1, 0xDA: 2}
"""How many bytes hold the length of what follows: bytes, and texts up to 64 KiB."""


def is_flat(body: bytes) -> bool:
    """Whether a msgpack map fills the body that holds numbers, short texts and bytes. Total."""
    fields, at = _head(body)
    if not 0 < fields <= FIELDS_MAX:
        return False
    for _ in range(2 * fields):
        if at >= len(body) or (width := _width(body, at)) < 0:
            return False
        at += width
    return at == len(body)


def _head(body: bytes) -> tuple[int, int]:
    """How many fields a map says that it has, and where they begin; none where it is no map, or a very long one."""
    if body[:1] and body[0] & 0xF0 == _FIXMAP:
        return body[0] & 0xF, 1
    if body[:1] and body[0] == _MAP16:
        return int.from_bytes(body[1:3], "big"), 3
    return 0, 0


def _width(body: bytes, at: int) -> int:
    """How many bytes the value takes that begins there; -1 for what has no place in a large frame."""
    kind = body[at]
    if kind < _FIXMAP or kind >= 0xE0:
        return 1
    if _FIXSTR <= kind < 0xC0:
        return 1 + (kind & 0x1F)
    if kind in _PLAIN:
        return 1 + _PLAIN[kind]
    if kind in _MEASURED:
        start = at + 1 + _MEASURED[kind]
        return start - at + int.from_bytes(body[at + 1 : start], "big")
    return -1
