"""Blobs count only whole and verified, whoever sends what in whichever order, and never leave their folder."""

from __future__ import annotations

import os
import resource
import signal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marx.journal.blobs import BlobStore, UnknownBlob
from marx.wire.codec import content_hash
from marx.wire.messages import INLINE_BYTES_MAX, Content

DATA = bytes(range(256)) * 1000
HASH = content_hash(DATA)
HALF = len(DATA) // 2


@pytest.fixture
def store(tmp_path: Path) -> BlobStore:
    return BlobStore(tmp_path / "store")


def files_below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


# --- putting and reading ---------------------------------------------------------------------------------------------


def test_large_bytes_become_a_blob(store: BlobStore) -> None:
    assert store.put(DATA) == Content(HASH, len(DATA), None)
    assert store.has(HASH)
    assert store.size(HASH) == len(DATA)
    assert store.read(HASH) == DATA
    assert store.path(HASH).read_bytes() == DATA
    assert list(store.hashes()) == [HASH]


def test_small_bytes_stay_inline_unless_a_blob_is_asked_for(store: BlobStore, tmp_path: Path) -> None:
    assert store.put(b"small") == Content(content_hash(b"small"), 5, b"small")
    assert files_below(tmp_path) == []
    assert store.put_always(b"small") == Content(content_hash(b"small"), 5, None)
    assert store.read(content_hash(b"small")) == b"small"


def test_a_contents_bytes_come_from_wherever_they_are(store: BlobStore) -> None:
    inline = store.put(b"small")
    assert store.bytes_of(inline) == b"small"
    assert store.bytes_of(store.put(DATA)) == DATA
    store.keep(inline)
    assert store.bytes_of(Content(inline.hash, inline.size)) == b"small"
    store.keep(Content("a" * 64, 7))
    assert not store.has("a" * 64)


@pytest.mark.parametrize(
    ("offset", "length", "expected"),
    [(0, 3, DATA[:3]), (HALF, 5, DATA[HALF : HALF + 5]), (len(DATA) - 1, 10, DATA[-1:]), (len(DATA) + 5, 10, b"")],
)
def test_parts_are_read(store: BlobStore, offset: int, length: int, expected: bytes) -> None:
    store.put(DATA)
    assert store.read_part(HASH, offset, length) == expected


def test_what_is_not_here_is_said(store: BlobStore) -> None:
    for ask in (store.read, store.size, lambda hash: store.read_part(hash, 0, 1)):
        with pytest.raises(UnknownBlob, match=HASH):
            ask(HASH)
    assert not store.has(HASH)
    store.remove(HASH)


def test_a_removed_blob_is_gone(store: BlobStore, tmp_path: Path) -> None:
    store.put(DATA)
    store.remove(HASH)
    assert not store.has(HASH)
    assert files_below(tmp_path) == []


def test_the_same_bytes_are_written_once(store: BlobStore) -> None:
    store.put(DATA)
    before = store.path(HASH).stat()
    store.put(DATA)
    after = store.path(HASH).stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


@pytest.mark.parametrize(
    "name", ["", "..", "../../etc/passwd", "/etc/passwd", "A" * 64, "a" * 63, "a" * 64 + "\0", "a/" * 32]
)
def test_only_a_hash_is_a_name(store: BlobStore, name: str) -> None:
    for ask in (store.path, store.has, store.read, store.remove, lambda hash: store.incoming(hash, 1)):
        with pytest.raises(ValueError, match="not the hash of a blob"):
            ask(name)


def test_nobody_else_may_look_in(store: BlobStore, tmp_path: Path) -> None:
    folders = sorted((tmp_path / "store").iterdir())
    assert [path.name for path in folders] == ["blobs", "partial"]
    assert [path.stat().st_mode & 0o777 for path in folders] == [0o700, 0o700]
    store.put(DATA)
    assert store.path(HASH).stat().st_mode & 0o777 == 0o600


def test_bytes_and_folders_are_synced_before_a_blob_has_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[tuple[str, bool]] = []
    store = BlobStore(tmp_path)
    target = store.path(HASH)
    really = os.fsync

    def watching(descriptor: int) -> None:
        synced.append((os.readlink(f"/proc/self/fd/{descriptor}"), target.exists()))
        really(descriptor)

    monkeypatch.setattr(os, "fsync", watching)
    store.put(DATA)
    (first, named), *folders = synced
    assert Path(first).parent == tmp_path / "partial"
    assert not named
    assert folders == [(str(target.parents[up]), True) for up in range(3)]


def test_a_store_for_one_run_syncs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(descriptor: int) -> None:
        raise AssertionError(descriptor)

    monkeypatch.setattr(os, "fsync", never)
    store = BlobStore(tmp_path, durable=False)
    store.put(DATA)
    assert store.read(HASH) == DATA


# --- receiving -------------------------------------------------------------------------------------------------------


def test_a_blob_arrives_in_parts(store: BlobStore, tmp_path: Path) -> None:
    incoming = store.incoming(HASH, len(DATA))
    assert incoming.write(0, DATA[:HALF])
    assert (incoming.offset, incoming.complete) == (HALF, False)
    assert not store.has(HASH)
    assert incoming.write(HALF, DATA[HALF:])
    assert incoming.complete
    assert incoming.finish()
    assert store.read(HASH) == DATA
    assert files_below(tmp_path) == [store.path(HASH)]


def test_other_bytes_than_promised_leave_nothing(store: BlobStore, tmp_path: Path) -> None:
    incoming = store.incoming(HASH, len(DATA))
    incoming.write(0, b"x" * len(DATA))
    assert not incoming.finish()
    assert not store.has(HASH)
    assert files_below(tmp_path) == []


def test_a_part_out_of_place_changes_nothing(store: BlobStore) -> None:
    incoming = store.incoming(HASH, len(DATA))
    incoming.write(0, DATA[:HALF])
    assert not incoming.write(0, DATA[:HALF])
    assert not incoming.write(HALF + 1, DATA[HALF + 1 :])
    assert not incoming.write(HALF, DATA[HALF:] + b"more")
    assert incoming.write(HALF, DATA[HALF:])
    assert incoming.finish()


def test_what_is_not_complete_cannot_be_finished(store: BlobStore) -> None:
    incoming = store.incoming(HASH, len(DATA))
    with pytest.raises(ValueError, match=f"0 of {len(DATA)}"):
        incoming.finish()
    incoming.discard()


def test_receiving_goes_on_where_it_was_interrupted(tmp_path: Path) -> None:
    first = BlobStore(tmp_path).incoming(HASH, len(DATA))
    first.write(0, DATA[:HALF])
    first.close()
    store = BlobStore(tmp_path)
    again = store.incoming(HASH, len(DATA))
    assert (again.offset, again.resumed) == (HALF, True)
    again.write(HALF, DATA[HALF:])
    assert again.finish()
    assert store.read(HASH) == DATA


def test_a_partial_file_that_is_too_long_is_begun_anew(store: BlobStore) -> None:
    first = store.incoming(HASH, len(DATA) + 1)
    first.write(0, DATA + b"x")
    first.close()
    again = store.incoming(HASH, len(DATA))
    assert (again.offset, again.resumed) == (0, False)
    again.discard()


def test_senders_do_not_share_partial_files(store: BlobStore) -> None:
    bad = store.incoming(HASH, len(DATA), sender="mallory")
    bad.write(0, b"x" * HALF)
    good = store.incoming(HASH, len(DATA), sender="ada/../..")
    assert good.offset == 0
    good.write(0, DATA)
    assert good.finish()
    bad.write(HALF, b"x" * (len(DATA) - HALF))
    assert not bad.finish()
    assert store.read(HASH) == DATA


def test_a_second_line_of_the_same_sender_cannot_change_what_was_verified(store: BlobStore) -> None:
    one = store.incoming(HASH, len(DATA), sender="mallory")
    two = store.incoming(HASH, len(DATA), sender="mallory")
    two.write(0, b"x" * HALF)
    one.write(0, DATA)
    assert one.finish()
    two.write(HALF, b"x" * (len(DATA) - HALF))
    assert not two.finish()
    assert store.read(HASH) == DATA


def test_a_link_in_the_partial_folder_is_not_followed(store: BlobStore, tmp_path: Path) -> None:
    begun = store.incoming(HASH, len(DATA))
    begun.close()
    (partial,) = (tmp_path / "store" / "partial").iterdir()
    victim = tmp_path / "victim"
    victim.write_bytes(b"precious")
    partial.unlink()
    partial.symlink_to(victim)
    with pytest.raises(OSError, match="symbolic links"):
        store.incoming(HASH, len(DATA))
    assert victim.read_bytes() == b"precious"


def test_what_was_begun_can_be_dropped(store: BlobStore, tmp_path: Path) -> None:
    store.put(DATA)
    begun = store.incoming("a" * 64, 100)
    begun.write(0, b"x")
    begun.close()
    store.drop_partial()
    assert files_below(tmp_path) == [store.path(HASH)]


@given(
    data=st.binary(max_size=300), parts=st.lists(st.tuples(st.integers(-5, 310), st.binary(max_size=200)), max_size=12)
)
def test_whatever_arrives_only_the_true_bytes_become_a_blob(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, parts: list[tuple[int, bytes]]
) -> None:
    store = BlobStore(tmp_path_factory.mktemp("store"), durable=False)
    hash = content_hash(data)
    incoming = store.incoming(hash, len(data))
    for offset, part in parts:
        before = incoming.offset
        assert incoming.write(offset, part) == (offset == before and before + len(part) <= len(data))
    incoming.write(incoming.offset, data[incoming.offset :])
    assert incoming.finish() == store.has(hash)
    assert not store.has(hash) or store.read(hash) == data


def test_the_limit_of_inline_bytes_is_the_wires(store: BlobStore) -> None:
    assert store.put(b"x" * INLINE_BYTES_MAX).data is not None
    assert store.put(b"x" * (INLINE_BYTES_MAX + 1)).data is None


def test_what_a_full_disk_took_of_a_part_is_not_in_the_blob(tmp_path: Path) -> None:
    """A limit on the size of files stands for the disk: it takes half of the part, then none; then there is room."""
    store, data = BlobStore(tmp_path), os.urandom(300_000)
    incoming = store.incoming(content_hash(data), len(data))
    old = resource.getrlimit(resource.RLIMIT_FSIZE)
    previous = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (250_000, old[1]))
        assert incoming.write(0, data[:200_000])
        for _ in range(2):
            with pytest.raises(OSError, match="too large"):
                incoming.write(200_000, data[200_000:])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old)
        signal.signal(signal.SIGXFSZ, previous)
    assert incoming.write(200_000, data[200_000:])
    assert incoming.finish()
    assert store.read(content_hash(data)) == data
