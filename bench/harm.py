"""What may happen to a lab while a program runs: one small function for each kind of fault and each victim.

Each does its harm, and mends what does not mend itself (a cable, a full disk, a stopped process, a service that an
operator would start again). What the job makes of it is looked at by faults.py.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
from laboratory import Lab

AWAY_S = 0.5
"""How long a killed service stays away before it is started again."""
BLOCK_BYTES = 1 << 20
JAIL_DEPTH = 3
"""worker → launcher → zygote → the process of the program: the third exists only in a jail that was given work."""


@dataclass(slots=True)
class Scene:
    """One run: its lab, the tasker's process, the jailed programs of earlier runs, and how long a lease is there.

    `pause_s`: how long something is stopped or cut off for; 0.0 is for a while that chance chooses.
    """

    lab: Lab
    tasker: subprocess.Popen[bytes]
    earlier: frozenset[int]
    lease_s: float
    pause_s: float
    chance: random.Random

    def pause(self) -> None:
        """A moment, or up to three leases: what is cut off or stopped meanwhile may or may not be missed."""
        time.sleep(self.pause_s or self.lease_s * self.chance.choice((0.2, 0.8, 1.6, 3.0)))

    def any_worker(self) -> str:
        return self.chance.choice(self.lab.workers)


Harm = Callable[[Scene], str]
"""Does it; "" or why there was nothing to do it to."""


# --- services ---------------------------------------------------------------------------------------------------------


def kill_distributor(scene: Scene) -> str:
    scene.lab.end("serve", signal.SIGKILL)
    time.sleep(AWAY_S)
    scene.lab.serve()
    return ""


def restart_distributor(scene: Scene) -> str:
    scene.lab.end("serve", signal.SIGTERM)
    scene.lab.serve()
    return ""


def freeze_distributor(scene: Scene) -> str:
    return _freeze(scene, [psutil.Process(scene.lab.running["serve"].pid)])


def cut_distributor(scene: Scene) -> str:
    return _cut(scene, "serve")


def fill_distributor(scene: Scene) -> str:
    return _fill(scene, "serve")


def kill_worker(scene: Scene) -> str:
    name = scene.any_worker()
    scene.lab.end(name, signal.SIGKILL)
    time.sleep(AWAY_S)
    scene.lab.lend(name)
    return ""


def restart_worker(scene: Scene) -> str:
    """Drained, then told to leave at once, then started again, as an owner does in a hurry."""
    name = scene.any_worker()
    process = scene.lab.running[name]
    process.terminate()
    time.sleep(AWAY_S)
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    process.wait()
    scene.lab.lend(name)
    return ""


def freeze_worker(scene: Scene) -> str:
    """The daemon alone: its jails go on."""
    return _freeze(scene, [psutil.Process(scene.lab.running[scene.any_worker()].pid)])


def suspend_worker(scene: Scene) -> str:
    """The whole machine, as when its lid is closed."""
    daemon = psutil.Process(scene.lab.running[scene.any_worker()].pid)
    return _freeze(scene, [daemon, *daemon.children(recursive=True)])


def cut_worker(scene: Scene) -> str:
    return _cut(scene, scene.any_worker())


def fill_worker(scene: Scene) -> str:
    return _fill(scene, scene.any_worker())


def _cut(scene: Scene, name: str) -> str:
    scene.lab.hosts[name].pull_cable()
    scene.pause()
    scene.lab.hosts[name].plug_in()
    return ""


def _fill(scene: Scene, name: str) -> str:
    """Not a byte is left on that host's disk for a while."""
    ballast = scene.lab.home(name) / "ballast"
    with contextlib.suppress(OSError), open(ballast, "wb", buffering=0) as file:
        while file.write(b"\0" * BLOCK_BYTES):
            pass
    scene.pause()
    ballast.unlink()
    return ""


def _freeze(scene: Scene, processes: list[psutil.Process]) -> str:
    with contextlib.suppress(psutil.NoSuchProcess):
        for process in processes:
            process.suspend()
    scene.pause()
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.resume()
    return ""


# --- jails ------------------------------------------------------------------------------------------------------------


def kill_driver(scene: Scene) -> str:
    return _to_jail(scene, driver=True, freeze=False)


def freeze_driver(scene: Scene) -> str:
    return _to_jail(scene, driver=True, freeze=True)


def kill_chunk(scene: Scene) -> str:
    return _to_jail(scene, driver=False, freeze=False)


def freeze_chunk(scene: Scene) -> str:
    return _to_jail(scene, driver=False, freeze=True)


def _to_jail(scene: Scene, *, driver: bool, freeze: bool) -> str:
    jails = [process for process in jailed_programs(scene.lab) if process.pid not in scene.earlier]
    if not jails or (not driver and len(jails) == 1):
        return "no such jail was there at that moment"
    victim = jails[0] if driver else scene.chance.choice(jails[1:])
    if freeze:
        return _freeze(scene, [victim])
    with contextlib.suppress(psutil.NoSuchProcess):
        victim.kill()
    return ""


def jailed_programs(lab: Lab) -> list[psutil.Process]:
    """The processes of programs in the jails of all workers, oldest first: a driver begins before its chunks."""
    found: list[tuple[float, psutil.Process]] = []
    for name in lab.workers:
        with contextlib.suppress(psutil.NoSuchProcess):
            daemon = psutil.Process(lab.running[name].pid)
            for process in daemon.children(recursive=True):
                with contextlib.suppress(psutil.NoSuchProcess, ValueError):
                    if _depth(process, daemon.pid) == JAIL_DEPTH:
                        found.append((process.create_time(), process))
    return [process for _, process in sorted(found, key=lambda row: (row[0], row[1].pid))]


def _depth(process: psutil.Process, top: int) -> int:
    """How far below the daemon. Raises ValueError where its parents went meanwhile."""
    return [parent.pid for parent in process.parents()].index(top) + 1


# --- the tasker -------------------------------------------------------------------------------------------------------


def kill_tasker(scene: Scene) -> str:
    scene.tasker.kill()
    return ""


def freeze_tasker(scene: Scene) -> str:
    with contextlib.suppress(psutil.NoSuchProcess):
        return _freeze(scene, [psutil.Process(scene.tasker.pid)])
    return "the run was over"


def cut_tasker(scene: Scene) -> str:
    return _cut(scene, "task")


HARMS: dict[str, Harm] = {
    "distributor killed": kill_distributor,
    "distributor stopped, continued": freeze_distributor,
    "distributor cut off": cut_distributor,
    "distributor's disk full": fill_distributor,
    "distributor restarted": restart_distributor,
    "worker killed": kill_worker,
    "worker stopped, continued": freeze_worker,
    "worker's machine suspended": suspend_worker,
    "worker cut off": cut_worker,
    "worker's disk full": fill_worker,
    "worker restarted": restart_worker,
    "driver jail killed": kill_driver,
    "driver jail stopped, continued": freeze_driver,
    "chunk jail killed": kill_chunk,
    "chunk jail stopped, continued": freeze_chunk,
    "tasker killed": kill_tasker,
    "tasker stopped, continued": freeze_tasker,
    "tasker cut off": cut_tasker,
}
NEEDS_NETWORK = frozenset({"distributor cut off", "worker cut off", "tasker cut off"})
NEEDS_DISKS = frozenset({"distributor's disk full", "worker's disk full"})


@contextlib.contextmanager
def small_disk(folder: Path, size_bytes: int) -> Iterator[None]:
    """A file system of that size at `folder`: memory, so that filling it harms nobody. Needs root."""
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size_bytes}", "tmpfs", str(folder)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def may_have_disks() -> bool:
    return os.geteuid() == 0
