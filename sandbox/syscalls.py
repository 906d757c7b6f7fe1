"""Numbers of the system calls that a jail may make, for x86-64 and aarch64 (-1: the architecture has no such call).

`FREE` may be made with any arguments, `BY_NAME`, `ABOUT_PROCESSES` and `TAKING_DISK` where the jail has mounts and
processes of its own, `LOOKED_AT` only as seccomp.py allows. Whatever is not here is refused. The numbers are the
kernel's ABI and never change; new calls get new numbers.
"""

X86_64 = 0
AARCH64 = 1

FREE = {
    # reading and writing open files
    "read": (0, 63),
    "write": (1, 64),
    "pread64": (17, 67),
    "pwrite64": (18, 68),
    "readv": (19, 65),
    "writev": (20, 66),
    "preadv": (295, 69),
    "pwritev": (296, 70),
    "lseek": (8, 62),
    "close": (3, 57),
    "fstat": (5, 80),
    "statx": (332, 291),
    "fstatfs": (138, 44),
    "ftruncate": (77, 46),
    "flock": (73, 32),
    "dup": (32, 23),
    "dup2": (33, -1),
    "dup3": (292, 24),
    "pipe": (22, -1),
    "pipe2": (293, 59),
    "sendfile": (40, 71),
    "copy_file_range": (326, 285),
    # names in the file system; Landlock and read-only mounts decide which
    "stat": (4, -1),
    "lstat": (6, -1),
    "newfstatat": (262, 79),
    "statfs": (137, 43),
    "access": (21, -1),
    "faccessat": (269, 48),
    "faccessat2": (439, 439),
    "readlink": (89, -1),
    "readlinkat": (267, 78),
    "getdents": (78, -1),
    "getdents64": (217, 61),
    "getcwd": (79, 17),
    "chdir": (80, 49),
    "fchdir": (81, 50),
    "mkdir": (83, -1),
    "mkdirat": (258, 34),
    "rmdir": (84, -1),
    "unlink": (87, -1),
    "unlinkat": (263, 35),
    "rename": (82, -1),
    "renameat": (264, 38),
    "umask": (95, 166),
    # waiting for descriptors
    "poll": (7, -1),
    "ppoll": (271, 73),
    "select": (23, -1),
    "pselect6": (270, 72),
    "epoll_create": (213, -1),
    "epoll_create1": (291, 20),
    "epoll_ctl": (233, 21),
    "epoll_wait": (232, -1),
    "epoll_pwait": (281, 22),
    "eventfd2": (290, 19),
    # one end of a socketpair, never an address (asyncio wakes itself up this way)
    "recvfrom": (45, 207),
    "recvmsg": (47, 212),
    "shutdown": (48, 210),
    "getsockname": (51, 204),
    "getpeername": (52, 205),
    # memory
    "brk": (12, 214),
    "munmap": (11, 215),
    "mremap": (25, 216),
    "mprotect": (10, 226),
    "mincore": (27, 232),
    # threads
    "rseq": (334, 293),
    "set_robust_list": (273, 99),
    "set_tid_address": (218, 96),
    "gettid": (186, 178),
    "sched_yield": (24, 124),
    "sched_get_priority_max": (146, 125),
    "sched_get_priority_min": (147, 126),
    "getcpu": (309, 168),
    # one's own signals and timers
    "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "rt_sigpending": (127, 136),
    "rt_sigsuspend": (130, 133),
    "rt_sigtimedwait": (128, 137),
    "sigaltstack": (131, 132),
    "pause": (34, -1),
    "alarm": (37, -1),
    "setitimer": (38, 103),
    "getitimer": (36, 102),
    "restart_syscall": (219, 128),
    # time and chance
    "nanosleep": (35, 101),
    "gettimeofday": (96, 169),
    "time": (201, -1),
    "times": (100, 153),
    "getrandom": (318, 278),
    # questions about oneself
    "uname": (63, 160),
    "sysinfo": (99, 179),
    "getrusage": (98, 165),
    "getrlimit": (97, 163),
    "getpid": (39, 172),
    "getppid": (110, 173),
    "getuid": (102, 174),
    "geteuid": (107, 175),
    "getgid": (104, 176),
    "getegid": (108, 177),
    "getresuid": (118, 148),
    "getresgid": (120, 150),
    "getgroups": (115, 158),
    "getpgrp": (111, -1),
    # the end
    "exit": (60, 93),
    "exit_group": (231, 94),
}

BY_NAME = {
    # modes, times and (before Linux 6.2) lengths of files: Landlock has no say in them, so they need mounts through
    # which nothing of the host can be written
    "truncate": (76, 45),
    "chmod": (90, -1),
    "fchmod": (91, 52),
    "fchmodat": (268, 53),
    "fchmodat2": (452, 452),
    "utime": (132, -1),
    "utimes": (235, -1),
    "utimensat": (280, 88),
    "futimesat": (261, -1),
}

ABOUT_PROCESSES = {
    # these answer about any process: free where the jail sees no other, else looked at
    "sched_getaffinity": (204, 123),
    "sched_getscheduler": (145, 120),
    "sched_getparam": (143, 121),
    "clock_gettime": (228, 113),
    "clock_getres": (229, 114),
    "clock_nanosleep": (230, 115),
}

TAKING_DISK = {
    # these may take room that no name stands for: free where the file system has a size, else looked at
    "open": (2, -1),
    "openat": (257, 56),
    "fallocate": (285, 47),
}

LOOKED_AT = {
    **ABOUT_PROCESSES,
    **TAKING_DISK,
    "futex": (202, 98),
    "preadv2": (327, 286),
    "pwritev2": (328, 287),
    "close_range": (436, 436),
    "fsync": (74, 82),
    "fdatasync": (75, 83),
    "sync_file_range": (277, 84),
    "mmap": (9, 222),
    "madvise": (28, 233),
    "msync": (26, 227),
    "renameat2": (316, 276),
    "membarrier": (324, 283),
    "fcntl": (72, 25),
    "getsockopt": (55, 209),
    "clone": (56, 220),
    "clone3": (435, 435),
    "kill": (62, 129),
    "tgkill": (234, 131),
    "prlimit64": (302, 261),
    "getpriority": (140, 141),
    "getsid": (124, 156),
    "getpgid": (121, 155),
    "fadvise64": (221, 223),
    "ioctl": (16, 29),
    "prctl": (157, 167),
    "socketpair": (53, 199),
    "sendto": (44, 206),
}

NOT_SUPPORTED = {
    # answered with ENOTSUP, as by a file system without extended attributes; shutil.copy2 asks for them
    "setxattr": (188, 5),
    "lsetxattr": (189, 6),
    "fsetxattr": (190, 7),
    "getxattr": (191, 8),
    "lgetxattr": (192, 9),
    "fgetxattr": (193, 10),
    "listxattr": (194, 11),
    "llistxattr": (195, 12),
    "flistxattr": (196, 13),
    "removexattr": (197, 14),
    "lremovexattr": (198, 15),
    "fremovexattr": (199, 16),
}

PRIVILEGED = {
    # made by the launcher itself, where libc has no wrapper
    "ioprio_set": (251, 30),
}
