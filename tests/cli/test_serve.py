"""`marx serve` that cannot start says what is in the way, the folder or the address, and what to do about that."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from marx.cli.exits import Exit
from tests.cli.test_commands import invoke


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    folder = tmp_path / "file" / "serve"
    result = invoke("serve", "--port", "0", "--folder", str(folder))
    assert (result.exit_code, result.stdout) == (Exit.CONFIGURATION, "")
    assert result.stderr.startswith(f"marx: cannot keep journal and keys in {folder}: Not a directory\n")
    assert "try: marx serve --folder FOLDER" in result.stderr


def test_a_settings_file_that_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text("leases = 1")
    result = invoke("serve", "--port", "0", "--folder", str(tmp_path))
    assert result.exit_code == Exit.CONFIGURATION
    assert f"{tmp_path / 'settings.toml'}: there is no setting 'leases'" in result.stderr


@pytest.mark.parametrize("host", ["300.1.1.1", "192.0.2.7", "eth99"])
def test_an_address_that_this_machine_does_not_have(tmp_path: Path, host: str) -> None:
    result = invoke("serve", "--port", "0", "--folder", str(tmp_path), "--host", host)
    assert result.exit_code == Exit.CONFIGURATION
    assert f"cannot serve on {host}:0: this machine has no address or interface '{host}'" in result.stderr
    assert "try: marx serve --host 0.0.0.0" in result.stderr


def test_a_port_that_is_taken(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = invoke("serve", "--port", str(port), "--folder", str(tmp_path), "--host", "127.0.0.1")
    assert result.exit_code == Exit.CONFIGURATION
    assert f"cannot serve on 127.0.0.1:{port}: something else listens there" in result.stderr
    assert f"try: marx serve --port {port % 65535 + 1}" in result.stderr
