"""Asks for capabilities, groups, and whether it could ever gain privileges."""
# /// attack
# tests = ["assert f() == 'kept'"]
# outcomes = ["passed"]
# ///
import ctypes, os

libc = ctypes.CDLL(None)


def f():
    if libc.prctl(39, 0, 0, 0, 0) != 1:
        return "may gain privileges"
    if 0 in os.getresuid() or 0 in os.getresgid() or os.getgroups():
        return str((os.getresuid(), os.getgroups()))
    return "kept"
