"""A job that wants a tier of isolation goes only to workers that have proven it."""

from __future__ import annotations

import pytest

from marx.distributor.suiting import asks, facts_of, lacks
from marx.wire.messages import VERSION, Hello, Terms


@pytest.mark.parametrize(
    ("wanted", "proven", "lack"),
    [
        ("", "", ""),
        ("isolated", "isolated+", ""),
        ("isolated", "isolated", ""),
        ("isolated+", "isolated", "its isolation is isolated, not isolated+"),
        ("isolated", "guarded", "its isolation is guarded, not isolated"),
        ("isolated", "unproven", "its isolation is unproven, not isolated"),
        ("guarded", "", "its isolation is unproven, not guarded"),
    ],
)
def test_what_a_worker_has_proven_decides(wanted: str, proven: str, lack: str) -> None:
    hello = Hello(VERSION, "worker", "w", "3.11", sandbox=proven)
    terms = Terms(tier=wanted)
    assert lacks(terms, hello, facts_of("w", hello, 0.0)) == lack
    assert asks(terms) is bool(wanted)
