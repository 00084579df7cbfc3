"""Runs a program with a library of its own before all others, as set-uid programs must not."""
# /// attack
# tests = ["assert f() == 'kept'"]
# outcomes = ["passed"]
# limits = { cpu_s = 2.0, memory_bytes = 268435456 }
# ///
import os, subprocess, sys


def f():
    env = {"LD_PRELOAD": "/tmp/own.so", "LD_LIBRARY_PATH": os.path.join(sys.base_prefix, "lib")}
    return (
        "kept"
        if subprocess.call(
            [sys.executable, "-S", "-c", "import os; os._exit(os.getuid() == 0)"],
            env=env,
            stderr=subprocess.DEVNULL,
        )
        == 0
        else "root"
    )
