"""What is said of the time that a region takes still. How true it is over many labs: `python bench/estimates.py`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

from marx.core.estimate import BEGINNING_MS, PARTS, Churn, Course, last_items, remaining_ms, until_served_ms
from marx.core.events import CallsAdded, JobSubmitted, RegionOpened, WorkerJoined, WorkerReady

from .play import MS, Play, driver, ended, grants, number, with_driver

BENCH = Path(__file__).resolve().parents[2] / "bench"


def course(costs_ms: list[float], each: int = 10) -> Course:
    """After chunks of `each` items."""
    made = Course()
    for at in range(0, len(costs_ms), each):
        took_ns = int(MS * sum(costs_ms[at : at + each]))
        made.add(at, at + each, took_ns, took_ns)
    return made


def test_items_that_cost_the_same_are_foretold_without_doubt() -> None:
    item_ns, error = course([10.0] * 1_000).forecast(9_000, 5_500)
    assert item_ns == pytest.approx(10 * MS)
    assert error == pytest.approx(0.0, abs=1e-6)


def test_a_course_takes_the_same_memory_for_any_region() -> None:
    made = course([10.0] * 100_000)
    parts = made.parts()
    assert PARTS // 2 <= len(parts) <= PARTS
    assert sum(items for _, items, _ in parts) == 100_000
    assert 0 < parts[0][0] < parts[-1][0] < 1.1 * 100_000


@pytest.mark.parametrize("factor", [1, -1])
def test_a_trend_that_is_proven_goes_on(factor: int) -> None:
    chance = Random(1)
    costs = [(500 + factor * at / 4) * chance.uniform(0.8, 1.2) for at in range(400)]
    item_ns, _ = course(costs).forecast(600, 700)
    assert item_ns == pytest.approx((500 + factor * 700 / 4) * MS, rel=0.1)


def test_chance_is_not_taken_for_a_trend_and_its_doubt_is_told() -> None:
    said = []
    for seed in range(40):
        chance = Random(seed)
        item_ns, error = course([chance.expovariate(1 / 100) for _ in range(400)]).forecast(3_600, 2_200)
        said.append(abs(item_ns / (100 * MS) - 1) < 1.5 * error)
    assert sum(said) >= 32


def test_chunks_that_run_for_long_count_with_what_they_took_so_far() -> None:
    made = course([10.0] * 100)
    whole = made.with_running([(100, 110, 10 * 90.0 * MS)])
    assert whole.forecast(100, 50)[0] > made.forecast(100, 50)[0] == pytest.approx(10 * MS)


def test_time_between_chunks_counts() -> None:
    made = Course()
    made.add(0, 10, 90 * MS, 100 * MS)
    assert made.share_computed == pytest.approx(0.9)
    made.add(10, 20, 90 * MS, 1_000 * MS)
    assert made.share_computed == pytest.approx(0.9), "a jail that boots is paid once"


def test_how_much_items_differ_is_told_however_few_chunks_a_part_has() -> None:
    assert course([10.0] * 400).scatter == 0.0
    for items in (200, 3_000):
        chance = Random(items)
        scatters = [course([chance.expovariate(1 / 10) for _ in range(items)], 2).scatter for _ in range(40)]
        assert sum(scatters) / len(scatters) == pytest.approx(1.0, rel=0.25)


def test_the_more_slots_and_the_more_items_differ_the_longer_the_last_one_takes() -> None:
    assert last_items(0.0, 16) == pytest.approx(0.45)
    assert last_items(1.0, 16) == pytest.approx(2.38, abs=0.01)  # the largest of sixteen, less one
    assert last_items(0.0, 16) < last_items(1.0, 4) < last_items(1.0, 16) < last_items(3.0, 16)


def test_late_is_as_far_from_likely_as_little_is_known() -> None:
    assert remaining_ms(1_000.0, 0.0) == (1_000, 1_000)
    assert remaining_ms(1_000.0, 0.1)[1] == pytest.approx(1_136, abs=2)


def test_a_lab_that_stood_still_is_expected_to() -> None:
    churn = Churn()
    for slots in range(1, 20):
        churn.changed(slots, slots + 1, 0)
    assert churn.spread(60_000, 60_000) == 0.0
    churn.changed(20, 10, BEGINNING_MS)
    soon, later = (churn.spread(60_000, BEGINNING_MS + ms) for ms in (0, 3_600_000))
    assert soon > 0.1 > later > 0
    assert churn.spread(240_000, BEGINNING_MS) == pytest.approx(2 * soon)


@pytest.mark.parametrize(
    ("others", "ms"),
    [
        ([], 100),
        ([(50, 1_000)], 200),  # as much used as we: half of the time is theirs
        ([(0, 1_000)], 250),  # they go first until even
        ([(0, 20)], 120),
        ([(200, 1_000)], 100),  # they used more than we shall have: they wait
        ([(50, 1_000), (50, 10)], 210),
    ],
)
def test_others_get_what_is_theirs_meanwhile(others: list[tuple[float, float]], ms: float) -> None:
    """We have used 50 and want 100."""
    assert until_served_ms(100, 50, others) == pytest.approx(ms)


# --- on the board -----------------------------------------------------------------------------------------------------


def working(items: int) -> Play:
    """Region 0 of the job, 100 ms an item, and `a` with one slot that has done a few chunks."""
    play = with_driver()
    play.tell(WorkerReady("a", 1, 0, number(1)))
    (grant,) = grants(play.tell(RegionOpened(driver(1), 0, 0, items, 100 * MS)))
    at = 0
    for _ in range(8):
        at += (grant.stop - grant.start) * 100
        play.tell(ended(grant, (grant.stop - grant.start) * 100 * MS), at)
        (grant,) = grants(play.tell(WorkerReady("a", 1, 0, number(99)), at))
    return play


def likely_ms(play: Play) -> int:
    return play.scheduler.regions("job")[0].eta_p50_ms


def test_an_even_region_takes_what_is_left_of_it() -> None:
    play = working(1_000)
    (state,) = play.scheduler.regions("job")
    left = 1_000 - state.done
    slots = sum(worker.slots for worker in play.scheduler.workers())
    assert state.eta_p50_ms == pytest.approx(left * 100 / slots, rel=0.02)
    assert state.eta_p50_ms <= state.eta_p90_ms <= 1.1 * state.eta_p50_ms


def test_another_users_work_makes_it_later_and_another_worker_sooner() -> None:
    play = working(1_000)
    alone = likely_ms(play)
    play.tell(JobSubmitted("other", "bob", "3.11", session=True))
    play.tell(CallsAdded("other", 0, 0, 100_000, 100 * MS))
    shared = likely_ms(play)
    assert shared > 1.5 * alone
    play.tell(WorkerJoined("new", 4, 1, "3.11"))
    assert likely_ms(play) < shared / 1.5


def test_estimates_hold_in_simulated_labs() -> None:
    """Each kind of lab once: not enough to tell a half from a third, but that what is said is no nonsense."""
    code = f"import sys; sys.path.insert(0, {str(BENCH)!r}); import estimates; estimates.tell(1, 7)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    half, nine, error = map(float, done.stdout.splitlines()[-1].split()[-5:-2])
    assert 0.2 < half < 0.8 < nine
    assert error < 0.3
