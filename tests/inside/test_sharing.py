"""What stands for locks between processes where there is only one: as `multiprocessing`'s own, and never for ever."""

from __future__ import annotations

import multiprocessing
import threading
from typing import Any

import pytest

from marx.inside.pools.sharing import Semaphore

RECURSIVE, COUNTING = 0, 1


class Lone(Semaphore):
    """Of a program without a pool."""

    @staticmethod
    def pull() -> bool:
        return False


def native(kind: int, value: int, maxvalue: int) -> Any:
    made: Any = multiprocessing.RLock() if kind == RECURSIVE else multiprocessing.BoundedSemaphore(maxvalue)
    for _ in range(maxvalue - value):
        made.acquire()
    return made._semlock


@pytest.mark.parametrize("kind", [RECURSIVE, COUNTING])
@pytest.mark.parametrize("deeds", ["a", "ar", "aar", "aarr", "arr", "r", "aaaa", "aaaarrrr", "arar"])
def test_it_counts_as_the_one_between_processes_does(kind: int, deeds: str) -> None:
    most = 1 if kind == RECURSIVE else 2
    seen = [_seen(made, deeds) for made in (native(kind, most, most), Lone(kind, most, most))]
    assert seen[0] == seen[1]


def _seen(made: Any, deeds: str) -> list[object]:
    found: list[object] = []
    for deed in deeds:
        try:
            found.append(made.acquire(False) if deed == "a" else made.release())
        except (AssertionError, ValueError) as fault:
            found.append((type(fault), str(fault)))
        found.append((made._count(), made._is_mine(), made._is_zero(), made._get_value()))
    return found


def test_whoever_waits_has_the_next_task_run() -> None:
    class Waited(Semaphore):
        @staticmethod
        def pull() -> bool:
            made.release()
            return True

    made = Waited(COUNTING, 0, 1)
    assert made.acquire()


def test_what_nobody_can_release_is_an_error_not_a_hang(monkeypatch: pytest.MonkeyPatch) -> None:
    # Another test's library may have left a thread of its own, such as pyzmq's collector of sent messages.
    monkeypatch.setattr(threading, "active_count", lambda: 1)
    made = Lone(COUNTING, 0, 1)
    assert not made.acquire(False)
    assert not made.acquire(True, 0.01)
    with pytest.raises(RuntimeError, match="nothing is left that could release"):
        made.acquire()
