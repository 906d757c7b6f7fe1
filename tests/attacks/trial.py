"""Runs the collection in real jails and says what harm was done. By `python -m tests.attacks.trial` in the name of
any user, and on a host that was made to lack something. Standard library only.

Attacks that leave their process whole share a jail; each of the others has one of its own, and its seconds.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import sandbox
from sandbox import BadFrame, Jail, JailDied, JailSpec, Limits, Load, SandboxError, Timeout, Verdict
from tests.attacks.attack import Attack
from tests.attacks.collection import ATTACKS, BY_NAME
from tests.attacks.ground import Ground
from tests.memory import peak_bytes
from tests.sandbox.ground import TOP, refuse_namespaces

LIMITS = Limits(memory_bytes=1 << 30, work_bytes=64 << 20, work_files=2000, message_bytes=64 << 20)
PATIENCE_S = 30.0
ENDING_S = 0.3
"""How long a process may take to end that has said what it had to say, or had its time to say it."""
AT_ONCE = 3
HOST_BYTES_MAX = 700 << 20
"""What the host process may come to hold, of all that the attacks pour over it."""


@dataclass(frozen=True, slots=True)
class Trial:
    """Where and how the attacks run. `nice` is the owner's wish; `waive` what this host lacks."""

    folder: Path
    waive: frozenset[str] = frozenset()

    @property
    def has_mounts(self) -> bool:
        return not self.waive & {"namespaces", "mounts"}

    def jail(self) -> Jail:
        spec = JailSpec(
            entry="tests.attacks.jailed:perform", read_only=(str(TOP),), limits=LIMITS, waive=self.waive, nice=True
        )
        jail = sandbox.start(spec)
        try:
            jail.load(Load(folder=str(self.folder / "work"), collect=True))
        except BaseException:
            jail.close()
            raise
        return jail

    # --- attacks that share a jail --------------------------------------------------------------------------------

    def together(self, attacks: Iterable[Attack], ground: Ground) -> dict[str, str]:
        """The harm of each, by name: words, or what went wrong; "" is none."""
        found: dict[str, str] = {}
        jail = self.jail()
        try:
            for attack in attacks:
                answer = _ask(jail, attack, ground)
                if answer is None:
                    jail.close()
                    jail = self.jail()
                    answer = ""
                found[name_of(attack)] = _told(ground.harm(answer), answer)
        finally:
            jail.close()
        return found

    # --- attacks that end their jail ------------------------------------------------------------------------------

    def alone(self, attacks: Iterable[Attack], ground: Ground) -> dict[str, str]:
        """As `together`. Harm to the ground is looked for at the end, once for all."""
        chosen = list(attacks)
        with ThreadPoolExecutor(AT_ONCE) as threads:
            found = dict(zip(map(name_of, chosen), threads.map(lambda a: self._one(a, ground), chosen), strict=True))
        if harm := ground.harm(""):
            found["all that were alone"] = " ".join(harm)
        return found

    def _one(self, attack: Attack, ground: Ground) -> str:
        with self.jail() as jail, contextlib.suppress(BadFrame, JailDied, Timeout):
            jail.send(_order(attack, ground))
            answer = jail.receive(attack.seconds)
            outcome = jail.wait(ENDING_S)
            if outcome.files and any(".." in file.path or file.path.startswith("/") for file in outcome.files):
                return "left a file outside"
            if outcome.verdict is Verdict.SANDBOX_ERROR:
                return f"an end that tells nothing: {outcome.reason}"
            if answer is not None and b"OBEYED" in answer:
                return f"obeyed: {answer[:300].decode(errors='replace')}"
        return ""


def name_of(attack: Attack) -> str:
    return f"{attack.group}-{attack.name}"


def _order(attack: Attack, ground: Ground) -> bytes:
    return json.dumps({"source": attack.source, "names": ground.names()}).encode()


def _ask(jail: Jail, attack: Attack, ground: Ground) -> str | None:
    """What the attack said; None if its process has ended or is wedged."""
    try:
        jail.send(_order(attack, ground))
        body = jail.receive(PATIENCE_S)
    except (BadFrame, JailDied, Timeout):
        return None
    return None if body is None else body.decode(errors="replace")


def _told(harm: set[str], answer: str) -> str:
    return f"{' '.join(sorted(harm))}: {answer[:300]}" if harm else ""


def outside(attack: Attack, ground: Ground, folder: Path) -> set[str]:
    """The control: the harm that the same program does in a plain process of the same user."""
    with open(folder / "answer", "w+b") as answer:
        subprocess.run(
            [sys.executable, "-m", "tests.attacks.jailed"],
            input=_order(attack, ground),
            stdout=answer,
            stderr=subprocess.DEVNULL,
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(TOP)},
            timeout=PATIENCE_S,
            start_new_session=True,
        )
        answer.seek(0)
        return ground.harm(answer.read().decode(errors="replace"))


def promised(attack: Attack, trial: Trial) -> bool:
    return trial.has_mounts or not attack.needs_mounts


def run(trial: Trial, attacks: Iterable[Attack]) -> dict[str, str]:
    """Everything that was done, by attack; and "the host" for what is left when all is over."""
    trial.folder.joinpath("work").mkdir(exist_ok=True)
    chosen = list(attacks)
    with Ground(trial.folder) as ground:
        found = trial.alone([attack for attack in chosen if attack.alone], ground)
        found |= trial.together([attack for attack in chosen if not attack.alone], ground)
    held = peak_bytes()
    found["the host"] = f"held {held} bytes" if held > HOST_BYTES_MAX else ""
    return found


def controls(folder: Path, attacks: Iterable[Attack]) -> dict[str, list[str]]:
    """The harm that each attack does outside, where that may be tried."""
    os.environ["MARX_ATTACK_SECRET"] = "hush"
    with Ground(folder) as ground:
        return {name_of(attack): sorted(_control(attack, ground, folder)) for attack in attacks}


def _control(attack: Attack, ground: Ground, folder: Path) -> Iterator[str]:
    place = folder / "outside"
    place.mkdir()
    try:
        yield from outside(attack, ground, place)
    finally:
        shutil.rmtree(place)


def main(arguments: list[str]) -> None:
    """FOLDER, what the host lacks (names with commas), the attacks by name or "all". Prints the harm as JSON."""
    folder, lacking, wanted = arguments
    waive = frozenset(filter(None, lacking.split(",")))
    if "namespaces" in waive:
        refuse_namespaces()
    trial = Trial(Path(folder), waive)
    if wanted == "all":
        attacks = [attack for attack in ATTACKS if promised(attack, trial)]
    else:
        attacks = [BY_NAME[name] for name in wanted.split(",")]
    os.environ["MARX_ATTACK_SECRET"] = "hush"
    try:
        found = run(trial, attacks)
    except SandboxError as refusal:
        found = {"no jail": f"{type(refusal).__name__}: {refusal}"}
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1:])
