"""The parts that need no socket: output, items, names, the log, known keys, the order of the outbox."""

from __future__ import annotations

from array import array
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marx.core.events import Verdict
from marx.distributor import verdicts
from marx.distributor.followers import Followers
from marx.distributor.known import KnownPeers
from marx.distributor.log import Seldom, line
from marx.distributor.outbox import Outbox
from marx.distributor.output import Differs, Gap, OutputLog
from marx.distributor.plans import Site, read_sites
from marx.distributor.regions import BadItems, Kept, Region, cut
from marx.distributor.validity import is_plain_relative, minor_python
from marx.journal.blobs import BlobStore
from marx.journal.journal import MemoryJournal, open_journal
from marx.journal.records import EpochStarted
from marx.link.router import Peer
from marx.wire.codec import content

# --- output -----------------------------------------------------------------------------------------------------------


def printed(*pieces: bytes) -> OutputLog:
    log = OutputLog()
    for piece in pieces:
        log.append(1, piece)
    return log


@pytest.mark.parametrize(
    ("offset", "data", "expected"),
    [
        (6, b"new", b"new"),
        (0, b"abcdef", b""),
        (0, b"abcdefgh", b"gh"),
        (3, b"de", b""),
        (3, b"deX", Differs(1, 5)),
        (0, b"abXdefgh", Differs(1, 2)),
        (6, b"", b""),
        (7, b"later", Gap(1, 6)),
    ],
)
def test_output_is_compared_with_what_is_kept(offset: int, data: bytes, expected: object) -> None:
    assert printed(b"abc", b"def").compare(1, offset, data) == expected


def test_only_committed_output_is_read() -> None:
    log = printed(b"abc", b"def")
    assert log.read(1, 0, 100) == b""
    log.commit(1, 3)
    assert (log.read(1, 0, 100), log.read(1, 1, 1), log.read(1, 3, 100), log.read(1, 9, 9)) == (b"abc", b"b", b"", b"")
    # A commit that is told late takes nothing back.
    log.commit(1, 6)
    log.commit(1, 3)
    assert log.read(1, 2, 100) == b"cdef"


# --- regions ----------------------------------------------------------------------------------------------------------


def region(items: list[bytes] | None = None, *, count: int = 10, first: int = 0) -> Region:
    made = Region(0, "0.0", "d", 0, 1, first, count, 1, content(b""))
    if items is not None:
        ends = array("Q", [sum(map(len, items[:place])) for place in range(len(items) + 1)])
        made.offsets, made.items, made.count = content(ends.tobytes()), content(b"".join(items)), len(items)
    return made


@given(items=st.lists(st.binary(max_size=5), min_size=1, max_size=20), data=st.data())
def test_any_cut_holds_exactly_its_items(
    tmp_path_factory: pytest.TempPathFactory, items: list[bytes], data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, len(items) - 1))
    stop = data.draw(st.integers(start + 1, len(items)))
    blobs = BlobStore(tmp_path_factory.getbasetemp() / "cut", durable=False)
    made = region(items)
    if data.draw(st.booleans()):
        made.items = blobs.put_always(b"".join(items))
    offsets, sliced = cut(made, start, stop, blobs)
    numbers = array("Q", offsets)
    assert [sliced[a:b] for a, b in pairwise(numbers)] == items[start:stop]


@pytest.mark.parametrize("ends", [[0, 4, 2], [0, 2, 9], [0, 2]])
def test_offsets_that_lie_are_found_before_they_are_used(tmp_path: Path, ends: list[int]) -> None:
    made = region([b"ab", b"cd"])
    made.offsets = content(array("Q", ends).tobytes())
    with pytest.raises(BadItems):
        cut(made, 0, 2, BlobStore(tmp_path, durable=False))


def test_done_ranges_are_merged() -> None:
    made = region(first=1)
    for start, stop in [(7, 9), (1, 3), (3, 4)]:
        made.keep(Kept(start, stop, content(b"v")))
    assert made.done_ranges() == ((1, 4), (7, 9))
    assert made.items_done() == 6


# --- words of strangers -----------------------------------------------------------------------------------------------


@given(st.text())
def test_a_plain_path_stays_below_its_folder(path: str) -> None:
    if is_plain_relative(path):
        assert not Path(path).is_absolute()
        assert ".." not in Path(path).parts


@pytest.mark.parametrize("path", ["a", "a/b.txt", "a b/c", "..a", "folder/", "-rf"])
def test_ordinary_paths_are_plain(path: str) -> None:
    assert is_plain_relative(path)


def test_versions_of_python_by_their_minor() -> None:
    assert [minor_python(text) for text in ("3.11", "3.11.4", "3.13.0rc1", "3", "", "3.x", "3.11 ")] == [
        *("3.11", "3.11", "3.13"),
        *(None, None, None, None),
    ]


@pytest.mark.parametrize(
    ("word", "driver", "chunk"),
    [
        ("exited", "done", "killed"),
        ("done", "done", "done"),
        ("timeout_wall", "timeout", "timeout"),
        ("sandbox_error", "sandbox", "sandbox"),
        ("memory", "memory", "memory"),
        ("<script>", "failed", "failed"),
    ],
)
def test_verdicts(word: str, driver: Verdict, chunk: Verdict) -> None:
    assert (verdicts.of_driver(word), verdicts.of_chunk(word)) == (driver, chunk)


def test_sites_are_read_from_a_plan_and_nothing_else_is_believed() -> None:
    text = b'{"kind": "planned", "sites": [{"kind": "site", "site": 1, "line": 3, "shape": "map", "source": "%s"}]}'
    assert read_sites(text % (b"x" * 300)) == {1: Site(1, 3, "map", "x" * 200)}
    beside = text.replace(b'"line": 3', b'"line": 3, "file": "simulate.py"') % b""
    assert read_sites(beside) == {1: Site(1, 3, "map", "", "simulate.py")}
    for odd in (b"", b"{", b"[]", b'{"sites": [{"site": "one"}]}', b"\xff"):
        assert read_sites(odd) == {}


def test_a_story_is_one_line_whatever_it_tells_of() -> None:
    when = datetime(2026, 1, 2, 3, 4, 5, 678_000, UTC)
    assert (
        line(when, "7f3k2m/0/4", "requeued", {"worker": "lab7", "reason": 'x\ny "z" worker=w', "empty": "", "n": 3})
        == "2026-01-02T03:04:05.678Z 7f3k2m/0/4 requeued worker=lab7 "
        'reason="x�y \\"z\\" worker=w" empty="" n=3'
    )


def test_a_source_is_told_of_once_in_a_while() -> None:
    seldom = Seldom(pause_ms=60, sources_max=2)
    assert [seldom.due(source, now) for source, now in [("a", 0), ("a", 59), ("b", 59), ("a", 60)]] == [
        *(True, False, True, True)
    ]
    # A third source pushes out the one that was told of longest ago.
    assert [seldom.due(source, 70) for source in ("c", "a", "b")] == [True, False, True]


# --- known keys -------------------------------------------------------------------------------------------------------


def test_a_known_key_stays_known_and_a_torn_line_is_nobody(tmp_path: Path) -> None:
    known = KnownPeers(tmp_path, peers_max=3)
    assert not known.admit("aa", "tasker", "ann", "wrong")
    assert known.admit("aa", "tasker", "ann of the lab", known.code)
    with (tmp_path / "known").open("a") as file:
        file.write("bb tas")
    again = KnownPeers(tmp_path, peers_max=3)
    assert again.code == known.code
    assert again.admit("aa", "tasker", "ann", "")
    assert not again.admit("bb", "tasker", "bob", "")
    assert again.admit("cc", "worker", "lab7", again.code)
    assert (tmp_path / "known").read_text() == "aa tasker ann of the lab\ncc worker lab7\n"
    assert (tmp_path / "join").stat().st_mode & 0o777 == 0o600


def test_no_more_keys_are_kept_than_allowed(tmp_path: Path) -> None:
    known = KnownPeers(tmp_path, peers_max=1)
    assert known.admit("aa", "tasker", "ann", known.code)
    assert not known.admit("bb", "tasker", "bob", known.code)
    assert known.admit("aa", "tasker", "ann", "")


# --- followers and outbox ---------------------------------------------------------------------------------------------


def test_followers_come_and_go() -> None:
    followers, ann, bob = Followers(), Peer(b"1", "ann"), Peer(b"2", "bob")
    assert not followers
    followers.add(ann, "j1", 0, 0)
    followers.add(ann, "j1", 5, 0)
    followers.add(ann, "j2", 0, 0)
    followers.add(bob, "j1", 0, 0)
    assert [(row.peer, row.job, row.offsets[1]) for row in followers.all()] == [
        (ann, "j1", 5),
        (bob, "j1", 0),
        (ann, "j2", 0),
    ]
    assert followers.count(ann) == 2
    followers.drop(ann)
    followers.remove(bob, "nosuch")
    assert [row.peer for row in followers.all()] == [bob]
    followers.remove(bob, "j1")
    assert not followers


def test_actions_wait_for_the_commit_of_what_came_before_them_and_keep_their_order(tmp_path: Path) -> None:
    journal = open_journal(tmp_path)
    said: list[str] = []
    outbox = Outbox(journal, commit_ms=0, retry_ms=0, released=lambda: said.append("released"))
    outbox.after(lambda: said.append("nothing to wait for"))
    outbox.append(EpochStarted(7, 0))

    def first() -> None:
        said.append("first")
        outbox.after(lambda: said.append("asked for by the first"))

    outbox.after(first)
    outbox.after(lambda: said.append("second"))
    assert said == ["nothing to wait for"]
    outbox.finish()
    assert said == ["nothing to wait for", "first", "second", "asked for by the first", "released"]
    assert EpochStarted(7, 0) in list(journal.replay())
    journal.close()


def test_what_begins_to_wait_during_a_commit_that_nobody_waits_for_is_said_after_it(tmp_path: Path) -> None:
    """A record alone is committed; meanwhile somebody wants to speak after it, and writes nothing down."""
    journal, said = open_journal(tmp_path), list[str]()
    outbox = Outbox(journal, commit_ms=0, retry_ms=0, released=lambda: None)
    outbox.append(EpochStarted(7, 0))
    actions = outbox.begin()
    outbox.after(lambda: said.append("later"))
    journal.commit()
    outbox.release(actions)
    assert said == ["later"]
    journal.close()


def test_without_a_journal_nothing_waits() -> None:
    said: list[str] = []
    outbox = Outbox(MemoryJournal(), commit_ms=0, retry_ms=0, released=lambda: None)
    outbox.append(EpochStarted(7, 0))
    outbox.after(lambda: said.append("now"))
    assert said == ["now"]
