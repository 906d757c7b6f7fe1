"""What a hostile program would try, and what an ordinary one does. Each deed returns evidence as text, or raises.

The same function is called inside a jail, through `perform`, and outside, by `python -m tests.sandbox.deeds NAME
ARGUMENT`, which is the control that the deed is a real one. Standard library only: the interpreter may be the system's.
"""

import asyncio
import ctypes
import fcntl
import glob
import math
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sandbox.channel import Channel

PTRACE_ATTACH, PTRACE_DETACH = 16, 17


def perform(channel: Channel) -> int:
    """The entry: answers each frame "name argument" with the deed's evidence, until the host closes or the deed ends
    it."""
    while (body := channel.receive()) is not None:
        channel.send(attempt(body.decode()).encode(errors="replace"))
    return 0


def attempt(line: str) -> str:
    name, _, argument = line.partition(" ")
    try:
        return f"done: {globals()[name](argument)}"
    except BaseException as fault:
        if isinstance(fault, SystemExit):
            raise
        return f"failed: {type(fault).__name__}: {fault}"


# --- reaching out ------------------------------------------------------------------------------------------------


def read(path: str) -> str:
    with open(path, errors="replace") as file:
        return file.read()


def write(path: str) -> str:
    with open(path, "w") as file:
        file.write("was here")
    return path


def connect(port: str) -> str:
    with socket.create_connection(("127.0.0.1", int(port)), timeout=5) as link:
        link.sendall(b"was here")
    return port


def fork(_: str) -> str:
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    return str(os.waitpid(pid, 0)[1])


def execute(_: str) -> str:
    """The dynamic loader is the one program that surely exists on both sides."""
    loader = glob.glob("/lib64/ld-linux*") or glob.glob("/lib/ld-linux*")
    return subprocess.run([loader[0], "--version"], capture_output=True, text=True, check=True).stdout


def replace(_: str) -> str:
    """exec without fork. Returns only if it fails."""
    loader = glob.glob("/lib64/ld-linux*") or glob.glob("/lib/ld-linux*")
    os.execv(loader[0], [loader[0], "--version"])


def kill(pid: str) -> str:
    os.kill(int(pid), signal.SIGKILL)
    return pid


def kill_parent(_: str) -> str:
    os.kill(os.getppid(), signal.SIGKILL)
    return "sent"


def kill_everybody(_: str) -> str:
    os.kill(-1, signal.SIGKILL)
    return "sent"


def signal_by_descriptor(pid: str) -> str:
    """A pipe whose owner is somebody else, and whose signal is KILL: the kernel sends it when a byte arrives."""
    reader, writer = os.pipe()
    fcntl.fcntl(reader, fcntl.F_SETOWN, int(pid))
    fcntl.fcntl(reader, fcntl.F_SETSIG, signal.SIGKILL)
    fcntl.fcntl(reader, fcntl.F_SETFL, os.O_ASYNC)
    os.write(writer, b"x")
    return pid


def trace(pid: str) -> str:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.ptrace(PTRACE_ATTACH, int(pid), None, None) < 0:
        raise OSError(ctypes.get_errno(), "ptrace")
    os.waitpid(int(pid), 0)
    libc.ptrace(PTRACE_DETACH, int(pid), None, None)
    return pid


def environment(_: str) -> str:
    """Python's copy, and the one that the C library still has."""
    libc_environ = ctypes.POINTER(ctypes.c_char_p).in_dll(ctypes.CDLL(None), "environ")
    texts = [f"{name}={value}" for name, value in os.environ.items()]
    for index in range(10_000):
        if (text := libc_environ[index]) is None:
            break
        texts.append(text.decode(errors="replace"))
    return "\n".join(texts)


def descriptors(_: str) -> str:
    found = []
    for fd in range(4096):
        try:
            os.fstat(fd)
        except OSError:
            continue
        found.append(str(fd))
    return " ".join(found)


def names(path: str) -> str:
    return " ".join(sorted(os.listdir(path)))


def link(target: str) -> str:
    os.symlink(target, "link")
    return "link"


def mode(path: str) -> str:
    os.chmod(path, 0o777)
    return path


# --- using too much ----------------------------------------------------------------------------------------------


def allocate(megabytes: str) -> str:
    return str(len(bytearray(int(megabytes) << 20)))


def allocate_without_care(megabytes: str) -> str:
    try:
        return allocate(megabytes)
    except MemoryError:
        os._exit(3)


def fill(megabytes: str) -> str:
    with open("big", "wb") as file:
        for _ in range(int(megabytes)):
            file.write(bytes(1 << 20))
    return megabytes


def scatter(count: str) -> str:
    for index in range(int(count)):
        with open(f"f{index}", "w"):
            pass
    return count


def spin(seconds: str) -> str:
    until = time.process_time() + float(seconds)
    while time.process_time() < until:
        pass
    return seconds


def spin_against_signals(seconds: str) -> str:
    for number in (signal.SIGXCPU, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    return spin(seconds)


def flood(megabytes: str) -> str:
    for _ in range(int(megabytes)):
        os.write(1, bytes(1 << 20))
    return megabytes


def many_threads(count: str) -> str:
    stop = threading.Event()
    threads = [threading.Thread(target=stop.wait) for _ in range(int(count))]
    try:
        for thread in threads:
            thread.start()
    finally:
        stop.set()
    return count


# --- ending ------------------------------------------------------------------------------------------------------


def leave(code: str) -> str:
    sys.exit(int(code))


def leave_with_words(words: str) -> str:
    sys.exit(words)


def leave_at_once(code: str) -> str:
    os._exit(int(code))


def leave_tidily(text: str) -> str:
    """What a program prints last is still in a buffer, and a function waits for the end."""
    import atexit

    atexit.register(print, "at the end")
    print(text)
    sys.exit(0)


def crash(_: str) -> str:
    ctypes.string_at(0)
    return "alive"


def end_by_signal(number: str) -> str:
    os.kill(os.getpid(), int(number))
    return "alive"


# --- what ordinary programs do -----------------------------------------------------------------------------------


def imports(_: str) -> str:
    import concurrent.futures
    import decimal
    import json
    import multiprocessing
    import ssl

    modules = (asyncio, concurrent.futures, decimal, json, multiprocessing, sqlite3, ssl)
    return " ".join(module.__name__ for module in modules)


def run_coroutines(_: str) -> str:
    async def double(value: int) -> int:
        await asyncio.sleep(0)
        return 2 * value

    async def together() -> list[int]:
        loop = asyncio.get_running_loop()
        in_thread = await loop.run_in_executor(None, sum, [1, 2])
        return [*(await asyncio.gather(double(1), double(2))), in_thread]

    return str(asyncio.run(together()))


def run_threads(_: str) -> str:
    with ThreadPoolExecutor(8) as pool:
        return str(list(pool.map(lambda value: value * value, range(4))))


def use_numpy(_: str) -> str:
    import numpy

    matrix: Any = numpy.arange(10_000, dtype=float).reshape(100, 100)
    numpy.save("matrix.npy", matrix)
    return str(float((numpy.load("matrix.npy", mmap_mode="r") @ matrix.T).trace()))


def zone(_: str) -> str:
    return time.tzname[0]


def use_scipy(_: str) -> str:
    from scipy import integrate, special

    area, _error = integrate.quad(lambda x: special.erf(x) / special.erf(2.0), 0.0, 2.0)
    exact = (2.0 * special.erf(2.0) + (math.exp(-4.0) - 1.0) / special.gamma(0.5)) / special.erf(2.0)
    return str(round(area / exact, 9))


def use_database(_: str) -> str:
    with sqlite3.connect("some.db") as base:
        base.execute("CREATE TABLE t (a)")
        base.execute("INSERT INTO t VALUES (41)")
    answer = str(base.execute("SELECT a + 1 FROM t").fetchone()[0])
    base.close()
    return answer


def copy_files(_: str) -> str:
    import shutil
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        write(f"{folder}/a")
        shutil.copy2(f"{folder}/a", "copied")
        shutil.copytree(folder, "tree")
        os.rename("copied", "tree/b")
    return names("tree")


def change_files(_: str) -> str:
    """Of the files kept, changed and removed, and of folders."""
    with open("changed", "a") as file:
        file.write(" and more")
    os.unlink("removed")
    os.mkdir("empty")
    os.makedirs("deep/er")
    write("deep/er/new")
    os.chmod("deep/er/new", 0o750)
    return names(".")


def facts(_: str) -> str:
    return f"{sys.flags}\n{sys.path}\n{sys.prefix} {sys.executable} {sys.stdout.encoding}"


def where(_: str) -> str:
    return os.getcwd()


def who(_: str) -> str:
    return f"{os.getresuid()} {os.getgroups()} {socket.gethostname()}"


def hash_of(text: str) -> str:
    return str(hash(text))


def stdin(_: str) -> str:
    return sys.stdin.read()


def say(text: str) -> str:
    print(text)
    return text


def garbage(hexadecimal: str) -> str:
    """Raw bytes on the channel, instead of an answer."""
    os.write(3, bytes.fromhex(hexadecimal))
    os._exit(0)


def wait_for_ever(_: str) -> str:
    threading.Event().wait()
    return "never"


if __name__ == "__main__":
    print(attempt(" ".join(sys.argv[1:])), flush=True)
