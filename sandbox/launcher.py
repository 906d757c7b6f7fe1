"""The launcher: builds the jail up to its first process, then keeps watch until either side is gone.

It holds no descriptor but the life line while it watches, so that every other socket closes with the process that
uses it.
"""

import os
import select
from collections.abc import Callable

from sandbox import bubblewrap, frames, libc, order, zygote
from sandbox.channel import Channel
from sandbox.construction import Construction, threads_of
from sandbox.removal import remove
from sandbox.running import fork


def boot(descriptors: list[int], raised: str = "") -> Callable[[], "int | str | None"]:
    """Returns in the runner only: what it has to call. `descriptors` are control, channel and life; and, behind
    bubblewrap, where the spec comes from. `raised` then names the layers that stand."""
    control_fd, channel_fd, life_fd, *around = descriptors
    control = Channel(control_fd, frames.CONTROL_BYTES_MAX)
    os.umask(0o022)
    try:
        body = (Channel(around[0], frames.CONTROL_BYTES_MAX) if around else control).receive()
        if body is None:
            os._exit(0)
        construction = Construction(frames.unpack(body)[1])
        construction.raised.update(filter(None, raised.split(",")))
        order.raise_launch(construction)
        if not around:
            bubblewrap.stand_in(construction, body, descriptors)
        _finish(control, construction)
        pid = fork()
    except BaseException as fault:  # whatever it is, the host has to hear of it
        control.send(frames.pack(frames.FAILED, describe(fault).encode(errors="replace")))
        os._exit(1)
    if pid:
        _watch(life_fd, pid, construction)
    os.close(life_fd)
    return zygote.serve(construction, control, channel_fd)


def describe(fault: BaseException) -> str:
    """For the host, in one line: what went wrong, and where; without the place, where the words are ours."""
    if isinstance(fault, OSError) and fault.errno is None:
        return str(fault)
    place = fault.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    where = "" if place is None else f" ({os.path.basename(place.tb_frame.f_code.co_filename)}:{place.tb_lineno})"
    return f"{type(fault).__name__}: {str(fault)[:3000]}{where}"


def _finish(control: Channel, construction: Construction) -> None:
    """Refuses a jail that lacks a layer, and makes one without mounts its folder."""
    if refusals := order.as_fields(order.refusals(construction)):
        control.send(frames.pack(frames.MISSING, *refusals))
        os._exit(1)
    if "mounts" not in construction.raised:
        construction.scratch = _temporary_folder()
        construction.writable = [construction.scratch]
        construction.threads_beside = threads_of(construction.outer_id)


def _watch(life_fd: int, zygote_pid: int, construction: Construction) -> None:
    """Ends with the zygote, or kills it when the host closes the life line (or dies, which closes it too)."""
    os.closerange(0, life_fd)
    os.closerange(life_fd + 1, 1 << 16)
    poll = select.poll()
    poll.register(life_fd, select.POLLRDHUP)
    poll.register(os.pidfd_open(zygote_pid), select.POLLIN)
    poll.poll()
    os.kill(zygote_pid, libc.SIGKILL)
    # Returns once everything in the jail is dead: the kernel keeps the first process of a namespace until then.
    os.waitpid(zygote_pid, 0)
    if "mounts" not in construction.raised and construction.scratch:
        remove(construction.scratch)
    os._exit(0)


def _temporary_folder() -> str:
    """On the host's disk, for a jail without mounts of its own."""
    path = f"/tmp/jail-{os.getpid()}-{os.urandom(6).hex()}"
    try:
        for folder in (path, path + "/work"):
            os.mkdir(folder, 0o700)
    except OSError as refusal:
        raise OSError(f"a jail without mounts needs a folder in /tmp, which takes none: {refusal.strerror}") from None
    return path
