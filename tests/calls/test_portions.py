"""Stories of a map: which portions go out, what is made of those that come back in part, with an exception, or not."""

from __future__ import annotations

import pickle
import threading
from collections.abc import Sequence
from concurrent.futures import CancelledError
from typing import Any

import pytest

from marx.calls.errors import CallLost, SessionBroken
from marx.calls.portions import AIM_NS, FIRST_NS, GRACE, PORTION_BYTES, Portion, Portions, Served

ITEM_NS = 1_000_000


class Map:
    """A map of two slots unless told otherwise. `out`: the portions that were sent and have not come back."""

    def __init__(self, items: Sequence[Any], slots: int = 2, limit_ns: int = 0) -> None:
        self.out: list[Portion] = []
        self.ended = 0
        self.portions = Portions(
            abs,
            items,
            starred=False,
            slots=lambda: slots,
            post=self.out.extend,
            through=self._through,
            limit_ns=limit_ns,
        )
        self.portions.start()

    def _through(self, portions: Portions) -> None:
        assert portions is self.portions
        self.ended += 1

    def ranges(self) -> list[tuple[int, int]]:
        return [(one.start, one.stop) for one in self.out]

    def serve(self, count: int | None = None, fault: BaseException | None = None, item_ns: int = ITEM_NS) -> None:
        """The oldest portion comes back, with values of so many of its items."""
        portion = self.out.pop(0)
        values = list(range(portion.start, portion.stop))[:count]
        portion.future.set_result(Served(values, fault, item_ns * len(values)))

    def lose(self, fault: BaseException) -> None:
        self.out.pop(0).future.set_exception(fault)


def test_a_range_is_shared_out_at_once_and_is_through_when_all_came_back() -> None:
    story = Map(range(1001))
    assert story.ranges() == [(0, 501), (501, 1001)]
    assert pickle.loads(story.out[0].item) == (range(501), False, FIRST_NS)
    story.out.reverse()
    story.serve()
    assert (story.portions.done, story.portions.over) == (0, False)
    assert not story.portions.wait(0, 0)
    story.serve()
    assert (story.portions.results, story.portions.over, story.ended) == (list(range(1001)), True, 1)


def test_what_there_was_no_time_for_is_cut_anew_by_what_the_others_took() -> None:
    story = Map(range(100_000))
    story.serve(100)
    # 49,900 items of a millisecond in two slots: a portion is what takes as long as one should, five are out at a time.
    size = AIM_NS // ITEM_NS
    assert story.ranges() == [(50_000, 100_000), *[(start, start + size) for start in range(100, 100 + 4 * size, size)]]
    assert pickle.loads(story.out[1].item)[2] == GRACE * AIM_NS
    # The next ones take four times as long each.
    del story.out[0]
    story.serve(item_ns=4 * ITEM_NS)
    start, stop = story.ranges()[-1]
    assert stop - start == size * 2 // 5


def test_portions_become_smaller_towards_the_end() -> None:
    story = Map(range(1000))
    story.serve(500)
    story.serve(100)
    sizes = []
    while story.out:
        sizes.append(story.out[0].stop - story.out[0].start)
        story.serve()
    assert sizes == sorted(sizes, reverse=True)
    assert (sizes[0], sizes[-1]) == (100, 3)
    assert story.portions.results == list(range(1000))


def test_few_items_go_one_by_one_and_lists_in_small_portions_until_their_cost_is_known() -> None:
    assert Map([5, 6, 7]).ranges() == [(0, 1), (1, 2), (2, 3)]
    assert Map(list(range(100))).ranges() == [(0, 20), (20, 40), (40, 60), (60, 80), (80, 100)]
    assert Map(list(range(100_000))).ranges()[0] == (0, 1000)
    large = Map([chr(32 + number) * (PORTION_BYTES // 4) for number in range(50)])
    assert {stop - start for start, stop in large.ranges()} == {3}
    assert max(len(portion.item) for portion in large.out) < PORTION_BYTES


def test_a_portion_ends_long_before_it_would_be_ended_by_force() -> None:
    assert pickle.loads(Map(range(100), limit_ns=10_000_000).out[0].item)[2] == 5_000_000


def test_the_first_failure_in_the_order_of_the_items_counts_and_later_items_are_not_sent() -> None:
    story = Map(range(100_000))
    story.serve(100)
    out = len(story.out)
    story.out.append(story.out.pop(0))
    story.serve(10, KeyError("at 110"))
    assert len(story.out) == out - 1
    assert story.portions.wait(109, 0)
    # Whoever comes to the item that failed need not wait for others.
    assert story.portions.wait(110, 0)
    story.serve(3, ValueError("later"))
    while story.out:
        story.serve()
    assert story.ended == 1
    assert isinstance(story.portions.fault, KeyError)
    assert story.portions.take(0)[-1] == 109


def test_a_portion_that_is_lost_is_tried_in_parts_until_one_item_is_lost() -> None:
    story = Map(range(1000))
    for _ in range(20):
        while story.out and not story.out[0].start <= 777 < story.out[0].stop:
            story.serve()
        if not story.out:
            break
        story.lose(CallLost("killed"))
    fault: Any = story.portions.fault
    assert (type(fault), fault.item, story.portions.done, story.ended) == (CallLost, 777, 777, 1)


def test_a_line_that_broke_ends_the_map_at_once() -> None:
    story = Map(range(1000))
    gone = SessionBroken("gone")
    story.lose(gone)
    story.lose(gone)
    assert (story.portions.fault, story.ended) == (gone, 1)
    # All futures that it ended share it: no item is named by it.
    assert not vars(gone)


def test_an_item_that_cannot_be_packed_fails_at_its_place() -> None:
    story = Map([*range(50), threading.Lock(), *range(50)])
    while story.out:
        story.serve()
    assert (story.portions.done, type(story.portions.fault), story.ended) == (50, TypeError, 1)


class Curious:
    """An item that has another thread ask for results while it is packed."""

    def __init__(self) -> None:
        self.asks: list[Any] = []
        self.answered: list[bool] = []

    def __reduce__(self) -> Any:
        asking = threading.Thread(target=self.asks[0], daemon=True)
        asking.start()
        asking.join(2)
        self.answered.append(not asking.is_alive())
        return int, (7,)


def test_while_an_item_is_packed_others_may_ask_for_results() -> None:
    curious = Curious()
    story = Map([*range(6_000), curious, *range(10)])
    curious.asks.append(lambda: story.portions.wait(0, 0))
    while story.out:
        story.serve()
    assert (story.portions.done, story.ended) == (6_011, 1)
    assert set(curious.answered) == {True}


def test_what_is_packed_when_a_map_is_cancelled_is_not_sent() -> None:
    curious = Curious()
    story = Map([*range(6_000), curious, *range(10)])
    curious.asks.append(story.portions.cancel)
    while story.out:
        portion = story.out[0]
        if portion.future.cancelled():
            story.out.pop(0)
        else:
            assert portion.stop <= 6_000
            story.serve()
    assert (type(story.portions.fault), story.ended) == (CancelledError, 1)


def test_a_map_that_is_cancelled_lets_go_of_what_has_not_begun() -> None:
    story = Map(range(1000))
    running, waiting = story.out
    running.future.set_running_or_notify_cancel()
    story.portions.cancel()
    assert waiting.future.cancelled()
    story.serve()
    assert (type(story.portions.fault), story.ended) == (CancelledError, 1)
    done = Map(range(10))
    while done.out:
        done.serve()
    done.portions.cancel()
    assert (done.portions.fault, done.portions.results) == (None, list(range(10)))


def test_a_map_over_nothing_is_through() -> None:
    story = Map([])
    assert (story.ended, story.portions.results, story.portions.wait(0, 0)) == (1, [], True)


@pytest.mark.parametrize("start", [0, 400])
def test_results_that_were_taken_are_not_kept(start: int) -> None:
    story = Map(range(1000))
    story.serve()
    assert story.portions.take(start) == list(range(start, 500))
    assert story.portions.results[start:500] == [None] * (500 - start)
