"""Has the kernel write its memory to a file, and reads that."""
# /// attack
# tests = [
#   "assert f() == 'k7Qz-' + '9931' or f() == 'k7Qz-9931'",
#   "due = 'k7Qz-9931'\nassert f() == due",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# twice = true
# prelude = "_search.py"
# ///
import os, resource, signal


def f():
    try:
        resource.setrlimit(resource.RLIMIT_CORE, (1 << 30, 1 << 30))
    except (OSError, ValueError):
        pass
    if os.fork() == 0:
        os.abort()
    os.wait()
    return (
        next((found(open(n, "rb").read()) for n in os.listdir(".") if os.path.isfile(n)), None) or "nothing"
    )
