"""Large files of a load are shown where they lie: read-only, none of their neighbours, and nothing of the store."""

from __future__ import annotations

from pathlib import Path

import pytest

import sandbox
from sandbox import FileIn, JailSpec, Limits, Load, LoadRefused
from sandbox.store import SMALL_BYTES, shown
from tests.sandbox.ground import PATIENCE_S, TOP

FOLDER = "/work-of-nobody"
LARGE = 3 * SMALL_BYTES


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """As a worker's: whoever gets here may read what he can name."""
    folder = tmp_path / "store"
    (folder / "aa").mkdir(parents=True)
    for name in ("one", "two", "other"):
        (folder / "aa" / name).write_bytes(bytes(LARGE - 1) + b"!")
        (folder / "aa" / name).chmod(0o444)
    for made in (folder, folder / "aa"):
        made.chmod(0o711)
    return folder


def spec(store: Path, work_bytes: int) -> JailSpec:
    limits = Limits(work_bytes=work_bytes)
    entry = "tests.sandbox.looking:look"
    return JailSpec(entry=entry, read_only=(str(TOP),), nice=False, store=str(store), limits=limits)


def files(store: Path) -> tuple[FileIn, ...]:
    paths = (f"{FOLDER}/data/one", "/elsewhere/two")
    return tuple(FileIn(path, store / "aa" / Path(path).name) for path in paths)


@pytest.mark.parametrize("collect", [True, False])
def test_a_file_that_is_larger_than_the_jails_disk_is_read_where_it_lies(store: Path, collect: bool) -> None:
    with sandbox.start(spec(store, work_bytes=LARGE // 2)) as jail:
        jail.load(Load(folder=FOLDER, files=(*files(store), FileIn(f"{FOLDER}/small", b"x")), collect=collect))

        def look(path: str) -> str:
            jail.send(path.encode(), PATIENCE_S)
            return (jail.receive(PATIENCE_S) or b"").decode()

        assert look(f"{FOLDER}/data/one") == f"{LARGE}! kept"
        assert look("/elsewhere/two") == f"{LARGE}! kept"
        assert look(f"{FOLDER}/data") == "one kept"
        assert look(f"{FOLDER}/small") == "1x written"
        # Nothing else of the store: neither where it stood in the jail, nor where it stands on the host.
        for gone in ("/.scratch/store", "/.scratch/store/aa/other", str(store), str(store / "aa" / "other")):
            assert look(gone).endswith("Error kept")
        jail._channel.close()
        outcome = jail.wait(PATIENCE_S)
    assert outcome.verdict is sandbox.Verdict.EXITED
    # What is shown was not changed, and was not removed.
    assert [file.path for file in outcome.files] == (["small"] if collect else [])
    assert outcome.removed == ()
    assert (store / "aa" / "one").stat().st_size == LARGE


def test_without_a_store_such_a_file_is_refused(store: Path) -> None:
    without = JailSpec(
        entry="tests.sandbox.looking:look", read_only=(str(TOP),), nice=False, limits=Limits(work_bytes=LARGE // 2)
    )
    with sandbox.start(without) as jail, pytest.raises(LoadRefused, match="No space left"):
        jail.load(Load(folder=FOLDER, files=files(store)))


def test_what_fits_well_is_copied_where_the_program_may_write_into_it(store: Path) -> None:
    load = Load(folder=FOLDER, files=files(store), collect=True)
    assert shown(load, spec(store, work_bytes=4 * LARGE)) == {}
    assert shown(load, spec(store, work_bytes=2 * LARGE)) == {f"{FOLDER}/data/one": "aa/one"}
    assert len(shown(load, spec(store, work_bytes=LARGE))) == 2
    only_read = Load(folder=FOLDER, files=files(store), collect=False)
    assert len(shown(only_read, spec(store, work_bytes=1 << 40))) == 2


def test_only_what_lies_in_the_store_is_shown(store: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_bytes(bytes(LARGE))
    paths = (outside, store / "aa" / ".." / ".." / "outside")
    load = Load(folder=FOLDER, files=tuple(FileIn(f"{FOLDER}/{n}", path) for n, path in enumerate(paths)))
    assert shown(load, spec(store, work_bytes=1)) == {}
