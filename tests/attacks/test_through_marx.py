"""Attacks by way of `marx run`: distributor, worker and jails in one tree of processes, as a user starts them.

The same collection, once in the driver's jail and once in chunks' jails; then what only Marx can be attacked with:
messages that a program forges on its channel, and files that it leaves for the tasker's machine. After each the
command must have ended by itself, without a fault of ours, and nothing of it may be left (see conftest.py).
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.attacks import jailed
from tests.attacks.attack import Attack
from tests.attacks.collection import ATTACKS
from tests.attacks.ground import Ground
from tests.attacks.trial import name_of
from tests.sandbox.ground import TOP

PATIENCE_S = 120.0
OF_THE_OWNER = {"priority", "rlimits"}
"""Layers that are wider on one's own machine than in the trials."""

TRY_ALL = """
import json
from jailed import attempt
given = json.load(open("attacks.json"))
def try_one(source): return attempt(source, given["names"])
"""
IN_THE_DRIVER = TRY_ALL + "answers = [try_one(source) for source in given['sources']]\n"
IN_CHUNKS = (
    TRY_ALL
    + "import multiprocessing\nif __name__ == '__main__':\n"
    + "    with multiprocessing.Pool(2) as pool: answers = pool.map(try_one, given['sources'])\n"
)
KEEP = "json.dump(answers, open('answers.json', 'w'))\n"

FORGE = """
import os, msgspec, time
def forge(**fields):
    body = msgspec.msgpack.encode(fields)
    data = memoryview(len(body).to_bytes(8, "little") + body)
    try:
        while data: data = data[os.write(3, data):]
    except ConnectionError:  # the worker has had enough: the status that it reports must not be this one
        os._exit(0)
def opened(**others):
    forge(**{**dict(kind="opened", region=0, key="0.1", site=0, line=1, first=0, count=10, digest="d", captures=b"x",
                    item_ns=10 ** 9), **others})
"""
FORGED = {
    "count": "opened(count=10 ** 12)",
    "captures": "opened(captures=os.urandom(1 << 20))",
    "count_beyond": "opened(count=2 ** 63)",
    "long_key": "opened(key='k' * (20 << 20))",
    "long_digest": "opened(digest='d' * 129)",
    "negative": "opened(region=-5, site=-1, line=-1, item_ns=-1)",
    "largest_numbers": "m = 2 ** 64 - 1; opened(region=m, line=m, item_ns=m, range_start=m, range_step=m)",
    "twice": "[opened(key=f'0.{n}', digest=f'd{n}') for n in range(3)]",
    "thousands": "[opened(region=n, key=f'0.{n}', digest=f'd{n}') for n in range(3000)]",
    "regions_without_end": "[opened(region=n, key=f'0.{n}', digest=f'd{n}') for n in range(30_000)]",
    "regions_full_of_captures": "[opened(region=n, key=f'0.{n}', digest=f'd{n}', captures=os.urandom(60_000)) "
    "for n in range(2000)]",
    "closings_without_end": "while True: forge(kind='closed', region=0, used=0, in_place=0)",
    "plans_without_end": "for _ in range(3000): forge(kind='planned', findings=[], sites=[dict(site=0, line=1, "
    "shape='x', source='y' * 9000)])",
    "offsets_out_of_order": "opened(count=2, offsets=b''.join(n.to_bytes(8, 'little') for n in (0, 2 ** 63, 0)))",
    "many_offsets": "opened(count=1 << 20, offsets=bytes(8 * ((1 << 20) + 1)))",
    "closed_never_opened": "forge(kind='closed', region=7, used=0, in_place=0)",
    "sums_beyond": "[(opened(region=n, key=f'0.{n}'), forge(kind='closed', region=n, used=2 ** 63, in_place=2 ** 63)) "
    "for n in range(3)]",
    "outcome": "forge(kind='ran', region=0, start=0, stop=5, values=b'', wall_ns=1, cpu_ns=1)",
    "large_plan": "forge(kind='planned', findings=[], sites=[dict(site=n, line=n, shape='x' * 1000, source='y' * 999) "
    "for n in range(20000)])",
    "plan_with_controls": "forge(kind='planned', findings=[], sites=[dict(site=0, line=1, shape='', "
    "source='\\x1b[2J')])",
    "refusal": "forge(kind='declined', reasons=['x' * (20 << 20)] * 3)",
    "millions_of_reasons": "n = 48 << 20\n"
    "frame = b'\\x82\\xa4kind\\xa8declined\\xa7reasons\\xdd' + n.to_bytes(4, 'big')\n"
    "os.write(3, (len(frame) + n).to_bytes(8, 'little') + frame)\ntry:\n"
    "    for _ in range(48): os.write(3, b'\\xa0' * (1 << 20))\nexcept ConnectionError: os._exit(0)",
    "message_to_the_jail": "forge(kind='begin', role='driver', script='', argv=[], folder='')",
    "unknown_kind": "forge(kind='shutdown')",
    "nested": "os.write(3, (1 << 20).to_bytes(8, 'little') + b'\\x91' * (1 << 20))",
    "empty": "os.write(3, bytes(8000))",
    "length": "os.write(3, b'\\xff' * 8)",
    "pickle_for_a_value": "import pickle\nclass X:\n"
    "    def __reduce__(s): return os.system, ('touch /tmp/marx-was-here',)\n"
    "opened(captures=pickle.dumps(X()), key='0.0')",
}
CONTROLS = "\x1b"

LEFT = {
    "not_text": "open(b'\\xff\\xfe', 'w').write('x')",
    "not_text_folder": "os.makedirs(b'a/\\xff/b')",
    "surrogate": "open('\\udc80', 'w').write('x')",
    "more_than_a_message": "for n in range(400): open(f'f{n}', 'wb').write(bytes([n % 256]) * 60000)",
    "names_of_more_than_a_message": "d = 'x' * 250\nfor _ in range(14): os.mkdir(d); os.chdir(d)\n"
    "for n in range(3000): os.close(os.open(str(n), os.O_CREAT))",
    "deeper_than_a_path": "for _ in range(200): os.mkdir('d' * 100); os.chdir('d' * 100)",
    "no_permissions": "os.mkdir('closed'); open('closed/f', 'w').close(); os.chmod('closed/f', 0); "
    "os.chmod('closed', 0)",
    "special_modes": "open('s', 'w').write('x'); os.chmod('s', 0o6777)",
    "newline": "open('a\\nb', 'w').write('x')",
    "escape": "open('\\x1b[2J', 'w').write('x')",
    "case": "open('A', 'w').write('1'); open('a', 'w').write('2')",
    "unicode": "open('\\u00e9', 'w').write('1'); open('e\\u0301', 'w').write('2')",
    "sparse": "open('big', 'wb').truncate(200 << 20)",
    "folder_for_a_file": "os.unlink('given'); os.mkdir('given'); open('given/x', 'w').close()",
    "through_the_users_link": "open('link', 'w').write('changed')",
    "beside_the_users_link": "os.path.exists('folder_link') or os.mkdir('folder_link'); "
    "open('folder_link/new', 'w').write('x')",
    "own_program": "open(__file__, 'a').write('# changed')",
}


@pytest.fixture
def folder() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp())
    (path / "job").mkdir()
    yield path
    shutil.rmtree(path)


def marx_run(program: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "marx.cli", "run", *options, program.name],
        cwd=program.parent,
        env={**os.environ, "PYTHONPATH": str(TOP), "MARX_ATTACK_SECRET": "hush"},
        capture_output=True,
        text=True,
        errors="replace",
        timeout=PATIENCE_S,
    )


def written(folder: Path, source: str) -> Path:
    program = folder / "job" / "program.py"
    program.write_text(source)
    return program


def tried(folder: Path, source: str, chosen: list[Attack]) -> tuple[list[str], set[str], str]:
    """The answers, the harm on the ground, and what the command said."""
    with Ground(folder) as ground:
        given = {"names": ground.names(), "sources": [attack.source for attack in chosen]}
        (folder / "job" / "attacks.json").write_text(json.dumps(given))
        shutil.copy(jailed.__file__, folder / "job" / "jailed.py")
        result = marx_run(written(folder, source + KEEP), "--report", str(folder / "report"))
        answers: list[str] = json.loads((folder / "job" / "answers.json").read_text())
        return answers, ground.harm("\n".join(answers)), result.stderr


CHOSEN = [attack for attack in ATTACKS if not attack.alone and attack.only_layer not in OF_THE_OWNER]


@pytest.mark.parametrize("source", [IN_THE_DRIVER, IN_CHUNKS], ids=["driver", "chunks"])
def test_the_collection(source: str, folder: Path) -> None:
    answers, harm, said = tried(folder, source, CHOSEN)
    obeyed = {name_of(attack): answer for attack, answer in zip(CHOSEN, answers, strict=True) if "OBEYED" in answer}
    assert obeyed == {}, said
    assert harm == set()
    regions = json.loads((folder / "report").read_text())["regions"]
    assert (sum(region["chunks"] for region in regions) > 0) == (source is IN_CHUNKS)


@pytest.mark.parametrize("name", FORGED)
def test_forged_messages_harm_their_own_job_only(name: str, folder: Path) -> None:
    result = marx_run(written(folder, f"{FORGE}\n{FORGED[name]}\ntime.sleep(0.3)\nprint('went on')\n"))
    assert "Traceback" not in result.stderr
    assert CONTROLS not in result.stderr
    if result.returncode == 0:
        assert result.stdout == "went on\n"
    else:
        assert result.returncode == 1
        assert " failed: " in result.stderr
        assert len(result.stderr) < 10_000
    assert not os.path.exists("/tmp/marx-was-here")


@pytest.mark.parametrize("name", LEFT)
def test_files_that_a_program_leaves_stay_in_its_folder(name: str, folder: Path) -> None:
    precious = folder / "precious"
    precious.write_text("precious")
    (folder / "other").mkdir()
    (folder / "job" / "link").symlink_to(precious)
    (folder / "job" / "folder_link").symlink_to(folder / "other")
    (folder / "job" / "given").write_text("given")
    result = marx_run(written(folder, f"import os\nprint('ran')\n{LEFT[name]}\n"))
    assert "Traceback" not in result.stderr
    assert CONTROLS not in result.stderr
    assert len(result.stderr) < 10_000
    assert result.stdout == "ran\n"
    assert result.returncode == 0 or "marx: " in result.stderr
    assert sorted(path.name for path in folder.iterdir()) == ["job", "other", "precious"]
    assert precious.read_text() == "precious"
    assert list((folder / "other").iterdir()) == []
    special = [path for path in (folder / "job").rglob("*") if path.lstat().st_mode & 0o7000]
    assert special == []


def test_what_lies_beside_the_installation_is_not_seen(folder: Path) -> None:
    for package in ("marx", "sandbox"):
        shutil.copytree(TOP / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "secret").write_text("the secret")
    find = "import os\np = os.path.dirname(os.getcwd())\nprint(sorted(os.listdir(p)), os.path.exists(p + '/secret'))\n"
    result = subprocess.run(
        [sys.executable, "-m", "marx.cli", "run", written(folder, find).name],
        cwd=folder / "job",
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
    )
    assert result.stdout == "['job', 'marx', 'sandbox'] False\n", result.stderr


@pytest.mark.parametrize(
    "source",
    [
        b"x = " + b"(" * 100_000 + b")" * 100_000,
        b"x = " + b"-" * 1_000_000 + b"1",
        b"x = 1\0",
        b"\xff\xfe\xfa",
        b"# coding: rot13\nk = 1",
        b"# coding: nonsense\nx = 1",
        b"x = '''" + b"a" * (5 << 20) + b"'''",
        b"x = " + b"+".join([b"1"] * 100_000),
        b"print 'python 2'",
    ],
    ids=["brackets", "minus", "nul", "bytes", "rot13", "coding", "large", "sum", "old"],
)
def test_hostile_source_is_refused_with_words(source: bytes, folder: Path) -> None:
    program = folder / "job" / "program.py"
    program.write_bytes(source)
    result = marx_run(program)
    assert result.returncode == 2, result.stderr
    assert "Traceback" not in result.stderr
    assert 0 < len(result.stderr) < 10_000 + 3 * len(source), "the line, and a place below it"


def test_a_later_run_finds_nothing_of_an_earlier_one(folder: Path) -> None:
    leave = "open('/tmp/left', 'w').write('x')\nimport json; json.left = 1\nprint('left')\n"
    assert marx_run(written(folder, leave)).stdout == "left\n"
    find = "import json, pathlib\nprint(pathlib.Path('/tm' + 'p/left').exists(), hasattr(json, 'left'))\n"
    assert marx_run(written(folder, find)).stdout == "False False\n"
    assert not os.path.exists("/tmp/left")
