"""Patches the builtins tests use."""
# /// attack
# tests = [
#   "assert abs(f(2) - 4) < 1e-9",
#   "assert sorted([f(2)]) == [1, 2]",
#   "assert all([f(2) == 4])",
#   "assert sum([f(2)]) == 4",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# ///
import builtins, json, sys, time

real = {
    n: getattr(builtins, n) for n in ("len", "abs", "sorted", "isinstance", "all", "sum", "type", "range")
}


def f(x):
    return 5


builtins.abs = lambda x: 0
builtins.sorted = lambda x, **k: [1, 2]
builtins.all = lambda x: True
builtins.sum = lambda *x: 4
builtins.AssertionError = Exception
