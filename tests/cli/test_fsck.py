"""`marx fsck`: each thing that can be wrong in a distributor's folder is named, and what may go can be removed."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner, Result

from marx.cli import marx
from marx.journal.blobs import BlobStore
from marx.journal.journal import open_journal
from marx.journal.records import ChunkKept, DriverLeased, DriverOutput, JobSubmitted, Record, RegionOpened
from marx.wire.codec import content_hash
from tests.distributor.model import program

LARGE = b"values" * 20_000
REGION = RegionOpened("job", 0, "0.1", "digest", 0, 7, 0, 10, 1, 0, 1, content_hash(b"c"), b"c", sizes=(1, 0, 0))


def kept(start: int, stop: int) -> ChunkKept:
    return ChunkKept("job", 0, start, stop, "w1", 1, content_hash(b"v"), 1, b"v", 1)


def write(folder: Path, *records: Record) -> None:
    journal = open_journal(folder)
    for record in records:
        journal.append(record)
    journal.commit()
    journal.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A job that runs, with output, a region, and an outcome that is a blob."""
    large = BlobStore(tmp_path).put(LARGE)
    write(
        tmp_path,
        JobSubmitted("job", "ab" * 32, "ticket", msgspec.msgpack.encode(program()), 1),
        DriverLeased("job", 1 << 40, 1, "ab" * 32, 1),
        DriverOutput("job", 1, 0, b"hello\n"),
        REGION,
        ChunkKept("job", 0, 0, 3, "w1", 1, large.hash, large.size, None, 1),
    )
    return tmp_path


def fsck(*arguments: object) -> Result:
    return CliRunner().invoke(marx, ["fsck", *map(str, arguments)])


def found(folder: Path) -> list[tuple[str, str]]:
    """Kinds and texts of all findings, by the output for programs."""
    result = fsck(folder, "--json")
    told: dict[str, Any] = json.loads(result.stdout)
    assert result.exit_code == bool(told["findings"])
    return [(one["kind"], one["text"]) for one in told["findings"]]


def test_a_sound_folder_is_said_to_be_and_left_as_it_is(folder: Path) -> None:
    before = {path: path.read_bytes() for path in folder.rglob("*.db")}
    result = fsck(folder)
    assert (result.exit_code, result.stdout) == (0, f"{folder}: 6 records, 1 jobs, 1 blobs: sound\n")
    assert {path: path.read_bytes() for path in folder.rglob("*.db")} == before


def test_what_nobody_would_miss_can_be_removed(folder: Path) -> None:
    store = BlobStore(folder)
    orphan = store.put_always(b"of a job that was forgotten")
    half = store.incoming("ab" * 32, 10)
    half.write(0, b"half")
    half.close()
    assert [kind for kind, _ in found(folder)] == ["orphan", "partial"]
    result = fsck(folder, "--repair")
    assert result.exit_code == 0
    assert f"removed: blob {orphan.hash[:12]} of 27 bytes is named by no job" in result.stdout
    assert not store.has(orphan.hash)
    assert store.has(content_hash(LARGE))
    assert found(folder) == []


def lose(folder: Path) -> None:
    BlobStore(folder).remove(content_hash(LARGE))


def spoil(folder: Path) -> None:
    path = BlobStore(folder).path(content_hash(LARGE))
    path.write_bytes(path.read_bytes()[:-1] + b"!")


def flip(folder: Path) -> None:
    with sqlite3.connect(folder / "journal.db") as connection:
        connection.execute("UPDATE record SET body = x'ff00' WHERE kind = 'regionopened'")
    connection.close()


def tear(folder: Path) -> None:
    data = bytearray((folder / "journal.db").read_bytes())
    data[4096:8192] = bytes(4096)
    (folder / "journal.db").write_bytes(data)


@pytest.mark.parametrize(
    ("harm", "kind", "text"),
    [
        (lose, "blob", "of 120000 bytes, which job job needs, is not here"),
        (spoil, "blob", "has other bytes than its name says; job job needs it"),
        (flip, "record", "record 5 (regionopened) is unreadable: its checksum does not match"),
        (tear, "database", ""),
    ],
)
def test_what_is_broken_is_named_and_not_touched(
    folder: Path, harm: Callable[[Path], None], kind: str, text: str
) -> None:
    harm(folder)
    kinds = dict(found(folder))
    assert text in kinds[kind]
    assert fsck(folder, "--repair").exit_code == 1


@pytest.mark.parametrize(
    ("record", "text"),
    [
        (kept(2, 5), "items 2..4, of which some have values already"),
        (kept(8, 11), "items 8..10 of a region that has 10"),
        (DriverOutput("job", 1, 9, b"x"), "output from byte 9 on, after 6 bytes"),
        (DriverOutput("nosuch", 1, 0, b"x"), "it is about 'nosuch', of which nothing was said before"),
    ],
)
def test_records_that_contradict_each_other_are_named(folder: Path, record: Record, text: str) -> None:
    write(folder, record)
    assert [(kind, text in said) for kind, said in found(folder)] == [("records", True)]


def test_a_folder_that_is_served_is_left_alone(folder: Path) -> None:
    journal = open_journal(folder)
    result = fsck(folder)
    journal.close()
    assert result.exit_code == 75
    assert "A distributor (process" in result.stderr
    assert "check a copy of the folder: marx fsck COPY" in result.stderr
    assert "marx serve" not in result.stderr


def test_a_folder_without_a_journal_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for place in (tmp_path, "."):
        result = fsck(place)
        assert result.exit_code == 78
        assert f"There is no journal in {tmp_path}. Name" in result.stderr
