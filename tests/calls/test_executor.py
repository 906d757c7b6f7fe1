"""`marx.Executor` keeps the contract of `concurrent.futures`, on real workers with real sandboxes."""

from __future__ import annotations

import asyncio
import functools
import os
import re
import subprocess
import sys
import threading
import time
from concurrent.futures import FIRST_COMPLETED, CancelledError, as_completed, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy
import pytest

import marx
from marx.calls.dialling import HERE
from marx.calls.errors import CallLost, RemoteError, SessionBroken
from marx.calls.executor import Executor
from tests.calls.lab import Lab

PATIENCE_S = 60


class Odd(Exception):
    def __init__(self, text: str, number: int) -> None:
        super().__init__(text, number)
        self.number = number


@dataclass
class Point:
    x: int


def square(x: int) -> int:
    return x * x


def fail(x: int) -> None:
    raise Odd(f"no {x}", x)


def _sum(array: Any) -> float:
    return float(array.sum())


def nap(seconds: float, value: object = None) -> object:
    time.sleep(seconds)
    return value


def test_values_come_back_equal_and_of_the_same_type(here: Executor) -> None:
    for value in (None, True, -1, 1 << 80, 0.5, "é\udc80", b"\0", (1, [2, {"a": {3}}]), frozenset({1j})):
        got = here.submit(_same, value).result(PATIENCE_S)
        assert got == value
        assert type(got) is type(value)
    array = numpy.arange(6.0).reshape(2, 3)
    assert numpy.array_equal(here.submit(_same, array).result(PATIENCE_S), array)


def test_many_large_arguments_at_a_time_all_arrive(here: Executor) -> None:
    arrays = [numpy.full(1_000_000, float(number)) for number in range(5)]
    futures = [here.submit(_sum, array) for array in arrays]
    assert [future.result(PATIENCE_S) for future in futures] == [number * 1e6 for number in range(5)]


def _same(value: Any) -> Any:
    return value


def test_functions_of_all_kinds(here: Executor) -> None:
    offset = 10

    def add(x: int, *, to: int = 1) -> int:
        return x + to + offset

    assert here.submit(add, 1, to=2).result(PATIENCE_S) == 13
    assert here.submit(lambda: [square(i) for i in range(3)]).result(PATIENCE_S) == [0, 1, 4]
    assert here.submit(functools.partial(pow, 2), 5).result(PATIENCE_S) == 32
    assert here.submit("a-b".split, "-").result(PATIENCE_S) == ["a", "b"]
    assert here.submit(lambda: re.findall("a", "banana")).result(PATIENCE_S) == ["a"] * 3
    # What a function refers to is what it refers to at the time of the call.
    offset = 100
    assert here.submit(add, 1).result(PATIENCE_S) == 102


def test_an_argument_is_taken_as_it_is_at_the_call(here: Executor) -> None:
    items = [1]
    future = here.submit(sum, items)
    items.append(100)
    assert future.result(PATIENCE_S) == 1


def test_map_keeps_the_order_and_raises_at_its_place(here: Executor) -> None:
    assert list(here.map(square, range(500))) == [x * x for x in range(500)]
    assert list(here.map(pow, [2, 3], [3, 2, 1], chunksize=7)) == [8, 9]
    results = here.map(lambda x: 1 // x, [1, 0])
    assert next(results) == 1
    with pytest.raises(ZeroDivisionError):
        next(results)


def test_an_exception_is_the_original_one_with_its_traceback_and_place(here: Executor) -> None:
    with pytest.raises(Odd, match="no 3") as caught:
        here.submit(fail, 3).result(PATIENCE_S)
    fault: Any = caught.value
    assert (fault.args, fault.number, fault.worker) == (("no 3", 3), 3, "here")
    assert fault.chunk >= 0
    assert fault.item >= 0
    assert 'raise Odd(f"no {x}", x)' in str(fault.__cause__)
    with pytest.raises(FileNotFoundError) as missing:
        here.submit(open, "/nowhere").result(PATIENCE_S)
    assert missing.value.errno == 2


def test_what_is_not_plain_says_where_and_what_to_do(here: Executor) -> None:
    with pytest.raises(TypeError, match=re.escape("value['p'][0] is of type")) as caught:
        here.submit(lambda: {"p": [Point(1)]}).result(PATIENCE_S)
    assert 'marx.Executor(results="pickle")' in str(caught.value)


def test_pickles_only_where_they_were_asked_for() -> None:
    with Executor(1, distributor=HERE, results="pickle") as executor:
        assert executor.submit(Point, 4).result(PATIENCE_S) == Point(4)


def test_states_callbacks_and_waiting(here: Executor) -> None:
    seen: list[Any] = []
    slow, quick = here.submit(nap, 0.3, "slow"), here.submit(nap, 0, "quick")
    quick.add_done_callback(lambda future: seen.append(future.result()))
    done, _ = wait([slow, quick], return_when=FIRST_COMPLETED, timeout=PATIENCE_S)
    assert done
    assert {future.result() for future in as_completed([slow, quick], timeout=PATIENCE_S)} == {"slow", "quick"}
    assert seen == ["quick"]
    with pytest.raises(TimeoutError):
        here.submit(nap, 0.5).result(timeout=0.01)


def test_what_has_not_left_can_be_cancelled(here: Executor) -> None:
    futures = [here.submit(nap, 0.05) for _ in range(40)]
    cancelled = [future for future in futures if future.cancel()]
    assert len(cancelled) > 20
    with pytest.raises(CancelledError):
        cancelled[-1].result()
    assert {future.cancelled() or future.result(PATIENCE_S) is None for future in futures} == {True}


def test_output_of_calls_is_output_of_the_program(here: Executor, capsys: pytest.CaptureFixture[str]) -> None:
    here.submit(print, "said there").result(PATIENCE_S)
    assert capsys.readouterr().out == "said there\n"


def test_many_threads_may_submit(here: Executor) -> None:
    found: dict[int, list[int]] = {}

    def work(number: int) -> None:
        found[number] = [here.submit(square, number + i).result(PATIENCE_S) for i in range(20)]

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {number: [(number + i) ** 2 for i in range(20)] for number in range(8)}


def test_large_arguments_results_and_functions(here: Executor) -> None:
    large = os.urandom(3 << 20)
    assert here.submit(_same, large).result(PATIENCE_S) == large
    assert here.submit(lambda: len(large)).result(PATIENCE_S) == len(large)
    assert [len(one) for one in here.map(bytes, [200_000] * 5)] == [200_000] * 5


def test_a_call_that_ends_its_sandbox_is_lost_alone(here: Executor) -> None:
    assert list(here.map(square, range(50)))[-1] == 49**2
    results = [here.submit(lambda x: os._exit(1) if x == 7 else x, x) for x in range(12)]
    for x, future in enumerate(results):
        if x == 7:
            with pytest.raises(CallLost, match="killed"):
                future.result(PATIENCE_S)
        else:
            assert future.result(PATIENCE_S) == x


def test_asyncio(here: Executor) -> None:
    async def main() -> list[int]:
        loop = asyncio.get_running_loop()
        return await asyncio.gather(*(loop.run_in_executor(here, square, x) for x in range(5)))

    assert asyncio.run(main()) == [0, 1, 4, 9, 16]


def test_an_initializer_runs_before_the_first_call() -> None:
    with Executor(1, distributor=HERE, initializer=_set_up, initargs=("ready",)) as executor:
        assert executor.submit(_what_was_set_up).result(PATIENCE_S) == "ready"
    with pytest.raises(RuntimeError, match="after shutdown"):
        executor.submit(square, 1)


_state = ""


def _set_up(value: str) -> None:
    global _state
    _state = value


def _what_was_set_up() -> str:
    return _state


def test_a_forked_child_is_told_to_make_its_own(here: Executor) -> None:
    child = os.fork()
    if not child:
        try:
            here.submit(square, 1)
        except RuntimeError as fault:
            os._exit(3 if "make a new one after a fork" in str(fault) else 4)
        os._exit(5)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 3
    assert here.submit(square, 3).result(PATIENCE_S) == 9


def test_an_unknown_exception_keeps_its_name_and_text(here: Executor) -> None:
    def raise_it() -> None:
        raise type("Local", (Exception,), {})("text")

    with pytest.raises(RemoteError, match="Local: text"):
        here.submit(raise_it).result(PATIENCE_S)


def test_import_marx_imports_nothing_else() -> None:
    assert marx.Executor is Executor
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        _ = marx.Nothing


TASKER = """
import marx, near

def double(x):
    return near.same(x) * 2

if __name__ == "__main__":
    with marx.Executor(1) as executor:
        print(executor.submit(double, 21).result(60))
"""


def test_a_program_may_be_started_by_a_path_that_goes_up(tmp_path: Path) -> None:
    (tmp_path / "tasker.py").write_text(TASKER)
    (tmp_path / "near.py").write_text("def same(x):\n    return x\n")
    inner = tmp_path / "one" / "two"
    inner.mkdir(parents=True)
    environment = {**os.environ, "XDG_CONFIG_HOME": str(tmp_path / "config")}
    command = [sys.executable, "../../tasker.py"]
    done = subprocess.run(command, cwd=inner, env=environment, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("42\n", "")


# --- on a lab ---------------------------------------------------------------------------------------------------------


def test_calls_survive_the_loss_of_a_worker_and_of_the_distributor(lab: Lab, tmp_path: Path) -> None:
    lab.work("one")
    with Executor(distributor=lab.address) as executor:
        futures = [executor.submit(nap, 0.1, number) for number in range(30)]
        assert futures[0].result(PATIENCE_S) == 0
        lab.kill_distributor()
        lab.serve()
        lab.work("two")
        lab.kill_worker("one")
        assert [future.result(PATIENCE_S) for future in futures] == list(range(30))


def test_an_executor_is_broken_when_its_job_is_cancelled(lab: Lab, capfd: pytest.CaptureFixture[str]) -> None:
    lab.work("one")
    with Executor(distributor=lab.address, name="calls to cancel") as executor:
        future = executor.submit(nap, 300)
        _cancel_the_only_job(lab)
        with pytest.raises(SessionBroken, match="cancelled"):
            future.result(PATIENCE_S)
        with pytest.raises(SessionBroken):
            executor.submit(square, 1)
    # The caller has the exception; nobody else says it.
    assert "Traceback" not in capfd.readouterr().err


def _cancel_the_only_job(lab: Lab) -> None:
    end_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < end_s:
        if found := re.search(r"^(\w{6})\s.*calls", _marx(lab, "ps"), re.MULTILINE):
            _marx(lab, "cancel", found[1])
            return
        time.sleep(0.05)
    raise AssertionError("the session never became a job")


def _marx(lab: Lab, *words: str) -> str:
    command = [sys.executable, "-m", "marx.cli", *words, "--distributor", lab.address]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout
