"""The operator's settings file: what it changes, and that nothing in it is passed over."""

from __future__ import annotations

from pathlib import Path

import pytest

from marx.distributor.settings import DistributorSettings
from marx.distributor.tuning import FILE_NAME, BadTuning, settings_of


def written(folder: Path, text: str) -> Path:
    (folder / FILE_NAME).write_text(text)
    return folder


def test_without_a_file_there_are_the_defaults(tmp_path: Path) -> None:
    assert settings_of(tmp_path) == DistributorSettings()


def test_what_the_file_says_is_so_and_the_rest_stays(tmp_path: Path) -> None:
    settings = settings_of(written(tmp_path, "jobs_open_max = 7\n[scheduler]\nlease_ms = 20000\n"))
    assert (settings.jobs_open_max, settings.core.lease_ms) == (7, 20_000)
    assert settings.output_bytes_max == DistributorSettings().output_bytes_max
    assert settings.core.retries == DistributorSettings().core.retries


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("jobs_opne_max = 7", "'jobs_opne_max'"),
        ("lease_ms = 7", "'lease_ms'"),
        ("core = 7", "'core'"),
        ("scheduler = 7", "[scheduler]"),
        ("[scheduler]\nleases = 1", "'leases'"),
        ("jobs_open_max = -1", "jobs_open_max must be a number"),
        ("jobs_open_max = true", "jobs_open_max must be a number"),
        ('jobs_open_max = "7"', "jobs_open_max must be a number"),
        ("jobs_open_max", "cannot be read"),
    ],
)
def test_what_is_not_understood_is_refused_by_name(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(BadTuning) as refused:
        settings_of(written(tmp_path, text))
    assert named in str(refused.value)
    assert str(tmp_path / FILE_NAME) in str(refused.value)
