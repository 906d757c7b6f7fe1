"""Pickles of results, for a tasker that asked for pickles: its own classes return as themselves.

cloudpickle would send a class that came by value back by value, and the tasker's class would then be given whatever
its attributes have become here. So a class that came from the tasker is named by the id under which it came.
"""

from __future__ import annotations

import io
from typing import Any
from weakref import WeakSet

import cloudpickle
from cloudpickle import cloudpickle as tracking

_made_here: WeakSet[type] = WeakSet()
"""Classes of this jail's own that were pickled by value before; cloudpickle gives these an id too."""


def dumps(value: object) -> bytes:
    """Raises what pickling the value raises."""
    out = io.BytesIO()
    _Pickler(out).dump(value)
    return out.getvalue()


class _Pickler(cloudpickle.Pickler):  # type: ignore[misc]
    def reducer_override(self, value: Any) -> Any:
        if isinstance(value, type):
            known = tracking._DYNAMIC_CLASS_TRACKER_BY_CLASS.get(value)
            if known is not None and value not in _made_here:
                return tracking._lookup_class_or_track, (known, None)
            _made_here.add(value)
        return super().reducer_override(value)
