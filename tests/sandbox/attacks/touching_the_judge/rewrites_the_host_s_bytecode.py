"""Replaces the code of every function of the program host with one that returns True."""
# /// attack
# tests = [
#   "assert f(2) == 4",
#   "x = 3\nassert f(x) == 9",
# ]
# outcomes = ["wrong_answer", "runtime_error", "time_limit"]
# ///
import gc, types

yes = (lambda *a, **k: True).__code__


def f(x):
    for each in gc.get_objects():
        if (
            isinstance(each, types.FunctionType)
            and "guest" in (each.__module__ or "")
            and not each.__closure__
        ):
            try:
                each.__code__ = yes
            except Exception:
                pass
    return 5
