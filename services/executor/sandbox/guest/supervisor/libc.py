"""Calls functions of libc that Python does not offer."""

import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
MNT_DETACH = 2
"""From Linux's sys/mount.h: ``umount2`` takes a mount out of the tree at once, also one in use."""


def check(result: int, action: str) -> None:
    """Raise ``OSError`` with the reason and the ``action``, if a call returned other than 0."""
    if result != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{action}: {os.strerror(code)}")
