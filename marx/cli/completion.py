"""`marx completion`: what a shell needs to complete commands and options."""

from __future__ import annotations

import click

VARIABLE = "_MARX_COMPLETE"
"""Set by the printed script when the shell asks; click answers then."""


@click.command(
    name="completion",
    epilog="Example: marx completion bash > ~/.local/share/bash-completion/completions/marx",
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> None:
    """Prints the script that completes `marx` in SHELL: to be put where the shell looks for such, or read by `eval`."""
    from click.shell_completion import ShellComplete, get_completion_class

    from marx.cli import marx

    kind = get_completion_class(shell) or ShellComplete
    click.echo(kind(marx, {}, "marx", VARIABLE).source())
