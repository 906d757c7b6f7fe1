"""Key files: made once, read by their owner only, refused with the cure otherwise."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from marx.link.keys import BadKeyFile, load_or_make, new_keys


def test_a_key_is_made_once_and_then_the_same(tmp_path: Path) -> None:
    made = load_or_make(tmp_path / "keys", "worker")
    assert len(made.public) == len(made.secret) == 32
    assert load_or_make(tmp_path / "keys", "worker") == made
    assert load_or_make(tmp_path / "keys", "tasker") != made
    assert sorted(path.name for path in (tmp_path / "keys").iterdir()) == ["tasker.key", "worker.key"]


def test_only_its_owner_can_read_a_key(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        load_or_make(tmp_path / "keys", "worker")
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "keys" / "worker.key").stat().st_mode) == 0o600


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o601])
def test_a_key_that_others_can_reach_is_refused_with_the_cure(tmp_path: Path, mode: int) -> None:
    load_or_make(tmp_path, "worker")
    path = tmp_path / "worker.key"
    path.chmod(mode)
    with pytest.raises(BadKeyFile, match=f"mode {mode:04o}.*chmod 600 {path}") as raised:
        load_or_make(tmp_path, "worker")
    assert raised.value.exit_code == 78
    path.chmod(0o600)
    load_or_make(tmp_path, "worker")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_key_of_another_user_is_refused(tmp_path: Path) -> None:
    load_or_make(tmp_path, "worker")
    os.chown(tmp_path / "worker.key", 12345, 12345)
    with pytest.raises(BadKeyFile, match="belongs to another user"):
        load_or_make(tmp_path, "worker")


@pytest.mark.parametrize("text", ["", "not a key", "ab" * 31, "ab" * 33, "AB" * 32])
def test_a_file_without_a_key_is_refused_and_kept(tmp_path: Path, text: str) -> None:
    path = tmp_path / "worker.key"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(BadKeyFile, match="does not hold a key"):
        load_or_make(tmp_path, "worker")
    assert path.read_text() == text


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    load_or_make(tmp_path, "worker")
    (tmp_path / "tasker.key").symlink_to(tmp_path / "worker.key")
    with pytest.raises(BadKeyFile, match=r"tasker\.key cannot be read"):
        load_or_make(tmp_path, "tasker")


def test_a_folder_in_the_place_of_a_key_is_refused(tmp_path: Path) -> None:
    (tmp_path / "worker.key").mkdir(mode=0o700)
    with pytest.raises(BadKeyFile, match="not a regular file"):
        load_or_make(tmp_path, "worker")


@pytest.mark.parametrize("name", ["", "../worker", "a/b", "Worker", ".hidden"])
def test_a_name_is_no_path(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="cannot be the name of a key"):
        load_or_make(tmp_path, name)


def test_a_secret_is_not_shown() -> None:
    keys = new_keys()
    assert keys.secret.hex() not in repr(keys)
    assert repr(keys.secret) not in repr(keys)
