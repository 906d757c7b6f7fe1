"""From the name of a distributor, or none, to a line to it that an executor can use: which settings, keys and names.

Imports commands and transport late, so that a program that merely imports marx does not pay for them.
"""

from __future__ import annotations

import os
import platform
import socket
import time
from typing import Any

from marx.calls.functions import Functions, Packing
from marx.calls.here import Here
from marx.calls.line import Line

HERE = "here"
"""As the name of a distributor: this machine's own cores, whatever is configured."""


def refuse_in_a_sandbox() -> None:
    """Where even a socket is refused there is no way to a lab, and transports and processes fail without a reason."""
    try:
        socket.socket().close()
    except PermissionError:
        text = "a sandbox of Marx has no way to a lab, so marx.Executor and marx.Pool cannot be used in it"
        hint = "call the function directly there, or make all calls from the program itself, started with python"
        raise RuntimeError(f"{text}: {hint}") from None


def line_to(distributor: str | None, slots: int | None, packing: Packing) -> tuple[Line, int]:
    """A line that is not connected yet, and the slots that its lab has for sure."""
    from marx.cli.connection import configured, own_name, settings_with
    from marx.link.dealer import Dealer
    from marx.link.keys import KeyPair, load_or_make, new_keys
    from marx.wire.address import Address
    from marx.wire.messages import VERSION, Hello

    settings = settings_with(None if distributor == HERE else distributor)
    address = None if distributor == HERE else configured(settings)
    own_slots = slots or _cores()
    here = Here(own_slots) if address is None else None
    try:
        address = here.address() if here is not None else address
        assert address is not None
        keys: KeyPair = new_keys() if here is not None else load_or_make(_key_folder(), "tasker")
    except BaseException:
        if here is not None:
            here.close()
        raise

    def dial(address: Address = address) -> Dealer:
        import zmq.green as zmq

        return Dealer(zmq.Context.instance(), address.endpoint, keys=keys, server_key=address.server_key)

    name = own_name(settings) if here is None else socket.gethostname()
    hello = Hello(VERSION, "tasker", name, platform.python_version(), join=address.join)
    functions = Functions(packing, time.monotonic)
    left = here.close if here is not None else lambda: None
    line = Line(dial, hello, functions, opens_pickles=packing.by_pickle, left=left)
    return line, own_slots if here is not None else 1


def _key_folder() -> Any:
    from marx.cli.settings import config_folder

    return config_folder(os.environ) / "keys"


def _cores() -> int:
    from marx.worker.settings import cores_usable

    return cores_usable()
