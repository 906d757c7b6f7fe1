"""Records the TCP bytes of one port as a machine sees them on its network, until SIGTERM. Linux, root.

    python bench/capture.py PORT FILE

FILE gets a line of JSON for each direction of each connection: {"flow": "10.0.0.2:4000 > 10.0.0.1:7000", "bytes": HEX}.
Bytes are joined in the order of their arrival, so that what is split over two packets is found as well.
"""

from __future__ import annotations

import json
import signal
import socket
import struct
import sys
from pathlib import Path

ETHERNET_HEADER = 14
IPV4 = 0x0800
EVERY_PROTOCOL = 3
"""Any narrower filter would show what arrives only, not what leaves."""
TCP = 6
FRAME_BYTES_MAX = 1 << 18
RECEIVE_BUFFER = 64 << 20


def tcp_bytes(frame: bytes, port: int) -> tuple[str, bytes] | None:
    """The flow and the bytes of a TCP packet from or to `port`; None for any other frame."""
    if len(frame) < ETHERNET_HEADER + 20 or struct.unpack_from("!H", frame, 12)[0] != IPV4:
        return None
    ip = frame[ETHERNET_HEADER:]
    header = (ip[0] & 15) * 4
    total = struct.unpack_from("!H", ip, 2)[0] or len(ip)
    if ip[9] != TCP or len(ip) < header + 20:
        return None
    source_port, target_port = struct.unpack_from("!HH", ip, header)
    if port not in (source_port, target_port):
        return None
    data = ip[header + (ip[header + 12] >> 4) * 4 : total]
    return f"{socket.inet_ntoa(ip[12:16])}:{source_port} > {socket.inet_ntoa(ip[16:20])}:{target_port}", data


def stop(*_: object) -> None:
    raise KeyboardInterrupt


def main() -> None:
    port, target = int(sys.argv[1]), Path(sys.argv[2])
    signal.signal(signal.SIGTERM, stop)
    flows: dict[str, bytearray] = {}
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(EVERY_PROTOCOL)) as wire:
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        print("listening", flush=True)
        try:
            while True:
                seen = tcp_bytes(wire.recv(FRAME_BYTES_MAX), port)
                if seen and seen[1]:
                    flows.setdefault(seen[0], bytearray()).extend(seen[1])
        except KeyboardInterrupt:
            pass
    lines = [json.dumps({"flow": flow, "bytes": data.hex()}) for flow, data in flows.items()]
    target.write_text("\n".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
