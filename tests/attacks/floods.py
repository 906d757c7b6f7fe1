"""Attacks by using too much. Each has a jail of its own, which is soon ended; the host must not have noticed."""

from __future__ import annotations

from tests.attacks.attack import Attack, attack

_FLOODS = {
    "memory": "x = []\nwhile True: x.append(bytearray(1 << 20))",
    "memory_swallowing_errors": "x = []\nwhile True:\n    try: x.append(bytearray(1 << 24))\n"
    "    except MemoryError: pass",
    "memory_by_maps": "import mmap; x = []\nwhile True: x.append(mmap.mmap(-1, 1 << 26))",
    "memory_by_doubling": "x = 'x'\nwhile True: x += x",
    "memory_by_numbers": "x = 7\nwhile True: x **= 7",
    "memory_by_compression": "import zlib; z = zlib.compress(bytes(1 << 26)); "
    "x = [zlib.decompress(z) for _ in range(99)]",
    "memory_by_pickle": "import pickle; pickle.loads(b'\\x8c\\x01xC' * 3 + b'.'); x = [0] * (1 << 40)",
    "memory_by_entities": "x = 'x' * 1000\nfor _ in range(40): x = x * 10",
    "processor": "while True: pass",
    "processor_deaf": "import signal\nfor n in range(1, 65):\n    try: signal.signal(n, signal.SIG_IGN)\n"
    "    except (OSError, ValueError): pass\nwhile True: pass",
    "processor_by_threads": "import threading\ndef f():\n    while True: pass\n"
    "for _ in range(64): threading.Thread(target=f).start()",
    "processor_by_hashes": "import hashlib, threading\ndef f():\n    while True: hashlib.sha256(bytes(1 << 24))\n"
    "for _ in range(16): threading.Thread(target=f).start()",
    "processor_by_pattern": "import re; re.match('(a+)+$', 'a' * 64 + 'b')",
    "processor_in_one_call": "x = 3 ** (1 << 30)",
    "threads": "import threading\ne = threading.Event()\nwhile True: threading.Thread(target=e.wait).start()",
    "threads_at_exit": "import atexit, threading\n@atexit.register\ndef f():\n    while True: pass\nsys.exit(0)",
    "descriptors": "x = []\nwhile True: x.append(os.open('/dev/null', 0))",
    "full_pipes": "while True:\n    r, w = os.pipe(); os.set_blocking(w, False); os.write(w, bytes(1 << 16))",
    "full_pairs": "import socket; x = []\nwhile True:\n    a, b = socket.socketpair(); a.setblocking(False); "
    "x.append((a, b))\n"
    "    try:\n        while True: a.send(bytes(1 << 16))\n    except BlockingIOError: pass",
    "event_queues": "import select; x = []\nwhile True: x.append(select.epoll())",
    "disk": "f = open('big', 'wb')\nwhile True: f.write(bytes(1 << 20))",
    "disk_in_many_files": "n = 0\nwhile True:\n    open(f'f{n}', 'wb').write(bytes(1 << 16)); n += 1",
    "disk_behind_names": "x = []\nwhile True:\n    f = open('one', 'wb', 0); f.write(bytes(1 << 20)); "
    "os.unlink('one'); x.append(f)",
    "sparse_files": "for n in range(99):\n    f = open(f's{n}', 'wb'); f.truncate(60 << 20); f.close()\nsys.exit(0)",
    "inodes": "n = 0\nwhile True:\n    os.close(os.open(f'i{n}', os.O_CREAT)); n += 1",
    "folders": "n = 0\nwhile True:\n    os.mkdir(f'd{n}'); n += 1",
    "deep_folders": "while True:\n    os.mkdir('d' * 200); os.chdir('d' * 200)",
    "deep_folders_left": "for _ in range(100):\n    os.mkdir('d' * 200); os.chdir('d' * 200)\nsys.exit(0)",
    "long_names": "for n in range(500):\n    os.close(os.open(str(n).rjust(255, 'x'), os.O_CREAT))\nsys.exit(0)",
    "temporary_files": "import tempfile\nwhile True:\n    f, p = tempfile.mkstemp(); os.write(f, bytes(1 << 20))",
    "output": "while True: os.write(1, b'x' * (1 << 20))",
    "errors": "while True: os.write(2, b'x' * (1 << 20))",
    "one_line": "sys.stdout.write('x' * (1 << 30))",
    "error_text": "raise Exception('x' * (1 << 28))",
    "warnings": "import warnings\nwarnings.simplefilter('always')\nwhile True: warnings.warn('x' * 1000)",
    "recursion": "sys.setrecursionlimit(1 << 30)\nf = lambda: f()\nf()",
    "recursion_in_c": "sys.setrecursionlimit(1 << 30)\nx = []\nfor _ in range(1 << 20): x = [x]\nrepr(x)",
    "recursion_in_the_compiler": "compile('-' * (1 << 20) + '1', 'x', 'eval')",
    "nested_brackets": "compile('(' * (1 << 20), 'x', 'eval')",
    "crash": "ctypes.string_at(0)",
    "crash_in_a_thread": "import threading; threading.Thread(target=lambda: ctypes.string_at(0)).start()",
    "abort": "os.abort()",
    "silence": "import time; time.sleep(1 << 20)",
    "stopped": "import signal; os.kill(os.getpid(), signal.SIGSTOP)",
    "signals": "import signal\nsignal.signal(10, lambda *_: None)\nwhile True: os.kill(os.getpid(), 10)",
    "timers": "import signal\nsignal.signal(14, lambda *_: None); signal.setitimer(0, 1e-6, 1e-6)\nwhile True: pass",
    "locks": "import fcntl; f = open('l', 'wb'); n = 0\nwhile True:\n    fcntl.lockf(f, 2, 1, n); n += 2",
    "maps": "import mmap; f = open('m', 'wb'); f.write(bytes(1 << 20)); f.close(); f = os.open('m', 0); x = []\n"
    "while True: x.append(mmap.mmap(f, 4096, prot=1))",
    "end_by_every_signal": "[os.kill(os.getpid(), n) for n in (3, 4, 5, 6, 7, 8, 11, 24, 25, 31)]",
    "interrupted_for_ever": "import time\nwhile True:\n    try: time.sleep(1)\n    except BaseException: pass",
    "no_end_of_threads": "import threading, time; threading.Thread(target=time.sleep, args=(1 << 20,)).start(); "
    "sys.exit(0)",
    "module_that_never_loads": "open('slow.py', 'w').write('while True: pass'); sys.path.insert(0, ''); import slow",
}


def _flood(name: str, source: str) -> Attack:
    return attack("floods", f"flood_{name}", source, alone=True, seconds=0.3)


ATTACKS = tuple(_flood(name, source) for name, source in _FLOODS.items())
