"""What a mail about a job says: a message with text, HTML and small files. Pure: a job and its bytes in, a message out.

Names, reasons, outputs and file names come from strangers. Header values go through `EmailMessage`, which refuses line
ends, after everything unprintable was taken out; HTML is escaped; nothing of a program decides about a header's name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from html import escape

from marx.distributor.job import Job
from marx.distributor.reports import region_reports
from marx.wire.messages import Content, File
from marx.wire.places import place_of
from marx.wire.quantities import show_duration

HEAD_BYTES = 2_000
"""How much of the output a mail shows: enough to see whether it is what was hoped for."""
TRACE_LINES = 30
SUBJECT_LENGTH_MAX = 150
FILES_NAMED = 20
READ_BYTES = 256 * 1024
"""What is read of an output to find its first traceback."""

Read = Callable[[Content, int], bytes]
"""The first bytes of a content, at most so many."""


@dataclass(frozen=True, slots=True)
class Letter:
    """What all mails of a distributor have in common."""

    sender: str
    attachment_bytes_max: int


def compose(letter: Letter, job: Job, kind: str, now_ms: int, read: Read) -> EmailMessage:
    """The mail of one type about one job. The same again has the same Message-ID."""
    message = EmailMessage()
    message["Subject"] = clean(f"[marx] {job.name}: {outcome(job, kind, now_ms)}")[:SUBJECT_LENGTH_MAX]
    message["From"] = letter.sender
    message["To"] = job.terms.mail
    message["Date"] = format_datetime(datetime.fromtimestamp(now_ms / 1000, UTC))
    host = parseaddr(letter.sender)[1].rpartition("@")[2] or "marx"
    message["Message-ID"] = f"<{job.id}.{kind}.{job.submitted_ms}@{host}>"
    message["Auto-Submitted"] = "auto-generated"
    message["X-Marx-Job"] = job.id
    files = list(job.end.files) if job.end is not None and kind in ("end", "fail") else []
    enclosed = fitting(files, letter.attachment_bytes_max)
    sections = _sections(job, kind, now_ms, read, files, enclosed)
    message.set_content(_as_text(sections))
    message.add_alternative(_as_html(sections), subtype="html")
    for file in enclosed:
        message.add_attachment(
            read(file.content, file.content.size),
            maintype="application",
            subtype="octet-stream",
            filename=clean(file.path.rpartition("/")[2]),
        )
    return message


def outcome(job: Job, kind: str, now_ms: int) -> str:
    """`done 400/400 in 12 min (said 11 min)`: what the subject says."""
    said = f" (said {show_duration(job.said[0])})" if job.said else ""
    if kind == "begin":
        return "begun"
    items = job.items or sum(region.count for region in job.regions.values())
    done = job.items_done or sum(region.items_done() for region in job.regions.values())
    count = f" {done}/{items}" if items else ""
    if kind == "late":
        return f"late,{count} after {show_duration(now_ms - job.started_ms)}{said}"
    if job.end is None:
        raise LookupError(f"job {job.id} has not ended")
    took = f" in {show_duration(job.ended_ms - job.started_ms)}" if job.started_ms else ""
    code = f" with exit code {job.end.exit_code}" if job.end.state == "done" and job.end.exit_code else ""
    return f"{job.end.state}{code}{count}{took}{said}"


def fitting(files: Sequence[File], bytes_max: int) -> list[File]:
    """The files that go along: the smallest ones, in their order, while they fit together."""
    left = bytes_max
    chosen: set[str] = set()
    for file in sorted(files, key=lambda file: file.content.size):
        if file.path.endswith("/"):
            continue
        if file.content.size > left:
            break
        left -= file.content.size
        chosen.add(file.path)
    return [file for file in files if file.path in chosen]


def clean(text: str) -> str:
    """In one line, without what could end a header or hide in it.

    `EmailMessage` reads encoded words in the values that it is given, line ends in them included: they are broken up.
    """
    return "".join(char if char.isprintable() else "?" for char in " ".join(text.split())).replace("=?", "= ?")


@dataclass(frozen=True, slots=True)
class _Section:
    """A heading and lines; `verbatim` lines are a program's."""

    title: str
    lines: tuple[str, ...]
    verbatim: bool = False


def _sections(
    job: Job, kind: str, now_ms: int, read: Read, files: Sequence[File], enclosed: Sequence[File]
) -> list[_Section]:
    sections = [_Section("", (f"Job {job.id} ({job.name}): {outcome(job, kind, now_ms)}.",))]
    if job.terms.note:
        sections.append(_Section("Note", (job.terms.note,)))
    if job.end is None:
        return [*sections, _Section("Next", (f"marx watch {job.id}",))]
    if job.end.reason:
        sections.append(_Section("Reason", (job.end.reason,)))
    if counts := _counts(job):
        sections.append(_Section("Loops", counts))
    if trace := first_traceback(read(job.end.stderr, READ_BYTES)):
        sections.append(_Section("First traceback", tuple(trace), verbatim=True))
    if head := _head(job, read):
        sections.append(_Section("Output begins with", head, verbatim=True))
    if files:
        names = [
            f"{file.path} ({file.content.size} bytes)" + (", enclosed" if file in enclosed else "") for file in files
        ]
        more = [f"and {len(files) - FILES_NAMED} more"] if len(files) > FILES_NAMED else []
        sections.append(_Section("Files", (*names[:FILES_NAMED], *more)))
    if lost := job.end.astray:
        more = [f"and {len(lost) - FILES_NAMED} more"] if len(lost) > FILES_NAMED else []
        names = [repr(path) for path in lost[:FILES_NAMED]]
        sections.append(_Section("Written outside of the working folder, and lost", (*names, *more)))
    return [*sections, _Section("Next", (f"marx results {job.id}    everything that it printed and wrote",))]


def _counts(job: Job) -> tuple[str, ...]:
    reports = job.end.regions if job.end is not None else region_reports(job)
    return tuple(
        f"{place_of(report)}: {report.items} items, {report.chunks} chunks, {report.in_place} computed in the driver, "
        f"{report.requeued} requeued"
        for report in reports
        if report.items
    )


def first_traceback(stderr: bytes) -> list[str]:
    """The lines of the first traceback, its last line included."""
    lines = stderr.decode("utf-8", "replace").splitlines()
    begin = next((number for number, line in enumerate(lines) if line.startswith("Traceback (most recent")), None)
    if begin is None:
        return []
    rest = lines[begin + 1 :]
    length = next((number for number, line in enumerate(rest) if re.match(r"\S", line)), len(rest) - 1)
    trace = lines[begin : begin + length + 2]
    return trace if len(trace) <= TRACE_LINES else [*trace[:5], "  …", *trace[5 - TRACE_LINES :]]


def _head(job: Job, read: Read) -> tuple[str, ...]:
    if job.end is None:
        return ()
    for content in (job.end.stdout, job.end.stderr):
        data = read(content, HEAD_BYTES)
        if data.strip():
            more = ("…",) if content.size > HEAD_BYTES else ()
            return (*data.decode("utf-8", "replace").splitlines(), *more)
    return ()


def _as_text(sections: Sequence[_Section]) -> str:
    blocks = []
    for section in sections:
        lines = [_bare(line) for line in section.lines]
        blocks.append("\n".join([f"{section.title}:", *(f"  {line}" for line in lines)] if section.title else lines))
    return "\n\n".join(blocks) + "\n"


def _as_html(sections: Sequence[_Section]) -> str:
    blocks = []
    for section in sections:
        title = f"<h3>{escape(section.title)}</h3>" if section.title else ""
        lines = [escape(_bare(line)) for line in section.lines]
        body = "<pre>" + "\n".join(lines) + "</pre>" if section.verbatim else "<p>" + "<br>".join(lines) + "</p>"
        blocks.append(title + body)
    return "<!doctype html><html><body>" + "\n".join(blocks) + "</body></html>\n"


def _bare(line: str) -> str:
    """Without control characters, which a mail reader in a terminal would obey."""
    return "".join(char if char.isprintable() or char == "\t" else "?" for char in line)
