"""Attacks across jobs: what one program leaves for the next, and what it finds of others.

The first half leaves something wherever it can; the second runs in later jails and looks for it.
"""

from __future__ import annotations

from tests.attacks.attack import attack

_PLACES = ("/tmp", "/var/tmp", "/dev/shm", "/run", "/.scratch", "/", ".", "/tmp/sub", "/usr/lib", "/etc")

LEAVING = tuple(
    attack("persistence", f"leave_{name}", source, alone=True)
    for name, source in {
        "files": f"for p in {_PLACES!r}:\n    try: open(p + '/left-by-another', 'w').write('OBEYED')\n"
        f"    except OSError: pass\nsys.exit(0)",
        "modules": "for p in [*sys.path, os.getcwd()]:\n"
        "    for n in ('sitecustomize.py', 'usercustomize.py', 'left.pth', 'json.py'):\n"
        "        try: open(p + '/' + n, 'w').write('import os; os.environ[\"LEFT\"] = \"1\"')\n"
        "        except OSError: pass\nsys.exit(0)",
        "changed_modules": "import json; json.left = True; sys.left = True; os.left = True; sys.exit(0)",
        "bytecode": "import json, glob\nfor f in glob.glob(os.path.dirname(json.__file__) + '/__pycache__/*'):\n"
        "    try: open(f, 'ab').write(b'x')\n    except OSError: pass\nsys.exit(0)",
        "thread": "import threading, time; "
        "threading.Thread(target=time.sleep, args=(9999,), daemon=True).start(); sys.exit(0)",
        "deaf_thread": "import threading, time; threading.Thread(target=time.sleep, args=(9999,)).start(); sys.exit(0)",
        "shared_memory": "syscall(29, 0x0a77ac4, 4096, 0o1666)",
        "environment": "os.environ['LEFT'] = '1'; ctypes.CDLL(None).setenv(b'LEFT', b'1', 1); sys.exit(0)",
        "limits": "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (9, 9)); sys.exit(0)",
        "mask": "os.umask(0o777); sys.exit(0)",
        "ignored_signals": "import signal; [signal.signal(n, signal.SIG_IGN) for n in (1, 2, 13, 15)]; sys.exit(0)",
    }.items()
)

FINDING = tuple(
    attack("persistence", f"find_{name}", source)
    for name, source in {
        "files": f"[os.path.exists(p + '/left-by-another') and obeyed() for p in {_PLACES!r}]",
        "modules": "import json; (hasattr(json, 'left') or hasattr(sys, 'left') or hasattr(os, 'left')) and obeyed()",
        "environment": "'LEFT' in os.environ and obeyed()",
        "shared_memory": "say(knock(29, 0x0a77ac4, 4096, 0o666))",
        "temporary_files": "os.listdir('/tmp') and 'mnt' not in os.getcwd() and len(os.listdir('/tmp')) > 50 "
        "and obeyed()",
        "mask": "(m := os.umask(0o022)) == 0o777 and obeyed()",
        "ignored_signals": "import signal; signal.getsignal(15) == signal.SIG_IGN and obeyed()",
    }.items()
)

ATTACKS = (*LEAVING, *FINDING)
