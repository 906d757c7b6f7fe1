"""A tasker's first hour, recorded: a lab on this machine, and what its commands really print.

    python bench/session.py                 prints the session
    python bench/session.py --guide         puts it into marx/GUIDE.md, between its two markers

Submit, watch, detach, a worker is lost, re-attach, results, why, history. Nothing is edited but the names that change
with every run: the job's id, folders and the join line.
"""

from __future__ import annotations

import argparse
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

TOP = Path(__file__).resolve().parents[1]
GUIDE = TOP / "marx" / "GUIDE.md"
BEGIN, END = "<!-- session: python bench/session.py --guide -->", "<!-- end of session -->"
WAIT_S = 120
PROGRAM = '''"""How often each remainder comes up among sums that take a while."""
from collections import Counter


def remainder(n):
    total = 0
    for i in range(n % 7 * 100_000 + 400_000):
        total = (total * 31 + i * n) % 1_000_003
    return total % 10


counts = Counter()
for n in range(400):
    counts[remainder(n)] += 1
print(sorted(counts.items()))
with open("remainders.txt", "w") as out:
    print(*sorted(counts), file=out)
'''


@dataclass
class Session:
    """One terminal. Everything that is typed and shown goes into `lines`."""

    folder: Path
    environment: dict[str, str]
    lines: list[str] = field(default_factory=list)
    hidden: dict[str, str] = field(default_factory=dict)
    """What differs with every run, and what stands for it."""

    def say(self, text: str) -> None:
        self.lines += ["", f"# {text}"]

    def type(self, command: str, *, until: str = "", code: int = 0) -> str:
        """Runs a command as if typed. `until`: Ctrl-C when its output holds this. Returns what it printed."""
        self.lines.append(f"$ {command}")
        words = [sys.executable, "-m", "marx.cli", *command.split()[1:]]
        child = subprocess.Popen(
            words, cwd=self.folder, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        assert child.stdout is not None
        shown: list[str] = []
        for line in child.stdout:
            shown.append(line.rstrip("\n"))
            if until and until in line:
                child.send_signal(signal.SIGINT)
                until = ""
                shown.append("^C")
        assert child.wait(WAIT_S) == code, "\n".join([command, *shown])
        self.lines += shown
        return "\n".join(shown)

    def text(self) -> str:
        text = "\n".join(self.lines).strip("\n")
        for real, shown in self.hidden.items():
            text = text.replace(real, shown)
        return text


@contextmanager
def service(words: list[str], environment: dict[str, str], log: Path) -> Iterator[subprocess.Popen[str]]:
    """`marx serve` or `marx worker`; its log goes to a file."""
    with log.open("w") as out:
        child = subprocess.Popen(
            [sys.executable, "-m", "marx.cli", *words], env=environment, stdout=subprocess.PIPE, stderr=out, text=True
        )
        try:
            yield child
        finally:
            child.kill()
            child.communicate()


def record(folder: Path) -> str:
    base = {name: value for name, value in os.environ.items() if not name.startswith("MARX_")}
    base |= {"PYTHONPATH": str(TOP), "COLUMNS": "100"}
    base |= {f"XDG_{kind}_HOME": str(folder / kind.lower()) for kind in ("CONFIG", "DATA", "CACHE")}
    work = folder / "work"
    work.mkdir()
    (work / "remainders.py").write_text(PROGRAM)
    session = Session(work, base, hidden={str(work): "/home/ann/work"})
    with ExitStack() as lab:
        serve = lab.enter_context(service(["serve", "--host", "127.0.0.1", "--port", "0"], base, folder / "serve.log"))
        assert serve.stdout is not None
        address = serve.stdout.readline().strip()
        session.hidden |= {address: "marx://HOST:PORT/KEY/CODE", str(folder / "config"): "/home/ann/.config"}
        workers = []
        for name in ("desk-1", "desk-2"):
            words = ["worker", "--name", name, "--slots", "1", address]
            workers.append(lab.enter_context(service(words, base, folder / f"{name}.log")))
        play(session, address, workers[1])
    return session.text()


def play(session: Session, address: str, doomed: subprocess.Popen[str]) -> None:
    session.say("once: where the lab is")
    session.type(f"marx config set distributor {address}")
    while session.type("marx workers").count("ready") < 2:
        del session.lines[-len(session.lines) :]
        session.say("once: where the lab is")
        session.lines += [f"$ marx config set distributor {address}"]
    session.say("submit, and look on for a while")
    job = session.type("marx submit -q --tag first remainders.py")
    session.hidden[job] = "bwd94k"
    session.type(f"marx watch {job}", until="chunks", code=130)
    session.say("desk-2 is switched off")
    doomed.kill()
    session.say("come back")
    session.type(f"marx why {job}")
    session.type(f"marx watch {job}")
    session.type("marx why desk-2")
    session.say("the result")
    session.type(f"marx results {job}")
    session.type(f"marx why {job}")
    log = session.type(f"marx logs {job}").splitlines()
    del session.lines[-len(log) :]
    session.lines += [*log[:6], "…", *log[-4:]]
    session.type(f"marx show {job}")
    session.type("marx history --tag first")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--guide", action="store_true", help="put the session into marx/GUIDE.md")
    put = parser.parse_args().guide
    with tempfile.TemporaryDirectory(prefix="marx-session-") as folder:
        text = record(Path(folder))
    if not put:
        print(text)
        return
    guide = GUIDE.read_text(encoding="utf-8")
    block = f"{BEGIN}\n```\n{text}\n```\n{END}"
    GUIDE.write_text(re.sub(f"{re.escape(BEGIN)}.*{re.escape(END)}", lambda _: block, guide, flags=re.DOTALL))


if __name__ == "__main__":
    main()
