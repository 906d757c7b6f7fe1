"""From settings to a connected client: the one way in which commands reach a distributor.

`--distributor` beats `MARX_DISTRIBUTOR` beats the user's settings. The key pair that makes this user known to
distributors lies beside the settings.
"""

from __future__ import annotations

import os
import platform
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import click

from marx.cli.settings import BadSettings, Setting, check, config_folder, load_settings

if TYPE_CHECKING:
    from marx.tasker.client import Client
    from marx.wire.address import Address

KEY_NAME = "tasker"

Command = TypeVar("Command", bound=Callable[..., Any])


def distributor_option(command: Command) -> Command:
    """The option that every command has which speaks to a distributor."""
    return click.option("--distributor", metavar="ADDRESS", help="The line that `marx serve` printed.")(command)


def settings_with(flag: str | None) -> dict[str, Setting]:
    """All settings, with the value of `--distributor` on top."""
    settings = load_settings(os.environ)
    if flag:
        settings["distributor"] = Setting(check("distributor", flag, "--distributor"), "--distributor")
    return settings


def configured(settings: dict[str, Setting]) -> Address | None:
    """The distributor that the settings name. Raises BadAddress."""
    if "distributor" not in settings:
        return None
    from marx.wire.address import parse

    return parse(str(settings["distributor"].value))


def needed(settings: dict[str, Setting]) -> Address:
    """The distributor, for commands that have nothing to do without one."""
    address = configured(settings)
    if address is None:
        raise BadSettings(
            "no distributor is configured",
            fix="marx config set distributor marx://…   (the line that `marx serve` printed); `marx run` needs none",
        )
    return address


def own_name(settings: dict[str, Setting]) -> str:
    """How this machine calls itself."""
    return str(settings["name"].value) if "name" in settings else socket.gethostname()


@contextmanager
def connected(flag: str | None) -> Iterator[Client]:
    """A client of the configured distributor, for the length of a command."""
    settings = settings_with(flag)
    with line_to(needed(settings), own_name(settings)) as client:
        client.connect()
        yield client


@contextmanager
def line_to(address: Address, name: str) -> Iterator[Client]:
    """A client that has not said hello yet."""
    import zmq.green as zmq

    from marx.link.dealer import Dealer
    from marx.link.keys import load_or_make
    from marx.tasker.client import Client
    from marx.wire.messages import VERSION, Hello

    keys = load_or_make(config_folder(os.environ) / "keys", KEY_NAME)
    with zmq.Context() as context:
        dealer = Dealer(context, address.endpoint, keys=keys, server_key=address.server_key)
        client = Client(dealer, Hello(VERSION, "tasker", name, python_version(), join=address.join))
        try:
            yield client
        finally:
            client.close()


def say_left_out(client: Client, fix: str = "") -> None:
    """That the list which was just asked for is not all there is, and how to see the rest."""
    if client.left_out:
        click.echo(f"marx: {client.left_out} more did not fit into the answer" + (f": {fix}" if fix else ""), err=True)


def python_version() -> str:
    return platform.python_version()
