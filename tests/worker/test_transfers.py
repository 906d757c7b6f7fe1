"""Large steps of one blob's transfer, which run in threads, one at a time."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import gevent
import pytest

from marx.journal.blobs import BlobStore
from marx.link.transfer import LARGE_BYTES
from marx.wire.messages import AnyMessage, BlobMissing, BlobWanted, Content
from marx.worker.line import Line
from marx.worker.stock import BlobLost, Stock


class Said:
    """A line that goes nowhere."""

    def __init__(self) -> None:
        self.messages: list[AnyMessage] = []

    def post(self, *messages: AnyMessage) -> None:
        self.messages += messages


def test_connections_that_come_at_once_begin_a_large_transfer_once(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    said = Said()
    stock = Stock(BlobStore(tmp_path, durable=False), cast("Line", said), unused_bytes_max=None)
    large = Content("ab" * 32, LARGE_BYTES + 1)
    waiting = gevent.spawn(stock.fetch_all, [large])
    while not said.messages:
        gevent.sleep(0.001)
    for _ in range(3):
        stock.say_again()
    gevent.sleep(0.1)
    stock.handle(BlobMissing(large.hash))
    with pytest.raises(BlobLost):
        waiting.get(timeout=10)
    assert [type(message) for message in said.messages] == [BlobWanted] * 2
    assert "Error" not in capfd.readouterr().err
