"""Does `marx why` help? Every condition that it knows, planted in a real distributor: what it says, and what then.

    python bench/why.py [--only TEXT]

The conditions are those of tests/cli/planted/. A line each: whether the cause that is named is the one that was
planted, the command that is proposed, and what came of it. That command is run as a process of its own, against that
distributor, as the person who asked:

    changed       it did something: the cause is another one afterwards, or there is a new job
    shown         it printed more about it
    elsewhere     it has to be typed at another machine, or needs a file or a decision that only its person has

The exit status is 1 if a cause is not the planted one, or a command fails.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import tempfile
from collections import Counter
from pathlib import Path

import gevent
from gevent import subprocess

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from marx.cli.cause import Cause  # noqa: E402 - found by the line above
from marx.cli.why import why  # noqa: E402
from marx.wire.address import Address  # noqa: E402
from tests.cli.planted import PLANTED  # noqa: E402
from tests.cli.stage import Stage  # noqa: E402

ACTS = frozenset({"cancel", "resume", "retry"})
SHOWS = frozenset({"history", "logs", "ps", "results", "show", "watch", "workers"})
LENDS = frozenset({"no-worker", "wrong-python"})
"""Where the proposal is another worker: one with the job's Python comes."""
FOLLOWING_S = 2.0
"""Who watches a job that goes on has seen it by then, and leaves with Ctrl-C."""
PROPOSED = re.compile(r"marx (\w+)((?: [-\w/']\S*)*)")
"""A command of what is proposed, without the remark behind it."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="conditions with this in their name")
    options = parser.parse_args()
    counts: Counter[str] = Counter()
    for code in [code for code in PLANTED if options.only in code]:
        with tempfile.TemporaryDirectory(prefix="why-") as folder:
            named, cause, came = examine(code, Path(folder))
        counts["named" if named else "wrongly named"] += 1
        counts[came.partition(":")[0]] += 1
        print(f"{code:20} {'named' if named else 'WRONG':6} {came:44.44} {cause.fix}", flush=True)
    print(
        f"{sum(map(PLANTED.__contains__, PLANTED))} conditions: "
        + ", ".join(f"{n} {what}" for what, n in counts.items())
    )
    return 1 if counts["wrongly named"] or counts["FAILED"] else 0


def examine(code: str, folder: Path) -> tuple[bool, Cause, str]:
    """Whether the cause is the planted one, what was said, and what came of the proposal."""
    plant, settings = PLANTED[code]
    stage = Stage(folder / "serve", **settings)  # type: ignore[arg-type]
    try:
        about = plant(stage)
        cause = why(stage.client, about)
        return cause.code == code, cause, follow(stage, about, cause, folder)
    finally:
        stage.close()


def follow(stage: Stage, about: str, cause: Cause, folder: Path) -> str:
    """Does what is proposed, as far as it can be done here."""
    if cause.code in LENDS:
        stage.worker("another", python="3.11.9")
        return changed(stage, about, cause)
    for found in map(PROPOSED.search, cause.fix.split(";")):
        name, rest = found.groups() if found is not None else ("", "")
        if name not in ACTS | SHOWS:
            continue
        status, said = marx(stage, folder, name, *rest.split())
        job = about.partition("/")[0]
        if status not in (0, 130) and not (name in ("results", "watch") and job in said):
            return f"FAILED: marx {name} ended with {status}: {said.strip()[-200:]}"
        if name == "retry":
            return "changed: it runs again" if said.strip() else "FAILED: no new job"
        if name in ACTS:
            return changed(stage, about, cause)
        return "shown" if said.strip() else f"FAILED: marx {name} printed nothing"
    return "elsewhere"


def changed(stage: Stage, about: str, cause: Cause) -> str:
    now = why(stage.client, about)
    return f"changed: {now.code}" if now.code != cause.code else "FAILED: the cause is still the same"


def marx(stage: Stage, folder: Path, *command: str) -> tuple[int, str]:
    """Exit code and all that was printed. The distributor runs on meanwhile, in this process."""
    keys = folder / "marx" / "keys"
    keys.mkdir(mode=0o700, parents=True, exist_ok=True)
    (keys / "tasker.key").touch(mode=0o600)
    (keys / "tasker.key").write_text(stage.keys.secret.hex() + "\n")
    lab = stage.lab
    address = Address("127.0.0.1", lab.port, lab.keys.public, lab.code)
    settings = {"XDG_CONFIG_HOME": str(folder), "MARX_DISTRIBUTOR": str(address)}
    child = subprocess.Popen(
        [sys.executable, "-m", "marx.cli", *command],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **settings},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    reading = gevent.spawn(child.stdout.read)
    if command[0] == "watch" and not reading.join(FOLLOWING_S):
        child.send_signal(2)
    said: str = reading.get()
    return child.wait(), said


if __name__ == "__main__":
    sys.exit(main())
