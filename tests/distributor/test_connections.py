"""Rows of connections: bounded, and strangers take no place from those who were welcomed."""

from __future__ import annotations

from marx.distributor.connections import Connections
from marx.link.router import Peer
from marx.wire.messages import VERSION, Hello


def peer(number: int) -> Peer:
    return Peer(number.to_bytes(5, "big"), f"{number:064x}")


def hello(name: str = "w") -> Hello:
    return Hello(VERSION, "worker", name, "3.11.4")


def test_a_flood_of_strangers_drops_the_longest_waiting_of_them_and_nobody_else() -> None:
    connections = Connections(40)
    welcomed = connections.of(peer(0))
    assert welcomed is not None and connections.welcome(welcomed, hello())
    for number in range(1, 1_000):
        assert connections.of(peer(number)) is not None
    assert len(connections.all()) == 11
    assert connections.worker("w") is welcomed
    assert not connections.is_here(peer(989))
    assert connections.is_here(peer(990))
    # One that was dropped may begin anew.
    again = connections.of(peer(500))
    assert again is not None and connections.welcome(again, hello("again"))


def test_there_is_no_room_beyond_the_limit_for_the_welcomed() -> None:
    connections = Connections(4)
    for number in range(4):
        row = connections.of(peer(number))
        assert row is not None and connections.welcome(row, hello(f"w{number}"))
    assert connections.of(peer(4)) is None
    row = connections.find(peer(0))
    assert row is not None
    connections.drop(row)
    assert connections.of(peer(4)) is not None
