"""Records what passes a port of a lab, and looks for words in it that nobody on the way should be able to read."""

from __future__ import annotations

import base64
import contextlib
import json
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from network import Host
from table import Table

HERE = Path(__file__).resolve().parent
IN_CLEAR = "sent-in-clear-4714"
WAIT_S = 60.0


@contextlib.contextmanager
def recorded(host: Host, port: int, target: Path) -> Iterator[None]:
    """Everything from and to the distributor's port, as its machine sees it, is in `target` afterwards."""
    command = host.inside([sys.executable, str(HERE / "capture.py"), str(port), str(target)])
    capture = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert capture.stdout is not None
    capture.stdout.readline()
    try:
        yield
    finally:
        capture.terminate()
        capture.wait(WAIT_S)
        capture.stdout.close()


def send_in_clear(sender: Host, receiver: Host, port: int) -> None:
    """What an eavesdropper would see of a connection without encryption, to the same port: the distributor drops it."""
    code = (
        f"import socket; s = socket.create_connection(({receiver.address!r}, {port})); s.sendall({IN_CLEAR.encode()!r})"
    )
    subprocess.run(sender.inside([sys.executable, "-c", code]), check=True, timeout=WAIT_S)


def search(table: Table, recording: Path, peers: list[Host], markers: Iterable[str]) -> None:
    """A line for each marker: it must not be readable in anything that was recorded, which came from all the peers."""
    flows = {line["flow"]: bytes.fromhex(line["bytes"]) for line in map(json.loads, recording.read_text().splitlines())}
    everything = b"\0".join(flows.values())
    talked = [peer for peer in peers if any(flow.startswith(f"{peer.address}:") for flow in flows)]
    table.line("the wire was recorded, from all peers", talked == peers, f"{len(everything):,} bytes")
    table.line("  (control: what is sent in clear is found)", IN_CLEAR.encode() in everything)
    for marker in markers:
        found = [form for form in readable_forms(marker) if form in everything]
        table.line(f"{marker} is not on the wire", not found, str(found or ""))


def readable_forms(marker: str) -> list[bytes]:
    plain = marker.encode()
    return [
        plain,
        plain[::-1],
        plain.hex().encode(),
        base64.b64encode(plain).rstrip(b"=")[:-2],
        marker.encode("utf-16-le"),
    ]
