"""What chunks need beside their items, as it arrived: the program of each job, the captures of each region. Pure.

The distributor sends both only with the first chunk that needs them, and once more after a Hello or when a lease
came back as unknown. So they are kept while their job has leases here and for a while after.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from marx.wire.contents import contents_of_program
from marx.wire.messages import Content, LeaseChunk, Program


@dataclass(frozen=True, slots=True)
class ChunkWork:
    """A chunk with all that it refers to."""

    message: LeaseChunk
    program: Program
    captures: Content


@dataclass(slots=True)
class _Brief:
    program: Program
    used_s: float
    captures: dict[int, Content] = field(default_factory=dict)
    program_here: bool = False
    captures_here: set[int] = field(default_factory=set)

    def contents(self) -> list[Content]:
        return [*contents_of_program(self.program), *self.captures.values()]


class Briefs:
    """One brief a job. Times are seconds of any clock that does not run backwards."""

    def __init__(self) -> None:
        self._briefs: dict[str, _Brief] = {}

    def learn(self, message: LeaseChunk, now_s: float) -> list[Content]:
        """Takes in what the message brings. Returns what this names for the first time, to be held until forgotten."""
        job, region = message.lease.job, message.lease.region
        fresh: list[Content] = []
        if message.program is not None and job not in self._briefs:
            self._briefs[job] = _Brief(message.program, now_s)
            fresh.extend(contents_of_program(message.program))
        brief = self._briefs.get(job)
        if brief is None:
            return []
        brief.used_s = now_s
        if message.captures is not None and region not in brief.captures:
            brief.captures[region] = message.captures
            fresh.append(message.captures)
        return fresh

    def complete(self, message: LeaseChunk) -> ChunkWork | None:
        """The chunk with all that it refers to; None if it refers to what is not known here."""
        brief = self._briefs.get(message.lease.job)
        captures = brief.captures.get(message.lease.region) if brief else None
        return ChunkWork(message, brief.program, captures) if brief and captures else None

    def awaited(self, work: ChunkWork) -> list[Content]:
        """What has to be on this host before the chunk can run, but for what is known to be."""
        brief, region = self._briefs[work.message.lease.job], work.message.lease.region
        program = [] if brief.program_here else contents_of_program(work.program)
        captures = [] if region in brief.captures_here else [work.captures]
        items = [] if work.message.items is None else [work.message.items]
        return [*program, *captures, *items]

    def arrived(self, work: ChunkWork) -> None:
        """All that `awaited` named is on this host; as long as it is held it stays."""
        brief = self._briefs.get(work.message.lease.job)
        if brief is not None:
            brief.program_here = True
            brief.captures_here.add(work.message.lease.region)

    def forget_unused(self, used_before_s: float, jobs_held: set[str]) -> list[Content]:
        """Drops the briefs of jobs without leases here, last used before that time. Returns what to release."""
        unused = [j for j, brief in self._briefs.items() if brief.used_s < used_before_s and j not in jobs_held]
        return [one for job in unused for one in self._briefs.pop(job).contents()]
