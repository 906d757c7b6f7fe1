"""Entries that end in ways of their own, for the tests of the host's side."""

import socket
import time
from contextlib import suppress

from sandbox.channel import Channel


def echo(channel: Channel) -> int:
    while (body := channel.receive()) is not None:
        channel.send(body[::-1])
    return 0


def count_interruptions(channel: Channel) -> int:
    for number in range(3):
        try:
            channel.send(str(number).encode())
            time.sleep(600)
        except KeyboardInterrupt:
            continue
    return 7


def run_out_of_memory(channel: Channel) -> int:
    channel.receive()
    return len(bytearray(1 << 40)) and 0


def fill_the_disk(channel: Channel) -> int:
    channel.receive()
    with open("big", "wb") as file:
        while True:
            file.write(bytes(1 << 20))


def close_and_stay(channel: Channel) -> int:
    channel.close()
    while True:
        pass


def leave_sparse_files(channel: Channel) -> int:
    """Ten files that need no disk, and more bytes than any reader wants."""
    channel.receive()
    for index in range(10):
        with open(f"sparse{index}", "wb") as file:
            file.truncate(8 << 20)
    return 0


def fill_socket_buffers(channel: Channel) -> int:
    """Memory that is in no process's address space: bytes that nobody reads, beside what the limits allow."""
    channel.receive()
    with open("large", "wb") as file:
        file.write(bytes(30 << 20))
    own = bytearray(b"x") * (110 << 20)
    ends: list[socket.socket] = []
    with suppress(OSError):
        while True:
            ends.extend(socket.socketpair())
    part = bytes(1 << 16)
    sent = 0
    for end in ends:
        end.setblocking(False)
        with suppress(BlockingIOError):
            while True:
                sent += end.send(part)
    channel.send(b"%d bytes of %d" % (len(own), sent))
    return 0
