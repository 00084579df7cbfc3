"""Builds a minimal root directory inside a container, enters it, and becomes the zygote. The first process there.

A container starts with the whole of its image: users, commands, set-uid programs, ``/sys``, ``/run``. Programs need
Python and nothing else. So this program gathers on a tmpfs what the nsjail backend mounts too, makes it the root
directory, read-only, and detaches everything else. The control socket is connected before, so that its folder, which
belongs to the host, stays outside. The zygote gets the environment variables in SETTINGS and no others.

Usage: ``python3 -I -S container_root.py CONTROL SETTINGS_JSON ZYGOTE ARGUMENTS…``: the path of the control socket; a
dictionary of ``paths`` (path in the container → path in the new root), ``variables`` and ``commands``; the zygote's
flags and arguments, with the word ``CONTROL_FD`` in the place of the descriptor's number.
It is run by its path and imports the standard library only.
"""

import ctypes
import json
import os
import shutil
import socket
import sys
from typing import NoReturn

ROOT = "/tmp"  # noqa: S108  -- a tmpfs of this container alone; the new root covers it
OLD = "old"
"""Where the container's own root is, for the moment between two system calls."""
FD_WORD = "CONTROL_FD"
GUEST = "/acecoder/guest"
_LIBRARIES = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/share/zoneinfo", "/etc/ld.so.cache")
_DEVICES = ("/dev/null", "/dev/zero", "/dev/urandom")
_COMMANDS = ("/usr/bin", "/bin")

# From the headers sched.h, sys/mount.h and asm/unistd.h of Linux.
_CLONE_NEWNS, _MNT_DETACH = 0x00020000, 2
_MS_RDONLY, _MS_NOSUID, _MS_NODEV, _MS_REMOUNT, _MS_BIND, _MS_REC, _MS_PRIVATE = (
    1,
    2,
    4,
    32,
    4096,
    16384,
    1 << 18,
)
_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}
_libc = ctypes.CDLL(None, use_errno=True)


def _check(result: int, action: str) -> None:
    if result != 0:
        raise SystemExit(f"{action}: {os.strerror(ctypes.get_errno())}")


def _mount(source: str, target: str, kind: bytes | None, flags: int, options: bytes | None = None) -> None:
    result = _libc.mount(source.encode(), target.encode(), kind, flags, options)
    _check(result, f"mount {source} on {target}")


def _bind(source: str, target: str, *, is_device: bool = False) -> None:
    """Show a file or folder of the container in the new root, read-only. Links are made again as links."""
    place = ROOT + target
    os.makedirs(os.path.dirname(place), exist_ok=True)
    if os.path.islink(source):
        os.symlink(os.readlink(source), place)
        return
    if os.path.isdir(source):
        os.makedirs(place, exist_ok=True)
    else:
        open(place, "w").close()
    _mount(source, place, None, _MS_BIND | _MS_REC)
    flags = _MS_REMOUNT | _MS_BIND | _MS_RDONLY | _MS_NOSUID | (0 if is_device else _MS_NODEV)
    _mount("none", place, None, flags)


def _python_paths() -> list[str]:
    """Return what the interpreter of this container consists of, beyond the system's libraries."""
    paths = [os.path.realpath(sys.executable)]
    for prefix in dict.fromkeys((sys.prefix, sys.base_prefix)):
        if prefix == "/usr":
            paths.append("/usr/local/lib")  # pip installs here beside the system's Python
        else:
            paths += [sys.executable, f"{prefix}/lib", f"{prefix}/pyvenv.cfg"]
    return paths


def build(paths: dict[str, str], *, commands: bool) -> None:
    """Gather the new root under ``ROOT``. The guest's files are copied, so that every user may read them."""
    _check(_libc.unshare(_CLONE_NEWNS), "new mount namespace")
    _mount("none", "/", None, _MS_REC | _MS_PRIVATE)
    _mount("tmpfs", ROOT, b"tmpfs", _MS_NOSUID, b"mode=755")
    os.umask(0o022)
    sources = [*_LIBRARIES, *_python_paths(), *(_COMMANDS if commands else ())]
    for source in dict.fromkeys(sources):
        is_covered = any(source.startswith(f"{other}/") for other in sources)
        if os.path.lexists(source) and not is_covered:
            _bind(source, source)
    for device in _DEVICES:
        _bind(device, device, is_device=True)
    for source, target in paths.items():
        _bind(source, target)
    shutil.copytree(
        GUEST, ROOT + GUEST, ignore=shutil.ignore_patterns("__pycache__"), copy_function=shutil.copyfile
    )
    os.makedirs(f"{ROOT}/proc")
    _mount("/proc", f"{ROOT}/proc", None, _MS_BIND | _MS_REC)  # the zygote needs it, and unmounts it
    os.makedirs(ROOT + ROOT)
    _mount("tmpfs", ROOT + ROOT, b"tmpfs", _MS_NOSUID | _MS_NODEV, b"mode=1777")
    os.symlink(ROOT, f"{ROOT}/dev/shm")  # noqa: S108


def enter() -> None:
    """Make ``ROOT`` the root directory, and detach the container's own."""
    os.mkdir(f"{ROOT}/{OLD}")
    os.chdir(ROOT)
    _check(_libc.syscall(_PIVOT_ROOT[os.uname().machine], b".", OLD.encode()), "pivot_root")
    os.chdir("/")
    _check(_libc.umount2(f"/{OLD}".encode(), _MNT_DETACH), "detach the container's root")
    os.rmdir(f"/{OLD}")
    _mount("none", "/", None, _MS_REMOUNT | _MS_BIND | _MS_RDONLY | _MS_NOSUID)


def main() -> NoReturn:
    """Connect to the worker, enter the new root, become the zygote."""
    address, settings_json, *arguments = sys.argv[1:]
    settings = json.loads(settings_json)
    control = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    control.connect(address)
    control.set_inheritable(True)
    executable = sys.executable if sys.prefix != sys.base_prefix else os.path.realpath(sys.executable)
    build(settings["paths"], commands=settings["commands"])
    enter()
    os.setgroups([])
    os.chdir(ROOT)  # the scratch folder of the new root, where an nsjail zygote starts, too
    command = [executable, *(str(control.fileno()) if part == FD_WORD else part for part in arguments)]
    os.execve(command[0], command, settings["variables"])  # noqa: S606


if __name__ == "__main__":
    main()
