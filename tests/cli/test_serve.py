"""`marx serve` that cannot start says what is in the way, the folder or the address, and what to do about that."""

from __future__ import annotations

from pathlib import Path

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
