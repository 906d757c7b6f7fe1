"""What reaches descriptors 1 and 2, on pipes and on a real pseudo-terminal."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import gevent
import pytest

from marx.cli.screen import write_all

SCRIPT = """
from marx.cli.screen import Screen
from marx.wire.messages import Progress, RegionProgress
screen = Screen(**{options})
def show(done):
    screen.progress(Progress("j", "running", 3, [RegionProgress(12, "for n in numbers:", 100, done, 9, 2, 0)]))
screen.write(1, b"first\\n")
show(10)
screen.write(1, b"half a ")
show(20)
screen.write(1, b"line\\n")
show(30)
screen.write(2, b"\\xff\\x00raw\\n")
screen.close()
screen.mention("a word")
screen.say("the end")
"""


WAITING = """
import gevent
from marx.cli import screen as screens
from marx.wire.messages import Progress
screens.WAITING_S = 0.1
screen = screens.Screen(**{options})
screen.progress(Progress("j", "queued", 0, [], "waits for a worker"))
gevent.joinall([screen._waiting] if screen._waiting else [])
screen.progress(Progress("k", "queued", 0, [], "waits for a moment"))
waiting = screen._waiting
screen.progress(Progress("k", "running", 1, []))
gevent.joinall([waiting] if waiting else [])
screen.close()
"""


SILENT = """
from marx.cli.screen import Screen
from marx.wire.messages import Progress, RegionProgress
screen = Screen(**{options})
screen.write(1, b"half a line")
for seconds in (6.0, 8.0, 42.0):
    screen.silent(seconds)
screen.silent(0)
screen.progress(Progress("j", "running", 1, [RegionProgress(12, "for n in numbers:", 100, 10, 9, 2, 0)]))
screen.close()
"""


def through_pipes(**options: bool) -> tuple[bytes, bytes]:
    done = subprocess.run([sys.executable, "-c", SCRIPT.format(options=options)], capture_output=True, check=True)
    return done.stdout, done.stderr


def through_a_terminal(script: str = SCRIPT, **options: bool) -> bytes:
    ours, theirs = os.openpty()
    child = subprocess.Popen(
        [sys.executable, "-c", script.format(options=options)],
        stdout=theirs,
        stderr=theirs,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "80"},
    )
    os.close(theirs)
    parts: list[bytes] = []
    while True:
        try:
            parts.append(os.read(ours, 65536))
        except OSError:
            break
    os.close(ours)
    assert child.wait() == 0
    return b"".join(parts).replace(b"\r\n", b"\n")


def test_the_programs_bytes_are_unchanged_and_we_say_nothing_else() -> None:
    """Not even what is worth a word elsewhere."""
    assert through_pipes() == (b"first\nhalf a line\n", b"\xff\x00raw\nmarx: the end\n")


def test_plain_lines_on_demand() -> None:
    stdout, stderr = through_pipes(verbose=True)
    assert stderr.endswith(b"marx: a word\nmarx: the end\n")
    assert stdout == b"first\nhalf a line\n"
    assert [line for line in stderr.splitlines() if b"line 12" in line] == [
        b"marx: line 12: for n in numbers: %d/100 items, 9 chunks, 2 running, 3 workers, measuring" % done
        for done in (10, 20, 30)
    ]


def test_the_bar_on_a_terminal() -> None:
    screen = through_a_terminal()
    shown = re.findall(rb"(\d+)/100 +3 workers, measuring", re.sub(rb"\x1b\[[0-9;]*m", b"", screen))
    assert screen.endswith(b"marx: a word\nmarx: the end\n")
    assert set(shown) == {b"10", b"30"}, "a bar in the middle of a line would split it"
    assert b"half a line\n" in screen
    erased = screen.rindex(b"\x1b[2K")
    assert erased < screen.index(b"raw"), "the bar is erased before the program's next word"


def test_a_terminal_needs_no_repair() -> None:
    screen = through_a_terminal()
    modes = re.findall(rb"\x1b\[\?\d+[hl]", screen)
    assert modes == []


def test_whoever_waits_long_is_told_why_and_nobody_else() -> None:
    assert through_a_terminal(WAITING) == b"marx: j queued: waits for a worker; more: marx why j\n"
    assert through_a_terminal(WAITING, quiet=True) == b""


GONE = b"marx: the distributor has not answered for 6.0 s; trying again\n"
BACK = b"marx: the distributor answers again, after 42 s\n"


def test_a_distributor_that_is_away_is_told_once_when_it_goes_and_once_when_it_is_back() -> None:
    for options, said in (({"verbose": True, "quiet": True}, GONE + BACK), ({}, b"")):
        script = SILENT.format(options=options)
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
        assert done.stdout == b"half a line"
        assert done.stderr.startswith(said)
        assert done.stderr.count(b"distributor") == said.count(b"distributor")
    screen = re.sub(rb"\x1b\[[0-9;]*[mAK]|\r", b"", through_a_terminal(SILENT))
    first, last = screen.split(GONE)[1].split(BACK)
    assert screen.startswith(b"half a line\n" + GONE)
    assert [b"for 6.0 s" in first, b"for 8.0 s" in first, b"for 42 s" in first] == [True] * 3, "the bar counts"
    assert b"10/100" in last
    assert b"distributor" not in last
    assert through_a_terminal(SILENT, quiet=True) == b"half a line"


def test_quiet_draws_nothing() -> None:
    assert through_a_terminal(quiet=True) == b"first\nhalf a line\n\xff\x00raw\nmarx: the end\n"


def test_a_slow_reader_holds_up_nobody_else() -> None:
    data = bytes(range(256)) * 2048
    reading, writing = os.pipe()
    received: list[bytes] = []
    beats = 0

    def read() -> None:
        while data_read := gevent.get_hub().threadpool.apply(os.read, (reading, 50_000)):
            received.append(data_read)

    def beat() -> None:
        nonlocal beats
        while True:
            beats += 1
            gevent.sleep(0)

    try:
        writer = gevent.spawn(write_all, writing, data)
        beating = gevent.spawn(beat)
        with gevent.Timeout(30):
            while beats < 1000:
                gevent.sleep(0)
        assert not writer.ready(), "the pipe is full and nobody reads"
        reader = gevent.spawn(read)
        writer.join(30)
        os.close(writing)
        reader.join(30)
        beating.kill()
    finally:
        os.close(reading)
    assert b"".join(received) == data


def test_nobody_reads_any_more() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        with pytest.raises(BrokenPipeError):
            write_all(writing, b"x")
    finally:
        os.close(writing)
