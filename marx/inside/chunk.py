"""The chunk runner: calls a region's map slice on items and packs what it filled in.

Whatever goes wrong with an item (an exception, a value that would not come back the same) makes it *unavailable*: the
driver computes it in place, where the program's own exception belongs."""

from __future__ import annotations

import functools
import os
import sys
import time
import zlib
from typing import Any

from marx.inside import messages, whereabouts
from marx.inside.apart import Apart
from marx.inside.batch import Batch
from marx.inside.held import HeldRegion
from marx.inside.inherited import given
from marx.inside.link import HEAD, Channel
from marx.inside.makers import MISSING
from marx.inside.printed import Filling, FillingLoop, Streams
from marx.inside.refusals import WRITES_FILES, Refusal, Unsendable
from marx.inside.watch import Witness, ambient_digests, digest, sum_of
from marx.inside.world import is_plain


def serve(channel: Channel, begin: messages.Begin, declined: str = "") -> int:
    """Answers `Run` after `Run` until the worker closes the channel; with no values if the program is `declined`."""
    sys.path.insert(0, os.path.dirname(begin.script))
    regions: dict[int, HeldRegion | str] = {}
    while True:
        body = channel.receive()
        if body is None:
            return 0
        message = messages.to_jail(body)
        if isinstance(message, messages.Captures):
            try:
                regions[message.region] = declined or HeldRegion(message, begin)
            except BaseException as fault:
                regions[message.region] = f"captures: {type(fault).__name__}: {fault}"
        elif isinstance(message, messages.Run):
            whereabouts.tell(message.job, message.chunk, message.attempt)
            channel.send(messages.encode(_run(message, regions.get(message.region, "no captures"))))


def _run(message: messages.Run, region: HeldRegion | str) -> messages.Ran:
    wall, cpu = time.perf_counter_ns(), time.process_time_ns()
    if isinstance(region, str):
        batch = Batch(1, message.stop - message.start)
        batch.lose_all(region)
        computed, data = wall, batch.pack_each(None)
    else:
        batch = Batch(len(region.slots), message.stop - message.start)
        _compute(batch, message, region)
        computed, data = time.perf_counter_ns(), batch.pack(region.received)
    reason = batch.reason.encode(errors="replace")[: messages.REASON_LENGTH_MAX]
    head = HEAD.pack(computed - wall, time.perf_counter_ns() - computed, len(reason)) + reason
    return messages.Ran(
        region=message.region,
        start=message.start,
        stop=message.stop,
        values=head + data,
        wall_ns=time.perf_counter_ns() - wall,
        cpu_ns=time.process_time_ns() - cpu,
        unavailable=len(batch.unavailable),
        reason=batch.reason[: messages.REASON_LENGTH_MAX],
        printed=batch.printed(),
        checksum=-1 if batch.unavailable else zlib.crc32(data),
    )


def _compute(batch: Batch, message: messages.Run, region: HeldRegion) -> None:
    """Fills the batch, unless something shows that its values may not be what the driver would have computed."""
    if not region.spoiled:
        region.settle()
        ambient = ambient_digests()
        try:
            with given(region.settings, region.child):
                _watched(batch, message, region, ambient)
        except Refusal as refusal:
            region.spoiled = refusal.text
        region.check(ambient)
    if region.spoiled:
        batch.lose_all(region.spoiled)


def _watched(batch: Batch, message: messages.Run, region: HeldRegion, ambient: dict[str, bytes]) -> None:
    """Fills the batch, and sees what is done meanwhile."""
    witness = _witness()
    witness.begin(region.ambient["warnings"], region.prints, region.reads_files)
    try:
        if _is_light(message, region):
            _fill_light(batch, message, region, witness)
        else:
            _fill(batch, message, region, witness, ambient)
    finally:
        witness.end()
    if region.received.copies and witness.file_deed:
        raise Refusal("MX210", f"{WRITES_FILES}: {witness.file_deed}")


@functools.cache
def _witness() -> Witness:
    """One for the whole process: an audit hook stays for ever."""
    return Witness()


def _fill(batch: Batch, message: messages.Run, region: HeldRegion, witness: Witness, ambient: dict[str, bytes]) -> None:
    """Calls the map slice on each item of a chunk."""
    offsets = memoryview(message.offsets).cast("Q") if message.offsets else None
    apart = Apart(region.received.references, batch.references)
    for position in range(message.stop - message.start):
        try:
            if offsets is None:
                item: Any = message.range_start + (message.start + position) * message.range_step
            else:
                item, objects = region.received.item(message.data[offsets[position] : offsets[position + 1]])
                for number, thing in objects.items():
                    if type(thing) is not str:
                        batch.references.setdefault(id(thing), ("i", message.start + position, number))
                batch.objects.append(objects)
            before = b"" if is_plain(item) else digest(item)
            batch.put(position, *_one(region, item, apart))
            if before and digest(item) != before:
                batch.lose(position, "MX702 the map slice changed its item")
            if region.shares and not all(batch.plain_at(position, region.slots)):
                batch.lose(position, "MX209 what a cache holds could be in several values")
            if region.paranoid:
                _doubt(batch, position, region, item, apart, ambient)
            _note_deed(batch, position, witness, region.received.copies)
        except BaseException as fault:
            batch.lose(position, _reason(fault, message.start + position))


def _is_light(message: messages.Run, region: HeldRegion) -> bool:
    """Whether an item leaves nothing to look after but its one value."""
    has_more = region.prints or region.shares or region.paranoid or region.generators.modules
    return not (message.offsets or has_more) and region.slots == [0]


def _fill_light(batch: Batch, message: messages.Run, region: HeldRegion, witness: Witness) -> None:
    """The same as `_fill` at a third of its cost for each item."""
    call, local, states, copies = region.call, region.locals, region.generators.states, region.received.copies
    apart = Apart(region.received.references)
    column, begin = batch.columns[0], message.range_start + message.start * message.range_step
    for position in range(message.stop - message.start):
        try:
            filled = [MISSING]
            call(*local, begin + position * message.range_step, filled, MISSING, enumerate, states, apart)
            column[position] = filled[0]
            if witness.deed:
                _note_deed(batch, position, witness, copies)
        except BaseException as fault:
            batch.lose(position, _reason(fault, message.start + position))


def _reason(fault: BaseException, item: int) -> str:
    """Why an item has no value."""
    return fault.text if isinstance(fault, Unsendable) else f"MX704 item {item}: {type(fault).__name__}"


def _note_deed(batch: Batch, position: int, witness: Witness, copies: bool) -> None:
    deed = witness.take()
    if deed and not copies:
        batch.lose(position, f"MX702 the map slice is not pure: {deed}")


def _doubt(batch: Batch, position: int, region: HeldRegion, item: Any, apart: Apart, ambient: dict[str, bytes]) -> None:
    """Looks for every change after every item, and computes the item once more."""
    first = sum_of([column[position] for column in batch.columns])
    region.check(ambient)
    again, _ = _one(region, item, apart)
    if first != sum_of(again):
        batch.lose(position, "MX703 two runs of an item differ")


def _one(region: HeldRegion, item: Any, apart: Apart) -> tuple[list[Any], Any]:
    values: list[Any] = [{} if depth else MISSING for depth in region.slots]
    region.generators.forget()
    states = region.generators.states
    if not region.prints:
        region.call(*region.locals, item, values, MISSING, enumerate, states, apart)
        return values, None
    streams = Streams(region.ambient["spellings"])
    try:
        filling = Filling(values, streams.take)
        for slot, depth in enumerate(region.slots):
            if depth:
                list.__setitem__(filling, slot, FillingLoop(slot, filling))
        region.call(*region.locals, item, filling, MISSING, enumerate, states, apart)
        return [dict(v) if type(v) is FillingLoop else v for v in filling], filling.outputs
    finally:
        streams.restore()
