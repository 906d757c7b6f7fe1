"""A router on a port that an earlier one has just left: ZeroMQ gives a port back in its own time after `close`."""

from __future__ import annotations

import gevent
import zmq.green as zmq

from marx.link.keys import KeyPair
from marx.link.router import Router

FREE_S = 20.0


def router_at(context: zmq.Context, port: int, keys: KeyPair) -> Router:
    """A CURVE router on a loopback port (0: any), as soon as the port is free."""
    with gevent.Timeout(FREE_S):
        while True:
            try:
                return Router.tcp(context, "127.0.0.1", port, keys)
            except zmq.ZMQError as fault:
                assert fault.errno == zmq.EADDRINUSE
                gevent.sleep(0.01)
