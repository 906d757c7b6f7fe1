"""What is installed, by the names that programs import."""

from __future__ import annotations

from importlib import metadata

from marx.link.packages import installed, needed


def test_what_a_program_needs_is_what_is_installed_and_neither_its_own_nor_pythons() -> None:
    imports = ["os.path", "msgspec.msgpack", "zmq", "mine.part", "no_such_thing", "sqlite_utils"]
    assert needed(imports, ["mine.part", "sqlite_utils"]) == {
        "msgspec": metadata.version("msgspec"),
        "zmq": metadata.version("pyzmq"),
    }
    assert needed(["os", "json"], []) == {}


def test_names_are_those_that_are_imported() -> None:
    assert installed()["click"] == metadata.version("click")
    assert "json" not in installed()
