"""The same work by Marx and by its peers, in turn, on the same two cores: medians, spread, and ratios.

    python bench/compare.py [--peers futures,pool,dask,…] [--works tiny,cheap,…] [--rounds 5] [--scale 1]

Each peer gets an environment of its own below `--environments` (made the first time, from PyPI), and a process of
its own for each figure (peers/peer.py), so that no peer pays for another. A peer that cannot be had here is named, and
left out.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from timing import CORES, keep_to_cores

HERE = Path(__file__).resolve().parent
PEERS = HERE / "peers"
LONGEST_S = 900

REQUIREMENTS: dict[str, tuple[str, ...]] = {
    "marx": (),
    "futures": (),
    "pool": (),
    "joblib": ("joblib",),
    "dask": ("dask", "distributed"),
    "ray": ("ray",),
    "ipyparallel": ("ipyparallel",),
    "parsl": ("parsl",),
    "celery": ("celery[redis]",),
    "dispy": ("dispy", "psutil"),
}
"""What pip installs for each; those with nothing run in the environment of this command."""

WORKS = ("tiny", "cheap", "ten-us", "unequal", "latency", "latency-tail", "captured", "results")


@dataclass(slots=True)
class Series:
    """What one peer's rounds of one workload measured."""

    values: list[float] = field(default_factory=list)
    unit: str = ""
    more_is_better: bool = True
    fault: str = ""


def main() -> None:
    options = _options()
    keep_to_cores()
    peers = prepared(options.peers.split(","), Path(options.environments))
    print(_host_record())
    versions: dict[str, str] = {}
    for work in options.works.split(","):
        found: dict[str, Series] = defaultdict(Series)
        for number in range(options.rounds):
            for name, python in peers.items():
                _measure(name, python, work, options.scale, found[name], versions)
            print(f"{work}: round {number + 1} of {options.rounds}", file=sys.stderr)
        _print_work(work, found)
    print("versions: " + ", ".join(f"{name} {version}" for name, version in versions.items()))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peers", default=",".join(REQUIREMENTS))
    parser.add_argument("--works", default=",".join(WORKS))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--scale", type=float, default=1.0, help="less than 1 for a quick look")
    parser.add_argument("--environments", default=default_environments())
    return parser.parse_args()


def default_environments() -> str:
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return f"{cache}/marx-bench"


def _host_record() -> str:
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    return f"host: {platform.platform()}, {CORES} cores, Python {platform.python_version()}, load {load}"


# --- environments ----------------------------------------------------------------------------------------------------


def prepared(names: list[str], folder: Path) -> dict[str, str]:
    """The Python of each peer that can be had."""
    pythons = {}
    for name in names:
        if name not in REQUIREMENTS:
            raise SystemExit(f"no peer is called {name!r}; there are: {', '.join(REQUIREMENTS)}")
        why_not = _missing(name)
        python = sys.executable
        if not why_not and REQUIREMENTS[name]:
            python, why_not = _environment(name, folder)
        if why_not:
            print(f"left out: {name}: {why_not}")
        else:
            pythons[name] = python
    return pythons


def _missing(name: str) -> str:
    if name == "celery" and shutil.which("redis-server") is None:
        return "needs a redis-server (Debian: redis-server)"
    return ""


def _environment(name: str, folder: Path) -> tuple[str, str]:
    home = folder / name
    python = home / "bin" / "python"
    done = home / "installed"
    if done.exists():
        return str(python), ""
    print(f"installing {name} into {home}", file=sys.stderr)
    subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
    pip = subprocess.run(
        [str(python), "-m", "pip", "install", "--quiet", *REQUIREMENTS[name]],
        capture_output=True,
        text=True,
        check=False,
    )
    if pip.returncode != 0:
        return "", f"pip: {pip.stderr.strip().splitlines()[-1:]}"
    done.touch()
    return str(python), ""


# --- measuring -------------------------------------------------------------------------------------------------------


def _measure(name: str, python: str, work: str, scale: float, series: Series, versions: dict[str, str]) -> None:
    if not series.fault:
        with tempfile.TemporaryDirectory(prefix="marx-bench-") as folder:  # some peers leave files where they run
            _measure_in(folder, name, python, work, scale, series, versions)


def _measure_in(
    folder: str, name: str, python: str, work: str, scale: float, series: Series, versions: dict[str, str]
) -> None:
    path = f"{Path(python).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    seen = os.pathsep.join([str(PEERS), str(HERE.parent)]) if name == "marx" else str(PEERS)
    try:
        done = subprocess.run(
            [python, str(PEERS / "peer.py"), name, work, str(scale)],
            env={**os.environ, "PATH": path, "PYTHONPATH": seen},
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=LONGEST_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        series.fault = f"not done after {LONGEST_S} s"
        return
    told = _last_json(done.stdout)
    if done.returncode != 0 or told is None:
        series.fault = (done.stderr.strip().splitlines() or ["ended without a word"])[-1]
        return
    versions[name] = told["version"]
    series.values.append(told["value"])
    series.unit, series.more_is_better = told["unit"], told["more_is_better"]


def _last_json(text: str) -> dict[str, Any] | None:
    """Some peers print lines of their own."""
    for line in reversed(text.splitlines()):
        if line.startswith("{"):
            return dict(json.loads(line))
    return None


def _print_work(work: str, found: dict[str, Series]) -> None:
    """Sorted, best first; ratios say how many times better the first peer that was asked for is than each."""
    first = next(iter(found))
    reference = statistics.median(found[first].values) if found[first].values else None
    measured = {name: statistics.median(series.values) for name, series in found.items() if series.values}
    more = next((series.more_is_better for series in found.values() if series.values), True)
    unit = next((series.unit for series in found.values() if series.values), "")
    print(f"\n{work} ({unit})")
    print(f"  {'':<14}{'median':>14}{'lowest':>14}{'highest':>14}   {first} is")
    for name in sorted(measured, key=lambda one: measured[one], reverse=more):
        values = found[name].values
        print(
            f"  {name:<14}{measured[name]:>14,.2f}{min(values):>14,.2f}{max(values):>14,.2f}   "
            + _times_better(reference, measured[name], more)
        )
    for name, series in found.items():
        if series.fault:
            print(f"  {name:<14}{series.fault[:90]}")


def _times_better(reference: float | None, value: float, more: bool) -> str:
    if reference is None or not value or not reference:
        return ""
    return f"{reference / value if more else value / reference:.2f} times better"


if __name__ == "__main__":
    main()
