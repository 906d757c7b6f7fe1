"""`python -m sandbox`: a program in a jail by hand."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.sandbox.ground import TOP


def run_alone(folder: Path, source: str, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    (folder / "prog.py").write_text(source)
    return subprocess.run(
        [sys.executable, "-m", "sandbox", "prog.py", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(TOP)},
        input=stdin,
        capture_output=True,
        text=True,
    )


def test_a_program_alone(tmp_path: Path) -> None:
    source = "import sys; print(sys.argv[1:], input()); open('out', 'w').write('x'); sys.exit('bye')"
    result = run_alone(tmp_path, source, "a", "--b", stdin="line\n")
    assert (result.stdout, result.stderr, result.returncode) == ("['a', '--b'] line\n", "bye\n", 1)
    assert (tmp_path / "out").read_text() == "x"


def test_a_traceback_alone_is_python_s_own(tmp_path: Path) -> None:
    source = "def f():\n    1 / 0\nf()\n"
    jailed = run_alone(tmp_path, source)
    plain = subprocess.run([sys.executable, str(tmp_path / "prog.py")], capture_output=True, text=True)
    assert (jailed.stdout, jailed.stderr, jailed.returncode) == (plain.stdout, plain.stderr, plain.returncode)
