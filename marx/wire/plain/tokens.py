"""What plain data is written in: the tokens of the flat array, the codes of its extensions, and the limits.

Writer and reader keep the same limits, so that what one side encodes the other takes."""

from __future__ import annotations

from typing import Final

from msgspec.msgpack import Ext

DEPTH_MAX: Final = 100
"""Containers in containers. Deeper data is a structure of its own kind, and its reader recurses."""
PLAIN_BYTES_MAX: Final = 64 * 1024 * 1024
"""The largest value, unless the caller says otherwise."""
TOKENS_MAX: Final = 4_000_000
"""Each costs its reader far more memory than the bytes that it takes; long lists of leaves are one token."""

LIST, TUPLE, SET, FROZENSET, DICT = 1, 2, 3, 4, 5
COUNTER, ORDERED, DEQUE = 6, 7, 8
INT, COMPLEX, BYTES, TEXT, ARRAY, EXACT = 11, 12, 13, 14, 15, 16

Leaf = bool | int | float | str | None
Tokens = list[bool | int | float | str | Ext | list[Leaf] | None]

NEXT_IS_LEAVES = b""
"""In the place of a container's number: all that it holds are leaves, and follows as one array."""
