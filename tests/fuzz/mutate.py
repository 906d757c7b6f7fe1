"""Hostile bytes out of honest ones: what the decoders have to bear. All chance comes from the caller's generator."""

from __future__ import annotations

from random import Random

NUMBERS = (0, 1, 0x7F, 0x80, 0xFF, 0xFFFF, 1 << 31, (1 << 32) - 1, (1 << 63) - 1, 1 << 63, (1 << 64) - 1)
MARKS = (
    *(b"\x00", b"\xff", b"\xc0", b"\xc1", b"\x80", b"\x90", b"\x91", b"\xa0", b"\xcf", b"\xd3", b"\xc7", b"\xc9"),
    *(
        b"\xdc\xff\xff",
        b"\xdd\xff\xff\xff\xff",
        b"\xdf\xff\xff\xff\xff",
        b"\xc6\xff\xff\xff\xff",
        b"\xdb\xff\xff\xff\xff",
    ),
    *(b"\xcb\x7f\xf8\0\0\0\0\0\0", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"..", b"/", b"\x1b[2J", b"\xe2\x80\xae"),
)
"""Bytes that mean something to msgpack, to UTF-8, to paths and to terminals."""
LONG = 5_000


def mutated(seed: bytes, other: bytes, chance: Random) -> bytes:
    """`seed` after one to six changes; some take over a piece of `other`."""
    data = bytearray(seed)
    for _ in range(chance.choice((1, 1, 1, 2, 3, 6))):
        at = chance.randrange(len(data) + 1)
        match chance.randrange(9):
            case 0:
                data[at : at + 1] = bytes([chance.randrange(256)])
            case 1:
                data[at : at + 1] = bytes([(data[at] if at < len(data) else 0) ^ 1 << chance.randrange(8)])
            case 2:
                data[at:at] = chance.choice(MARKS)
            case 3:
                data[at : at + chance.choice((1, 1, 2, 8, len(data)))] = b""
            case 4:
                piece = chance.randrange(len(other) + 1)
                data[at:at] = other[piece : piece + chance.randrange(1, 64)]
            case 5:
                number, size = chance.choice(NUMBERS), chance.choice((1, 2, 4, 8))
                data[at : at + size] = (number & (1 << 8 * size) - 1).to_bytes(size, chance.choice(("big", "little")))
            case 6:
                data[at:at] = data[max(0, at - 32) : at] * chance.choice((1, 3, 40))
            case 7:
                data[at:at] = chance.choice(MARKS)[:1] * chance.choice((2, 200, LONG))
            case _:
                data[at : at + 4] = chance.randbytes(4)
    return bytes(data)
