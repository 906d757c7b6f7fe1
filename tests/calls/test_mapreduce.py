"""Maps and reduces on real workers, against the same in one process."""

from __future__ import annotations

import operator
import re
import sysconfig
from collections import Counter
from collections.abc import Iterator
from functools import reduce
from pathlib import Path

import pytest

import marx
from marx.calls.executor import Executor

SOURCES = sorted(str(path) for path in Path(sysconfig.get_path("stdlib")).glob("*.py"))[:120]


def words(path: str) -> Iterator[tuple[str, int]]:
    for word in re.findall(r"\w+", Path(path).read_text(encoding="utf-8", errors="replace")):
        yield word, 1


def count(path: str) -> int:
    return sum(1 for _ in words(path))


def test_it_gives_what_reduce_gives_in_the_order_of_the_items(here: Executor) -> None:
    texts = [chr(97 + number % 26) for number in range(300)]
    joined = marx.mapreduce(str.upper, texts, operator.add, initial=">", executor=here)
    assert joined == reduce(operator.add, map(str.upper, texts), ">")
    assert marx.mapreduce(str, iter(range(50)), operator.add, executor=here) == "".join(map(str, range(50)))
    assert marx.mapreduce(count, SOURCES, operator.add, initial=0, executor=here) == sum(map(count, SOURCES))


def test_without_items_there_is_the_initial_value_or_none(here: Executor) -> None:
    assert marx.mapreduce(str, [], operator.add, initial="x", executor=here) == "x"
    with pytest.raises(TypeError, match="no initial value"):
        marx.mapreduce(str, [], operator.add, executor=here)
    assert marx.mapreduce(words, [], operator.add, keyed=True, executor=here) == {}


def test_words_of_the_standard_library(here: Executor) -> None:
    expected: Counter[str] = Counter()
    for path in SOURCES:
        expected.update(word for word, _ in words(path))
    found = marx.mapreduce(words, SOURCES, operator.add, keyed=True, executor=here)
    assert found == expected
    assert list(found) == list(expected)


def test_a_key_s_values_are_reduced_in_order_and_equal_keys_are_one(here: Executor) -> None:
    def pairs(number: int) -> list[tuple[object, str]]:
        return [(number % 3, str(number)), (float(number % 3), "/"), (("t", number % 2), "")]

    expected: dict[object, str] = {}
    for number in range(100):
        for key, text in pairs(number):
            expected[key] = expected[key] + text if key in expected else text
    found = marx.mapreduce(pairs, range(100), operator.add, keyed=True, partitions=5, executor=here)
    assert list(found.items()) == list(expected.items())


def test_an_exception_of_the_mapper_or_the_reducer_is_the_program_s_own(here: Executor) -> None:
    with pytest.raises(ZeroDivisionError):
        marx.mapreduce(lambda x: 1 // x, [1, 0], operator.add, executor=here)
    with pytest.raises(TypeError):
        marx.mapreduce(lambda x: x, [1, "a"] * 20, operator.add, executor=here)
    with pytest.raises(TypeError, match="no initial value"):
        marx.mapreduce(words, SOURCES, operator.add, 0, keyed=True, executor=here)  # type: ignore[call-overload]


def _holding_none(number: int) -> Iterator[tuple[object, int]]:
    yield (number % 2, None), 1
    yield frozenset([None, (number % 2, None)]), 1
    yield None, 1
    yield number % 2 if number % 3 else float(number % 2), 1


def test_keys_that_hold_none_are_the_same_in_all_sandboxes(here: Executor) -> None:
    # The hash of None is an address until Python 3.12, another one in each process.
    want = Counter(key for number in range(200) for key, _ in _holding_none(number))
    assert marx.mapreduce(_holding_none, range(200), operator.add, keyed=True, executor=here) == want
