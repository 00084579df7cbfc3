"""Anonymous shared mappings, which no address limit of one process bounds twice."""
# /// attack
# tests = ["assert f(2) == 4"]
# outcomes = ["wrong_answer", "runtime_error", "time_limit", "memory_limit", "output_limit", "not_run"]
# limits = { wall_s = 0.7, memory_bytes = 100663296 }
# ///
import os, sys, time


def f(*args):
    import mmap

    for _ in range(6):
        if os.fork() == 0:
            block = mmap.mmap(-1, 48 << 20)
            for at in range(0, 48 << 20, 4096):
                block[at] = 1
            time.sleep(1000)
    time.sleep(1000)
    return 5
