"""The `marx` command. This file lists the commands and turns errors into a message and an exit code.

Each command is a module of its own that imports only click at its top, and everything else when it runs, so that
`marx --help` and `marx explain` answer at once.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from typing import NoReturn

import click

from marx import __version__
from marx.cli.exits import Exit, code_of

COMMANDS = (
    *("run", "submit", "explain"),
    *("ps", "history", "show", "watch", "results", "logs", "why"),
    *("cancel", "pause", "resume", "retry"),
    *("workers", "worker", "serve", "doctor", "config", "completion", "manual"),
)
"""In the order of the help text: a tasker's commands, then an owner's, an operator's, and settings."""


class Commands(click.Group):
    """Loads a command's module when the command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"marx.cli.{cmd_name}")
        command: click.Command = module.command
        return command

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            ctx.exit(Exit.INTERRUPTED)
        except BrokenPipeError:
            ctx.exit(Exit.BROKEN_PIPE)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            code = code_of(error)
            if code is None:
                raise
            complain(error)
            ctx.exit(code)


def complain(error: Exception) -> None:
    """What happened, and one command to try."""
    text = str(error)
    click.echo(f"marx: source error\n{text}" if "\n" in text else f"marx: {text}", err=True)
    if fix := getattr(error, "fix", ""):
        click.echo(f"  try: {fix}", err=True)


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="marx")
def marx() -> None:
    """Runs the slow parts of an ordinary Python program on the idle machines of a lab.

    \b
    marx run prog.py          like `python prog.py`, sooner
    marx explain prog.py      what would run apart, and why the rest would not
    """


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """The console script."""
    marx.main(args=None if arguments is None else list(arguments), prog_name="marx")
    sys.exit(Exit.DONE)
