"""The control group of a jail: what it counts that no other limit does, that it goes with the jail, and where groups
may be made at all."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

import sandbox
from sandbox import LoadRefused, Verdict, cgroup
from sandbox.order import LAYERS
from tests.sandbox.ground import PATIENCE_S, TOP, ask, echo, loaded
from tests.sandbox.ordinary import ORDINARY_ID, SYSTEM_PYTHON, needs_root, skip_unless_possible


@pytest.fixture(scope="module", autouse=True)
def _needs_groups() -> None:
    state = next(state for state in sandbox.layers() if state.name == "cgroup")
    if not state.raised:
        pytest.skip(f"{state.why}: {state.fix}")


def test_the_optional_layers_are_those_of_the_proof() -> None:
    assert {layer.name for layer in LAYERS if layer.optional} == sandbox.OPTIONAL


FILL = """
from sandbox import JailSpec, Limits, start
from tests.sandbox.ground import TOP
from tests.sandbox.ground import EMPTY
limits = Limits(memory_bytes=192 << 20, work_bytes=32 << 20)
entry = "tests.sandbox.entries:fill_socket_buffers"
with start(JailSpec(entry=entry, read_only=(str(TOP),), nice=False, limits=limits)) as jail:
    jail.load(EMPTY)
    jail.send(b"")
    said = jail.receive(60)
    outcome = jail.wait(60)
    print(said, outcome.verdict, outcome.reason)
"""
"""By a program, so that it can be run with a package of fewer layers."""


def filled(path: str) -> str:
    command = [sys.executable, "-c", FILL]
    result = subprocess.run(
        command, cwd="/", env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, timeout=PATIENCE_S
    )
    assert result.stderr == ""
    return result.stdout


def test_memory_that_no_process_holds_is_counted_and_the_jail_says_so() -> None:
    allowed = (192 + 32 + 64) << 20
    assert filled(str(TOP)) == (
        f"None memory the program, with what the kernel keeps for it, needed more than the {allowed} bytes allowed to "
        "its jail\n"
    )


def test_without_the_layer_the_same_program_has_it_all(tmp_path: Path) -> None:
    shutil.copytree(TOP / "sandbox", tmp_path / "sandbox", ignore=shutil.ignore_patterns("__pycache__"))
    with open(tmp_path / "sandbox" / "order.py", "a") as order:
        order.write("\nLAYERS = tuple(layer for layer in LAYERS if not layer.optional)\n")
    said, _, end = filled(f"{tmp_path}:{TOP}").rpartition(" exited")
    own, sent = (int(word) for word in said.strip("b'").split(" bytes of "))
    assert own + sent > (192 + 64) << 20
    assert end == " \n"


def groups_of(host: int) -> list[Path]:
    return sorted(path for folder in cgroup.places().values() for path in Path(folder).glob(f"jail-{host}-*"))


def test_everything_in_a_jail_is_in_its_group_and_the_group_goes_with_it() -> None:
    before = groups_of(os.getpid())
    with loaded("tests.sandbox.deeds:perform") as jail:
        ask(jail, "say that the runner is there")
        made = [group for group in groups_of(os.getpid()) if group not in before]
        family = {jail.pid, *(child.pid for child in psutil.Process(jail.pid).children(recursive=True))}
        assert made and len(family) == 3
        for group in made:
            assert {int(line) for line in (group / "cgroup.procs").read_text().split()} == family
        jail.send(b"leave 0")
        assert jail.wait(PATIENCE_S).verdict is Verdict.EXITED
        assert not [group for group in made if group.exists()]


def test_a_jail_that_nobody_waited_for_leaves_no_group() -> None:
    before = groups_of(os.getpid())
    sandbox.start(echo()).close()
    with sandbox.start(echo()) as jail, pytest.raises(LoadRefused):
        jail.load(sandbox.Load(folder="relative"))
    assert groups_of(os.getpid()) == before


def test_what_a_killed_host_left_goes_with_the_next_start() -> None:
    code = (
        "import sys; from tests.sandbox import ground as t\n"
        "with t.loaded('tests.sandbox.entries:echo') as jail: print(jail.pid, flush=True); sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=TOP, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as host:
        assert host.stdout is not None
        launcher = psutil.Process(int(host.stdout.readline()))
        host.kill()
    psutil.wait_procs([launcher], timeout=PATIENCE_S)
    assert groups_of(host.pid), "nobody was left to remove it"
    subprocess.run([sys.executable, "-c", "import sandbox; sandbox.layers()"], cwd=TOP, check=True)
    assert groups_of(host.pid) == []


@needs_root
def test_where_no_group_can_be_made_the_jail_does_without_and_tells() -> None:
    skip_unless_possible()
    code = "import sandbox; print(*[state for state in sandbox.layers() if not state.raised])"
    result = subprocess.run(
        [SYSTEM_PYTHON, "-B", "-c", code],
        cwd=TOP,
        user=ORDINARY_ID,
        group=ORDINARY_ID,
        extra_groups=[],
        env={},
        capture_output=True,
        text=True,
    )
    assert result.stdout.startswith("LayerState(name='cgroup', raised=False, why='no group can be made in "), result
    assert "Permission denied" in result.stdout and "Delegate=" in result.stdout
    assert result.stdout.count("LayerState") == 1
