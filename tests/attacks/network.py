"""Attacks through sockets: whoever listens on the host or elsewhere, and kinds of sockets of their own."""

from __future__ import annotations

from tests.attacks.attack import OBEYED, REACHED, attack

_REACHING = {
    "tcp": "import socket; socket.create_connection(('127.0.0.1', tcp), 2)",
    "tcp_by_any_address": "import socket; socket.create_connection(('0.0.0.0', tcp), 2)",
    "tcp6": "import socket; socket.create_connection(('::1', tcp6), 2)",
    "mapped_address": "import socket; s = socket.socket(socket.AF_INET6); s.settimeout(2); "
    "s.connect(('::ffff:127.0.0.1', tcp))",
    "udp": "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', udp))",
    "fast_open": "import socket; socket.socket().sendto(b'x', 0x20000000, ('127.0.0.1', tcp))",
    "stream_path": "import socket; socket.socket(socket.AF_UNIX).connect(stream_path)",
    "datagram_path": "import socket; socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b'x', datagram_path)",
    "abstract": "import socket; socket.socket(socket.AF_UNIX).connect('\\0' + abstract)",
    "http": "import http.client; c = http.client.HTTPConnection('127.0.0.1', tcp, timeout=2); c.connect()",
    "url": "import urllib.request; urllib.request.urlopen(f'http://127.0.0.1:{tcp}/', timeout=0.2)",
    "mail": "import smtplib; smtplib.SMTP('127.0.0.1', tcp, timeout=0.2)",
    "file_transfer": "import ftplib; ftplib.FTP(timeout=0.2).connect('127.0.0.1', tcp, 0.2)",
    "asyncio": "import asyncio; asyncio.run(asyncio.open_connection('127.0.0.1', tcp))",
    "asyncio_path": "import asyncio; asyncio.run(asyncio.open_unix_connection(stream_path))",
    "log_handler": "import logging.handlers as h; h.SocketHandler('127.0.0.1', tcp).createSocket()",
    "shared_manager": "from multiprocessing.connection import SocketClient as C; C(stream_path)",
    "reused_pair": "import socket; a, b = socket.socketpair(); a.connect(stream_path) if 0 else "
    "socket.socket(socket.AF_UNIX).connect(stream_path)",
}

_KINDS = {
    "listening": "s = socket.create_server(('127.0.0.1', 0)); obeyed()",
    "any_socket": "socket.socket(); obeyed()",
    "path_server": "s = socket.socket(socket.AF_UNIX); s.bind('server'); os.unlink('server'); obeyed()",
    "abstract_server": "s = socket.socket(socket.AF_UNIX); s.bind('\\0x' + abstract); obeyed()",
    "netlink": "socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0); obeyed()",
    "interfaces": "socket.if_nameindex() and obeyed()",
    "datagram_pair": "socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM); obeyed()",
    "packet_pair": "socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET); obeyed()",
    "names": "socket.getaddrinfo('localhost', 80) and obeyed()",
    "descriptor_passing": "a, b = socket.socketpair(); socket.send_fds(a, [b'x'], [0]); obeyed()",
    "peer_of_the_channel": "s = socket.socket(fileno=os.dup(b.fileno() if (b := socket.socketpair()[0]) else 3))\n"
    "s.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12) and obeyed()",
    "buffer_beyond_limits": "a, b = socket.socketpair(); a.setsockopt(1, 7, 1 << 24); obeyed()",
}


def _raw(name: str, family: int, kind: int, protocol: int) -> tuple[str, str]:
    return name, f"say(knock(41, {family}, {kind}, {protocol}))"


_FAMILIES = dict(
    [
        _raw("raw", 2, 3, 1),
        _raw("packet", 17, 3, 0x0300),
        _raw("ping", 2, 2, 1),
        _raw("crypto", 38, 5, 0),
        _raw("virtual_machine", 40, 1, 0),
        _raw("bluetooth", 31, 3, 1),
        _raw("key_management", 15, 3, 2),
        _raw("express_data_path", 44, 3, 0),
    ]
)

ATTACKS = (
    *(attack("network", f"reach_{name}", source, REACHED) for name, source in _REACHING.items()),
    *(attack("network", f"make_{name}", f"import socket\n{source}", OBEYED) for name, source in _KINDS.items()),
    *(
        attack("network", f"family_{name}", source, "" if name == "ping" else OBEYED)
        for name, source in _FAMILIES.items()
    ),
    attack("network", "bind_the_channel", "say(knock(49, 3, b'\\x01\\x00/tmp/x\\x00', 9))"),
    attack("network", "listen_on_the_channel", "say(knock(50, 3, 5))"),
    attack("network", "accept_on_output", "say(knock(43, 1, 0, 0))"),
    attack("network", "connect_the_channel", "say(knock(42, 3, b'\\x01\\x00' + stream_path.encode() + b'\\0', 110))"),
    attack("network", "message_with_rights", "say(knock(46, 3, ctypes.create_string_buffer(64), 0))"),
    attack("network", "many_messages", "say(knock(307, 3, ctypes.create_string_buffer(64), 1, 0))"),
    attack(
        "network",
        "send_with_address",
        "import socket; a, b = socket.socketpair()\n"
        "say(knock(44, a.fileno(), b'x', 1, 0, b'\\x01\\x00' + stream_path.encode() + b'\\0', 110))",
    ),
)
