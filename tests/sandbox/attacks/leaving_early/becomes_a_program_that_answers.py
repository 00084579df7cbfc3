"""Executes an interpreter that keeps the channel and writes a verdict on it."""
# /// attack
# tests = [
#   "assert f(2) == 4",
#   "x = 3\nassert f(x) == 9",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# ///
import os, sys

code = 'import os; os.write(3, b\'["test",0,0,"passed",0,"",false]\\n\'); os.eventfd_write(4, 1)'


def f(x):
    os.set_inheritable(3, True)
    os.set_inheritable(4, True)
    os.execv(sys.executable, [sys.executable, "-S", "-c", code])
