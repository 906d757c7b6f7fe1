"""What cannot be started or loaded, and where a jail's files lie."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

import sandbox
from sandbox import (
    FileIn,
    JailDied,
    LayerMissing,
    Limits,
    Load,
    LoadRefused,
    SandboxError,
)
from tests.sandbox.ground import EMPTY, PATIENCE_S, TOP, ask, echo, loaded, spec

# --- what cannot be started or loaded ----------------------------------------------------------------------


def test_an_interpreter_that_is_not_there_is_named() -> None:
    with pytest.raises(SandboxError, match="/no/such/python"):
        sandbox.start(spec("a:b", python="/no/such/python"))


def test_an_interpreter_that_is_none_shows_its_last_words() -> None:
    with sandbox.start(spec("a:b", python="/bin/ls")) as jail, pytest.raises(JailDied, match="cannot access"):
        jail.ready(PATIENCE_S)


def test_an_entry_that_cannot_be_imported_is_an_error_of_ready() -> None:
    with sandbox.start(spec("tests.sandbox.nowhere:main")) as jail, pytest.raises(SandboxError, match=r"nowhere"):
        jail.ready(PATIENCE_S)


@pytest.mark.parametrize("folder", ["/", "relative", "/a/../b", "/usr/lib/not-there"])
def test_an_impossible_folder_is_refused(folder: str) -> None:
    with sandbox.start(echo()) as jail, pytest.raises(LoadRefused, match=r"working folder"):
        jail.load(Load(folder=folder))


@pytest.mark.parametrize(
    ("file", "fault"),
    [
        (FileIn("relative", b""), "absolute"),
        (FileIn("/w/../x", b""), "absolute"),
        (FileIn("/usr/lib/not-there/x", b""), "cannot be put"),
        (FileIn("/w/big", bytes(4 << 20)), "does not fit"),
    ],
)
def test_an_impossible_file_is_refused(file: FileIn, fault: str) -> None:
    limits = Limits(work_bytes=1 << 20)
    with (
        sandbox.start(spec("tests.sandbox.entries:echo", limits=limits)) as jail,
        pytest.raises(LoadRefused, match=fault),
    ):
        jail.load(Load(folder="/w", files=(file,)))


def test_a_missing_layer_is_an_error_that_names_it_and_the_fix() -> None:
    code = (
        "from tests.sandbox import ground as t; t.refuse_namespaces()\n"
        "import sandbox\n"
        "with sandbox.start(t.echo()) as jail:\n"
        "    try: jail.ready(60)\n"
        "    except sandbox.LayerMissing as missing: print(missing.names, missing)\n"
    )
    result = subprocess.run([sys.executable, "-c", code], cwd=TOP, capture_output=True, text=True)
    # As root there is a third one where only root can read the interpreter.
    assert result.stdout.startswith("('namespaces', 'mounts'"), result.stderr
    assert " cannot raise namespaces, mounts" in result.stdout
    assert "apparmor_restrict_unprivileged_userns=0" in result.stdout
    assert issubclass(LayerMissing, SandboxError)


def test_every_layer_can_be_raised_here_and_is_reported() -> None:
    states = sandbox.layers()
    assert [state.name for state in states] == [
        *("cgroup", "namespaces", "mounts", "priority", "identity", "capabilities", "rlimits", "landlock", "seccomp"),
    ]
    assert all(state.raised for state in states if state.name not in sandbox.OPTIONAL)


# --- where things are --------------------------------------------------------------------------------------


def test_the_working_folder_may_hold_the_interpreter_s_packages() -> None:
    """A virtual environment usually lies in the project, and the working folder hides what the host has there."""
    folder = os.path.dirname(sys.prefix)
    path = f"{folder}/prog.py"
    with loaded("tests.sandbox.deeds:perform", Load(folder=folder, files=(FileIn(path, b"x"),), collect=True)) as jail:
        assert ask(jail, "names .") == f"done: {' '.join(sorted([os.path.basename(sys.prefix), 'prog.py']))}"
        assert ask(jail, "run_coroutines").startswith("done")
        assert ask(jail, "write here").startswith("done")
        jail.send(b"leave 0")
        assert [file.path for file in jail.wait(PATIENCE_S).files] == ["here"]


def test_a_file_that_a_folder_of_the_host_covers_is_not_taken_for_removed() -> None:
    """In a developer's checkout the package is bound over the very files that were loaded with the folder."""
    folder = os.path.dirname(TOP)
    paths = (f"{folder}/changed", f"{folder}/removed", f"{TOP}/README.md")
    files = tuple(FileIn(path, b"x") for path in paths)
    with loaded("tests.sandbox.deeds:perform", Load(folder=folder, files=files, collect=True)) as jail:
        assert ask(jail, "change_files").startswith("done")
        jail.send(b"leave 0")
        outcome = jail.wait(PATIENCE_S)
    assert "changed" in [file.path for file in outcome.files]
    assert outcome.removed == ("removed",)


def test_the_working_folder_may_lie_in_a_folder_of_the_host() -> None:
    """Only what was loaded is seen there, and the host's own folder stays as it is."""
    folder = str(TOP / "tests")
    files = (FileIn(f"{folder}/prog.py", b"x"), FileIn(str(TOP / "setup.py"), b"another"))
    with loaded("tests.sandbox.deeds:perform", Load(folder=folder, files=files)) as jail:
        assert ask(jail, "names .") == "done: prog.py"
        assert ask(jail, f"read {TOP}/setup.py") == "done: another"
        assert ask(jail, "write here").startswith("done")
    assert not (TOP / "tests" / "here").exists()
    assert "another" not in (TOP / "setup.py").read_text()


@pytest.mark.parametrize(("environment", "zone"), [({"TZ": "JST-9"}, "JST"), ({"TZ": "EST5EDT"}, "EST")])
def test_the_time_zone_is_the_one_asked_for(environment: dict[str, str], zone: str) -> None:
    with loaded("tests.sandbox.deeds:perform", Load(folder="/work", environment=environment)) as jail:
        assert ask(jail, "zone") == f"done: {zone}"


def test_numpy_computes() -> None:
    pytest.importorskip("numpy")
    with sandbox.start(spec("tests.sandbox.deeds:perform", preload=("numpy",))) as jail:
        jail.load(EMPTY)
        assert ask(jail, "use_numpy") == "done: 333283335000.0"


def test_scipy_computes() -> None:
    pytest.importorskip("scipy")
    with loaded("tests.sandbox.deeds:perform") as jail:
        assert ask(jail, "use_scipy") == "done: 1.0"


def test_the_hash_seed_is_the_same_in_every_jail() -> None:
    answers = set()
    for _ in range(2):
        with loaded("tests.sandbox.deeds:perform") as jail:
            answers.add(ask(jail, "hash_of some text"))
    assert len(answers) == 1
