"""What a chunk's values are made of decides how they are written: asked of each element, or at once."""

from __future__ import annotations

from collections import Counter, OrderedDict, defaultdict, deque
from pathlib import Path
from typing import Any

import pytest

from marx.inside.receiving import contents
from tests.inside.lab import by_driver, by_python


class Own:
    pass


class OwnList(list[int]):
    pass


@pytest.mark.parametrize(
    "value",
    [
        [1, 2.5, "a", None, True],
        [(1, "a"), {"b": [2]}, {3}, frozenset({4}), b"c"],
        Counter("abc"),
        [OrderedDict(a=1), deque([[2]])],
    ],
)
def test_containers_are_found_with_what_they_hold(value: list[Any]) -> None:
    held = contents(value)
    assert held is not None
    assert held[id(value)] is type(value)
    assert all(id(one) in held for one in value if isinstance(one, tuple | dict | set | deque))


@pytest.mark.parametrize(
    "value",
    [[Own()], [[Own]], {"a": [len]}, [OwnList([1])], (defaultdict(int),), [[1], [1j]], {"x": int}],
)
def test_anything_else_is_not_known(value: Any) -> None:
    assert contents(value) is None


def test_an_attribute_of_a_container_counts() -> None:
    value = Counter("abc")
    value.note = Own()  # type: ignore[attr-defined]
    assert contents([value]) is None


def test_a_value_in_a_circle_has_an_end() -> None:
    value: list[Any] = [1]
    value.append({"again": value})
    assert len(contents(value) or {}) == 2


def test_what_the_driver_has_comes_back_as_itself(tmp_path: Path) -> None:
    program = tmp_path / "prog.py"
    program.write_text(
        """
class A: pass
class B: pass

def pick(i):
    kind = A
    for k in range(i):
        kind = B if kind is A else A
    return [kind, [i]]

found = [pick(i) for i in range(40)]
print([(kind.__name__, held) for kind, held in found], all(kind in (A, B) for kind, _ in found))
""",
        encoding="utf-8",
    )
    for name in ("python", "marx"):
        (tmp_path / name).mkdir()
    seen, openings = by_driver(program, tmp_path / "marx", seed=1)
    assert seen == by_python(program, tmp_path / "python")
    assert sum(one.used for one in openings) > 0
