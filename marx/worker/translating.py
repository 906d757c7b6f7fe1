"""What a driver's jail and the distributor say to each other, each in the other's words.

Contents that are large on the wire are bytes in the jail: the stock has them in between. What the jail says is
hostile, and nothing here keeps any state.
"""

from __future__ import annotations

import json

import msgspec

from marx.inside import messages as inside
from marx.wire.messages import Lease, Opened, Planned, SiteFigures, Values
from marx.worker.hearing import Nonsense
from marx.worker.stock import BlobLost, Stock

FIGURES_BYTES_MAX = 2 << 20
"""What those may take of a message whose limit is 16 MiB, and where names and small files stand, too."""
PLAN_BYTES_MAX = 4 << 20
"""As much as a distributor takes."""


# --- to the distributor -----------------------------------------------------------------------------------------------


def planned(lease: Lease, message: inside.Planned) -> Planned:
    plan = json.dumps(msgspec.to_builtins(message), ensure_ascii=False).encode()
    if len(plan) > PLAN_BYTES_MAX:
        raise Nonsense(f"a plan of {len(plan)} bytes; the limit is {PLAN_BYTES_MAX}")
    return Planned(lease, plan)


def opened(lease: Lease, message: inside.Opened, stock: Stock) -> Opened:
    """Puts what the region needs into the stock, from where it is sent."""
    listed = bool(message.offsets)
    return Opened(
        lease=lease,
        region=message.region,
        key=message.key,
        site=message.site,
        line=message.line,
        first=message.first,
        count=message.count,
        digest=message.digest,
        captures=stock.put(message.captures),
        item_ns=message.item_ns,
        range_start=message.range_start,
        range_step=message.range_step,
        offsets=stock.put(message.offsets) if listed else None,
        items=stock.put(message.data) if listed else None,
    )


def figures(message: inside.Judged) -> list[SiteFigures]:
    """The driver's figures for the message of its end, no more of them than it can hold."""
    told: list[SiteFigures] = []
    room = FIGURES_BYTES_MAX
    for one in message.sites[: inside.SITES_MAX]:
        plain = msgspec.to_builtins(one)
        room -= len(msgspec.msgpack.encode(plain))
        if room < 0:
            break
        told.append(msgspec.convert(plain, SiteFigures))
    return told


def refusal(message: inside.Declined) -> str:
    """Why this worker's owner does not let a program run, bounded: the jail made the text."""
    return "refused by the owner's language policy: " + "; ".join(reason[:200] for reason in message.reasons[:5])


# --- to the jail ------------------------------------------------------------------------------------------------------


def delivered(values: Values, stock: Stock) -> inside.Values | inside.Unavailable:
    """Fetches the values of a part of a region; without them its items are computed in place."""
    if values.values is None:
        return inside.Unavailable(values.region, values.start, values.stop, values.reason)
    stock.hold([values.values])
    try:
        stock.fetch_all([values.values])
        data = stock.read(values.values)
    except BlobLost as fault:
        return inside.Unavailable(values.region, values.start, values.stop, str(fault))
    finally:
        stock.release([values.values])
    return inside.Values(values.region, values.start, values.stop, data)
