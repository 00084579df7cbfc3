"""Reads its own memory."""
# /// attack
# tests = [
#   "assert f() == 'k7Qz-' + '9931' or f() == 'k7Qz-9931'",
#   "due = 'k7Qz-9931'\nassert f() == due",
# ]
# outcomes = ["wrong_answer", "runtime_error", "time_limit"]
# limits = { cpu_s = 1.0 }
# prelude = "_search.py"
# twice = true
# ///
import ctypes, os

libc = ctypes.CDLL(None)


def f():
    r, w = os.pipe()
    here = id(libc) & ~4095
    stack = ctypes.addressof(ctypes.c_int()) & ~4095
    for base in (here, stack):
        for at in range(max(base - (24 << 20), 0), base + (24 << 20), 4096):
            if libc.write(w, ctypes.c_void_p(at), 4096) > 0:
                hit = found(os.read(r, 4096))
                if hit:
                    return hit
    return "nothing"
