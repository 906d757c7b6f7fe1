"""Every condition that `marx why` knows, planted in a real distributor: `PLANTED`, in the order of the modules here."""

from __future__ import annotations

from tests.cli.planted import done, elsewhere, queued, running, stopped
from tests.cli.planted.table import PLANTED

__all__ = ["PLANTED", "done", "elsewhere", "queued", "running", "stopped"]
