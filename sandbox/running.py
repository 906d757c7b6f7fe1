"""The program while it runs, as the zygote sees it: it waits for the end, and passes on what the host asks for."""

import os
import select

from sandbox import frames, libc
from sandbox.channel import Channel


def fork() -> int:
    """`os.fork`, with a refusal that says what to do."""
    try:
        return os.fork()
    except OSError as refusal:
        raise OSError(
            f"no process can be started: {refusal.strerror} "
            "(raise ulimit -u, or the limit of processes of the host program's control group)"
        ) from None


class Running:
    """Nobody else waits for this process, so that its id stays its own until the zygote has asked how it ended."""

    __slots__ = ("_control", "_ended", "_poll", "pid")

    def __init__(self, pid: int, control: Channel) -> None:
        self.pid = pid
        self._control = control
        self._ended = os.pidfd_open(pid)
        self._poll = select.poll()
        self._poll.register(self._ended, select.POLLIN)
        self._poll.register(control.fileno(), select.POLLIN)

    def ended(self, timeout_s: float | None = None) -> bool:
        """Waits for the end, or until the time has passed or the host has asked for something."""
        found = {descriptor for descriptor, _ in self._poll.poll(None if timeout_s is None else timeout_s * 1000)}
        if self._ended in found:
            return True
        if found:
            self._obey()
        return False

    def kill(self) -> None:
        os.kill(self.pid, libc.SIGKILL)

    def _obey(self) -> None:
        body = self._control.receive()
        if body is None:  # the host is gone, and the launcher about to kill us
            self._poll.unregister(self._control.fileno())
        elif frames.unpack(body)[0] == frames.INTERRUPT:
            os.kill(self.pid, libc.SIGINT)
