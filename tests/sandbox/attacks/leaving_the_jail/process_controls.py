"""Asks the kernel for controls of a process that no program needs: memory maps, keep-alives, speculation, subreapers."""
# /// attack
# tests = ["assert f() == 'kept'"]
# outcomes = ["passed"]
# ///
import ctypes

libc = ctypes.CDLL(None)
NEEDED = {3, 4, 15, 16, 38, 39}


def f():
    reached = [n for n in range(1, 75) if n not in NEEDED and libc.prctl(n, 1, 0, 0, 0) != -1]
    return " ".join(map(str, reached)) or "kept"
