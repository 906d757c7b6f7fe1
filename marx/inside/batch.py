"""What a chunk made: the values of its items' slots, and which items the driver has to compute itself."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from typing import Any

from marx.inside.makers import MISSING
from marx.inside.pickles import PROTOCOL
from marx.inside.receiving import Received
from marx.inside.refusals import Unsendable
from marx.inside.world import is_plain

PRINTED_LENGTH_MAX = 2048
"""How much of what a chunk's items print stands in logs."""


class Batch:
    """What a chunk made: a column of values for each slot. `objects` keeps the items' objects, whose addresses the
    references are, alive until the values are packed."""

    def __init__(self, slots: int, count: int) -> None:
        self.columns: list[list[Any]] = [[MISSING] * count for _ in range(slots)]
        self.outputs: list[Any] | None = None
        self.unavailable: set[int] = set()
        self.references: dict[int, tuple[Any, ...]] = {}
        self.objects: list[Any] = []
        self.reason = ""

    def put(self, position: int, values: list[Any], outputs: Any) -> None:
        for column, value in zip(self.columns, values, strict=True):
            column[position] = value
        if outputs:
            self.outputs = self.outputs or [None] * len(self.columns[0])
            self.outputs[position] = outputs

    def printed(self) -> bytes:
        """The head of what the items printed, in their order, both streams together: a hint for people."""
        texts: list[str] = []
        for position, outputs in enumerate(self.outputs or ()):
            if outputs and position not in self.unavailable:
                texts += [out + err for out, err in outputs.values()]
        return "".join(texts)[:PRINTED_LENGTH_MAX].encode("utf-8", "replace")[:PRINTED_LENGTH_MAX]

    def plain_at(self, position: int, depths: list[int]) -> Iterator[bool]:
        """Whether nobody can change it, for each value of an item. Slots inside loops hold a value for each round."""
        for column, depth in zip(self.columns, depths, strict=True):
            values = column[position].values() if depth else [column[position]]
            yield from (is_plain(value) or value is MISSING for value in values)

    def lose(self, position: int, reason: str) -> None:
        self.unavailable.add(position)
        self.reason = self.reason or reason
        for column in self.columns:
            column[position] = MISSING

    def lose_all(self, reason: str) -> None:
        self.reason = reason
        for position in range(len(self.columns[0])):
            self.lose(position, reason)

    def pack(self, received: Received) -> bytes:
        """One pickle for all columns, or one for each item where some value cannot be sent."""
        try:
            return b"C" + received.dump_values((self.columns, self.outputs), self.references)
        except Unsendable as fault:
            self.reason = self.reason or fault.text
        return self.pack_each(received)

    def pack_each(self, received: Received | None) -> bytes:
        parts: list[bytes | None] = [None] * len(self.columns[0])
        for position in range(len(parts)):
            if received is None or position in self.unavailable:
                continue
            row = ([column[position] for column in self.columns], self.outputs and self.outputs[position])
            try:
                parts[position] = received.dump_values(row, self.references)
            except Unsendable:
                self.unavailable.add(position)
        return b"E" + pickle.dumps((len(self.columns), parts), PROTOCOL)
