"""The live bar: one line a running region, drawn below what the program prints and erased before it prints again.

rich is imported when the first bar is drawn. The cursor is never hidden and no terminal mode is changed, so that a
terminal stays usable even if this process is killed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from marx.cli.progress import counted, excerpt, is_running, plain, remaining, waits
from marx.wire.messages import Progress, RegionProgress
from marx.wire.places import place_of

if TYPE_CHECKING:
    from rich.console import Console, Group
    from rich.live import Live

BARS_MAX = 4
"""More running regions than this would push the program's output off a small terminal."""


class LiveBar:
    """Owned by the screen, which says when there is room for it."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._console: Console | None = None
        self._live: Live | None = None

    def show(self, progress: Progress | None, note: str = "") -> None:
        """Draws or redraws; nothing is drawn while no region runs and there is no note."""
        running = [region for region in progress.regions if is_running(region)][-BARS_MAX:] if progress else []
        if not running and not note:
            self.hide()
            return
        table = bars(running, progress.workers if progress else 0, note)
        if self._live is None:
            from rich.live import Live

            self._live = Live(
                table,
                console=self._console_of_ours(),
                transient=True,
                auto_refresh=False,
                redirect_stdout=False,
                redirect_stderr=False,
            )
            self._live.start(refresh=True)
        else:
            self._live.update(table, refresh=True)

    def hide(self) -> None:
        """Erases what is drawn. The cursor is then where it was before."""
        if self._live is not None:
            self._live.stop()
            self._live = None

    def _console_of_ours(self) -> Console:
        if self._console is None:
            from rich.console import Console

            class SteadyConsole(Console):
                def show_cursor(self, show: bool = True) -> bool:
                    return False

            self._console = SteadyConsole(file=self._stream, highlight=False)
        return self._console


def bars(regions: list[RegionProgress], workers: int, note: str = "") -> Group:
    """A row a region: place and source, bar, items, workers and time left; below them the note.

    The source gives way first on a narrow terminal.
    """
    from rich.console import Group
    from rich.progress_bar import ProgressBar
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 1), expand=True)
    table.add_column(no_wrap=True, overflow="ellipsis", ratio=2)
    table.add_column(ratio=1, min_width=8)
    table.add_column(no_wrap=True, justify="right")
    table.add_column(no_wrap=True, overflow="ellipsis", ratio=2)
    for region in regions:
        table.add_row(
            Text(f"{place_of(region)}: {excerpt(region.source)}"),
            ProgressBar(total=max(1, region.items), completed=region.done),
            Text(f"{region.done}/{region.items}"),
            Text("waits for a worker" if waits(region, workers) else f"{counted(workers, 'worker')}, {_short(region)}"),
        )
    return Group(table, Text(note, no_wrap=True, overflow="ellipsis")) if note else Group(table)


def _short(region: RegionProgress) -> str:
    return plain(remaining(region)).replace(", at most ", " – ").replace(" left – ", " – ").replace(" (90%)", "")
