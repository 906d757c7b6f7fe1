"""Attacks on processes: making new ones, and touching those of others."""

from __future__ import annotations

from tests.attacks.attack import OBEYED, READ, VICTIM, attack

_MAKING = {
    "fork": "pid = os.fork()\nif pid == 0: os._exit(0)\nos.waitpid(pid, 0); obeyed()",
    "forkpty": "pid, fd = os.forkpty()\nif pid == 0: os._exit(0)\nos.waitpid(pid, 0); obeyed()",
    "vfork": "r = ctypes.CDLL(None, use_errno=True).vfork()\nif r == 0: os._exit(0)\n"
    "r > 0 and (os.waitpid(r, 0), obeyed())",
    "clone": "r = syscall(56, 17, 0, 0, 0, 0)\nif r == 0: os._exit(0)\nos.waitpid(r, 0); obeyed()",
    "clone_sharing_memory": "r = syscall(56, 0x4000 | 0x100 | 17, 0, 0, 0, 0)\n"
    "if r == 0: ctypes.CDLL(None)._exit(0)\nos.waitpid(r, 0); obeyed()",
    "clone3": "a = (17).to_bytes(40, 'little'); a = bytes(32) + (17).to_bytes(8, 'little') + bytes(24)\n"
    "r = syscall(435, ctypes.create_string_buffer(a, 64), 64)\nif r == 0: os._exit(0)\nos.waitpid(r, 0); obeyed()",
    "system": "os.system('exit 3') == 768 and obeyed()",
    "popen": "os.popen('echo x').read() == 'x\\n' and obeyed()",
    "subprocess": "import subprocess; subprocess.run(['/bin/true'], check=True); obeyed()",
    "subprocess_by_fork": "import subprocess; subprocess.run(['/bin/true'], preexec_fn=int, check=True); obeyed()",
    "spawn": "os.waitpid(os.posix_spawn('/bin/true', ['true'], {}), 0); obeyed()",
    "interpreter": "import subprocess; subprocess.run([sys.executable, '-c', ''], check=True); obeyed()",
    "planted_program": "import subprocess; say(subprocess.run([program], capture_output=True, text=True).stdout)",
    "loader": "import glob, subprocess; subprocess.run([glob.glob('/lib64/ld-linux*')[0], '--version'], "
    "check=True, stdout=-3); obeyed()",
    "process_of_a_pool": "import multiprocessing as m; p = m.get_context('fork').Process(target=int)\n"
    "p.start(); p.join(); p.exitcode == 0 and obeyed()",
    "pool_server": "import multiprocessing.resource_tracker as t; t.ensure_running(); "
    "t._resource_tracker._stop(); obeyed()",
    "asyncio": "import asyncio; asyncio.run(asyncio.create_subprocess_exec('/bin/true')); obeyed()",
}

_TOUCHING = {
    "kill": "os.kill(pid, 9)",
    "stop": "os.kill(pid, 19)",
    "thread_kill": "syscall(234, pid, pid, 9)",
    "old_thread_kill": "syscall(200, pid, 9)",
    "queued_signal": "import struct; b = ctypes.create_string_buffer(struct.pack('iii', 9, 0, -1), 128); "
    "syscall(129, pid, 9, b)",
    "descriptor": "import signal; signal.pidfd_send_signal(os.pidfd_open(pid), 9)",
    "owner_of_a_pipe": "import fcntl; r, w = os.pipe(); fcntl.fcntl(r, 8, pid); fcntl.fcntl(r, 10, 9)\n"
    "fcntl.fcntl(r, 4, os.O_ASYNC); os.write(w, b'x')",
    "owner_of_a_pair": "import socket, fcntl; a, b = socket.socketpair(); "
    "fcntl.ioctl(a, 0x8901, pid.to_bytes(4, 'little'))\n"
    "fcntl.fcntl(a, 10, 9); fcntl.fcntl(a, 4, os.O_ASYNC); b.send(b'x')",
    "trace": "ctypes.CDLL(None).ptrace(16, pid, None, None)\nimport time; time.sleep(0.05); os.kill(pid, 19)",
    "niceness": "os.setpriority(os.PRIO_PROCESS, pid, 15)",
    "scheduler": "os.sched_setscheduler(pid, os.SCHED_BATCH, os.sched_param(0))",
    "affinity": "os.sched_setaffinity(pid, {min(os.sched_getaffinity(0))})",
    "limits": "import resource; resource.prlimit(pid, resource.RLIMIT_NOFILE, (20, 20))",
    "group": "os.setpgid(pid, pid)",
}

_KNOCKING = {
    "trace_me": "say(knock(101, 16, pid, 0, 0))",
    "descriptor_of_a_process": "say(knock(434, pid, 0))",
    "descriptor_of_itself": "say(knock(434, os.getpid(), 0))",
    "descriptor_of_another": "say(knock(438, -1, 0, 0))",
    "advice_for_another": "say(knock(440, -1, 0, 0, 20, 0))",
    "compare": "say(knock(312, os.getpid(), pid, 0, 0, 0))",
    "new_session": "say(knock(112)) if os.getpid() != os.getsid(0) else say(knock(109, 0, 0))",
    "set_user": "say(knock(105, os.getuid()))",
    "set_group": "say(knock(106, os.getgid()))",
    "set_groups": "say(knock(116, 0, 0))",
    "capabilities": "say(knock(126, (0x20080522).to_bytes(8, 'little'), bytes(24)))",
    "own_priority": "say(knock(141, 0, 0, 0))",
    "own_affinity": "say(knock(203, 0, 8, (1).to_bytes(8, 'little')))",
    "own_scheduler": "say(knock(144, 0, 0, bytes(4)))",
    "deadline_scheduler": "say(knock(314, 0, bytes(48), 0))",
    "disk_priority": "say(knock(251, 1, 0, 3 << 13))",
    "own_limit": "say(knock(160, 4, bytes(16)))",
    "limits_of_another": "say(knock(302, pid, 7, 0, ctypes.create_string_buffer(16)))",
    "robust_list_of_another": "say(knock(274, pid, ctypes.create_string_buffer(8), ctypes.create_string_buffer(8)))",
    "session_of_another": "os.getsid(pid) >= 0 and obeyed()",
    "group_of_another": "os.getpgid(pid) >= 0 and obeyed()",
    "priority_of_another": "os.getpriority(os.PRIO_PROCESS, pid) >= -20 and obeyed()",
    "move_memory_of_another": "say(knock(279, pid, 0, 0, 0, 0, 0))",
    "timer": "say(knock(222, 0, 0, ctypes.create_string_buffer(8)))",
    "accounting": "say(knock(163, 1))",
}

_WOULD_BREAK = {"vfork", "clone_sharing_memory"}
"""Two processes on one stack: outside, the interpreter does not survive that."""

ATTACKS = (
    *(
        attack("processes", f"make_{name}", source, "" if name in _WOULD_BREAK else OBEYED)
        for name, source in _MAKING.items()
    ),
    *(
        attack("processes", f"touch_by_{name}", source, "" if name == "group" else VICTIM)
        for name, source in _TOUCHING.items()
    ),
    *(attack("processes", f"knock_{name}", source) for name, source in _KNOCKING.items()),
    attack(
        "processes",
        "read_memory",
        """
        class Span(ctypes.Structure):
            _fields_ = [("base", ctypes.c_void_p), ("size", ctypes.c_size_t)]
        b = ctypes.create_string_buffer(64)
        local, remote = Span(ctypes.addressof(b), 40), Span(address, 30)
        syscall(310, pid, ctypes.byref(local), 1, ctypes.byref(remote), 1, 0)
        say(b.value)
        """,
        READ,
    ),
    attack(
        "processes", "read_memory_file", "f = open(f'/proc/{pid}/mem', 'rb'); f.seek(address); say(f.read(30))", READ
    ),
    attack("processes", "kill_everybody", "os.kill(-1, 9)"),
    attack("processes", "kill_the_parent", "os.kill(os.getppid(), 9)"),
    attack("processes", "kill_the_first", "os.kill(1, 9)"),
    attack("processes", "kill_the_group", "os.killpg(0, 9); obeyed()"),
    attack("processes", "replace_itself", "os.execv(sys.executable, [sys.executable, '-c', 'print(1)'])"),
    attack("processes", "replace_itself_by_descriptor", "syscall(322, os.open(sys.executable, 0), b'', 0, 0, 0x1000)"),
    attack("processes", "be_root", "os.getuid() == 0 and obeyed()", OBEYED, root_only=True, only_layer="identity"),
    attack("processes", "groups_of_the_host", "set(os.getgroups()) - {os.getgid(), 65534} and obeyed()"),
    attack(
        "processes",
        "see_other_processes",
        "(os.getppid() != 1 or os.getpid() > 9) and obeyed()",
        OBEYED,
        needs_mounts=True,
        only_layer="namespaces",
    ),
    attack(
        "processes",
        "name_of_the_host",
        "import socket; socket.gethostname() != 'localhost' and socket.gethostname() == hostname and obeyed()",
        needs_mounts=True,
    ),
    attack(
        "processes",
        "ordinary_priority",
        "os.sched_getscheduler(0) == os.SCHED_IDLE or obeyed()",
        OBEYED,
        only_layer="priority",
    ),
)
