"""Each layer is needed: the suite notices when one is taken out of the list, and names it.

The layer is removed from a copy of the package. What it alone stops must then do harm.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.order import LAYERS
from tests.attacks.collection import ATTACKS
from tests.attacks.trial import name_of
from tests.sandbox.ground import TOP
from tests.sandbox.ordinary import ORDINARY_ID, SYSTEM_PYTHON, skip_unless_possible

NAMES = [layer.name for layer in LAYERS if not layer.optional]
"""What an optional one adds is tried in tests/sandbox/test_cgroup.py."""


def without(layer: str, folder: Path) -> None:
    """A copy of the package that has one layer less."""
    shutil.copytree(TOP / "sandbox", folder / "sandbox", ignore=shutil.ignore_patterns("__pycache__"))
    with open(folder / "sandbox" / "order.py", "a") as order:
        order.write(f"\nLAYERS = tuple(layer for layer in LAYERS if layer.name != {layer!r})\n")


def tried(folder: Path, lacking: str, names: list[str], *, as_root: bool = False) -> dict[str, str]:
    """Root's interpreter may lie where a jail that lacks something does not get to, so that it would not even start."""
    user = ORDINARY_ID if os.geteuid() == 0 and not as_root else None
    if user is not None:
        skip_unless_possible()
    python = sys.executable if user is None else SYSTEM_PYTHON
    result = subprocess.run(
        [python, "-m", "tests.attacks.trial", str(folder), lacking, ",".join(names)],
        cwd=folder,
        user=user,
        group=user,
        extra_groups=None if user is None else [],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(TOP), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr
    found: dict[str, str] = json.loads(result.stdout)
    return found


def test_every_layer_has_an_attack_of_its_own() -> None:
    assert {attack.only_layer for attack in ATTACKS} - {""} == set(NAMES)


@pytest.mark.parametrize("layer", NAMES)
def test_without_a_layer_its_attacks_succeed(layer: str, open_folder: Path) -> None:
    if layer == "identity" and os.geteuid() != 0:
        pytest.skip("only root has an identity to lose")
    without(layer, open_folder)
    names = [name_of(attack) for attack in ATTACKS if attack.only_layer == layer]
    # Mounts need namespaces, so a jail without those is only had where both may be missing.
    found = tried(open_folder, "mounts" if layer == "namespaces" else "", names, as_root=layer == "identity")
    assert {name for name in names if not found.get(name)} == set(), f"{layer} could be missing unnoticed: {found}"


def test_a_layer_that_is_missing_by_itself_is_no_jail(open_folder: Path) -> None:
    """The list is complete, but the host lacks something that nobody waived."""
    without("namespaces", open_folder)
    found = tried(open_folder, "", ["files-read_plain"])
    assert found["no jail"].startswith('LayerMissing: cannot raise mounts; mounts: needs "namespaces"')
