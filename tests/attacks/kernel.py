"""Attacks on the kernel: interfaces that no program in a jail needs. Numbers are those of x86-64.

Each call is made with arguments that do no harm where it is not refused, so that most can be tried outside as well.
"""

from __future__ import annotations

from tests.attacks.attack import OBEYED, attack

_BUFFER = "ctypes.create_string_buffer(4096)"

_AS_ANYBODY = {
    "unshare_user": "272, 0x10000000",
    "secret_memory": "447, 0x7fffffff",
    "io_uring": f"425, 4, {_BUFFER}",
    "io_uring_enter": "426, 0, 0, 0, 0, 0",
    "io_uring_register": "427, 0, 0, 0, 0",
    "old_asynchronous_io": f"206, 4, {_BUFFER}",
    "key_of_the_session": "250, 0, -3, 0",
    "add_key": "248, b'user', b'a', b'b', 1, -2",
    "request_key": "249, b'user', b'a', 0, -2",
    "performance_events": f"298, {_BUFFER}, 0, -1, -1, 0",
    "inotify": "294, 0",
    "fanotify": "300, 0, 0",
    "signal_descriptor": f"289, -1, {_BUFFER}, 8, 0",
    "timer_descriptor": "283, 1, 0",
    "personality": "135, 0x0040000",
    "local_descriptor_table": f"154, 0, {_BUFFER}, 64",
    "thread_area": "158, 0x1003, ctypes.create_string_buffer(8)",
    "restrict_itself": "444, 0, 0, 1",
    "seccomp": f"317, 2, 0, {_BUFFER}",
    "dumpable": "157, 4, 1, 0, 0, 0",
    "keep_capabilities": "157, 8, 1, 0, 0, 0",
    "child_subreaper": "157, 37, 1, 0, 0, 0",
    "parent_death_signal": "157, 1, 0, 0, 0, 0",
    "memory_map_of_itself": f"157, 35, 14, {_BUFFER}, 96, 0",
    "shared_memory": "29, 0, 4096, 0x180",
    "semaphores": "64, 0, 1, 0x180",
    "message_queue": "68, 0, 0x180",
    "posix_queue": "240, b'att', 0x42, 0x180, 0",
    "lock_memory": "149, 0, 0",
    "lock_all_memory": "151, 0",
    "memory_policy": "238, 0, 0, 0",
    "bind_memory": "237, 0, 0, 0, 0, 0, 0",
    "protection_keys": "330, 0, 0",
    "splice": "275, -1, 0, -1, 0, 1, 0",
    "splice_user_memory": "278, -1, 0, 0, 0",
    "tee": "276, -1, -1, 1, 0",
    "remap_pages": "216, 0, 0, 0, 0, 0",
    "sync_everything": "306, -1",
    "path_handle": f"303, -100, b'/', {_BUFFER}, {_BUFFER}, 0",
    "scan_of_pages": "16, 0, 0xc0606610, 0",
    "root_change": "161, b'/nonexistent'",
    "clone_of_mounts": "428, -100, b'/', 0",
    "futex_wait_many": "449, 0, 0, 0, 0, 0",
    "statistics_of_mounts": "457, 0, 0, 0, 0",
    "device_left_by_a_rename": "316, -100, b'nonexistent', -100, b'other', 4",
    "barrier_of_all_processors": "324, 1, 0, 0",
    "thread_with_descriptors_of_its_own": "56, 0x10000, 0, 0, 0, 0",
}

_AS_ROOT = {
    "mount": "165, b'x', b'/nonexistent', b'tmpfs', 0, 0",
    "unmount": "166, b'/nonexistent', 0",
    "pivot_root": "155, b'/nonexistent', b'/nonexistent'",
    "file_system_context": "430, b'nonexistent', 0",
    "set_namespace": "308, -1, 0",
    "programs_in_the_kernel": f"321, 0, {_BUFFER}, 48",
    "kernel_module": "175, 0, 0, 0",
    "kernel_module_file": "313, -1, 0, 0",
    "remove_kernel_module": "176, 0, 0",
    "new_kernel": "246, 0, 0, 0, 0xffff",
    "reboot": "169, 0, 0, 0, 0",
    "swap_on": "167, 0, 0",
    "swap_off": "168, 0",
    "host_name": "170, 0, 5",
    "domain_name": "171, 0, 5",
    "time_of_day": "164, 1, 1",
    "set_clock": "227, 0, 1",
    "adjust_clock": "305, 0, 1",
    "kernel_log": "103, 10, 0, 0",
    "port_permission": "172, 3",
    "ports": "173, 0, 1, 0",
    "handle_to_file": f"304, -100, {_BUFFER}, 0",
    "quota": "179, 0, 0, 0, 0",
    "hang_up": "153",
    "lookup_cookie": "212, 0, 0, 0",
    "fault_handling": "323, 1",
    "move_mount": "429, -1, b'', -1, b'', 0",
    "mount_attributes": "442, -1, b'', 0, 0, 0",
}

_NEVER_OUTSIDE = {"root_change", "secret_memory", "thread_area", "parent_death_signal", "hang_up", "lock_all_memory"}
_NOT_EVERYWHERE = {
    "io_uring", "io_uring_enter", "io_uring_register", "statistics_of_mounts", "futex_wait_many", "memory_policy",
    "bind_memory", "local_descriptor_table", "new_kernel", "programs_in_the_kernel", "kernel_module",
    "kernel_module_file", "remove_kernel_module", "performance_events", "protection_keys", "quota", "lookup_cookie",
    "ports", "port_permission", "fault_handling", "key_of_the_session", "add_key", "request_key", "scan_of_pages",
    "old_asynchronous_io", "restrict_itself", "remap_pages", "kernel_log", "handle_to_file", "shared_memory",
    "fanotify", "path_handle", "memory_map_of_itself",
}  # fmt: skip
"""Some kernels do not have these, or refuse them to root as well."""


def _harm_of(name: str) -> str:
    return "" if name in _NEVER_OUTSIDE | _NOT_EVERYWHERE else OBEYED


_MACHINE_CODE = """
import mmap
code = mmap.mmap(-1, 4096, prot=7)
code.write(bytes.fromhex({code!r}))
where = ctypes.addressof(ctypes.c_char.from_buffer(code))
result = ctypes.CFUNCTYPE(ctypes.c_long)(where)()
result > 0 and (os.waitpid(result, 0), obeyed())
"""

ATTACKS = (
    *(attack("kernel", name, f"say(knock({call}))", _harm_of(name)) for name, call in _AS_ANYBODY.items()),
    *(attack("kernel", name, f"say(knock({call}))", _harm_of(name), root_only=True) for name, call in _AS_ROOT.items()),
    attack("kernel", "memory_file", "say(knock(319, b'x', 0))", OBEYED, only_layer="seccomp"),
    attack(
        "kernel",
        "urgent_data",
        "import socket; a, b = socket.socketpair(); a.send(b'x', socket.MSG_OOB); obeyed()",
        OBEYED,
    ),
    attack("kernel", "terminal_input", "import fcntl; fcntl.ioctl(0, 0x5412, b'x'); obeyed()"),
    attack("kernel", "controlling_terminal", "import fcntl; fcntl.ioctl(1, 0x540E, 0); obeyed()"),
    attack("kernel", "bytes_waiting", "import fcntl; fcntl.ioctl(1, 0x541B, bytes(4)); obeyed()"),
    attack("kernel", "pipe_size", "import fcntl; r, w = os.pipe(); fcntl.fcntl(r, 1031, 1 << 20); obeyed()", OBEYED),
    attack("kernel", "lease_on_a_file", "import fcntl; fcntl.fcntl(os.open(os.__file__, 0), 1024, 0); obeyed()"),
    attack("kernel", "watch_of_a_folder", "import fcntl; fcntl.fcntl(os.open('.', 0), 1026, 1); obeyed()", OBEYED),
    attack(
        "kernel",
        "memory_beyond_the_limit",
        "x = bytearray(1100 << 20); obeyed()",
        OBEYED,
        only_layer="rlimits",
    ),
    attack(
        "kernel",
        "file_beyond_the_limit",
        "os.ftruncate(os.open('big', os.O_CREAT | os.O_RDWR), 1 << 40); obeyed()",
        needs_mounts=False,
    ),
    attack("kernel", "x32_calls", "say(ctypes.CDLL(None).syscall(0x40000000 + 39)); obeyed()", alone=True),
    # mov eax, 20 (getpid of i386); int 0x80; ret
    attack("kernel", "i386_calls", _MACHINE_CODE.format(code="b814000000cd80c3"), alone=True),
    # mov eax, 57 (fork); syscall; test eax, eax; jnz +9; xor edi, edi; mov eax, 60; syscall; ret
    attack(
        "kernel",
        "fork_by_machine_code",
        _MACHINE_CODE.format(code="b8390000000f0585c0750931ffb83c0000000f05c3"),
        OBEYED,
    ),
    attack("kernel", "vsyscall", "ctypes.CFUNCTYPE(ctypes.c_long)(0xffffffffff600000 + 0x400)()", alone=True),
)
