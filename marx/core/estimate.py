"""When a region will be through: P50 and P90 of the remaining time, or -1 while measuring.

The remaining work is a sum of item costs that is shared by some slots, so its spread has two parts: the items' own
variance, and that their mean is only known from a sample. The last chunk adds one item's duration, which cannot be
shared.
"""

from __future__ import annotations

from math import ceil, sqrt

from marx.core.sizing import NS_PER_MS, ItemCost

P90 = 1.2816
"""The 90 % point of the normal distribution."""
MEASURING = (-1, -1)


def remaining_ms(cost: ItemCost, left: float, slots: int, enough: int) -> tuple[int, int]:
    """P50 and P90 of the time for `left` items on `slots` slots; `enough` chunks must have been measured."""
    if left <= 0:
        return 0, 0
    if cost.chunks < enough or slots < 1:
        return MEASURING
    work_ns = left * cost.item_ns
    own = sqrt(left * cost.variance)
    sample = left * sqrt(cost.variance / cost.measured_items())
    p50 = work_ns / slots + cost.item_ns
    p90 = p50 + P90 * sqrt(own**2 + sample**2) / slots
    return ceil(p50 / NS_PER_MS), ceil(p90 / NS_PER_MS)
