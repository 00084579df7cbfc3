"""Requests of descriptors beyond those that Python makes: terminals, loop devices, clones, flags."""
# /// attack
# tests = ["assert f() == 'kept'"]
# outcomes = ["passed"]
# ///
import ctypes, os

libc = ctypes.CDLL(None)


def f():
    file = os.open("/tmp/x", os.O_RDWR | os.O_CREAT)
    for fd in (file, 0, 3, 4, os.open("/dev/null", os.O_RDWR)):
        for request in (
            0x5412,
            0x540E,
            0x4C00,
            0x40049409,
            0x40086602,
            0x80086601,
            0xC0045877,
            0xC020660B,
            0xB701,
            0x2285,
            0x400454CA,
        ):
            if libc.ioctl(fd, ctypes.c_ulong(request), ctypes.create_string_buffer(256)) == 0:
                return hex(request)
    return "kept"
