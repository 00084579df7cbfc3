"""Prints what test runners print when all is well, and exits with 0."""
# /// attack
# tests = [
#   "assert f(2) == 4",
#   "x = 3\nassert f(x) == 9",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# without_jail = true
# ///
import os, sys

print("1 passed in 0.01s")
print("OK", file=sys.stderr, flush=True)


def f(x):
    os.write(1, b"....\nRan 4 tests\nOK\n")
    os.write(2, b"passed")
    os._exit(0)
