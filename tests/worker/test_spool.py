"""Finished chunks on disk: what is there after any end of the worker, what is not, and when a worker stops waiting."""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import gevent
import pytest
import zmq.green as zmq
from msgspec.structs import replace

from marx.journal.blobs import BlobStore
from marx.link.dealer import Dealer
from marx.wire.codec import content
from marx.wire.messages import ChunkDone, Lease
from marx.worker import stock as stock_module
from marx.worker.farewell import Farewell
from marx.worker.keeping import DEAR_NS, Keeping, left_over
from marx.worker.line import Line
from marx.worker.session import Session
from marx.worker.spool import KEPT_S, Spool, forget_old
from marx.worker.stock import Stock

PLENTY = 1 << 20


def done(number: int, values: bytes = b"values") -> ChunkDone:
    return ChunkDone(Lease(number, "job", 0, number, 1, start=0, stop=3), "done", 5, 4, values=content(values))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "spool" / "lab"


def test_what_was_kept_is_found_by_the_next_run_and_nobody_else_can_read_it(folder: Path) -> None:
    spool = Spool(folder, PLENTY)
    assert spool.found() == []
    assert all(spool.keep(done(number)) for number in (7, 30, 4))
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    spool.drop(30)
    again = Spool(folder, PLENTY)
    assert again.found() == [done(4), done(7)]
    assert 4 in again and 30 not in again
    again.drop(4)
    again.drop(7)
    assert Spool(folder, PLENTY).found() == []


def test_a_name_stands_for_a_synced_outcome(folder: Path) -> None:
    synced: list[tuple[str, bool]] = []

    def sync(path: Path, flags: int) -> None:
        synced.append((path.name, (folder / "5").exists()))

    Spool(folder, PLENTY, sync).keep(done(5))
    assert synced == [("5.new", False), ("lab", True)]


def test_what_is_not_an_outcome_of_ours_is_deleted_unread(folder: Path, tmp_path: Path) -> None:
    spool = Spool(folder, PLENTY)
    spool.keep(done(1))
    whole = (folder / "1").read_bytes()
    (folder / "2").write_bytes(whole[:-3])
    (folder / "3").write_bytes(whole)
    (folder / "1.new").write_bytes(whole)
    (tmp_path / "elsewhere").write_bytes(whole)
    (folder / "4").symlink_to(tmp_path / "elsewhere")
    assert Spool(folder, PLENTY).found() == [done(1)]
    assert [path.name for path in folder.iterdir()] == ["1"]
    assert (tmp_path / "elsewhere").exists()


def test_a_folder_among_the_outcomes_holds_nobody_up(folder: Path) -> None:
    spool = Spool(folder, PLENTY)
    spool.keep(done(1))
    (folder / "2" / "something").mkdir(parents=True)
    again = Spool(folder, PLENTY)
    assert again.found() == [done(1)]
    assert not again.keep(done(2))
    assert again.keep(done(3))


def test_who_comes_while_an_outcome_is_written_waits_until_it_is_kept(folder: Path) -> None:
    syncing, go_on = threading.Event(), threading.Event()

    def sync(path: Path, flags: int) -> None:
        syncing.set()
        assert go_on.wait(60)

    spool, seen = Spool(folder, PLENTY, sync), []
    first = threading.Thread(target=spool.keep, args=(done(5),))
    first.start()
    assert syncing.wait(60)
    second = threading.Thread(target=lambda: seen.append((spool.keep(done(5)), (folder / "5").exists())))
    second.start()
    second.join(0.05)
    go_on.set()
    first.join()
    second.join()
    assert seen == [(True, True)]


def test_beyond_its_quota_and_on_a_disk_that_fails_nothing_is_kept(folder: Path) -> None:
    spool = Spool(folder, 10_000)
    assert spool.keep(done(1, b"x" * 6_000))
    assert not spool.keep(done(2, b"x" * 6_000))
    spool.drop(1)
    assert spool.keep(done(2, b"x" * 6_000))

    def fails(path: Path, flags: int) -> None:
        raise OSError(28, "No space left on device")

    assert not Spool(folder, 10_000, fails).keep(done(3))
    assert [path.name for path in folder.iterdir()] == ["2"]


def test_an_outcome_whose_large_values_are_gone_is_none(folder: Path, tmp_path: Path) -> None:
    blobs = BlobStore(tmp_path / "cache", durable=False)
    large = [blobs.put(bytes([n]) * 100_000) for n in range(2)]
    spool = Spool(folder, PLENTY)
    outcomes = [ChunkDone(done(n).lease, "done", 1, 1, values=values) for n, values in enumerate(large)]
    assert all(map(spool.keep, outcomes))
    blobs.remove(large[0].hash)
    assert left_over(Spool(folder, PLENTY), blobs) == outcomes[1:]
    assert [path.name for path in folder.iterdir()] == ["1"]


def test_what_a_distributor_did_not_ask_for_in_weeks_goes(folder: Path) -> None:
    spool = Spool(folder, PLENTY)
    spool.keep(done(1))
    spool.keep(done(2))
    now_s = 1_900_000_000.0
    os.utime(folder / "1", (now_s, now_s - KEPT_S - 1))
    os.utime(folder / "2", (now_s, now_s - KEPT_S + 1))
    forget_old(folder.parent, now_s)
    assert Spool(folder, PLENTY).found() == [done(2)]


class Keeper:
    """A worker's keeping with its session and stores. `kept` is what its next run would find."""

    def __init__(self, folder: Path, line: Line, blobs: BlobStore) -> None:
        self.folder = folder
        self.session = Session(slots=8, seats=1)
        self.stock = Stock(blobs, line, unused_bytes_max=None)
        self.begun: list[gevent.Greenlet] = []
        self.keeping = Keeping(
            Spool(folder, PLENTY), self.session, self.stock, lambda *call: self.begun.append(gevent.spawn(*call))
        )

    def finish(self, outcome: ChunkDone) -> None:
        self.session.receive(outcome.lease, 1)
        self.session.fetched(outcome.lease.number)
        self.session.next_chunk(())
        assert self.session.finish(outcome)
        self.keeping.finished(outcome)

    def kept(self) -> list[ChunkDone]:
        return Spool(self.folder, PLENTY).found()


@pytest.fixture
def keeper(folder: Path, tmp_path: Path, context: zmq.Context) -> Iterator[Keeper]:
    dealer = Dealer(context, "inproc://nobody", keys=None, server_key=None)
    yield Keeper(folder, Line(dealer, lambda message, reason: None), BlobStore(tmp_path / "cache", durable=False))
    dealer.close()


def ended(number: int, wall_ns: int = DEAR_NS, **changed: object) -> ChunkDone:
    return replace(done(number), wall_ns=wall_ns, **changed)


def test_values_that_go_with_the_process_are_not_counted_as_kept(keeper: Keeper) -> None:
    keeper.finish(ended(1, values=keeper.stock.put_passing(bytes(100_000))))
    keeper.finish(ended(2, 5))
    assert keeper.keeping.leave() == 1
    gevent.killall(keeper.begun)
    assert keeper.kept() == [ended(2, 5)]


def test_an_outcome_that_became_a_failure_is_not_kept_as_it_was(keeper: Keeper) -> None:
    keeper.finish(ended(1))
    keeper.session.revise(ended(1, verdict="failed", values=None))
    gevent.joinall(keeper.begun)
    assert keeper.kept() == []


def test_what_the_owner_keeps_of_the_disk_is_not_taken_for_outcomes(
    keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper.finish(ended(1))
    gevent.joinall(keeper.begun)
    monkeypatch.setattr(stock_module, "RESERVE_BYTES", 1 << 60)
    monkeypatch.setattr(stock_module, "RESERVE_SHARE", 1)
    keeper.finish(ended(2))
    gevent.joinall(keeper.begun)
    assert keeper.keeping.leave() == 1
    assert keeper.kept() == [ended(1)]


def test_a_leaving_worker_waits_as_long_as_its_distributor_is_there() -> None:
    farewell = Farewell(60)
    # Nobody told it to leave.
    assert not farewell.over(1_000, 0, computing=False)
    farewell.begin(1_000)
    # A chunk runs for an hour, and the distributor is heard.
    assert not any(farewell.over(now_s, now_s - 2, computing=True) for now_s in range(1_000, 4_600, 10))
    # It ends, and nobody acknowledges it.
    assert not farewell.over(4_640, 4_639, computing=False)
    assert farewell.over(4_660, 4_659, computing=False)


def test_a_leaving_worker_does_not_wait_for_values_of_a_distributor_that_is_gone() -> None:
    farewell = Farewell(60)
    farewell.begin(100)
    assert not farewell.over(150, 90, computing=True)
    assert farewell.over(160, 90, computing=True)
