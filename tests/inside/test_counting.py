"""How many items of a loop are left, as far as its iterable tells."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice, permutations, product
from typing import Any

import pytest

from marx.inside.counting import count_left

TEN = list(range(10))


class Own:
    """A sequence of the program's, whose length nobody may ask for once it is being read."""

    asked = 0

    def __len__(self) -> int:
        self.asked += 1
        return 3

    def __getitem__(self, index: int) -> int:
        return index


LEFT: list[tuple[Iterable[Any], int, int | None]] = [
    (TEN, 4, 6),
    (range(10), 4, 6),
    ({1: 2}.items(), 0, 1),
    (enumerate(TEN), 3, 7),
    (enumerate(TEN, start=5), 3, 7),
    (enumerate(zip(TEN, "abcdefgh", strict=False)), 2, 6),
    (zip(TEN, range(8), product(TEN), strict=False), 3, 5),
    (reversed(TEN), 2, 8),
    (reversed((1, 2, 3)), 1, 2),
    (enumerate(product(TEN, range(3))), 3, None),
    (enumerate(permutations(TEN, 2)), 3, None),
    (zip(strict=True), 0, None),
    (map(str, TEN), 1, None),
]


@pytest.mark.parametrize(("iterable", "done", "left"), LEFT, ids=lambda value: type(value).__name__)
def test_what_is_left(iterable: Iterable[Any], done: int, left: int | None) -> None:
    source = iter(iterable)
    assert len(list(islice(source, done))) == done
    assert count_left(iterable, done) == left


def test_code_of_the_program_is_not_asked() -> None:
    own = Own()
    backwards: Iterable[int] = reversed(own)
    assert count_left(backwards, 0) is None
    assert own.asked == 1
