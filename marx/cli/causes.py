"""`marx why`: the table of causes. The first row that holds is the answer: one cause, its evidence, the next command.

Rows are in the order of what a person would want to hear first. `when` looks at a `Situation`; the texts may name its
attributes in braces. These tables (ended jobs, chunks and workers have files of their own) are the whole decision:
nothing else in Marx says why.
"""

from __future__ import annotations

from marx.cli.cause import Cause, Row, first_of
from marx.cli.causes_of_ended import CANCELLED, DONE, FAILED
from marx.cli.situation import Situation


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
        "{s.chunks_running} still under way",
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
        "before it: {s.ahead}\nwaits for {s.waited}\n{s.free_in}",
        "marx ps; next time: marx submit --priority 1 {s.script}",
    ),
    Row(
        "no-seat",
        lambda s: True,
        "every worker that could run it has as many drivers as it takes",
        "could run it: {s.suited}\nwaits for {s.waited}\n{s.free_in}",
        "marx ps",
    ),
)

RUNNING = (
    Row(
        "session",
        lambda s: s.facts.session and not s.open_regions,
        "it is a session of a Python process, which has no calls out now",
        "open for {s.took}",
        "end that process, or: marx cancel {s.job}",
    ),
    Row(
        "driver-coming-back",
        lambda s: "come back" in s.facts.waits_for,
        "the distributor was started anew and gives the worker of its driver a moment to come back with it",
        "{s.facts.waits_for}",
        "marx watch {s.job}",
    ),
    Row(
        "no-worker-left",
        lambda s: not s.facts.driver and not s.facts.session and not s.here,
        "no worker is connected any more; what is finished is kept",
        "{s.last_loss}",
        "marx worker   (on a machine that can be lent)",
    ),
    Row(
        "driver-restarting",
        lambda s: not s.facts.driver and not s.facts.session,
        "its driver ended early or was lost, and begins anew; finished regions are not run again",
        "{s.last_driver_loss}\n{s.facts.waits_for}",
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
        "one chunk takes far longer than the others; others get its items when they have a free slot",
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
        "{s.region}\n{s.chunks_running} under way",
        "marx watch {s.job}",
    ),
    Row(
        "on-its-way",
        lambda s: bool(s.open_regions),
        "its chunks run",
        "{s.region}\n{s.remaining}\n{s.chunks_running} under way on {s.workers_busy}",
        "marx watch {s.job}",
    ),
    Row(
        "refused-to-split",
        lambda s: s.finding is not None and not s.facts.reports,
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

JOBS = {
    "scheduled": SCHEDULED,
    "paused": PAUSED,
    "queued": QUEUED,
    "running": RUNNING,
    "failed": FAILED,
    "cancelled": CANCELLED,
    "done": DONE,
}
