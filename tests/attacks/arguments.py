"""Attacks by the arguments of calls that every program may make: flags, commands and the upper halves of numbers."""

from __future__ import annotations

from tests.attacks.attack import OBEYED, VICTIM, attack

_BUFFER = "ctypes.create_string_buffer(4096)"
_HIGH = "1 << 40"
"""The kernel reads most numbers as 32 bits; a filter that compares 64 would be passed by one bit above."""

_KNOCKING = {
    "table_of_descriptors_of_its_own": "436, 2000, 3000, 2",
    "huge_pages_of_the_pool": "9, 0, 1 << 21, 3, 0x40022, -1, 0",
    "huge_pages_of_another_size": "9, 0, 1 << 30, 3, 30 << 26 | 0x40022, -1, 0",
    "memory_merged_with_that_of_others": "28, 0, 4096, 12",
    "memory_pushed_to_the_disk": "28, 0, 4096, 21",
    "memory_made_cold": "28, 0, 4096, 20",
    "memory_collapsed_by_all_processors": "28, 0, 4096, 25",
    "memory_declared_broken": "28, -1, 4096, 100",
    "memory_taken_offline": "28, -1, 4096, 101",
    "memory_advice_nobody_knows": "28, 0, 4096, 9999",
    "page_cache_asked_by_a_read": f"327, -1, {_BUFFER}, 1, 0, 0, 8",
    "write_through_to_the_disk": f"328, -1, {_BUFFER}, 1, 0, 0, 2",
    "lock_of_an_open_file": f"72, -1, 37, {_BUFFER}",
    "lock_of_an_open_file_that_waits": f"72, -1, 38, {_BUFFER}",
    "lease": "72, -1, 1024, 0",
    "owner_of_a_descriptor": "72, 0, 9, 0",
    "owner_of_a_descriptor_by_thread": f"72, 0, 16, {_BUFFER}",
    "users_of_a_descriptor": f"72, 0, 17, {_BUFFER}",
    "signal_of_a_descriptor": "72, 0, 11, 0",
    "hint_on_an_inode": f"72, -1, 1036, {_BUFFER}",
    "priorities_of_a_user": "140, 2, 0",
    "priorities_of_a_group": "140, 1, 0",
    "inode_flags": f"16, -1, 0x40086602, {_BUFFER}",
    "freeze_of_a_file_system": "16, -1, 0xc0045877, 0",
    "shared_extents": "16, -1, 0x40049409, 0",
    "address_of_an_interface": f"16, 0, 0x8915, {_BUFFER}",
    "name_of_an_interface": f"16, 0, 0x8910, {_BUFFER}",
    "peer_as_a_descriptor": f"55, 1, 1, 77, {_BUFFER}, ctypes.byref(ctypes.c_int(4))",
    "label_of_the_peer": f"55, 1, 1, 31, {_BUFFER}, ctypes.byref(ctypes.c_int(99))",
    "groups_of_the_peer": f"55, 1, 1, 59, {_BUFFER}, ctypes.byref(ctypes.c_int(99))",
    "cookie_of_a_socket": f"55, 1, 1, 57, {_BUFFER}, ctypes.byref(ctypes.c_int(8))",
    "filter_of_a_socket": f"54, 1, 1, 26, {_BUFFER}, 16",
    "capabilities_of_threads": "157, 47, 4, 0, 0, 0",
    "speculation": "157, 53, 0, 1, 0, 0",
    "core_scheduling": "157, 62, 0, 0, 0, 0",
    "dispatch_of_calls": "157, 59, 0, 0, 0, 0",
    "name_of_a_mapping": f"157, 0x53564d41, 0, {_BUFFER}, 4096, 0",
}

_WITH_HIGH_BITS = {
    "kill": (f"syscall(62, pid | {_HIGH}, 9)", VICTIM),
    "thread_kill": (f"syscall(234, pid | {_HIGH}, pid | {_HIGH}, 9)", VICTIM),
    "limits": (f"say(knock(302, pid | {_HIGH}, 7, 0, {_BUFFER}))", OBEYED),
    "dumpable": (f"say(knock(157, 4 | {_HIGH}, 1, 0, 0, 0))", ""),
    "owner": (f"say(knock(72, 0, 9 | {_HIGH}, 0))", OBEYED),
    "control": (f"say(knock(16, 0, 0x540e | {_HIGH}, 0))", ""),
    "datagram_pair": (f"say(knock(53, 1, 2 | {_HIGH}, 0, {_BUFFER}))", OBEYED),
    "family": (f"say(knock(53, 16 | {_HIGH}, 1, 0, {_BUFFER}))", OBEYED),
    "process": (
        f"r = syscall(56, 17 | {_HIGH}, 0, 0, 0, 0)\nif r == 0: os._exit(0)\nos.waitpid(r, 0); obeyed()",
        OBEYED,
    ),
    "number": (f"r = syscall(57 | {_HIGH})\nif r == 0: os._exit(0)\nos.waitpid(r, 0); obeyed()", ""),
}

_FLUSHING = {
    "flush_of_a_file": "74, -1",
    "flush_of_data": "75, -1",
    "flush_of_a_range": "277, -1, 0, 0, 7",
    "flush_of_a_mapping": "26, 0x1000, 4096, 4",
}
"""Answered as done: who hears anything else has made the host's disk write."""

_COUNTED_BY_USER = {
    "descriptors_of_threads": """
        import threading
        held = []
        def hold():
            try: syscall(436, 9000, 9001, 2)
            except OSError: pass
            try:
                while len(held) < 2000: held.append(os.open('/dev/null', 0))
            except OSError: pass
        for _ in range(4):
            each = threading.Thread(target=hold); each.start(); each.join()
        for each in set(held):
            try: os.close(each)
            except OSError: pass
        len(held) == 2000 and obeyed()
        """,
    "locks_without_end": """
        import fcntl, struct
        asked = struct.pack('hhqqi4x', 1, 0, 0, 0, 0)
        one, other = (os.open('l', os.O_CREAT | os.O_RDWR) for _ in range(2))
        for n in range(2000): fcntl.lockf(one, fcntl.LOCK_EX, 1, 2 * n)
        held = struct.unpack('hhqqi4x', fcntl.fcntl(other, 36, asked))[0] != fcntl.F_UNLCK
        os.close(one); os.close(other); os.unlink('l')
        held and obeyed()
        """,
    "lock_on_a_file_of_the_host": """
        import fcntl, struct
        asked = struct.pack('hhqqi4x', 1, 0, 0, 0, 0)
        one, other = (os.open(os.__file__, os.O_RDONLY) for _ in range(2))
        fcntl.lockf(one, fcntl.LOCK_SH)
        struct.unpack('hhqqi4x', fcntl.fcntl(other, 36, asked))[0] != fcntl.F_UNLCK and obeyed()
        os.close(one); os.close(other)
        """,
    "random_pool_stirred": "os.write(os.open('/dev/urandom', os.O_WRONLY), b'x'); obeyed()",
    "flush_at_each_write": "os.open('x', os.O_CREAT | os.O_WRONLY | os.O_DSYNC); os.path.isdir('/proc') and obeyed()",
}
"""What the kernel counts by user, by nobody at all, or does for all: what the owner has not any more."""

_SIGNALS = """
import signal
signal.pthread_sigmask(signal.SIG_BLOCK, {40})
for _ in range(3000): os.kill(os.getpid(), 40)
count = 0
while signal.sigtimedwait({40}, 0): count += 1
count > 1000 and obeyed()
"""
"""For a jail of its own: a thread that another attack left behind would take the signal, and end its process."""

# retf into a 32-bit code segment; there: mov eax, 2 (fork of i386); int 0x80
_OTHER_SEGMENT = """
import mmap
libc = ctypes.CDLL(None); libc.mmap.restype = ctypes.c_void_p
where = libc.mmap(None, ctypes.c_size_t(4096), 7, 0x62, -1, ctypes.c_long(0))
code = b'\\x6a\\x23\\x68' + (where + 16).to_bytes(4, 'little') + b'\\x48\\xcb' + bytes(7)
code += bytes.fromhex('b802000000cd80f4')
ctypes.memmove(where, code, len(code))
ctypes.CFUNCTYPE(ctypes.c_long)(where)(); obeyed()
"""

ATTACKS = (
    attack("arguments", "calls_from_a_32_bit_segment", _OTHER_SEGMENT, alone=True),
    attack("arguments", "call_without_a_number", "ctypes.CDLL(None).syscall(ctypes.c_long(-1)); obeyed()", alone=True),
    *(attack("arguments", f"knock_{name}", f"say(knock({call}))") for name, call in _KNOCKING.items()),
    *(attack("arguments", f"high_bits_of_{name}", code, harm) for name, (code, harm) in _WITH_HIGH_BITS.items()),
    *(
        attack("arguments", name, f"try: syscall({call})\nexcept OSError as fault:\n    obeyed()", OBEYED)
        for name, call in _FLUSHING.items()
    ),
    *(attack("arguments", name, source, OBEYED) for name, source in _COUNTED_BY_USER.items()),
    attack("arguments", "signals_in_a_queue", _SIGNALS, OBEYED, alone=True),
)
