"""Throws hostile bytes at the decoders and keeps what should not have happened."""

from __future__ import annotations

import itertools
import time
import traceback
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from random import Random

from tests.fuzz.decoders import DECODERS, Decoder
from tests.fuzz.mutate import mutated

SLOW_S = 2.0
"""One input that computes this long is a way to stop a service; honest ones take microseconds."""


@dataclass(frozen=True, slots=True)
class Breach:
    """An input that did harm."""

    decoder: str
    data: bytes
    story: str


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of the inputs of one decoder."""

    decoder: str
    inputs: int
    refused: int


def inputs(seed: int) -> Iterator[tuple[Decoder, bytes]]:
    """For ever, the decoders in turn."""
    chance = Random(seed)
    for decoder in itertools.cycle(DECODERS):
        yield decoder, mutated(chance.choice(decoder.seeds), chance.choice(chance.choice(DECODERS).seeds), chance)


def hammer(count: int, seed: int) -> tuple[list[Tally], list[Breach]]:
    """Tries that many inputs. A breach is any exception but the declared one, and any that is much too slow."""
    breaches: list[Breach] = []
    tried = dict.fromkeys((decoder.name for decoder in DECODERS), 0)
    refused = dict(tried)
    for decoder, data in itertools.islice(inputs(seed), count):
        tried[decoder.name] += 1
        began = time.thread_time()
        try:
            decoder.read(data)
        except decoder.error:
            refused[decoder.name] += 1
        except Exception:
            breaches.append(Breach(decoder.name, data, traceback.format_exc(limit=-3)))
        if time.thread_time() - began > SLOW_S:
            breaches.append(Breach(decoder.name, data, f"computed for more than {SLOW_S} s"))
    return [Tally(name, tried[name], refused[name]) for name in tried], breaches


def honest_inputs_pass(decoders: Iterable[Decoder] = DECODERS) -> None:
    """The control: what the mutations begin from is understood. Raises what a decoder raises."""
    for decoder in decoders:
        for seed in decoder.seeds[:1]:
            decoder.read(seed)
