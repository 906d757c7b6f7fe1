"""Attacks that take more than their share and measure it themselves, so that a wall which only looks firm shows.

Each stops at a multiple of what the jail is allowed: the machine of the tests bears that.
"""

from __future__ import annotations

from tests.attacks.attack import attack

_THREADS = 2500
"""Far more than a jail may have, and than a desktop would not notice."""

_MEASURED = {
    "threads_with_small_stacks": f"""
        import threading, _thread
        threading.stack_size(32768)
        gate, count = threading.Lock(), 0
        gate.acquire()
        def wait():
            with gate: pass
        try:
            while count < {_THREADS}: _thread.start_new_thread(wait, ()); count += 1
        except RuntimeError: pass
        gate.release()
        count == {_THREADS} and obeyed()
        """,
    "disk_in_many_files": """
        import time
        total = 0
        for n in range(300):
            with open(f'/tmp/x{n}' if os.path.isdir('/tmp') and os.access('/tmp', os.W_OK) else f'x{n}', 'wb') as f:
                f.write(bytes(1 << 20))
            total += 1
            time.sleep(0.005)
        total == 300 and obeyed()
        """,
    "disk_in_the_working_folder": """
        import time
        for n in range(300):
            with open(f'x{n}', 'wb') as f: f.write(bytes(1 << 20))
            time.sleep(0.005)
        obeyed()
        """,
    "disk_deep_down": """
        import time
        for n in range(150):
            os.mkdir('d'); os.chdir('d')
            with open('x', 'wb') as f: f.write(bytes(2 << 20))
            time.sleep(0.01)
        obeyed()
        """,
    "disk_far_down": """
        import time
        for n in range(45): os.mkdir('d' * 100); os.chdir('d' * 100)
        file = os.open('x', os.O_CREAT | os.O_RDWR); os.unlink('x')
        time.sleep(0.5)
        sys.exit(0)
        """,
    "disk_in_files_without_names": """
        import time
        kept = []
        for n in range(5):
            kept.append(os.open('.', os.O_TMPFILE | os.O_RDWR))
            os.posix_fallocate(kept[-1], 0, 60 << 20)
        time.sleep(1)
        obeyed()
        """,
    "disk_in_files_that_lost_their_names": """
        import time
        kept = []
        for n in range(5):
            kept.append(open('x', 'wb', buffering=0))
            os.unlink('x')
            for _ in range(15): kept[-1].write(bytes(4 << 20))
            time.sleep(0.05)
        time.sleep(2)
        obeyed()
        """,
    "disk_behind_memory_maps": """
        import mmap, time
        kept = []
        for n in range(5):
            file = os.open('x', os.O_CREAT | os.O_RDWR)
            os.unlink('x')
            for _ in range(15): os.write(file, bytes(4 << 20))
            libc = ctypes.CDLL(None); libc.mmap.restype = ctypes.c_void_p
            libc.mmap(None, ctypes.c_size_t(4096), 1, 1, file, ctypes.c_long(0)) != 2**64 - 1 or os.abort()
            os.close(file)
            time.sleep(0.05)
        time.sleep(2)
        obeyed()
        """,
    "disk_of_threads_that_outlive_the_first": """
        import threading, time
        def fill():
            kept = []
            for n in range(5):
                kept.append(open('x', 'wb', buffering=0))
                os.unlink('x')
                for _ in range(15): kept[-1].write(bytes(4 << 20))
                time.sleep(0.05)
            time.sleep(2)
            os.write(3, (6).to_bytes(8, 'little') + b'OBEYED')
        threading.Thread(target=fill).start()
        syscall(60, 0)
        """,
    "many_empty_files": """
        import time
        for n in range(6000):
            os.close(os.open(f'f{n}', os.O_CREAT | os.O_WRONLY))
            n % 100 or time.sleep(0.03)
        obeyed()
        """,
    "memory_shared": """
        import mmap
        kept = [mmap.mmap(-1, 64 << 20) for _ in range(40)]
        for each in kept: each[::4096] = bytes(len(each[::4096]))
        obeyed()
        """,
    "memory_through_a_file": """
        import mmap
        kept = []
        for n in range(40):
            f = open(f'm{n}', 'wb+'); f.truncate(60 << 20); m = mmap.mmap(f.fileno(), 0)
            for at in range(0, len(m), 4096): m[at] = 1
            kept.append(m)
        obeyed()
        """,
    "memory_by_growing": """
        libc = ctypes.CDLL(None); libc.sbrk.restype = ctypes.c_void_p
        libc.sbrk(ctypes.c_long(2 << 30)) != ctypes.c_void_p(-1).value and obeyed()
        """,
    "memory_behind_pipes": """
        held = 0
        import fcntl
        for _ in range(2000):
            r, w = os.pipe(); fcntl.fcntl(w, 1031, 1 << 20); os.set_blocking(w, False)
            held += os.write(w, bytes(1 << 20))
        obeyed()
        """,
    "limits_raised": """
        import resource
        for kind in (resource.RLIMIT_AS, resource.RLIMIT_FSIZE, resource.RLIMIT_NOFILE, resource.RLIMIT_CORE):
            before = resource.getrlimit(kind)
            try: resource.setrlimit(kind, (before[1], resource.RLIM_INFINITY))
            except (ValueError, OSError): pass
            resource.getrlimit(kind) != before and obeyed()
        """,
    "priority_raised": """
        before = os.getpriority(os.PRIO_PROCESS, 0)
        for deed in (lambda: os.nice(-5), lambda: os.setpriority(os.PRIO_PROCESS, 0, before - 5),
                     lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1)),
                     lambda: os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))):
            try: deed()
            except OSError: continue
            obeyed()
        """,
    "core_file": """
        import resource
        resource.getrlimit(resource.RLIMIT_CORE)[1] == 0 or obeyed()
        """,
    "event_counters": """
        kept = []
        try:
            for _ in range(5000): kept.append(os.eventfd(0))
        except OSError: pass
        for each in kept: os.close(each)
        len(kept) == 5000 and obeyed()
        """,
}

_ENDLESS = {
    "stopped_with_threads": "import threading, signal\nfor _ in range(20): threading.Thread(target=lambda: [0 for _ in "
    "iter(int, 1)]).start()\nos.kill(os.getpid(), signal.SIGSTOP)",
    "library_code_that_blocks": "import select; select.poll().poll()",
    "signals_blocked": "import signal; signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65)); signal.pause()",
    "exit_blocked": "import atexit, signal; atexit.register(signal.pause); sys.exit(0)",
    "collector_that_never_ends": "class X:\n    def __del__(self): X()\nX()",
    "zip_of_nothing": "import zlib; d = zlib.decompressobj(); x = zlib.compress(bytes(1 << 28), 9); "
    "[d.decompress(x) for _ in range(999)]",
    "keys_of_one_hash": "d = {}\nfor n in range(1 << 20): d[n * (2**61 - 1)] = 1",
    "wide_pattern": "import re; re.compile('(' * 50 + 'a' + '){1,99}' * 50)",
    "list_that_holds_itself": "import pickle, copy; x = []; x.append(x)\nwhile True: x.append(copy.deepcopy(x))",
    "text_of_a_number": "sys.set_int_max_str_digits(0); str(1 << (1 << 28))",
    "nested_source": "exec(compile('a.' * 100000 + 'b', 'x', 'exec'))",
    "frames_full_of_escapes": "while True: os.write(1, b'\\x1b]0;x\\x07\\x1b[2J' * 9999)",
}

ATTACKS = (
    *(attack("exhaustion", name, source, alone=True, seconds=6.0) for name, source in _MEASURED.items()),
    *(attack("exhaustion", name, source, alone=True, seconds=0.3) for name, source in _ENDLESS.items()),
)
