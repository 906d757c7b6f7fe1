"""Deadlines come in order, once, and only the last word on a key counts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from marx.core.deadlines import Deadlines, Key

KEYS: list[Key] = [("worker", "a", 0), ("tail", "job", 1), ("age", "job", 0)]
DEEDS = st.lists(
    st.tuples(st.sampled_from(["set", "advance", "cancel", "take"]), st.sampled_from(KEYS), st.integers(0, 20)),
    max_size=60,
)


@given(DEEDS)
def test_deadlines_are_a_table_of_due_times(deeds: list[tuple[str, Key, int]]) -> None:
    deadlines, model = Deadlines(), dict[Key, int]()
    for deed, key, when in deeds:
        match deed:
            case "set":
                deadlines.set(key, when)
                model[key] = when
            case "advance":
                deadlines.advance(key, when)
                model[key] = min(model.get(key, when), when)
            case "cancel":
                deadlines.cancel(key)
                model.pop(key, None)
            case _:
                due = {key for key, at in model.items() if at <= when and at == min(model.values())}
                taken = deadlines.take(when)
                assert taken in due if due else taken is None
                model.pop(taken, None)  # type: ignore[arg-type]
        assert deadlines.next_ms() == min(model.values(), default=None)
        assert set(deadlines) == set(model)


def test_a_key_that_is_set_and_cancelled_for_ever_does_not_grow_the_heap() -> None:
    deadlines = Deadlines()
    for when in range(1000):
        deadlines.set(KEYS[0], when + 10)
        deadlines.cancel(KEYS[0])
        deadlines.set(KEYS[0], when + 20)
        deadlines.next_ms()
    assert len(deadlines._heap) <= 2
