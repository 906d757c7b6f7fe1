"""The worker's pure parts, each by itself."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import pytest

import marx
from marx.core.settings import Settings
from marx.link.options import RECONNECT_MAX_MS
from marx.link.pauses import Pauses
from marx.wire.codec import content
from marx.wire.limits import SLOTS_MAX
from marx.wire.messages import VERSION, Closed, Content, Opened, Planned, Program, Welcome
from marx.worker import verdicts
from marx.worker.briefs import Briefs
from marx.worker.greeting import PAUSE_MAX_S, Greeting
from marx.worker.loading import begin, hash_seed, load
from marx.worker.settings import WorkerSettings
from marx.worker.shelf import Shelf
from marx.worker.spec import homes_to_show, jail_spec
from marx.worker.transcript import PIECE_BYTES, STDERR, STDOUT, Transcript
from sandbox import FileIn, Outcome, Verdict
from tests.worker.model import chunk, driver, program


def blob(name: str, size: int) -> Content:
    return Content(name * 64, size)


# --- which blobs may go -----------------------------------------------------------------------------------------------


def test_what_is_held_stays_and_the_longest_unused_goes_first() -> None:
    shelf = Shelf(unused_bytes_max=100)
    a, b, c = blob("a", 60), blob("b", 60), blob("c", 30)
    shelf.hold([a, b, c, content(b"inline ones do not count")])
    assert shelf.release([a]) == []
    assert shelf.release([b]) == [a.hash]
    assert shelf.release([c]) == []


def test_a_blob_is_held_as_often_as_it_is_needed() -> None:
    shelf = Shelf(unused_bytes_max=0)
    a = blob("a", 1)
    shelf.hold([a])
    shelf.hold([a])
    assert shelf.release([a]) == []
    assert shelf.release([a]) == [a.hash]


def test_what_is_needed_again_is_not_unused_any_more() -> None:
    shelf = Shelf(unused_bytes_max=100)
    a, b = blob("a", 60), blob("b", 60)
    assert shelf.found(a.hash, a.size) == []
    shelf.hold([a, b])
    assert shelf.release([b]) == []
    assert shelf.found(a.hash, a.size) == []


# --- when to say Hello ------------------------------------------------------------------------------------------------

WELCOME = Welcome(VERSION, heartbeat_ms=2000, lease_ms=10_000)


def test_hello_is_said_at_once_and_then_after_growing_pauses() -> None:
    greeting = Greeting()
    pauses, now_s = [], 0.0
    for _ in range(7):
        assert greeting.due(now_s, reconnected=False)
        greeting.said(now_s, chance=0.5)
        later_s = now_s
        while not greeting.due(later_s, reconnected=False):
            later_s += 0.5
        pauses.append(later_s - now_s)
        now_s = later_s
    assert pauses == [1, 2, 3, 3, 3, 3, 3]


def test_a_worker_is_back_before_a_distributor_that_was_started_again_gives_it_up() -> None:
    longest_ms = RECONNECT_MAX_MS + 1000 * Pauses(PAUSE_MAX_S, PAUSE_MAX_S).next_s(chance=1)
    assert longest_ms < Settings().settle_ms


def test_a_welcomed_worker_greets_again_after_a_reconnect_or_a_silence() -> None:
    greeting = Greeting()
    greeting.said(0, chance=0.5)
    greeting.welcomed(WELCOME, 0)
    assert not greeting.due(9, reconnected=False)
    greeting.heard(9)
    assert not greeting.due(18, reconnected=False)
    # Ten seconds without a word are a lost distributor, and so is a connection that was made anew.
    assert greeting.due(19.5, reconnected=False)
    greeting.welcomed(WELCOME, 20)
    assert greeting.due(20.5, reconnected=True)


# --- what chunks refer to ---------------------------------------------------------------------------------------------


def test_a_brief_completes_later_chunks_and_names_its_contents_once() -> None:
    briefs = Briefs()
    first, later = chunk(1, "source"), chunk(2)
    assert briefs.complete(later) is None
    assert len(briefs.learn(first, now_s=0)) == 2
    assert briefs.learn(first, now_s=0) == []
    work = briefs.complete(later)
    assert work is not None
    assert (work.program, work.captures) == (first.program, first.captures)
    # What has arrived is not awaited again, but for a chunk's own items.
    assert len(briefs.awaited(work)) == 2
    briefs.arrived(work)
    assert briefs.awaited(work) == []


def test_a_job_is_forgotten_when_it_has_been_unused_and_holds_no_lease() -> None:
    briefs = Briefs()
    briefs.learn(chunk(1, "source", job="old"), now_s=0)
    briefs.learn(chunk(2, "source", job="held"), now_s=0)
    briefs.learn(chunk(3, "source", job="new"), now_s=5)
    assert len(briefs.forget_unused(used_before_s=1, jobs_held={"held"})) == 2
    known = [job for job in ("old", "held", "new") if briefs.complete(chunk(4, job=job)) is not None]
    assert known == ["held", "new"]


# --- what a driver said -----------------------------------------------------------------------------------------------

LEASE = driver(1, "").lease


def opened(region: int) -> Opened:
    return Opened(LEASE, region, f"{region}.0", 0, 1, 0, 5, "d", content(b""), 1, 0, 1)


def test_output_is_handed_out_once_and_again_from_the_start_after_a_reconnect() -> None:
    transcript = Transcript(LEASE)
    transcript.print(STDOUT, b"x" * PIECE_BYTES + b"yz")
    transcript.print(STDERR, b"err")
    pieces = [transcript.next_output(STDOUT) for _ in range(3)]
    assert [piece and (piece.offset, len(piece.data)) for piece in pieces] == [
        (0, PIECE_BYTES),
        (PIECE_BYTES, 2),
        None,
    ]
    transcript.print(STDOUT, b"!")
    assert (piece := transcript.next_output(STDOUT)) is not None
    assert (piece.offset, piece.data) == (PIECE_BYTES + 2, b"!")
    transcript.again()
    assert (piece := transcript.next_output(STDOUT)) is not None
    assert (piece.offset, len(piece.data)) == (0, PIECE_BYTES)
    assert transcript.output_bytes == PIECE_BYTES + 6
    transcript.close()


def test_open_regions_are_told_again_and_closed_ones_only_as_closed() -> None:
    transcript = Transcript(LEASE)
    planned, closed = Planned(LEASE, b"{}"), Closed(LEASE, 0, 5, 0)
    for message in (planned, opened(0), closed, opened(1)):
        transcript.keep(message)
    assert transcript.again() == [planned, closed, opened(1)]
    transcript.close()


# --- what a jail is given ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "seed"), [({}, "0"), ({"PYTHONHASHSEED": "42"}, "42"), ({"PYTHONHASHSEED": "random"}, "0")]
)
def test_the_hash_seed_is_the_taskers_where_it_is_a_number(asked: dict[str, str], seed: str) -> None:
    assert hash_seed(program("", environment=asked)) == seed


@pytest.mark.parametrize("seed", ["", "-1", str(1 << 32), "٣", "1.0"])
def test_what_python_would_refuse_as_a_seed_is_not_passed_on(seed: str) -> None:
    assert hash_seed(program("", environment={"PYTHONHASHSEED": seed})) == "0"


def test_a_jail_sees_the_packages_that_its_interpreter_would_not_find_and_nothing_beside_them() -> None:
    home = Path(marx.__file__).parent.parent
    assert homes_to_show() == (str(home / "marx"), str(home / "sandbox"))
    assert homes_to_show(("json", "marx", "sandbox", "no_such_module_at_all")) == homes_to_show()
    assert jail_spec(WorkerSettings(name="w")).path == (str(home),)


def test_owner_settings_reach_the_jail() -> None:
    settings = WorkerSettings(name="w", waive=frozenset(("landlock",)), embedded=True, policy="static", slots=3)
    spec = jail_spec(settings, "7")
    assert (spec.entry, spec.preload) == ("marx.inside.entry:main", ("marx.inside.entry", "sandbox.policy"))
    assert (spec.hash_seed, spec.waive, spec.nice, spec.python) == (
        "7",
        frozenset(("landlock",)),
        False,
        sys.executable,
    )
    assert (settings.seats, settings.warm) == (5, 4)
    assert WorkerSettings(name="w", slots=SLOTS_MAX).seats == SLOTS_MAX
    begun = begin(program(""), "chunk", settings, lambda path: f"/jail{path}")
    assert begun.policy
    assert (begun.folder, begun.script) == ("/jail/home/user/work", "/jail/home/user/work/program.py")
    assert begun.argv == ["/jail/home/user/work/program.py"]


def test_inline_files_are_given_as_bytes_and_blobs_as_paths() -> None:
    one, big, stdin = content(b"small"), blob("b", 100_000), content(b"typed")
    made = program("code", files={"/a": one, "/b": big})
    given = load(
        Program(**{name: getattr(made, name) for name in made.__struct_fields__} | {"stdin": stdin}),
        lambda hash: Path("/cache") / hash,
        driver=True,
    )
    script = FileIn("/home/user/work/program.py", b"code")
    assert given.files == (script, FileIn("/a", b"small"), FileIn("/b", Path("/cache") / big.hash))
    assert (given.stdin, given.collect, given.folder) == (b"typed", True, "/home/user/work")


# --- how jails end ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("verdict", list(Verdict))
def test_every_end_of_a_chunks_jail_is_a_loss_with_a_reason(verdict: Verdict) -> None:
    ending = verdicts.of_chunk(Outcome(verdict=verdict))
    assert ending.verdict in {"killed", "timeout", "memory", "failed", "sandbox"}
    assert ending.reason


@pytest.mark.parametrize(
    ("outcome", "verdict", "exit_code"),
    [
        (Outcome(verdict=Verdict.EXITED, exit_code=3), "exited", 3),
        (Outcome(verdict=Verdict.SIGNAL, signal=signal.SIGSEGV), "exited", 139),
        (Outcome(verdict=Verdict.MEMORY, exit_code=1, reason="hit the cap"), "exited", 1),
        (Outcome(verdict=Verdict.SIGNAL, signal=signal.SIGKILL), "exited", 137),
        (Outcome(verdict=Verdict.KILLED, signal=signal.SIGKILL), "killed", 0),
        (Outcome(verdict=Verdict.DISK, signal=signal.SIGKILL), "failed", 0),
        (Outcome(verdict=Verdict.MEMORY, signal=signal.SIGKILL), "memory", 0),
        (Outcome(verdict=Verdict.TIMEOUT_CPU), "timeout", 0),
        (Outcome(verdict=Verdict.SANDBOX_ERROR), "sandbox", 0),
    ],
)
def test_a_drivers_own_end_is_its_result(outcome: Outcome, verdict: str, exit_code: int) -> None:
    ending = verdicts.of_driver(outcome)
    assert (ending.verdict, ending.exit_code) == (verdict, exit_code)
