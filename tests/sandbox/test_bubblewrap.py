"""Bubblewrap around a jail on a host that refuses namespaces: what it hides, and that nothing stays alive."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sandbox.bubblewrap import _PLACES
from tests.sandbox.test_proof import PROVE, REFUSE, copy, proven_by

pytestmark = pytest.mark.skipif(not any(map(os.path.exists, _PLACES)), reason="apt-get install bubblewrap")
assert copy, "a fixture"

LOOK = """
from sandbox import JailSpec, Limits, Load, FileIn, Verdict, start
from tests.sandbox.ground import TOP, ask
import os
limits = Limits(work_bytes=16 << 20)
spec = JailSpec(entry="tests.sandbox.deeds:perform", read_only=(str(TOP),), limits=limits, nice=False,
    waive=frozenset({"namespaces", "mounts"}), bubblewrap=%r)
with start(spec) as jail:
    jail.load(Load(folder="/w", files=(FileIn("/w/given", b"given"),), collect=True))
    print(ask(jail, "read given"))
    print(ask(jail, "write made").split(":")[0])
    print(ask(jail, "names /var/log"))
    print(os.path.exists(jail.place("/w")))
    jail.send(b"leave 3")
    outcome = jail.wait(60)
    print(outcome.verdict, outcome.exit_code, [file.path for file in outcome.files])
print(not os.path.exists(f"/proc/{jail.pid}"))
"""


def test_it_hides_the_host_and_an_ordinary_program_gets_along(copy: Path) -> None:
    behind = proven_by(REFUSE + LOOK % True, copy).splitlines()
    plain = proven_by(REFUSE + LOOK % False, copy).splitlines()
    assert "No such file" in behind.pop(2)
    assert "Permission denied" in plain.pop(2)
    assert behind == ["done: given", "done", "False", "exited 3 ['made']", "True"]
    assert plain == ["done: given", "done", "True", "exited 3 ['made']", "True"], "its folder is on the host's disk"


def test_the_tier_is_proven_in_it(copy: Path) -> None:
    prove = PROVE.replace("waive=NAMESPACES", "waive=NAMESPACES, bubblewrap=True")
    tier, _, story = proven_by(REFUSE + prove, copy).partition(" ")
    assert tier == "isolated", story
    assert "namespaces: " in story


KILL = (
    """
import os, signal, time
def parents():
    found = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            facts = open(f"/proc/{name}/stat").read().rpartition(")")[2].split()
            if facts[0] != "Z": found[int(name)] = int(facts[1])
        except OSError: pass
    return found
def family(pid):
    known, tree = {pid}, parents()
    while more := {child for child, parent in tree.items() if parent in known} - known: known |= more
    return known
def alive(pids):
    deadline = time.monotonic() + 30
    while (left := pids & parents().keys()) and time.monotonic() < deadline: time.sleep(0.01)
    return sorted(left)
"""
    + LOOK.partition("    print(ask")[0] % True
    + """
    ask(jail, "say that the runner is there")
    jail.send(b"spin_against_signals 60")
    processes = family(jail.pid)
    print(len(processes))
    %s
print(alive(processes))
"""
)


@pytest.mark.parametrize("deed", ["jail.kill()", "os.kill(jail.pid, signal.SIGKILL); jail.kill()"])
def test_nothing_is_left_alive(deed: str, copy: Path) -> None:
    """bubblewrap, its first process, launcher, zygote and runner."""
    assert proven_by(REFUSE + KILL % deed, copy) == "5\n[]\n"
