"""What `marx history` writes for spreadsheets: one line a job, and nothing that a reader would obey."""

from __future__ import annotations

import csv
import io

import pytest

from marx.cli.history import write_csv
from marx.wire.messages import JobRow


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ("fit.py, twice", "fit.py, twice"),
        ("a\x1b[2Jb\x9b\u202ec", "a?[2Jb??c"),
        ("two\r\nlines\u2028and more", "two lines and more"),
        ("=cmd()", "'=cmd()"),
        ("\t=cmd()", "'=cmd()"),
        ("+1", "'+1"),
        ("-x", "'-x"),
        ("-5", "-5"),
        ("@sum", "'@sum"),
    ],
)
def test_a_name_is_one_cell_of_one_line(name: str, cell: str, capsys: pytest.CaptureFixture[str]) -> None:
    write_csv([JobRow("bwd94k", name, "done", 1, 2, 3, 4, 4, tags=[name], note=name)])
    written = capsys.readouterr().out
    assert written.count("\n") == 2
    assert "".join(written.split("\n")).isprintable()
    heading, row = csv.reader(io.StringIO(written))
    told = dict(zip(heading, row, strict=True))
    assert (told["name"], told["tags"], told["note"]) == (cell, cell, cell)
