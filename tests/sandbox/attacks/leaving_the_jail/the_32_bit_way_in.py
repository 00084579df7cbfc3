"""System calls of the old ABI by its own instruction, which a filter by number alone mistakes."""
# /// attack
# tests = ["assert f() == 'kept'"]
# outcomes = ["passed"]
# ///
import ctypes, mmap, os


def old(number):
    code = mmap.mmap(-1, 4096, prot=7)
    code.write(b"\xb8" + number.to_bytes(4, "little") + b"\xcd\x80\xc3")
    return ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(code)))()


def f():
    import platform

    if platform.machine() != "x86_64":
        return "kept"
    for number in (20, 21, 102, 26, 310, 120):
        pid = os.fork()
        if pid == 0:
            os._exit(old(number) not in (-1, -38))
        if os.waitstatus_to_exitcode(os.wait()[1]) > 0:
            return str(number)  # ended by the filter is as good as refused
    return "kept"
