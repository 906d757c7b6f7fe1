"""From `Progress` messages to lines of text. Pure; the live bar and the plain lines are made from the same parts.

Texts in these messages come from other machines, so what is not printable is replaced before it reaches a terminal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from marx.wire.messages import Progress, RegionProgress
from marx.wire.places import place_of
from marx.wire.quantities import show_duration

SOURCE_LENGTH_MAX = 32
SOME = 3
_TENTHS = 10


def plain(text: str) -> str:
    """In one line and without control characters, which could rewrite the screen."""
    return "".join(character if character.isprintable() else "?" for character in " ".join(text.split()))


def excerpt(source: str, length: int = SOURCE_LENGTH_MAX) -> str:
    """The first line of a region's source, cut to `length` characters."""
    line = plain(source.strip().splitlines()[0].strip()) if source.strip() else ""
    return line if len(line) <= length else line[: length - 1] + "…"


def remaining(region: RegionProgress) -> str:
    """When the region will be through: the median, and what it stays below nine times out of ten."""
    if region.done >= region.items:
        return "done"
    if is_left_over(region):
        return "the driver computes the rest itself"
    if region.eta_p50_ms < 0:
        return "measuring"
    likely, late = show_duration(region.eta_p50_ms), show_duration(max(region.eta_p90_ms, region.eta_p50_ms))
    return f"{likely} left" if likely == late else f"{likely} left, at most {late} (90%)"


def counted(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def waits(region: RegionProgress, workers: int) -> bool:
    """Whether nobody works on it, though there is something to do: others have all slots, or there is nobody."""
    return is_running(region) and not workers and not region.running and not is_left_over(region)


def is_left_over(region: RegionProgress) -> bool:
    """Whether no chunk is to come any more, though not all is done: some failed too often."""
    return is_running(region) and region.eta_p50_ms == 0


def region_line(region: RegionProgress, workers: int) -> str:
    """`line 12: for seed in seeds: 40/100 items, 9 chunks, 2 running, 3 workers, 2 min left, at most 3 min (90%)`."""
    parts = [f"{region.done}/{counted(region.items, 'item')}", counted(region.chunks, "chunk")]
    if region.running:
        parts.append(f"{region.running} running")
    if region.requeued:
        parts.append(f"{region.requeued} requeued")
    parts += ["waits for a worker"] if waits(region, workers) else [counted(workers, "worker"), remaining(region)]
    source = excerpt(region.source).removesuffix(":")
    return f"{place_of(region)}: {source + ': ' if source else ''}{', '.join(parts)}"


def state_line(progress: Progress) -> str:
    """What a job without a running region is doing."""
    note = f": {plain(progress.note)}" if progress.note and progress.note != progress.state else ""
    workers = f", {counted(progress.workers, 'worker')}" if progress.workers else ""
    return f"{plain(progress.state)}{note}{workers}"


def unheard(seconds: float) -> str:
    return f"the distributor has not answered for {show_duration(round(seconds * 1000))}"


def is_running(region: RegionProgress) -> bool:
    return region.done < region.items


@dataclass(slots=True)
class Milestones:
    """Which lines are worth printing where no live bar can be: a change of state, and each tenth of a region."""

    state: str = ""
    tenths: dict[int, int] = field(default_factory=dict)

    def lines(self, progress: Progress) -> list[str]:
        """The new lines since the progress before."""
        return [*self.states(progress), *self.regions(progress)]

    def states(self, progress: Progress) -> list[str]:
        """The job's state, where it changed."""
        state = f"{progress.state} {progress.note}"
        if state == self.state:
            return []
        self.state = state
        return [state_line(progress)]

    def regions(self, progress: Progress) -> list[str]:
        """The regions that are a tenth further."""
        lines: list[str] = []
        for number, region in enumerate(progress.regions):
            tenth = region.done * _TENTHS // max(1, region.items)
            if tenth != self.tenths.get(number):
                self.tenths[number] = tenth
                lines.append(region_line(region, progress.workers))
        return lines


def some(texts: Sequence[str], joint: str = ", ") -> str:
    """The first few, and how many more there are."""
    more = len(texts) - SOME
    return joint.join(texts[:SOME]) + (f"{joint}and {more} more" if more > 0 else "")
