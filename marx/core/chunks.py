"""The states of a chunk, as a table.

Owns which move is legal in which state and nothing else: who may run a chunk, when, and whose fault an ending is are
other files' questions. What is not in the table raises and changes nothing; the diagram in the docs is printed from
it.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class ChunkState(StrEnum):
    """A chunk exists from its first cut on, so there is no state for items that are still uncut."""

    PENDING = "pending"
    LEASED = "leased"
    OVERTAKEN = "overtaken"
    DONE = "done"
    QUARANTINED = "quarantined"
    CANCELLED = "cancelled"


class Move(StrEnum):
    """What can happen to a chunk."""

    LEASE = "lease"
    OVERTAKE = "overtake"
    FINISH = "finish"
    REQUEUE = "requeue"
    RETRY = "retry"
    QUARANTINE = "quarantine"
    CANCEL = "cancel"


P, L, V, D, Q, C = ChunkState

TRANSITIONS: Mapping[tuple[ChunkState, Move], ChunkState] = MappingProxyType(
    {
        (P, Move.LEASE): L,
        (P, Move.CANCEL): C,
        (L, Move.OVERTAKE): V,  # it is late: its items are cut anew for others, and the first outcome wins
        (L, Move.FINISH): D,
        (L, Move.REQUEUE): P,  # nobody's fault, not charged
        (L, Move.RETRY): P,  # charged
        (L, Move.QUARANTINE): Q,
        (L, Move.CANCEL): C,
        (V, Move.FINISH): D,
        (V, Move.CANCEL): C,
    }
)


class BadMove(Exception):
    """A move that the table does not have: a fault of the scheduler itself."""


def after(state: ChunkState, move: Move) -> ChunkState:
    """The state that `move` leads to from `state`."""
    try:
        return TRANSITIONS[state, move]
    except KeyError:
        raise BadMove(f"a {state} chunk has no move {move.value!r}; see TRANSITIONS in marx/core/chunks.py") from None


def diagram() -> str:
    """The table as a Mermaid state diagram."""
    final = [state for state in ChunkState if all(source is not state for source, _ in TRANSITIONS)]
    lines = ["stateDiagram-v2", f"    [*] --> {ChunkState.PENDING.name}: cut"]
    lines += [f"    {source.name} --> {target.name}: {move.value}" for (source, move), target in TRANSITIONS.items()]
    lines += [f"    {state.name} --> [*]" for state in final]
    return "\n".join(lines) + "\n"
