"""`marx why` for jobs that have ended: the rows of `causes.py` for failed, cancelled and done ones. Pure."""

from __future__ import annotations

from marx.cli.cause import Row
from marx.cli.situation import SLOW_MS

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
        "{s.reason}\n{s.lent}",
        "{s.more_memory}",
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
        "session-gone",
        lambda s: s.facts.session and s.says("not heard of"),
        "it was a session of a Python process, which was not heard of any more",
        "{s.reason}\n{s.calls}",
        "see whether that process was ended or lost its network; marx logs {s.job}",
    ),
    Row(
        "session-cancelled",
        lambda s: s.facts.session,
        "it was a session of a Python process, and somebody cancelled it",
        "{s.calls}\n{s.ran_for}",
        "marx logs {s.job}   (where its calls ran)",
    ),
    Row(
        "cancelled",
        lambda s: True,
        "somebody cancelled it",
        "{s.ran_for}",
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
        "{s.last_line}\n{s.place}\n{s.lent}",
        "{s.more_memory}",
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
        "session-ended",
        lambda s: s.facts.session,
        "it was a session of a Python process, which ended it",
        "{s.calls}\nopen for {s.took}",
        "marx logs {s.job}   (where its calls ran)",
    ),
    Row(
        "kept-in-order",
        lambda s: s.took_ms >= SLOW_MS and not s.was_split and s.refused is not None,
        "it is done; it took its time because a loop was found unsafe to split when it was reached",
        "{s.refused_text}\ntook {s.took}",
        "marx explain {s.script}   (what helps is in the table of codes of the guide)",
    ),
    Row(
        "lost-driver",
        lambda s: s.facts.attempt > 1 and s.noted(": lost on", "nobody has it any more"),
        "it is done; its driver was lost on the way and began anew",
        "{s.facts.attempt} attempts at its driver, {s.requeued} chunks requeued\nlast: {s.last_loss}",
        "marx logs {s.job}",
    ),
    Row(
        "driver-begun-anew",
        lambda s: s.facts.attempt > 1,
        "it is done; its driver was begun anew on the way",
        "{s.facts.attempt} attempts at its driver, {s.requeued} chunks requeued\nlast: {s.last_loss}",
        "marx logs {s.job}",
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
        "lost-workers",
        lambda s: s.noted("has not come back"),
        "it is done; a worker of it has not come back since the distributor was started anew",
        "{s.last_loss}",
        "marx logs {s.job}; marx workers",
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
