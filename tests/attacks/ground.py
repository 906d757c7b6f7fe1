"""The host's side of an attack: secrets, listeners and a victim that wait for it, and the judgement of what happened.

Everything lies in one folder and in processes of this one, so that the attacks cannot hurt the machine of the tests
even where a wall has a hole. Standard library only.
"""

from __future__ import annotations

import os
import resource
import secrets
import select
import shutil
import socket
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.attacks.attack import OBEYED, REACHED, READ, VICTIM, WRITTEN
from tests.attacks.jailed import OBEYED as SAID_OBEYED

_VICTIM = """
import ctypes, signal, sys
ctypes.CDLL(None).prctl(0x59616D61, -1, 0, 0, 0)
print(ctypes.addressof(kept := ctypes.create_string_buffer(sys.argv[1].encode())), flush=True)
sys.stdin.read()
"""
"""Holds the secret in memory, and lets everybody trace it."""


class Ground:
    """As a context manager it takes everything away again."""

    def __init__(self, folder: Path) -> None:
        self.token = f"token-{secrets.token_hex(8)}"
        self.traps = folder / "traps"
        self.work = folder / "work"
        self.abstract = f"\0{self.token}"
        self._listeners: list[socket.socket] = []
        self._set_traps()
        self._listen()
        self._start_victim()
        self._before = self._snapshot()
        self._victim_before = self._victim_state()

    def __enter__(self) -> Ground:
        return self

    def __exit__(self, *_: object) -> None:
        for listener in self._listeners:
            listener.close()
        self._end_victim()
        shutil.rmtree(self.traps, ignore_errors=True)

    def names(self) -> dict[str, Any]:
        """What the attacks are told."""
        tcp, tcp6, udp, *_ = self._listeners
        return {
            "traps": str(self.traps),
            "secret": str(self.traps / "secret"),
            "program": str(self.traps / "program"),
            "mark": str(self.traps / "mark"),
            "stream_path": str(self.traps / "stream"),
            "datagram_path": str(self.traps / "datagram"),
            "abstract": self.token,
            "tcp": tcp.getsockname()[1],
            "tcp6": tcp6.getsockname()[1],
            "udp": udp.getsockname()[1],
            "pid": self._victim.pid,
            "address": self._address,
            "host": os.getpid(),
            "hostname": socket.gethostname(),
        }

    def harm(self, answer: str) -> set[str]:
        """What has happened since the last time, which is made good again."""
        found = {READ} if self.token in answer else set()
        if SAID_OBEYED in answer:
            found.add(OBEYED)
        if self._snapshot() != self._before:
            found.add(WRITTEN)
            self._set_traps()
            self._before = self._snapshot()
        if self._hear():
            found.add(REACHED)
        if self._victim_state() != self._victim_before:
            found.add(VICTIM)
            self._end_victim()
            self._start_victim()
            self._victim_before = self._victim_state()
        return found

    # --- files ----------------------------------------------------------------------------------------------------

    def _set_traps(self) -> None:
        for path in self.traps.iterdir() if self.traps.exists() else ():
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            elif path.name not in ("stream", "datagram"):
                path.unlink()
        home = self.traps / "home" / ".ssh"
        home.mkdir(parents=True, exist_ok=True)
        (home / "id_rsa").write_text(self.token)
        (self.traps / f"named-{self.token}").write_text("")
        (self.traps / "secret").write_text(self.token)
        (self.traps / "secret").chmod(0o640)
        (self.traps / "program").write_text("#!/bin/sh\necho OBEYED\n")
        (self.traps / "program").chmod(0o755)

    def _snapshot(self) -> dict[str, tuple[int, int, int, float, bytes]]:
        return {str(path): _facts(path) for path in sorted(self.traps.rglob("*"))}

    # --- listeners ------------------------------------------------------------------------------------------------

    def _listen(self) -> None:
        for family, kind, address in (
            (socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0)),
            (socket.AF_INET6, socket.SOCK_STREAM, ("::1", 0)),
            (socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", 0)),
            (socket.AF_UNIX, socket.SOCK_STREAM, str(self.traps / "stream")),
            (socket.AF_UNIX, socket.SOCK_DGRAM, str(self.traps / "datagram")),
            (socket.AF_UNIX, socket.SOCK_STREAM, self.abstract),
        ):
            listener = socket.socket(family, kind)
            listener.bind(address)
            if kind == socket.SOCK_STREAM:
                listener.listen()
            self._listeners.append(listener)

    def _hear(self) -> bool:
        heard = False
        while ready := select.select(self._listeners, [], [], 0)[0]:
            heard = True
            for listener in ready:
                if listener.type == socket.SOCK_STREAM:
                    listener.accept()[0].close()
                else:
                    listener.recv(1 << 16)
        return heard

    # --- victim ---------------------------------------------------------------------------------------------------

    def _start_victim(self) -> None:
        self._victim = subprocess.Popen(
            [sys.executable, "-c", _VICTIM, self.token], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert self._victim.stdout is not None
        self._address = int(self._victim.stdout.readline())

    def _end_victim(self) -> None:
        assert self._victim.stdin is not None and self._victim.stdout is not None
        self._victim.kill()
        self._victim.wait()
        self._victim.stdin.close()
        self._victim.stdout.close()

    def _victim_state(self) -> object:
        pid = self._victim.pid
        if self._victim.poll() is not None:
            return "dead"
        with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as lines:
            status = [
                line for line in lines if line.startswith(("State:\tT", "State:\tt", "TracerPid", "SigPnd", "ShdPnd"))
            ]
        return (
            status,
            os.getpgid(pid),
            os.getpriority(os.PRIO_PROCESS, pid),
            os.sched_getaffinity(pid),
            os.sched_getscheduler(pid),
            resource.prlimit(pid, resource.RLIMIT_NOFILE),
        )


def _facts(path: Path) -> tuple[int, int, int, float, bytes]:
    status = path.lstat()
    content = path.read_bytes() if stat.S_ISREG(status.st_mode) and os.access(path, os.R_OK) else b""
    modified = 0.0 if stat.S_ISDIR(status.st_mode) else status.st_mtime
    return status.st_mode, status.st_uid, status.st_nlink, modified, content
