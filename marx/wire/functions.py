"""A function of a tasker on its way to the jails of a session. To everybody but the jail it is opaque bytes."""

from __future__ import annotations

import msgspec


class Function(msgspec.Struct, frozen=True, array_like=True):
    """`pickle` is of (function, initializer or None, its arguments); only a jail opens it.

    `by_pickle`: results that are not plain data may come back as pickles. `each`: its calls are portions of a map; the
    pickle of one is (items, whether each is a tuple of arguments, nanoseconds after which it is to end).
    """

    pickle: bytes
    by_pickle: bool
    each: bool = False


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Function)


def pack_function(function: Function) -> bytes:
    return _encoder.encode(function)


def read_function(data: bytes) -> Function:
    """Inside a jail: it came from the jail's own tasker, so a fault is a bug and raises what msgspec raises."""
    function: Function = _decoder.decode(data)
    return function
