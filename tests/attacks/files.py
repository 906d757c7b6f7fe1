"""Attacks on the host's files: reading, writing, changing, linking, and asking what is there."""

from __future__ import annotations

from tests.attacks.attack import OBEYED, READ, WRITTEN, Attack, attack

_READING = {
    "plain": "say(open(secret).read())",
    "descriptor": "say(os.read(os.open(secret, os.O_RDONLY), 99))",
    "dots": "say(open(os.getcwd() + '/..' * 30 + secret).read())",
    "slashes": "say(open('//.//' + secret.replace('/', '///')).read())",
    "openat": "say(os.read(os.open(secret.lstrip('/'), os.O_RDONLY, dir_fd=os.open('/', os.O_PATH)), 99))",
    "chdir": "os.chdir(traps); say(open('secret').read())",
    "mmap": "import mmap; say(mmap.mmap(os.open(secret, os.O_RDONLY), 0, prot=mmap.PROT_READ)[:])",
    "openat2": "how = ctypes.create_string_buffer(24)\nsay(os.read(syscall(437, -100, secret.encode(), how, 24), 99))",
    "through_proc_root": "say(open('/proc/self/root' + secret).read())",
    "through_init_root": "say(open(f'/proc/{os.getppid()}/root' + secret).read())",
    "through_proc_cwd": "say(open('/proc/self/cwd/' + '../' * 30 + secret).read())",
    "home_of_somebody": "say(open(traps + '/home/.ssh/id_rsa').read())",
    "listing": "say(os.listdir(traps))",
    "scandir": "say([entry.name for entry in os.scandir(traps)])",
    "glob": "import glob; say(glob.glob(traps + '/**', recursive=True))",
    "pathlib": "import pathlib; say(next(pathlib.Path(traps).rglob('id_rsa')).read_text())",
    "linecache": "import linecache; say(linecache.getlines(secret))",
    "importing": "sys.path.insert(0, traps); say(os.listdir(sys.path[0]))",
    "database": "import sqlite3; b = sqlite3.connect(f'file:{secret}?mode=ro', uri=True); say(open(secret).read())",
    "zip": "import tarfile; t = tarfile.open('t', 'w'); t.add(secret); t.close(); say(open('t', 'rb').read())",
    "copy": "import shutil; shutil.copyfile(secret, 'stolen'); say(open('stolen').read())",
    "loading_a_library": "ctypes.CDLL(secret) if not os.access(secret, 4) else say(open(secret).read())",
    "libc": "f = ctypes.CDLL(None).open(secret.encode(), 0); b = ctypes.create_string_buffer(99)\n"
    "ctypes.CDLL(None).read(f, b, 99); say(b.value)",
    "sendfile": "out = open('stolen', 'wb'); os.sendfile(out.fileno(), os.open(secret, 0), 0, 99)\n"
    "out.close(); say(open('stolen').read())",
    "url": "import urllib.request; say(urllib.request.urlopen('file://' + secret).read())",
    "exec_of_source": "say(compile(open(secret).read() or 'x', secret, 'exec') if 0 else open(secret).read())",
    "inherited_folder": """
        for fd in range(3, 64):
            try:
                say(os.read(os.open(secret.lstrip('/'), 0, dir_fd=fd), 99))
            except OSError:
                pass
        os.chdir('/'); say(open(secret.lstrip('/')).read())
    """,
    "environ_of_the_host": "say(open(f'/proc/{host}/environ', 'rb').read().split(b'PATH=')[1] and 'OBEYED')",
}

_WRITING = {
    "new_file": "open(mark, 'w').write('was here')",
    "append": "open(secret, 'a').write('was here')",
    "truncate": "os.truncate(secret, 0)",
    "open_truncating": "os.open(secret, os.O_WRONLY | os.O_TRUNC)",
    "unlink": "os.unlink(secret)",
    "rename_away": "os.rename(secret, traps + '/gone')",
    "rename_into_the_jail": "os.rename(secret, 'stolen')",
    "rename_out_of_the_jail": "open('mine', 'w').close(); os.rename('mine', mark)",
    "exchange": "open('mine', 'w').close(); syscall(316, -100, b'mine', -100, secret.encode(), 2)",
    "folder": "os.mkdir(mark)",
    "remove_a_tree": "import shutil; shutil.rmtree(traps + '/home')",
    "symlink": "os.symlink('/etc/passwd', mark)",
    "hard_link": "os.link(secret, mark)",
    "fifo": "os.mkfifo(mark)",
    "bound_socket": "import socket; s = socket.socket(socket.AF_UNIX); s.bind(mark); s.close()",
    "mode": "os.chmod(secret, 0o777)",
    "mode_by_descriptor": "os.fchmod(os.open(secret, os.O_PATH if 0 else 0), 0o777)",
    "set_user_id": "os.chmod(program, 0o4755)",
    "times": "os.utime(secret, (0, 0))",
    "dots": "open('../' * 30 + mark, 'w').write('was here')",
    "database": "import sqlite3; b = sqlite3.connect(mark); b.execute('create table t (a)'); b.commit(); b.close()",
    "libc": "ctypes.CDLL(None).creat(mark.encode(), 0o644)",
    "temporary_file": "import tempfile; tempfile.NamedTemporaryFile(dir=traps, delete=False).close()",
    "archive": """
        import io, tarfile
        data = io.BytesIO(); t = tarfile.open(fileobj=data, mode='w')
        t.addfile(tarfile.TarInfo(mark)); t.close(); data.seek(0)
        tarfile.open(fileobj=data).extractall('/', filter='fully_trusted')
    """,
}

_LINKS = {
    "symlink_then_read": "os.path.lexists('l') and os.unlink('l'); os.symlink(secret, 'l'); say(open('l').read())",
    "hard_link_then_read": "os.link(secret, mark); say(open(mark).read())",
    "folder_link_then_list": "os.path.lexists('k') and os.unlink('k'); os.symlink(traps, 'k'); say(os.listdir('k'))",
    "bind_then_read": "os.makedirs('m', exist_ok=True); syscall(165, traps.encode(), b'm', b'', 4096, 0); "
    "say(os.listdir('m'))",
}

_ASKING = {
    "shadow": ("open('/etc/shadow').read() and obeyed()", True, False),
    "passwd": ("open('/etc/passwd').read() and obeyed()", False, False),
    "hosts": ("open('/etc/hostname').read() and obeyed()", False, False),
    "machine": ("os.listdir('/sys/class') and obeyed()", False, False),
    "processes": ("os.listdir('/proc') and obeyed()", False, False),
    "command_lines": ("open(f'/proc/{pid}/cmdline').read() and obeyed()", False, False),
    "memory_of_the_host": ("open(f'/proc/{host}/mem', 'rb') and obeyed()", False, False),
    "maps_of_itself": ("open('/proc/self/maps').read() and obeyed()", False, False),
    "control_groups": ("os.listdir('/sys/fs/cgroup') and obeyed()", False, False),
    "shared_memory": ("open('/dev/shm/att', 'w') and obeyed(); os.unlink('/dev/shm/att')", False, False),
    "posix_shared_memory": (
        "from multiprocessing.shared_memory import SharedMemory as S; s = S(create=True, size=9); s.unlink(); obeyed()",
        False,
        False,
    ),
    "terminal": ("os.open('/dev/ptmx', os.O_RDWR) and obeyed()", False, False),
    "kernel_log": ("os.open('/dev/kmsg', os.O_RDONLY | os.O_NONBLOCK) and obeyed()", True, False),
    "existence": ("os.path.exists(secret) and obeyed()", False, True),
    "size": ("os.stat(secret).st_size and obeyed()", False, True),
    "mount_table": ("open('/proc/mounts').read() and obeyed()", False, False),
    "folders_of_the_host": ("os.listdir('/var') and obeyed()", False, False),
    "folders_of_homes": ("os.listdir('/home') + ['x'] and obeyed()", False, False),
    "free_disk": ("os.statvfs('/var').f_blocks and obeyed()", False, True),
}

_DEVICES = (
    "/dev/mem",
    "/dev/vda",
    "/dev/sda",
    "/dev/tty",
    "/dev/console",
    "/dev/fuse",
    "/dev/kvm",
    "/dev/net/tun",
    "/dev/uinput",
)


def _attacks() -> list[Attack]:
    rows = [attack("files", f"read_{name}", source, _harm_of(name)) for name, source in _READING.items()]
    rows += [attack("files", f"write_{name}", source, WRITTEN) for name, source in _WRITING.items()]
    rows += [attack("files", name, source, READ) for name, source in _LINKS.items() if "bind" not in name]
    rows += [attack("files", "bind_then_read", _LINKS["bind_then_read"])]
    rows += [
        attack("files", f"ask_{name}", source, OBEYED, root_only=root, needs_mounts=mounts, only_layer=_layer_of(name))
        for name, (source, root, mounts) in _ASKING.items()
    ]
    rows += [
        attack("files", f"open_{path}", f"os.open({path!r}, os.O_RDONLY | os.O_NONBLOCK); obeyed()")
        for path in _DEVICES
    ]
    return rows


def _layer_of(name: str) -> str:
    return "mounts" if name == "existence" else ""


def _harm_of(name: str) -> str:
    return OBEYED if name == "environ_of_the_host" else READ


ATTACKS = (
    *_attacks(),
    attack("files", "make_a_device", "os.mknod('disk', 0o060666, os.makedev(254, 0)); obeyed()"),
    attack("files", "change_owner", "os.chown(secret, 12345, 12345)", WRITTEN, root_only=True),
    attack(
        "files", "poison_the_library", "os.close(os.open(os.__file__, os.O_WRONLY)); obeyed()", OBEYED, root_only=True
    ),
    attack("files", "poison_bytecode", "os.close(os.open(os.__cached__, os.O_WRONLY)); obeyed()"),
    attack("files", "poison_the_path", "[open(p + '/x.pth', 'w') and obeyed() for p in sys.path if 'packages' in p]"),
    attack(
        "files",
        "mode_of_the_library",
        "os.chmod(os.__file__, os.stat(os.__file__).st_mode); obeyed()",
        OBEYED,
        root_only=True,
    ),
    attack(
        "files",
        "write_beside_the_folders",
        "open('/x', 'w').close(); obeyed(); os.unlink('/x')",
        OBEYED,
        root_only=True,
    ),
    attack(
        "files",
        "write_below_scratch",
        """
        for path in ("/.scratch/x", "/.scratch/covers"):
            try:
                os.mkdir(path)
            except OSError as fault:
                say(fault)
            else:
                obeyed()
        """,
        only_layer="landlock",
    ),
    attack(
        "files",
        "leftovers_of_other_jobs",
        """
        for path in ("/tmp", "/var/tmp", "/dev/shm", "/run", "/run/user"):
            try:
                names = os.listdir(path)
            except OSError:
                continue
            if [name for name in names if name.startswith(("marx-", "jail-")) and name not in os.getcwd()]:
                obeyed()
        """,
        harm="",
    ),
    attack("files", "names_with_nul", "open(secret + '\\0.txt')"),
    attack("files", "write_to_memory_device", "open('/dev/mem', 'wb'); obeyed()"),
    attack("files", "core_pattern", "open('/proc/sys/kernel/core_pattern', 'a'); obeyed()", OBEYED, root_only=True),
    attack("files", "system_request", "open('/proc/sysrq-trigger', 'a'); obeyed()"),
    attack("files", "own_memory_file", "open('/proc/self/mem', 'r+b'); obeyed()", OBEYED),
    attack("files", "extended_attribute", "os.setxattr(secret, 'user.a', b'b'); obeyed()"),
    attack(
        "files",
        "forbidden_mode_of_own_file",
        "f = os.open('closed', os.O_CREAT | os.O_WRONLY, 0); os.close(f); open('closed').read(); obeyed()",
        OBEYED,
        root_only=True,
        only_layer="capabilities",
    ),
)
