"""`marx run` beside `python`: the same bytes, exit code and files.

Everything is real here: processes, jails, folders.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

HOME = Path(__file__).resolve().parents[2]
TIMEOUT_S = 120

PROGRAM = """\
import sys
from near import square


def main():
    data = open("numbers.txt").read().split()
    values = [square(int(text)) for text in data]
    print(sum(values), sys.argv[1:])
    with open("out/result.txt", "w") as out:
        out.write(f"{values}\\n")
    print("not all is well", file=sys.stderr)
    sys.stdout.buffer.write(b"\\xff\\xfe raw\\n")


main()
"""


@dataclass(frozen=True, slots=True)
class Ran:
    code: int
    stdout: bytes
    stderr: bytes
    files: dict[str, bytes]


def run(folder: Path, command: list[str], stdin: bytes | None = None) -> Ran:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MARX_")}
    environment.pop("PYTHONUNBUFFERED", None)
    environment |= {"PYTHONPATH": str(HOME), "XDG_CONFIG_HOME": str(folder.parent / "config")}
    done = subprocess.run(
        command, cwd=folder, env=environment, input=stdin, capture_output=True, timeout=TIMEOUT_S, check=False
    )
    left = {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else b"/"
        for path in sorted(folder.rglob("*"))
        if "__pycache__" not in path.parts
    }
    return Ran(done.returncode, done.stdout, done.stderr, left)


def both(tmp_path: Path, files: dict[str, str], *arguments: str, stdin: bytes | None = None) -> tuple[Ran, Ran]:
    """What `python prog.py` and `marx run prog.py` make of equal folders at the same path."""
    folder = tmp_path / "work"
    rans = []
    for command in ([sys.executable], [sys.executable, "-m", "marx.cli", "run"]):
        shutil.rmtree(folder, ignore_errors=True)
        for name, text in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if not name.endswith("/"):
                path.write_text(text)
            else:
                path.mkdir()
        rans.append(run(folder, [*command, "prog.py", *arguments], stdin))
    return rans[0], rans[1]


def test_output_arguments_modules_data_and_files(tmp_path: Path) -> None:
    files = {
        "prog.py": PROGRAM,
        "near.py": "def square(n):\n    return n * n\n",
        "numbers.txt": " ".join(map(str, range(200))),
        "out/": "",
    }
    python, marx = both(tmp_path, files, "--report", "x", "--", "-h")
    assert marx == python
    assert (python.code, len(python.files)) == (0, 5)


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("import sys\nsys.exit(7)\n", 7),
        ("import sys\nsys.exit('a message')\n", 1),
        ("print('before')\n\n\ndef f(n):\n    return 1 // n\n\n\nf(0)\n", 1),
        ("import os\nos._exit(9)\n", 9),
        ("import os\nprint(sorted(os.listdir('.')))\nos.remove('gone.txt')\nos.mkdir('new')\n", 0),
        ("print(input(), input())\n", 0),
    ],
)
def test_endings(tmp_path: Path, source: str, code: int) -> None:
    python, marx = both(tmp_path, {"prog.py": source, "gone.txt": "x"}, stdin=b"one\ntwo\n")
    assert marx == python
    assert python.code == code


KILLS_ITSELF = """\
import os, signal


def slow(n):
    {}
    return sum(i * i % 7 for i in range(60_000 + n))


print("begun", flush=True)
with open("left.txt", "w") as out:
    out.write("kept")
print([slow(n) for n in range(60)])
"""


@pytest.mark.parametrize(
    ("source", "number"),
    [
        ("import ctypes\nctypes.string_at(0)\n", signal.SIGSEGV),
        ("import signal\nprint('lost')\nsignal.raise_signal(signal.SIGKILL)\n", signal.SIGKILL),
        (KILLS_ITSELF.format("n == 37 and os.kill(os.getpid(), signal.SIGKILL)"), signal.SIGKILL),
    ],
)
def test_a_signal_is_told_as_a_shell_tells_it(tmp_path: Path, source: str, number: int) -> None:
    python, marx = both(tmp_path, {"prog.py": source})
    assert python.code == -number
    assert marx == replace(python, code=128 + number)


def test_a_recursion_too_deep_for_the_stack_dies_in_the_driver_as_it_does_in_chunks(tmp_path: Path) -> None:
    source = (
        "import sys\n"
        "sys.setrecursionlimit(10_000_000)\n"
        "def deep(n):\n"
        "    return 0 if n == 0 else sorted([n], key=lambda m: deep(m - 1))[0]\n"
        "def work(i):\n"
        "    s = 0\n"
        "    for k in range(200_000): s += k ^ i\n"
        "    return s + (deep(3_000_000) if i == 23 else 0)\n"
        "print('before', flush=True)\n"
        "print([work(i) for i in range(40)])\n"
    )
    python, marx = both(tmp_path, {"prog.py": source})
    assert python.code == -signal.SIGSEGV
    assert (marx.code, marx.stdout, marx.stderr) == (128 + signal.SIGSEGV, python.stdout, python.stderr)


def test_the_report_names_the_regions(tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "prog.py").write_text(
        "def slow(n):\n    return sum(i * i % 7 for i in range(n))\n\n\n"
        "print(sum(slow(200_000 + n) for n in range(60)))\n"
    )
    command = [
        sys.executable,
        "-m",
        "marx.cli",
        "run",
        "--report",
        "../report.json",
        "--events",
        "../events",
        "prog.py",
    ]
    ran = run(tmp_path / "work", command)
    assert (ran.code, ran.stderr) == (0, b"")
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["schema"] == 1
    [region] = [region for region in report["regions"] if region["line"] == 5]
    assert region["items"] == 60
    assert region["chunks"] > 0
    events = [json.loads(line) for line in (tmp_path / "events").read_text().splitlines()]
    assert {event["kind"] for event in events[:-1]} == {"progress"}
    assert (events[-1]["kind"], events[-1]["state"], events[-1]["exit_code"]) == ("ended", "done", 0)
    assert any(region["line"] == 5 for event in events[:-1] for region in event["regions"])


def test_a_closed_pipe_ends_the_run_quietly(tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "prog.py").write_text("for i in range(10 ** 7):\n    print('line', i)\n")
    shell = f"{sys.executable} -m marx.cli run prog.py | head -1; exit ${{PIPESTATUS[0]}}"
    ran = run(tmp_path / "work", ["bash", "-c", shell])
    assert (ran.code, ran.stdout, ran.stderr) == (141, b"line 0\n", b"")


def test_a_program_that_merely_defines_a_reduction_is_reduced(tmp_path: Path) -> None:
    program = "ITEMS = range(5)\n\n\ndef mapper(n):\n    return [n]\n\n\ndef reducer(a, b):\n    return a + b\n"
    python, marx = both(tmp_path, {"prog.py": program})
    assert (python.code, python.stdout) == (0, b"")
    assert (marx.code, marx.stdout, marx.files) == (0, b"[0, 1, 2, 3, 4]\n", python.files)


def test_at_a_terminal_standard_input_is_typed_before_the_start(tmp_path: Path) -> None:
    (tmp_path / "prog.py").write_text("import sys\nprint('hello', input())\nprint(list(sys.stdin))\n")
    ours, theirs = os.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "marx.cli", "run", "prog.py"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(HOME), "XDG_CONFIG_HOME": str(tmp_path / "config")},
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=theirs,
    ) as child:
        os.close(theirs)
        said = b""
        while b"Ctrl-D" not in said:
            said += os.read(ours, 1000)
        os.write(ours, b"Ann\nmore\n\x04")
        assert child.stdout is not None
        assert child.stdout.read() == b"hello Ann\n['more\\n']\n"
    os.close(ours)
    assert b"prog.py reads standard input: type all of it, then Ctrl-D" in said
    assert child.returncode == 0


def test_a_file_that_the_program_made_private_is_private(tmp_path: Path) -> None:
    told = """
import os
names = ("closed", "open", "tool", "was")
for name in names:
    with open(name, "w") as file:
        file.write(name)
os.chmod("closed", 0o600)
os.chmod("tool", 0o750)
os.chmod("was", 0o400)
os.close(os.open("asked", os.O_CREAT | os.O_WRONLY, 0o600))
"""
    modes = []
    for command in ([sys.executable], [sys.executable, "-m", "marx.cli", "run"]):
        folder = tmp_path / str(len(modes))
        folder.mkdir()
        (folder / "was").write_text("before")
        (folder / "prog.py").write_text(told)
        assert run(folder, [*command, "prog.py"]).code == 0
        modes.append({path.name: oct(path.stat().st_mode) for path in folder.iterdir()})

    assert modes[0]["asked"] == modes[0]["closed"] == "0o100600"
    assert modes[0] == modes[1]


ASTRAY = b"""marx: '../result.txt' was written outside of the working folder and did not come back
  try: write below the working folder, or run: python prog.py
"""


@pytest.mark.parametrize(("end", "code"), [("", 1), ("raise SystemExit(3)", 3)])
def test_what_is_written_beside_the_working_folder_is_said_to_be_lost(tmp_path: Path, end: str, code: int) -> None:
    source = f"""
import tempfile
open("made.txt", "w").write("made")
open("../result.txt", "w").write("lost")
tempfile.mkstemp()
with tempfile.NamedTemporaryFile():
    print("written")
{end}
"""
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "prog.py").write_text(source)
    marx = run(tmp_path / "work", [sys.executable, "-m", "marx.cli", "run", "prog.py"])
    assert (marx.code, marx.stdout, marx.stderr) == (code, b"written\n", ASTRAY)
    assert marx.files["made.txt"] == b"made"
    assert not (tmp_path / "result.txt").exists()


@pytest.mark.parametrize(
    ("start", "name"),
    [
        ("os.system('echo out')", "os.system"),
        ("subprocess.run(['echo', 'out'])", "subprocess"),
        ("os.popen('echo out').read()", "subprocess"),
        ("os.fork()", "os.fork"),
    ],
)
def test_a_program_that_starts_others_is_told_and_does_not_go_on_without(tmp_path: Path, start: str, name: str) -> None:
    _, here = both(tmp_path, {"prog.py": f"import os, subprocess\nprint('begun')\n{start}\nprint('ended')\n"})
    assert (here.code, here.stdout) == (1, b"begun\n")
    told = f"PermissionError: [Errno 1] {name} starts a process, and a sandbox allows none: run this program by python"
    assert here.stderr.decode().splitlines()[-1] == told
    assert "marx/inside" not in here.stderr.decode()
