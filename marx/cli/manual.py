"""`marx manual`: a manual page made of the commands' own help, so that it is never out of date."""

from __future__ import annotations

from collections.abc import Iterator

import click


@click.command(name="manual", epilog="Example: marx manual | man -l -")
def command() -> None:
    """Prints the manual page of all commands, for `man -l -` or a file marx.1."""
    for line in page():
        click.echo(line)


def page() -> Iterator[str]:
    from marx import __version__
    from marx.cli import COMMANDS, marx

    yield f'.TH MARX 1 "" "marx {__version__}" "User commands"'
    yield ".SH NAME"
    yield "marx \\- runs the slow parts of an ordinary Python program on the idle machines of a lab"
    yield ".SH SYNOPSIS"
    yield ".B marx"
    yield "COMMAND [OPTIONS] [ARGUMENTS]"
    yield ".SH COMMANDS"
    context = click.Context(marx, info_name="marx")
    for name in COMMANDS:
        found = marx.get_command(context, name)
        if found is not None:
            yield from _command(found, f"marx {name}", context)
    yield ".SH EXIT STATUS"
    from marx.cli.exits import MEANINGS

    for code, meaning in MEANINGS.items():
        yield from (".TP", f".B {int(code)}", _escaped(meaning))


def _command(command: click.Command, name: str, parent: click.Context) -> Iterator[str]:
    context = click.Context(command, info_name=name.rpartition(" ")[2], parent=parent)
    yield f".SS {_escaped(' '.join([name, *command.collect_usage_pieces(context)]))}"
    yield _escaped(" ".join((command.help or "").replace("\b", "").split()))
    for param in command.params:
        record = param.get_help_record(context)
        if record is not None:
            yield from (".TP", f".B {_escaped(record[0])}", _escaped(record[1]))
    if command.epilog:
        yield from (".PP", _escaped(command.epilog))
    if isinstance(command, click.Group):
        for inner in command.list_commands(context):
            found = command.get_command(context, inner)
            if found is not None:
                yield from _command(found, f"{name} {inner}", context)


def _escaped(text: str) -> str:
    """What roff would take for its own: backslashes, hyphens, and a dot or quote at the beginning of a line."""
    plain = text.replace("\\", "\\e").replace("-", "\\-").replace("\n", " ").replace("…", "...")
    return f"\\&{plain}" if plain[:1] in {".", "'"} else plain
