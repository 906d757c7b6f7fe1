"""What a jail says, read as what it is: a stranger's bytes.

Total: a message of inside/messages.py whose numbers, lengths and offsets hold together, or `Nonsense`. What passed here
may be counted, stored and sent on without another look; values of the program stay opaque bytes."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from marx.inside.messages import (
    ITEMS_MAX,
    KEY_LENGTH_MAX,
    NOTES_MAX,
    NS_MAX,
    REASON_LENGTH_MAX,
    Closed,
    Declined,
    FromJail,
    Judged,
    Opened,
    Planned,
    Ran,
    SiteFigures,
)
from marx.worker.weighing import is_flat

FAULT_LENGTH_MAX = 1000
"""The longest story about bad bytes, which repeats some of them."""
SPOKEN_BYTES_MAX = 4 << 20
"""The largest frame that carries none of the program's values. A distributor wants plans smaller than that, too."""
WOVEN_BYTES_MAX = 8 << 20
"""The largest frame with lists or long texts, which take several times their bytes: room for the figures of all sites
that a driver tells of."""
_BLOCK = 1 << 16
"""Offsets that are looked at together: enough to hide the call, little enough to hold nobody up."""
_decoder = msgspec.msgpack.Decoder(FromJail)


class Nonsense(ValueError):
    """A jail sent something that is not a message of its protocol."""


def hear(body: bytes) -> FromJail:
    """The message in a frame that left a jail. Raises `Nonsense` and nothing else, whatever the bytes are."""
    if len(body) > WOVEN_BYTES_MAX and not is_flat(body):
        raise Nonsense(f"a message of {len(body)} bytes that are not values; the limit is {WOVEN_BYTES_MAX}")
    try:
        message: FromJail = _decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as fault:
        raise Nonsense(str(fault)[:FAULT_LENGTH_MAX]) from None
    if isinstance(message, Planned | Closed | Declined) and len(body) > SPOKEN_BYTES_MAX:
        raise Nonsense(f"a message of {len(body)} bytes; the limit is {SPOKEN_BYTES_MAX}")
    if isinstance(message, Opened):
        _check_opened(message)
    elif isinstance(message, Ran):
        _check_ran(message)
    elif isinstance(message, Closed):
        _check_counts(message.region, message.used, message.in_place)
    elif isinstance(message, Judged):
        for site in message.sites:
            _check_figures(site)
    return message


def _check_counts(*numbers: int) -> None:
    """Sums of these are sent on, and must still be numbers that a message can hold."""
    if any(not 0 <= number <= ITEMS_MAX for number in numbers):
        raise Nonsense(f"a number that is not between 0 and {ITEMS_MAX}")


def _check_ran(message: Ran) -> None:
    if not 0 <= message.start < message.stop:
        raise Nonsense(f"a chunk of items {message.start}..{message.stop}")
    if not 0 <= message.unavailable <= message.stop - message.start:
        raise Nonsense(f"{message.unavailable} of {message.stop - message.start} items that are not available")


def _check_figures(site: SiteFigures) -> None:
    _check_counts(site.site, site.entries, site.opened, site.items)
    if not 0 <= min(site.item_ns, site.map_ns) <= max(site.item_ns, site.map_ns) <= NS_MAX:
        raise Nonsense("items that take no time, or for ever")
    if len(site.notes) > NOTES_MAX:
        raise Nonsense(f"{len(site.notes)} notes of a site; the limit is {NOTES_MAX}")
    if any(len(text) > REASON_LENGTH_MAX for text in (site.code, site.reason, *site.notes)):
        raise Nonsense(f"a reason of more than {REASON_LENGTH_MAX} characters")


def _check_opened(message: Opened) -> None:
    _check_counts(message.region, message.site, message.line, message.count)
    if max(len(message.key), len(message.digest)) > KEY_LENGTH_MAX:
        raise Nonsense(f"a key or digest of more than {KEY_LENGTH_MAX} characters")
    if not 0 <= message.item_ns <= NS_MAX:
        raise Nonsense(f"items that take {message.item_ns} ns each")
    if not 0 <= message.first < message.count:
        raise Nonsense(f"a region of {message.count} items that begins at item {message.first}")
    if message.offsets:
        if len(message.offsets) != 8 * (message.count + 1):
            raise Nonsense(f"{len(message.offsets)} bytes of offsets for {message.count} items")
        offsets = memoryview(message.offsets).cast("Q")
        if offsets[0] != 0 or offsets[-1] != len(message.data):
            raise Nonsense("offsets that do not span the items")
        if not all(map(_ascends, _blocks(offsets))):
            raise Nonsense("offsets that run backwards")


def _blocks(offsets: memoryview) -> Iterator[memoryview]:
    """Each begins with the last number of the one before."""
    return (offsets[at : at + _BLOCK + 1] for at in range(0, len(offsets), _BLOCK))


def _ascends(block: memoryview) -> bool:
    """Sorting what is sorted takes C a moment where a loop takes Python long; the worker's other jobs wait for it."""
    numbers = block.tolist()
    return numbers == sorted(numbers)
