"""The `marx` command. This file lists the commands and turns errors into a message and an exit code.

Each command is a module of its own that imports only click at its top, and everything else when it runs, so that
`marx --help` and `marx explain` answer at once.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import os
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

import click

from marx import __version__
from marx.cli.exits import Exit, code_of

COMMANDS = {
    "run": "Runs PROGRAM like `python`, its slow parts in chunks.",
    "submit": "Submits PROGRAM and prints the job's id; come back later.",
    "explain": "Shows what of PROGRAM would run in chunks, and why not the rest.",
    "plan": "Says how long PROGRAM would take, from its first moments.",
    "ps": "Lists your jobs.",
    "history": "Lists your jobs, those that ended included: the latest last.",
    "show": "Shows JOB: its terms, where it stands, its regions.",
    "watch": "Follows JOB until it ends: a bar a region, and how long yet.",
    "results": "Writes output, exit code and files of JOB into a folder.",
    "logs": "Prints the story of JOB: attempts, workers, chunks.",
    "why": "Says why a job waits, is slow or failed, and what would help.",
    "cancel": "Stops each JOB.",
    "pause": "Gives out nothing more of JOB; what runs comes to its end.",
    "resume": "Goes on with a paused JOB.",
    "retry": "Submits JOB once more.",
    "workers": "Lists the workers: state, size, load, and what they have done.",
    "worker": "Lends this machine to a distributor.",
    "serve": "Runs the central service, and prints how to join it.",
    "fsck": "Checks the folder of a distributor that does not run.",
    "doctor": "Checks this machine, its sandbox, and the way to the lab.",
    "config": "Shows and changes settings.",
    "completion": "Prints the script that completes `marx` in a shell.",
    "manual": "Prints the manual page of all commands.",
}
"""In the order of the help text: a tasker's commands, then an owner's, an operator's, and settings. Each with its line
there, which is not in its module, as loading two dozen modules takes longer than all the rest of `marx --help`."""


TRACEBACKS = "MARX_TRACEBACK"
"""Set: a bug of ours shows where it is."""


class Commands(click.Group):
    """Loads a command's module when the command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"marx.cli.{cmd_name}")
        command: click.Command = module.command
        command.short_help = COMMANDS[cmd_name]
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """Who mistypes a command, or forgets it, is told what was meant."""
        typed = args[0] if args else ""
        if typed not in COMMANDS and typed[:1] not in ("", "-"):
            import difflib

            near = [f"run {typed}"] if typed.endswith(".py") else difflib.get_close_matches(typed, COMMANDS, 1)
            ctx.fail(f"No such command {typed!r}." + "".join(f" Did you mean: marx {one}" for one in near))
        return super().resolve_command(ctx, args)

    def make_context(self, *arguments: Any, **named: Any) -> click.Context:
        """`--help` prints here. A closed pipe is dealt with before click sees it, and ends with 1."""
        try:
            return super().make_context(*arguments, **named)
        except BrokenPipeError:
            _end(Exit.BROKEN_PIPE)

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            ctx.exit(Exit.INTERRUPTED)
        except BrokenPipeError:
            _end(Exit.BROKEN_PIPE)
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
    if "\n" in text:
        click.echo(f"marx: source error\n{text}", err=True)
    else:
        from marx.cli.table import fold

        click.echo(fold(f"marx: {text}", sys.stderr), err=True)
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
    """The console script. Whatever goes wrong, people get one line and not a traceback of ours."""
    _open_closed_streams()
    _say_what_can_be_said()
    try:
        marx.main(args=None if arguments is None else list(arguments), prog_name="marx")
    except BrokenPipeError:
        _end(Exit.BROKEN_PIPE)
    except OSError as fault:
        _end(Exit.JOB_FAILED, f"cannot read or write: {fault.strerror or fault}")
    except Exception as fault:
        if TRACEBACKS in os.environ:
            raise
        import traceback

        place = traceback.extract_tb(fault.__traceback__)[-1]
        where = f"{os.path.basename(place.filename)}:{place.lineno}"
        _end(
            Exit.BUG, f"a bug of ours: {type(fault).__name__}: {fault} ({where})\n  try: {TRACEBACKS}=1, and report it"
        )
    sys.exit(Exit.DONE)


def _open_closed_streams() -> None:
    """A stream that whoever started us has closed takes everything, as it does for `python`."""
    if sys.stdout is None or sys.stderr is None:
        from marx.cli.screen import open_standard_streams

        open_standard_streams()
        sys.stdout = sys.stdout or open(os.devnull, "w")  # noqa: SIM115
        sys.stderr = sys.stderr or open(os.devnull, "w")  # noqa: SIM115


def _say_what_can_be_said() -> None:
    """Where the locale has no sign for a letter, what is said in it has another, rather than no end."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.errors == "strict":
            stream.reconfigure(errors="replace")


def _end(code: Exit, text: str = "") -> NoReturn:
    """Ends at once: what waits in a stream that cannot be written must not be tried again at the interpreter's end."""
    if text:
        with contextlib.suppress(OSError):
            os.write(2, f"marx: {text}\n".encode(errors="replace"))
    os._exit(code)
