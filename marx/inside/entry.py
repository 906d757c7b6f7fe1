"""The entry of both kinds of jail: reads `Begin` and becomes a driver or a chunk runner."""

from __future__ import annotations

from marx.inside import chunk, driver, messages
from marx.inside.link import Channel


def main(channel: Channel) -> int:
    """Returns the exit status of the process; the sandbox calls it once in a fresh runner."""
    body = channel.receive()
    if body is None:
        return 0
    begin = messages.to_jail(body)
    assert isinstance(begin, messages.Begin)
    if begin.role == "driver":
        return driver.run(channel, begin)
    return chunk.serve(channel, begin)
