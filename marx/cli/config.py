"""`marx config`: settings of this user."""

from __future__ import annotations

import os

import click

from marx.cli.options import json_option


@click.group(name="config", epilog="Example: marx config set distributor marx://HOST:PORT/KEY/CODE")
def command() -> None:
    """Shows and changes settings."""


@command.command(name="get", epilog="Example: marx config get name")
@click.argument("name")
@json_option
def get_value(name: str, as_json: bool) -> None:
    """Prints one setting."""
    from marx.cli.settings import BadSettings, check_name, load_settings

    check_name(name)
    settings = load_settings(os.environ)
    if name not in settings:
        raise BadSettings(f"{name} is not set", fix=f"marx config set {name} VALUE")
    if as_json:
        from marx.cli.as_json import document

        click.echo(document(name=name, value=settings[name].value, origin=settings[name].origin))
    else:
        click.echo(settings[name].value)


@command.command(name="set", epilog="Example: marx config set slots 4")
@click.argument("name")
@click.argument("value")
def set_value(name: str, value: str) -> None:
    """Keeps one setting, for example the line that `marx serve` printed as `distributor`."""
    from marx.cli.settings import store

    if name == "distributor":
        from marx.wire.address import parse

        parse(value)
    click.echo(f"marx: {name} is kept in {store(os.environ, name, value)}", err=True)


@command.command(name="unset", epilog="Example: marx config unset distributor")
@click.argument("name")
def unset_value(name: str) -> None:
    """Takes one setting out of your file; what it means elsewhere counts again."""
    from marx.cli.settings import remove

    click.echo(f"marx: {name} is no longer kept in {remove(os.environ, name)}", err=True)


@command.command(name="list", epilog="Example: marx config list --show-origin")
@click.option("--show-origin", is_flag=True, help="Say where each value comes from.")
@json_option
def list_values(show_origin: bool, as_json: bool) -> None:
    """Prints all settings that have a value."""
    from marx.cli.settings import describe, load_settings

    if as_json:
        from marx.cli.as_json import document

        found = load_settings(os.environ)
        click.echo(document(settings={name: {"value": one.value, "origin": one.origin} for name, one in found.items()}))
        return
    for line in describe(load_settings(os.environ), origins=show_origin):
        click.echo(line)
