"""Gathers the mounts of a jail under one directory that every user may enter, then becomes nsjail. Run by root.

The jail's root is mapped to an unprivileged host user. That user may not pass through ``/root``, for example, to reach
a Python that is installed there. So this program makes a mount namespace of its own, which ends with the jail, mounts a
tmpfs on STAGE and binds each source under it.

Usage: ``python -I -S launch_root.py STAGE PAIRS_JSON -- COMMAND…`` where PAIRS are ``[source, name under STAGE]``.
It is run by its path and imports the standard library only.
"""

import ctypes
import json
import os
import shutil
import sys

# From the headers sched.h and sys/mount.h of Linux.
_CLONE_NEWNS, _MS_BIND, _MS_REC, _MS_PRIVATE = 0x00020000, 4096, 16384, 1 << 18
_MS_NOSUID, _MS_REMOUNT = 2, 32
_libc = ctypes.CDLL(None, use_errno=True)


def _check(result: int, action: str) -> None:
    if result != 0:
        raise SystemExit(f"{action}: {os.strerror(ctypes.get_errno())}")


def _mount(source: str, target: str, kind: bytes | None, flags: int, options: bytes | None) -> None:
    result = _libc.mount(source.encode(), target.encode(), kind, flags, options)
    _check(result, f"mount {source} on {target}")


def stage(root: str, pairs: list[list[str]]) -> None:
    """Bind each source under ``root``. The guest's Python files are copied, so that any user may read them."""
    _check(_libc.unshare(_CLONE_NEWNS), "new mount namespace")
    _mount("none", "/", None, _MS_REC | _MS_PRIVATE, None)
    _mount("tmpfs", root, b"tmpfs", 0, b"mode=755")
    os.umask(0o022)
    for source, name in pairs:
        target = os.path.join(root, name)
        if name == "guest":
            shutil.copytree(
                source, target, ignore=shutil.ignore_patterns("__pycache__"), copy_function=shutil.copyfile
            )
        elif os.path.isdir(source):
            os.makedirs(target)
            _mount(source, target, None, _MS_BIND | _MS_REC, None)
            _ignore_set_uid(target)
        else:
            os.makedirs(os.path.dirname(target), exist_ok=True)
            open(target, "w").close()
            _mount(source, target, None, _MS_BIND, None)


def _ignore_set_uid(target: str) -> None:
    """Make set-uid programs below ``target`` start as their caller, where the jail has no user namespace.

    Where the kernel refuses, ``no_new_privs`` of the zygote has the same effect alone.
    """
    # the MS_ flags have these values
    kept = os.statvfs(target).f_flag & (os.ST_RDONLY | os.ST_NODEV | os.ST_NOEXEC)
    _libc.mount(b"none", target.encode(), None, _MS_REMOUNT | _MS_BIND | _MS_NOSUID | kept, None)


def main() -> None:
    """Gather the mounts, then become the command."""
    root, pairs, _separator, *command = sys.argv[1:]
    stage(root, json.loads(pairs))
    os.execv(command[0], command)  # noqa: S606


if __name__ == "__main__":
    main()
