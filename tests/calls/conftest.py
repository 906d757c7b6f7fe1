"""Executors for whole files of tests, because a lab takes half a second to start, and labs to break."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from marx.calls.dialling import HERE
from marx.calls.executor import Executor
from tests.calls.lab import Lab

LEAVE_S = 5.0


@pytest.fixture(autouse=True)
def leaves_nothing_behind() -> Iterator[None]:
    """The processes of single tests do not count: their executor goes on, and starts some when it needs them."""
    yield


@pytest.fixture(autouse=True, scope="module")
def file_leaves_no_process_behind() -> Iterator[None]:
    before = set(psutil.Process().children(recursive=True))
    yield
    after = set(psutil.Process().children(recursive=True)) - before
    _, alive = psutil.wait_procs(after, timeout=LEAVE_S)
    for process in alive:
        process.kill()
    assert not alive


@pytest.fixture(scope="module")
def here() -> Iterator[Executor]:
    """On this machine's own cores."""
    with Executor(2, distributor=HERE) as executor:
        yield executor


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    with Lab(tmp_path) as lab:
        yield lab
