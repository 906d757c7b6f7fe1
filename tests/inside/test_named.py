"""A program that names paths of `/tmp` and of its working folder where the jail has these elsewhere."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.sandbox.ground import TOP

INSTALL = """
import sys
from marx.inside import named
from marx.inside.messages import Begin
script, home = sys.argv[1:]
shown = {"/tmp": home + "/outside/tmp", "/tmp/the-job": home + "/work"}
named.install(Begin("driver", script, [script], home + "/work", shown=shown))
exec(compile(open(script).read(), script, "exec"), {"__name__": "__main__"})
"""
HERE = "/tmp/marx-named-here"

PROGRAMS = {
    "written and read": ("open(HERE, 'w').write('a'); print(open(HERE).read())", "a"),
    "as bytes": ("b = HERE.encode(); open(b, 'w').write('a'); print(open(file=b).read())", "a"),
    "by pathlib": ("p = pathlib.Path(HERE); p.write_text('a'); print(p.read_text(), p.exists())", "a True"),
    "by numbers": ("f = os.open(HERE, os.O_CREAT | os.O_RDWR); os.write(f, b'a'); print(os.stat(f).st_size)", "1"),
    "folders": (
        "os.makedirs(HERE + '/b/c'); print(os.listdir(HERE), [d[1] for d in os.walk(HERE)])",
        "['b'] [['b'], ['c'], []]",
    ),
    "renamed and removed": (
        "open(HERE, 'w').close(); os.rename(HERE, HERE + '2'); os.remove(HERE + '2'); print(os.listdir('/tmp'))",
        "[]",
    ),
    "removed with all": (
        "os.makedirs(HERE + '/b'); shutil.rmtree(HERE); print(os.path.exists(HERE))",
        "False",
    ),
    "temporary": (
        "with tempfile.NamedTemporaryFile('w+', dir='/tmp') as f: print(f.write('a'))\n"
        "with tempfile.TemporaryDirectory() as d: print(d[:5], tempfile.gettempdir())",
        "1\n/tmp/ /tmp",
    ),
    "imported": (
        "os.mkdir(HERE); open(HERE + '/m_named.py', 'w').write('x = 3')\n"
        "sys.path.insert(0, HERE); import m_named; print(m_named.x)",
        "3",
    ),
    "the working folder": ("open('/tmp/the-job/out', 'w').write('a'); print(open('out').read())", "a"),
    "not there": ("try: open(HERE)\nexcept FileNotFoundError as fault: print(fault.errno)", "2"),
    "no path at all": ("try: os.stat(None)\nexcept TypeError as fault: print('refused')", "refused"),
}
"""Source and output."""


def run(source: str, folder: Path) -> str:
    script = folder / "work" / "program.py"
    script.parent.mkdir(exist_ok=True)
    script.write_text(source)
    result = subprocess.run(
        [sys.executable, "-c", INSTALL, str(script), str(folder)],
        cwd=script.parent,
        env={"PYTHONPATH": str(TOP)},
        capture_output=True,
        text=True,
    )
    return result.stdout + result.stderr


@pytest.mark.parametrize("name", PROGRAMS)
def test_what_a_program_names_is_found_in_its_jail(name: str, tmp_path: Path) -> None:
    source, expected = PROGRAMS[name]
    start = f"import os, pathlib, shutil, sys, tempfile\nHERE = {HERE!r}\n"
    assert run(start + source, tmp_path) == expected + "\n"
    assert not Path(HERE).exists()


def test_a_program_that_names_none_has_pythons_own_functions(tmp_path: Path) -> None:
    expected = "<built-in function open> <built-in function stat>\n"
    assert run("import os; print(open, os.stat)", tmp_path) == expected
