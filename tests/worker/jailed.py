"""What runs in the jails of these tests instead of a program's analysis: the tests' sources, with the channel at hand.

A driver executes its script. A chunk jail executes the captures of a region and calls their `compute(run)` for each
chunk.
"""

from __future__ import annotations

import sys
from pathlib import Path

from marx.inside import messages as inside
from sandbox.channel import Channel


def main(channel: Channel) -> int:
    begin = inside.to_jail(channel.receive() or b"")
    assert isinstance(begin, inside.Begin)
    if begin.role == "driver":
        return _drive(channel, begin)
    _compute(channel)
    return 0


def _drive(channel: Channel, begin: inside.Begin) -> int:
    def say(message: inside.FromJail) -> None:
        channel.send(inside.encode(message))

    def hear() -> inside.ToJail:
        return inside.to_jail(channel.receive() or b"")

    sys.argv = begin.argv
    exec(Path(begin.script).read_text(), {"channel": channel, "say": say, "hear": hear, "inside": inside})
    return 0


def _compute(channel: Channel) -> None:
    regions: dict[int, dict[str, object]] = {}
    while (body := channel.receive()) is not None:
        message = inside.to_jail(body)
        match message:
            case inside.Captures():
                regions[message.region] = {"channel": channel}
                exec(message.captures, regions[message.region])
            case inside.Run():
                compute = regions[message.region]["compute"]
                values = compute(message)  # type: ignore[operator]
                ran = inside.Ran(message.region, message.start, message.stop, values, wall_ns=1, cpu_ns=1)
                channel.send(inside.encode(ran))
