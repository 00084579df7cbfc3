"""Patches the program host's table of operations, so that every comparison it is asked for holds."""
# /// attack
# tests = [
#   "assert f(2) == 4",
#   "x = 3\nassert f(x) == 9",
#   "assert f(2) == f(3) == 4",
#   "assert bool(f(2)) is False",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# ///
import sys

table = sys.modules["guest.wire.operations"].OPERATIONS
for name in list(table):
    table[name] = lambda *a, **k: 4


def f(x):
    return object()
