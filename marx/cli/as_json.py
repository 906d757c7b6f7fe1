"""What `--json` prints. `schema` changes when a field changes its meaning or goes away."""

from __future__ import annotations

import json
from typing import Any

SCHEMA = 1


def document(**parts: Any) -> str:
    """The parts, which may hold structs of the wire, as one JSON text."""
    import msgspec

    return json.dumps({"schema": SCHEMA, **msgspec.to_builtins(parts)}, indent=2)
