"""A worker says which tier it has proven, lends nothing below what its owner accepts, and renames what it had to."""

from __future__ import annotations

import gevent
import pytest

import sandbox
from marx.wire.codec import content
from marx.wire.messages import ChunkDone
from marx.wire.tiers import TIERS, is_at_least
from marx.worker.chunks import shortest
from marx.worker.jails import WarmJails, demand
from marx.worker.renaming import Renaming
from marx.worker.settings import WorkerSettings, cpus_usable
from marx.worker.spec import jail_spec
from tests.worker.conftest import ENTRY, StartWorker
from tests.worker.model import Model, chunk


def test_wire_and_sandbox_have_the_same_tiers() -> None:
    assert tuple(sandbox.Tier) == TIERS


@pytest.mark.parametrize(
    ("tier", "wanted", "will_do"),
    [
        ("isolated+", "isolated", True),
        ("isolated", "isolated", True),
        ("isolated", "isolated+", False),
        ("guarded", "isolated", False),
        ("unproven", "guarded", False),
        ("unproven", "none", True),
        ("anything", "", True),
    ],
)
def test_a_job_that_wants_a_tier(tier: str, wanted: str, will_do: bool) -> None:
    assert is_at_least(tier, wanted) is will_do


def jails(**others: object) -> tuple[WarmJails, list[str]]:
    log: list[str] = []
    settings = WorkerSettings(name="w", slots=1, entry=ENTRY, warm=0, **others)  # type: ignore[arg-type]
    return WarmJails(settings, lambda *words: log.append(f"{words[1]} {dict(words[2])}")), log


def test_what_was_proven_is_said_and_logged() -> None:
    warm, log = jails()
    assert warm.tier == "unproven"
    warm.prove()
    assert warm.tier in ("isolated", "isolated+")
    assert warm.tier in log[0]


def test_less_than_the_owner_accepts_is_not_lent() -> None:
    proof = sandbox.Proof(sandbox.Tier.ISOLATED, (), (sandbox.LayerState("mounts", raised=False, why="gone"),))
    demand(proof, "isolated")
    with pytest.raises(
        sandbox.WeakTier, match=r'proves the tier "isolated", and "isolated\+" is demanded: mounts: gone'
    ):
        demand(proof, "isolated+")


def test_a_jail_with_other_layers_than_were_proven_is_proven_anew() -> None:
    warm, log = jails()
    warm.prove()
    asked: list[str] = []
    warm.changed = lambda: asked.append(warm.tier)
    warm._proof = sandbox.Proof(sandbox.Tier.ISOLATED, (), (sandbox.LayerState("mounts", raised=False, why="gone"),))
    warm.take("0").close()
    warm.close()
    assert asked == [warm.tier]
    assert [line.split(" {")[0] for line in log] == ["proven", "layers changed", "proven"]


def test_a_jail_that_boots_is_waited_for_and_no_other_started_beside_it() -> None:
    settings = WorkerSettings(name="w", slots=1, entry=ENTRY, embedded=True)
    first = sandbox.start(jail_spec(settings))
    warm = WarmJails(settings, lambda *_: None, first)
    booting = gevent.spawn(warm.boot_one)
    gevent.sleep(0)
    taken = warm.take("0")
    warm.close()
    assert booting.dead
    assert taken is first
    taken.close()


def test_a_lent_host_tells_its_tier(model: Model, start_worker: StartWorker) -> None:
    start_worker(embedded=False)
    assert model.hellos.get().sandbox in ("isolated", "isolated+")


def test_an_embedded_one_has_proven_nothing(model: Model, start_worker: StartWorker) -> None:
    start_worker()
    assert model.hellos.get().sandbox == "unproven"


# --- the owner's limits -----------------------------------------------------------------------------------------------


def test_slots_take_one_processor_each_in_turn() -> None:
    settings = WorkerSettings(name="w", slots=3, cpus=(0, 5))
    assert [settings.cpus_of(slot) for slot in range(3)] == [(0,), (5,), (0,)]
    assert WorkerSettings(name="w", slots=3).cpus_of(1) == ()


@pytest.mark.parametrize(("timeouts", "found"), [((0, 0), 0), ((5, 0), 5), ((0, 7), 7), ((5, 7), 5), ((9, 7), 7)])
def test_the_shorter_time_counts(timeouts: tuple[int, int], found: int) -> None:
    assert shortest(*timeouts) == found


def test_a_chunk_runs_on_its_slots_processor(model: Model, start_worker: StartWorker) -> None:
    cpu = cpus_usable()[-1]
    start_worker(cpus=(cpu,))
    source = "import os\ndef compute(run):\n    return repr(os.sched_getaffinity(0)).encode()\n"
    model.hellos.get()
    model.say(chunk(1, source))
    assert model.next(ChunkDone).values == content(repr({cpu}).encode())


def test_the_owners_time_ends_a_chunk(model: Model, start_worker: StartWorker) -> None:
    start_worker(chunk_timeout_ms=100)
    model.hellos.get()
    model.say(chunk(1, "def compute(run):\n    while True: pass\n"))
    done = model.next(ChunkDone)
    assert (done.verdict, "after 100 ms" in done.reason) == ("timeout", True)


# --- names ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
def test_names_are_found_however_the_output_is_cut(size: int) -> None:
    text = b"in /tmp/jail-1/work/x and /tmp/jail-1/wor, /tmp/jail-1/work: /tmp/jail-/tmp/jail-1/work /tmp/ja"
    renaming = Renaming("/tmp/jail-1/work", "/home/ann")
    said = b"".join(renaming.feed(text[at : at + size]) for at in range(0, len(text), size)) + renaming.finish()
    assert said == text.replace(b"/tmp/jail-1/work", b"/home/ann")


def test_nothing_is_held_back_without_need() -> None:
    assert Renaming("/a", "/a").feed(b"x /") == b"x /"
    renaming = Renaming("/tmp/jail", "/home")
    assert renaming.feed(b"prompt> ") == b"prompt> "
    assert renaming.feed(b"at /tm") == b"at "
    assert renaming.feed(b"x") == b"/tmx"
