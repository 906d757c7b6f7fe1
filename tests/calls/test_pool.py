"""`marx.Pool` keeps the contract of `multiprocessing.Pool`, on real workers. CPython's own tests of it are run by
bench/cpython_contract.py."""

from __future__ import annotations

import os
import pickle
import threading
import time
from collections.abc import Iterator
from concurrent.futures import CancelledError
from multiprocessing import TimeoutError as PoolTimeout

import pytest

import marx
from marx.calls.errors import CallLost, SessionBroken

PATIENCE_S = 60


class Counted:
    made = 0

    def __init__(self, value: int) -> None:
        type(self).made += 1
        self.value = value


@pytest.fixture(scope="module")
def pool() -> Iterator[marx.Pool]:
    with marx.Pool(2, distributor="here") as pool:
        yield pool


def add(x: int, y: int = 1) -> int:
    return x + y


def test_all_ways_to_call(pool: marx.Pool) -> None:
    assert pool.apply(add, (1,), {"y": 5}) == 6
    assert pool.map(add, range(20), chunksize=3) == list(range(1, 21))
    assert pool.starmap(add, [(1, 2), (3, 4)]) == [3, 7]
    assert pool.starmap_async(add, [(1, 2)]).get(PATIENCE_S) == [3]
    assert list(pool.imap(add, range(5))) == [1, 2, 3, 4, 5]
    assert sorted(pool.imap_unordered(add, range(5))) == [1, 2, 3, 4, 5]
    assert pool.map(add, []) == []
    assert list(pool.imap(add, [])) == []


def half(x: int) -> tuple[int, float]:
    return x, x / 2


def test_a_map_of_many_items_gives_what_map_gives(pool: marx.Pool) -> None:
    assert pool.map(add, range(0, 300_000, 3)) == list(range(1, 300_001, 3))
    words = [f"word {number}" for number in range(30_000)]
    assert pool.map(str.upper, words) == list(map(str.upper, words))
    assert pool.starmap(pow, [(number, 60) for number in range(500)]) == [number**60 for number in range(500)]
    assert pool.map(half, range(2_000)) == [(number, number / 2) for number in range(2_000)]


def test_the_first_item_that_fails_is_the_one_that_is_raised(pool: marx.Pool) -> None:
    with pytest.raises(ZeroDivisionError) as caught:
        pool.map(lambda x: x // (x - 700) // (x - 90_000), range(100_000))
    assert caught.value.item == 700  # type: ignore[attr-defined]
    with pytest.raises(StopIteration):
        pool.map(next, [iter([1]), iter([])])
    with pytest.raises(TypeError, match="not plain"):
        pool.map(lambda x: object() if x == 30 else x, range(100))
    with pytest.raises(TypeError, match="pickle"):
        pool.map(add, [*range(100), threading.Lock(), *range(100)])


def test_an_item_that_ends_its_sandbox_is_lost_alone(pool: marx.Pool) -> None:
    with pytest.raises(CallLost, match="killed") as caught:
        pool.map(lambda x: os._exit(1) if x == 700 else x, range(1000))
    assert caught.value.item == 700  # type: ignore[attr-defined]


def test_asynchronous_results(pool: marx.Pool) -> None:
    seen: list[object] = []
    result = pool.map_async(add, [1, 2], callback=seen.append)
    assert result.get(PATIENCE_S) == [2, 3]
    assert (seen, result.ready(), result.successful()) == ([[2, 3]], True, True)
    failing = pool.apply_async(add, ("x",), error_callback=seen.append)
    with pytest.raises(TypeError):
        failing.get(PATIENCE_S)
    assert isinstance(seen[1], TypeError)
    assert not failing.successful()
    slow = pool.apply_async(time.sleep, (0.5,))
    with pytest.raises(PoolTimeout):
        slow.get(0.01)
    with pytest.raises(ValueError, match="not ready"):
        slow.successful()


def test_an_iterable_that_fails_is_noticed_behind_its_results(pool: marx.Pool) -> None:
    def failing() -> Iterator[int]:
        yield from (1, 2)
        raise KeyError("third")

    results = pool.imap(add, failing())
    assert [next(results), next(results)] == [2, 3]
    with pytest.raises(KeyError):
        next(results)
    waiting = pool.imap(time.sleep, [0.5])
    with pytest.raises(PoolTimeout):
        waiting.next(0.01)
    assert waiting.next(PATIENCE_S) is None


def test_a_pool_that_is_closed_ends_its_work_and_takes_no_more() -> None:
    pool = marx.Pool(1, distributor="here", results="pickle")
    objects = pool.map_async(Counted, [1, 2])
    pool.close()
    with pytest.raises(ValueError, match="not running"):
        pool.map(add, [1])
    pool.join()
    assert [type(one) is Counted and one.value for one in objects.get(PATIENCE_S)] == [1, 2]
    # What the class counted there is not what it counted here.
    assert Counted.made == 0


def test_terminate_does_not_wait() -> None:
    pool = marx.Pool(1, distributor="here")
    result = pool.map_async(time.sleep, [100] * 10)
    assert pool.apply_async(add, (1,)) is not None
    pool.terminate()
    pool.join()
    with pytest.raises((SessionBroken, CancelledError)):
        result.get(PATIENCE_S)


def test_what_a_pool_is_not() -> None:
    for number in (0, -1):
        with pytest.raises(ValueError, match="at least 1"):
            marx.Pool(number)
    with marx.Pool(1, distributor="here") as pool, pytest.raises(NotImplementedError):
        pickle.dumps(pool)
