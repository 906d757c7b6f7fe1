"""Lists of which each round of a loop reads and writes only its own element, on the concrete objects.

The plan says that the loop's body names the list only by the round's number. Here is seen that the numbers differ and
count from the front, that it is a list, and that nothing else which the fold changes is that list. What else chunks
read must not come to it either: `changing.check_apart` and `check_items` see to that."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

from marx.inside.changing import Changing
from marx.inside.refusals import Refusal
from marx.inside.state import ProgramState, look_up
from marx.inside.world import holds_plain
from marx.program.plan import Region


def own_lists(
    region: Region, changed: Changing, program: ProgramState, local: dict[str, Any], iterable: Iterable[Any]
) -> dict[int, Any]:
    """The lists by id; `Refusal` if one of them cannot be taken so."""
    found: dict[int, Any] = {}
    if not region.elements:
        return found
    if not (type(iterable) is enumerate or (type(iterable) is range and min(iterable, default=0) >= 0)):
        raise Refusal("MX104", "elements are written by numbers that do not count from 0 up")
    for name in region.elements:
        value = look_up(name, program, local)
        if not _is_list(value):
            raise Refusal("MX104", f"`{name.name}` is written and read, and is no list")
        if id(value) in changed.objects:
            raise Refusal("MX104", f"`{name.name}` is changed by another name, too")
        if region.elements_plain and not holds_plain(value):
            raise Refusal("MX101", f"an in-place operator may change what `{name.name}` holds")
        found[id(value)] = value
    return found


def _is_list(value: Any) -> bool:
    """Whether it is a list, or an array of numpy with memory of its own and numbers as elements."""
    numpy = sys.modules.get("numpy")
    if numpy is None or type(value) is not numpy.ndarray:
        return type(value) is list
    return bool(value.ndim == 1 and value.base is None and not value.dtype.hasobject)
