"""Opens a peer, has one call done by it, closes it. Started by ../startup.py, which measures from start to exit.

python bench/peers/hello.py PEER
"""

from __future__ import annotations

import importlib
import sys
from typing import Any


def hello(_: int) -> str:
    return "hello"


def main() -> None:
    peer_of: Any = importlib.import_module(f"with_{sys.argv[1]}")
    with peer_of.open_peer() as peer:
        print(*peer.calls(hello, range(1)))


if __name__ == "__main__":
    main()
