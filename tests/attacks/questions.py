"""Attacks that only ask: about other processes, by ways that are no signals, and about what the machine is doing."""

from __future__ import annotations

from tests.attacks.attack import OBEYED, READ, attack

_BUFFER = "ctypes.create_string_buffer(4096)"

_ABOUT_A_PROCESS = {
    "affinity": "os.sched_getaffinity(pid); obeyed()",
    "scheduler": "os.sched_getscheduler(pid) >= 0 and obeyed()",
    "parameters": "os.sched_getparam(pid); obeyed()",
    "time_slice": "os.sched_rr_get_interval(pid); obeyed()",
    "processor_time": "import time; time.clock_gettime(~pid << 3 | 2) >= 0 and obeyed()",
    "processor_time_of_a_thread": "import time; time.clock_gettime(~pid << 3 | 6) >= 0 and obeyed()",
    "clock_of_the_process": "import time; time.clock_getres(~pid << 3 | 2) >= 0 and obeyed()",
    "attributes": f"syscall(315, pid, {_BUFFER}, 56, 0); obeyed()",
    "disk_priority": "syscall(252, 1, pid); obeyed()",
    "program": "os.readlink(f'/proc/{pid}/exe'); obeyed()",
    "folder": "os.readlink(f'/proc/{pid}/cwd'); obeyed()",
    "open_files": "os.listdir(f'/proc/{pid}/fd'); obeyed()",
    "state": "open(f'/proc/{pid}/stat').read(); obeyed()",
    "waiting_place": "open(f'/proc/{pid}/wchan').read(); obeyed()",
    "time_of_a_process_by_waiting": "import time\ntry: time.sleep(0); syscall(230, ~pid << 3 | 2 | -1 << 32, 0, "
    "bytes(16), 0); obeyed()\nexcept OSError as fault: fault.errno not in (1, 22) and obeyed()",
    "life_by_a_lock": "word, long_ago = ctypes.c_uint32(pid), (ctypes.c_long * 2)(0, 1)\n"
    "say(knock(202, ctypes.byref(word), 6, 0, ctypes.byref(long_ago), 0, 0))",
    "life_by_a_lock_of_the_second_kind": "word, soon = ctypes.c_uint32(pid), (ctypes.c_long * 2)(0, 1)\n"
    "say(knock(202, ctypes.byref(word), 13, 0, ctypes.byref(soon), 0, 0))",
    "life_by_a_lock_that_is_tried": "word = ctypes.c_uint32(pid)\nsay(knock(202, ctypes.byref(word), 8, 0, 0, 0, 0))",
}
_NO_CONTROL = {"waiting_place", "time_slice", "time_of_a_process_by_waiting"}

_ABOUT_THE_MACHINE = {
    "connections": "open('/proc/net/tcp').read(); obeyed()",
    "unix_sockets": "open('/proc/net/unix').read(); obeyed()",
    "locks_held": "open('/proc/locks').read(); obeyed()",
    "keys_held": "open('/proc/keys').read(); obeyed()",
    "addresses_of_the_kernel": "open('/proc/kallsyms').read(99); obeyed()",
    "interrupts": "open('/proc/interrupts').read(99); obeyed()",
    "load": "open('/proc/loadavg').read(); obeyed()",
    "boot": "open('/proc/sys/kernel/random/boot_id').read(); obeyed()",
    "command_line_of_the_kernel": "open('/proc/cmdline').read(); obeyed()",
    "hardware": "os.listdir('/sys/class'); obeyed()",
    "name_in_the_network": "os.listdir('/sys/class/net'); obeyed()",
    "shared_segments": "open('/proc/sysvipc/shm').read(); obeyed()",
    "timers_of_everybody": "open('/proc/timer_list').read(99); obeyed()",
    "pressure": "open('/proc/pressure/cpu').read(); obeyed()",
    "own_mounts": "open('/proc/self/mountinfo').read(); obeyed()",
    "own_groups": "open('/proc/self/cgroup').read(); obeyed()",
    "host_environment": "say(open(f'/proc/{os.getppid()}/environ').read())",
    "memory_of_the_loader": "open('/proc/self/auxv', 'rb').read(); obeyed()",
    "queues_in_memory": "os.listdir('/dev/mqueue'); obeyed()",
    "logged_in_people": "open('/var/run/utmp', 'rb').read(); obeyed()",
    "resolver": "open('/etc/resolv.conf').read(); obeyed()",
    "journal_of_the_system": "os.listdir('/var/log'); obeyed()",
}

_KNOCKING = {
    "cache_state_of_a_file": f"451, 0, {_BUFFER}, {_BUFFER}, 0",
    "list_of_mounts": f"458, {_BUFFER}, {_BUFFER}, 1, 0",
    "security_modules": f"461, {_BUFFER}, {_BUFFER}, 0",
    "attributes_of_security": f"459, 100, {_BUFFER}, {_BUFFER}, 0",
    "release_of_a_process": "448, -1, 0",
    "advice_for_a_process": "440, -1, 0, 0, 0, 0",
    "shadow_stack": "453, 0, 4096, 0",
    "home_of_memory": "450, 0, 0, 0, 0",
    "memory_policy_of_a_place": "239, 0, 0, 0, 0, 0",
    "pages_of_a_process": "256, 0, 0, 0, 0",
    "old_system_control": f"156, {_BUFFER}",
    "kernel_file_systems": "139, 3",
    "state_of_a_device": f"136, 0, {_BUFFER}",
    "old_library": "134, b'x'",
    "statistics_by_number": f"457, {_BUFFER}, {_BUFFER}, 0, 0",
    "quota_by_descriptor": "443, -1, 0, 0, 0",
    "copies_of_descriptors_of_others": "438, -1, 1, 0",
    "futex_of_the_second_kind": "454, 0, 0, 0, 0",
}

ATTACKS = (
    *(
        attack("questions", f"process_{name}", source, "" if name in _NO_CONTROL else OBEYED)
        for name, source in _ABOUT_A_PROCESS.items()
    ),
    *(attack("questions", f"machine_{name}", source) for name, source in _ABOUT_THE_MACHINE.items()),
    *(attack("questions", f"knock_{name}", f"say(knock({call}))") for name, call in _KNOCKING.items()),
    attack(
        "questions",
        "secret_left_in_memory",
        """
        import gc
        for each in gc.get_objects():
            if isinstance(each, dict):
                texts = [text for text in list(each.values()) if isinstance(text, str)]
                say([text for text in texts if 'hush' in text])
        """,
    ),
    attack("questions", "secret_by_wild_folder", "say(open(f'/proc/{host}/cwd/traps/secret').read())", READ),
)
