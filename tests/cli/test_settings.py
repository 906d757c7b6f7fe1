"""Settings, their order, and the file that `config set` writes."""

from __future__ import annotations

import shlex
import stat
from pathlib import Path

import pytest

from marx.cli.settings import BadSettings, Setting, describe, load_settings, remove, store


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    return {"XDG_CONFIG_HOME": str(tmp_path / "config")}


def file_of(home: dict[str, str]) -> Path:
    return Path(home["XDG_CONFIG_HOME"]) / "marx" / "config.toml"


def test_nothing_is_set_at_first(home: dict[str, str], tmp_path: Path) -> None:
    assert load_settings(home, tmp_path) == {}


def test_stronger_sources_win(home: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "lab.toml").write_text('name = "system"\nslots = 1\ndistributor = "marx://system"\n')
    store(home, "name", "user")
    store(home, "slots", "2")
    found = load_settings({**home, "MARX_SLOTS": "3"}, tmp_path)
    assert found == {
        "distributor": Setting("marx://system", f"{tmp_path}/lab.toml"),
        "name": Setting("user", str(file_of(home))),
        "slots": Setting(3, "MARX_SLOTS"),
    }


def test_a_changed_file_keeps_its_comments_and_is_private(home: dict[str, str]) -> None:
    store(home, "name", "first")
    file = file_of(home)
    file.write_text("# mine\n" + file.read_text())
    store(home, "slots", "4")
    store(home, "name", 'with "quotes" and \\')
    assert file.read_text() == '# mine\nslots = 4\nname = "with \\"quotes\\" and \\\\"\n'
    assert load_settings(home, Path("/nowhere"))["name"].value == 'with "quotes" and \\'
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(file.parent.iterdir()) == [file]


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("distributer", "x", "there is no setting 'distributer'; there are distributor, name, slots"),
        ("slots", "many", "slots must be a number from 1 to 1024, not 'many'"),
        ("slots", "1025", "slots must be a number from 1 to 1024, not '1025'"),
        ("slots", "0", "slots must be a number"),
        ("name", "a\nb", "name must be a line of text"),
        ("name", " ", "name must be a line of text"),
    ],
)
def test_wrong_values_are_refused(home: dict[str, str], name: str, value: str, says: str) -> None:
    with pytest.raises(BadSettings, match=says):
        store(home, name, value)
    assert not file_of(home).exists()


def test_a_broken_file_is_named(home: dict[str, str]) -> None:
    store(home, "name", "x")
    file_of(home).write_text("name = = 3")
    with pytest.raises(BadSettings, match=f"{file_of(home)} cannot be read: .*line 1") as told:
        load_settings(home)
    assert told.value.fix == f"${{EDITOR:-vi}} {file_of(home)}"


@pytest.mark.parametrize(
    ("line", "name"),
    [("nosuch = 1", "nosuch"), ("slots = 9999", "slots"), ('"a b" = "x"', "a b"), ("name = 3", "name")],
)
def test_a_wrong_line_is_taken_out_as_its_error_says(home: dict[str, str], line: str, name: str) -> None:
    store(home, "distributor", "marx://lab")
    kept = file_of(home).read_text()
    file_of(home).write_text(f"{line}\n{kept}")
    with pytest.raises(BadSettings, match=f"^{file_of(home)}: ") as told:
        load_settings(home)
    assert told.value.fix == f"marx config unset {shlex.quote(name)}"
    remove(home, name)
    assert file_of(home).read_text() == kept


def test_what_is_wrong_elsewhere_is_mended_there(home: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="MARX_SLOTS: slots must be") as told:
        load_settings({**home, "MARX_SLOTS": "many"}, tmp_path)
    assert told.value.fix == "unset MARX_SLOTS"
    (tmp_path / "lab.toml").write_text("nosuch = 1\n")
    with pytest.raises(BadSettings, match="there is no setting 'nosuch'") as told:
        load_settings(home, tmp_path)
    assert told.value.fix == f"${{EDITOR:-vi}} {tmp_path}/lab.toml"
    store(home, "name", "x")
    file_of(home).write_text("[nosuch]\nx = 1\n")
    with pytest.raises(BadSettings, match=r"nosuch is more than one line of .*: take it out by hand"):
        remove(home, "nosuch")


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(
        BadSettings, match=f"{tmp_path}/file/marx/config.toml cannot be written: Not a directory"
    ) as told:
        store({"XDG_CONFIG_HOME": str(tmp_path / "file")}, "slots", "2")
    assert told.value.fix.startswith("export XDG_CONFIG_HOME=FOLDER")


def test_the_join_code_is_not_shown() -> None:
    settings = {"distributor": Setting("marx://lab:7979/00ff/secret-code", "here")}
    assert list(describe(settings, origins=True)) == ["distributor = marx://lab:7979/00ff/…    # here"]
