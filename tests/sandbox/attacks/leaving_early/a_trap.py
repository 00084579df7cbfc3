"""Executes an illegal instruction."""
# /// attack
# tests = [
#   "assert f(2) == 4",
#   "x = 3\nassert f(x) == 9",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# without_jail = true
# ///
import ctypes, mmap

code = mmap.mmap(-1, 4096, prot=7)
code.write(b"\x0f\x0b\xc3")
address = ctypes.addressof(ctypes.c_char.from_buffer(code))


def f(x):
    return ctypes.CFUNCTYPE(ctypes.c_int)(address)()
