"""Entries that end in ways of their own, for the tests of the host's side."""

from sandbox.channel import Channel


def echo(channel: Channel) -> int:
    while (body := channel.receive()) is not None:
        channel.send(body[::-1])
    return 0


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
