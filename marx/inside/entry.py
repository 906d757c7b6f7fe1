"""The entry of all kinds of jail: reads `Begin` and becomes a driver, a chunk runner or a runner of calls."""

from __future__ import annotations

from marx.inside import chunk, driver, messages, policy
from marx.inside.link import Channel

NOT_ALLOWED = 77
"""The exit status of a driver that was refused; the worker goes by `Declined`."""

SESSION_DECLINED = "this worker's owner allows only programs whose source can be checked, and no calls of functions"


def main(channel: Channel) -> int:
    """Returns the exit status of the process; the sandbox calls it once in a fresh runner."""
    body = channel.receive()
    if body is None:
        return 0
    begin = messages.to_jail(body)
    assert isinstance(begin, messages.Begin)
    if begin.guarded:
        from marx.inside import guarded

        return guarded.serve(channel, begin)
    if begin.role == "calls":
        from marx.inside import calls

        return calls.serve(channel, begin, SESSION_DECLINED if begin.policy else "")
    declined = policy.refusals(begin.script) if begin.policy else []
    if begin.role == "driver":
        if declined:
            channel.send(messages.encode(messages.Declined(declined)))
            return NOT_ALLOWED
        return driver.run(channel, begin)
    return chunk.serve(channel, begin, f"refused by the owner's policy: {declined[0]}" if declined else "")
