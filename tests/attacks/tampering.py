"""Attacks on what runs the program: its channel to the host, its streams, and the modules that are around it."""

from __future__ import annotations

from tests.attacks.attack import Attack, attack

_LENGTH = "(lambda n: n.to_bytes(8, 'little'))"

_ENDING = {
    "garbage": "os.write(3, os.urandom(4096)); os._exit(0)",
    "text": "os.write(3, b'hello, this is no frame at all'); os._exit(0)",
    "longest_length": "os.write(3, b'\\xff' * 8); os._exit(0)",
    "lying_length": f"os.write(3, {_LENGTH}(1 << 20) + b'short'); os._exit(0)",
    "just_below_the_cap": f"os.write(3, {_LENGTH}(1 << 26)); os._exit(0)",
    "just_above_the_cap": f"os.write(3, {_LENGTH}((1 << 26) + 1)); os._exit(0)",
    "half_a_header": "os.write(3, b'\\1\\0'); os._exit(0)",
    "exit_within_a_frame": f"os.write(3, {_LENGTH}(100) + bytes(50)); os._exit(3)",
    "empty_frames": "while True: os.write(3, bytes(1 << 16))",
    "frames_without_end": f"f = {_LENGTH}(1 << 16) + bytes(1 << 16)\nwhile True: os.write(3, f)",
    "huge_frame": f"os.write(3, {_LENGTH}(60 << 20))\nfor _ in range(60): os.write(3, bytes(1 << 20))",
    "one_byte_at_a_time": f"import time\nfor b in {_LENGTH}(5) + b'hello':\n    os.write(3, bytes([b])); "
    f"time.sleep(0.01)",
    "forged_end": "k = b'ended'; "
    "f = b''.join(len(x).to_bytes(8, 'little') + x for x in (k, b'0', b'0', b'0', b'0', b'0'))\n"
    f"[os.write(fd, {_LENGTH}(len(f)) + f) for fd in (1, 2, 3)]; os._exit(7)",
    "forged_file": "f = b''.join(len(x).to_bytes(8, 'little') + x for x in (b'file', b'../x', b'420'))\n"
    f"[os.write(fd, {_LENGTH}(len(f)) + f) for fd in (1, 2, 3)]; os._exit(7)",
    "every_descriptor": "for fd in range(1024):\n    try: os.write(fd, b'\\x05' + bytes(7) + b'hello')\n"
    "    except OSError: pass",
    "reading_every_descriptor": "for fd in range(1024):\n    try: os.set_blocking(fd, False); os.read(fd, 1 << 16)\n"
    "    except OSError: pass",
    "closing_all": "os.closerange(0, 1024); os._exit(0)",
    "closing_the_channel": "os.close(3)\nwhile True: pass",
    "closing_output": "os.close(1); os.close(2)\nwhile True: pass",
    "shutting_the_channel": "import socket; socket.socket(fileno=3).shutdown(2)\nwhile True: pass",
    "channel_over_output": "os.dup2(3, 1); os.dup2(3, 2); print('x' * 9999); sys.stdout.flush(); os._exit(0)",
    "output_over_channel": "os.dup2(1, 3); os.write(3, b'x' * 9999); os._exit(0)",
    "channel_that_does_not_block": "os.set_blocking(3, False)\nwhile True:\n    try: os.write(3, bytes(4096))\n"
    "    except BlockingIOError: pass",
    "channel_from_threads": "import threading\n"
    "def f():\n    while True: os.write(3, os.urandom(999))\n"
    "for _ in range(9): threading.Thread(target=f).start()",
    "exit_within_a_function": "os._exit(255)",
    "exit_at_once": "ctypes.CDLL(None)._exit(9)",
    "exit_code_out_of_range": "sys.exit(1 << 40)",
    "exit_with_an_object": "class X:\n    def __str__(self): raise MemoryError\nsys.exit(X())",
    "exception_that_cannot_be_shown": "class X(BaseException):\n    def __str__(self): os._exit(1)\nsys.exit(X())",
    "hook_that_never_ends": "def f(*_):\n    while True: pass\nsys.excepthook = f; 1 / 0",
    "everything_collected": "import gc\nfor x in gc.get_objects():\n    try: x.clear()\n    except BaseException: pass",
    "built_ins_removed": "import builtins\nfor n in dir(builtins):\n"
    "    if n != 'delattr': builtins.__dict__.pop(n, None)",
    "modules_removed": "sys.modules.clear(); os._exit(0)",
    "channel_class_replaced": "import gc\nfor x in gc.get_objects():\n"
    "    if type(x).__name__ == 'Channel': type(x).receive = lambda s: b'forged'; type(x).send = lambda s, b: None\n"
    "sys.exit(0)",
    "frames_of_callers": "f = sys._getframe()\nwhile f:\n    f.f_locals; f = f.f_back\n"
    "import gc; [x.cr_frame for x in gc.get_objects() if hasattr(x, 'cr_frame')]; os._exit(0)",
    "memory_of_its_own": "ctypes.memset(id(sys.modules['os']), 0, 4096); os._exit(0)",
    "filter_removed": "from sandbox import libc, order\nsys.exit(libc.prctl(22, 0, 0))",
    "layers_raised_again": "import sandbox.order as o, sandbox.construction as c\nsys.exit(o.LAYERS[0].raise_(None))",
    "jail_within_the_jail": "import sandbox\nsandbox.start(sandbox.JailSpec(entry='a:b')).ready(1)",
    "debugger": "import pdb; pdb.set_trace()",
    "traced_calls": "def f(*_):\n    os.write(3, b'x'); return f\nsys.settrace(f); (lambda: 0)(); os._exit(0)",
    "audit_hook": "def f(*_): raise SystemExit\nsys.addaudithook(f); open('x')",
    "finalizer": "class X:\n    def __del__(self):\n        while True: pass\nx = X(); sys.exit(0)",
    "weak_callback_at_exit": "import weakref\nclass X: pass\nx = X(); weakref.finalize(x, os.write, 3, b'x'); "
    "sys.exit(0)",
}

ATTACKS: tuple[Attack, ...] = tuple(
    attack("tampering", f"tamper_{name}", source, alone=True, seconds=0.5) for name, source in _ENDING.items()
)
