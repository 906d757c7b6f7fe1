"""A worker on a host without Landlock, whose owner accepts language guards: it says so, and runs whole programs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.sandbox.ground import TOP

ALONE = """
import json, sys, tempfile
from pathlib import Path
from sandbox import WeakTier, libc, seccomp
libc.prctl(libc.PR_SET_NO_NEW_PRIVS, 1)
seccomp.load([(0x20, 0, 0, 0), (0x15, 0, 1, 444), (0x06, 0, 0, 0x50001), (0x06, 0, 0, 0x7FFF0000)])
import gevent, zmq.green as zmq
from marx.journal.blobs import BlobStore
from marx.link.dealer import Dealer
from marx.link.router import Router
from marx.wire.messages import ChunkDone, DriverDone
from marx.worker.daemon import Worker
from marx.worker.settings import FALLBACK, WorkerSettings
from tests.worker.model import Model, chunk, driver
waive = FALLBACK | {"landlock", "seccomp"}
settings = WorkerSettings(name="w", slots=1, warm=1, accept=sys.argv[1], waive=waive)
with tempfile.TemporaryDirectory() as folder, zmq.Context() as context:
    model = Model(Router.inproc(context, "inproc://m"), Path(folder) / "m")
    dealer = Dealer(context, "inproc://m", keys=None, server_key=None)
    blobs = BlobStore(Path(folder) / "w", durable=False)
    worker = Worker(settings, dealer=dealer, blobs=blobs, log=lambda *_: None)
    ended = gevent.spawn(worker.run)
    if sys.argv[1] != "guarded":
        ended.join()
        print(json.dumps({"fault": type(ended.exception).__name__}))
        sys.exit()
    said = {"sandbox": model.hellos.get().sandbox}
    model.say(driver(1, "import sys\\nprint(sum(range(10)), sys.argv)\\nopen('x')\\n"))
    model.say(driver(2, "x = 1\\n().__class__\\n"))
    ends = {end.lease.number: end for end in (model.next(DriverDone), model.next(DriverDone))}
    said["ends"] = [(ends[n].verdict, ends[n].exit_code, ends[n].reason) for n in (1, 2)]
    said["output"] = model.output(1).decode(), model.output(2).decode()
    model.say(chunk(7, "def compute(run): return b''"))
    said["unavailable"] = model.next(ChunkDone).unavailable
    worker.leave()
    ended.join()
    dealer.close()
    model.close()
print(json.dumps(said))
"""


def lent(accept: str, folder: Path) -> dict[str, object]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(TOP), os.environ.get("PYTHONPATH", "")])}
    result = subprocess.run(
        [sys.executable, "-c", ALONE, accept], cwd=folder, env=environment, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stderr
    found: dict[str, object] = json.loads(result.stdout)
    return found


def test_whole_programs_run_behind_guards(tmp_path: Path) -> None:
    said = lent("guarded", tmp_path)
    assert said["sandbox"] == "guarded"
    (first, second), (stdout, stderr) = said["ends"], said["output"]  # type: ignore[misc]
    assert first == ["exited", 1, ""]
    assert stdout == "45 ['/home/user/work/program.py']\n"
    assert stderr.endswith("PermissionError: open() is not there in the guarded tier\n")
    assert second[0] == "failed" and "program.py:2: " in second[2]
    assert said["unavailable"] == 10


def test_nothing_is_lent_unless_the_owner_accepts_that(tmp_path: Path) -> None:
    assert lent("isolated", tmp_path) == {"fault": "WeakTier"}
