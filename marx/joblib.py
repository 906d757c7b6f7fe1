"""joblib on a lab: `import marx.joblib`, then `joblib.parallel_config(backend="marx")`.

Whatever uses joblib (scikit-learn, …) then runs its tasks in sandboxes on the lab. Results are objects of any kind, so
they come as pickles: with this backend, whoever owns a worker of the lab can run code in this process.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import joblib
from joblib._parallel_backends import AutoBatchingMixin, SequentialBackend

from marx.calls.executor import Executor

NAME = "marx"


class MarxBackend(AutoBatchingMixin, joblib.parallel.ParallelBackendBase):  # type: ignore[misc]
    """`distributor` as for `marx.Executor`, given to `joblib.parallel_config(backend="marx", distributor=…)`."""

    supports_retrieve_callback = True
    default_n_jobs = -1

    def __init__(self, *arguments: Any, distributor: str | None = None, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._distributor = distributor
        self._futures: set[Future[Any]] = set()
        self.parallel: Any = None

    def effective_n_jobs(self, n_jobs: int | None) -> int:
        """How many tasks joblib has under way: for negative numbers, as many as the lab has slots."""
        if n_jobs == 0:
            raise ValueError("n_jobs == 0 in Parallel has no meaning")
        if n_jobs is None:
            return 1
        return n_jobs if n_jobs > 0 else max(1, self._executor().slots + 1 + n_jobs)

    def submit(self, func: Callable[[], Any], callback: Callable[[Future[Any]], None] | None = None) -> Future[Any]:
        future = self._executor().submit(func)
        self._futures.add(future)
        future.add_done_callback(self._futures.discard)
        if callback is not None:
            future.add_done_callback(callback)
        return future

    def retrieve_result_callback(self, out: Future[Any]) -> Any:
        return out.result()

    def abort_everything(self, ensure_ready: bool = True) -> None:
        """What has not left is cancelled; what runs comes to its end unheard."""
        for future in list(self._futures):
            future.cancel()

    def terminate(self) -> None:
        self.reset_batch_stats()

    def get_nested_backend(self) -> tuple[Any, None]:
        """A task runs alone in its sandbox."""
        return SequentialBackend(nesting_level=(self.nesting_level or 0) + 1), None

    def _executor(self) -> Executor:
        with _lock:
            executor = _executors.get(self._distributor)
            if executor is None or executor.broken:
                executor = Executor(distributor=self._distributor, results="pickle", name="joblib")
                _executors[self._distributor] = executor
            return executor


_lock = threading.Lock()
_executors: dict[str | None, Executor] = {}
"""One for each distributor, kept for the next call of `Parallel`; the interpreter's end ends them."""


def shutdown() -> None:
    """Ends the executors that the backend keeps; the next call of `Parallel` makes new ones."""
    with _lock:
        while _executors:
            _executors.popitem()[1].shutdown()


def register_joblib() -> None:
    """Makes the backend "marx" known to joblib; importing this module does it."""
    joblib.register_parallel_backend(NAME, MarxBackend)


register_joblib()
