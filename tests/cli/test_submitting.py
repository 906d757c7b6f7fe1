"""What a submission may say: options, submission files, pyproject.toml, sweeps. Nothing is sent here."""

from __future__ import annotations

import os
import textwrap
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from marx.cli import marx
from marx.cli.sweeps import BadSweep, combinations, sweep

PROGRAM = "import sys\nimport msgspec\nprint(sys.argv)\n"


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in [name for name in os.environ if name.startswith("MARX_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "prog.py").write_text(PROGRAM)
    (folder / "table.csv").write_text("1,2\n")
    monkeypatch.chdir(folder)
    return folder


def dry(*arguments: str) -> Result:
    return CliRunner().invoke(marx, ["submit", "-n", *arguments], prog_name="marx")


def said(*arguments: str) -> str:
    result = dry(*arguments)
    assert (result.exit_code, result.stdout) == (0, ""), result.output
    return result.stderr


def test_a_dry_run_says_what_would_be_sent_and_asked_for(work: Path) -> None:
    told = said(
        "--tag", "night", "--where", "memory >= 16G", "--worker", "desk-*", "--data", "table.csv", "prog.py", "x"
    )
    assert f"marx: sends {work}/prog.py (the program)" in told
    assert f"sends {work}/table.csv" in told
    assert "asks for tags: night\n" in told
    assert "asks for where: memory >= 16G" in told
    assert "asks for packages: msgspec " in told
    assert told.endswith("marx: would submit prog.py: prog.py x\n")


def test_packages_may_be_asked_for_in_any_version_or_not_at_all(work: Path) -> None:
    assert "asks for packages: msgspec\n" in said("--packages", "present", "prog.py")
    assert "asks for" not in said("--packages", "any", "prog.py")


def test_a_dry_run_says_how_it_would_be_run(work: Path) -> None:
    told = said(
        "--timeout", "2h", "--chunk-timeout", "90s", "--no-split", "--speculate", "--at", "2099-01-02", "prog.py"
    )
    lines = [line.removeprefix("marx: asks for ") for line in told.splitlines() if "asks for " in line]
    assert lines[:4] == ["timeout: 2 h", "chunk-timeout: 1 min 30 s", "no-split", "speculate"]
    assert any(line.startswith("at: 2099-01-0") for line in lines)


@pytest.mark.parametrize(
    ("option", "says"),
    [
        (("--cron", "x"), "--cron 'x': "),
        (("--cron", "*/0 * * * *"), "--cron '*/0 * * * *': "),
        (("--mail", "notanaddress"), "'notanaddress' is not a mail address"),
        (("--tag", "a\tb"), "a tag must be printable"),
        (("--timeout", "0s"), "'0s' leaves no time"),
    ],
)
def test_a_dry_run_refuses_what_a_submission_would(work: Path, option: tuple[str, str], says: str) -> None:
    result = dry(*option, "prog.py")
    assert result.exit_code == 2
    assert says in result.stderr


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "job.marx",
            "executable = prog.py --year 2026\ndata = table.csv\nemail = ann@lab.example\nclient = Ann's desk\n",
        ),
        (
            "job.toml",
            """
            program = "prog.py"
            arguments = ["--year", "2026"]
            data = ["table.csv"]
            mail = "ann@lab.example"
            tag = ["client:Ann's desk"]
            """,
        ),
    ],
)
def test_a_submission_file_says_it_all(work: Path, monkeypatch: pytest.MonkeyPatch, name: str, text: str) -> None:
    (work / name).write_text(textwrap.dedent(text))
    monkeypatch.chdir(work.parent)
    told = said(f"work/{name}", "--fast")
    assert f"sends {work}/table.csv" in told
    assert "asks for tags: client:Ann's desk\n" in told
    assert "asks for mail: ann@lab.example" in told
    assert "asks for mail-types: end, fail\n" in told
    assert told.endswith("marx: would submit prog.py: prog.py --year 2026 --fast\n")


def test_only_the_program_is_needed_and_options_typed_come_first(work: Path) -> None:
    (work / "job.sub").write_text("# a comment\n\nexecutable = 'prog.py'\nname = from the file\ntimeout = 2h\n")
    assert "would submit from the file: prog.py" in said("job.sub")
    assert "would submit typed: prog.py" in said("--name", "typed", "job.sub")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("data = table.csv\n", "which program?"),
        ("executable = prog.py\nnonsense\n", "line 2: 'nonsense' is not key = value"),
        ("executable = prog.py\nname = a\nname = b\n", "line 3: name is there twice"),
        ("executable = prog.py\ncolour = red\n", "there is no option 'colour' here; there are "),
        (
            "executable = prog.py\nwait = true\n",
            "arguments, at, chunk-timeout, client, cron, data, email, email-type, exec",
        ),
        ("executable = prog.py\nslots = 2\n", "there is no option 'slots' here; there are "),
        ('name = a\nexecutable = "my prog.py\n', 'line 2: executable = "my prog.py: no closing quotation'),
        ("executable = prog.py\narguments = it's\n", "line 2: arguments = it's: no closing quotation"),
        ("executable = prog.py\ndata = 'a b\n", "data: 'a b: no closing quotation"),
        ("executable = prog.py\ntimeout = soon\n", "timeout: 'soon' is not a duration"),
        ("executable = prog.py\ndistributor = marx://elsewhere\n", "there is no option 'distributor'"),
    ],
)
def test_a_wrong_submission_file_says_where(work: Path, text: str, says: str) -> None:
    (work / "job.marx").write_text(text)
    result = dry("job.marx")
    assert result.exit_code == 2
    assert "job.marx" in result.stderr
    assert says in result.stderr


def test_a_project_says_what_its_programs_need(work: Path) -> None:
    (work / "pyproject.toml").write_text('[tool.marx]\ntag = ["census"]\ntimeout = "90s"\npriority = 3\n')
    told = said("prog.py")
    assert "asks for tags: census\n" in told
    assert "asks for priority: 3" in told
    assert "asks for tags: typed\n" in said("--tag", "typed", "prog.py")
    (work / "pyproject.toml").write_text('[tool.marx]\ndistributor = "marx://elsewhere"\n')
    assert dry("prog.py").exit_code == 78
    (work / "pyproject.toml").write_text('[tool.other]\ndistributor = "x"\n')
    assert dry("prog.py").exit_code == 0


@pytest.mark.parametrize(
    "line",
    [
        'mail = "evil@elsewhere.example"',
        'mail-type = "end"',
        'mail_type = "end"',
        "worker = ['desk-1']",
        "where = 'cores > 1'",
        "at = '+2h'",
        "cron = '0 3 * * *'",
        "zone = 'UTC'",
        "sweep = ['seed=1..3']",
        "slots = 64",
        "report = '/tmp/report.json'",
        "events = '/tmp/events.json'",
        "quiet = true",
    ],
)
@pytest.mark.parametrize("command", [["submit", "-n"], ["run"]])
def test_a_programs_folder_cannot_choose_what_is_the_users(work: Path, command: list[str], line: str) -> None:
    (work / "pyproject.toml").write_text(f"[tool.marx]\n{line}\n")
    result = CliRunner().invoke(marx, [*command, "prog.py"], prog_name="marx")
    assert result.exit_code == 78
    assert "pyproject.toml [tool.marx]" in result.stderr
    assert line.split()[0].replace("_", "-") in result.stderr.replace("_", "-")


@pytest.mark.parametrize(
    "data", ["OUTSIDE/secret", "OUTSIDE", "../outside/secret", "linked", "folder", "/etc/passwd", "~"]
)
def test_a_programs_folder_cannot_ask_for_files_outside_it(work: Path, data: str) -> None:
    outside = work.parent / "outside"
    outside.mkdir()
    (outside / "secret").write_text("a key")
    (work / "linked").symlink_to(outside / "secret")
    (work / "folder").mkdir()
    (work / "folder" / "below").symlink_to(outside)
    (work / "pyproject.toml").write_text(f"[tool.marx]\ndata = ['{data.replace('OUTSIDE', str(outside))}']\n")
    result = dry("prog.py")
    assert "lies outside" in result.stderr or "no such file" in result.stderr
    assert ("--data" in result.stderr) and "would submit" not in result.stderr
    assert result.exit_code in (2, 78)
    # What is typed counts, and is the user's own.
    assert dry("--data", str(outside), "prog.py").exit_code == 0


def test_a_programs_folder_may_name_data_of_its_own(work: Path) -> None:
    (work / "more").mkdir()
    (work / "more" / "table").write_text("1")
    (work / "more" / "same").symlink_to("table")
    (work / "pyproject.toml").write_text("[tool.marx]\ndata = ['more']\n")
    assert "more/table" in said("prog.py")


def test_a_project_counts_for_run_too(work: Path) -> None:
    (work / "pyproject.toml").write_text("[tool.marx]\nretries = 3\ncolour = 1\n")
    result = CliRunner().invoke(marx, ["run", "prog.py"], prog_name="marx")
    assert result.exit_code == 78
    assert "'colour'" in result.stderr


@pytest.mark.parametrize("option", ["--where=cores > 1", "--worker=desk-1", "--mail=ann@lab.example"])
def test_what_needs_a_lab_is_refused_without_one(work: Path, option: str) -> None:
    result = CliRunner().invoke(marx, ["run", option, "prog.py"], prog_name="marx")
    assert result.exit_code == 2
    assert "needs a lab" in result.stderr


def test_a_time_of_its_own(work: Path) -> None:
    assert "asks for at: " in said("--at", "+2h", "prog.py")
    told = said("--cron", "30 3 * * mon-fri", "--zone", "Europe/Berlin", "--missed", "skip", "prog.py")
    for part in ("cron: 30 3 * * mon-fri", "zone: Europe/Berlin", "missed: skip"):
        assert f"asks for {part}" in told
    assert "is over" in dry("--at", "2020-01-01", "prog.py").stderr
    assert "is not a time" in dry("--at", "soon", "prog.py").stderr


@pytest.mark.parametrize(
    ("option", "says"),
    [
        ("--where=gpus > 1", "'gpus' is nothing that is known of a worker"),
        ("--mail-type=hourly", "'hourly' is no type of mail"),
        ("--sweep=lr", "write lr=0.1,0.2"),
        ("--sweep=n=1..5000", "the limit is 1000"),
        ("--sweep=n=1..", "'1..' looks like a range; one has whole numbers on both sides"),
        ("--sweep=n=0.1..0.5", "'0.1..0.5' looks like a range"),
        ("--sweep=n=1..3,7", "and stands alone: seed=1..10"),
        ("--zone=Mars/Olympus", "Invalid value for '--zone': 'Mars/Olympus' is no time zone"),
        ("--priority=11", "10"),
    ],
)
def test_an_option_that_makes_no_sense_says_why(work: Path, option: str, says: str) -> None:
    result = dry(option, "prog.py")
    assert result.exit_code == 2
    assert says in result.stderr


# --- sweeps -----------------------------------------------------------------------------------------------------------


def test_a_sweep_is_a_job_for_each_combination(work: Path) -> None:
    told = said("--sweep", "lr=0.1,0.2", "--sweep", "seed=1..2", "prog.py", "--rate={lr}", "{other}")
    assert [line for line in told.splitlines() if "would submit" in line] == [
        f"marx: would submit prog.py lr={lr} seed={seed}: prog.py --rate={lr} {{other}} --seed {seed}"
        for lr in ("0.1", "0.2")
        for seed in ("1", "2")
    ]


def test_values_are_taken_as_they_are() -> None:
    assert sweep("n=3..1").values == ("3", "2", "1")
    assert sweep("n=-1..1").values == ("-1", "0", "1")
    assert sweep("path=a b,{x},").values == ("a b", "{x}", "")
    assert sweep("path=..,../x,v1..v3").values == ("..", "../x", "v1..v3")
    [one, two] = combinations([sweep("x={y},b")], ["{x}", "{y}"])
    assert (one.arguments, one.label) == (("{y}", "{y}"), "x={y}")
    assert two.arguments == ("b", "{y}")


def test_sweeps_that_contradict_or_explode_are_refused() -> None:
    with pytest.raises(BadSweep, match="the same name"):
        list(combinations([sweep("x=1"), sweep("x=2")], []))
    with pytest.raises(BadSweep, match="'seed=1,2,1' has '1' twice"):
        sweep("seed=1,2,1")
    with pytest.raises(BadSweep, match="would make 10000 jobs"):
        list(combinations([sweep("x=1..100"), sweep("y=1..100")], []))
