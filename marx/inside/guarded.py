"""A driver on a host without kernel fences: the whole program, in order, behind language guards (sandbox/guards.py).

Nothing is split here, and chunks of others are declined: what guards let through could not be told from what they
must not.
"""

from __future__ import annotations

import os
import sys

from marx.inside import chunk, messages
from marx.inside.link import Channel

DECLINED = "this worker has no kernel fences, and runs whole programs only"
REASONS_MAX = 20


def serve(channel: Channel, begin: messages.Begin) -> int:
    """Returns the exit status of the process."""
    if begin.role == "calls":
        from marx.inside import calls

        return calls.serve(channel, begin, DECLINED)
    if begin.role == "chunk":
        return chunk.serve(channel, begin, DECLINED)
    return _run(channel, begin)


def _run(channel: Channel, begin: messages.Begin) -> int:
    from sandbox.guarded import NOT_ALLOWED, execute_text, text_of
    from sandbox.guards import guarded_compile

    os.chdir(begin.folder)
    if begin.line_buffered:
        sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    with open(begin.script, "rb") as file:
        text = text_of(file.read(), begin.script)
    found = text if isinstance(text, list) else guarded_compile(text, begin.script)
    if isinstance(found, list):
        name = os.path.basename(begin.script)
        reasons = [f"{name}:{refusal.line}: {refusal.message}" for refusal in found[:REASONS_MAX]]
        channel.send(messages.encode(messages.Declined(reasons)))
        return NOT_ALLOWED
    assert isinstance(text, str)
    return execute_text(found, text, begin.script, begin.argv[1:])
