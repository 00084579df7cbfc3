"""Takes large blocks of memory and looks for what others left in them."""
# /// attack
# tests = [
#   "assert f() == 'k7Qz-' + '9931' or f() == 'k7Qz-9931'",
#   "due = 'k7Qz-9931'\nassert f() == due",
# ]
# outcomes = ["wrong_answer", "runtime_error", "memory_limit"]
# twice = true
# prelude = "_search.py"
# ///
import ctypes, mmap

libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p


def f():
    for size in (64, 256, 1024, 4096, 65536, 1 << 20, 8 << 20):
        for _ in range(8):
            block = libc.malloc(ctypes.c_size_t(size))
            hit = found(ctypes.string_at(block, size))
            if hit:
                return hit
    return found(mmap.mmap(-1, 8 << 20)[:]) or "nothing"
