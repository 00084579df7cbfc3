"""Trying the wall: each program says ``kept`` when the jail held, else what it reached."""

import platform

from tests.sandbox.hostile import KEPT, Hostile

_TEST = ("assert f() == 'kept'",)
_CALL = """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
def call(number, *args):
    ctypes.set_errno(0)
    result = libc.syscall(ctypes.c_long(number), *[ctypes.c_long(a) if isinstance(a, int) else a for a in args])
    return result if result >= 0 else -ctypes.get_errno()
"""
_X86_64 = {
    "mount": (165, "b'none', b'/tmp', b'tmpfs', 0, 0"), "umount2": (166, "b'/tmp', 2"), "unshare a user namespace": (272, "0x10000000"),
    "unshare a mount namespace": (272, "0x20000"), "unshare a net namespace": (272, "0x40000000"), "setns": (308, "0, 0"), "chroot": (161, "b'/tmp'"),
    "pivot_root": (155, "b'/tmp', b'/tmp'"), "move_mount": (429, "-100, b'/', -100, b'/tmp', 0"), "open_tree": (428, "-100, b'/', 1"),
    "fsopen": (430, "b'tmpfs', 0"), "ptrace": (101, "0, 0, 0, 0"), "process_vm_readv": (310, "1, 0, 0, 0, 0, 0"), "process_vm_writev": (311, "1, 0, 0, 0, 0, 0"),
    "keyctl": (250, "0, -3, 0"), "add_key": (248, "b'user', b'a', b'b', 1, -3"), "request_key": (249, "b'user', b'a', 0, -3"),
    "io_uring_setup": (425, "8, ctypes.create_string_buffer(256)"), "bpf": (321, "0, 0, 0"), "perf_event_open": (298, "0, 0, -1, -1, 0"), "userfaultfd": (323, "0"),
    "open_by_handle_at": (304, "-100, 0, 0"), "name_to_handle_at": (303, "-100, b'/', 0, 0, 0"), "kexec_load": (246, "0, 0, 0, 0"), "init_module": (175, "0, 0, b''"),
    "finit_module": (313, "0, b'', 0"), "reboot": (169, "0xfee1dead, 672274793, 0, 0"), "sethostname": (170, "b'x', 1"), "swapon": (167, "b'/tmp', 0"),
    "settimeofday": (164, "0, 0"), "adjtimex": (159, "0"), "mknod": (133, "b'/tmp/sda', 0o60660, 2048"), "personality": (135, "0x0040000"), "acct": (163, "0"),
    "iopl": (172, "3"), "shmget": (29, "1, 4096, 0o1777"), "semget": (64, "1, 1, 0o1777"), "msgget": (68, "1, 0o1777"), "mq_open": (240, "b'q', 0o100, 0o777, 0"),
    "setpriority": (141, "0, 0, -20"), "sched_setscheduler": (144, "0, 1, b'aaaa'"), "sched_setaffinity": (203, "0, 8, b'aaaaaaaa'"), "setuid": (105, "0"), "setresuid": (117, "0, 0, 0"),
    "setgroups": (116, "0, 0"), "capset": (126, "0, 0"), "clone a user namespace": (56, "0x10000011, 0, 0, 0, 0"), "clone a pid namespace": (56, "0x20000011, 0, 0, 0, 0"),
    "clone3": (435, "0, 88"), "openat2": (437, "-100, b'/', 0, 24"), "pidfd_getfd": (438, "3, 3, 0"), "kcmp": (312, "1, 1, 0, 0, 0"), "fanotify_init": (300, "0, 0"), "inotify_init1": (294, "0"),
    "landlock": (444, "0, 0, 1"), "memfd_secret": (447, "0"), "quotactl": (179, "0, 0, 0, 0"), "lookup_dcookie": (212, "0, 0, 0"), "vhangup": (153, ""), "syslog": (103, "3, 0, 0"),
    "a number of the old ABI": (0x40000000 + 39, ""), "a number nobody has": (9999, ""), "a negative number": (-1, ""),
}  # fmt: skip
"""Name: number and arguments. Refused is any of EPERM, ENOSYS and ENOTSUP: what they would do with good arguments is not reached."""


def _refused(name: str, number: int, arguments: str) -> Hostile:
    program = f"{_CALL}def f():\n    result = call({number}, {arguments})\n    return 'kept' if result in (-1, -38, -95) else str(result)\n"
    return Hostile(f"system call {name}", program, _TEST, KEPT)


def _program(name: str, source: str) -> Hostile:
    return Hostile(name, source, _TEST, KEPT)


PROGRAMS = [
    *(
        _refused(name, number, arguments)
        for name, (number, arguments) in _X86_64.items()
        if platform.machine() == "x86_64"
    ),
    _program(
        "every family of sockets",
        "import ctypes\nlibc = ctypes.CDLL(None)\ndef f(): return 'kept' if all(libc.socket(n, k, 0) == -1 for n in range(46) for k in (1, 2, 3)) else 'a socket'",
    ),
    _program(
        "other pairs of sockets",
        "import ctypes\nlibc = ctypes.CDLL(None)\ndef f(): return 'kept' if all(libc.socketpair(n, 1, 0, (ctypes.c_int * 2)()) == -1 for n in range(2, 46)) else 'a pair'",
    ),
    _program(
        "/proc",
        "import os\ndef f(): return 'kept' if not os.path.exists('/proc/self') and not os.path.exists('/proc/1') else 'proc'",
    ),
    _program(
        "/sys and /run",
        "import os\ndef f(): return 'kept' if not any(map(os.path.exists, ('/sys/kernel', '/run/docker.sock', '/var/run', '/boot', '/home', '/root'))) else 'host'",
    ),
    _program(
        "device nodes",
        "import os\ndef f():\n    left = set(os.listdir('/dev')) - {'null', 'zero', 'urandom', 'shm'}\n    return ' '.join(left) or 'kept'",
    ),
    _program(
        "devices that matter",
        "def f():\n    for name in 'mem kmem sda kvm fuse tty console ptmx net/tun'.split():\n        try: open('/dev/' + name, 'rb'); return name\n        except OSError: pass\n    return 'kept'",
    ),
    _program(
        "writing outside the scratch",
        "import os\ndef f():\n    for folder, below, _ in os.walk('/'):\n        if folder.startswith(('/tmp', '/dev/shm')): continue\n        if folder.count('/') > 2: below.clear()\n        else:\n"
        "            try:\n                open(os.path.join(folder, 'planted'), 'w').close()\n                return folder\n            except OSError: pass\n    return 'kept'",
    ),
    _program(
        "making what is read-only writable",
        "import os\ndef f():\n    for path in ('/', '/acecoder/guest/wire.py', '/usr/lib', '/dev/null'):\n        try: os.chmod(path, 0o777); return path\n        except OSError: pass\n    return 'kept'",
    ),
    _program(
        "secrets of the host",
        "def f():\n    for path in ('/etc/shadow', '/etc/passwd', '/etc/ssh/ssh_host_rsa_key', '/etc/hostname', '/etc/machine-id'):\n        try: open(path).read(); return path\n        except OSError: pass\n    return 'kept'",
    ),
    _program(
        "up and out",
        "import os\ndef f():\n    here = os.stat('/')\n    above = os.stat('/..')\n    os.symlink('/proc/1/root', '/tmp/up')\n    return 'kept' if (here.st_ino, here.st_dev) == (above.st_ino, above.st_dev) and not os.path.exists('/tmp/up/etc') else 'out'",
    ),
    _program(
        "other processes",
        "import os\ndef f():\n    for pid in list(range(2, 400)):\n        try: os.kill(pid, 0); return str(pid)\n        except ProcessLookupError: pass\n    return 'kept' if os.getppid() == 0 else 'a parent'",
    ),
    _program(
        "its parent, by a descriptor",
        "import os\ndef f():\n    try: os.pidfd_open(os.getppid() or 2)\n    except OSError: return 'kept'\n    return 'a parent'",
    ),
    _program(
        "descriptors it was not given",
        "import os\ndef f():\n    extra = []\n    for n in range(5, 1024):\n        try: os.fstat(n); extra.append(str(n))\n        except OSError: pass\n    return ' '.join(extra) or 'kept'",
    ),
    _program(
        "more than it was allowed",
        "import resource as r\ndef f():\n    for name in dir(r):\n        if name.startswith('RLIMIT_'):\n            soft, hard = r.getrlimit(getattr(r, name))\n            try:\n                if hard != -1: r.setrlimit(getattr(r, name), (hard + 1, hard + 1)); return name\n            except (OSError, ValueError): pass\n    return 'kept'",
    ),
    _program(
        "being root, or anybody the host knows",
        "import os\ndef f():\n    for n in (0, 1, 2, 65534):\n        try: os.setuid(n); return str(n)\n        except OSError: pass\n    return 'kept' if os.getuid() and os.getgid() and not os.getgroups() else f'{os.getuid()} {os.getgid()} {os.getgroups()}'",
    ),
    _program(
        "typing into a terminal",
        "import fcntl\ndef f():\n    for fd in range(5):\n        try: fcntl.ioctl(fd, 0x5412, b'x'); return 'typed'\n        except OSError: pass\n    return 'kept'",
    ),
    _program(
        "a setuid copy of itself",
        "import os, shutil\ndef f():\n    shutil.copy('/bin/sh' if os.path.exists('/bin/sh') else os.sys.executable, '/tmp/su')\n    os.chmod('/tmp/su', 0o4755)\n    return 'kept' if os.stat('/tmp/su').st_uid == os.getuid() != 0 else 'root owned'",
    ),
    _program(
        "the host's name",
        "import os\ndef f(): return 'kept' if os.uname().nodename == 'jail' else os.uname().nodename",
    ),
]
