"""What `--json` prints. `schema` changes when a field changes its meaning or goes away."""

from __future__ import annotations

import json
from typing import Any

SCHEMA = 1


def document(**parts: Any) -> str:
    """The parts, which may hold structs of the wire, as one JSON text."""
    return json.dumps({"schema": SCHEMA, **plain_values(parts)}, indent=2)


def line(**parts: Any) -> str:
    """The same as one line of NDJSON."""
    return json.dumps({"schema": SCHEMA, **plain_values(parts)})


def plain_values(value: Any) -> Any:
    """Structs as objects with all their fields: on the wire those with a default are left out, here they are not."""
    import msgspec

    if isinstance(value, msgspec.Struct):
        return {name: plain_values(getattr(value, name)) for name in value.__struct_fields__}
    if isinstance(value, dict):
        return {name: plain_values(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [plain_values(inner) for inner in value]
    return value
