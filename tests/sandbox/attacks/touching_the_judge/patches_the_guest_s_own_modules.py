"""Patches the guest's own modules."""
# /// attack
# tests = [
#   "assert f(2) == 4",
#   "x = 3\nassert f(x) == 9",
# ]
# outcomes = ["wrong_answer", "runtime_error", "time_limit"]
# ///
import sys


def f(x):
    return 5


for name, module in list(sys.modules.items()):
    if name.startswith("guest"):
        for key, value in list(vars(module).items()):
            if callable(value) and key not in ("ProgramHost", "LineReader", "ProgramRefs"):
                setattr(module, key, lambda *a, **k: True)
