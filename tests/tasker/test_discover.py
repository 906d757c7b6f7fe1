"""Which files of a real folder travel."""

from __future__ import annotations

import ast
import os
from pathlib import Path

import pytest

from marx.tasker import folders as module
from marx.tasker.discover import Found, describe, discover, environment
from marx.tasker.errors import UsageFault
from marx.tasker.mentions import Mentions


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in (
        "prog.py",
        "secret.txt",
        "side.py",
        "x.csv",
        "data/a.csv",
        "data/b.csv",
        "data/deep/c.csv",
        "data/.hidden/d.csv",
        "pack/__init__.py",
        "pack/one.py",
        "pack/table.json",
        "space/inner.py",
        "venv/pyvenv.cfg",
        "venv/lib.py",
        "out/old.txt",
        "node_modules/big.js",
    ):
        path = tmp_path / "work" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    (tmp_path / "elsewhere.csv").write_text("")
    return tmp_path / "work"


def found_in(
    folder: Path,
    source: str,
    *,
    script: str = "prog.py",
    arguments: tuple[str, ...] = (),
    data: tuple[str, ...] = (),
    everything: bool = False,
) -> Found:
    return discover(folder / script, ast.parse(source), folder, arguments=arguments, data=data, everything=everything)


def names(found: Found, folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in found.files} - {"prog.py"}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("", set()),
        ("import side", {"side.py"}),
        ("import json", set()),
        ("import pack.one", {"pack/__init__.py", "pack/one.py", "pack/table.json"}),
        ("from space import inner", {"space/inner.py"}),
        ("open('x.csv')", {"x.csv"}),
        ("open('./x.csv')", {"x.csv"}),
        ("open('nothing.csv')", set()),
        ("os.listdir('data')", {"data/a.csv", "data/b.csv", "data/deep/c.csv"}),
        ("open(f'data/{n}.csv')", {"data/a.csv", "data/b.csv"}),
        ("glob('data/**/*.csv', recursive=True)", {"data/a.csv", "data/b.csv", "data/deep/c.csv"}),
        ("'a.b'.split('.')", set()),
        ("open('../elsewhere.csv')", set()),
    ],
)
def test_what_the_source_names(folder: Path, source: str, expected: set[str]) -> None:
    assert names(found_in(folder, source), folder) == expected


def test_a_folder_named_like_the_way_a_file_is_opened_stays(folder: Path) -> None:
    (folder / "w").mkdir()
    (folder / "w" / "old.py").write_text("")
    assert names(found_in(folder, "open('new.txt', 'w')"), folder) == set()
    assert names(found_in(folder, "os.listdir('w')"), folder) == {"w/old.py"}


def test_imports_are_followed(folder: Path) -> None:
    (folder / "side.py").write_text("import other\nopen('x.csv')")
    (folder / "other.py").write_text("import side")
    assert names(found_in(folder, "import side"), folder) == {"side.py", "other.py", "x.csv"}


def test_a_module_that_does_not_parse_is_sent_all_the_same(folder: Path) -> None:
    (folder / "side.py").write_text("def (")
    assert names(found_in(folder, "import side"), folder) == {"side.py"}


def test_data_beside_a_script_in_another_folder(folder: Path) -> None:
    (folder / "sub").mkdir()
    for name in ("sub/prog.py", "sub/near.csv", "sub/mine.py"):
        (folder / name).write_text("")
    found = found_in(folder, "import mine\nopen(HERE / 'near.csv'), open('x.csv')", script="sub/prog.py")
    assert names(found, folder) == {"sub/prog.py", "sub/near.csv", "sub/mine.py", "x.csv"}


def test_a_folder_that_the_program_writes_into_exists_there_too(folder: Path) -> None:
    found = found_in(folder, "open('out/new.txt', 'w'), open(f'data/deep/{n}.out', 'w')")
    assert {str(path.relative_to(folder)) for path in found.folders} == {"out", "data/deep"}


def test_arguments_name_files_wherever_they_are(folder: Path) -> None:
    found = found_in(folder, "", arguments=("x.csv", "--in=../elsewhere.csv", "secret", "data/deep"))
    assert set(found.files) == {
        folder / "prog.py",
        folder / "x.csv",
        folder.parent / "elsewhere.csv",
        folder / "data/deep/c.csv",
    }


def test_data_is_taken_whole_and_must_be_there(folder: Path) -> None:
    found = found_in(folder, "", data=("data", "../elsewhere.csv"))
    assert folder / "data/.hidden/d.csv" in found.files
    assert folder.parent / "elsewhere.csv" in found.files
    with pytest.raises(UsageFault, match="--data missing: no such file or folder"):
        found_in(folder, "", data=("missing",))


def test_a_file_outside_is_left_out_with_a_note(folder: Path) -> None:
    assert found_in(folder, "open('../elsewhere.csv')").left_out == (
        f"{folder.parent}/elsewhere.csv is outside the working folder; "
        f"add --data {folder.parent}/elsewhere.csv if the program reads it",
    )


def test_what_stays_on_this_machine_takes_the_whole_folder(folder: Path) -> None:
    found = found_in(folder, "open('../elsewhere.csv')", everything=True)
    assert {str(path.relative_to(folder)) for path in found.files} == {
        "prog.py",
        "secret.txt",
        "side.py",
        "x.csv",
        "data/a.csv",
        "data/b.csv",
        "data/deep/c.csv",
        "pack/__init__.py",
        "pack/one.py",
        "pack/table.json",
        "space/inner.py",
        "out/old.txt",
    }
    assert any("elsewhere.csv is outside the working folder; add --data" in reason for reason in found.left_out)


def test_a_large_folder_is_not_taken_unasked(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FOLDER_FILES_MAX", 2)
    found = found_in(folder, "open('data/a.csv'), os.listdir('data')", everything=True)
    assert names(found, folder) == {"data/a.csv"}
    assert [note.split(" is large")[0] for note in found.left_out] == [str(folder), str(folder / "data")]


def test_a_name_that_is_not_text_is_left_out_with_a_note(folder: Path) -> None:
    (folder / "data" / os.fsdecode(b"odd\xff")).write_text("")
    found = found_in(folder, "os.listdir('data')")
    assert found.left_out == (
        f"{os.fsencode(folder)!r}"[:-1] + "/data/odd\\xff' (named 'data') has a name that is not UTF-8",
    )


def test_the_description_gives_a_reason_for_each_file(folder: Path) -> None:
    lines = list(describe(found_in(folder, "import side", data=("x.csv",))))
    assert lines == [
        f"sends {folder}/prog.py (the program)",
        f"sends {folder}/side.py (imported as side)",
        f"sends {folder}/x.csv (--data x.csv)",
    ]


def test_environment_that_travels() -> None:
    present = {"LANG": "C", "LC_TIME": "C", "HOME": "/h", "PATH": "/bin", "SECRET": "s", "WANTED": "w", "ODD": "\udcff"}
    named = Mentions(environment=frozenset({"WANTED", "ABSENT", "MARX_DISTRIBUTOR"}))
    present["MARX_DISTRIBUTOR"] = "marx://…"
    assert environment(named, present) == {"LANG": "C", "LC_TIME": "C", "HOME": "/h", "WANTED": "w"}
    assert environment(Mentions(), present) == {"LANG": "C", "LC_TIME": "C", "HOME": "/h"}


def test_what_chooses_the_kernels_and_threads_of_numeric_libraries_travels() -> None:
    present = {"OPENBLAS_CORETYPE": "Haswell", "NPY_DISABLE_CPU_FEATURES": "AVX512F", "OMP_NUM_THREADS": "8"}
    assert environment(Mentions(), present) == present


def test_a_file_with_an_odd_name_is_said_in_printable_letters(folder: Path) -> None:
    (folder / "a\x1b[2J\nb.csv").write_text("")
    found = found_in(folder, "", data=("a\x1b[2J\nb.csv",))
    assert names(found, folder) == {"a\x1b[2J\nb.csv"}
    lines = list(describe(found))
    assert all(map(str.isprintable, lines))
    assert any(r"a\x1b[2J\nb.csv" in line for line in lines)
