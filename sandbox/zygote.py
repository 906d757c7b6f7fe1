"""The zygote: the jail's first process. It is trusted, and speaks to the host until the runner exists; then it waits,
and reports.

Modules are imported here, once, before any stranger's code; the runner inherits them by fork.
"""

import gc
import mmap
import os
import sys
import time
from collections.abc import Callable, Iterable
from importlib import import_module

from sandbox import frames, libc, order, runner
from sandbox.channel import Channel
from sandbox.construction import Construction
from sandbox.running import Running, fork
from sandbox.workspace import DoesNotFit, Workspace

Entry = Callable[[Channel], "int | str | None"]


def serve(construction: Construction, control: Channel, channel_fd: int) -> Callable[[], "int | str | None"]:
    """Returns in the runner only."""
    libc.prctl(libc.PR_SET_PDEATHSIG, libc.SIGKILL)
    try:
        entry = _prepare(construction, control)
    except BaseException as fault:  # whatever it is, the host has to hear of it
        from sandbox.launcher import describe

        _fail(control, describe(fault))
    try:
        workspace, environment = _load(construction, control)
        order.raise_stage(construction, order.LOAD)
        libc.prctl(libc.PR_SET_DUMPABLE, 0)
        control.send(frames.pack(frames.LOADED))
    except DoesNotFit as refusal:
        _fail(control, str(refusal))
    except BaseException as fault:
        # Nothing may be imported here any more: a loaded file may lie where a module of the library was.
        _fail(control, f"{type(fault).__name__}: {fault}")
    # Where the runner can say that memory ran out. No more than a hint, as a stranger can write it too.
    note = mmap.mmap(-1, mmap.PAGESIZE)
    begun, begun_fd = os.pipe()
    gc.freeze()  # the runner's collections then leave alone, and uncopied, what it shares with this process
    try:
        pid = fork()
    except OSError as refusal:
        _fail(control, str(refusal))
    if pid == 0:
        return runner.prepare(construction, workspace, environment, entry, channel_fd, begun_fd, note)
    try:
        os.close(begun_fd)
        os.close(channel_fd)
        _let_go_of_output()
        if fault_text := os.read(begun, 4096):
            _fail(control, fault_text.decode(errors="replace"))
        _report(control, workspace, pid, note)
        control.receive()  # the host says goodbye by closing
    finally:
        os._exit(0)  # also when the host is gone; this process has nothing to clear up


def _prepare(construction: Construction, control: Channel) -> Entry:
    """Imports what the host asked for. Its folders are on the path only for as long as that takes."""
    added = [*construction.path, *construction.read_only]
    sys.path += added
    try:
        for name in construction.preload:
            import_module(name)
        module, _, function = construction.entry.partition(":")
        entry: Entry = getattr(import_module(module), function)
    finally:
        del sys.path[len(sys.path) - len(added) :]
    on_the_host = "" if "mounts" in construction.raised else construction.scratch
    control.send(frames.pack(frames.READY, on_the_host.encode(), *order.as_fields(construction.missing)))
    return entry


def _load(construction: Construction, control: Channel) -> tuple[Workspace, dict[str, str]]:
    """Takes frames until the host says run."""
    workspace = None
    while (body := control.receive()) is not None:
        kind, fields = frames.unpack(body)
        if kind == frames.FOLDER:
            workspace = Workspace(construction, os.fsdecode(fields[0]), collect=fields[1] == b"1")
            if fields[2] == b"1":
                _let_go_of_output()
            if fields[3]:
                _stay_on(map(int, fields[3].split(b",")))
        elif workspace is None:
            raise DoesNotFit("the first frame of a load must name its folder")
        elif kind == frames.FILE:
            mode, mtime_ns = map(frames.number, fields[1:3])
            workspace.begin_file(os.fsdecode(fields[0]), mode, mtime_ns, *map(os.fsdecode, fields[3:]))
        elif kind == frames.PART:
            workspace.write(fields[0])
        elif kind == frames.RUN:
            names = [os.fsdecode(field) for field in fields]
            environment = dict(zip(names[::2], names[1::2], strict=True))
            workspace.open(environment.get("HOME", ""))
            return workspace, environment
    os._exit(0)


def _stay_on(cpus: Iterable[int]) -> None:
    """The runner inherits it and cannot change it. Processors that have gone since are no reason not to run."""
    try:
        os.sched_setaffinity(0, cpus)
    except OSError:
        return


def _let_go_of_output() -> None:
    """So that the host sees the program's streams end when the program does."""
    null = os.open("/dev/null", os.O_WRONLY)
    os.dup2(null, 1)
    os.dup2(null, 2)
    os.close(null)


def _report(control: Channel, workspace: Workspace, pid: int, note: mmap.mmap) -> None:
    """Waits for the runner, and tells how it ended and what it left."""
    started = time.monotonic_ns()
    killed = workspace.watch(Running(pid, control))
    _, status, usage = os.wait4(pid, 0)
    facts = (
        os.waitstatus_to_exitcode(status),
        time.monotonic_ns() - started,
        int((usage.ru_utime + usage.ru_stime) * 1e9),
        killed or workspace.is_full(),
        note[:1] == runner.OUT_OF_MEMORY,
    )
    control.send(frames.pack(frames.ENDED, *(str(int(fact)).encode() for fact in facts)))
    _report_files(workspace, control)


def _report_files(workspace: Workspace, control: Channel) -> None:
    try:
        for path, mode, file in workspace.changes():
            control.send(frames.pack(frames.FILE, os.fsencode(path), str(mode).encode()))
            while file is not None and (part := os.read(file, frames.PART_BYTES)):
                control.send(frames.pack(frames.PART, part))
        for path in workspace.removed():
            control.send(frames.pack(frames.REMOVED, os.fsencode(path)))
        for path in workspace.strays():
            control.send(frames.pack(frames.ASTRAY, os.fsencode(path)))
    except DoesNotFit as refusal:
        _fail(control, str(refusal))
    except OSError as fault:
        # Without the name of the file, which may be thousands of characters long.
        _fail(control, f"the files left in the working folder cannot be handed out: {fault.strerror}")
    control.send(frames.pack(frames.DONE))


def _fail(control: Channel, text: str) -> None:
    try:
        control.send(frames.pack(frames.FAILED, text.encode(errors="replace")))
    finally:
        os._exit(1)
