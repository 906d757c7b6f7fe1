"""`marx why`: the table of causes. The first row that holds is the answer: one cause, its evidence, the next command.

Rows are in the order of what a person would want to hear first. `when` looks at a `Situation`; the texts may name its
attributes in braces. This table is the whole decision: nothing else in Marx says why.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from marx.cli.situation import SLOW_MS, Situation


@dataclass(frozen=True, slots=True)
class Row:
    """`code` is for programs and for the guide. `evidence` may have several lines."""

    code: str
    when: Callable[[Any], bool]
    cause: str
    evidence: str
    fix: str


@dataclass(frozen=True, slots=True)
class Cause:
    """An answer."""

    code: str
    cause: str
    evidence: tuple[str, ...]
    fix: str


def first_of(rows: Sequence[Row], situation: object) -> Cause:
    """The first row that holds. The last row of a table holds always."""
    row = next(row for row in rows if row.when(situation))
    cause, evidence, fix = (text.format(s=situation) for text in (row.cause, row.evidence, row.fix))
    return Cause(row.code, cause, tuple(line for line in evidence.splitlines() if line.strip()), fix)


def why_job(situation: Situation) -> Cause:
    return first_of(JOBS[situation.state], situation)


SCHEDULED = (
    Row(
        "scheduled-again",
        lambda s: bool(s.facts.terms.cron),
        "it is a schedule, whose next time has not come",
        "next: {s.due}\ncron: {s.facts.terms.cron} ({s.facts.terms.zone})",
        "marx history   (the jobs that it began); marx cancel {s.job}   (to end it)",
    ),
    Row(
        "scheduled", lambda s: True, "its time has not come", "due: {s.due}", "marx cancel {s.job}   (to have it never)"
    ),
)

PAUSED = (
    Row(
        "paused",
        lambda s: True,
        "somebody paused it: nothing more of it is given out",
        "{s.running} chunks still run to their end",
        "marx resume {s.job}",
    ),
)

QUEUED = (
    Row(
        "coming-back",
        lambda s: "come back" in s.facts.waits_for,
        "the distributor was started anew and gives the workers that ran it a moment to come back",
        "{s.facts.waits_for}",
        "marx watch {s.job}",
    ),
    Row(
        "no-worker",
        lambda s: not s.here,
        "no worker is connected",
        "waits for {s.waited}",
        "marx worker   (on a machine that can be lent)",
    ),
    Row(
        "all-set-aside",
        lambda s: s.some_lack("it is set-aside"),
        "every worker that could run it was set aside",
        "{s.lacking}",
        "marx why WORKER   (for each of them)",
    ),
    Row(
        "all-draining",
        lambda s: s.some_lack("it is draining"),
        "every worker that could run it takes nothing more",
        "{s.lacking}",
        "marx workers",
    ),
    Row(
        "all-lost",
        lambda s: s.is_gone,
        "every worker that could run it is gone",
        "{s.gone}\nwaits for {s.waited}",
        "marx workers",
    ),
    Row(
        "wrong-python",
        lambda s: s.all_lack("it has Python"),
        "no worker has its Python version",
        "it needs Python {s.facts.python}; workers have {s.pythons}",
        "marx worker   (with that Python), or submit it with one of theirs",
    ),
    Row(
        "missing-package",
        lambda s: s.some_lack("it has no ") or (s.some_lack("it has ") and not s.all_lack("it has Python")),
        "no worker has the packages that it imports, in its versions",
        "{s.lacking}",
        "install them on a worker, or: marx submit --packages any {s.script}",
    ),
    Row(
        "no-such-worker",
        lambda s: s.some_lack("it is not "),
        "no worker that it asks for by name is here",
        "{s.lacking}",
        "marx workers",
    ),
    Row(
        "nowhere",
        lambda s: s.some_lack("not so there"),
        "no worker is as it asks for",
        "--where {s.facts.terms.where}\n{s.lacking}",
        "marx workers   (what they are), then submit it with another --where",
    ),
    Row(
        "behind",
        lambda s: s.behind > 0,
        "{s.behind} jobs have their turn before it",
        "before it: {s.ahead}\nwaits for {s.waited}",
        "marx ps; next time: marx submit --priority 1 {s.script}",
    ),
    Row(
        "no-seat",
        lambda s: True,
        "every worker that could run it has as many drivers as it takes",
        "could run it: {s.suited}\nwaits for {s.waited}",
        "marx ps",
    ),
)

RUNNING = (
    Row(
        "driver-restarting",
        lambda s: not s.facts.driver,
        "its driver was lost and begins anew; finished regions are not run again",
        "{s.last_loss}\n{s.facts.waits_for}",
        "marx logs {s.job}",
    ),
    Row(
        "given-up",
        lambda s: bool(s.facts.given_up),
        "some items failed in chunks too often, so the driver computes them itself, one after the other",
        "{s.given_up}",
        "marx logs {s.job}",
    ),
    Row(
        "nobody-left",
        lambda s: bool(s.open_regions) and not s.running and not s.facts.suited,
        "no worker is left that its chunks could run on",
        "{s.region}\n{s.lacking}",
        "marx workers",
    ),
    Row(
        "waits-for-slots",
        lambda s: bool(s.open_regions) and not s.running and s.behind > 0,
        "its chunks wait for slots that other jobs have",
        "{s.region}\nbefore it: {s.ahead}",
        "marx ps",
    ),
    Row(
        "straggler",
        lambda s: s.late is not None,
        "one chunk takes far longer than the others; another worker gets it too when one is free",
        "{s.late_chunk}\n{s.region}",
        "marx watch {s.job}",
    ),
    Row(
        "losing-chunks",
        lambda s: s.requeued > 2,
        "chunks were lost or failed and had to be run again",
        "{s.requeued} requeued\nlast: {s.last_loss}",
        "marx workers   (which one loses them)",
    ),
    Row(
        "measuring",
        lambda s: s.measuring,
        "it is measured how long an item takes",
        "{s.region}\n{s.running} chunks run",
        "marx watch {s.job}",
    ),
    Row(
        "on-its-way",
        lambda s: bool(s.open_regions),
        "its chunks run",
        "{s.region}\n{s.remaining}\n{s.running} chunks run on {s.facts.workers} workers",
        "marx watch {s.job}",
    ),
    Row(
        "refused-to-split",
        lambda s: s.finding is not None and not s.was_split,
        "it runs in one process: what repeats work cannot be shown to be safe to split",
        "{s.finding_text}\nruns for {s.took}",
        "marx explain {s.script}",
    ),
    Row(
        "between-regions",
        lambda s: True,
        "its driver runs what comes one after the other; nothing is out in chunks now",
        "runs for {s.took} at {s.facts.driver}",
        "marx explain {s.script}",
    ),
)

FAILED = (
    Row(
        "timed-out",
        lambda s: s.exit_code == 124,
        "it ran longer than its limit",
        "limit: {s.limit}\nran for {s.took}",
        "marx submit --timeout LONGER {s.script}; marx logs {s.job}   (how far it came)",
    ),
    Row(
        "out-of-memory",
        lambda s: s.says("(memory)"),
        "its driver needed more memory than a worker gives one attempt",
        "{s.reason}",
        "marx submit --where 'memory >= 32G' {s.script}",
    ),
    Row(
        "killed",
        lambda s: s.says("killed their sandbox"),
        "every attempt at its driver died in its sandbox",
        "{s.reason}",
        "marx logs {s.job}; marx run {s.script}   (to see it die here)",
    ),
    Row(
        "no-sandbox",
        lambda s: s.says("no worker could run its driver"),
        "no worker could run its driver",
        "{s.reason}",
        "marx doctor   (on a worker)",
    ),
    Row(
        "policy",
        lambda s: s.says("language policy"),
        "the owner of the worker does not lend it to such programs",
        "{s.reason}",
        "marx explain -v {s.script}   (which lines), or --worker another one",
    ),
    Row(
        "not-repeatable",
        lambda s: s.says("MX901"),
        "its driver was lost, and when it ran again the program did not do the same again",
        "{s.reason}\n{s.last_loss}",
        "marx retry {s.job}",
    ),
    Row(
        "too-much-output",
        lambda s: s.says("MX902"),
        "it printed more than a job may",
        "{s.reason}",
        "let it write into a file instead; its operator can raise output_bytes_max",
    ),
    Row(
        "bad-region",
        lambda s: s.says("MX903") or s.says("MX904"),
        "its driver described a loop that cannot be cut into chunks",
        "{s.reason}",
        "marx submit --no-split {s.script}",
    ),
    Row(
        "bad-files",
        lambda s: s.says("MX905"),
        "the files that it left cannot be kept",
        "{s.reason}",
        "let it write fewer or smaller files, or one archive",
    ),
    Row("failed", lambda s: True, "it could not be run to its end", "{s.reason}\n{s.last_loss}", "marx logs {s.job}"),
)

CANCELLED = (
    Row(
        "tasker-left",
        lambda s: s.says("on-disconnect"),
        "nobody followed it any more, and it was to end then",
        "{s.reason}",
        "marx retry {s.job}",
    ),
    Row(
        "missed",
        lambda s: s.says("no distributor ran"),
        "its time passed while no distributor ran, and it was not to be made up for",
        "{s.reason}",
        "marx retry {s.job}; next time: --missed run",
    ),
    Row(
        "cancelled",
        lambda s: True,
        "somebody cancelled it",
        "after {s.took}",
        "marx results {s.job}; marx retry {s.job}",
    ),
)

DONE = (
    Row(
        "missing-module",
        lambda s: s.exit_code == 1 and s.wrote("ModuleNotFoundError"),
        "the program imports a module that was not there",
        "{s.last_line}\n{s.place}",
        "marx submit -v {s.script}   (what is sent); --data PATH sends more; packages must be installed on the workers",
    ),
    Row(
        "missing-file",
        lambda s: s.exit_code == 1 and s.wrote("FileNotFoundError"),
        "the program opened a file that was not there",
        "{s.last_line}\n{s.place}",
        "marx submit --data PATH {s.script}",
    ),
    Row(
        "memory-error",
        lambda s: s.wrote("MemoryError"),
        "the program ran out of the memory that its sandbox has",
        "{s.last_line}\n{s.place}",
        "marx submit --where 'memory >= 32G' {s.script}",
    ),
    Row(
        "died-of-a-signal",
        lambda s: s.exit_code > 128,
        "the program died of a signal, as it would under python",
        "exit code {s.exit_code} (128 + the signal's number)\n{s.last_line}",
        "marx results {s.job}",
    ),
    Row(
        "exception",
        lambda s: s.exit_code != 0 and s.place != "no traceback",
        "the program ended with an exception of its own",
        "{s.last_line}\n{s.place}",
        "marx results {s.job}; marx retry {s.job}",
    ),
    Row(
        "exit-code",
        lambda s: s.exit_code != 0,
        "the program ended with an exit code of its own",
        "exit code {s.exit_code}\n{s.last_line}",
        "marx results {s.job}",
    ),
    Row(
        "mail-given-up",
        lambda s: s.mail_is("given up"),
        "it is done, but its mail could not be sent",
        "{s.mail}",
        "tell the operator of the distributor; marx results {s.job}",
    ),
    Row(
        "mail-waits",
        lambda s: s.mail_is("queued"),
        "it is done, and its mail waits for the mail server",
        "{s.mail}",
        "marx show {s.job}   (it is tried again)",
    ),
    Row(
        "was-not-split",
        lambda s: s.took_ms >= SLOW_MS and not s.was_split and s.finding is not None,
        "it is done; it took its time because what repeats work could not be shown to be safe to split",
        "{s.finding_text}\ntook {s.took}",
        "marx explain {s.script}",
    ),
    Row(
        "was-not-worth-it",
        lambda s: s.took_ms >= SLOW_MS and not s.was_split,
        "it is done; it took its time in one process, because nothing in it was worth sending away",
        "took {s.took}",
        "marx explain {s.script}",
    ),
    Row(
        "lost-chunks",
        lambda s: s.requeued > 0,
        "it is done; some chunks were lost or failed on the way and were run again",
        "{s.requeued} requeued\nlast: {s.last_loss}",
        "marx logs {s.job}",
    ),
    Row(
        "much-in-the-driver",
        lambda s: s.took_ms >= SLOW_MS and s.much_in_place,
        "it is done; much of what could have run in chunks was computed in the driver",
        "{s.in_place}\ntook {s.took}",
        "marx logs {s.job}",
    ),
    Row("done", lambda s: True, "it is done, and nothing was amiss", "took {s.took}", "marx results {s.job}"),
)

JOBS = {
    "scheduled": SCHEDULED,
    "paused": PAUSED,
    "queued": QUEUED,
    "running": RUNNING,
    "failed": FAILED,
    "cancelled": CANCELLED,
    "done": DONE,
}
