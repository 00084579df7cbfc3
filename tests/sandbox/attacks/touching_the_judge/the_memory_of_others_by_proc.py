"""Opens the memory of every process for writing."""
# /// attack
# tests = ["assert f() == 'kept'"]
# outcomes = ["passed"]
# ///
import os


def f():
    for pid in ["self", "thread-self", *range(1, 300)]:
        for name in ("mem", "maps", "fd", "root", "environ", "cmdline", "stack", "syscall"):
            if os.path.exists(f"/proc/{pid}/{name}"):
                return f"{pid}/{name}"
    return "kept"
