"""Settings, their order, and the file that `config set` writes."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from marx.cli.settings import BadSettings, Setting, describe, load_settings, store


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
    with pytest.raises(BadSettings, match=f"{file_of(home)} cannot be read"):
        load_settings(home)


def test_the_join_code_is_not_shown() -> None:
    settings = {"distributor": Setting("marx://lab:7979/00ff/secret-code", "here")}
    assert list(describe(settings, origins=True)) == ["distributor = marx://lab:7979/00ff/…    # here"]
