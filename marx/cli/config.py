"""`marx config`: settings of this user."""

from __future__ import annotations

import os

import click


@click.group(name="config")
def command() -> None:
    """Shows and changes settings."""


@command.command(name="get")
@click.argument("name")
def get_value(name: str) -> None:
    """Prints one setting."""
    from marx.cli.settings import BadSettings, load_settings

    settings = load_settings(os.environ)
    if name not in settings:
        raise BadSettings(f"{name} is not set", fix=f"marx config set {name} VALUE")
    click.echo(settings[name].value)


@command.command(name="set")
@click.argument("name")
@click.argument("value")
def set_value(name: str, value: str) -> None:
    """Keeps one setting, for example the line that `marx serve` printed as `distributor`."""
    from marx.cli.settings import store

    if name == "distributor":
        from marx.wire.address import parse

        parse(value)
    click.echo(f"marx: {name} is kept in {store(os.environ, name, value)}", err=True)


@command.command(name="list")
@click.option("--show-origin", is_flag=True, help="Say where each value comes from.")
def list_values(show_origin: bool) -> None:
    """Prints all settings that have a value."""
    from marx.cli.settings import describe, load_settings

    for line in describe(load_settings(os.environ), origins=show_origin):
        click.echo(line)
