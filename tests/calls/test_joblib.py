"""joblib, and scikit-learn through it, on real workers: the same results as in one process.

Both come with `pip install marx[test]`; skipped where somebody left them out.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator

import pytest

joblib = pytest.importorskip("joblib")


@pytest.fixture(autouse=True, scope="module")
def end_executors() -> Iterator[None]:
    import marx.joblib

    yield
    marx.joblib.shutdown()


def test_tasks_and_exceptions() -> None:
    import marx.joblib

    assert marx.joblib.NAME in joblib.parallel.BACKENDS
    with joblib.parallel_config(backend="marx", distributor="here", n_jobs=2):
        assert joblib.Parallel()(joblib.delayed(math.sqrt)(x * x) for x in range(50)) == list(map(float, range(50)))
        found = joblib.Parallel(return_as="generator")(joblib.delayed(divmod)(x, 3) for x in range(5))
        assert list(found) == [divmod(x, 3) for x in range(5)]
        with pytest.raises(ZeroDivisionError):
            joblib.Parallel()(joblib.delayed(divmod)(1, x) for x in (1, 0))


def test_scikit_learn_gives_what_it_gives_in_threads() -> None:
    pytest.importorskip("sklearn")
    import marx.joblib  # noqa: F401

    with joblib.parallel_config(backend="marx", distributor="here", n_jobs=2):
        ours = _searched()
    with joblib.parallel_config(backend="threading", n_jobs=2):
        theirs = _searched()
    assert ours == theirs


def _searched() -> tuple[object, ...]:
    from sklearn.datasets import make_classification
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV, cross_val_score

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        features, labels = make_classification(200, random_state=0)
        search = GridSearchCV(LogisticRegression(), {"C": [0.1, 1.0, 10.0]}, cv=3).fit(features, labels)
        scores = cross_val_score(search.best_estimator_, features, labels, cv=4)
        return search.best_params_, search.cv_results_["mean_test_score"].tolist(), scores.tolist()
