"""A driver and a chunk runner as plain processes, and between them chance: where chunks are cut, in which order their
values arrive, and which never do. One seed decides it all."""

from __future__ import annotations

import os
import random
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from marx.inside import messages
from marx.worker.hearing import hear
from tests.inside.jail import SocketChannel

HERE = Path(__file__).resolve().parent
SECONDS_MAX = 120.0
"""Far above what any program here needs: only a run that hangs gets there."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a run left behind; in `stderr` the working folder reads `FOLDER`."""

    exit_code: int
    stdout: str
    stderr: str
    files: dict[str, bytes]


@dataclass(slots=True)
class Opening:
    """One region that the driver opened, and what it took from chunks."""

    line: int
    items: int
    used: int = 0
    in_place: int = 0
    reasons: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def by_python(program: Path, folder: Path) -> Seen:
    work = _prepare(program, folder)
    with _streams(folder) as (out, err):
        command = [sys.executable, program.name]
        environment = _environment(PYTHONPATH=str(HERE.parents[1]))
        done = subprocess.run(command, cwd=work, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                              timeout=SECONDS_MAX, check=False)  # fmt: skip
    return _seen(done.returncode, work, folder)


def by_driver(
    program: Path,
    folder: Path,
    seed: int,
    cost: str = "nothing",
    *,
    paranoid: bool = False,
    speculate: bool = False,
    shift: int = 0,
) -> tuple[Seen, list[Opening]]:
    """Runs the program by a driver whose regions are computed by one chunk runner. `shift`: that gives each item the
    value of another, so many further on."""
    work = _prepare(program, folder)
    with _streams(folder) as (out, err), (folder / "chunk").open("wb") as other:
        driver, channel = _start(work, out, err, cost)
        chunk, chunks = _start(work, other, other, cost)
        begin = messages.Begin(
            "driver",
            str(work / program.name),
            [program.name],
            str(work),
            True,
            4,
            paranoid=paranoid,
            speculate=speculate,
        )
        channel.send(messages.encode(begin))
        begin = messages.Begin("chunk", str(work / program.name), [program.name], str(work), paranoid=paranoid)
        chunks.send(messages.encode(begin))
        try:
            openings = list(_relay(channel, chunks, random.Random(seed), shift).values())
        finally:
            chunks.connection.close()
            channel.connection.close()
            chunk.kill()
            chunk.wait()
        exit_code = driver.wait(SECONDS_MAX)
    return _seen(exit_code, work, folder), openings


def _relay(driver: SocketChannel, chunks: SocketChannel, chance: random.Random, shift: int) -> dict[int, Opening]:
    """Answers the driver until it ends: region after region, in chunks of chance."""
    openings: dict[int, Opening] = {}
    while (body := driver.receive()) is not None:
        message = hear(body)
        if isinstance(message, messages.Opened):
            openings[message.region] = Opening(message.line, message.count - message.first)
            chunks.send(messages.encode(messages.Captures(message.region, message.site, message.captures)))
            _answer(driver, chunks, message, chance, openings[message.region], shift)
        elif isinstance(message, messages.Closed):
            openings[message.region].used, openings[message.region].in_place = message.used, message.in_place
        elif isinstance(message, messages.Judged):
            for opening in openings.values():
                opening.notes += [note for site in message.sites for note in site.notes]
    return openings


def _answer(
    driver: SocketChannel,
    chunks: SocketChannel,
    opened: messages.Opened,
    chance: random.Random,
    opening: Opening,
    shift: int,
) -> None:
    for start, stop in _ranges(opened, chance):
        answer: messages.Values | messages.Unavailable
        if chance.random() < 0.05:
            answer = messages.Unavailable(opened.region, start, stop, "lost")
        else:
            chunks.send(messages.encode(_run(opened, start + shift, stop + shift)))
            body = chunks.receive()
            assert body is not None, "the chunk runner died"
            ran = hear(body)
            assert isinstance(ran, messages.Ran)
            opening.reasons += [ran.reason] if ran.reason else []
            answer = messages.Values(opened.region, start, stop, ran.values)
        try:
            driver.send(messages.encode(answer))
        except (BrokenPipeError, ConnectionResetError):
            return


def _ranges(opened: messages.Opened, chance: random.Random) -> list[tuple[int, int]]:
    made, start = [], opened.first
    while start < opened.count:
        stop = min(opened.count, start + chance.choice([1, 2, 3, max(1, (opened.count - opened.first) // 3)]))
        made.append((start, stop))
        start = stop
    chance.shuffle(made)
    return made


def _run(opened: messages.Opened, start: int, stop: int) -> messages.Run:
    data = offsets = b""
    if opened.offsets:
        places = memoryview(opened.offsets).cast("Q")[start : stop + 1].tolist()
        data = opened.data[places[0] : places[-1]]
        offsets = b"".join((place - places[0]).to_bytes(8, "little") for place in places)
    return messages.Run(opened.region, start, stop, opened.range_start, opened.range_step, offsets, data)


def _start(work: Path, out: IO[bytes], err: IO[bytes], cost: str) -> tuple[subprocess.Popen[bytes], SocketChannel]:
    ours, theirs = socket.socketpair()
    ours.settimeout(SECONDS_MAX)
    command = [sys.executable, str(HERE / "jail.py"), str(theirs.fileno()), cost]
    process = subprocess.Popen(
        command,
        cwd=work,
        env=_environment(PYTHONPATH=str(HERE.parents[1])),
        stdin=subprocess.DEVNULL,
        stdout=out,
        stderr=err,
        pass_fds=[theirs.fileno()],
    )
    theirs.close()
    return process, SocketChannel(ours)


def _environment(**more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "MARX_"))}
    return {**kept, "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1", **more}


def _prepare(program: Path, folder: Path) -> Path:
    """A working folder with the program and the modules beside it."""
    work = folder / "work"
    work.mkdir(parents=True)
    for path in [program, *program.parent.glob("lib_*.py")]:
        shutil.copy(path, work / path.name)
    return work


@contextmanager
def _streams(folder: Path) -> Iterator[tuple[IO[bytes], IO[bytes]]]:
    with (folder / "out").open("wb") as out, (folder / "err").open("wb") as err:
        yield out, err


def _seen(exit_code: int, work: Path, folder: Path) -> Seen:
    out, err = ((folder / name).read_text(encoding="utf-8", errors="backslashreplace") for name in ("out", "err"))
    files = {p.relative_to(work).as_posix(): p.read_bytes() for p in work.rglob("*") if p.is_file()}
    return Seen(exit_code, out, err.replace(str(work), "FOLDER"), files)
