"""Maps a file of the jail shared and writable."""
# /// attack
# tests = ["assert f() == 'kept'"]
# outcomes = ["passed"]
# ///
import mmap, os


def f():
    fd = os.open(os.__file__, os.O_RDONLY)
    try:
        mmap.mmap(fd, 4096, mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE)
        return "writable"
    except OSError:
        return "kept"
