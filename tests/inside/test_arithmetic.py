"""A machine that computes other last digits than the driver's computes nothing for it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from marx.inside.arithmetic import difference, fingerprint

numpy = pytest.importorskip("numpy")


def told_by_another_process(**environment: str) -> tuple[str, str]:
    """The fingerprint that a process with these variables has."""
    program = "import numpy\nfrom marx.inside.arithmetic import fingerprint\nprint(*fingerprint())"
    done = subprocess.run(
        [sys.executable, "-c", program], env={**os.environ, **environment}, capture_output=True, text=True, check=True
    )
    library, numeric = done.stdout.split()
    return library, numeric


def test_processes_of_one_machine_compute_the_same() -> None:
    assert told_by_another_process() == fingerprint()
    assert difference(told_by_another_process()) == ""


def test_another_kernel_of_the_linear_algebra_is_noticed() -> None:
    kernels = {kernel: told_by_another_process(OPENBLAS_CORETYPE=kernel) for kernel in ("Haswell", "Prescott")}
    if len(set(kernels.values())) == 1:
        pytest.skip("this numpy's linear algebra has no kernels to choose from")
    strangers = [told for told in kernels.values() if told != fingerprint()]
    assert all(difference(told).startswith("MX706 this machine's numpy") for told in strangers)
    assert strangers


def test_another_c_library_is_noticed_first() -> None:
    assert difference(("another", "another")).startswith("MX706 this machine's C library")


def test_numpy_counts_only_where_the_driver_uses_it() -> None:
    library, _ = fingerprint()
    assert difference((library, "")) == ""
