"""Laboratories for the distributor's tests: each ends with every invariant of the scheduler checked and no bug
logged."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.distributor.model import Lab


@pytest.fixture
def lab() -> Iterator[Lab]:
    """Embedded: inproc, no journal."""
    lab = Lab(None)
    yield lab
    lab.close()


@pytest.fixture
def durable(tmp_path: Path) -> Iterator[Lab]:
    """As a service: tcp with CURVE on the loopback, and a journal."""
    lab = Lab(tmp_path)
    yield lab
    lab.close()


@pytest.fixture
def timed(durable: Lab) -> Lab:
    """As a service whose time passes only where a test says so."""
    durable.stand_still()
    return durable
