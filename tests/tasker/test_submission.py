"""From found files to the message."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from marx.tasker import submission as module
from marx.tasker.discover import discover
from marx.tasker.errors import UsageFault
from marx.tasker.submission import Submission, Wish, prepare, script_path
from marx.wire.codec import content_hash
from marx.wire.messages import INLINE_BYTES_MAX, File


def prepared(folder: Path, source: str = "", *, stdin: bytes | None = None) -> Submission:
    script = folder / "prog.py"
    script.write_text(source)
    found = discover(script, ast.parse(source), folder, arguments=(), data=(), everything=True)
    wish = Wish(
        typed="./prog.py", arguments=["a", "-b"], folder=folder, environment={"LANG": "C"}, python="3.11.4", stdin=stdin
    )
    return prepare(script, wish, found)


def by_name(submission: Submission) -> dict[str, File]:
    return {Path(file.path).name: file for file in submission.program.files}


def test_a_program_as_it_was_typed(tmp_path: Path) -> None:
    program = prepared(tmp_path, stdin=b"in").program
    assert (program.name, program.script, program.folder) == ("prog.py", f"{tmp_path}/prog.py", str(tmp_path))
    assert program.argv == ["./prog.py", "a", "-b"]
    assert program.stdin is not None and program.stdin.data == b"in"


def test_large_files_stay_where_they_are(tmp_path: Path) -> None:
    data = bytes(range(256)) * 1024
    (tmp_path / "large").write_bytes(data)
    submission = prepared(tmp_path)
    large = by_name(submission)["large"].content
    assert (large.hash, large.size, large.data) == (content_hash(data), len(data), None)
    assert submission.blobs.size(large.hash) == len(data)
    assert submission.blobs.read_part(large.hash, 1000, 70_000) == data[1000:71_000]


def test_many_small_files_do_not_make_a_large_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "INLINE_TOTAL_BYTES_MAX", 3 * INLINE_BYTES_MAX)
    for number in range(8):
        (tmp_path / f"{number}.bin").write_bytes(bytes([number]) * INLINE_BYTES_MAX)
    submission = prepared(tmp_path)
    inline = sum(len(file.content.data or b"") for file in submission.program.files)
    assert inline <= 3 * INLINE_BYTES_MAX
    for number in range(8):
        content = by_name(submission)[f"{number}.bin"].content
        data = content.data if content.data is not None else submission.blobs.read_part(content.hash, 0, content.size)
        assert data == bytes([number]) * INLINE_BYTES_MAX


def test_a_file_that_went_away_is_named_when_it_is_read(tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(b"x" * (INLINE_BYTES_MAX + 1))
    submission = prepared(tmp_path)
    [(digest, _)] = submission.blobs.places.items()
    (tmp_path / "large").unlink()
    with pytest.raises(LookupError, match=r"large can no longer be read: No such file"):
        submission.blobs.read_part(digest, 0, 10)


def test_folders_end_in_a_slash(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    assert f"{tmp_path}/out/" in [file.path for file in prepared(tmp_path).program.files]


def test_standard_input_has_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "STDIN_BYTES_MAX", 3)
    with pytest.raises(UsageFault, match="standard input is larger"):
        prepared(tmp_path, stdin=b"1234")


def test_a_script_that_cannot_be_opened_is_told_as_python_tells_it(tmp_path: Path) -> None:
    with pytest.raises(UsageFault) as fault:
        script_path("nope.py", tmp_path)
    assert str(fault.value) == f"can't open file '{tmp_path}/nope.py': [Errno 2] No such file or directory"
    assert fault.value.exit_code == 2
    assert fault.value.fix == f"ls -l {tmp_path}"
    with pytest.raises(UsageFault, match="Is a directory") as fault:
        script_path("..", tmp_path / "work")
    assert fault.value.fix == f"ls -l {tmp_path}"


def test_a_name_for_tables_has_no_control_characters(tmp_path: Path) -> None:
    script = tmp_path / "a\x1b[2J\nb.py"
    script.write_text("")
    found = discover(script, ast.parse(""), tmp_path, arguments=(), data=(), everything=False)
    wish = Wish(typed="x", arguments=[], folder=tmp_path, environment={}, python="3.11.4")
    assert prepare(script, wish, found).program.name == "a?[2J?b.py"


@pytest.mark.parametrize(
    ("argument", "folder", "says"),
    [("\udcff", None, r"b'\\xff' is not UTF-8"), ("x", Path("/"), "root folder as its working folder")],
)
def test_what_cannot_be_sent(tmp_path: Path, argument: str, folder: Path | None, says: str) -> None:
    script = tmp_path / "prog.py"
    script.write_text("")
    found = discover(script, ast.parse(""), tmp_path, arguments=(), data=(), everything=False)
    wish = Wish(typed="prog.py", arguments=[argument], folder=folder or tmp_path, environment={}, python="3.11.4")
    with pytest.raises(UsageFault, match=says):
        prepare(script, wish, found)
