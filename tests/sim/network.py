"""Connections as ZeroMQ over TCP gives them, with all the ways in which they end.

Within a connection batches arrive in their order or, from some moment on, not at all. What was under way when it broke
may still arrive, later than what its successor carries. Who sent into a broken connection learns of it late or never.
A partition holds everything up. Where `Luck.repeats` says so a batch arrives twice. Bytes cross it, through the real
codec.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from marx.link.router import Peer
from marx.wire.codec import BadMessage, batches, unpack
from marx.wire.messages import AnyMessage

from .luck import Luck
from .world import World

NOTICED_MS = 2_500
"""A broken connection is noticed by its ends some time before that, if at all."""
QUIET_MS = 5_000


class Client(Protocol):
    """A worker or tasker, as the network knows it."""

    name: str

    @property
    def wants_line(self) -> bool: ...
    def connected(self, line: Line) -> None: ...
    def broken(self, line: Line) -> None: ...
    def arrived(self, line: Line, messages: list[AnyMessage]) -> None: ...


class Line:
    """One connection of one client."""

    def __init__(self, client: Client, peer: Peer) -> None:
        self.client = client
        self.peer = peer
        self.up_ms = self.down_ms = 0
        """When the last batch in either direction arrives."""
        self.whole = True
        self.noticed = False
        """The distributor's socket knows that it is broken."""
        self.tail_ms = 0
        """Of a broken one: what was to arrive by then still does."""


class Network:
    """The distributor's socket (`send`) and everybody's lines to it. `deliver` is where the distributor receives."""

    def __init__(self, world: World, luck: Luck) -> None:
        self.world = world
        self.luck = luck
        self.healed = False
        self.listening = False
        self.deliver: Callable[[Peer, list[AnyMessage] | BadMessage], None]
        self.watch: Callable[[Peer, AnyMessage], None] = lambda peer, message: None
        """Is shown everything that the distributor hands over for sending."""
        self.lines: dict[bytes, Line] = {}
        self._made = 0
        self._cut_off: dict[str, int] = {}

    # --- the distributor's end (marx.link.router.Router) --------------------------------------------------------------

    def send(self, peer: Peer, *messages: AnyMessage) -> bool:
        line = self.lines.get(peer.identity)
        if line is None or line.noticed or self._happens(self.luck.no_room):
            return False
        for message in messages:
            self.watch(peer, message)
        for frames in batches(messages):
            self._carry(line, frames, up=False)
        return True

    def offer(self, peer: Peer, *messages: AnyMessage) -> bool:
        return self.send(peer, *messages)

    # --- the others' ends ---------------------------------------------------------------------------------------------

    def dial(self, client: Client, user: str) -> None:
        """Connects the client as soon as somebody listens and the way is free, if it has no line by then."""
        if not client.wants_line:
            return
        if not self.listening or self._held_up_until(client) > self.world.now:
            self.world.later(self.world.between(50, 500), self.dial, client, user)
            return
        self._made += 1
        line = Line(client, Peer(self._made.to_bytes(5, "big"), user))
        self.lines[line.peer.identity] = line
        client.connected(line)

    def post(self, line: Line, messages: list[AnyMessage]) -> None:
        """A client says something; into a broken line, too."""
        for frames in batches(messages):
            self._carry(line, frames, up=True)

    # --- on the way ---------------------------------------------------------------------------------------------------

    def _carry(self, line: Line, frames: list[bytes], *, up: bool) -> None:
        if not line.whole:
            return
        low, high = (0, 5) if self.healed else self.luck.latency_ms
        at_ms = self.world.now + round(self.world.between(low, high))
        at_ms = max(at_ms, line.up_ms if up else line.down_ms, self._held_up_until(line.client))
        if up:
            line.up_ms = at_ms
        else:
            line.down_ms = at_ms
        action = self._arrives_up if up else self._arrives_down
        for _ in range(2 if self._happens(self.luck.repeats) else 1):
            self.world.later(at_ms - self.world.now, action, line, frames)

    def _arrives_up(self, line: Line, frames: list[bytes]) -> None:
        if self.listening and (line.whole or self.world.now <= line.tail_ms) and not line.noticed:
            self.deliver(line.peer, unpack(frames))

    def _arrives_down(self, line: Line, frames: list[bytes]) -> None:
        if line.whole:
            line.client.arrived(line, unpack(frames))

    def _happens(self, likelihood: float) -> bool:
        return not self.healed and self.world.happens(likelihood)

    def _held_up_until(self, client: Client) -> int:
        return self._cut_off.get(client.name, 0)

    # --- breaking -----------------------------------------------------------------------------------------------------

    def hold_up(self, client: Client, for_ms: int) -> None:
        """Nothing passes between the client and the distributor; TCP delivers it all when the way is free again."""
        self.world.note("network", "%s is cut off for %d ms", client.name, for_ms)
        self._cut_off[client.name] = self.world.now + for_ms

    def break_line(self, line: Line, *, quietly: bool = False) -> None:
        """The connection is over. Either end learns of it in its own time; the client's late, if `quietly`: by the
        heartbeats of its socket."""
        if not line.whole:
            return
        self.world.note("network", "the line of %s breaks%s", line.client.name, " quietly" if quietly else "")
        line.whole = False
        line.tail_ms = self.world.now + (self.world.chance.randint(0, 1_000) if self.luck.late_tails else 0)
        self.world.later(self.world.between(0, NOTICED_MS), self._notice, line)
        self.world.later(self.world.between(0, QUIET_MS if quietly else 200), line.client.broken, line)

    def break_all(self) -> None:
        """The distributor's process is gone, and its socket with it."""
        self.listening = False
        for line in list(self.lines.values()):
            self.break_line(line)
            line.tail_ms = 0
            self._notice(line)

    def _notice(self, line: Line) -> None:
        line.noticed = True
        self.lines.pop(line.peer.identity, None)
