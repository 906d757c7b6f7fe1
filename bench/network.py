"""A lab's network on one machine: hosts are network namespaces, joined by a bridge in one more. Linux, root, `ip`.

Nothing of the machine's own network is touched. Leaving the `with` block removes it all, with the processes in it.
Where there is no root, `loopback` has the same hosts without networks of their own: no cable of theirs can be pulled.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

LISTENING = "0A"
"""The state of a listening socket in /proc/net/tcp."""


@dataclass(frozen=True, slots=True)
class Host:
    """One machine of the lab. Without a namespace it is this machine itself."""

    name: str
    namespace: str
    address: str
    switch: str = ""

    def inside(self, command: list[str]) -> list[str]:
        return ["ip", "netns", "exec", self.namespace, *command] if self.namespace else command

    def pull_cable(self) -> None:
        """From now on nothing reaches this host or leaves it; connections that exist are not told."""
        _ip("-n", self.switch, "link", "set", _port(self.name), "down")

    def plug_in(self) -> None:
        _ip("-n", self.switch, "link", "set", _port(self.name), "up")

    def open_ports(self) -> list[str]:
        """Addresses that something on this host listens at, as the kernel writes them (hexadecimal)."""
        found = []
        for table in ("/proc/net/tcp", "/proc/net/tcp6"):
            text = subprocess.run(self.inside(["cat", table]), capture_output=True, text=True, check=True).stdout
            rows = [line.split() for line in text.splitlines()[1:]]
            found += [row[1] for row in rows if row[3] == LISTENING]
        return found


@contextlib.contextmanager
def network(names: list[str]) -> Iterator[dict[str, Host]]:
    """Hosts by name, each with an address in 10.77.0.0/24, each reaching the others."""
    require_root_and_ip()
    prefix = f"marx{os.getpid()}"
    switch = f"{prefix}-switch"
    hosts = {
        name: Host(name, f"{prefix}-{name}", f"10.77.0.{number}", switch) for number, name in enumerate(names, start=1)
    }
    try:
        _ip("netns", "add", switch)
        _ip("-n", switch, "link", "add", "bridge", "type", "bridge")
        _ip("-n", switch, "link", "set", "bridge", "up")
        for host in hosts.values():
            _connect(host, switch)
        yield hosts
    finally:
        for namespace in [*(host.namespace for host in hosts.values()), switch]:
            _remove(namespace)


@contextlib.contextmanager
def loopback(names: list[str]) -> Iterator[dict[str, Host]]:
    """The same hosts on this machine's loopback."""
    yield {name: Host(name, "", "127.0.0.1") for name in names}


def may_have_network() -> bool:
    return sys.platform == "linux" and os.geteuid() == 0 and shutil.which("ip") is not None


def require_root_and_ip() -> None:
    if sys.platform != "linux" or os.geteuid() != 0:
        raise SystemExit("network namespaces need Linux and root (try: sudo .venv/bin/python bench/lab.py)")
    if shutil.which("ip") is None:
        raise SystemExit("network namespaces need `ip`, which is missing (try: apt-get install iproute2)")


def _connect(host: Host, switch: str) -> None:
    port = _port(host.name)
    _ip("netns", "add", host.namespace)
    _ip("link", "add", port, "netns", switch, "type", "veth", "peer", "name", "eth0", "netns", host.namespace)
    _ip("-n", switch, "link", "set", port, "master", "bridge", "up")
    _ip("-n", host.namespace, "address", "add", f"{host.address}/24", "dev", "eth0")
    _ip("-n", host.namespace, "link", "set", "lo", "up")
    _ip("-n", host.namespace, "link", "set", "eth0", "up")


def _port(name: str) -> str:
    return f"to-{name}"


def _remove(namespace: str) -> None:
    if not Path("/run/netns", namespace).exists():
        return
    listed = subprocess.run(["ip", "netns", "pids", namespace], capture_output=True, text=True, check=False)
    for pid in listed.stdout.split():
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(pid), signal.SIGKILL)
    _ip("netns", "delete", namespace)


def _ip(*arguments: str) -> None:
    done = subprocess.run(["ip", *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"ip {' '.join(arguments)}: {done.stderr.strip()}")
