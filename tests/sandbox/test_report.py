"""What a jail says about its end is a stranger's word: names are plain, sizes are counted, turns are kept."""

from __future__ import annotations

import signal
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox import frames
from sandbox.errors import BadFrame
from sandbox.report import Report, judge, plain
from sandbox.spec import FileOut, Limits, Verdict

LIMITS = Limits(work_bytes=1000, work_files=3, cpu_s=2)
ENDED = frames.pack(frames.ENDED, b"0", b"7", b"5", b"0", b"0")


def file(path: bytes, mode: bytes = b"420") -> bytes:
    return frames.pack(frames.FILE, path, mode)


def take(*bodies: bytes) -> Report:
    report = Report(LIMITS)
    assert [report.take(body) for body in bodies] == [False] * (len(bodies) - 1) + [True]
    return report


def test_a_whole_report() -> None:
    parts = [frames.pack(frames.PART, data) for data in (b"ab", b"cd")]
    bodies = [ENDED, file(b"a/b"), *parts, file(b"empty/"), frames.pack(frames.REMOVED, b"gone")]
    bodies.append(frames.pack(frames.ASTRAY, b"../odd\xff"))
    outcome = take(*bodies, frames.pack(frames.DONE)).outcome(oom_kills=0, group_kills=0)
    assert outcome.files == (FileOut("a/b", b"abcd", 0o644), FileOut("empty/", b"", 0o644))
    assert outcome.removed == ("gone",)
    assert outcome.astray == ("../odd\\xff",)
    assert (outcome.verdict, outcome.wall_ns, outcome.cpu_ns) == (Verdict.EXITED, 7, 5)


def test_modes_keep_no_special_bits() -> None:
    report = take(ENDED, file(b"a", str(0o4777).encode()), frames.pack(frames.DONE))
    assert report.outcome(oom_kills=0, group_kills=0).files[0].mode == 0o777


@pytest.mark.parametrize(
    "path", [b"", b"/", b"/etc/passwd", b"..", b"a/../b", b"a/..", b"./a", b"a//b", b"a\0b", b"x" * 5000]
)
def test_a_name_with_tricks_is_refused(path: bytes) -> None:
    with pytest.raises(BadFrame, match="plain relative path"):
        plain(path)


@given(st.binary(max_size=40))
def test_a_plain_name_stays_below_its_folder(path: bytes) -> None:
    try:
        name = plain(path)
    except BadFrame:
        return
    assert not name.startswith("/")
    assert ".." not in name.split("/")


@pytest.mark.parametrize(
    "bodies",
    [
        [file(b"a")],
        [ENDED, ENDED],
        [ENDED, frames.pack(frames.PART, b"x")],
        [ENDED, file(b"a/"), frames.pack(frames.PART, b"x")],
        [ENDED, file(b"a"), file(b"a")],
        [frames.pack(frames.DONE)],
        [frames.pack(frames.ENDED, b"0")],
        [frames.pack(frames.ENDED, b"x", b"0", b"0", b"0", b"0")],
        [frames.pack(frames.READY, b"")],
        [b""],
    ],
)
def test_a_frame_out_of_turn_is_refused(bodies: list[bytes]) -> None:
    report = Report(LIMITS)
    for body in bodies[:-1]:
        assert not report.take(body)
    with pytest.raises(BadFrame):
        report.take(bodies[-1])


def test_more_bytes_than_the_folder_holds_are_refused() -> None:
    report = Report(LIMITS)
    report.take(ENDED)
    report.take(file(b"a"))
    with pytest.raises(BadFrame, match="1000 bytes"):
        for _ in range(100):
            report.take(frames.pack(frames.PART, bytes(1000)))


@pytest.mark.parametrize("frame", [lambda n: file(b"f%d" % n), lambda n: frames.pack(frames.REMOVED, b"f%d" % n)])
def test_more_names_than_the_folder_holds_are_refused(frame: Callable[[int], bytes]) -> None:
    report = Report(LIMITS)
    report.take(ENDED)
    with pytest.raises(BadFrame):
        for index in range(10):
            report.take(frame(index))


def test_more_files_astray_than_are_told_are_refused() -> None:
    report = Report(LIMITS)
    report.take(ENDED)
    with pytest.raises(BadFrame):
        for _ in range(frames.ASTRAY_MAX + 1):
            report.take(frames.pack(frames.ASTRAY, b"x"))


SECOND = 1_000_000_000


@pytest.mark.parametrize(
    ("code", "cpu_ns", "full", "memory", "kills", "verdict"),
    [
        (0, 0, True, True, (1, 0), Verdict.EXITED),
        (1, 0, False, True, (0, 0), Verdict.MEMORY),
        (1, 0, True, False, (0, 0), Verdict.DISK),
        (-9, 0, True, False, (0, 0), Verdict.DISK),
        (3, 0, False, False, (0, 0), Verdict.EXITED),
        (-signal.SIGSEGV, 0, True, True, (1, 0), Verdict.SIGNAL),
        (-signal.SIGKILL, 0, False, False, (1, 0), Verdict.MEMORY),
        (-signal.SIGKILL, 0, False, False, (0, 1), Verdict.MEMORY),
        (-signal.SIGKILL, 0, False, False, (0, 0), Verdict.KILLED),
        (-signal.SIGSYS, 3 * SECOND, True, True, (1, 1), Verdict.SIGNAL),
        (-signal.SIGKILL, 3 * SECOND, False, False, (0, 0), Verdict.TIMEOUT_CPU),
        (-signal.SIGXCPU, 2 * SECOND, False, False, (0, 0), Verdict.TIMEOUT_CPU),
        (-signal.SIGXCPU, 0, False, False, (0, 0), Verdict.SIGNAL),
    ],
)
def test_verdicts(code: int, cpu_ns: int, full: bool, memory: bool, kills: tuple[int, int], verdict: Verdict) -> None:
    assert judge(code, cpu_ns, full, memory, *kills, LIMITS)[0] is verdict
