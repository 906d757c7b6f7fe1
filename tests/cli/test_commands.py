"""The words of the commands: help, errors, exit codes. No distributor runs here."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from msgspec.structs import replace

from marx.cli import COMMANDS, marx
from marx.cli.exits import Exit, code_of
from marx.cli.lending_options import too_much
from marx.cli.ps import row as ps_row
from marx.cli.settings import BadSettings
from marx.cli.table import columns
from marx.cli.workers import HEADING, note_of, row
from marx.link.errors import Unreachable, Unwelcome, VersionMismatch
from marx.link.keys import BadKeyFile
from marx.program.limits import SourceError
from marx.tasker import errors
from marx.wire.address import BadAddress
from marx.wire.messages import JobRow, WorkerRow
from marx.worker.settings import WorkerSettings
from sandbox import Limits

ADDRESS = f"marx://127.0.0.1:1/{'0f' * 32}/code"


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder, and no settings of whoever runs the tests."""
    for name in [name for name in os.environ if name.startswith("MARX_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(marx, arguments, prog_name="marx")


def test_help_names_every_command() -> None:
    text = invoke("--help").stdout
    listed = [line.split()[0] for line in text.split("Commands:")[1].splitlines() if line.strip()]
    assert listed == list(COMMANDS)
    assert max(map(len, text.splitlines())) <= 80


def test_help_loads_no_command() -> None:
    code = "import atexit, sys\nfrom marx.cli import COMMANDS, main\n"
    code += (
        "atexit.register(lambda: print([one for one in COMMANDS if f'marx.cli.{one}' in sys.modules]))\nmain(['-h'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("rnu", "No such command 'rnu'. Did you mean: marx run"),
        ("prog.py", "No such command 'prog.py'. Did you mean: marx run prog.py"),
        ("xyzzy", "No such command 'xyzzy'."),
    ],
)
def test_who_mistypes_a_command_is_told_what_was_meant(typed: str, said: str) -> None:
    result = invoke(typed)
    assert (result.exit_code, result.stderr.splitlines()[-1]) == (2, f"Error: {said}")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str) -> None:
    result = invoke(command, "-h")
    assert (result.exit_code, result.stdout.splitlines()[0][:12]) == (0, "Usage: marx ")


def test_help_and_explain_stay_light() -> None:
    """What costs tens of milliseconds each is imported by the commands that need it only."""
    heavy = {"gevent", "zmq", "rich", "msgspec", "sqlite_utils", "psutil", "dill"}
    for arguments in (["--help"], ["explain", __file__]):
        run = f"marx({arguments!r}, standalone_mode=False)"
        code = f"import sys; from marx.cli import marx; {run}; print(*sys.modules, file=sys.stderr)"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert not heavy & set(done.stderr.split())


def test_the_first_jail_of_a_run_boots_before_anything_heavy_is_imported() -> None:
    code = "import sys, marx.cli.run, marx.cli.embedded; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"gevent", "zmq", "msgspec", "sqlite3", "marx.worker.jails"} & set(done.stdout.split())


def test_a_missing_program_is_told_as_python_tells_it(work: Path) -> None:
    for command in ("run", "submit"):
        result = invoke(command, "nope.py")
        assert (result.exit_code, result.stdout) == (2, "")
        assert f"marx: can't open file '{work}/nope.py': [Errno 2] No such file or directory\n" in result.stderr


@pytest.mark.parametrize("command", ["run", "submit", "explain"])
@pytest.mark.parametrize(
    ("source", "says"),
    [
        (b"x = = 3\n", 'File "bad.py", line 1\n    x = = 3\n        ^\nSyntaxError: invalid syntax\n'),
        (b'print "hello"\n', 'line 1\n    print "hello"\n    ^\nSyntaxError: Missing parentheses in call to'),
        (b"a\0b", "source code cannot contain null bytes"),
        (b"x = '\xff'\n", "SyntaxError"),
        (b"(" * 1000 + b")" * 1000, "too many nested parentheses"),
    ],
)
def test_a_source_error_names_place_and_cause(work: Path, command: str, source: bytes, says: str) -> None:
    (work / "bad.py").write_bytes(source)
    result = invoke(command, "bad.py")
    assert (result.exit_code, result.stdout) == (2, "")
    assert says in result.stderr


def test_missing_data_is_named(work: Path) -> None:
    (work / "prog.py").write_text("")
    result = invoke("run", "--data", "missing.csv", "prog.py")
    assert result.exit_code == 2
    assert result.stderr == "marx: --data missing.csv: no such file or folder\n  try: ls -d missing.csv\n"


@pytest.mark.parametrize(
    "arguments", [("ps",), ("watch", "j"), ("results", "j"), ("cancel", "j"), ("workers",), ("worker",)]
)
def test_without_a_distributor_the_way_to_one_is_told(work: Path, arguments: tuple[str, ...]) -> None:
    result = invoke(*arguments)
    assert (result.exit_code, result.stdout) == (Exit.CONFIGURATION, "")
    assert result.stderr.startswith("marx: no distributor is configured\n  try: marx config set distributor marx://")


@pytest.mark.parametrize("address", ["lab:7979", "marx://lab", "marx://lab:7979/short"])
def test_an_address_that_is_none(work: Path, address: str) -> None:
    result = invoke("ps", "--distributor", address)
    assert result.exit_code == Exit.CONFIGURATION
    assert "marx serve" in result.stderr


def test_a_wrong_duration(work: Path) -> None:
    result = invoke("run", "--timeout", "soon", "prog.py")
    assert result.exit_code == 2
    assert "'soon' is not a duration: write 90s, 10m, 2h" in result.stderr


@pytest.mark.parametrize("arguments", [("run", "--slots", "1025", "prog.py"), ("worker", "--slots", "1025")])
def test_more_slots_than_any_distributor_takes_are_refused_with_their_limit(
    work: Path, arguments: tuple[str, ...]
) -> None:
    result = invoke(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Invalid value for '--slots': 1025 is not in the range 1<=x<=1024." in result.stderr


@pytest.mark.parametrize("option", ["--report", "--events"])
def test_a_file_that_cannot_be_written_is_refused_before_the_run(work: Path, option: str) -> None:
    (work / "prog.py").write_text("print(1)\n")
    result = invoke("run", option, "/nosuch/file", "prog.py")
    assert (result.exit_code, result.stdout) == (2, "")
    assert option in result.stderr.splitlines()[-1]
    assert "/nosuch/file" in result.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--memory", "1K", "'1K' is not enough for a Python: the least is 64M"),
        ("--disk", "4096", "'4096' is not enough for a sandbox: the least is 1M"),
        ("--allow-missing", "rubbish", "'rubbish' is no layer of the sandbox; there are cgroup, namespaces, mounts,"),
    ],
)
def test_what_cannot_be_lent_is_refused_before_the_trial(work: Path, option: str, value: str, said: str) -> None:
    result = invoke("worker", option, value, ADDRESS)
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"Invalid value for '{option}': {said}" in result.stderr


def test_more_than_the_machine_has_is_told_to_its_owner() -> None:
    lent = WorkerSettings(name="w", limits=Limits(memory_bytes=8 << 30, work_bytes=1 << 40))
    [told] = too_much(lent, 16 << 30)
    assert told.startswith("--disk 1.0 TiB is more than the 16.0 GiB of memory that this machine has, and ")
    assert len(list(too_much(lent, 4 << 30))) == 2
    assert list(too_much(WorkerSettings(name="w"), 16 << 30)) == []


def test_settings_are_kept_and_shown(work: Path) -> None:
    assert invoke("config", "set", "distributor", ADDRESS).exit_code == 0
    assert invoke("config", "get", "distributor").stdout == f"{ADDRESS}\n"
    listed = invoke("config", "list", "--show-origin").stdout
    assert listed.startswith(f"distributor = marx://127.0.0.1:1/{'0f' * 32}/…    # ")
    assert invoke("config", "set", "distributor", "elsewhere").exit_code == Exit.CONFIGURATION
    unset = invoke("config", "get", "name")
    assert (unset.exit_code, unset.stderr) == (78, "marx: name is not set\n  try: marx config set name VALUE\n")
    unknown = invoke("config", "get", "nothing")
    assert unknown.exit_code == 78
    assert unknown.stderr.startswith("marx: there is no setting 'nothing'; there are distributor, name, slots\n")
    assert "config set nothing" not in unknown.stderr


def test_explain_in_json(work: Path) -> None:
    (work / "prog.py").write_text("print([n * n for n in range(9)])\n")
    found = json.loads(invoke("explain", "--json", "prog.py").stdout)
    assert (found["schema"], found["file"]) == (1, "prog.py")


def test_explain_looks_into_local_modules(work: Path) -> None:
    (work / "prog.py").write_text("from near import slow\n\nprint([slow(n) for n in range(9)])\n")
    (work / "near.py").write_text("def slow(n):\n    return sum(range(n))\n")
    assert "MX000 [parallel]" in invoke("explain", "prog.py").stdout


def test_every_error_class_holds_a_code_of_the_list() -> None:
    classes = [
        BadAddress,
        BadKeyFile,
        BadSettings,
        SourceError,
        Unreachable,
        Unwelcome,
        VersionMismatch,
        *(found for found in vars(errors).values() if isinstance(found, type) and issubclass(found, Exception)),
    ]
    assert {found.__name__: found.exit_code for found in classes if found.exit_code not in set(Exit)} == {}
    assert code_of(ValueError("not ours")) is None


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_an_example_that_it_understands(command: str) -> None:
    """The options of the example exist: what is missing in it is a distributor or a file, not a name."""
    text = invoke(command, "-h").stdout
    assert f"Example: marx {command}" in text or f"Examples: marx {command}" in text


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_complete_commands_and_options(shell: str) -> None:
    script = invoke("completion", shell).stdout
    assert "_MARX_COMPLETE" in script
    environment = {
        **os.environ,
        "_MARX_COMPLETE": f"{shell}_complete",
        "COMP_WORDS": "marx hi" if shell != "fish" else "marx",
        "COMP_CWORD": "1" if shell != "fish" else "hi",
    }
    run = "from marx.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", run], env=environment, capture_output=True, text=True, check=False)
    assert "history" in done.stdout


def test_the_manual_page_is_made_of_the_commands() -> None:
    page = invoke("manual").stdout
    assert page.startswith(".TH MARX 1")
    for command in COMMANDS:
        assert f".SS marx {command}".replace("-", "\\-") in page
    assert ".SS marx config unset" in page
    for code in Exit:
        assert f".B {int(code)}\n" in page


def test_a_setting_can_be_taken_back(work: Path) -> None:
    assert invoke("config", "set", "slots", "3").exit_code == 0
    assert json.loads(invoke("config", "list", "--json").stdout)["settings"]["slots"]["value"] == 3
    assert json.loads(invoke("config", "get", "--json", "slots").stdout)["value"] == 3
    assert invoke("config", "unset", "slots").exit_code == 0
    assert invoke("config", "list").stdout == ""
    again = invoke("config", "unset", "slots")
    assert (again.exit_code, "slots is not set in" in again.stderr) == (78, True)
    assert invoke("config", "unset", "colour").exit_code == 78


@pytest.mark.parametrize("arguments", [["--help"], ["manual"], ["explain", __file__]])
def test_output_that_cannot_be_written_is_one_line_and_no_traceback(arguments: list[str]) -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "marx.cli", *arguments], stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert (done.returncode, done.stderr) == (1, b"marx: cannot read or write: No space left on device\n")


@pytest.mark.parametrize("arguments", [["--help"], ["manual"], ["explain", __file__], ["history", "--help"]])
def test_a_reader_that_left_is_told_apart_from_a_failure(arguments: list[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    run = [sys.executable, "-m", "marx.cli", *arguments]
    done = subprocess.run(run, stdout=writing, stderr=subprocess.PIPE, check=False)
    os.close(writing)
    assert (done.returncode, done.stderr) == (Exit.BROKEN_PIPE, b"")


def test_a_closed_stream_is_no_bug() -> None:
    code = "from marx.cli import main\nimport marx.cli.table as table\nimport sys\n"
    code += "main(['manual']) if sys.argv[1:] else print(table.terminal_width())"
    for words in ("", " also-by-command"):
        command = ["sh", "-c", f"exec '{sys.executable}' -c \"$0\"{words} >&-", code]
        done = subprocess.run(command, stderr=subprocess.PIPE, check=False)
        assert (done.returncode, done.stderr) == (Exit.DONE, b"")


def test_a_bug_of_ours_is_one_line_with_its_place() -> None:
    code = "import marx.cli\nmarx.cli.COMMANDS = None\nmarx.cli.main(['ps'])"
    run = [sys.executable, "-c", code]
    done = subprocess.run(run, capture_output=True, text=True, check=False)
    assert done.returncode == 70
    assert done.stderr.startswith("marx: a bug of ours: TypeError: ")
    assert done.stderr.count("\n") == 2
    shown = subprocess.run(run, env={**os.environ, "MARX_TRACEBACK": "1"}, capture_output=True, text=True, check=False)
    assert "Traceback" in shown.stderr


def test_a_scheduled_job_says_when_it_comes() -> None:
    job = JobRow("j", "prog.py", "scheduled", 1_000, 0, 0, 0, 0, due_ms=1_764_590_400_000)
    assert ps_row(job, 2_000)[-2] == "-"
    assert ps_row(job, 2_000)[-1].startswith("comes at 2025-12-01")


def test_a_driver_that_was_lost_is_told_in_the_list() -> None:
    job = JobRow("j", "prog.py", "done", 1_000, 1_000, 2_000, 0, 0, attempts=2)
    assert ps_row(job, 2_000)[-1] == "driver attempt 2"


def test_a_table_gives_way_to_a_narrow_terminal() -> None:
    rows = [("desk-1", "x" * 100)]
    assert [len(line) for line in columns(("WORKER", "NOTE"), rows, 40)] == [12, 40]
    assert columns(("WORKER", "NOTE"), rows)[1].endswith("x")


def test_the_table_of_workers_fits_an_ordinary_terminal() -> None:
    worker = WorkerRow(
        "lab-machine-07", "set-aside", "", 16, 16, 16, 64 << 30, 12.5, "3.11.14", "isolated+", 123456, 99
    )
    assert all(len(line) <= 100 for line in columns(HEADING, [row(worker)]))
    noted = WorkerRow("d", "set-aside", "why " * 40, 1, 0, 1, 1, 0.0, "3.11.4", "isolated", 0, 0, heard_since_ms=9)
    assert note_of(noted) == "  " + ("why " * 40).strip()
    assert len(note_of(noted, 80)) == 80
    assert note_of(replace(noted, reason="", heard_since_ms=6_000)) == "  last heard of 6.0 s ago"
    assert note_of(replace(noted, reason="", heard_since_ms=-1)) == "  its connection is broken"
    desk = WorkerRow("desk-3", "ready", "", 8, 2, 8, 16 << 30, 0.5, "3.11.4", "isolated+", 312, 1, lent_bytes=4 << 30)
    assert "4G of 16G" in row(desk)
    assert all(len(line) <= 80 for line in columns(HEADING, [row(desk)]))


def test_what_is_imported_is_explained_and_what_is_read_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    loop = "def f(ns):\n    for n in ns:\n        print(sum(range(n)))\n"
    texts = {
        "prog.py": "from pathlib import Path\nimport near, pack.one\nfor path in Path(__file__).parent.glob('*.py'):\n"
        "    print(len(path.read_text()))\nopen('named.py')\nimportlib.import_module('late')\n",
        "near.py": f"import far\n{loop}",
        "far.py": loop,
        "late.py": loop,
        "other.py": f"import hidden\n{loop}",
        "hidden.py": loop,
        "named.py": loop,
        "pack/__init__.py": loop,
        "pack/one.py": f"from . import two\nfrom .sub.three import f\n{loop}",
        "pack/two.py": loop,
        "pack/sub/__init__.py": loop,
        "pack/sub/three.py": f"from ..four import *\n{loop}",
        "pack/four.py": loop,
        "pack/example.py": loop,
    }
    for name, text in texts.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text)

    told = {finding["file"] for finding in json.loads(invoke("explain", "--json", "prog.py").stdout)["findings"]}
    read = {"other.py", "hidden.py", "named.py", "pack/example.py"}
    assert told - {""} == texts.keys() - read - {"prog.py"}
