"""The tier by proof: what a real jail proves here, and that the trial notices each wall that is taken away."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox import JailSpec, LayerState, Limits, Tier, prove, rank
from sandbox.order import LAYERS
from sandbox.probes import CONTROLLED, DEEDS, SEES_HOST, WHOLE
from sandbox.proof import NAMESPACES, OPTIONAL, judge
from tests.sandbox.ground import TOP
from tests.sandbox.ordinary import ORDINARY_ID, SYSTEM_PYTHON, needs_root, skip_unless_possible

SPEC = JailSpec(entry="", limits=Limits(memory_bytes=1 << 30, work_bytes=16 << 20))
NO_NAMESPACES = tuple(LayerState(name, raised=False, why="refused", fix="allow it") for name in sorted(NAMESPACES))
WALLS = [layer.name for layer in LAYERS if layer.name not in NAMESPACES | OPTIONAL | {"priority", "identity"}]


@pytest.fixture
def copy() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    shutil.copytree(TOP / "sandbox", folder / "sandbox", ignore=shutil.ignore_patterns("__pycache__"))
    yield folder
    shutil.rmtree(folder)


def proven_by(code: str, folder: Path) -> str:
    """What the program prints, as an ordinary user where the tests run as root."""
    user = ORDINARY_ID if os.geteuid() == 0 else None
    if user is not None:
        skip_unless_possible()
    python = sys.executable if user is None else SYSTEM_PYTHON
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": f"{folder}:{TOP}", "PYTHONDONTWRITEBYTECODE": "1"}
    result = subprocess.run(
        [python, "-c", code],
        cwd=folder,
        user=user,
        group=user,
        extra_groups=None if user is None else [],
        env=environment,
        capture_output=True,
        text=True,
    )
    assert result.stderr == ""
    return result.stdout


PROVE = """
from sandbox import JailSpec, Limits, prove
from sandbox.proof import NAMESPACES
spec = JailSpec(entry="", limits=Limits(memory_bytes=1 << 30, work_bytes=16 << 20), waive=NAMESPACES)
proof = prove(spec)
print(proof.tier, proof.story())
"""
REFUSE = "from tests.sandbox.ground import refuse_namespaces; refuse_namespaces()\n"


def test_all_layers_prove_the_highest_tier() -> None:
    proof = prove(SPEC)
    assert (proof.tier, proof.broken, proof.story()) == (Tier.ISOLATED_PLUS, (), "")
    assert {state.name for state in proof.missing} <= OPTIONAL


@needs_root
def test_all_layers_of_an_ordinary_user_prove_it_too(copy: Path) -> None:
    assert proven_by(PROVE, copy) == "isolated+ \n"


def test_without_namespaces_the_lower_tier_is_proven_with_the_reason(copy: Path) -> None:
    tier, _, story = proven_by(REFUSE + PROVE, copy).partition(" ")
    assert tier == "isolated"
    assert "namespaces: " in story and "sysctl" in story


@pytest.mark.parametrize("layer", WALLS)
def test_a_wall_that_is_taken_away_is_noticed(layer: str, copy: Path) -> None:
    with open(copy / "sandbox" / "order.py", "a") as order:
        order.write(f"\nLAYERS = tuple(layer for layer in LAYERS if layer.name != {layer!r})\n")
    found = proven_by(REFUSE + PROVE if layer == "landlock" else PROVE, copy)
    assert found.startswith("none a jail could "), f"{layer} could be missing unnoticed: {found}"


def test_no_jail_is_an_error_and_no_tier(copy: Path) -> None:
    code = "from sandbox import *\ntry: prove(JailSpec(entry=''))\nexcept LayerMissing as fault: print(fault.names)"
    assert proven_by(REFUSE + code, copy) == "('namespaces', 'mounts')\n"


def test_what_a_killed_trial_left_goes_with_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for name in ("old", "new"):
        (tmp_path / f"jail-proof-{name}").mkdir()
        (tmp_path / f"jail-proof-{name}" / "secret").write_text("secret")
    os.utime(tmp_path / "jail-proof-old", (0, 0))
    prove(SPEC)
    assert [path.name for path in tmp_path.iterdir()] == ["jail-proof-new"]


# --- the judgement ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("deed", DEEDS)
def test_any_deed_that_is_done_is_the_end_of_the_tier(deed: str) -> None:
    proof = judge(frozenset({WHOLE, deed.encode()}), [], False, ())
    assert proof.tier is Tier.NONE
    assert proof.story() == f"a jail could {deed}"


@pytest.mark.parametrize("deed", CONTROLLED)
def test_a_control_that_fails_proves_nothing(deed: str) -> None:
    assert judge(frozenset({WHOLE}), [deed], False, ()).tier is Tier.NONE


def test_a_mark_on_the_host_counts_more_than_words() -> None:
    assert judge(frozenset({WHOLE}), [], True, ()).story() == "a jail left a file beside it"


def test_a_jail_in_which_nothing_works_is_no_jail() -> None:
    assert judge(frozenset(), [], False, ()).tier is Tier.NONE


@pytest.mark.parametrize(
    ("said", "missing", "tier"),
    [
        ({WHOLE}, (), Tier.ISOLATED_PLUS),
        ({WHOLE}, (LayerState("priority", raised=False),), Tier.ISOLATED_PLUS),
        ({WHOLE}, (LayerState("cgroup", raised=False),), Tier.ISOLATED_PLUS),
        ({WHOLE, SEES_HOST}, NO_NAMESPACES, Tier.ISOLATED),
        ({WHOLE}, NO_NAMESPACES, Tier.ISOLATED),
        ({WHOLE, SEES_HOST}, (), Tier.ISOLATED),
        ({WHOLE}, (LayerState("seccomp", raised=False),), Tier.NONE),
        ({WHOLE}, (LayerState("landlock", raised=False),), Tier.NONE),
        ({WHOLE}, (LayerState("rlimits", raised=False),), Tier.NONE),
    ],
)
def test_tiers(said: set[bytes], missing: tuple[LayerState, ...], tier: Tier) -> None:
    assert judge(frozenset(said), [], False, missing).tier is tier


def test_tiers_are_in_order() -> None:
    assert [rank(tier) for tier in ("none", "guarded", "isolated", "isolated+", "unproven", "")] == [0, 1, 2, 3, 0, 0]
