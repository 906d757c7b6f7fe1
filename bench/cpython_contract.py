"""CPython's own tests of process pools, run against `marx.Executor` and `marx.Pool`.

    python bench/cpython_contract.py [--tests FOLDER] [--only NAME]

The tests are those of the running Python; where it comes without them, FOLDER holds `test_concurrent_futures.py`
(Debian: package libpython3.11-testsuite, below /usr/lib/python3.11/test). Prints a line a test: passed, failed, or left
out with the reason. Ends with 1 if one failed, and with 2 where there are no tests.
"""

from __future__ import annotations

import argparse
import functools
import importlib.util
import io
import os
import pickle
import sys
import time
import unittest
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import BrokenExecutor
from pathlib import Path
from types import ModuleType
from typing import Any

import cloudpickle
import test

import marx

MIXINS = ("WaitTests", "AsCompletedTests", "ExecutorTest", "ExecutorShutdownTest", "InitializerMixin")
PROCESS_POOL = ("ProcessPoolExecutorTest", "ExecutorDeadlockTest")

INSIDE = "looks into the standard library's own pool"
PROCESSES = "is about processes of this machine and their start methods"
LEFT_OUT: Mapping[str, str] = {
    "test_pending_calls_race": "is about threads",
    "test_max_workers_too_large": "is about Windows",
    "test_traceback": "asks for a private class; test_traceback_of_an_executor is the same without that",
    "test_killed_child": PROCESSES,
    "test_saturation": INSIDE,
    "test_idle_process_reuse_one": INSIDE,
    "test_idle_process_reuse_multiple": INSIDE,
    "test_max_tasks_per_child": INSIDE,
    "test_max_tasks_per_child_defaults_to_spawn_context": PROCESSES,
    "test_max_tasks_early_shutdown": INSIDE,
    "test_ressources_gced_in_workers": "shares a manager's event with the function, and sandboxes share nothing",
    "test_crash_at_task_unpickle": "expects BrokenProcessPool for all calls; here the call alone is lost",
    "test_exit_at_task_unpickle": "the same",
    "test_crash_during_func_exec_on_worker": "the same",
    "test_exit_during_func_exec_on_worker": "the same",
    "test_crash_during_result_pickle_on_worker": "the same",
    "test_exit_during_result_pickle_on_worker": "the same",
    "test_error_at_task_unpickle": "the same, for an error that here is the call's exception",
    "test_error_during_result_unpickle_in_result_handler": "the same",
    "test_exit_during_result_unpickle_in_result_handler": "the same",
    "test_shutdown_deadlock": PROCESSES,
    "test_shutdown_deadlock_pickle": INSIDE,
    "test_error_at_task_pickle": "is run by hand below, as the standard class puts it together with processes",
    "test_error_during_func_exec_on_worker": "the same",
    "test_error_during_result_pickle_on_worker": "the same",
}
LEFT_OUT_OF_POOL: Mapping[str, str] = {
    "test_make_pool": f"{INSIDE} (`_pool`)",
    "test_traceback": "asks for a private class; test_traceback_of_a_pool is the same without that",
    "test_resource_warning": f"{INSIDE} (the warning's words)",
    "test_imap_handle_iterable_exception": "expects a failing iterable to take the rest of its chunk along; here it "
    "takes nothing along, see test_imap_of_a_failing_iterable",
}


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--tests", type=Path, help="where test_concurrent_futures.py lies")
    options.add_argument("--only", default="", help="tests with this in their name")
    chosen = options.parse_args()
    if chosen.tests is not None:
        test.__path__.append(str(chosen.tests))
    if importlib.util.find_spec("test.test_concurrent_futures") is None:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        print(f"no test_concurrent_futures.py in {', '.join(test.__path__)}", file=sys.stderr)
        print(
            f"  try: apt-get install libpython{version}-testsuite, then --tests /usr/lib/python{version}/test",
            file=sys.stderr,
        )
        return 2
    failures = 0
    counts = {"passed": 0, "failed": 0, "left out": 0}
    for name, run, reason in cases(chosen.tests):
        if chosen.only not in name:
            continue
        word, story = ("left out", reason) if reason else run()
        counts[word] += 1
        failures += word == "failed"
        print(f"{word:9} {name}" + (f": {story}" if story else ""), flush=True)
    print(", ".join(f"{number} {word}" for word, number in counts.items()))
    return 1 if failures else 0


Case = tuple[str, Callable[[], tuple[str, str]], str]


def cases(folder: Path | None) -> Iterator[Case]:
    """Name, how to run it, and why it is left out."""
    futures_tests = concurrent_futures(folder)
    for mixin in MIXINS:
        yield from _cases(executor_case(futures_tests, mixin), LEFT_OUT)
    for mixin in PROCESS_POOL:
        yield from _cases(executor_case(futures_tests, mixin), LEFT_OUT)
    yield from _cases(own_cases(futures_tests), {})
    yield from _cases(pool_case(), LEFT_OUT_OF_POOL)
    yield from _cases(own_pool_cases(), {})


def _cases(case: type[unittest.TestCase], left_out: Mapping[str, str]) -> Iterator[Case]:
    for name in unittest.TestLoader().getTestCaseNames(case):
        yield f"{case.__name__}.{name}", functools.partial(run, case, name), left_out.get(name, "")


def run(case: type[unittest.TestCase], name: str) -> tuple[str, str]:
    output = io.StringIO()
    result = unittest.TextTestRunner(stream=output, verbosity=0).run(unittest.TestSuite([case(name)]))
    if result.skipped:
        return "left out", f"it skips itself: {result.skipped[0][1]}"
    if result.wasSuccessful():
        return "passed", ""
    return "failed", "\n" + output.getvalue()


# --- executors --------------------------------------------------------------------------------------------------------


def concurrent_futures(folder: Path | None) -> ModuleType:
    """The module of CPython's tests, with the scripts that it runs importing our executor."""
    module = importlib.import_module("test.test_concurrent_futures")
    cloudpickle.register_pickle_by_value(module)
    original = module.assert_python_ok
    prefix = "" if folder is None else f"import test; test.__path__.append({str(folder)!r})\n"

    def assert_python_ok(*arguments: str, **environment: str) -> Any:
        texts = [text.replace("from concurrent.futures import Local", SCRIPT) for text in arguments]
        texts = [prefix + text if "if " in text else text for text in texts]
        return original(*texts, PYTHONPATH=os.pathsep.join(sys.path), **environment)

    module.assert_python_ok = assert_python_ok  # type: ignore[attr-defined]
    return module


SCRIPT = (
    'import functools, cloudpickle, marx; Local = functools.partial(marx.Executor, distributor="here");'
    " import test.test_concurrent_futures as _tests; cloudpickle.register_pickle_by_value(_tests)"
)


class Local(marx.Executor):
    """On this machine's cores, with whatever results. Its sandboxes have booted: the tests time what comes then."""

    def __init__(self, max_workers: int | None = None, **options: Any) -> None:
        super().__init__(max_workers, **{"distributor": "here", "results": "pickle", **options})
        list(self.map(time.sleep, [0.1] * (max_workers or 1)))


def executor_case(module: ModuleType, mixin: str) -> type[unittest.TestCase]:
    bases = tuple(dict.fromkeys((getattr(module, mixin), module.ExecutorMixin, module.BaseTestCase)))
    return type(f"Executor{mixin}", bases, {"executor_type": Local})


def own_cases(module: ModuleType) -> type[unittest.TestCase]:
    """What the standard classes test in a way that only processes can pass."""

    class ExecutorErrors(unittest.TestCase):
        def check(self, error: type[BaseException], function: Callable[..., Any], *arguments: Any) -> None:
            with Local(2) as executor, self.assertRaises(error):
                executor.submit(function, *arguments).result(timeout=60)

        def test_traceback_of_an_executor(self) -> None:
            with Local(1) as executor, self.assertRaises(RuntimeError) as caught:
                executor.submit(module.ProcessPoolExecutorTest._test_traceback).result()
            self.assertIn("raise RuntimeError(123) # some comment", str(caught.exception.__cause__))

        def test_error_at_task_pickle(self) -> None:
            self.check(pickle.PicklingError, id, module.ErrorAtPickle())

        def test_error_at_task_unpickle(self) -> None:
            self.check(pickle.UnpicklingError, id, module.ErrorAtUnpickle())

        def test_error_during_func_exec(self) -> None:
            self.check(RuntimeError, module._raise_error, RuntimeError)

        def test_error_during_result_pickle(self) -> None:
            self.check(pickle.PicklingError, module._return_instance, module.ErrorAtPickle)

        def test_a_crash_is_a_broken_executor(self) -> None:
            self.check(BrokenExecutor, module._crash)

    return ExecutorErrors


# --- pools ------------------------------------------------------------------------------------------------------------


def pool_of(processes: int | None = None, **options: Any) -> marx.Pool:
    return marx.Pool(processes, **{"distributor": "here", "results": "pickle", **options})


def pool_case() -> type[unittest.TestCase]:
    module = importlib.import_module("test._test_multiprocessing")
    # Sandboxes have no semaphores, without which the module cannot be imported there.
    cloudpickle.register_pickle_by_value(module)
    namespace = {"TYPE": "processes", "Pool": staticmethod(pool_of)}
    return type("PoolTest", (module._TestPool, unittest.TestCase), namespace)


def own_pool_cases() -> type[unittest.TestCase]:
    module: Any = importlib.import_module("test._test_multiprocessing")

    class PoolCases(unittest.TestCase):
        def test_traceback_of_a_pool(self) -> None:
            with pool_of(1) as pool, self.assertRaises(RuntimeError) as caught:
                pool.apply(module._TestPool._test_traceback)
            self.assertEqual(caught.exception.args, (123,))
            self.assertIn("raise RuntimeError(123) # some comment", caught.exception.__cause__.tb)  # type: ignore

        def test_imap_of_a_failing_iterable(self) -> None:
            with pool_of(1) as pool:
                for total, when in ((1, -1), (10, 3), (20, 7)):
                    results = pool.imap(module.sqr, module.exception_throwing_generator(total, when), 2)
                    for number in range(max(0, when)):
                        self.assertEqual(next(results), number * number)
                    self.assertRaises(module.SayWhenError, results.__next__)

        def test_async_error_callback(self) -> None:
            with pool_of(1) as pool:
                seen: list[BaseException] = []
                self.assertRaises(KeyError, pool.apply_async(module.raising, error_callback=seen.append).get)
                self.assertIsInstance(seen[0], KeyError)

        def test_processes_must_be_positive(self) -> None:
            for number in (0, -1):
                self.assertRaises(ValueError, pool_of, number)

    return PoolCases


if __name__ == "__main__":
    sys.exit(main())
