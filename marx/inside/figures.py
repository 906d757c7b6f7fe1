"""What became of one site over the whole run: how often it was entered, what its items cost, and why not more of it
ran in chunks. Told once, when the program has ended."""

from __future__ import annotations

from marx.inside import messages
from marx.inside.decide import Sample
from marx.program.lines import with_lines
from marx.program.plan import Region


class Figures:
    """The sums of one site."""

    __slots__ = ("code", "item_ns", "items", "map_ns", "notes", "opened", "reason")

    def __init__(self) -> None:
        self.items = self.opened = 0
        self.item_ns = self.map_ns = 0
        self.code = self.reason = ""
        self.notes: list[str] = []

    def measured(self, sample: Sample) -> None:
        """A pilot is over: its items are what costs are told by."""
        if sample.items:
            self.item_ns = int(sample.item_ns)
            self.map_ns = (sample.map_ns or 0) // sample.items

    def stayed(self, code: str, reason: str) -> None:
        """An entry ran in order. The last one's reason counts."""
        self.code, self.reason = code, reason

    def note(self, text: str) -> None:
        """Why a single item was computed in place although it had been sent."""
        if text and text not in self.notes and len(self.notes) < messages.NOTES_MAX:
            self.notes.append(text)

    def tell(self, region: Region, entries: int) -> messages.SiteFigures:
        return messages.SiteFigures(
            site=region.site,
            entries=entries,
            opened=self.opened,
            items=min(self.items, messages.ITEMS_MAX),
            item_ns=min(self.item_ns, messages.NS_MAX),
            map_ns=min(self.map_ns, messages.NS_MAX),
            code="MX000" if self.opened and not self.code else self.code,
            reason=with_lines(region, self.code, self.reason)[: messages.REASON_LENGTH_MAX],
            notes=[text[: messages.REASON_LENGTH_MAX] for text in self.notes],
        )
