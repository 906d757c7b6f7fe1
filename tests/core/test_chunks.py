"""The table of chunk states is exhaustive: every pair of state and move is either in it, or raises and changes
nothing."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

import marx.core.chunks
from marx.core.chunks import TRANSITIONS, BadMove, ChunkState, Move, after, diagram
from marx.core.state import Chunk

EXPECTED = """
    pending  lease       leased
    pending  cancel      cancelled
    leased   overtake    overtaken
    leased   finish      done
    leased   requeue     pending
    leased   retry       pending
    leased   quarantine  quarantined
    leased   cancel      cancelled
    overtaken finish     done
    overtaken cancel     cancelled
"""


def test_the_table_is_the_one_that_was_meant() -> None:
    rows = [" ".join(row.split()) for row in EXPECTED.strip().splitlines()]
    assert [f"{state} {move} {target}" for (state, move), target in TRANSITIONS.items()] == rows


@pytest.mark.parametrize(("state", "move"), list(itertools.product(ChunkState, Move)))
def test_every_pair_moves_or_raises_and_changes_nothing(state: ChunkState, move: Move) -> None:
    chunk = Chunk(number=0, start=0, stop=1, state=state)
    if (state, move) in TRANSITIONS:
        chunk.move(move)
        assert chunk.state is TRANSITIONS[state, move]
    else:
        with pytest.raises(BadMove, match=f"a {state} chunk has no move '{move}'"):
            chunk.move(move)
        assert chunk.state is state


def test_what_is_over_stays_over() -> None:
    for state in (ChunkState.DONE, ChunkState.QUARANTINED, ChunkState.CANCELLED):
        for move in Move:
            with pytest.raises(BadMove):
                after(state, move)


def test_every_state_can_be_reached_and_left_for_an_end() -> None:
    reached = {ChunkState.PENDING}
    for _ in ChunkState:
        reached |= {target for (state, _), target in TRANSITIONS.items() if state in reached}
    assert reached == set(ChunkState)


def test_the_design_shows_the_diagram() -> None:
    design = Path(marx.core.chunks.__file__).parents[1] / "DESIGN.md"
    assert diagram() in design.read_text()


def test_the_diagram_shows_every_transition() -> None:
    lines = diagram().splitlines()
    assert lines[0] == "stateDiagram-v2"
    assert "    LEASED --> PENDING: requeue" in lines
    assert len(lines) == 1 + 1 + len(TRANSITIONS) + 3
