"""One peer doing one workload, in the peer's own environment. Started by ../compare.py; prints one line of JSON.

python bench/peers/peer.py PEER WORK SCALE
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from contextlib import AbstractContextManager
from typing import Any

from works import WORKS, tiny

WARM_CALLS = 50


def main() -> None:
    name, work, scale = sys.argv[1], sys.argv[2], float(sys.argv[3])
    peer_of: Any = importlib.import_module(f"with_{name.replace('-', '_')}")
    started = time.perf_counter()
    opened: AbstractContextManager[Any] = peer_of.open_peer()
    with opened as peer:
        peer.calls(tiny, range(WARM_CALLS))
        ready = time.perf_counter() - started
        figure = WORKS[work](peer, scale)
    whole = time.perf_counter() - started
    print(
        json.dumps(
            {
                "value": figure.value,
                "unit": figure.unit,
                "more_is_better": figure.more_is_better,
                "version": peer_of.version(),
                "ready_s": ready,
                "whole_s": whole,
            }
        )
    )


if __name__ == "__main__":
    main()
